package milvus

import (
	"slices"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/milvus-io/milvus-proto/go-api/v3/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"github.com/milvus-io/milvus-proto/go-api/v3/schemapb"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	taprootv1 "github.com/taproot-db/taproot/proto/taproot/v1"
)

func newFieldSchema() *schemapb.FieldSchema {
	return &schemapb.FieldSchema{
		Name: "new", DataType: schemapb.DataType_FloatVector, Nullable: true, FieldID: 7, IsFunctionOutput: true,
		TypeParams: []*commonpb.KeyValuePair{kv("dim", "8")},
	}
}

func embeddingSchema() *schemapb.FunctionSchema {
	return &schemapb.FunctionSchema{
		Name: "f", Type: schemapb.FunctionType_TextEmbedding, InputFieldNames: []string{"author"}, OutputFieldNames: []string{"new"},
		Params: []*commonpb.KeyValuePair{kv("model_name", "m")}, Id: 7,
	}
}

func structSchema() *schemapb.StructArrayFieldSchema {
	return &schemapb.StructArrayFieldSchema{Name: "st", Nullable: true, Fields: []*schemapb.FieldSchema{
		{Name: "x", DataType: schemapb.DataType_Array, ElementType: schemapb.DataType_Int32, TypeParams: []*commonpb.KeyValuePair{kv("max_capacity", "4")}},
	}}
}

func addRequest(infos []*milvuspb.AlterCollectionSchemaRequest_FieldInfo, fns ...*schemapb.FunctionSchema) *milvuspb.AlterCollectionSchemaRequest {
	return &milvuspb.AlterCollectionSchemaRequest{CollectionName: "shelf", Action: &milvuspb.AlterCollectionSchemaRequest_Action{
		Op: &milvuspb.AlterCollectionSchemaRequest_Action_AddRequest{
			AddRequest: &milvuspb.AlterCollectionSchemaRequest_AddRequest{FieldInfos: infos, FuncSchema: fns},
		},
	}}
}

func dropRequest(drop *milvuspb.AlterCollectionSchemaRequest_DropRequest) *milvuspb.AlterCollectionSchemaRequest {
	return &milvuspb.AlterCollectionSchemaRequest{CollectionName: "shelf", Action: &milvuspb.AlterCollectionSchemaRequest_Action{
		Op: &milvuspb.AlterCollectionSchemaRequest_Action_DropRequest{DropRequest: drop},
	}}
}

func info(f *schemapb.FieldSchema) *milvuspb.AlterCollectionSchemaRequest_FieldInfo {
	return &milvuspb.AlterCollectionSchemaRequest_FieldInfo{FieldSchema: f}
}

// Each statement goes to the coordinator as the client meant it, whatever ids it sent.
func TestSchemaChangesSendTheirStatements(t *testing.T) {
	t.Parallel()
	h := start(t, shelf())
	ctx := t.Context()
	bytes, err := proto.Marshal(newFieldSchema())
	require.NoError(t, err)
	param := func(k, v string) []*taprootv1.Property { return []*taprootv1.Property{{Key: k, Value: v}} }
	field := &taprootv1.Field{Name: "new", DataType: 101, Nullable: true, TypeParams: param("dim", "8")}
	const db, name = "default", "shelf" // an alias
	schema := func(req *milvuspb.AlterCollectionSchemaRequest) func() (*commonpb.Status, error) {
		return func() (*commonpb.Status, error) {
			r, err := h.AlterCollectionSchema(ctx, req)
			return r.GetAlterStatus(), err
		}
	}
	for what, tc := range map[string]struct {
		call func() (*commonpb.Status, error)
		want *taprootv1.ExecuteRequest
	}{
		"set": {
			func() (*commonpb.Status, error) {
				return h.AlterCollection(ctx, &milvuspb.AlterCollectionRequest{CollectionName: name, Properties: []*commonpb.KeyValuePair{kv("k", "v")}})
			},
			&taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_AlterCollection{AlterCollection: &taprootv1.AlterCollection{Database: db, Collection: name, Set: param("k", "v")}}},
		},
		"delete": {
			func() (*commonpb.Status, error) {
				return h.AlterCollection(ctx, &milvuspb.AlterCollectionRequest{CollectionName: name, DeleteKeys: []string{"k"}})
			},
			&taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_AlterCollection{AlterCollection: &taprootv1.AlterCollection{Database: db, Collection: name, Delete: []string{"k"}}}},
		},
		"field": {
			func() (*commonpb.Status, error) {
				return h.AlterCollectionField(ctx, &milvuspb.AlterCollectionFieldRequest{
					CollectionName: name, FieldName: "title", Properties: []*commonpb.KeyValuePair{kv("max_length", "9")}, DeleteKeys: []string{"warmup"},
				})
			},
			&taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_AlterField{AlterField: &taprootv1.AlterField{
				Database: db, Collection: name, Field: "title", Set: param("max_length", "9"), Delete: []string{"warmup"},
			}}},
		},
		"truncate": {
			func() (*commonpb.Status, error) {
				r, err := h.TruncateCollection(ctx, &milvuspb.TruncateCollectionRequest{CollectionName: name})
				return r.GetStatus(), err
			},
			&taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_TruncateCollection{TruncateCollection: &taprootv1.TruncateCollection{Database: db, Collection: name}}},
		},
		"add": {
			func() (*commonpb.Status, error) {
				return h.AddCollectionField(ctx, &milvuspb.AddCollectionFieldRequest{CollectionName: name, Schema: bytes})
			},
			&taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_AddField{AddField: &taprootv1.AddField{Database: db, Collection: name, Field: field}}},
		},
		"add, the new way": {
			schema(addRequest([]*milvuspb.AlterCollectionSchemaRequest_FieldInfo{info(newFieldSchema())})),
			&taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_AddField{AddField: &taprootv1.AddField{Database: db, Collection: name, Field: field}}},
		},
		"add with an index": {
			schema(addRequest([]*milvuspb.AlterCollectionSchemaRequest_FieldInfo{{FieldSchema: newFieldSchema(), IndexName: "i"}})),
			&taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_AddField{AddField: &taprootv1.AddField{
				Database: db, Collection: name, Field: field, Index: &taprootv1.FieldIndex{Index: "i"},
			}}},
		},
		"add with index parameters": {
			schema(addRequest([]*milvuspb.AlterCollectionSchemaRequest_FieldInfo{{FieldSchema: newFieldSchema(), ExtraParams: []*commonpb.KeyValuePair{kv("k", "v")}}})),
			&taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_AddField{AddField: &taprootv1.AddField{
				Database: db, Collection: name, Field: field, Index: &taprootv1.FieldIndex{Params: param("k", "v")},
			}}},
		},
		"add a struct": {
			func() (*commonpb.Status, error) {
				return h.AddCollectionStructField(ctx, &milvuspb.AddCollectionStructFieldRequest{CollectionName: name, StructArrayFieldSchema: structSchema()})
			},
			&taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_AddStructField{AddStructField: &taprootv1.AddStructField{
				Database: db, Collection: name, Field: &taprootv1.StructField{Name: "st", Nullable: true, Fields: []*taprootv1.Field{
					{Name: "x", DataType: 22, ElementType: 4, TypeParams: param("max_capacity", "4")},
				}},
			}}},
		},
		"drop by name": {
			schema(dropRequest(&milvuspb.AlterCollectionSchemaRequest_DropRequest{Identifier: &milvuspb.AlterCollectionSchemaRequest_DropRequest_FieldName{FieldName: "tags"}})),
			&taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_DropField{DropField: &taprootv1.DropField{Database: db, Collection: name, Field: "tags"}}},
		},
		"drop by id": {
			schema(dropRequest(&milvuspb.AlterCollectionSchemaRequest_DropRequest{Identifier: &milvuspb.AlterCollectionSchemaRequest_DropRequest_FieldId{FieldId: 103}})),
			&taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_DropField{DropField: &taprootv1.DropField{Database: db, Collection: name, FieldId: 103}}},
		},
		"drop a function alone, the new way": {
			schema(dropRequest(&milvuspb.AlterCollectionSchemaRequest_DropRequest{Identifier: &milvuspb.AlterCollectionSchemaRequest_DropRequest_FunctionName{FunctionName: "f"}})),
			&taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_DropFunction{DropFunction: &taprootv1.DropFunction{Database: db, Collection: name, Function: "f"}}},
		},
		"drop a function": {
			func() (*commonpb.Status, error) {
				return h.DropCollectionFunction(ctx, &milvuspb.DropCollectionFunctionRequest{CollectionName: name, FunctionName: "f"})
			},
			&taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_DropFunction{DropFunction: &taprootv1.DropFunction{Database: db, Collection: name, Function: "f"}}},
		},
	} {
		h.coordinator.requests()
		st, err := tc.call()
		requireOK(t, st, err)
		asked := h.coordinator.requests()
		require.Len(t, asked, 1, what)
		require.Empty(t, cmp.Diff(tc.want, asked[0], protocmp.Transform()), what)
	}
}

func TestSchemaChangeRefusals(t *testing.T) {
	t.Parallel()
	h := start(t, shelf())
	ctx := t.Context()
	schema := func(req *milvuspb.AlterCollectionSchemaRequest) func() (*commonpb.Status, error) {
		return func() (*commonpb.Status, error) {
			r, err := h.AlterCollectionSchema(ctx, req)
			return r.GetAlterStatus(), err
		}
	}
	infos := func(fs ...*schemapb.FieldSchema) (out []*milvuspb.AlterCollectionSchemaRequest_FieldInfo) {
		for _, f := range fs {
			out = append(out, info(f))
		}
		return out
	}
	external := newFieldSchema()
	external.ExternalField = "x"
	notThere := addRequest(infos(newFieldSchema()))
	notThere.CollectionName = "gone"
	const one = "a schema change adds one field, or one function together with its output field, but got "
	for what, tc := range map[string]struct {
		call   func() (*commonpb.Status, error)
		code   int32
		legacy commonpb.ErrorCode
		reason string
	}{
		"field that is no message": {func() (*commonpb.Status, error) {
			return h.AddCollectionField(ctx, &milvuspb.AddCollectionFieldRequest{CollectionName: "books", Schema: []byte{0xff}})
		}, 65535, unknown, ""},
		"field of a collection that is not there": {func() (*commonpb.Status, error) {
			return h.AddCollectionField(ctx, &milvuspb.AddCollectionFieldRequest{CollectionName: "gone"})
		}, 100, commonpb.ErrorCode_CollectionNotExists, "can't find collection[database=default][collection=gone]"},
		"the same, the new way": {schema(notThere), 100, commonpb.ErrorCode_CollectionNotExists, "can't find collection[database=default][collection=gone]"},
		"no field": {func() (*commonpb.Status, error) {
			return h.AddCollectionField(ctx, &milvuspb.AddCollectionFieldRequest{CollectionName: "books"})
		}, 1100, illegal, ""},
		"external field": {schema(addRequest(infos(external))), 10, unknown, "external collections are not supported: service unimplemented"},
		"no struct": {func() (*commonpb.Status, error) {
			return h.AddCollectionStructField(ctx, &milvuspb.AddCollectionStructFieldRequest{CollectionName: "books"})
		}, 1101, illegal, "struct field schema is empty: missing parameter"},
		"nothing":               {schema(&milvuspb.AlterCollectionSchemaRequest{CollectionName: "books"}), 1100, illegal, "the schema change names nothing to add or to drop: invalid parameter"},
		"nothing in it":         {schema(&milvuspb.AlterCollectionSchemaRequest{CollectionName: "books", Action: &milvuspb.AlterCollectionSchemaRequest_Action{}}), 1100, illegal, "the schema change names nothing to add or to drop: invalid parameter"},
		"add nothing":           {schema(addRequest(nil)), 1100, illegal, one + "0 fields and 0 functions: invalid parameter"},
		"add a function":        {schema(addRequest(nil, embeddingSchema())), 1100, illegal, one + "0 fields and 1 functions: invalid parameter"},
		"add two":               {schema(addRequest(infos(newFieldSchema(), newFieldSchema()))), 1100, illegal, one + "2 fields and 0 functions: invalid parameter"},
		"add no field at it":    {schema(addRequest(infos(nil))), 1101, illegal, "field schema is empty: missing parameter"},
		"add with its function": {schema(addRequest(infos(newFieldSchema()), embeddingSchema())), 1100, illegal, "function input field not found: author: invalid parameter"},
		"drop nothing":          {schema(dropRequest(&milvuspb.AlterCollectionSchemaRequest_DropRequest{})), 1100, illegal, "the schema change names nothing to drop: invalid parameter"},
		"drop the key": {
			schema(dropRequest(&milvuspb.AlterCollectionSchemaRequest_DropRequest{Identifier: &milvuspb.AlterCollectionSchemaRequest_DropRequest_FieldName{FieldName: "id"}})), 1100, illegal,
			"cannot drop primary key field: id: invalid parameter",
		},
		"drop a function with its field": {schema(dropRequest(&milvuspb.AlterCollectionSchemaRequest_DropRequest{
			Identifier: &milvuspb.AlterCollectionSchemaRequest_DropRequest_FunctionName{FunctionName: "f"}, DropFunctionOutputFields: true,
		})), 1100, illegal, "function not found: f: invalid parameter"},
		"no function": {func() (*commonpb.Status, error) {
			return h.AddCollectionFunction(ctx, &milvuspb.AddCollectionFunctionRequest{CollectionName: "books"})
		}, 1100, illegal, "function schema is empty: invalid parameter"},
		"function of a field that is not there": {func() (*commonpb.Status, error) {
			return h.AddCollectionFunction(ctx, &milvuspb.AddCollectionFunctionRequest{CollectionName: "books", FunctionSchema: embeddingSchema()})
		}, 1100, illegal, "function input field not found: author: invalid parameter"},
		"alter to nothing": {func() (*commonpb.Status, error) {
			return h.AlterCollectionFunction(ctx, &milvuspb.AlterCollectionFunctionRequest{CollectionName: "books", FunctionName: "f"})
		}, 1100, illegal, "function schema is empty: invalid parameter"},
		"alter a function that is not there": {func() (*commonpb.Status, error) {
			return h.AlterCollectionFunction(ctx, &milvuspb.AlterCollectionFunctionRequest{CollectionName: "books", FunctionName: "f", FunctionSchema: embeddingSchema()})
		}, 1100, illegal, "function f not found: invalid parameter"},
		"truncate what is not there": {func() (*commonpb.Status, error) {
			r, err := h.TruncateCollection(ctx, &milvuspb.TruncateCollectionRequest{CollectionName: "gone"})
			return r.GetStatus(), err
		}, 100, commonpb.ErrorCode_CollectionNotExists, "collection not found[database=default][collection=gone]"},
		"alter what is not there": {func() (*commonpb.Status, error) {
			return h.AlterCollection(ctx, &milvuspb.AlterCollectionRequest{CollectionName: "gone"})
		}, 100, commonpb.ErrorCode_CollectionNotExists, "collection not found[database=default][collection=gone]"},
		"alter nothing": {func() (*commonpb.Status, error) {
			return h.AlterCollection(ctx, &milvuspb.AlterCollectionRequest{CollectionName: "books"})
		}, 1100, illegal, "no properties or delete keys provided: invalid parameter"},
	} {
		st, err := tc.call()
		require.NoError(t, err, what)
		if tc.reason == "" {
			tc.reason = st.GetReason()
		}
		requireRefused(t, st, err, tc.code, tc.legacy, tc.reason)
	}
	require.Empty(t, h.coordinator.requests(), "nothing of it went further")
}

func TestBatchDescribeCollection(t *testing.T) {
	t.Parallel()
	h := start(t, shelf())
	r, err := h.BatchDescribeCollection(t.Context(), &milvuspb.BatchDescribeCollectionRequest{CollectionID: []int64{int64(booksID)}})
	requireRefused(t, r.GetStatus(), err, 1101, illegal, "collection names cannot be empty: missing parameter")

	names := []string{"books", "gone", "shelf", "a b", "books"}
	r, err = h.BatchDescribeCollection(t.Context(), &milvuspb.BatchDescribeCollectionRequest{CollectionName: names, CollectionID: []int64{1}})
	requireOK(t, r.GetStatus(), err)
	require.Len(t, r.GetResponses(), len(names))
	for i, name := range names {
		one, err := h.DescribeCollection(t.Context(), &milvuspb.DescribeCollectionRequest{CollectionName: name})
		require.NoError(t, err)
		require.Empty(t, cmp.Diff(one, r.GetResponses()[i], protocmp.Transform()), name)
	}
	require.Equal(t, int32(100), r.GetResponses()[1].GetStatus().GetCode())

	r, err = h.BatchDescribeCollection(inDatabase(t, "gone"), &milvuspb.BatchDescribeCollectionRequest{CollectionName: names[:1]})
	requireOK(t, r.GetStatus(), err)
	require.Equal(t, int32(800), r.GetResponses()[0].GetStatus().GetCode())

	// A few bytes a name must not make the server answer without bound.
	_, err = h.service.batchDescribeCollection(t.Context(), &milvuspb.BatchDescribeCollectionRequest{
		DbName: "default", CollectionName: slices.Repeat([]string{"books"}, 200_000),
	})
	require.Equal(t, "the descriptions of 200000 collections are more than 67108864 bytes: parameter too large", errs.Of(err).Reason)
}

// turning is a Source whose catalog is another one each time it is asked.
type turning struct {
	Source
	asked     atomic.Int64
	snapshots [2]*catalog.Snapshot
}

func (s *turning) Snapshot() *catalog.Snapshot { return s.snapshots[s.asked.Add(1)%2] }

// pains.md 30: what is described together is of one catalog.
func TestABatchIsOfOneCatalog(t *testing.T) {
	t.Parallel()
	h := start(t, shelf())
	h.service.source = &turning{Source: h.source, snapshots: [2]*catalog.Snapshot{shelf(), former()}}
	for range 3 {
		r, err := h.service.batchDescribeCollection(t.Context(), &milvuspb.BatchDescribeCollectionRequest{
			DbName: "default", CollectionName: []string{"books", "shelf", "books", "shelf"},
		})
		require.NoError(t, err)
		var reply milvuspb.BatchDescribeCollectionResponse
		require.NoError(t, proto.Unmarshal(r, &reply))
		for _, one := range reply.GetResponses() {
			require.Equal(t, reply.GetResponses()[0].GetCollectionID(), one.GetCollectionID())
		}
	}
}
