package milvus

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/milvus-io/milvus-proto/go-api/v3/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
	taprootv1 "github.com/taproot-db/taproot/proto/taproot/v1"
)

// indexed is a shelf whose books have three indexes, on which reports were made.
func indexed() *catalog.Snapshot {
	ps := func(kv ...string) (out []model.Property) {
		for i := 0; i < len(kv); i += 2 {
			out = append(out, model.Property{Key: kv[i], Value: kv[i+1]})
		}
		return out
	}
	add := func(b *catalog.Builder, c catalog.Change) { b.Add(c.Ref, c.Put, catalog.Fingerprint{}) }
	return shelf(func(b *catalog.Builder) {
		add(b, catalog.PutIndex(&model.Index{
			ID: booksID + 20, Collection: booksID, Field: 101, Name: "vec", TypeParams: ps("dim", "8"),
			IndexParams: ps("index_type", "HNSW", "metric_type", "L2"), UserParams: ps("metric_type", "L2", "index_type", "HNSW", "params", "{}"),
		}))
		add(b, catalog.PutIndex(&model.Index{
			ID: booksID + 21, Collection: booksID, Field: 102, Name: "by_title", IndexParams: ps("index_type", "HYBRID"), Auto: true,
		}))
		add(b, catalog.PutIndex(&model.Index{
			ID: booksID + 22, Collection: booksID, Field: 104, Name: "$meta/a~1b/c",
			IndexParams: ps("index_type", "INVERTED", "json_path", "/a~1b/c"), UserParams: ps("index_type", "INVERTED"),
		}))
		add(b, catalog.PutIndexReport(&model.IndexReport{Collection: booksID, Index: booksID + 21, Spec: 9, State: model.ReportDone, Indexed: 7, Total: 7}))
		add(b, catalog.PutIndexReport(&model.IndexReport{
			Collection: booksID, Index: booksID + 22, Spec: 9, State: model.ReportFailed, Indexed: 2, Total: 7, Reason: "no room",
		}))
	})
}

func finished(id int64, name, field string, params ...*commonpb.KeyValuePair) *milvuspb.IndexDescription {
	return &milvuspb.IndexDescription{
		IndexName: name, IndexID: int64(booksID) + id, FieldName: field, Params: params, State: commonpb.IndexState_Finished,
	}
}

func TestDescribeIndex(t *testing.T) {
	t.Parallel()
	h := start(t, indexed())
	ctx := t.Context()
	hnsw := []*commonpb.KeyValuePair{kv("metric_type", "L2"), kv("index_type", "HNSW"), kv("params", "{}")}
	all := []*milvuspb.IndexDescription{
		finished(20, "vec", "vec", hnsw...), finished(21, "by_title", "title"), finished(22, "$meta/a~1b/c", "a/b", kv("index_type", "INVERTED")),
	}
	same := func(want, got []*milvuspb.IndexDescription) {
		t.Helper()
		require.Empty(t, cmp.Diff(want, got, protocmp.Transform()))
	}
	// By alias and by name; the field and the time are overlooked.
	r, err := h.DescribeIndex(ctx, &milvuspb.DescribeIndexRequest{CollectionName: "shelf", FieldName: "gone", Timestamp: 1})
	requireOK(t, r.GetStatus(), err)
	same(all, r.GetIndexDescriptions())
	r, err = h.DescribeIndex(ctx, &milvuspb.DescribeIndexRequest{CollectionName: "books", IndexName: "by_title"})
	requireOK(t, r.GetStatus(), err)
	same(all[1:2], r.GetIndexDescriptions())

	stats, err := h.GetIndexStatistics(ctx, &milvuspb.GetIndexStatisticsRequest{CollectionName: "books"})
	requireOK(t, stats.GetStatus(), err)
	all[1].Params = []*commonpb.KeyValuePair{kv("index_type", "HYBRID")} // the client sent none
	same(all, stats.GetIndexDescriptions())

	state, err := h.GetIndexState(ctx, &milvuspb.GetIndexStateRequest{CollectionName: "books", IndexName: "vec"}) //nolint:staticcheck // still called
	requireOK(t, state.GetStatus(), err)
	require.Equal(t, commonpb.IndexState_Finished, state.GetState())
	progress, err := h.GetIndexBuildProgress(ctx, &milvuspb.GetIndexBuildProgressRequest{CollectionName: "books", IndexName: "vec"}) //nolint:staticcheck // still called
	requireOK(t, progress.GetStatus(), err)
	require.Zero(t, progress.GetTotalRows())
}

// What is said of an index when a data plane builds it is what it has reported.
func TestDescribeIndexAsReported(t *testing.T) {
	t.Parallel()
	h := start(t, indexed(), func(c *Config) { c.Limits.ExternalDataPlane = true })
	r, err := h.DescribeIndex(t.Context(), &milvuspb.DescribeIndexRequest{CollectionName: "books"})
	requireOK(t, r.GetStatus(), err)
	for i, want := range []*milvuspb.IndexDescription{
		{State: commonpb.IndexState_InProgress},
		{State: commonpb.IndexState_Finished, IndexedRows: 7, TotalRows: 7},
		{State: commonpb.IndexState_Failed, IndexedRows: 2, TotalRows: 7, PendingIndexRows: 5, IndexStateFailReason: "no room"},
	} {
		got := r.GetIndexDescriptions()[i]
		require.Empty(t, cmp.Diff(want, got, protocmp.Transform(),
			protocmp.IgnoreFields(got, "index_name", "indexID", "field_name", "params")))
	}
	state, err := h.GetIndexState(t.Context(), &milvuspb.GetIndexStateRequest{CollectionName: "books", IndexName: "$meta/a~1b/c"}) //nolint:staticcheck // still called
	requireOK(t, state.GetStatus(), err)
	require.Equal(t, commonpb.IndexState_Failed, state.GetState())
	require.Equal(t, "no room", state.GetFailReason())
	progress, err := h.GetIndexBuildProgress(t.Context(), &milvuspb.GetIndexBuildProgressRequest{CollectionName: "books", IndexName: "$meta/a~1b/c"}) //nolint:staticcheck // still called
	requireOK(t, progress.GetStatus(), err)
	require.Equal(t, []int64{2, 7}, []int64{progress.GetIndexedRows(), progress.GetTotalRows()})
}

func TestIndexReadRefusals(t *testing.T) {
	t.Parallel()
	h := start(t, indexed())
	ctx := t.Context()
	noIndex, other := commonpb.ErrorCode_IndexNotExist, commonpb.ErrorCode_UnexpectedError
	gone := commonpb.ErrorCode_CollectionNotExists
	type request struct{ collection, index string }
	rpcs := map[string]func(request) (*commonpb.Status, error){
		"describe": func(q request) (*commonpb.Status, error) {
			r, err := h.DescribeIndex(ctx, &milvuspb.DescribeIndexRequest{CollectionName: q.collection, IndexName: q.index})
			require.Empty(t, r.GetIndexDescriptions())
			return r.GetStatus(), err
		},
		"statistics": func(q request) (*commonpb.Status, error) {
			r, err := h.GetIndexStatistics(ctx, &milvuspb.GetIndexStatisticsRequest{CollectionName: q.collection, IndexName: q.index})
			require.Empty(t, r.GetIndexDescriptions())
			return r.GetStatus(), err
		},
		"state": func(q request) (*commonpb.Status, error) {
			r, err := h.GetIndexState(ctx, &milvuspb.GetIndexStateRequest{CollectionName: q.collection, IndexName: q.index}) //nolint:staticcheck // still called
			return r.GetStatus(), err
		},
		"progress": func(q request) (*commonpb.Status, error) {
			r, err := h.GetIndexBuildProgress(ctx, &milvuspb.GetIndexBuildProgressRequest{CollectionName: q.collection, IndexName: q.index}) //nolint:staticcheck // still called
			return r.GetStatus(), err
		},
	}
	for name, rpc := range rpcs {
		several := name == "state" || name == "progress" // they answer for one index
		st, err := rpc(request{"maps", ""})
		requireRefused(t, st, err, 100, gone, "collection not found[database=default][collection=maps]")
		st, err = rpc(request{"books", "gone"})
		requireRefused(t, st, err, 700, noIndex, "index not found[indexName=gone]")
		st, err = rpc(request{"keyed", ""})
		if several {
			requireRefused(t, st, err, 700, noIndex, "index not found[indexName=]")
		} else {
			requireRefused(t, st, err, 700, noIndex, "index not found[collection=keyed]")
		}
		if several {
			st, err = rpc(request{"books", ""})
			requireRefused(t, st, err, 702, other, "index duplicates[indexName=]")
		}
	}
	ctx = inDatabase(t, "nowhere")
	st, err := rpcs["describe"](request{"books", ""})
	requireRefused(t, st, err, 800, other, "database not found[database=nowhere]")
}

func TestIndexStatementsAreSent(t *testing.T) {
	t.Parallel()
	h := start(t, indexed())
	ctx := t.Context()
	pairs := []*commonpb.KeyValuePair{kv("index_type", "FLAT"), kv("metric_type", "IP"), kv("params", "{}")}
	st, err := h.CreateIndex(ctx, &milvuspb.CreateIndexRequest{CollectionName: "shelf", FieldName: "vec", IndexName: "i", ExtraParams: pairs})
	requireOK(t, st, err)
	st, err = h.AlterIndex(ctx, &milvuspb.AlterIndexRequest{CollectionName: "shelf", IndexName: "vec", ExtraParams: []*commonpb.KeyValuePair{kv("mmap.enabled", "true")}})
	requireOK(t, st, err)
	st, err = h.AlterIndex(ctx, &milvuspb.AlterIndexRequest{CollectionName: "shelf", IndexName: "vec", DeleteKeys: []string{"warmup"}})
	requireOK(t, st, err)
	st, err = h.DropIndex(ctx, &milvuspb.DropIndexRequest{CollectionName: "shelf", FieldName: "?", IndexName: "vec"})
	requireOK(t, st, err)
	param := func(k, v string) *taprootv1.Property { return &taprootv1.Property{Key: k, Value: v} }
	want := []*taprootv1.ExecuteRequest{
		{Statement: &taprootv1.ExecuteRequest_CreateIndex{CreateIndex: &taprootv1.CreateIndex{
			Database: "default", Collection: "shelf", Field: "vec", Index: "i",
			Params: []*taprootv1.Property{param("index_type", "FLAT"), param("metric_type", "IP"), param("params", "{}")},
		}}},
		{Statement: &taprootv1.ExecuteRequest_AlterIndex{AlterIndex: &taprootv1.AlterIndex{
			Database: "default", Collection: "shelf", Index: "vec", Set: []*taprootv1.Property{param("mmap.enabled", "true")},
		}}},
		{Statement: &taprootv1.ExecuteRequest_AlterIndex{AlterIndex: &taprootv1.AlterIndex{
			Database: "default", Collection: "shelf", Index: "vec", Delete: []string{"warmup"},
		}}},
		{Statement: &taprootv1.ExecuteRequest_DropIndex{DropIndex: &taprootv1.DropIndex{Database: "default", Collection: "shelf", Index: "vec"}}},
	}
	require.Empty(t, cmp.Diff(want, h.coordinator.requests(), protocmp.Transform()))

	// What the request alone, or the collection's schema, refuses does not go further.
	illegal := commonpb.ErrorCode_IllegalArgument
	st, err = h.CreateIndex(ctx, &milvuspb.CreateIndexRequest{CollectionName: "maps", FieldName: "vec"})
	requireRefused(t, st, err, 100, commonpb.ErrorCode_CollectionNotExists, "collection not found[database=default][collection=maps]")
	st, err = h.CreateIndex(ctx, &milvuspb.CreateIndexRequest{CollectionName: "books", FieldName: "vec", IndexName: "1"})
	requireRefused(t, st, err, 1100, illegal, "Invalid index name: 1. The first character of a index name must be an underscore or letter.: invalid parameter")
	st, err = h.AlterIndex(ctx, &milvuspb.AlterIndexRequest{CollectionName: "maps", ExtraParams: []*commonpb.KeyValuePair{kv("M", "1")}})
	requireRefused(t, st, err, 1100, illegal, "M is not a configable index property: invalid parameter")
	st, err = h.DropIndex(ctx, &milvuspb.DropIndexRequest{CollectionName: "maps"})
	requireRefused(t, st, err, 100, commonpb.ErrorCode_CollectionNotExists, "collection not found[database=default][collection=maps]")
	require.Empty(t, h.coordinator.requests())
}

// A few bytes must not make the server answer without bound.
func TestDescribeIndexIsBounded(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 1<<20)
	snap := shelf(func(b *catalog.Builder) {
		for i := range model.ID(65) {
			c := catalog.PutIndex(&model.Index{
				ID: booksID + 20 + i, Collection: booksID, Field: 104, Name: fmt.Sprint("i", i), UserParams: []model.Property{{Key: "k", Value: long}},
			})
			b.Add(c.Ref, c.Put, catalog.Fingerprint{})
		}
	})
	h := start(t, snap)
	_, err := h.service.describeIndex(t.Context(), &milvuspb.DescribeIndexRequest{DbName: "default", CollectionName: "books"})
	require.Equal(t, "the descriptions of 65 indexes are more than 67108864 bytes, name one: parameter too large", errs.Of(err).Reason)
	r, err := h.DescribeIndex(t.Context(), &milvuspb.DescribeIndexRequest{CollectionName: "books", IndexName: "i64"})
	requireOK(t, r.GetStatus(), err)
}

// BenchmarkDescribeIndexHandler is what describing an index costs without gRPC; compare it with BenchmarkDescribeHandler.
func BenchmarkDescribeIndexHandler(b *testing.B) {
	h := start(b, indexed())
	m := h.service.method("DescribeIndex", h.service.endpoints()["DescribeIndex"])
	ctx := b.Context()
	b.ReportAllocs()
	for b.Loop() {
		reply, err := m.handle(nil, ctx, func(v any) error {
			req := v.(*request).msg.(*milvuspb.DescribeIndexRequest)
			req.CollectionName, req.IndexName = "books", "vec"
			return nil
		}, nil)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := proto.Marshal(reply.(proto.Message)); err != nil {
			b.Fatal(err)
		}
	}
}
