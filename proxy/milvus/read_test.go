package milvus

import (
	"math"
	"strings"
	"testing"

	"github.com/milvus-io/milvus-proto/go-api/v3/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
)

const (
	notExists = commonpb.ErrorCode_CollectionNotExists
	illegal   = commonpb.ErrorCode_IllegalArgument
	unknown   = commonpb.ErrorCode_UnexpectedError
)

func TestHasCollection(t *testing.T) {
	t.Parallel()
	h := start(t, shelf())
	for name, tc := range map[string]struct {
		req    *milvuspb.HasCollectionRequest
		want   bool
		code   int32
		legacy commonpb.ErrorCode
		reason string
	}{
		"there":            {req: &milvuspb.HasCollectionRequest{CollectionName: "books"}, want: true},
		"by alias":         {req: &milvuspb.HasCollectionRequest{CollectionName: "shelf"}, want: true},
		"not there":        {req: &milvuspb.HasCollectionRequest{CollectionName: "missing"}},
		"elsewhere":        {req: &milvuspb.HasCollectionRequest{CollectionName: "shelf", DbName: "other"}},
		"latest, by time":  {req: &milvuspb.HasCollectionRequest{CollectionName: "books", TimeStamp: math.MaxUint64}, want: true},
		"missing database": {req: &milvuspb.HasCollectionRequest{CollectionName: "books", DbName: "gone"}, code: 800, legacy: unknown, reason: "database not found[database=gone]"},
		"bad name": {
			req: &milvuspb.HasCollectionRequest{CollectionName: "b-d"}, code: 1100, legacy: illegal,
			reason: "Invalid collection name: b-d.  collection name can only contain numbers, letters and underscores: invalid parameter",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reply, err := h.HasCollection(t.Context(), tc.req)
			if tc.code != 0 {
				requireRefused(t, reply.GetStatus(), err, tc.code, tc.legacy, tc.reason)
				return
			}
			requireOK(t, reply.GetStatus(), err)
			require.Equal(t, tc.want, reply.GetValue())
		})
	}
}

func TestShowCollections(t *testing.T) {
	t.Parallel()
	h := start(t, shelf())
	all, err := h.ShowCollections(t.Context(), &milvuspb.ShowCollectionsRequest{})
	requireOK(t, all.GetStatus(), err)
	require.Equal(t, []string{"books", "keyed"}, all.GetCollectionNames(), "by id, aliases not listed")
	require.Equal(t, []int64{int64(booksID), int64(keyedID)}, all.GetCollectionIds())
	require.Equal(t, []uint64{uint64(created), uint64(created) + 1}, all.GetCreatedTimestamps())
	require.Equal(t, []uint64{uint64(wantedMilli), uint64(wantedMilli)}, all.GetCreatedUtcTimestamps())
	require.Equal(t, []int32{2, 1}, all.GetShardsNum())
	require.Empty(t, all.GetInMemoryPercentages()) // SDKs look at it
	require.Empty(t, all.GetQueryServiceAvailable())

	filtered := func(names ...string) []string {
		reply, err := h.ShowCollections(t.Context(), &milvuspb.ShowCollectionsRequest{CollectionNames: names})
		requireOK(t, reply.GetStatus(), err)
		require.Len(t, reply.GetShardsNum(), len(reply.GetCollectionNames()), "Java reads them side by side")
		return reply.GetCollectionNames()
	}
	require.Equal(t, []string{"books", "keyed"}, filtered("keyed", "missing", "books", "keyed"))
	require.Empty(t, filtered("shelf"), "an alias is not a collection's name")

	other, err := h.ShowCollections(inDatabase(t, "other"), &milvuspb.ShowCollectionsRequest{})
	requireOK(t, other.GetStatus(), err)
	require.Equal(t, []int64{int64(keyedID) + 50}, other.GetCollectionIds())

	gone, err := h.ShowCollections(t.Context(), &milvuspb.ShowCollectionsRequest{DbName: "gone"})
	requireRefused(t, gone.GetStatus(), err, 800, unknown, "database not found[database=gone]")
}

func TestNothingIsLoaded(t *testing.T) {
	t.Parallel()
	h := start(t, shelf())
	show := func(names ...string) (*commonpb.Status, error) {
		reply, err := h.ShowCollections(t.Context(), &milvuspb.ShowCollectionsRequest{Type: milvuspb.ShowType_InMemory, CollectionNames: names})
		require.Empty(t, reply.GetCollectionNames())
		return reply.GetStatus(), err
	}
	st, err := show()
	requireOK(t, st, err)
	st, err = show("books")
	requireRefused(t, st, err, 101, unknown, "collection not loaded[collection=books]")
	st, err = show("books", "missing")
	requireRefused(t, st, err, 100, notExists, "collection not found[database=default][collection=missing]")
	st, err = show("")
	requireRefused(t, st, err, 1100, illegal, "collection name should not be empty: invalid parameter")

	parts, err := h.ShowPartitions(t.Context(), &milvuspb.ShowPartitionsRequest{CollectionName: "shelf", Type: milvuspb.ShowType_InMemory})
	requireRefused(t, parts.GetStatus(), err, 101, unknown, "collection not loaded[collection=books]")
	parts, err = h.ShowPartitions(t.Context(), &milvuspb.ShowPartitionsRequest{
		CollectionName: "books", Type: milvuspb.ShowType_InMemory, PartitionNames: []string{"missing"},
	})
	requireRefused(t, parts.GetStatus(), err, 200, commonpb.ErrorCode_MetaFailed, "partition not found[partition=missing]")
}

func TestPartitions(t *testing.T) {
	t.Parallel()
	h := start(t, shelf())
	for _, req := range []*milvuspb.ShowPartitionsRequest{
		{CollectionName: "books"}, {CollectionName: "shelf"}, {CollectionID: int64(booksID)}, {CollectionID: int64(booksID), DbName: "other"},
	} {
		reply, err := h.ShowPartitions(t.Context(), req)
		requireOK(t, reply.GetStatus(), err)
		require.Equal(t, []string{"_default", "new"}, reply.GetPartitionNames(), "in order of creation")
		require.Equal(t, []int64{int64(booksID) + 1, int64(booksID) + 10}, reply.GetPartitionIDs())
		require.Equal(t, []uint64{uint64(created), uint64(updated)}, reply.GetCreatedTimestamps())
		require.Equal(t, []uint64{uint64(wantedMilli), uint64(wantedMilli) + 1000}, reply.GetCreatedUtcTimestamps())
	}
	missing, err := h.ShowPartitions(t.Context(), &milvuspb.ShowPartitionsRequest{CollectionName: "missing"})
	requireRefused(t, missing.GetStatus(), err, 100, notExists, "collection not found[database=default][collection=missing]")
	missing, err = h.ShowPartitions(t.Context(), &milvuspb.ShowPartitionsRequest{CollectionID: 5})
	requireRefused(t, missing.GetStatus(), err, 100, notExists, "collection not found[collection=5]")
	missing, err = h.ShowPartitions(t.Context(), &milvuspb.ShowPartitionsRequest{})
	requireRefused(t, missing.GetStatus(), err, 1100, illegal, "collection name should not be empty: invalid parameter")

	has := func(collection, partition string) *milvuspb.BoolResponse {
		reply, err := h.HasPartition(t.Context(), &milvuspb.HasPartitionRequest{CollectionName: collection, PartitionName: partition})
		require.NoError(t, err)
		return reply
	}
	require.True(t, has("shelf", "new").GetValue())
	require.False(t, has("books", "missing").GetValue())
	requireOK(t, has("books", "missing").GetStatus(), nil)
	requireRefused(t, has("missing", "new").GetStatus(), nil, 100, notExists, "collection not found[database=default][collection=missing]")
	require.Equal(t, int32(1100), has("books", "a b").GetStatus().GetCode())
	require.Equal(t, int32(1100), has("b-d", "new").GetStatus().GetCode())
}

func TestStatistics(t *testing.T) {
	t.Parallel()
	h := start(t, shelf())
	ctx := t.Context()
	all, err := h.GetCollectionStatistics(ctx, &milvuspb.GetCollectionStatisticsRequest{CollectionName: "shelf"})
	requireOK(t, all.GetStatus(), err)
	require.Equal(t, "row_count=0", pairs(all.GetStats()))
	all, err = h.GetCollectionStatistics(ctx, &milvuspb.GetCollectionStatisticsRequest{CollectionName: "missing"})
	requireRefused(t, all.GetStatus(), err, 100, notExists, "collection not found[database=default][collection=missing]")
	all, err = h.GetCollectionStatistics(ctx, &milvuspb.GetCollectionStatisticsRequest{CollectionName: "books", DbName: "gone"})
	requireRefused(t, all.GetStatus(), err, 800, unknown, "database not found[database=gone]")

	for _, name := range []string{"", "_default", "new"} {
		one, err := h.GetPartitionStatistics(ctx, &milvuspb.GetPartitionStatisticsRequest{CollectionName: "books", PartitionName: name})
		requireOK(t, one.GetStatus(), err)
		require.Equal(t, "row_count=0", pairs(one.GetStats()))
	}
	one, err := h.GetPartitionStatistics(ctx, &milvuspb.GetPartitionStatisticsRequest{CollectionName: "books", PartitionName: "missing"})
	requireRefused(t, one.GetStatus(), err, 200, commonpb.ErrorCode_MetaFailed, "partition not found[partition=missing]")
}

// Records that cannot be read are named where they would be missed (decisions 44); everything else is served.
func TestDamageIsNamed(t *testing.T) {
	t.Parallel()
	h := start(t, shelf(func(b *catalog.Builder) {
		b.Quarantine(catalog.Quarantined{
			Ref: catalog.Ref{Kind: catalog.KindField, Parent: booksID, ID: 105}, Key: "meta/root-coord/fields/1/105", Reason: "does not decode",
		})
		b.Quarantine(catalog.Quarantined{
			Ref: catalog.Ref{Kind: catalog.KindCollection, Parent: 1, ID: 77}, Key: "meta/root-coord/database/collection-info/1/77", Reason: "is empty",
		})
	}))
	ctx := t.Context()
	want := "collection 446000000000000100 is damaged, these records of it cannot be served: " +
		"field 105 at meta/root-coord/fields/1/105: does not decode: service internal error"
	for _, req := range []*milvuspb.DescribeCollectionRequest{{CollectionName: "books"}, {CollectionName: "shelf"}, {CollectionID: int64(booksID)}} {
		one, err := h.DescribeCollection(ctx, req)
		requireRefused(t, one.GetStatus(), err, 5, unknown, want)
	}
	one, err := h.DescribeCollection(ctx, &milvuspb.DescribeCollectionRequest{CollectionID: 77})
	requireRefused(t, one.GetStatus(), err, 5, unknown, "collection 77 is damaged, these records of it cannot be served: "+
		"collection 77 at meta/root-coord/database/collection-info/1/77: is empty: service internal error")
	parts, err := h.ShowPartitions(ctx, &milvuspb.ShowPartitionsRequest{CollectionName: "books"})
	requireRefused(t, parts.GetStatus(), err, 5, unknown, want)
	has, err := h.HasPartition(ctx, &milvuspb.HasPartitionRequest{CollectionName: "books", PartitionName: "missing"})
	requireRefused(t, has.GetStatus(), err, 5, unknown, want)
	has, err = h.HasPartition(ctx, &milvuspb.HasPartitionRequest{CollectionName: "books", PartitionName: "new"})
	requireOK(t, has.GetStatus(), err)
	require.True(t, has.GetValue())
	whole, err := h.DescribeCollection(ctx, &milvuspb.DescribeCollectionRequest{CollectionName: "keyed"})
	requireOK(t, whole.GetStatus(), err)
}

func TestDescribeCollection(t *testing.T) {
	t.Parallel()
	h := start(t, shelf())
	reply, err := h.DescribeCollection(t.Context(), &milvuspb.DescribeCollectionRequest{CollectionName: "books"})
	requireOK(t, reply.GetStatus(), err)
	require.Equal(t, int64(booksID), reply.GetCollectionID())
	require.Equal(t, "books", reply.GetCollectionName())
	require.Equal(t, "default", reply.GetDbName())
	require.Equal(t, int64(1), reply.GetDbId())
	require.Equal(t, int32(2), reply.GetShardsNum())
	require.Equal(t, int64(2), reply.GetNumPartitions())
	require.Equal(t, commonpb.ConsistencyLevel_Bounded, reply.GetConsistencyLevel())
	require.Equal(t, []string{"shelf"}, reply.GetAliases())
	require.Equal(t, "timezone=UTC collection.ttl.seconds=60", pairs(reply.GetProperties()))
	require.Equal(t, []string{"by-dev-rootcoord-dml_0_446000000000000100v0", "by-dev-rootcoord-dml_1_446000000000000100v1"}, reply.GetVirtualChannelNames())
	require.Equal(t, []string{"by-dev-rootcoord-dml_0", "by-dev-rootcoord-dml_1"}, reply.GetPhysicalChannelNames())
	require.Equal(t, uint64(created), reply.GetCreatedTimestamp())
	require.Equal(t, uint64(wantedMilli), reply.GetCreatedUtcTimestamp(), "in milliseconds")
	require.Equal(t, uint64(updated), reply.GetUpdateTimestamp())
	require.Equal(t, "445644800294387718", reply.GetUpdateTimestampStr())
	require.Empty(t, reply.GetStartPositions(), "not the client's")
	require.Zero(t, reply.GetRequestTime())

	schema := reply.GetSchema()
	require.Equal(t, "books", schema.GetName())
	require.Equal(t, "a shelf", schema.GetDescription())
	require.True(t, schema.GetEnableDynamicField())
	require.False(t, schema.GetAutoID()) // always false, says Milvus
	require.Equal(t, int32(3), schema.GetVersion())
	require.Equal(t, "default", schema.GetDbName(), "where it is, not what is stored")
	require.Equal(t, pairs(reply.GetProperties()), pairs(schema.GetProperties()))
	var lines []string
	for _, f := range schema.GetFields() {
		lines = append(lines, f.String())
	}
	got := strings.Join(strings.Fields(strings.Join(lines, " ; ")), " ")
	require.Equal(t, `fieldID:100 name:"id" is_primary_key:true description:"the key" data_type:Int64 autoID:true ; `+
		`fieldID:101 name:"vec" data_type:FloatVector type_params:{key:"dim" value:"8"} ; `+
		`fieldID:102 name:"title" data_type:VarChar type_params:{key:"max_length" value:"64"} default_value:{string_data:"untitled"} nullable:true ; `+
		`fieldID:103 name:"tags" data_type:Array type_params:{key:"max_capacity" value:"4"} element_type:Int32`, got,
		"neither RowID, Timestamp nor $meta")
}

func TestDescribeCollectionByOtherNames(t *testing.T) {
	t.Parallel()
	h := start(t, shelf())
	for range 2 { // the second time from the cache
		alias, err := h.DescribeCollection(t.Context(), &milvuspb.DescribeCollectionRequest{CollectionName: "shelf"})
		requireOK(t, alias.GetStatus(), err)
		require.Equal(t, "shelf", alias.GetCollectionName(), "the request's text")
		require.Equal(t, "books", alias.GetSchema().GetName(), "the real name")

		byID, err := h.DescribeCollection(inDatabase(t, "other"), &milvuspb.DescribeCollectionRequest{CollectionID: int64(booksID)})
		requireOK(t, byID.GetStatus(), err)
		require.Equal(t, "books", byID.GetCollectionName())
		require.Equal(t, "default", byID.GetDbName(), "its own database, not the header's")

		other, err := h.DescribeCollection(inDatabase(t, "other"), &milvuspb.DescribeCollectionRequest{CollectionName: "books"})
		requireOK(t, other.GetStatus(), err)
		require.Equal(t, int64(keyedID)+50, other.GetCollectionID())
		require.Equal(t, "other", other.GetDbName())

		both, err := h.DescribeCollection(t.Context(), &milvuspb.DescribeCollectionRequest{CollectionName: "keyed", CollectionID: int64(booksID)})
		requireOK(t, both.GetStatus(), err)
		require.Equal(t, int64(keyedID), both.GetCollectionID(), "the name counts")
	}
}

func TestDescribeCollectionNotFound(t *testing.T) {
	t.Parallel()
	h := start(t, shelf())
	for name, tc := range map[string]struct {
		req    *milvuspb.DescribeCollectionRequest
		code   int32
		legacy commonpb.ErrorCode
		reason string
	}{
		"by name": {
			req: &milvuspb.DescribeCollectionRequest{CollectionName: "missing"}, code: 100, legacy: notExists,
			reason: "can't find collection[database=default][collection=missing]",
		},
		"by id": {
			req: &milvuspb.DescribeCollectionRequest{CollectionID: 5, DbName: "other"}, code: 100, legacy: notExists,
			reason: "can't find collection[database=other][collection=5]",
		},
		"missing database": {
			req: &milvuspb.DescribeCollectionRequest{CollectionName: "books", DbName: "gone"}, code: 800, legacy: unknown,
			reason: "database not found[database=gone]",
		},
		"bad name": {
			req: &milvuspb.DescribeCollectionRequest{CollectionName: "1st", DbName: "gone"}, code: 1100, legacy: illegal,
			reason: "Invalid collection name: 1st.  the first character of a collection name must be an underscore or letter: invalid parameter",
		},
		"no name": {
			req: &milvuspb.DescribeCollectionRequest{}, code: 1100, legacy: illegal,
			reason: "collection name should not be empty: invalid parameter",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reply, err := h.DescribeCollection(t.Context(), tc.req)
			requireRefused(t, reply.GetStatus(), err, tc.code, tc.legacy, tc.reason)
			require.Equal(t, map[string]string{"is_input_error": "true"}, reply.GetStatus().GetExtraInfo())
			require.False(t, reply.GetStatus().GetRetriable())
		})
	}
}

// A description is made once for a collection that does not change, and anew when it does; the cache is bounded.
func TestDescribeCache(t *testing.T) {
	t.Parallel()
	d := newDescribeCache(3)
	require.Len(t, d.slots, 4)
	require.Len(t, newDescribeCache(1).slots, 1)
	snap := shelf()
	books, _ := snap.Collection(1, "books")
	made := 0
	reply := func(c *catalog.Collection, asked string) string {
		b, err := d.reply(c, asked, func() *milvuspb.DescribeCollectionResponse {
			made++
			return &milvuspb.DescribeCollectionResponse{CollectionName: asked, UpdateTimestamp: uint64(c.Updated)}
		})
		require.NoError(t, err)
		return string(b)
	}
	first := reply(books, "books")
	require.Equal(t, first, reply(books, "books"))
	require.Equal(t, 1, made)
	require.NotEqual(t, first, reply(books, "shelf"))
	require.Equal(t, 2, made)

	changed := *books.Collection
	changed.Updated++
	next, err := snap.Stage(&catalog.ChangeSet{Revision: 43, Changes: []catalog.Change{catalog.PutCollection(&changed)}})
	require.NoError(t, err)
	after, _ := next.Collection(1, "books")
	require.NotEqual(t, first, reply(after, "books"))
	require.Equal(t, first, reply(books, "books"), "who still reads the old Snapshot gets the old answer")
}

// What a record holds beyond the model reaches the client.
func TestDescribePassesOnWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	extra := string([]byte{17<<3&0x7f | 2 | 0x80, 1, 1, 'x'}) // field 17, external_field: "x"
	s := fieldSchema(&model.Field{ID: 100, Name: "f", Extra: extra})
	h := start(t, shelf(func(b *catalog.Builder) {
		c := &model.Collection{ID: 9, Database: 1, Name: "odd"}
		b.Add(catalog.CollectionRef(c), c, catalog.Fingerprint{})
		f := &model.Field{ID: 100, Name: "f", Extra: extra}
		b.Add(catalog.FieldRef(9, f), f, catalog.Fingerprint{})
	}))
	reply, err := h.DescribeCollection(t.Context(), &milvuspb.DescribeCollectionRequest{CollectionName: "odd"}, grpc.WaitForReady(true))
	requireOK(t, reply.GetStatus(), err)
	require.Equal(t, "x", reply.GetSchema().GetFields()[0].GetExternalField())
	require.NotEmpty(t, s.ProtoReflect().GetUnknown())
}
