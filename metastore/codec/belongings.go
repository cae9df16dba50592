package codec

import (
	"strconv"
	"strings"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
)

// Kinds of records that belong to a collection and that Milvus writes since 2.5 and 2.6. This version does not know them.
const (
	functionPrefix = "meta/root-coord/functions/"           // <collection>/<function>
	structPrefix   = "meta/root-coord/struct-array-fields/" // <collection>/<field>
)

// UnsupportedPrefixes returns the prefixes, relative to the root, of records that belong to a collection and that this version does
// not know: without them the collection would be shown with half its schema.
func UnsupportedPrefixes() []string { return []string{functionPrefix, structPrefix} }

// ParseUnsupported returns the collection that such a record belongs to, as the Ref of something below it.
func ParseUnsupported(key string) (catalog.Ref, bool) {
	for _, p := range UnsupportedPrefixes() {
		rest, ok := strings.CutPrefix(key, p)
		if !ok {
			continue
		}
		parent, child, ok := strings.Cut(rest, "/")
		collection, ok1 := parseID(parent)
		id, ok2 := parseID(child)
		return catalog.Ref{Kind: catalog.KindField, Parent: collection, ID: id}, ok && ok1 && ok2
	}
	return catalog.Ref{}, false
}

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

// ChildPrefixes returns the prefixes, relative to the root, of all records that belong to a collection, known or not: what must
// go when the collection is purged.
func ChildPrefixes(collection model.ID) []string {
	var out []string
	for _, p := range []string{fieldPrefix, partitionPrefix, functionPrefix, structPrefix} {
		out = append(out, p+strconv.FormatInt(int64(collection), 10)+"/")
	}
	return out
}
