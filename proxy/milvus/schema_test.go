package milvus

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/milvus-io/milvus-proto/go-api/v3/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"github.com/milvus-io/milvus-proto/go-api/v3/schemapb"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
	taprootv1 "github.com/taproot-db/taproot/proto/taproot/v1"
)

// richSchema has what a schema may hold beside plain fields.
func richSchema() *schemapb.CollectionSchema {
	kvs := func(ss ...string) []*commonpb.KeyValuePair {
		var out []*commonpb.KeyValuePair
		for i := 0; i < len(ss); i += 2 {
			out = append(out, kv(ss[i], ss[i+1]))
		}
		return out
	}
	return &schemapb.CollectionSchema{
		Name: "books",
		Fields: []*schemapb.FieldSchema{
			{FieldID: 9, Name: "id", DataType: schemapb.DataType_Int64, IsPrimaryKey: true},
			{Name: "text", DataType: schemapb.DataType_VarChar, TypeParams: kvs("max_length", "9", "enable_analyzer", "true")},
			{Name: "sparse", DataType: schemapb.DataType_SparseFloatVector},
			{Name: "at", DataType: schemapb.DataType_Int64, IsClusteringKey: true},
			{
				Name: "when", DataType: schemapb.DataType_Timestamptz,
				DefaultValue: &schemapb.ValueField{Data: &schemapb.ValueField_TimestamptzData{TimestamptzData: 5}},
			},
		},
		Functions: []*schemapb.FunctionSchema{{
			Id: 3, Name: "f", Description: "d", Type: schemapb.FunctionType_BM25, InputFieldNames: []string{"text"}, InputFieldIds: []int64{1},
			OutputFieldNames: []string{"sparse"},
		}},
		StructArrayFields: []*schemapb.StructArrayFieldSchema{{
			FieldID: 4, Name: "s", Description: "e", TypeParams: kvs("k", "v"), Nullable: true,
			Fields: []*schemapb.FieldSchema{
				{Name: "a", DataType: schemapb.DataType_Array, ElementType: schemapb.DataType_Int8, TypeParams: kvs("max_capacity", "4")},
				{Name: "v", DataType: schemapb.DataType_ArrayOfVector, ElementType: schemapb.DataType_FloatVector, TypeParams: kvs("max_capacity", "4", "dim", "2")},
			},
		}},
	}
}

func TestCreateRichCollectionSendsTheStatement(t *testing.T) {
	t.Parallel()
	h := start(t, shelf())
	st, err := h.CreateCollection(t.Context(), createRequest(t, richSchema()))
	requireOK(t, st, err)
	asked := h.coordinator.requests()
	require.Len(t, asked, 1)
	param := func(ss ...string) []*taprootv1.Property {
		var out []*taprootv1.Property
		for i := 0; i < len(ss); i += 2 {
			out = append(out, &taprootv1.Property{Key: ss[i], Value: ss[i+1]})
		}
		return out
	}
	got := asked[0].GetCreateCollection().GetSpec()
	require.Empty(t, cmp.Diff([]*taprootv1.Field{
		{Name: "at", DataType: 5, ClusteringKey: true},
		{Name: "when", DataType: 26, DefaultValue: &taprootv1.Value{Value: &taprootv1.Value_StringValue{StringValue: "1970-01-01T00:00:00.000005Z"}}},
	}, got.GetFields()[3:], protocmp.Transform()))
	require.Empty(t, cmp.Diff([]*taprootv1.Function{
		{Name: "f", Description: "d", Type: 1, InputFields: []string{"text"}, OutputFields: []string{"sparse"}},
	}, got.GetFunctions(), protocmp.Transform()))
	require.Empty(t, cmp.Diff([]*taprootv1.StructField{{
		Name: "s", Description: "e", Nullable: true, TypeParams: param("k", "v"), Fields: []*taprootv1.Field{
			{Name: "a", DataType: 22, ElementType: 2, TypeParams: param("max_capacity", "4")},
			{Name: "v", DataType: 106, ElementType: 101, TypeParams: param("max_capacity", "4", "dim", "2")},
		},
	}}, got.GetStructFields(), protocmp.Transform()))
}

// Whatever bytes a client sends as a schema, the answer is a status of its own, soon.
func TestHostileSchemas(t *testing.T) {
	t.Parallel()
	h := start(t, shelf())
	long := strings.Repeat("x", 3<<20)
	for name, change := range map[string]func(*schemapb.CollectionSchema){
		"long name":        func(s *schemapb.CollectionSchema) { s.Name = long },
		"long field name":  func(s *schemapb.CollectionSchema) { s.Fields[0].Name = long },
		"long function":    func(s *schemapb.CollectionSchema) { s.Functions[0].InputFieldNames[0] = long },
		"long dimension":   func(s *schemapb.CollectionSchema) { s.StructArrayFields[0].Fields[1].TypeParams[1].Value = long },
		"long description": func(s *schemapb.CollectionSchema) { s.Description = long },
		"thousands of fields": func(s *schemapb.CollectionSchema) {
			for range 50_000 {
				s.Fields = append(s.Fields, &schemapb.FieldSchema{Name: "f", DataType: schemapb.DataType_Bool})
			}
		},
		"thousands of functions": func(s *schemapb.CollectionSchema) {
			for range 50_000 {
				s.Functions = append(s.Functions, s.GetFunctions()[0])
			}
		},
		"thousands of structs": func(s *schemapb.CollectionSchema) {
			for range 30_000 {
				s.StructArrayFields = append(s.StructArrayFields, s.GetStructArrayFields()[0])
			}
		},
		"empty messages": func(s *schemapb.CollectionSchema) {
			s.Fields[0], s.Functions[0], s.StructArrayFields[0] = &schemapb.FieldSchema{}, &schemapb.FunctionSchema{}, &schemapb.StructArrayFieldSchema{}
		},
		"nul":   func(s *schemapb.CollectionSchema) { s.Fields[1].Name = "a\x00b" },
		"slash": func(s *schemapb.CollectionSchema) { s.StructArrayFields[0].Name = "a/../b" },
		"huge dimension": func(s *schemapb.CollectionSchema) {
			s.StructArrayFields[0].Fields[1].TypeParams[1].Value = "99999999999999999999"
		},
		"negative types": func(s *schemapb.CollectionSchema) { s.Fields[3].DataType, s.Functions[0].Type = -1, -1 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := richSchema()
			change(s)
			st, err := h.CreateCollection(t.Context(), createRequest(t, s))
			require.NoError(t, err)
			require.NotZero(t, st.GetCode())
			require.NotEqual(t, int32(5), st.GetCode(), "no panic")
		})
	}
	t.Cleanup(func() { require.Empty(t, h.coordinator.requests(), "nothing of it went further") })
}

func TestDescribeRichCollection(t *testing.T) {
	t.Parallel()
	in, err := specOf(createRequest(t, richSchema()))
	require.NoError(t, err)
	text, sparse, when := *in.Fields[1], *in.Fields[2], *in.Fields[4]
	text.ID, sparse.ID, when.ID, sparse.FunctionOutput = 101, 102, 103, true
	f := *in.Functions[0]
	f.ID, f.InputIDs, f.OutputIDs = 100, []model.ID{101}, []model.ID{102}
	h := start(t, shelf(func(b *catalog.Builder) {
		add := func(c catalog.Change) { b.Add(c.Ref, c.Put, catalog.Fingerprint{}) }
		add(catalog.PutCollection(&model.Collection{
			ID: 5000, Database: 1, Name: "rich", Shards: 1, Properties: []model.Property{{Key: "timezone", Value: "Asia/Tokyo"}},
		}))
		add(catalog.PutField(5000, &text))
		add(catalog.PutField(5000, &sparse))
		add(catalog.PutField(5000, &when))
		add(catalog.PutFunction(5000, &f))
		add(catalog.PutStructField(5000, in.StructFields[0].Stored(104)))
	}))
	reply, err := h.DescribeCollection(t.Context(), &milvuspb.DescribeCollectionRequest{CollectionName: "rich"})
	requireOK(t, reply.GetStatus(), err)
	got := reply.GetSchema()
	require.True(t, got.GetFields()[1].GetIsFunctionOutput())
	require.Equal(t, "1970-01-01T09:00:00.000005+09:00", got.GetFields()[2].GetDefaultValue().GetStringData())

	want := richSchema()
	wantFunction := want.GetFunctions()[0]
	wantFunction.Id, wantFunction.InputFieldIds, wantFunction.OutputFieldIds = 100, []int64{101}, []int64{102}
	require.Empty(t, cmp.Diff(want.GetFunctions(), got.GetFunctions(), protocmp.Transform()))
	wantStruct := want.GetStructArrayFields()[0]
	wantStruct.FieldID = 104
	for i, sub := range wantStruct.GetFields() { // plain names, and null as the struct is
		sub.FieldID, sub.Nullable = 105+int64(i), true
	}
	require.Empty(t, cmp.Diff(want.GetStructArrayFields(), got.GetStructArrayFields(), protocmp.Transform()))
}
