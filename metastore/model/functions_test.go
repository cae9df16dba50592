package model_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/metastore/model"
)

func bm25(change ...func(*model.Function)) *model.Function {
	f := &model.Function{Name: "f", Type: model.FunctionBM25, Inputs: []string{"text"}, Outputs: []string{"sparse"}}
	for _, c := range change {
		c(f)
	}
	return f
}

func embedding(change ...func(*model.Function)) *model.Function {
	f := &model.Function{
		Name: "e", Type: model.FunctionTextEmbedding, Inputs: []string{"text"}, Outputs: []string{"dense"},
		Params: props("provider", "openai", "model_name", "m"),
	}
	for _, c := range change {
		c(f)
	}
	return f
}

func analyzed(name string, t model.DataType) *model.Field {
	return field(name, t, "max_length", "9", "enable_analyzer", "true")
}

// texts returns a spec in which functions have what they need.
func texts(functions ...*model.Function) *model.CollectionSpec {
	s := with(analyzed("text", model.VarChar), field("raw", model.VarChar, "max_length", "9"), field("sparse", model.SparseFloatVector),
		field("dense", model.FloatVector, "dim", "8"), analyzed("words", model.Text), field("sparse2", model.SparseFloatVector))
	s.Functions = functions
	return s
}

// among returns the same spec with one field of it changed.
func among(name string, change func(*model.Field), functions ...*model.Function) *model.CollectionSpec {
	s := texts(functions...)
	for _, f := range s.Fields {
		if f.Name == name {
			change(f)
		}
	}
	return s
}

func inputs(names ...string) func(*model.Function) {
	return func(f *model.Function) { f.Inputs = names }
}

func outputs(names ...string) func(*model.Function) {
	return func(f *model.Function) { f.Outputs = names }
}

func TestSpecFunctions(t *testing.T) {
	t.Parallel()
	named := func(name string) func(*model.Function) { return func(f *model.Function) { f.Name = name } }
	typed := func(t model.FunctionType) func(*model.Function) { return func(f *model.Function) { f.Type = t } }
	unknown := invalid("check function params with unknown function type")
	embeddingType := func(what string) refusal {
		return invalid("Text embedding function only supports FloatVector or Int8Vector field as output field, but got " + what)
	}
	runSpecs(t, map[string]specCase{
		"bm25":                  {texts(bm25()), refusal{}},
		"bm25 of a text":        {texts(bm25(inputs("words"))), refusal{}},
		"two of them":           {texts(bm25(), bm25(named("g"), inputs("words"), outputs("sparse2"))), refusal{}},
		"embedding":             {texts(embedding()), refusal{}},
		"embedding of plain":    {texts(embedding(inputs("raw"))), refusal{}},
		"embedding, int8":       {among("dense", func(f *model.Field) { f.Type = model.Int8Vector }, embedding()), refusal{}},
		"claims are overlooked": {among("raw", func(f *model.Field) { f.FunctionOutput = true }, bm25()), refusal{}},

		"nil":            {texts(nil), invalid("function 0 of the schema is missing")},
		"no name":        {texts(bm25(named(""))), missing("function name cannot be empty")},
		"no inputs":      {texts(bm25(inputs())), missing("function input field names cannot be empty, function: f")},
		"no outputs":     {texts(bm25(outputs())), missing("function output field names cannot be empty, function: f")},
		"empty input":    {texts(bm25(inputs(""))), missing("function input field name cannot be empty string, function: f")},
		"empty output":   {texts(bm25(outputs(""))), missing("function output field name cannot be empty string, function: f")},
		"input twice":    {texts(bm25(inputs("text", "text"))), invalid("each function input field should be used exactly once in the same function, function: f, input field: text")},
		"output twice":   {texts(bm25(outputs("sparse", "sparse"))), invalid("each function output field should be used exactly once in the same function, function: f, output field: sparse")},
		"both":           {texts(bm25(outputs("text"))), invalid("a single field cannot be both input and output in the same function, function: f, field: text")},
		"bm25 params":    {texts(bm25(func(f *model.Function) { f.Params = props("k", "1") })), invalid("BM25 function accepts no params")},
		"no params":      {texts(embedding(func(f *model.Function) { f.Params = nil })), invalid("TextEmbedding function accepts no params")},
		"unknown type":   {texts(bm25(typed(model.FunctionUnknown))), unknown},
		"rerank":         {texts(bm25(typed(model.FunctionRerank))), unknown},
		"min hash":       {texts(bm25(typed(model.FunctionMinHash))), unknown},
		"negative type":  {texts(bm25(typed(-7))), unknown},
		"name twice":     {texts(bm25(), bm25(inputs("words"), outputs("sparse2"))), invalid("duplicate function name: f")},
		"input unknown":  {texts(bm25(inputs("none"))), invalid("function input field not found: none")},
		"output unknown": {texts(bm25(outputs("none"))), invalid("function output field not found: none")},

		"bm25 of a number":     {texts(bm25(inputs("pk"))), invalid("BM25 function input field must be a VARCHAR/TEXT field, got 1 field with type Int64")},
		"bm25 of two":          {texts(bm25(inputs("text", "words"))), invalid("BM25 function input field must be a VARCHAR/TEXT field, got 2 field with type VarChar")},
		"bm25 of plain text":   {texts(bm25(inputs("raw"))), invalid("BM25 function input field must set enable_analyzer to true")},
		"bm25 of unread truth": {among("text", func(f *model.Field) { f.TypeParams = props("max_length", "9", "enable_analyzer", "yes") }, bm25()), invalid("BM25 function input field must set enable_analyzer to true")},
		"bm25 into two":        {texts(bm25(outputs("sparse", "sparse2"))), invalid("BM25 function only need 1 output field, but got 2")},
		"bm25 into dense":      {texts(bm25(outputs("dense"))), invalid("BM25 function output field must be a SparseFloatVector field, but got FloatVector")},
		"embedding of two":     {texts(embedding(inputs("text", "raw"))), invalid("Text embedding function only receives one input field, but got [2]")},
		"embedding of number":  {texts(embedding(inputs("pk"))), invalid("Text embedding function only supports varchar or text field as input field, but got Int64")},
		"embedding of null":    {among("raw", func(f *model.Field) { f.Nullable = true }, embedding(inputs("raw"))), invalid("function input field cannot be nullable: function e, field raw")},
		"bm25 of null":         {among("text", func(f *model.Field) { f.Nullable = true }, bm25()), refusal{}},
		"embedding into two":   {texts(embedding(outputs("dense", "vec"))), invalid("Text embedding function only need 1 output field, but got [2]")},
		"embedding, sparse":    {texts(embedding(outputs("sparse"))), embeddingType("SparseFloatVector")},
		"output pk":            {texts(bm25(outputs("pk"))), invalid("function output field cannot be primary key: function f, field pk")},
		"output partition key": {among("sparse", func(f *model.Field) { f.PartitionKey = true }, bm25()), invalid("function output field cannot be partition key or clustering key: function f, field sparse")},
		"output cluster key":   {among("sparse", func(f *model.Field) { f.ClusteringKey = true }, bm25()), invalid("function output field cannot be partition key or clustering key: function f, field sparse")},
		"output nullable":      {among("sparse", func(f *model.Field) { f.Nullable = true }, bm25()), invalid("function output field cannot be nullable: function f, field sparse")},
		"output of two":        {texts(bm25(), bm25(named("g"), inputs("words"))), invalid("duplicate function output field: function g, field sparse")},
		"before other rules": {edit(func(s *model.CollectionSpec) {
			s.Functions, s.Shards, s.Fields = []*model.Function{bm25()}, 99, nil
		}), invalid("function input field not found: text")},
	})
}

// Functions are looked at before fields are counted, so a hostile schema must not cost the square of its size.
func TestValidateFunctionsIsLinear(t *testing.T) {
	t.Parallel()
	const n = 200_000
	name := func(i int) string { return fmt.Sprintf("f%d", i) }
	fields := many(n, func(i int) *model.Field { return analyzed(name(i), model.VarChar) })
	fields = append(fields, nil)
	all := make([]string, n)
	functions := make([]*model.Function, n)
	for i := range n {
		all[i] = name(i)
		functions[i] = bm25(func(f *model.Function) { f.Name, f.Inputs, f.Outputs = name(i), all[i:i+1], []string{"out" + name(i)} })
		fields = append(fields, field("out"+name(i), model.SparseFloatVector))
	}
	require.NoError(t, model.ValidateFunctions(fields, functions, model.DefaultLimits()), "a square would take a quarter of an hour")
	wide := bm25(inputs(all...))
	require.Equal(t, invalid("BM25 function input field must be a VARCHAR/TEXT field, got 200000 field with type VarChar"),
		of(model.ValidateFunctions(fields, []*model.Function{wide}, model.DefaultLimits())))
	wide.Inputs = append(all, "f0")
	require.ErrorContains(t, model.ValidateFunctions(fields, []*model.Function{wide}, model.DefaultLimits()), "exactly once")
	require.NoError(t, model.ValidateFunctions(nil, nil, model.DefaultLimits()))
}

func TestSpecClusteringKey(t *testing.T) {
	t.Parallel()
	key := func(name string, t model.DataType, params ...string) *model.Field {
		f := field(name, t, params...)
		f.ClusteringKey = true
		return f
	}
	refused := func(text string) refusal { return refusal{105, text + ": illegal collection schema[collection=c]"} }
	rows := map[string]specCase{
		"varchar":                {with(key("k", model.VarChar, "max_length", "9")), refusal{}},
		"two":                    {with(key("k", model.Int8), key("l", model.Int64)), refused("there are more than one clustering key, field name = k, l")},
		"vector":                 {with(key("k", model.FloatVector, "dim", "8")), refusal{107, "vector clustering key not allowed[collection=c]"}},
		"also the partition key": {keyed(func(k *model.Field, _ *model.CollectionSpec) { k.ClusteringKey = true }), refusal{}},
		"before field checks":    {with(key("1", model.Bool)), refused("clustering key field 1 has unsupported data type Bool")},
		"skips loading":          {with(key("k", model.Int8, "field.skipLoad", "true")), invalid("Clustering Key field k cannot skip loading")},
	}
	for _, t := range []model.DataType{model.Int8, model.Int16, model.Int32, model.Int64, model.Float, model.Double} {
		rows["accepted: "+t.String()] = specCase{with(key("k", t)), refusal{}}
	}
	for _, t := range []model.DataType{model.Bool, model.JSON, model.Text, model.Geometry, model.Timestamptz, 77} {
		rows["refused: "+t.String()] = specCase{with(key("k", t)), refused("clustering key field k has unsupported data type " + t.String())}
	}
	runSpecs(t, rows)

	vectors := model.DefaultLimits()
	vectors.VectorClusteringKey = true
	assert.NoError(t, with(key("k", model.FloatVector, "dim", "8")).Validate(vectors))
	assert.Equal(t, refused("clustering key field k has unsupported data type SparseFloatVector"), of(with(key("k", model.SparseFloatVector)).Validate(vectors)))
}
