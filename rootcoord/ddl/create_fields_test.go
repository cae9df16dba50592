package ddl_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/metastore/model"
	"github.com/taproot-db/taproot/rootcoord/ddl"
)

func number(name string) *model.Field {
	return &model.Field{Name: name, Type: model.Array, ElementType: model.Int32, TypeParams: props("max_capacity", "16")}
}

// rich adds two struct fields and two functions with what they read and fill.
func rich(s *model.CollectionSpec) {
	word := func(name string) *model.Field {
		return &model.Field{Name: name, Type: model.VarChar, TypeParams: props("max_length", "9", "enable_analyzer", "true")}
	}
	s.Fields = append(s.Fields,
		word("title"), word("body"),
		&model.Field{Name: "by_title", Type: model.SparseFloatVector}, &model.Field{Name: "by_body", Type: model.SparseFloatVector},
		&model.Field{Name: "at", Type: model.Timestamptz, Default: &model.Value{Kind: model.ValueString, String: "1970-01-01T09:00:00"}})
	s.Functions = []*model.Function{
		{ID: 7, Name: "f", Description: "d", Type: model.FunctionBM25, Inputs: []string{"body"}, Outputs: []string{"by_body"}, InputIDs: []model.ID{1}, Extra: "x"},
		{Name: "g", Type: model.FunctionBM25, Inputs: []string{"title"}, Outputs: []string{"by_title"}},
	}
	s.StructFields = []*model.StructField{
		{ID: 7, Name: "s", Description: "d", Fields: []*model.Field{number("a"), number("b")}, Extra: "x"},
		{Name: "t", Nullable: true, Fields: []*model.Field{number("a")}, TypeParams: props("k", "v")},
	}
}

func TestCreateCollectionRichRecords(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		change func(*model.CollectionSpec)
		next   model.ID // the id of the first struct field
	}{
		"plain":   {func(*model.CollectionSpec) {}, 107},
		"dynamic": {dynamic, 108},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			in := spec("a", rich, row.change, with("timezone", "Asia/Tokyo"))
			r := w.do(ddl.CreateCollection("", in, options()))
			c, ok := w.CollectionByID(r.Collection)
			require.True(t, ok)

			stored := func(id model.ID, name string, nullable bool) *model.Field {
				f := number(name)
				f.ID, f.Nullable = id, nullable
				return f
			}
			n := row.next
			assert.Empty(t, cmp.Diff([]*model.StructField{
				{ID: n, Name: "s", Description: "d", Fields: []*model.Field{stored(n+1, "s[a]", false), stored(n+2, "s[b]", false)}},
				{ID: n + 3, Name: "t", Nullable: true, Fields: []*model.Field{stored(n+4, "t[a]", true)}, TypeParams: props("k", "v")},
			}, collect(c.StructFields())))
			assert.Empty(t, cmp.Diff([]*model.Function{
				{ID: 100, Name: "f", Description: "d", Type: model.FunctionBM25, Inputs: []string{"body"}, Outputs: []string{"by_body"}, InputIDs: []model.ID{103}, OutputIDs: []model.ID{105}},
				{ID: 101, Name: "g", Type: model.FunctionBM25, Inputs: []string{"title"}, Outputs: []string{"by_title"}, InputIDs: []model.ID{102}, OutputIDs: []model.ID{104}},
			}, collect(c.Functions())))
			filled := map[model.ID]bool{}
			for f := range c.Fields() {
				if f.FunctionOutput {
					filled[f.ID] = true
				}
				if f.Name == "at" {
					assert.Equal(t, &model.Value{Kind: model.ValueTimestamptz, Int: 0}, f.Default, "nine o'clock in Tokyo")
				}
			}
			assert.Equal(t, map[model.ID]bool{104: true, 105: true}, filled)
			assert.Equal(t, "a", in.StructFields[0].Fields[0].Name, "the request stays as it is")
			assert.False(t, in.Fields[4].FunctionOutput)
		})
	}
}

func collect[T any](seq func(func(T) bool)) []T {
	var out []T
	for x := range seq {
		out = append(out, x)
	}
	return out
}

// pains.md 26: also for struct fields and functions, of which only the former are compared.
func TestCreateRichCollectionAgain(t *testing.T) {
	t.Parallel()
	full := func(change func(*model.CollectionSpec)) *model.CollectionSpec { return spec("a", rich, change) }
	inner := func(change func(*model.Field)) *model.CollectionSpec {
		return full(func(s *model.CollectionSpec) {
			for _, f := range s.StructFields[0].Fields {
				change(f)
			}
		})
	}
	outer := func(change func(*model.StructField)) *model.CollectionSpec {
		return full(func(s *model.CollectionSpec) { change(s.StructFields[1]) })
	}
	rows := map[string]struct {
		spec  *model.CollectionSpec
		equal bool
	}{
		"the same":           {full(func(*model.CollectionSpec) {}), true},
		"client's ids":       {outer(func(f *model.StructField) { f.ID = 3 }), true},
		"function renamed":   {full(func(s *model.CollectionSpec) { s.Functions[0].Name = "h" }), true},
		"functions in order": {full(func(s *model.CollectionSpec) { s.Functions[0], s.Functions[1] = s.Functions[1], s.Functions[0] }), true},
		"function less":      {full(func(s *model.CollectionSpec) { s.Functions = s.Functions[:1] }), false}, // its field is no output then
		"struct more": {full(func(s *model.CollectionSpec) {
			s.StructFields = append(s.StructFields, &model.StructField{Name: "u", Fields: []*model.Field{number("a")}})
		}), false},
		"struct less": {full(func(s *model.CollectionSpec) { s.StructFields = s.StructFields[:1] }), false},
		"no structs":  {full(func(s *model.CollectionSpec) { s.StructFields = nil }), false},
		"structs in order": {full(func(s *model.CollectionSpec) {
			s.StructFields[0], s.StructFields[1] = s.StructFields[1], s.StructFields[0]
		}), false},
		"struct name":        {outer(func(f *model.StructField) { f.Name = "u" }), false},
		"struct description": {outer(func(f *model.StructField) { f.Description = "u" }), false},
		"struct nullable":    {outer(func(f *model.StructField) { f.Nullable = false }), false},
		"struct params":      {outer(func(f *model.StructField) { f.TypeParams = props("k", "w") }), false},
		"sub-field more":     {outer(func(f *model.StructField) { f.Fields = append(f.Fields, number("z")) }), false},
		"sub-field name":     {inner(func(f *model.Field) { f.Name += "x" }), false},
		"sub-field type":     {inner(func(f *model.Field) { f.ElementType = model.Int64 }), false},
		"sub-field capacity": {inner(func(f *model.Field) { f.TypeParams = props("max_capacity", "17") }), false},
		"the instant, spelt": {full(func(s *model.CollectionSpec) {
			s.Fields[6].Default = &model.Value{Kind: model.ValueTimestamptz, Int: 9 * 3600e6}
		}), true},
		"another instant": {full(func(s *model.CollectionSpec) {
			s.Fields[6].Default = &model.Value{Kind: model.ValueTimestamptz, Int: 1}
		}), false},
		"a clustering key now": {full(func(s *model.CollectionSpec) { s.Fields[0].ClusteringKey = true }), false},
	}
	before := newWorld(t)
	made := before.do(ddl.CreateCollection("", full(func(*model.CollectionSpec) {}), options()))
	after := before.restart()
	for name, row := range rows {
		for when, w := range map[string]*world{"before": before, "after": after} {
			t.Run(name+", "+when+" a restart", func(t *testing.T) {
				t.Parallel()
				d, r, err := w.plan(ddl.CreateCollection("", row.spec, options()))
				if row.equal {
					require.NoError(t, err)
					assert.Empty(t, d.Changes)
					assert.Equal(t, made, r)
				} else {
					assert.EqualError(t, err, "create duplicate collection with different parameters, collection: a: invalid parameter")
				}
			})
		}
	}
	c, ok := after.CollectionByID(made.Collection)
	require.True(t, ok)
	require.Len(t, collect(c.StructFields()), 2, "the restarted world has them too")
	plain := newWorld(t).create("a")
	_, _, err := plain.plan(ddl.CreateCollection("", spec("a", func(s *model.CollectionSpec) {
		s.StructFields = []*model.StructField{{Name: "s", Fields: []*model.Field{number("a")}}}
	}), options()))
	require.Error(t, err, "a collection without struct fields is another")
}
