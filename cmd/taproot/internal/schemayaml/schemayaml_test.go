package schemayaml_test

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/cockroachdb/errors"
	"github.com/google/go-cmp/cmp"
	"github.com/milvus-io/milvus-proto/go-api/v3/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"github.com/milvus-io/milvus-proto/go-api/v3/schemapb"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/taproot-db/taproot/cmd/taproot/internal/schemayaml"
)

func parse(t *testing.T, text string) []schemayaml.Collection {
	t.Helper()
	cs, err := schemayaml.Parse(strings.NewReader(text))
	require.NoError(t, err)
	return cs
}

func request(t *testing.T, c schemayaml.Collection) (*milvuspb.CreateCollectionRequest, *schemapb.CollectionSchema) {
	t.Helper()
	req, err := c.Request()
	require.NoError(t, err)
	schema := &schemapb.CollectionSchema{}
	require.NoError(t, proto.Unmarshal(req.GetSchema(), schema))
	return req, schema
}

func twelve(t *testing.T) []schemayaml.Collection {
	t.Helper()
	f, err := os.Open("testdata/schemas.yaml")
	require.NoError(t, err)
	defer func() { require.NoError(t, f.Close()) }()
	cs, err := schemayaml.Parse(f)
	require.NoError(t, err)
	require.Len(t, cs, 12)
	return cs
}

// described is what a server says of a collection made by req.
func described(req *milvuspb.CreateCollectionRequest, schema *schemapb.CollectionSchema) *milvuspb.DescribeCollectionResponse {
	schema = proto.CloneOf(schema)
	id := int64(100)
	for _, f := range schema.GetFields() {
		f.FieldID, id = id, id+1
	}
	for _, f := range schema.GetFunctions() {
		for _, out := range schema.GetFields() {
			out.IsFunctionOutput = out.IsFunctionOutput || out.GetName() == f.GetOutputFieldNames()[0]
		}
	}
	return &milvuspb.DescribeCollectionResponse{
		Schema: schema, CollectionID: 7, ShardsNum: max(1, req.GetShardsNum()), ConsistencyLevel: req.GetConsistencyLevel(),
		NumPartitions: max(1, req.GetNumPartitions()),
		Properties: append(req.GetProperties(), &commonpb.KeyValuePair{Key: "timezone", Value: "UTC"},
			&commonpb.KeyValuePair{Key: "max_field_id", Value: "120"}),
	}
}

// What is described, written, read and sent again must be what a server takes for the same collection.
func TestDescribedCollectionsCreateEqualOnes(t *testing.T) {
	t.Parallel()
	for _, c := range twelve(t) {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			req, schema := request(t, c)
			form := schemayaml.Describe(described(req, schema))
			var file bytes.Buffer
			require.NoError(t, form.Write(&file))
			again := parse(t, file.String())
			require.Len(t, again, 1)
			req2, schema2 := request(t, again[0])
			unordered := protocmp.SortRepeated(func(a, b *commonpb.KeyValuePair) bool { return a.GetKey() < b.GetKey() })
			require.Empty(t, cmp.Diff(schema, schema2, protocmp.Transform(), unordered))
			require.Equal(t, req.GetConsistencyLevel(), req2.GetConsistencyLevel())
			require.Equal(t, req.GetNumPartitions(), req2.GetNumPartitions())
			require.Equal(t, max(1, req.GetShardsNum()), req2.GetShardsNum())
			want := append(req.GetProperties(), &commonpb.KeyValuePair{Key: "timezone", Value: "UTC"})
			require.Empty(t, cmp.Diff(want, req2.GetProperties(), protocmp.Transform(), unordered))
		})
	}
}

func TestRequests(t *testing.T) {
	t.Parallel()
	byName := map[string]schemayaml.Collection{}
	for _, c := range twelve(t) {
		byName[c.Name] = c
	}
	kv := func(ss ...string) []*commonpb.KeyValuePair {
		var out []*commonpb.KeyValuePair
		for i := 0; i < len(ss); i += 2 {
			out = append(out, &commonpb.KeyValuePair{Key: ss[i], Value: ss[i+1]})
		}
		return out
	}
	field := func(schema *schemapb.CollectionSchema, name string) *schemapb.FieldSchema {
		for _, f := range schema.GetFields() {
			if f.GetName() == name {
				return f
			}
		}
		return nil
	}
	same := func(t *testing.T, want, got any) {
		t.Helper()
		require.Empty(t, cmp.Diff(want, got, protocmp.Transform()))
	}

	req, schema := request(t, byName["rag_chunks"])
	require.Equal(t, commonpb.ConsistencyLevel_Bounded, req.GetConsistencyLevel(), "when it is not given")
	require.Equal(t, "rag_chunks", req.GetCollectionName())
	require.True(t, schema.GetEnableDynamicField())
	same(t, &schemapb.FieldSchema{
		Name: "lang", DataType: schemapb.DataType_VarChar, TypeParams: kv("max_length", "8"),
		DefaultValue: &schemapb.ValueField{Data: &schemapb.ValueField_StringData{StringData: "en"}},
	}, field(schema, "lang"))

	_, schema = request(t, byName["hybrid_products"])
	same(t, kv("max_length", "512", "enable_analyzer", "true", "enable_match", "true"), field(schema, "title").GetTypeParams())
	same(t, kv("max_length", "32", "max_capacity", "64"), field(schema, "tags").GetTypeParams())
	require.Equal(t, schemapb.DataType_VarChar, field(schema, "tags").GetElementType())
	require.True(t, field(schema, "in_stock").GetDefaultValue().GetBoolData())
	require.True(t, field(schema, "sku").GetAutoID())
	same(t, []*schemapb.FunctionSchema{{
		Name: "title_bm25", Type: schemapb.FunctionType_BM25, InputFieldNames: []string{"title"}, OutputFieldNames: []string{"sparse"},
	}}, schema.GetFunctions())

	req, schema = request(t, byName["tenant_notes"])
	require.Equal(t, int64(64), req.GetNumPartitions())
	require.True(t, field(schema, "tenant").GetIsPartitionKey())
	same(t, kv("collection.ttl.seconds", "2592000"), req.GetProperties())

	req, _ = request(t, byName["chat_memory"])
	require.Equal(t, commonpb.ConsistencyLevel_Strong, req.GetConsistencyLevel())

	_, schema = request(t, byName["late_interaction"])
	same(t, []*schemapb.StructArrayFieldSchema{{Name: "tokens", Fields: []*schemapb.FieldSchema{
		{Name: "token", DataType: schemapb.DataType_Array, ElementType: schemapb.DataType_VarChar, TypeParams: kv("max_length", "64", "max_capacity", "512")},
		{Name: "token_vec", DataType: schemapb.DataType_ArrayOfVector, ElementType: schemapb.DataType_FloatVector, TypeParams: kv("dim", "128", "max_capacity", "512")},
	}}}, schema.GetStructArrayFields())

	_, schema = request(t, byName["wide_features"])
	require.Len(t, schema.GetFields(), 62)
	require.Equal(t, "f00", schema.GetFields()[2].GetName())
	require.Equal(t, "f59", schema.GetFields()[61].GetName())
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		field string
		want  *schemapb.ValueField
	}{
		{"type: Int8, default: 3", &schemapb.ValueField{Data: &schemapb.ValueField_IntData{IntData: 3}}},
		{"type: Int32, default: 3000000000", &schemapb.ValueField{Data: &schemapb.ValueField_LongData{LongData: 3000000000}}},
		{"type: Int64, default: 3", &schemapb.ValueField{Data: &schemapb.ValueField_LongData{LongData: 3}}},
		{"type: Int64, default: 1.5", &schemapb.ValueField{Data: &schemapb.ValueField_DoubleData{DoubleData: 1.5}}},
		{"type: Float, default: 0.1", &schemapb.ValueField{Data: &schemapb.ValueField_FloatData{FloatData: 0.1}}},
		{"type: Float, default: 1", &schemapb.ValueField{Data: &schemapb.ValueField_FloatData{FloatData: 1}}},
		{"type: Double, default: 1", &schemapb.ValueField{Data: &schemapb.ValueField_DoubleData{DoubleData: 1}}},
		{"type: VarChar, default: 2020-01-01", &schemapb.ValueField{Data: &schemapb.ValueField_StringData{StringData: "2020-01-01"}}},
		{"type: VarChar, default: ''", &schemapb.ValueField{Data: &schemapb.ValueField_StringData{StringData: ""}}},
		{"type: VarChar, default: 5", &schemapb.ValueField{Data: &schemapb.ValueField_LongData{LongData: 5}}},
		{"type: JSON, default: '{}'", &schemapb.ValueField{Data: &schemapb.ValueField_BytesData{BytesData: []byte("{}")}}},
		{"type: Timestamptz, default: 5", &schemapb.ValueField{Data: &schemapb.ValueField_TimestamptzData{TimestamptzData: 5}}},
		{"type: Bool, default: false", &schemapb.ValueField{Data: &schemapb.ValueField_BoolData{BoolData: false}}},
		{"type: Bool, default: null", nil},
	} {
		c := parse(t, "name: c\nfields: [{name: f, "+tc.field+"}]\n")
		req, schema := request(t, c[0])
		require.Empty(t, cmp.Diff(tc.want, schema.GetFields()[0].GetDefaultValue(), protocmp.Transform()), tc.field)

		form := schemayaml.Describe(described(req, schema))
		var file bytes.Buffer
		require.NoError(t, form.Write(&file))
		_, again := request(t, parse(t, file.String())[0])
		require.Empty(t, cmp.Diff(schema, again, protocmp.Transform()), "described and read again: %s", tc.field)
	}
}

// Parameters whose spelling a number would lose stay as they are.
func TestOddTypeParamsSurvive(t *testing.T) {
	t.Parallel()
	schema := &schemapb.CollectionSchema{Name: "c", Fields: []*schemapb.FieldSchema{{
		Name: "v", DataType: schemapb.DataType_FloatVector,
		TypeParams: []*commonpb.KeyValuePair{{Key: "dim", Value: "08"}, {Key: "mmap.enabled", Value: "true"}, {Key: "enable_match", Value: "True"}},
	}}}
	form := schemayaml.Describe(&milvuspb.DescribeCollectionResponse{Schema: schema})
	require.Nil(t, form.Fields[0].Dim)
	require.Equal(t, map[string]string{"dim": "08", "mmap.enabled": "true", "enable_match": "True"}, form.Fields[0].TypeParams)
}

func TestDocuments(t *testing.T) {
	t.Parallel()
	require.Len(t, parse(t, "name: a\n---\n- name: b\n- name: c\n"), 3)
	require.Len(t, parse(t, "name: a\nfields:\n"), 1)
	out, err := json.Marshal(parse(t, "name: a\nfields: [{name: f, type: Bool, default: true}]\n")[0])
	require.NoError(t, err)
	require.JSONEq(t, `{"name":"a","fields":[{"name":"f","type":"Bool","default":true}]}`, string(out))
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, file, text, hint string }{
		{"nothing", "", "no collection in it", ""},
		{"unknown key", "name: a\nfeilds: []\n", `line 2: unknown key "feilds" in a collection`, "did you mean fields?"},
		{"unknown key of a field", "name: a\nfields:\n  - name: f\n    primary: true\n", `line 4: unknown key "primary" in a field`, ""},
		{"unknown key of a sub-field", "name: a\nstructs:\n  - name: s\n    fields:\n    - {nam: f}\n", `line 5: unknown key "nam" in a field`, "did you mean name?"},
		{"unknown key of a function", "name: a\nfunctions: [{inputs: []}]\n", `line 2: unknown key "inputs" in a function`, "did you mean input?"},
		{"unknown type", "name: a\nfields:\n- {name: f, type: varchar}\n", `line 3: no data type "varchar"`, "did you mean VarChar?"},
		{"unknown element type", "name: a\nfields:\n- {name: f, type: Array, element_type: int}\n", `line 3: no data type "int"`, "did you mean Int8?"},
		{"unknown level", "name: a\nconsistency_level: best\n", `line 2: no consistency level "best"`, "one of Bounded, Customized, Eventually, Session, Strong"},
		{"unknown function", "name: a\nfunctions: [{type: bm24}]\n", `line 2: no function type "bm24"`, "did you mean BM25?"},
		{"not a number", "name: a\nfields: [{name: v, dim: wide}]\n", `line 2: "wide" is not a whole number in range`, ""},
		{"not a bool", "name: a\nenable_dynamic_field: 7\n", `line 2: "7" is not true or false`, ""},
		{"not a list", "name: a\nfields: {name: f}\n", `line 2: the value is not a list`, ""},
		{"not keys", "just words\n", `line 1: a collection is written as keys with values`, ""},
		{"a default of two", "name: a\nfields: [{name: f, default: [1, 2]}]\n", `line 2: a default is a single value`, ""},
		{"a key twice", "name: a\nname: b\n", "line 2: mapping key \"name\" already defined at line 1", ""},
		{"too many", "name: a\ngenerate: {scalars: 20000, type: Float, prefix: f}\n", "line 2: generate.scalars is 20000, must be 0 to 10000", ""},
		{"broken", "name: [\n", "line", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, err := schemayaml.Parse(strings.NewReader(tc.file))
			require.ErrorContains(t, err, tc.text)
			require.Equal(t, tc.hint, errors.FlattenHints(err))
		})
	}
}

func FuzzParse(f *testing.F) {
	whole, err := os.ReadFile("testdata/schemas.yaml")
	require.NoError(f, err)
	f.Add(whole)
	f.Add([]byte("name: a\nfields: [{name: f, type: Int64, default: 1}]\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		cs, err := schemayaml.Parse(bytes.NewReader(file))
		if err != nil {
			return
		}
		for _, c := range cs {
			if _, err := c.Request(); err != nil && !strings.Contains(err.Error(), "UTF-8") {
				t.Fatal(err)
			}
		}
	})
}
