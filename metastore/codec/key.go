package codec

import (
	"strconv"
	"strings"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
)

// Where the records of each kind lie, relative to the root. All end in a slash, also for listing: without it the
// records of collection 44 would include those of collection 440.
const (
	databasePrefix   = "meta/root-coord/database/db-info/"         // <database>
	collectionPrefix = "meta/root-coord/database/collection-info/" // <database>/<collection>
	fieldPrefix      = "meta/root-coord/fields/"                   // <collection>/<field>
	partitionPrefix  = "meta/root-coord/partitions/"               // <collection>/<partition>
	aliasPrefix      = "meta/root-coord/database/aliases/"         // <database>/<alias>
	functionPrefix   = "meta/root-coord/functions/"                // <collection>/<function>
	structPrefix     = "meta/root-coord/struct-array-fields/"      // <collection>/<field>

	indexPrefix         = "meta/field-index/"                    // <collection>/<index>
	loadPrefix          = "meta/querycoord-collection-loadinfo/" // <collection>
	partitionLoadPrefix = "meta/querycoord-partition-loadinfo/"  // <collection>/<partition>
	replicaPrefix       = "meta/querycoord-replica/"             // <collection>/<replica>
	resourceGroupPrefix = "meta/queryCoord-ResourceGroup/"       // <name>

	indexReportPrefix = "taproot/status/index/" // <collection>/<index>
	loadReportPrefix  = "taproot/status/load/"  // <collection>
)

// Prefixes returns the prefixes, relative to the root, under which the records of all known kinds lie, parents before
// what refers to them. None is a prefix of another.
func Prefixes() []string {
	return []string{
		databasePrefix, collectionPrefix, fieldPrefix, partitionPrefix, aliasPrefix, functionPrefix, structPrefix,
		indexPrefix, loadPrefix, partitionLoadPrefix, replicaPrefix, resourceGroupPrefix, indexReportPrefix, loadReportPrefix,
	}
}

// Key returns the key of the record that ref names, relative to the root. It does not look whether such a record can be:
// Seal does. KindUnknown has no key: "".
func Key(ref catalog.Ref) string {
	// Room for the longest prefix and two ids; a longer alias spills to the heap.
	var buf [96]byte
	b := buf[:0]
	switch ref.Kind {
	case catalog.KindDatabase:
		return string(appendID(append(b, databasePrefix...), ref.ID))
	case catalog.KindCollection:
		b = append(b, collectionPrefix...)
	case catalog.KindField:
		b = append(b, fieldPrefix...)
	case catalog.KindPartition:
		b = append(b, partitionPrefix...)
	case catalog.KindFunction:
		b = append(b, functionPrefix...)
	case catalog.KindStructField:
		b = append(b, structPrefix...)
	case catalog.KindAlias:
		b = append(appendID(append(b, aliasPrefix...), ref.Parent), '/')
		return string(append(b, ref.Name...))
	case catalog.KindIndex:
		b = append(b, indexPrefix...)
	case catalog.KindLoad:
		return string(appendID(append(b, loadPrefix...), ref.Parent))
	case catalog.KindPartitionLoad:
		b = append(b, partitionLoadPrefix...)
	case catalog.KindReplica:
		b = append(b, replicaPrefix...)
	case catalog.KindResourceGroup:
		return string(append(append(b, resourceGroupPrefix...), ref.Name...))
	case catalog.KindIndexReport:
		b = append(b, indexReportPrefix...)
	case catalog.KindLoadReport:
		return string(appendID(append(b, loadReportPrefix...), ref.Parent))
	default:
		return ""
	}
	return string(appendID(append(appendID(b, ref.Parent), '/'), ref.ID))
}

func appendID(b []byte, id model.ID) []byte { return strconv.AppendInt(b, int64(id), 10) }

// kindsByPrefix are the prefixes of all kinds but databases, whose keys have another form.
var kindsByPrefix = [...]struct {
	prefix string
	kind   catalog.Kind
}{
	{fieldPrefix, catalog.KindField}, // the most frequent first
	{partitionPrefix, catalog.KindPartition},
	{collectionPrefix, catalog.KindCollection},
	{aliasPrefix, catalog.KindAlias},
	{functionPrefix, catalog.KindFunction},
	{structPrefix, catalog.KindStructField},
	{indexPrefix, catalog.KindIndex},
	{loadPrefix, catalog.KindLoad},
	{partitionLoadPrefix, catalog.KindPartitionLoad},
	{replicaPrefix, catalog.KindReplica},
	{resourceGroupPrefix, catalog.KindResourceGroup},
	{indexReportPrefix, catalog.KindIndexReport},
	{loadReportPrefix, catalog.KindLoadReport},
}

// ParseKey returns what the record under key, relative to the root, is. It is the inverse of Key: when it says true, Key
// of the result is key again. It says false for everything that is not the key of a record of a known kind, also
// for ids that are not written as Milvus writes them (leading zeros, signs) and for names that contain a slash.
func ParseKey(key string) (catalog.Ref, bool) {
	none := catalog.Ref{}
	if rest, ok := strings.CutPrefix(key, databasePrefix); ok {
		id, ok := parseID(rest)
		return ifOK(catalog.Ref{Kind: catalog.KindDatabase, ID: id}, ok)
	}
	var kind catalog.Kind
	rest := ""
	for i := range kindsByPrefix {
		p := &kindsByPrefix[i]
		if r, ok := strings.CutPrefix(key, p.prefix); ok {
			kind, rest = p.kind, r
			break
		}
	}
	switch kind {
	case catalog.KindUnknown:
		return none, false
	case catalog.KindLoad, catalog.KindLoadReport:
		id, ok := parseID(rest)
		return ifOK(catalog.Ref{Kind: kind, Parent: id, ID: id}, ok)
	case catalog.KindResourceGroup:
		return ifOK(catalog.Ref{Kind: kind, Name: rest}, nameable(rest))
	default:
	}
	first, last, ok := strings.Cut(rest, "/")
	if !ok {
		return none, false
	}
	parent, ok := parseID(first)
	if !ok {
		return none, false
	}
	switch kind {
	case catalog.KindAlias:
		return ifOK(catalog.Ref{Kind: kind, Parent: parent, Name: last}, nameable(last))
	case catalog.KindField:
		if last == "0" { // RowID, the only record with this id
			return catalog.Ref{Kind: kind, Parent: parent}, true
		}
	default:
	}
	id, ok := parseID(last)
	return ifOK(catalog.Ref{Kind: kind, Parent: parent, ID: id}, ok)
}

func ifOK(ref catalog.Ref, ok bool) (catalog.Ref, bool) {
	if !ok {
		return catalog.Ref{}, false
	}
	return ref, true
}

// parseID reads a positive number in decimal, without sign or leading zeros.
func parseID(s string) (model.ID, bool) {
	if len(s) == 0 || len(s) > 19 || s[0] == '0' {
		return 0, false
	}
	var n uint64 // 19 digits fit
	for i := range len(s) {
		d := s[i] - '0'
		if d > 9 {
			return 0, false
		}
		n = n*10 + uint64(d)
	}
	return model.ID(n), n <= 1<<63-1
}

// nameable reports whether a name can be the last element of a key.
func nameable(name string) bool { return name != "" && !strings.Contains(name, "/") }
