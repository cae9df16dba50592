package model

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/metastore/errs"
)

func kvs(kv ...string) []Property {
	var ps []Property
	for i := 0; i < len(kv); i += 2 {
		ps = append(ps, Property{kv[i], kv[i+1]})
	}
	return ps
}

// everything is a schema with a field of each type.
func everything() *Schema {
	vector := func(id ID, name string, t DataType) *Field {
		return &Field{ID: id, Name: name, Type: t, TypeParams: kvs("dim", "8")}
	}
	array := func(id ID, name string, t DataType) *Field {
		return &Field{ID: id, Name: name, Type: Array, ElementType: t, TypeParams: kvs("max_capacity", "4")}
	}
	return &Schema{
		Collection: &Collection{Name: "c", DynamicField: true},
		Fields: []*Field{
			{ID: 0, Name: RowIDField, Type: Int64},
			{ID: 1, Name: TimestampField, Type: Int64},
			{ID: 100, Name: "pk", Type: Int64, PrimaryKey: true},
			{ID: 101, Name: "text", Type: VarChar, TypeParams: kvs("max_length", "9", "mmap.enabled", "true", "warmup", "sync")},
			vector(102, "float", FloatVector), vector(103, "half", Float16Vector), vector(104, "brain", BFloat16Vector),
			vector(105, "int", Int8Vector), vector(106, "bits", BinaryVector),
			{ID: 107, Name: "sparse", Type: SparseFloatVector}, {ID: 108, Name: "bm25", Type: SparseFloatVector, FunctionOutput: true},
			{ID: 109, Name: "bool", Type: Bool}, {ID: 110, Name: "i8", Type: Int8}, {ID: 111, Name: "f64", Type: Double},
			{ID: 112, Name: "json", Type: JSON}, {ID: 113, Name: "shape", Type: Geometry}, {ID: 114, Name: "at", Type: Timestamptz},
			{ID: 115, Name: "long", Type: Text}, array(116, "bools", Bool), array(117, "numbers", Int32), array(118, "words", VarChar),
			array(119, "floats", Float), {ID: 120, Name: DynamicField, Type: JSON, Dynamic: true},
		},
		StructFields: []*StructField{{ID: 121, Name: "st", Fields: []*Field{
			array(122, "st[n]", Int32),
			{ID: 123, Name: "st[v]", Type: ArrayOfVector, ElementType: FloatVector, TypeParams: kvs("dim", "8", "max_capacity", "4")},
		}}},
		Functions: []*Function{
			{Name: "f", Type: FunctionBM25, Inputs: []string{"text"}, Outputs: []string{"bm25"}},
			{Name: "g", Type: FunctionTextEmbedding, Inputs: []string{"text"}, Outputs: []string{"float"}},
		},
	}
}

// listed is parameters as one text: "a=1 b=2".
func listed(ps []Property) string {
	var out []string
	for _, p := range ps {
		out = append(out, p.Key+"="+p.Value)
	}
	return strings.Join(out, " ")
}

// indexOf asks for an index of a field.
func indexOf(field string, kv ...string) (*ProposedIndex, error) {
	return everything().NewIndex(IndexSpec{Field: field, Params: kvs(kv...)}, DefaultLimits())
}

// What an index of each type of field is that leaves everything to the server, and what is said of it.
func TestIndexesTheServerChooses(t *testing.T) {
	t.Parallel()
	const graph = " M=18 efConstruction=240"
	for field, want := range map[string]struct{ user, index string }{
		"float":   {"index_type=AUTOINDEX metric_type=COSINE", "index_type=HNSW_SQ metric_type=COSINE" + graph + " sq_type=SQ4U refine=true refine_type=FP16"},
		"half":    {"index_type=AUTOINDEX metric_type=COSINE", "index_type=HNSW_SQ metric_type=COSINE" + graph + " sq_type=SQ4U refine=true refine_type=FP16"},
		"brain":   {"index_type=AUTOINDEX metric_type=COSINE", "index_type=HNSW_SQ metric_type=COSINE" + graph + " sq_type=SQ4U refine=true refine_type=BF16"},
		"int":     {"index_type=AUTOINDEX metric_type=COSINE", "index_type=HNSW metric_type=COSINE" + graph},
		"bits":    {"index_type=AUTOINDEX metric_type=HAMMING", "index_type=BIN_IVF_FLAT metric_type=HAMMING nlist=1024"},
		"sparse":  {"index_type=AUTOINDEX metric_type=IP", "index_type=SPARSE_INVERTED_INDEX metric_type=IP"},
		"bm25":    {"index_type=AUTOINDEX metric_type=BM25", "index_type=SPARSE_INVERTED_INDEX metric_type=BM25 bm25_k1=1.2 bm25_b=0.75 bm25_avgdl=100"},
		"st[v]":   {"index_type=AUTOINDEX metric_type=MAX_SIM_COSINE", "index_type=HNSW_SQ metric_type=MAX_SIM_COSINE" + graph + " sq_type=SQ4U refine=true refine_type=FP16"},
		"bool":    {"", "index_type=BITMAP bitmap_cardinality_limit=100"},
		"pk":      {"", "index_type=HYBRID bitmap_cardinality_limit=100"},
		"i8":      {"", "index_type=HYBRID bitmap_cardinality_limit=100"},
		"f64":     {"", "index_type=HYBRID bitmap_cardinality_limit=100"},
		"text":    {"", "index_type=HYBRID bitmap_cardinality_limit=100"},
		"at":      {"", "index_type=STL_SORT"},
		"shape":   {"", "index_type=RTREE"},
		"bools":   {"", "index_type=BITMAP bitmap_cardinality_limit=100"},
		"numbers": {"", "index_type=HYBRID bitmap_cardinality_limit=100"},
		"words":   {"", "index_type=HYBRID bitmap_cardinality_limit=100"},
		"floats":  {"", "index_type=HYBRID bitmap_cardinality_limit=100"},
		"st[n]":   {"", "index_type=HYBRID bitmap_cardinality_limit=100"},
	} {
		vector := want.user != ""
		for _, asked := range [][]string{nil, {"index_type", "AUTOINDEX"}, {"params", "{}"}} {
			p, err := indexOf(field, asked...)
			require.NoError(t, err, field)
			assert.Equal(t, want.index, listed(p.Index.IndexParams), field)
			assert.Equal(t, !vector, p.Index.Auto, field)
			if vector {
				assert.Equal(t, want.user, listed(p.Index.UserParams), field)
			} else {
				assert.Equal(t, kvs(asked...), p.Index.UserParams, "as it was sent")
			}
		}
	}
	// What storage does with a field is not copied.
	p, err := indexOf("text")
	require.NoError(t, err)
	require.Equal(t, kvs("max_length", "9"), p.Index.TypeParams)
}

// What the client says is kept as it was said, and beside it what comes of it.
func TestIndexesTheClientChooses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		field string
		sent  []string
		index string
	}{
		"one by one":        {"float", []string{"index_type", "HNSW", "metric_type", "L2", "M", "16"}, "index_type=HNSW metric_type=L2 M=16"},
		"apart":             {"float", []string{"params", `{"nlist": 128, "x": "y"}`, "metric_type", "IP", "index_type", "IVF_FLAT"}, "nlist=128 x=y metric_type=IP index_type=IVF_FLAT"},
		"the later counts":  {"float", []string{"M", "3", "index_type", "HNSW", "metric_type", "IP", "params", `{"M":"4"}`}, "M=4 index_type=HNSW metric_type=IP"},
		"numbers":           {"float", []string{"index_type", "HNSW", "metric_type", "IP", "params", `{"M":16.0,"efConstruction":1e3,"a":0.5,"b":true,"c":null,"d":[1, 2]}`}, "index_type=HNSW metric_type=IP M=16 a=0.5 b=true c=null d=[1, 2] efConstruction=1000"},
		"auto with metric":  {"bits", []string{"metric_type", "MHJACCARD"}, "index_type=MINHASH_LSH metric_type=MHJACCARD"},
		"dim is not kept":   {"float", []string{"index_type", "FLAT", "metric_type", "L2", "dim", "8"}, "index_type=FLAT metric_type=L2"},
		"BM25 by itself":    {"bm25", []string{"index_type", "SPARSE_WAND", "bm25_b", "0.5"}, "index_type=SPARSE_WAND bm25_b=0.5 metric_type=BM25 bm25_k1=1.2 bm25_avgdl=100"},
		"an element metric": {"st[v]", []string{"metric_type", "COSINE"}, "index_type=HNSW_SQ metric_type=COSINE M=18 efConstruction=240 sq_type=SQ4U refine=true refine_type=FP16"},
		"JSON":              {"json", []string{"index_type", "INVERTED", "json_cast_type", " varchar ", "json_path", `json["a"]`}, "index_type=INVERTED json_cast_type=VARCHAR json_path=/a"},
		"a dynamic key":     {"brand", []string{"json_cast_type", "double"}, "json_cast_type=DOUBLE index_type=INVERTED json_path=/brand"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := indexOf(c.field, c.sent...)
			require.NoError(t, err)
			require.Equal(t, c.index, listed(p.Index.IndexParams))
			if name != "auto with metric" && name != "an element metric" {
				require.Equal(t, kvs(c.sent...), p.Index.UserParams)
			}
		})
	}
}

// Each rule of index-load-semantics §2.1 to §2.4 broken, and just kept.
func TestNewIndex(t *testing.T) {
	t.Parallel()
	const bad = ": invalid parameter[expected=valid index params][actual=invalid index params]"
	invalid := func(text string) string { return text + ": invalid parameter" }
	hnsw := func(kv ...string) []string { return append([]string{"index_type", "HNSW", "metric_type", "L2"}, kv...) }
	typed := func(name string, kv ...string) []string { return append([]string{"index_type", name}, kv...) }
	metric := func(name, m string, kv ...string) []string { return append(typed(name, "metric_type", m), kv...) }
	inverted := func(kv ...string) []string { return append([]string{"index_type", "INVERTED"}, kv...) }
	grams := func(low, high string) []string { return typed("NGRAM", "min_gram", low, "max_gram", high) }
	for name, c := range map[string]struct {
		field  string
		params []string
		want   string // the refusal; empty: none
	}{
		"no such sub-field":   {"st[x]", nil, invalid("cannot create index on non-exist field: st[x]")},
		"a struct":            {"st", nil, invalid("cannot create index on non-exist field: st")},
		"twice":               {"float", []string{"M", "1", "M", "2"}, invalid("duplicated index param (key=M) (value=2) found")},
		"not JSON":            {"float", []string{"params", "M=1"}, invalid("index param params is not a JSON object: invalid character 'M' looking for beginning of value")},
		"not an object":       {"float", []string{"params", "[1]"}, invalid("index param params is not a JSON object: json: cannot unmarshal array into Go value of type map[string]json.RawMessage")},
		"mmap":                {"float", hnsw("mmap.enabled", "True"), ""},
		"mmap of no truth":    {"float", hnsw("mmap.enabled", "perhaps"), invalid("invalid mmap type params: invalid mmap.enabled value: perhaps, expected: true, false")},
		"mmap of DISKANN":     {"float", metric("DISKANN", "L2", "mmap.enabled", "true"), invalid("invalid mmap type params: index type DISKANN does not support mmap")},
		"no mmap of DISKANN":  {"float", metric("DISKANN", "L2", "mmap.enabled", "false"), ""},
		"mmap of STL_SORT":    {"i8", typed("STL_SORT", "mmap.enabled", "true"), invalid("invalid mmap type params: index type STL_SORT does not support mmap")},
		"mmap of auto scalar": {"i8", []string{"mmap.enabled", "true"}, ""},
		"warmup":              {"float", hnsw("warmup", "sync"), ""},
		"warmup otherwise":    {"float", hnsw("warmup", "now"), "invalid warmup params: invalid warmup policy: now, must be 'disable' or 'sync': invalid parameter"},
		"offset cache":        {"i8", typed("BITMAP", "indexoffsetcache.enabled", "true"), ""},
		"offset cache, HNSW":  {"float", hnsw("indexoffsetcache.enabled", "true"), invalid("invalid offset cache index params: only BITMAP index support indexoffsetcache.enabled now")},
		"unknown type":        {"float", metric("BTREE", "L2"), ": invalid parameter[expected=valid index][actual=invalid index type: BTREE]"},
		"HYBRID":              {"i8", typed("HYBRID"), ": invalid parameter[expected=valid index][actual=invalid index type: HYBRID]"},
		"empty type":          {"float", metric("", "L2"), "invalid index type: " + bad},
		"empty scalar type":   {"i8", typed(""), "invalid index type: " + bad},
		"auto with M":         {"float", []string{"M", "16"}, invalid("only metric type can be passed when use AutoIndex")},
		"auto with mmap":      {"float", typed("AUTOINDEX", "mmap.enabled", "true"), invalid("only metric type can be passed when use AutoIndex")},
		"auto with M apart":   {"float", typed("AUTOINDEX", "metric_type", "L2", "params", `{"M":16}`), invalid("only metric type can be passed when use AutoIndex")},
		"no metric":           {"float", typed("HNSW"), "metric type not set for vector index" + bad},
		"metric of float":     {"float", metric("FLAT", "HAMMING"), "float vector index does not support metric type: HAMMING" + bad},
		"metric of half":      {"half", metric("FLAT", "JACCARD"), "float vector index does not support metric type: JACCARD" + bad},
		"auto, bad metric":    {"float", []string{"metric_type", "cosine"}, "float vector index does not support metric type: cosine" + bad},
		"metric of int":       {"int", metric("HNSW", "HAMMING"), "int vector index does not support metric type: HAMMING" + bad},
		"metric of bits":      {"bits", metric("BIN_FLAT", "L2"), "binary vector index does not support metric type: L2" + bad},
		"metric of sparse":    {"sparse", metric("SPARSE_WAND", "L2"), "only IP&BM25 is the supported metric type for sparse index" + bad},
		"BM25 of no function": {"sparse", metric("SPARSE_WAND", "BM25"), "only BM25 Function output field support BM25 metric type" + bad},
		"IP of BM25":          {"bm25", metric("SPARSE_WAND", "IP"), invalid("index metric type of BM25 function output field must be BM25, got IP")},
		"auto IP of BM25":     {"bm25", []string{"metric_type", "IP"}, invalid("index metric type of BM25 function output field must be BM25, got IP")},
		"metric of a list":    {"st[v]", metric("HNSW", "HAMMING"), "array of vector index does not support metric type: HAMMING" + bad},
		"MAX_SIM of vectors":  {"float", metric("HNSW", "MAX_SIM"), "float vector index does not support metric type: MAX_SIM" + bad},
		"MAX_SIM":             {"st[v]", metric("HNSW", "MAX_SIM_L2"), ""},
		"BIN_FLAT":            {"bits", metric("BIN_FLAT", "SUPERSTRUCTURE"), ""},
		"BIN_FLAT, MHJACCARD": {"bits", metric("BIN_FLAT", "MHJACCARD"), "metric type MHJACCARD not found or not supported, supported: [HAMMING JACCARD SUBSTRUCTURE SUPERSTRUCTURE]" + bad},
		"BIN_IVF_FLAT":        {"bits", metric("BIN_IVF_FLAT", "JACCARD"), ""},
		"BIN_IVF_FLAT, other": {"bits", metric("BIN_IVF_FLAT", "SUBSTRUCTURE"), "metric type SUBSTRUCTURE not found or not supported, supported: [HAMMING JACCARD]" + bad},
		"MINHASH_LSH":         {"bits", metric("MINHASH_LSH", "MHJACCARD"), ""},
		"MINHASH_LSH, other":  {"bits", metric("MINHASH_LSH", "HAMMING"), "metric type HAMMING not found or not supported, supported: [MHJACCARD]" + bad},
		"TEXT":                {"long", typed("INVERTED"), invalid("TEXT field does not support user-created scalar index")},
		"TEXT, auto":          {"long", nil, invalid("TEXT field does not support user-created scalar index")},
		"other dimension":     {"float", metric("FLAT", "L2", "dim", "9"), "dimension mismatch, dimension in schema: 8, dimension: 9" + bad},

		"nlist just":           {"float", metric("IVF_FLAT", "L2", "nlist", "65536"), ""},
		"nlist over":           {"float", metric("IVF_FLAT", "L2", "nlist", "65537"), "param 'nlist' (65537) should be in range [1, 65536]" + bad},
		"nlist 0":              {"bits", metric("BIN_IVF_FLAT", "HAMMING", "nlist", "0"), "param 'nlist' (0) should be in range [1, 65536]" + bad},
		"nlist of no number":   {"float", metric("IVF_SQ8", "L2", "nlist", "many"), "param 'nlist' should be an integer, but got many" + bad},
		"nbits just":           {"float", metric("IVF_PQ", "L2", "nbits", "16"), ""},
		"nbits over":           {"float", metric("IVF_PQ", "L2", "nbits", "17"), "param 'nbits' (17) should be in range [1, 16]" + bad},
		"m":                    {"float", metric("IVF_PQ", "L2", "m", "4"), ""},
		"m that does not fit":  {"float", metric("IVF_PQ", "L2", "m", "3"), "dimension must be able to be divided by `m`, dimension: 8, m: 3" + bad},
		"m 0":                  {"float", metric("GPU_IVF_PQ", "L2", "m", "0"), "param 'm' (0) should be in range [1, 65536]" + bad},
		"M just":               {"float", hnsw("M", "2048"), ""},
		"M least":              {"int", hnsw("M", "2"), ""},
		"M over":               {"float", hnsw("M", "2049"), "param 'M' (2049) should be in range [2, 2048]" + bad},
		"efConstruction just":  {"float", metric("HNSW_SQ", "L2", "efConstruction", "2147483647"), ""},
		"efConstruction over":  {"float", hnsw("efConstruction", "2147483648"), "param 'efConstruction' (2147483648) should be in range [1, 2147483647]" + bad},
		"beyond 64 bits":       {"float", hnsw("M", "99999999999999999999"), "param 'M' should be an integer, but got 99999999999999999999" + bad},
		"unknown keys":         {"float", hnsw("tune", "well"), ""},
		"drop ratio":           {"sparse", metric("SPARSE_INVERTED_INDEX", "IP", "drop_ratio_build", "0.99"), ""},
		"drop ratio 1":         {"sparse", metric("SPARSE_INVERTED_INDEX", "IP", "drop_ratio_build", "1"), "invalid drop_ratio_build: 1, must be in range [0, 1)" + bad},
		"drop ratio below":     {"sparse", metric("SPARSE_WAND", "IP", "drop_ratio_build", "-0.1"), "invalid drop_ratio_build: -0.1, must be in range [0, 1)" + bad},
		"drop ratio no number": {"sparse", metric("SPARSE_WAND", "IP", "drop_ratio_build", "NaN"), "invalid drop_ratio_build: NaN, must be in range [0, 1)" + bad},

		"BITMAP of the key":     {"pk", typed("BITMAP"), "create bitmap index on primary key not supported" + bad},
		"NGRAM":                 {"text", grams("2", "2"), ""},
		"NGRAM, one bound":      {"text", typed("NGRAM", "min_gram", "2"), "Ngram index must specify both min_gram and max_gram" + bad},
		"NGRAM, no number":      {"text", grams("2", "x"), "max_gram for Ngram index must be an integer, got: x" + bad},
		"NGRAM, the wrong way":  {"text", grams("3", "2"), "invalid min_gram or max_gram value for Ngram index, min_gram: 3, max_gram: 2" + bad},
		"NGRAM 0":               {"text", grams("0", "2"), "invalid min_gram or max_gram value for Ngram index, min_gram: 0, max_gram: 2" + bad},
		"NGRAM of JSON":         {"json", append(grams("2", "3"), "json_cast_type", "varchar"), ""},
		"NGRAM of JSON numbers": {"json", append(grams("2", "3"), "json_cast_type", "double"), "JSON field with ngram index must specify VARCHAR as json_cast_type, got DOUBLE" + bad},

		"JSON":                       {"json", inverted("json_cast_type", "array_double"), ""},
		"JSON without cast":          {"json", inverted(), "json index must specify cast type: missing parameter"},
		"JSON, auto, no cast":        {"json", nil, "json index must specify cast type: missing parameter"},
		"JSON, other cast":           {"json", inverted("json_cast_type", "INT"), "json_cast_type INT is not supported" + bad},
		"cast function":              {"json", inverted("json_cast_type", "double", "json_cast_function", "STRING_TO_DOUBLE"), ""},
		"other cast function":        {"json", inverted("json_cast_type", "double", "json_cast_function", "TO_INT"), "json_cast_function TO_INT is not supported" + bad},
		"cast function of other":     {"json", inverted("json_cast_type", "bool", "json_cast_function", "STRING_TO_DOUBLE"), "json_cast_function STRING_TO_DOUBLE is not supported for json_cast_type BOOL" + bad},
		"path that is none":          {"json", inverted("json_cast_type", "double", "json_path", "/a"), invalid("cannot parse json path: /a")},
		"path of another":            {"json", inverted("json_cast_type", "double", "json_path", `f64`), invalid("fieldID not match with field name")},
		"path of the dynamic field":  {"json", inverted("json_cast_type", "double", "json_path", `brand`), invalid("fieldID not match with field name")},
		"path elsewhere":             {"brand", inverted("json_cast_type", "double", "json_path", `json["a"]`), invalid("fieldID not match with field name")},
		"path of a struct":           {"brand", inverted("json_cast_type", "double", "json_path", `st`), invalid("cannot parse json path: st, field st not exist")},
		"dynamic key without cast":   {"brand", nil, "json index must specify cast type: missing parameter"},
		"dynamic key that is no key": {"a b", inverted("json_cast_type", "double"), invalid("cannot parse json path: a b")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := indexOf(c.field, c.params...)
			if c.want == "" {
				require.NoError(t, err)
				require.Equal(t, kvs(c.params...), p.Index.UserParams)
				return
			}
			require.Error(t, err)
			require.Equal(t, strings.TrimPrefix(c.want, ": "), errs.Of(err).Reason)
			require.Nil(t, p)
		})
	}
	plain := everything()
	plain.Fields = plain.Fields[:len(plain.Fields)-1] // no dynamic field
	for _, field := range []string{"brand", "", RowIDField, TimestampField, "$meta", "st[x]"} {
		_, err := plain.NewIndex(IndexSpec{Field: field}, DefaultLimits())
		require.Equal(t, "cannot create index on non-exist field: "+field+": invalid parameter", errs.Of(err).Reason)
	}
}

// Which type of index is built on which type of field: the matrix, as far as Milvus's pages say it.
func TestIndexTypesOfFields(t *testing.T) {
	t.Parallel()
	floats := "float half brain"
	scalars := "pk text bool i8 f64 shape at json bools numbers words floats"
	on := map[string]string{
		"FLAT": floats, "IVF_FLAT": floats, "IVF_SQ8": floats, "IVF_PQ": floats, "IVF_RABITQ": floats, "SCANN": floats, "DISKANN": floats,
		"HNSW": floats + " int", "HNSW_SQ": floats + " int", "HNSW_PQ": floats + " int", "HNSW_PRQ": floats + " int",
		"GPU_CAGRA": floats, "GPU_IVF_FLAT": floats, "GPU_IVF_PQ": floats, "GPU_BRUTE_FORCE": floats,
		"BIN_FLAT": "bits", "BIN_IVF_FLAT": "bits", "MINHASH_LSH": "bits", "SPARSE_INVERTED_INDEX": "sparse bm25", "SPARSE_WAND": "sparse bm25",
		"INVERTED": "pk text bool i8 f64 json bools numbers words floats st[n]", "BITMAP": "text bool i8 bools numbers words st[n]",
		"STL_SORT": "pk text i8 f64 at", "Asceneding": "pk text i8 f64 at", "Trie": "text", "TRIE": "text", "marisa-trie": "text",
		"NGRAM": "text json", "RTREE": "shape",
	}
	require.Len(t, on, len(indexKinds)-1, "all but HYBRID")
	metrics := map[string]string{"bits": "JACCARD", "sparse": "IP", "bm25": "BM25", "st[v]": "MAX_SIM"}
	for name, fields := range on {
		for _, field := range strings.Fields(floats + " int bits sparse bm25 st[n] st[v] " + scalars) {
			f, _ := everything().IndexField(field)
			kv := []string{"index_type", name, "min_gram", "1", "max_gram", "2", "json_cast_type", "VARCHAR"}
			if f.Type.Vector() {
				m := metrics[field]
				if m == "" {
					m = "L2"
				}
				if name == "MINHASH_LSH" && field == "bits" {
					m = "MHJACCARD"
				}
				kv = append(kv, "metric_type", m)
			}
			_, err := indexOf(field, kv...)
			built := strings.Contains(" "+fields+" ", " "+field+" ") || field == "st[v]" && strings.Contains(" "+fields+" ", " float ")
			assert.Equal(t, built, err == nil, "%s on %s: %v", name, field, err)
			if err != nil && f.Type.Vector() {
				assert.Contains(t, errs.Of(err).Reason, fmt.Sprintf("data type %s can't build with this index %s: invalid parameter", f.Type, name))
			}
		}
	}
}

func TestValidateIndexName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"": "", "  ": "", "_a1": "", "st[v]": "", " a ": "", strings.Repeat("a", 255): "",
		strings.Repeat("a", 256): "The length of a index name must be less than 255 characters.",
		"1a":                     "The first character of a index name must be an underscore or letter.",
		"[a]":                    "The first character of a index name must be an underscore or letter.",
		"a-b":                    "Index name can only contain numbers, letters, and underscores.",
		"a b":                    "Index name can only contain numbers, letters, and underscores.",
		"aä":                     "Index name can only contain numbers, letters, and underscores.",
	} {
		err := ValidateIndexName(name, DefaultLimits())
		if want == "" {
			require.NoError(t, err)
			continue
		}
		require.Equal(t, "Invalid index name: "+name+". "+want+": invalid parameter", errs.Of(err).Reason)
	}
}

// A path is written as in a filter expression and stored as a JSON pointer.
func TestJSONPaths(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]struct{ field, pointer, seen string }{
		`json`:                 {"json", "", "json"},
		"\t json ":             {"json", "", "json"},
		`json["a"]`:            {"json", "/a", "json"},
		`json["a"]['b'][0][7]`: {"json", "/a/b/0/7", "json"},
		`json["a/b"]["c~d"]`:   {"json", "/a~1b/c~0d", "json"},
		`json["\"]"]`:          {"json", `/"]`, "json"},
		`json['it\'s "x"']`:    {"json", `/it's "x"`, "json"},
		`json["\u00e4"]`:       {"json", "/ä", "json"},
		`json[""]`:             {"json", "/", "json"},
		`$meta`:                {"brand", "", "$meta"},
		`$meta["a/b"]["c"]`:    {"brand", "/a~1b/c", "a/b"},
		`brand`:                {"brand", "/brand", "brand"},
		`brand["x"]`:           {"brand", "/brand/x", "brand"},
	} {
		p, err := indexOf(want.field, "json_cast_type", "BOOL", "json_path", path)
		require.NoError(t, err, path)
		require.Equal(t, want.pointer, p.Index.path(), path)
		f, _ := everything().IndexField(want.field)
		require.Equal(t, want.seen, p.Index.ShownField(f), path)
	}
	for _, path := range []string{
		"", "[0]", `json.a`, `json[`, `json[]`, `json["a"`, `json["a]`, `json["a"]x`, `json[01]`, `json[-1]`, `json[1.5]`, `json[a]`, `json["\x"]`,
		`json["a" ]`, `$other`, `1json`, "json[\"\n\"]", `json[0`, `json["a\`,
	} {
		_, err := indexOf("json", "json_cast_type", "BOOL", "json_path", path)
		require.Equal(t, "cannot parse json path: "+path+": invalid parameter", errs.Of(err).Reason)
	}
}

func FuzzJSONPath(f *testing.F) {
	for _, seed := range []string{`json["a"]['b\''][0]`, `$meta`, `json["`, `a["\u00e4"]`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		p, err := indexOf("json", "json_cast_type", "BOOL", "json_path", path)
		if err == nil && p.Index.path() != "" && p.Index.path()[0] != '/' {
			t.Errorf("%q is no pointer", p.Index.path())
		}
	})
}

// What there may be beside each other (index-load-semantics §2.5).
func TestPlaceIndex(t *testing.T) {
	t.Parallel()
	existing := func(name, field string, kv ...string) *Index {
		p, err := indexOf(field, kv...)
		require.NoError(t, err)
		p.Index.Name = name
		return p.Index
	}
	const (
		distinct = "at most one distinct index is allowed per field: invalid parameter"
		several  = "CreateIndex failed: creating multiple indexes on same field is not supported: invalid parameter"
	)
	hnsw := []string{"index_type", "HNSW", "metric_type", "L2", "M", "8"}
	path := func(p string) []string { return []string{"json_cast_type", "BOOL", "json_path", p} }
	altered := existing("i", "float", append(hnsw, "mmap.enabled", "true")...)
	old := existing("i", "float")
	old.UserParams, old.IndexParams = kvs("metric_type", "IP", "index_type", "AUTOINDEX"), kvs("metric_type", "IP", "index_type", "HNSW")
	nameless := *old
	nameless.UserParams = nil
	stored := existing("i", "text")
	stored.TypeParams = kvs("max_length", "9", "mmap.enabled", "true")
	for name, c := range map[string]struct {
		there  []*Index
		name   string
		field  string
		params []string
		want   string // the name that it gets, "=" for the one that is there, or the refusal
	}{
		"the first":                    {nil, "", "float", nil, "float"},
		"the first of a sub-field":     {nil, "", "st[v]", nil, "st[v]"},
		"the first of a path":          {nil, "", "json", path(`json["a"]`), "json/a"},
		"the first of a key":           {nil, "", "brand", path(`brand`), "$meta/brand"},
		"white space is no name":       {nil, " \t", "float", nil, "float"},
		"the same":                     {[]*Index{existing("i", "float", hnsw...)}, "i", "float", hnsw, "="},
		"the same in another order":    {[]*Index{existing("i", "float", hnsw...)}, "i", "float", []string{"M", "8", "metric_type", "L2", "index_type", "HNSW"}, "="},
		"the same without a name":      {[]*Index{existing("i", "float", hnsw...)}, "", "float", hnsw, "="},
		"written otherwise":            {[]*Index{existing("i", "float", hnsw...)}, "i", "float", []string{"index_type", "HNSW", "metric_type", "L2", "params", `{"M":8}`}, distinct},
		"other parameters":             {[]*Index{existing("i", "float", hnsw...)}, "i", "float", []string{"index_type", "HNSW", "metric_type", "IP", "M", "8"}, distinct},
		"fewer parameters":             {[]*Index{existing("i", "float", hnsw...)}, "i", "float", hnsw[:4], distinct},
		"auto instead":                 {[]*Index{existing("i", "float", hnsw...)}, "i", "float", nil, distinct},
		"auto instead, no name":        {[]*Index{existing("i", "float", hnsw...)}, "", "float", nil, distinct},
		"other field":                  {[]*Index{existing("i", "float", hnsw...)}, "i", "half", hnsw, distinct},
		"other name":                   {[]*Index{existing("i", "float", hnsw...)}, "j", "float", hnsw, several},
		"the name of another field":    {[]*Index{existing("half", "float", hnsw...)}, "", "half", hnsw, distinct},
		"another field":                {[]*Index{existing("i", "float", hnsw...)}, "", "half", hnsw, "half"},
		"made to be mapped since":      {[]*Index{altered}, "i", "float", hnsw, "="},
		"mapped, and asked for so":     {[]*Index{altered}, "i", "float", append(hnsw, "mmap.enabled", "true"), "="},
		"mapped, and asked not to be":  {[]*Index{altered}, "i", "float", append(hnsw, "mmap.enabled", "false"), distinct},
		"auto, of another default":     {[]*Index{old}, "i", "float", nil, "="},
		"auto, of another metric":      {[]*Index{old}, "i", "float", []string{"metric_type", "COSINE"}, distinct},
		"auto, of that metric":         {[]*Index{old}, "i", "float", []string{"metric_type", "IP"}, "="},
		"nothing is known of it":       {[]*Index{&nameless}, "i", "float", nil, "="},
		"scalar":                       {[]*Index{existing("i", "i8")}, "i", "i8", nil, "="},
		"scalar, said":                 {[]*Index{existing("i", "i8")}, "i", "i8", []string{"index_type", "AUTOINDEX"}, distinct},
		"storage in a copy":            {[]*Index{stored}, "i", "text", nil, "="},
		"another path":                 {[]*Index{existing("i", "json", path(`json["a"]`)...)}, "j", "json", path(`json["b"]`), "j"},
		"another path, no name":        {[]*Index{existing("i", "json", path(`json["a"]`)...)}, "", "json", path(`json["b"]`), "json/b"},
		"the same path":                {[]*Index{existing("i", "json", path(`json["a"]`)...)}, "", "json", path(`json["a"]`), "="},
		"the same path, other name":    {[]*Index{existing("i", "json", path(`json["a"]`)...)}, "j", "json", path(`json["a"]`), several},
		"another path, the same name":  {[]*Index{existing("i", "json", path(`json["a"]`)...)}, "i", "json", path(`json["b"]`), distinct},
		"the same path, another field": {[]*Index{existing("i", "json", path(`json["a"]`)...)}, "", "brand", path(`$meta["a"]`), "$meta/a"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := everything().NewIndex(IndexSpec{Field: c.field, Name: c.name, Params: kvs(c.params...)}, DefaultLimits())
			require.NoError(t, err)
			same, err := p.Place(c.there)
			switch {
			case err != nil:
				require.Equal(t, c.want, errs.Of(err).Reason)
			case same != nil:
				require.Equal(t, "=", c.want)
				require.Same(t, c.there[0], same)
			default:
				require.Equal(t, c.want, p.Index.Name)
			}
		})
	}
}

func TestAlterIndex(t *testing.T) {
	t.Parallel()
	hnsw := &Index{Name: "i", Field: 102, UserParams: kvs("index_type", "HNSW", "warmup", "sync"), IndexParams: kvs("index_type", "HNSW", "warmup", "sync")}
	bitmap := &Index{Name: "i", Field: 110, IndexParams: kvs("index_type", "BITMAP")}
	disk := &Index{Name: "i", Field: 102, IndexParams: kvs("index_type", "DISKANN")}
	for name, c := range map[string]struct {
		index *Index
		set   []string
		del   []string
		want  string // the user's parameters afterwards
		err   string
	}{
		"set":                     {hnsw, []string{"mmap.enabled", "true"}, nil, "index_type=HNSW warmup=sync mmap.enabled=true", ""},
		"replace":                 {hnsw, []string{"warmup", "disable"}, nil, "index_type=HNSW warmup=disable", ""},
		"delete":                  {hnsw, nil, []string{"warmup", "mmap.enabled"}, "index_type=HNSW", ""},
		"nothing":                 {hnsw, nil, nil, "index_type=HNSW warmup=sync", ""},
		"both":                    {hnsw, []string{"warmup", "sync"}, []string{"warmup"}, "", "cannot provide both DeleteKeys and ExtraParams"},
		"other key":               {hnsw, []string{"M", "8"}, nil, "", "M is not a configable index property"},
		"other key to delete":     {hnsw, nil, []string{"index_type"}, "", "index_type is not a configable index property"},
		"warmup":                  {hnsw, []string{"warmup", "x"}, nil, "", "invalid warmup policy: x, must be 'disable' or 'sync'"},
		"mmap":                    {hnsw, []string{"mmap.enabled", "x"}, nil, "", "invalid mmap index params: invalid mmap.enabled value: x, expected: true, false"},
		"mmap of DISKANN":         {disk, []string{"mmap.enabled", "true"}, nil, "", "invalid mmap index params: index type DISKANN does not support mmap"},
		"no mmap of DISKANN":      {disk, []string{"mmap.enabled", "false"}, nil, "mmap.enabled=false", ""},
		"offset cache":            {bitmap, []string{"indexoffsetcache.enabled", "true"}, nil, "indexoffsetcache.enabled=true", ""},
		"offset cache of HNSW":    {hnsw, []string{"indexoffsetcache.enabled", "true"}, nil, "", "invalid offset cache index params: only BITMAP index support indexoffsetcache.enabled now"},
		"offset cache of no turn": {bitmap, []string{"indexoffsetcache.enabled", "x"}, nil, "", "invalid offset cache index params: invalid indexoffsetcache.enabled value: x, expected: true, false"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := Alteration{Set: kvs(c.set...), Delete: c.del}
			err := a.ValidateIndexForm()
			var got *Index
			if err == nil {
				got, err = a.ApplyIndex(c.index)
			}
			if c.err != "" {
				require.Equal(t, c.err+": invalid parameter", errs.Of(err).Reason)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.want, listed(got.UserParams))
			require.Equal(t, len(c.set) == 0 && len(c.del) == 0, got.Equal(c.index))
			for _, p := range a.Set {
				require.Contains(t, got.IndexParams, p)
			}
		})
	}
}

// How rows are to be searched cannot change under an index of vectors (index-load-semantics §8).
func TestValidateIndexed(t *testing.T) {
	t.Parallel()
	vector, scalar := &Index{Name: "i", Field: 102}, &Index{Name: "j", Field: 110}
	const no = "can not alter partition key isolation mode if the collection already has a vector index. Please drop the index first: index duplicates[indexName=i]"
	on := kvs("partitionkey.isolation", "true")
	for name, c := range map[string]struct {
		before  []Property
		indexes []*Index
		change  Alteration
		want    string
	}{
		"on":              {nil, []*Index{scalar, vector}, Alteration{Set: on}, no},
		"off":             {on, []*Index{vector}, Alteration{Set: kvs("partitionkey.isolation", "false")}, no},
		"deleted":         {on, []*Index{vector}, Alteration{Delete: []string{"partitionkey.isolation"}}, no},
		"as it is":        {on, []*Index{vector}, Alteration{Set: kvs("partitionkey.isolation", "TRUE")}, ""},
		"off as it is":    {nil, []*Index{vector}, Alteration{Set: kvs("partitionkey.isolation", "false")}, ""},
		"something else":  {on, []*Index{vector}, Alteration{Set: kvs("a", "b")}, ""},
		"a scalar index":  {nil, []*Index{scalar}, Alteration{Set: on}, ""},
		"no index":        {nil, nil, Alteration{Set: on}, ""},
		"query mode":      {nil, []*Index{vector}, Alteration{Set: kvs("query_mode", "large_topk")}, "can not alter query mode if the collection already has a vector index. Please drop the index first: index duplicates[indexName=i]"},
		"query mode same": {kvs("query_mode", "large_topk"), []*Index{vector}, Alteration{Set: kvs("query_mode", "large_topk")}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := everything()
			s.Collection.Properties = c.before
			err := c.change.ValidateIndexed(s, c.indexes)
			require.Equal(t, c.want, errs.Of(err).Reason)
			require.Equal(t, c.want != "", errs.IndexDuplicate.Is(err))
		})
	}
}

// Many parameters cost time in proportion to their number.
func TestManyIndexParams(t *testing.T) {
	t.Parallel()
	var many []Property
	for i := range 200_000 {
		many = append(many, Property{fmt.Sprint("k", i), "v"})
	}
	p, err := everything().NewIndex(IndexSpec{Field: "float", Params: append(many, kvs("index_type", "HNSW", "metric_type", "L2")...)}, DefaultLimits())
	require.NoError(t, err)
	same, err := p.Place([]*Index{{Name: "x", Field: 102, UserParams: p.Index.UserParams}})
	require.Nil(t, same)
	require.Error(t, err)
}
