package milvus

import (
	"math"
	"testing"

	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
)

// former is the catalog ten seconds before the shelf: "books" was another collection, "shelf" its name, and there was no
// database "other".
func former() *catalog.Snapshot {
	b := catalog.NewBuilder()
	add := func(c catalog.Change) { b.Add(c.Ref, c.Put, catalog.Fingerprint{}) }
	add(catalog.PutDatabase(&model.Database{ID: 1, Name: "default", State: model.DatabaseCreated}))
	add(catalog.PutCollection(&model.Collection{ID: 70, Database: 1, Name: "shelf", Shards: 1, State: model.Created, Created: longAgo}))
	add(catalog.PutField(70, &model.Field{ID: 100, Name: "id", Type: model.Int64, PrimaryKey: true}))
	add(catalog.PutPartition(&model.Partition{ID: 71, Collection: 70, Name: "_default"}))
	add(catalog.PutAlias(&model.Alias{Database: 1, Name: "books", Collection: 70}))
	s, _ := b.Build(catalog.Position{Revision: 7, Timestamp: longAgo, NextID: 80})
	return s
}

var longAgo = model.HybridTimestamp(wantedMilli-10_000, 0)

func travel(t *testing.T) *harness {
	t.Helper()
	h := start(t, shelf())
	h.source.past = []*catalog.Snapshot{former()}
	return h
}

// decisions 12: database, alias and name are resolved as of that time.
func TestATimeStampIsTheCatalogOfThen(t *testing.T) {
	t.Parallel()
	h := travel(t)
	then := uint64(updated) - 1
	for _, tc := range []struct {
		name, db string
		ts       uint64
		id       int64 // 0: not there
		shown    string
	}{
		{name: "books", ts: then, id: 70, shown: "books"},
		{name: "shelf", ts: then, id: 70, shown: "shelf"},
		{name: "keyed", ts: then},
		{name: "books", ts: uint64(longAgo), id: 70, shown: "books"},
		{name: "books", ts: 0, id: int64(booksID), shown: "books"},
		{name: "books", ts: uint64(updated), id: int64(booksID), shown: "books"},
		{name: "shelf", ts: math.MaxUint64, id: int64(booksID), shown: "shelf"},
		{name: "books", ts: then, id: 70, shown: "books"}, // again: what has been kept of the present is not taken for it
	} {
		has, err := h.HasCollection(t.Context(), &milvuspb.HasCollectionRequest{CollectionName: tc.name, TimeStamp: tc.ts})
		requireOK(t, has.GetStatus(), err)
		require.Equal(t, tc.id != 0, has.GetValue())
		one, err := h.DescribeCollection(t.Context(), &milvuspb.DescribeCollectionRequest{CollectionName: tc.name, TimeStamp: tc.ts})
		if tc.id == 0 {
			requireRefused(t, one.GetStatus(), err, 100, 4, "can't find collection[database=default][collection="+tc.name+"]")
			continue
		}
		requireOK(t, one.GetStatus(), err)
		require.Equal(t, tc.id, one.GetCollectionID())
		require.Equal(t, tc.shown, one.GetCollectionName())
	}
	byID, err := h.DescribeCollection(t.Context(), &milvuspb.DescribeCollectionRequest{CollectionID: 70, TimeStamp: then})
	requireOK(t, byID.GetStatus(), err)
	require.Equal(t, []string{"books"}, byID.GetAliases())
	all, err := h.ShowCollections(t.Context(), &milvuspb.ShowCollectionsRequest{TimeStamp: then})
	requireOK(t, all.GetStatus(), err)
	require.Equal(t, []string{"shelf"}, all.GetCollectionNames())
	none, err := h.ShowCollections(t.Context(), &milvuspb.ShowCollectionsRequest{TimeStamp: then, DbName: "other"})
	requireRefused(t, none.GetStatus(), err, 800, unknown, "database not found[database=other]")
}

func TestATimeThatIsNoLongerKnown(t *testing.T) {
	t.Parallel()
	h := travel(t)
	before := uint64(longAgo) - 1
	const reason = "too long ago: invalid parameter"
	has, err := h.HasCollection(t.Context(), &milvuspb.HasCollectionRequest{CollectionName: "books", TimeStamp: before})
	requireRefused(t, has.GetStatus(), err, 1100, illegal, reason)
	one, err := h.DescribeCollection(t.Context(), &milvuspb.DescribeCollectionRequest{CollectionName: "books", TimeStamp: before})
	requireRefused(t, one.GetStatus(), err, 1100, illegal, reason)
	all, err := h.ShowCollections(t.Context(), &milvuspb.ShowCollectionsRequest{TimeStamp: before})
	requireRefused(t, all.GetStatus(), err, 1100, illegal, reason)
}

// What a client saw of the past is what its precondition is about, not what is there now. It is told once.
func TestTheRevisionOfThePast(t *testing.T) {
	t.Parallel()
	h := travel(t)
	for _, tc := range []struct {
		ts       uint64
		revision string
	}{{0, "42"}, {uint64(updated), "42"}, {uint64(updated) - 1, "7"}, {uint64(longAgo), "7"}} {
		for what, call := range map[string]func(...grpc.CallOption) error{
			"describe": func(opts ...grpc.CallOption) error {
				_, err := h.DescribeCollection(t.Context(), &milvuspb.DescribeCollectionRequest{CollectionName: "books", TimeStamp: tc.ts}, opts...)
				return err
			},
			"has": func(opts ...grpc.CallOption) error {
				_, err := h.HasCollection(t.Context(), &milvuspb.HasCollectionRequest{CollectionName: "none", TimeStamp: tc.ts}, opts...)
				return err
			},
			"show": func(opts ...grpc.CallOption) error {
				_, err := h.ShowCollections(t.Context(), &milvuspb.ShowCollectionsRequest{TimeStamp: tc.ts}, opts...)
				return err
			},
		} {
			var trailer metadata.MD
			require.NoError(t, call(grpc.Trailer(&trailer)))
			require.Equal(t, []string{tc.revision}, trailer.Get("taproot-revision"), "%s at %d", what, tc.ts)
		}
	}
}
