package ddl_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
	"github.com/taproot-db/taproot/rootcoord/ddl"
)

func added(change ...func(*model.Field)) *model.Field {
	f := &model.Field{Name: "new", Type: model.VarChar, Nullable: true, TypeParams: props("max_length", "8")}
	for _, c := range change {
		c(f)
	}
	return f
}

// full returns a world with a collection a of n scalar fields, v vectors and the struct fields.
func full(t *testing.T, n, v int, structs ...*model.StructField) *world {
	t.Helper()
	w := newWorld(t)
	s := spec("a")
	for i := range v - 1 {
		s.Fields = append(s.Fields, &model.Field{Name: fmt.Sprintf("v%d", i), Type: model.FloatVector, TypeParams: props("dim", "8")})
	}
	for i := range n - 1 {
		s.Fields = append(s.Fields, &model.Field{Name: fmt.Sprintf("f%d", i), Type: model.Int64})
	}
	s.StructFields = structs
	w.do(ddl.CreateCollection("default", s, options()))
	return w
}

func structField(name string, subs int) *model.StructField {
	f := &model.StructField{Name: name, Nullable: true}
	for i := range subs {
		f.Fields = append(f.Fields, &model.Field{Name: fmt.Sprintf("s%d", i), Type: model.Array, ElementType: model.Int32, TypeParams: props("max_capacity", "4")})
	}
	return f
}

func TestAddCollectionField(t *testing.T) {
	t.Parallel()
	w := varied(t)
	on := func(w *world, f *model.Field, fn *model.Function) row {
		return row{world: w, planner: ddl.AddCollectionField("", "a", f, fn, options()), want: inA}
	}
	add := func(change ...func(*model.Field)) row { return on(w, added(change...), nil) }
	invalid := func(r row, text string) row {
		r.code, r.text, r.want = 1100, text+": invalid parameter", catalog.Result{}
		return r
	}
	vector := func(f *model.Field) { f.Type, f.TypeParams = model.FloatVector, props("dim", "8") }
	name := func(n string) func(*model.Field) { return func(f *model.Field) { f.Name = n } }
	missing := func(collection string) row {
		return row{
			world: w, planner: ddl.AddCollectionField("", collection, added(), nil, options()), code: 100,
			text: "can't find collection[database=default][collection=" + collection + "]",
		}
	}
	withFunction := func(fn *model.Function, change ...func(*model.Field)) row {
		f := added(func(f *model.Field) { f.Nullable = false }, vector)
		for _, c := range change {
			c(f)
		}
		return on(w, f, fn)
	}
	bm25 := &model.Function{Name: "again", Type: model.FunctionBM25, Inputs: []string{"text"}, Outputs: []string{"new"}}
	sparse := func(f *model.Field) { f.Type, f.TypeParams = model.SparseFloatVector, nil }
	run(t, map[string]row{
		"a field":            add(),
		"through an alias":   {world: w, planner: ddl.AddCollectionField("", "b", added(), nil, options()), want: inA},
		"missing collection": missing("gone"),
		"no field":           {world: w, planner: ddl.AddCollectionField("", "a", nil, nil, options()), code: 1101, text: "field schema is empty: missing parameter"},

		"the 64th":  on(full(t, 62, 1), added(), nil),
		"the 65th":  invalid(on(full(t, 63, 1), added(), nil), "The number of fields has reached the maximum value 64"),
		"structs":   on(full(t, 59, 1, structField("s", 2)), added(), nil),
		"structs 1": invalid(on(full(t, 60, 1, structField("s", 2)), added(), nil), "The number of fields has reached the maximum value 64"),
		"vector 10": on(full(t, 1, 9), added(vector), nil),
		"vector 11": invalid(on(full(t, 1, 10), added(vector), nil), "maximum vector field's number should be limited to 10"),
		"scalar 11": on(full(t, 1, 10), added(), nil),

		"no type":       {world: w, planner: ddl.AddCollectionField("", "a", added(func(f *model.Field) { f.Type = 99 }), nil, options()), code: 1100, text: "invalid parameter[expected=valid field][actual=field data type: 99 is not supported]"},
		"system":        invalid(add(name("RowID")), "not support to add system field, field name = RowID"),
		"dynamic name":  invalid(add(name("$meta")), "not support to add system field, field name = $meta"),
		"primary key":   invalid(add(func(f *model.Field) { f.PrimaryKey, f.Nullable = true, false }), "not support to add pk field, field name = new"),
		"not nullable":  invalid(add(func(f *model.Field) { f.Nullable = false }), "added field must be nullable, please check it, field name = new"),
		"no dimension":  invalid(add(vector, func(f *model.Field) { f.TypeParams = nil }), "vector field must have dimension specified, field name = new"),
		"a vector":      add(vector),
		"sparse":        add(sparse),
		"auto id":       invalid(add(func(f *model.Field) { f.AutoID = true }), "only primary field can speficy AutoID with true, field name = new"),
		"partition key": invalid(add(func(f *model.Field) { f.PartitionKey = true }), "not support to add partition key field, field name  = new"),
		"dynamic":       invalid(add(func(f *model.Field) { f.Dynamic = true }), "cannot explicitly set a field as a dynamic field"),
		"clustering 2":  invalid(add(func(f *model.Field) { f.ClusteringKey = true }), "already has another clutering key field, field name: new"),
		"clustering":    on(newWorld(t).create("a"), added(func(f *model.Field) { f.ClusteringKey = true }), nil),
		"clustering bool": {
			world: newWorld(t).create("a"), planner: ddl.AddCollectionField("", "a", added(func(f *model.Field) { f.Type, f.ClusteringKey = model.Bool, true }), nil, options()),
			code: 105, text: "clustering key field new has unsupported data type Bool: illegal collection schema[collection=a]",
		},
		"bad name": {
			world: w, planner: ddl.AddCollectionField("", "a", added(name("a b")), nil, options()), code: 1701,
			text: "Invalid field name: a b. Field name can only contain numbers, letters, and underscores.: field name invalid[field=a b]",
		},
		"dim 1":             invalid(add(vector, func(f *model.Field) { f.TypeParams = props("dim", "1") }), "invalid dimension: 1. should be in range 2 ~ 32768"),
		"warmup":            invalid(add(func(f *model.Field) { f.TypeParams = props("max_length", "8", "warmup", "x") }), "invalid warmup policy: x, must be 'disable' or 'sync'"),
		"duplicate":         invalid(add(name("text")), "duplicate field name: text"),
		"like a struct":     invalid(add(name("st")), "duplicate field name: st"),
		"default value":     add(func(f *model.Field) { f.Default = &model.Value{Kind: model.ValueString, String: "12345678"} }),
		"default of others": invalid(add(func(f *model.Field) { f.Default = &model.Value{Kind: model.ValueBool} }), "failed to check field schema: type (VarChar) of field (new) is not equal to the type(DataType_Bool) of default_value"),

		"with a function":    withFunction(embedding("more", "new", "m")),
		"with BM25":          withFunction(bm25, sparse),
		"nullable output":    invalid(withFunction(bm25, sparse, func(f *model.Field) { f.Nullable = true }), "function output field cannot be nullable: function again, field new"),
		"another's output":   invalid(withFunction(embedding("more", "embedded", "m")), "function more must have the added field new as its only output"),
		"function twice":     invalid(withFunction(embedding("embed", "new", "m")), "function name already exists: embed"),
		"function of no use": invalid(withFunction(&model.Function{Name: "f", Type: model.FunctionRerank, Inputs: []string{"text"}, Outputs: []string{"new"}}), "check function params with unknown function type"),
	})
}

func TestAddCollectionStructField(t *testing.T) {
	t.Parallel()
	w := varied(t)
	on := func(w *world, f *model.StructField) row {
		return row{world: w, planner: ddl.AddCollectionStructField("", "a", f, options()), want: inA}
	}
	invalid := func(r row, text string) row {
		r.code, r.text, r.want = 1100, text+": invalid parameter", catalog.Result{}
		return r
	}
	strict := structField("new", 2)
	strict.Nullable = false
	vectors := &model.StructField{Name: "new", Nullable: true, Fields: []*model.Field{
		{Name: "v", Type: model.ArrayOfVector, ElementType: model.FloatVector, TypeParams: props("dim", "8", "max_capacity", "4")},
	}}
	run(t, map[string]row{
		"one":          on(w, structField("new", 2)),
		"missing":      {world: w, planner: ddl.AddCollectionStructField("", "gone", structField("new", 1), options()), code: 100, text: "can't find collection[database=default][collection=gone]"},
		"none":         {world: w, planner: ddl.AddCollectionStructField("", "a", nil, options()), code: 1101, text: "struct field schema is empty: missing parameter"},
		"64 fields":    on(full(t, 60, 1), structField("new", 2)),
		"65 fields":    invalid(on(full(t, 61, 1), structField("new", 2)), "The number of fields has reached the maximum value 64"),
		"10 vectors":   on(full(t, 1, 9), vectors),
		"11 vectors":   invalid(on(full(t, 1, 10), vectors), "maximum vector field's number should be limited to 10"),
		"system":       invalid(on(w, structField("RowID", 1)), "not support to add system field, field name = RowID"),
		"not nullable": invalid(on(w, strict), "added field must be nullable, please check it, field name = new"),
		"empty":        invalid(on(w, structField("new", 0)), "struct array field new has no sub-fields"),
		"like a field": invalid(on(w, structField("text", 1)), "duplicate field name: text"),
		"twice":        invalid(on(w, structField("st", 1)), "duplicate field name: st"),
	})
}

func TestDropCollectionField(t *testing.T) {
	t.Parallel()
	w := varied(t)
	drop := func(w *world, field string, id model.ID, function string) row {
		return row{world: w, planner: ddl.DropCollectionField("", "a", field, id, function, options()), want: inA}
	}
	invalid := func(r row, text string) row {
		r.code, r.text, r.want = 1100, text+": invalid parameter", catalog.Result{}
		return r
	}
	lively := newWorld(t)
	lively.do(ddl.CreateCollection("default", spec("a", dynamic), options()))
	ttl := newWorld(t).create("a")
	ttl.do(ddl.AddCollectionField("", "a", added(), nil, options()))
	c := *a(t, ttl).Collection
	c.Properties = append(props("ttl_field", "new"), c.Properties...)
	ttl.put(catalog.PutCollection(&c))
	run(t, map[string]row{
		"by name":            drop(w, "free", 0, ""),
		"by id":              drop(w, "", 108, ""),
		"a struct":           drop(w, "st", 0, ""),
		"function":           drop(w, "", 0, "embed"),
		"BM25":               drop(w, "", 0, "bm25"),
		"missing collection": {world: w, planner: ddl.DropCollectionField("", "gone", "f", 0, "", options()), code: 100, text: "collection not found[database=default][collection=gone]"},
		"missing":            invalid(drop(w, "gone", 0, ""), "field not found: gone"),
		"missing id":         invalid(drop(w, "", 999, ""), "field not found: 999"),
		"missing function":   invalid(drop(w, "", 0, "gone"), "function not found: gone"),
		"system":             invalid(drop(w, "Timestamp", 0, ""), "cannot drop system field: Timestamp"),
		"system by id":       invalid(drop(w, "", 0, ""), "cannot drop system field: RowID"),
		"primary key":        invalid(drop(w, "pk", 0, ""), "cannot drop primary key field: pk"),
		"partition key":      invalid(drop(w, "key", 0, ""), "cannot drop partition key field: key"),
		"clustering key":     invalid(drop(w, "order", 0, ""), "cannot drop clustering key field: order"),
		"dynamic": invalid(drop(lively, "$meta", 0, ""),
			"cannot drop dynamic field: $meta, use AlterCollection to disable dynamic schema instead (which is not supported either)"),
		"last vector": invalid(drop(lively, "vec", 0, ""), "cannot drop the last vector field: vec"),
		"input":       invalid(drop(w, "text", 0, ""), "field is referenced by function bm25 as input, drop function first"),
		"output":      invalid(drop(w, "embedded", 0, ""), "field is referenced by function embed as output, drop function first"),
		"sub-field":   invalid(drop(w, "st[x]", 0, ""), "cannot drop a field of a struct field: st[x], drop struct field st as a whole"),
		"ttl field":   invalid(drop(ttl, "new", 0, ""), "cannot drop field: new, property ttl_field names it"),
	})
}

// pains.md 4 and decisions 10: what is written, and that no id is used twice, whatever goes.
func TestSchemaChangesAndFieldIDs(t *testing.T) {
	t.Parallel()
	w := varied(t) // the struct has 109, its fields 110 and 111
	step := func(p ddl.Planner, wants string, version int32, highest string) *model.Schema {
		t.Helper()
		require.Equal(t, wants, wrote(t, w, p), "decisions 32")
		w.do(p)
		require.Equal(t, version, a(t, w).SchemaVersion)
		require.Equal(t, highest, property(t, a(t, w), "max_field_id"))
		require.Equal(t, now, a(t, w).Updated)
		// A restart forgets nothing of it.
		w = w.restart()
		return a(t, w).Schema()
	}
	last := func(s *model.Schema) *model.Field { return s.Fields[len(s.Fields)-1] }
	drop := func(field, function string) ddl.Planner {
		return ddl.DropCollectionField("", "a", field, 0, function, options())
	}
	add := func(f *model.Field, fn *model.Function) ddl.Planner {
		return ddl.AddCollectionField("", "a", f, fn, options())
	}
	s := step(add(added(), nil), "+collection +field", 1, "112")
	require.Equal(t, model.ID(112), last(s).ID)
	require.False(t, last(s).FunctionOutput)

	step(drop("new", ""), "+collection -field", 2, "112")
	s = step(add(added(), nil), "+collection +field", 3, "113")
	require.Equal(t, model.ID(113), last(s).ID, "112 is never used again")

	s = step(drop("st", ""), "+collection -struct_field", 4, "113")
	require.Empty(t, s.StructFields)
	s = step(ddl.AddCollectionStructField("", "a", structField("st", 2), options()), "+collection +struct_field", 5, "116")
	require.Equal(t, model.ID(114), s.StructFields[0].ID)
	require.Equal(t, model.ID(116), s.StructFields[0].Fields[1].ID)
	require.Equal(t, "st[s1]", s.StructFields[0].Fields[1].Name)

	vector := &model.Field{Name: "more", Type: model.FloatVector, TypeParams: props("dim", "8")}
	s = step(add(vector, embedding("fn", "more", "m")), "+collection +field +function", 6, "117")
	require.True(t, last(s).FunctionOutput)
	require.Equal(t, model.ID(102), s.Functions[2].ID)
	require.Equal(t, []model.ID{104}, s.Functions[2].InputIDs)
	require.Equal(t, []model.ID{117}, s.Functions[2].OutputIDs)

	s = step(drop("", "fn"), "+collection -field -function", 7, "117")
	require.Len(t, s.Functions, 2)

	// A default value of a time is kept as Milvus keeps it.
	s = step(add(&model.Field{Name: "at", Type: model.Timestamptz, Nullable: true, Default: &model.Value{Kind: model.ValueString, String: "1970-01-01T00:00:01Z"}}, nil),
		"+collection +field", 8, "118")
	require.Equal(t, &model.Value{Kind: model.ValueTimestamptz, Int: 1_000_000}, last(s).Default)
}

func TestCollectionFunctions(t *testing.T) {
	t.Parallel()
	w := varied(t)
	add := func(fn *model.Function) row {
		return row{world: w, planner: ddl.AddCollectionFunction("", "b", fn, options()), want: inA}
	}
	alter := func(name string, fn *model.Function) row {
		return row{world: w, planner: ddl.AlterCollectionFunction("", "a", name, fn, options()), want: inA}
	}
	drop := func(name string) row {
		return row{world: w, planner: ddl.DropCollectionFunction("", "a", name, options()), want: inA}
	}
	invalid := func(r row, text string) row {
		r.code, r.text, r.want = 1100, text+": invalid parameter", catalog.Result{}
		return r
	}
	gone := func(p ddl.Planner) row {
		return row{world: w, planner: p, code: 100, text: "collection not found[database=default][collection=gone]"}
	}
	noop := func(r row) row {
		r.noop = true
		return r
	}
	bm25 := &model.Function{Name: "x", Type: model.FunctionBM25, Inputs: []string{"text"}, Outputs: []string{"sparse"}}
	run(t, map[string]row{
		"add":               add(embedding("x", "free", "m")),
		"add nothing":       invalid(add(nil), "function schema is empty"),
		"add BM25":          invalid(add(bm25), "currently does not support adding BM25 function"),
		"add to none":       gone(ddl.AddCollectionFunction("", "gone", embedding("x", "free", "m"), options())),
		"add twice":         invalid(add(embedding("embed", "free", "m")), "function name already exists: embed"),
		"add taken output":  invalid(add(embedding("x", "embedded", "m")), "duplicate function output field: function x, field embedded"),
		"add no such field": invalid(add(embedding("x", "gone", "m")), "function output field not found: gone"),

		"alter":              alter("embed", embedding("embed", "embedded", "n")),
		"alter as is":        noop(alter("embed", embedding("embed", "embedded", "m"))),
		"alter to nothing":   invalid(alter("embed", nil), "function schema is empty"),
		"alter to BM25":      invalid(alter("x", bm25), "currently does not support alter BM25 function"),
		"alter BM25":         invalid(alter("bm25", embedding("bm25", "free", "m")), "currently does not support alter BM25 function"),
		"alter other name":   invalid(alter("embed", embedding("x", "free", "m")), "invalid function config, name not match"),
		"alter missing":      invalid(alter("x", embedding("x", "free", "m")), "function x not found"),
		"alter of none":      gone(ddl.AlterCollectionFunction("", "gone", "x", embedding("x", "free", "m"), options())),
		"alter taken output": invalid(alter("embed", embedding("embed", "sparse", "m")), "Text embedding function only supports FloatVector or Int8Vector field as output field, but got SparseFloatVector"),

		"drop":         drop("embed"),
		"drop missing": noop(drop("gone")),
		"drop BM25":    invalid(drop("bm25"), "currently does not support droping BM25 function"),
		"drop of none": gone(ddl.DropCollectionFunction("", "gone", "x", options())),
	})
}

func TestCollectionFunctionEffects(t *testing.T) {
	t.Parallel()
	w := varied(t)
	outputs := func() (names []string) {
		for f := range a(t, w).Fields() {
			if f.FunctionOutput {
				names = append(names, f.Name)
			}
		}
		return names
	}
	require.Equal(t, []string{"sparse", "embedded"}, outputs())

	move := ddl.AlterCollectionFunction("", "a", "embed", embedding("embed", "free", "n"), options())
	require.Equal(t, "+collection +function +field +field", wrote(t, w, move))
	w.do(move)
	require.Equal(t, []string{"sparse", "free"}, outputs())
	fn := a(t, w).Schema().Functions[1]
	require.Equal(t, model.ID(101), fn.ID)
	require.Equal(t, []model.ID{108}, fn.OutputIDs)
	require.Equal(t, props("model_name", "n"), fn.Params)

	w.do(ddl.AddCollectionFunction("", "a", embedding("x", "embedded", "m"), options()))
	require.Equal(t, model.ID(102), a(t, w).Schema().Functions[2].ID)

	drop := ddl.DropCollectionFunction("", "a", "embed", options())
	require.Equal(t, "+collection -function +field", wrote(t, w, drop))
	w.do(drop)
	require.Equal(t, []string{"sparse", "embedded"}, outputs())
	require.Equal(t, int32(3), a(t, w).SchemaVersion)
}
