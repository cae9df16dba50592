package codec

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden are the stored forms, by the format of the head that they stand under. A file that was once released is never changed nor
// removed: what it holds lies in stores.
func golden() map[string]struct {
	key   string
	value any
} {
	const ts = 453509120000000000
	type file = struct {
		key   string
		value any
	}
	record := func(c catalog.Change) file { return file{Key(c.Ref), c.Put} }
	create := books(449000000000000101, "books")
	set := &catalog.ChangeSet{
		Revision: 7, Epoch: 3, Timestamp: ts, NextID: 449000000000000103, RequestID: "7f3e", Actor: "root", Statement: "CreateCollection", Body: 99,
		Result: catalog.Result{Database: 1, Collection: 449000000000000101}, Sum: catalog.Fingerprint{Hi: 1, Lo: 2}, Changes: create,
	}
	drop := &catalog.ChangeSet{
		Revision: 8, Epoch: 3, Timestamp: ts + 1, NextID: 449000000000000103, Statement: "DropAlias",
		Changes: []catalog.Change{
			{Ref: catalog.Ref{Kind: catalog.KindAlias, Parent: 1, Name: "bk"}},
			{Stored: catalog.Stored{Key: "meta/later/1", Value: []byte("x"), Before: []byte{}, Existed: true}},
		},
	}
	left := &catalog.ChangeSet{
		Revision: 8, Epoch: 3, Timestamp: ts + 1, NextID: 449000000000000103, Statement: "DropCollection", Result: catalog.Result{Database: 1, Collection: 5},
		Changes: []catalog.Change{catalog.PutCollection(&model.Collection{ID: 5, Database: 1, Name: "c", State: model.Dropping})},
		Left: []catalog.Left{
			{Ref: catalog.Ref{Kind: catalog.KindField, Parent: 5, ID: 100}, Key: "meta/root-coord/fields/5/100", Before: []byte("\x08\x64\x12\x01a")},
			{Key: "meta/later/5/1", Before: []byte{}},
		},
	}
	files := map[string]file{
		"database": record(catalog.PutDatabase(&model.Database{
			ID: 449000000000000001, Name: "library", Tenant: "", State: model.DatabaseCreated, Created: 1730000000000000000,
			Properties: []model.Property{{Key: "database.replica.number", Value: "2"}},
		})),
		"collection": record(create[0]),
		"collection-all": record(catalog.PutCollection(&model.Collection{
			ID: 449000000000000101, Database: 449000000000000001, Name: "books", Description: "all that is in the cellar", AutoID: true, DynamicField: true, Namespace: true,
			SchemaVersion: 4, Shards: 2, Consistency: model.Eventually, State: model.Dropping, Created: ts, Updated: ts + 1,
			VirtualChannels:  []string{"by-dev-rootcoord-dml_0_449000000000000101v0", "by-dev-rootcoord-dml_1_449000000000000101v1"},
			PhysicalChannels: []string{"by-dev-rootcoord-dml_0", "by-dev-rootcoord-dml_1"},
			StartPositions:   []model.StartPosition{{Channel: "by-dev-rootcoord-dml_0", Data: "\x08\x01"}, {Channel: "by-dev-rootcoord-dml_1"}},
			Properties:       []model.Property{{Key: "timezone", Value: "UTC"}, {Key: "mmap.enabled", Value: "true"}},
			TruncatedAt:      []model.Timestamp{0, ts}, StoredDatabaseName: "library", Extra: "\xa2\x06\x01x", SchemaExtra: "\x58\x01",
		})),
		"field-rowid":     record(create[1]),
		"field-timestamp": record(create[2]),
		"field-vector":    record(create[7]),
		"field-dynamic": record(catalog.PutField(449000000000000101, &model.Field{
			ID: 105, Name: model.DynamicField, Description: "dynamic schema", Type: model.JSON, Dynamic: true, Nullable: true,
			Default: &model.Value{Kind: model.ValueBytes, String: "{}"},
		})),
		"field-all": record(catalog.PutField(449000000000000101, &model.Field{
			ID: 106, Name: "everything", Description: "at once", Type: model.Array, ElementType: model.VarChar, PrimaryKey: true, AutoID: true, Dynamic: true,
			PartitionKey: true, ClusteringKey: true, Nullable: true, FunctionOutput: true,
			TypeParams:  []model.Property{{Key: "max_length", Value: "64"}, {Key: "max_capacity", Value: "8"}},
			IndexParams: []model.Property{{Key: "mmap.enabled", Value: "false"}},
			Default:     &model.Value{Kind: model.ValueFloat, Float: 0.5}, Extra: "\x8a\x01\x01x",
		})),
		"partition": record(create[8]),
		"alias":     record(catalog.PutAlias(&model.Alias{Database: 1, Name: "bk", Collection: 449000000000000101, Created: ts})),
		"function": record(catalog.PutFunction(449000000000000101, &model.Function{
			ID: 100, Name: "bm25", Description: "of the title", Type: model.FunctionBM25, Inputs: []string{"title"}, InputIDs: []model.ID{101},
			Outputs: []string{"sparse"}, OutputIDs: []model.ID{107},
		})),
		"function-all": record(catalog.PutFunction(449000000000000101, &model.Function{
			ID: 101, Name: "everything", Description: "at once", Type: model.FunctionTextEmbedding, Inputs: []string{"title", "text"}, InputIDs: []model.ID{101, 1 << 40},
			Outputs: []string{"a", "b"}, OutputIDs: []model.ID{108, 109}, Params: []model.Property{{Key: "provider", Value: "openai"}, {Key: "dim", Value: "768"}},
			Extra: "\x8a\x01\x01x",
		})),
		"struct-field": record(catalog.PutStructField(449000000000000101, &model.StructField{
			ID: 110, Name: "chunks", Description: "of the text", Fields: []*model.Field{
				{ID: 111, Name: "chunks[text]", Type: model.Array, ElementType: model.VarChar, TypeParams: []model.Property{{Key: "max_length", Value: "64"}, {Key: "max_capacity", Value: "8"}}},
				{ID: 112, Name: "chunks[vector]", Type: model.ArrayOfVector, ElementType: model.FloatVector, TypeParams: []model.Property{{Key: "dim", Value: "8"}, {Key: "max_capacity", Value: "8"}}, Extra: "\x8a\x01\x01x"},
			},
		})),
		"struct-field-all": record(catalog.PutStructField(449000000000000101, &model.StructField{
			ID: 113, Name: "everything", Description: "at once", Fields: []*model.Field{{ID: 114, Name: "everything[x]", Nullable: true}},
			TypeParams: []model.Property{{Key: "mmap.enabled", Value: "true"}}, Nullable: true, Extra: "\x8a\x01\x01x",
		})),
		"head-plane": {HeadKey, &Head{
			Epoch: 3, Revision: 8, Timestamp: ts + 1, Stable: 7, NextID: 449000000000000103, Sum: catalog.Fingerprint{Hi: 1, Lo: 1 << 63},
			Nonce: 5, ClusterID: "3c9b", Covered: Covered(),
		}},
		"../format-2/head-redo": {HeadKey, &Head{
			Epoch: 3, Revision: 8, Timestamp: ts + 1, Stable: 8, NextID: 449000000000000103, Sum: catalog.Fingerprint{Hi: 1, Lo: 1 << 63},
			Nonce: 5, ClusterID: "3c9b", Covered: []string{"alias", "collection"}, Redo: 8,
		}},
		// Of versions that knew fewer kinds.
		"head-functions": {HeadKey, &Head{
			Epoch: 3, Revision: 8, Timestamp: ts + 1, Stable: 7, NextID: 449000000000000103, Sum: catalog.Fingerprint{Hi: 1, Lo: 1 << 63},
			Nonce: 5, ClusterID: "3c9b", Covered: []string{"alias", "collection", "database", "field", "function", "partition", "struct_field"},
		}},
		"head": {HeadKey, &Head{
			Epoch: 3, Revision: 8, Timestamp: ts + 1, Stable: 7, NextID: 449000000000000103, Sum: catalog.Fingerprint{Hi: 1, Lo: 1 << 63},
			Nonce: 5, ClusterID: "3c9b", Covered: []string{"alias", "collection", "database", "field", "partition"},
		}},
		"journal-drop":       {JournalKey(8), []*catalog.ChangeSet{left}},
		"leader":             {LeaderKey, &Leader{Epoch: 3, Node: "node-0", Address: "10.0.0.1:53100", Beat: 12}},
		"journal":            {JournalKey(7), &JournalEntry{Payload: []byte("payload"), Last: 8, Timestamp: ts + 1}},
		"journal-in-parts":   {JournalKey(7), &JournalEntry{Parts: 3, Last: 8, Timestamp: ts + 1}},
		"journal-part":       {JournalPartKey(7, 2), []byte("chunk")},
		"journal-changesets": {JournalKey(7), []*catalog.ChangeSet{set, drop}},
	}
	for name, c := range goldenPlane() {
		files[name] = record(c)
	}
	return files
}

// goldenPlane is golden of what a data plane acts on. What "-all" carries along is of numbers that no version declares, so far.
func goldenPlane() map[string]catalog.Change {
	const ts, coll = 453509120000000000, 449000000000000101
	return map[string]catalog.Change{
		"index": catalog.PutIndex(&model.Index{
			ID: coll + 2, Collection: coll, Field: 104, Name: "embedding", Created: ts,
			TypeParams:  []model.Property{{Key: "dim", Value: "768"}},
			IndexParams: []model.Property{{Key: "index_type", Value: "HNSW"}, {Key: "M", Value: "18"}, {Key: "efConstruction", Value: "240"}, {Key: "metric_type", Value: "COSINE"}},
			UserParams:  []model.Property{{Key: "index_type", Value: "AUTOINDEX"}, {Key: "metric_type", Value: "COSINE"}},
		}),
		"index-all": catalog.PutIndex(&model.Index{
			ID: coll + 3, Collection: coll, Field: 1 << 40, Name: "everything", Created: ts + 1, Auto: true, Deleted: true,
			TypeParams:  []model.Property{{Key: "max_length", Value: "64"}, {Key: "max_capacity", Value: "8"}},
			IndexParams: []model.Property{{Key: "index_type", Value: "INVERTED"}, {Key: "", Value: ""}},
			UserParams:  []model.Property{{Key: "params", Value: `{"x": 1}`}, {Key: "mmap.enabled", Value: "true"}},
			Extra:       "\x20\x07\xa2\x06\x01x", InfoExtra: "\x38\x64\x40\x64\x48\x03\x52\x01r\x70\x05\xa2\x06\x01x",
		}),
		"load": catalog.PutLoad(&model.Load{
			Collection: coll, Database: 1, Replicas: 1, Status: model.Loaded, Type: model.LoadTypeCollection,
			FieldIndexes: []model.FieldIndex{{Field: 104, Index: coll + 2}}, Fields: []model.ID{100, 101, 102, 103, 104},
		}),
		"load-all": catalog.PutLoad(&model.Load{
			Collection: coll, Database: 449000000000000001, Replicas: 3, Status: model.Loading, Type: model.LoadTypePartition, Explicit: true,
			FieldIndexes: []model.FieldIndex{{}, {Field: 104, Index: coll + 2}, {Field: 1 << 40, Index: coll + 3}}, Fields: []model.ID{100, 1 << 40},
			Extra: "\x12\x02\x01\x02\x38\x09\xa2\x06\x01x",
		}),
		"partition-load":     catalog.PutPartitionLoad(&model.PartitionLoad{Collection: coll, Partition: coll + 1, Status: model.Loaded}),
		"partition-load-all": catalog.PutPartitionLoad(&model.PartitionLoad{Collection: coll, Partition: coll + 1, Status: model.Loading, Extra: "\x18\x01\x2a\x04\x08\x64\x10\x07\x38\x02\xa2\x06\x01x"}),
		"replica":            catalog.PutReplica(&model.Replica{ID: coll + 4, Collection: coll, Group: model.DefaultResourceGroup, Nodes: []int64{1}}),
		"replica-all": catalog.PutReplica(&model.Replica{
			ID: coll + 4, Collection: coll, Group: "rg", Nodes: []int64{1, 1 << 40}, Extra: "\x2a\x01\x03\x32\x07\x0a\x01c\x12\x02\x32\x00\x3a\x01\x04\x42\x01\x05\xa2\x06\x01x",
		}),
		"resource-group": catalog.PutResourceGroup(&model.ResourceGroup{
			Name: model.DefaultResourceGroup, Config: &model.ResourceGroupConfig{Limits: model.DefaultGroupLimit},
		}),
		"resource-group-2.3": catalog.PutResourceGroup(&model.ResourceGroup{Name: model.DefaultResourceGroup, Capacity: 1_000_000, Nodes: []int64{1}}),
		"resource-group-all": catalog.PutResourceGroup(&model.ResourceGroup{
			Name: "everything", Capacity: 7, Nodes: []int64{1, 1 << 40}, Extra: "\xa2\x06\x01x", Config: &model.ResourceGroupConfig{
				Requests: 2, Limits: 4, TransferFrom: []string{"a", ""}, TransferTo: []string{"b"},
				NodeLabels: []model.Property{{Key: "zone", Value: "z1"}}, Extra: "\xa2\x06\x01x" + carried(unknownOfRequests, unknownOfLabel),
			},
		}),
		"index-report": catalog.PutIndexReport(&model.IndexReport{Collection: coll, Index: coll + 2, Spec: 7}),
		"index-report-all": catalog.PutIndexReport(&model.IndexReport{
			Collection: coll, Index: coll + 2, Spec: 7, State: model.ReportFailed, Indexed: 100, Total: 2000, Reason: "out of memory", Extra: "\xa2\x06\x01x",
		}),
		"load-report": catalog.PutLoadReport(&model.LoadReport{Collection: coll, Spec: 8, State: model.ReportDone}),
		"load-report-all": catalog.PutLoadReport(&model.LoadReport{
			Collection: coll, Spec: 8, State: model.ReportFailed, Reason: "no node has room", Extra: "\xa2\x06\x01x",
		}),
	}
}

// Elements of a list that carry something along: the requests of a resource group, and a label.
var (
	unknownOfRequests = element{list: inRequests, unknown: []byte("\xa2\x06\x01r")}
	unknownOfLabel    = element{list: 1, key: "zone", unknown: []byte("\xa2\x06\x01l")}
)

// carried is what Extra says of elements of lists.
func carried(nested ...element) string {
	x := extras{nested: nested}
	return x.String()
}

// bytesOf encodes what a golden file holds. Change sets stand there uncompressed: what the compressor makes of them is its own affair.
func bytesOf(t *testing.T, v any) []byte {
	t.Helper()
	var b []byte
	var err error
	switch v := v.(type) {
	case *Head:
		b, err = EncodeHead(v)
	case *Leader:
		b, err = EncodeLeader(v)
	case *JournalEntry:
		b, err = EncodeJournalEntry(v)
	case []*catalog.ChangeSet:
		for _, cs := range v {
			for i := range cs.Changes {
				_, err := Seal(catalog.Empty(), &cs.Changes[i])
				require.NoError(t, err)
			}
		}
		b, err = EncodeChangeSets(v)
		require.NoError(t, err)
		dec, derr := decompressor()
		require.NoError(t, derr)
		b, err = expand(dec, b)
	case []byte:
		b = v
	default:
		b, err = Encode(v)
	}
	require.NoError(t, err)
	return b
}

func valueOf(t *testing.T, like any, key string, b []byte) any {
	t.Helper()
	var v any
	var err error
	switch like.(type) {
	case *Head:
		v, err = DecodeHead(b)
	case *Leader:
		v, err = DecodeLeader(b)
	case *JournalEntry:
		v, err = DecodeJournalEntry(b)
	case []*catalog.ChangeSet:
		v, err = DecodeChangeSets(compress(t, b))
	case []byte:
		v = b
	default:
		ref, ok := ParseKey(key)
		require.True(t, ok)
		v, err = Decode(ref, b)
	}
	require.NoError(t, err)
	return v
}

func compress(tb testing.TB, b []byte) []byte {
	tb.Helper()
	enc, err := compressor()
	require.NoError(tb, err)
	return enc.EncodeAll(b, nil)
}

func TestGolden(t *testing.T) {
	t.Parallel()
	files := golden()
	for name, g := range files {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join("testdata", "format-1", name+".golden")
			b := bytesOf(t, g.value)
			text := render(t, g.key, b, g.value)
			if *update {
				require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o750))
				require.NoError(t, os.WriteFile(path, text, 0o600))
			}
			want, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, string(want), string(text))

			// What lies in a store is read, and written as it was.
			stored := hexOf(t, want)
			back := valueOf(t, g.value, g.key, stored)
			if h, ok := back.(*Head); ok {
				h.Format = 0
			}
			require.Equal(t, stored, bytesOf(t, back))
			switch g.value.(type) {
			case *Head, *Leader, *JournalEntry, []byte:
				require.Equal(t, g.value, back)
			case []*catalog.ChangeSet:
			default:
				equalRecords(t, g.value, back)
			}
		})
	}
	found, err := filepath.Glob(filepath.Join("testdata", "*", "*.golden"))
	require.NoError(t, err)
	for _, path := range found {
		name, err := filepath.Rel(filepath.Join("testdata", "format-1"), strings.TrimSuffix(path, ".golden"))
		require.NoError(t, err)
		require.Contains(t, files, name, "a golden file must not lose its test")
	}
}

// render is a golden file: key, bytes, and the value in a readable form.
func render(t *testing.T, key string, b []byte, value any) []byte {
	t.Helper()
	var out bytes.Buffer
	fmt.Fprintf(&out, "%s\n\n", key)
	for h := hex.EncodeToString(b); h != ""; {
		n := min(80, len(h))
		fmt.Fprintf(&out, "    %s\n", h[:n])
		h = h[n:]
	}
	out.WriteString("\n")
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	require.NoError(t, enc.Encode(value))
	return out.Bytes()
}

// hexOf returns the bytes in a golden file: the block between the first two empty lines.
func hexOf(t *testing.T, file []byte) []byte {
	t.Helper()
	blocks := strings.SplitN(string(file), "\n\n", 3)
	require.Len(t, blocks, 3)
	b, err := hex.DecodeString(strings.Join(strings.Fields(blocks[1]), ""))
	require.NoError(t, err)
	return b
}
