package codec

import (
	"strconv"
	"strings"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
)

// LegacyPrefixes returns where Milvus kept collections and aliases before 2.3, relative to the root. This version does not read them, and
// must not take what belongs to them for garbage.
func LegacyPrefixes() []string {
	return []string{legacyCollectionPrefix, "meta/root-coord/aliases/", "meta/root-coord/collection-alias/"}
}

const legacyCollectionPrefix = "meta/root-coord/collection/"

// ParseLegacy returns the collection that a key of a legacy place is about; of KindUnknown where it names none.
func ParseLegacy(key string) catalog.Ref {
	if rest, ok := strings.CutPrefix(key, legacyCollectionPrefix); ok {
		if id, ok := parseID(rest); ok {
			return catalog.Ref{Kind: catalog.KindCollection, ID: id}
		}
	}
	return catalog.Ref{}
}

// ChildPrefixes returns the prefixes, relative to the root, of all records that belong to a collection: what must go
// when the collection is purged. Other records under them, which nobody can read, go too.
func ChildPrefixes(collection model.ID) []string {
	var out []string
	for _, p := range []string{
		fieldPrefix, partitionPrefix, functionPrefix, structPrefix, indexPrefix, partitionLoadPrefix, replicaPrefix, indexReportPrefix,
	} {
		out = append(out, p+strconv.FormatInt(int64(collection), 10)+"/")
	}
	return out
}

// ChildKeys returns the keys, relative to the root, of the records of which a collection has at most one.
func ChildKeys(collection model.ID) []string {
	ref := catalog.Ref{Kind: catalog.KindLoad, Parent: collection}
	report := catalog.Ref{Kind: catalog.KindLoadReport, Parent: collection}
	return []string{Key(ref), Key(report)}
}
