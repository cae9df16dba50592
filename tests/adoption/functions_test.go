package adoption

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/milvus-io/milvus-proto/go-api/v3/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"github.com/milvus-io/milvus-proto/go-api/v3/schemapb"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/taproot-db/taproot/kvstore"
	"github.com/taproot-db/taproot/kvstore/memory"
	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/codec"
	"github.com/taproot-db/taproot/metastore/journal"
	"github.com/taproot-db/taproot/metastore/model"
	milvusv1 "github.com/taproot-db/taproot/proto/taproot/milvus/v1"
)

// milvus26 is a collection with a BM25 function and a struct field, in the form that Milvus's own messages have. The layout is
// Milvus 2.6's; the records are made here, with its generated types.
func milvus26(t *testing.T) map[string][]byte {
	t.Helper()
	pair := func(k, v string) []*commonpb.KeyValuePair { return []*commonpb.KeyValuePair{{Key: k, Value: v}} }
	out := map[string][]byte{}
	put := func(key string, m proto.Message) {
		b, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
		require.NoError(t, err)
		out["by-dev/meta/root-coord/"+key] = b
	}
	put("database/db-info/1", &milvusv1.DatabaseInfo{Id: 1, Name: "default", State: 1})
	put("database/collection-info/1/500", &milvusv1.CollectionInfo{
		Id: 500, Schema: &milvusv1.CollectionSchema{Name: "books"}, CreateTime: 453509120000000000, ShardsNum: 1, DbId: 1,
		VirtualChannelNames: []string{"by-dev-rootcoord-dml_0_500v0"}, PhysicalChannelNames: []string{"by-dev-rootcoord-dml_0"},
	})
	put("partitions/500/501", &milvusv1.PartitionInfo{PartitionId: 501, PartitionName: "_default", CollectionId: 500})
	for _, f := range []*schemapb.FieldSchema{
		{FieldID: 0, Name: "RowID", DataType: schemapb.DataType_Int64},
		{FieldID: 1, Name: "Timestamp", DataType: schemapb.DataType_Int64},
		{FieldID: 100, Name: "id", DataType: schemapb.DataType_Int64, IsPrimaryKey: true},
		{FieldID: 101, Name: "title", DataType: schemapb.DataType_VarChar, TypeParams: append(pair("max_length", "64"), pair("enable_analyzer", "true")...)},
		{FieldID: 102, Name: "sparse", DataType: schemapb.DataType_SparseFloatVector, IsFunctionOutput: true},
	} {
		put(fmt.Sprintf("fields/500/%d", f.FieldID), f)
	}
	put("functions/500/100", &schemapb.FunctionSchema{
		Id: 100, Name: "bm25", Type: schemapb.FunctionType_BM25, InputFieldNames: []string{"title"}, InputFieldIds: []int64{101},
		OutputFieldNames: []string{"sparse"}, OutputFieldIds: []int64{102},
	})
	put("struct-array-fields/500/103", &schemapb.StructArrayFieldSchema{FieldID: 103, Name: "chunks", Fields: []*schemapb.FieldSchema{
		{FieldID: 104, Name: "chunks[vector]", DataType: schemapb.DataType_ArrayOfVector, ElementType: schemapb.DataType_FloatVector, TypeParams: pair("dim", "8")},
	}})
	return out
}

// pains.md 12, 53: a collection of Milvus 2.6 with functions and struct fields is served, its records stay as they are, and a
// drop leaves none of them.
func TestFunctionsAndStructFieldsAreAdopted(t *testing.T) {
	t.Parallel()
	store := memory.New()
	records := milvus26(t)
	foreign := "by-dev/meta/root-coord/partitions/500/501"
	records[foreign] = append(records[foreign], 5<<3, 0) // a zero that is written: not the form that we would give it
	var txn kvstore.Txn
	for key, value := range records {
		txn.Puts = append(txn.Puts, kvstore.Item{Key: key, Value: value})
	}
	require.NoError(t, store.Commit(t.Context(), txn))
	client, coord := serve(t, store)

	snap := coord.Snapshot()
	require.Empty(t, snap.Quarantine())
	c, ok := snap.Collection(1, "books")
	require.True(t, ok)
	functions, structs := slices.Collect(c.Functions()), slices.Collect(c.StructFields())
	require.Len(t, functions, 1)
	require.Equal(t, model.Function{
		ID: 100, Name: "bm25", Type: model.FunctionBM25, Inputs: []string{"title"}, InputIDs: []model.ID{101}, Outputs: []string{"sparse"}, OutputIDs: []model.ID{102},
	}, *functions[0])
	require.Len(t, structs, 1)
	require.Equal(t, "chunks[vector]", structs[0].Fields[0].Name)
	reply, err := client.DescribeCollection(t.Context(), &milvuspb.DescribeCollectionRequest{CollectionName: "books"})
	require.NoError(t, err)
	require.Zero(t, reply.GetStatus().GetCode(), reply.GetStatus().GetReason())
	require.Equal(t, records, left(t, store), "adoption rewrites no record")

	status, err := client.DropCollection(t.Context(), &milvuspb.DropCollectionRequest{CollectionName: "books"})
	require.NoError(t, err)
	require.Zero(t, status.GetCode(), status.GetReason())
	require.Eventually(t, func() bool { return len(left(t, store)) == 1 }, 10*time.Second, 5*time.Millisecond, "the database stays")

	// The journal has what the drop took away, in the bytes that lay there, and leads back to it.
	sets := []*catalog.ChangeSet{}
	for cs, err := range journal.Tail(t.Context(), store, "by-dev", 0) {
		require.NoError(t, err)
		sets = append(sets, cs)
	}
	drop := sets[len(sets)-1]
	require.Equal(t, "DropCollection", drop.Statement)
	require.Len(t, drop.Left, len(records)-2, "all but the database and the collection itself")
	for _, l := range drop.Left {
		require.Equal(t, records["by-dev/"+l.Key], l.Before)
	}
	undo, err := codec.Undo(drop)
	require.NoError(t, err)
	before, err := coord.Snapshot().Revert(drop, undo, sets[len(sets)-2].Mark())
	require.NoError(t, err)
	c, ok = before.Collection(1, "books")
	require.True(t, ok)
	require.Equal(t, functions, slices.Collect(c.Functions()))
	require.Equal(t, 1, c.CountPartitions())
}

// left is what lies in the store of Milvus's catalog.
func left(t *testing.T, store kvstore.Store) map[string][]byte {
	t.Helper()
	view, err := store.View(t.Context())
	require.NoError(t, err)
	out := map[string][]byte{}
	for item, err := range view.Range(t.Context(), "by-dev/meta/root-coord/", "") {
		require.NoError(t, err)
		out[strings.Clone(item.Key)] = slices.Clone(item.Value)
	}
	return out
}
