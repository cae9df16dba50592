package model_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/metastore/model"
)

func sub(name string, t, element model.DataType, params ...string) *model.Field {
	return &model.Field{Name: name, Type: t, ElementType: element, TypeParams: props(params...)}
}

func number(name string) *model.Field {
	return sub(name, model.Array, model.Int32, "max_capacity", "16")
}

func vectors(name string) *model.Field {
	return sub(name, model.ArrayOfVector, model.FloatVector, "dim", "8", "max_capacity", "16")
}

func structure(fields ...*model.Field) *model.StructField {
	return &model.StructField{Name: "s", Fields: fields}
}

func structs(fields ...*model.StructField) *model.CollectionSpec {
	return edit(func(s *model.CollectionSpec) { s.StructFields = fields })
}

// changed returns a struct of one number, which is changed.
func changed(change func(*model.Field)) *model.StructField {
	f := number("n")
	change(f)
	return structure(f)
}

// orNull lets the struct as a whole be null.
func orNull(s *model.StructField) *model.StructField {
	s.Nullable = true
	return s
}

// orNullEach returns a struct whose sub-fields may be null, each by itself.
func orNullEach(fields ...*model.Field) *model.StructField {
	for _, f := range fields {
		f.Nullable = true
	}
	return structure(fields...)
}

func TestStructFields(t *testing.T) {
	t.Parallel()
	named := func(name string, fields ...*model.Field) *model.StructField {
		return &model.StructField{Name: name, Fields: fields}
	}
	capacity := invalid("the maximum capacity specified for a Array should be in (0, 4096]")
	only := func(what string) refusal {
		return invalid("unsupported element type of array field v: " + what + ", now only float vector is supported")
	}
	schema := func(text string) refusal { return refusal{105, text + ": illegal collection schema[collection=c]"} }
	long := strings.Repeat("n", 255)
	rows := map[string]struct {
		field *model.StructField
		want  refusal
	}{
		"a number":         {structure(number("n")), refusal{}},
		"vectors":          {structure(vectors("v"), number("n")), refusal{}},
		"text":             {structure(sub("t", model.Array, model.VarChar, "max_length", "65535", "max_capacity", "4096")), refusal{}},
		"null as a whole":  {orNull(structure(number("n"))), refusal{}},
		"longest name":     {named(long, number(long)), refusal{}},
		"name too long":    {named(long+"n", number("n")), refusal{1701, "Invalid field name: " + long + "n. The length of a field name must be less than 255 characters.: field name invalid[field=" + long + "n]"}},
		"bad name":         {named("a b", number("n")), refusal{1701, "Invalid field name: a b. Field name can only contain numbers, letters, and underscores.: field name invalid[field=a b]"}},
		"no fields":        {structure(), invalid("struct array field s has no sub-fields")},
		"bad sub-name":     {structure(number("s[n]")), refusal{1701, "Invalid field name: s[n]. Field name can only contain numbers, letters, and underscores.: field name invalid[field=s[n]]"}},
		"keyword":          {structure(number("like")), refusal{1701, "Invalid field name: like. like is keyword in milvus.: field name invalid[field=like]"}},
		"plain type":       {structure(field("b", model.Bool)), invalid("fields in struct array field must be Array or ArrayOfVector, field name = b, field type = Bool")},
		"plain vector":     {structure(vec()), invalid("fields in struct array field must be Array or ArrayOfVector, field name = vec, field type = FloatVector")},
		"array in array":   {structure(sub("a", model.Array, model.Array)), invalid("nested array is not supported, field name = a")},
		"vectors nested":   {structure(sub("a", model.ArrayOfVector, model.ArrayOfVector)), invalid("nested array is not supported, field name = a")},
		"struct in array":  {structure(sub("a", model.Array, model.Struct)), invalid("nested array is not supported, field name = a")},
		"none":             {structure(sub("a", model.Array, model.None)), invalid("element data type None is not valid")},
		"json":             {structure(sub("a", model.Array, model.JSON)), invalid("element type JSON is not supported")},
		"vector in array":  {structure(sub("a", model.Array, model.FloatVector)), invalid("element type FloatVector is not supported")},
		"unknown element":  {structure(sub("a", model.Array, -3)), invalid("element type -3 is not supported")},
		"number in vector": {structure(sub("v", model.ArrayOfVector, model.Int8)), only("Int8")},
		"sparse":           {structure(sub("v", model.ArrayOfVector, model.SparseFloatVector)), only("SparseFloatVector")},
		"binary":           {structure(sub("v", model.ArrayOfVector, model.BinaryVector, "dim", "8")), only("BinaryVector")},
		"no dim":           {structure(sub("v", model.ArrayOfVector, model.FloatVector)), invalid("dimension is not defined in field type params of field v, check type param `dim` for vector field")},
		"dim 1":            {structure(sub("v", model.ArrayOfVector, model.FloatVector, "dim", "1")), invalid("invalid dimension: 1. should be in range 2 ~ 32768")},
		"dim above":        {structure(sub("v", model.ArrayOfVector, model.FloatVector, "dim", "32769")), invalid("invalid dimension: 32769 of field v. float vector dimension should be in range 2 ~ 32768")},
		"capacity 0":       {structure(sub("a", model.Array, model.Int8, "max_capacity", "0")), capacity},
		"capacity above":   {structure(sub("a", model.Array, model.Int8, "max_capacity", "4097")), capacity},
		"vectors capacity": {structure(sub("v", model.ArrayOfVector, model.FloatVector, "dim", "2", "max_capacity", "-1")), capacity},
		"no number":        {structure(sub("a", model.Array, model.Int8, "max_capacity", "much")), invalid("the value for max_capacity of field a must be an integer")},
		"no capacity":      {structure(sub("a", model.Array, model.Int8)), missing("type param(max_capacity) should be specified for array field a of struct s")},
		"different":        {structure(number("n"), sub("a", model.Array, model.Int8, "max_capacity", "17")), invalid("all sub-fields in struct array field must have the same max_capacity: n has 16, a has 17")},
		"same, spelt so":   {structure(number("n"), sub("a", model.Array, model.Int8, "max_capacity", "016")), refusal{}},
		"null each":        {changed(func(f *model.Field) { f.Nullable = true }), invalid("nullable is not supported for fields in struct array now, field name = n")},
		"null throughout":  {orNull(orNullEach(number("n"), vectors("v"))), refusal{}},
		"null in part":     {orNull(structure(number("n"), orNullEach(vectors("v")).Fields[0])), refusal{}},
		"null all inside":  {orNullEach(number("n"), vectors("v")), invalid("nullable is not supported for fields in struct array now, field name = n")},
		"null and default": {orNull(changed(func(f *model.Field) { f.Nullable, f.Default = true, &model.Value{} })), invalid("default value is not supported for struct field, field name = n")},
		"default":          {changed(func(f *model.Field) { f.Default = &model.Value{} }), invalid("default value is not supported for struct field, field name = n")},
		"primary key":      {changed(func(f *model.Field) { f.PrimaryKey = true }), invalid("primary key is not supported for struct field, field name = n")},
		"auto id":          {changed(func(f *model.Field) { f.AutoID = true }), invalid("autoID is not supported for struct field, field name = n")},
		"dynamic":          {changed(func(f *model.Field) { f.Dynamic = true }), invalid("cannot explicitly set a field as a dynamic field")},
		"partition key":    {changed(func(f *model.Field) { f.PartitionKey = true }), schema("partition key is not supported for struct field, field name = n")},
		"clustering key":   {changed(func(f *model.Field) { f.ClusteringKey = true }), schema("clustering key is not supported for struct field, field name = n")},
		"type param twice": {changed(func(f *model.Field) { f.TypeParams = props("max_capacity", "1", "k", "", "k", "") }), invalid(`duplicated type param key "k"`)},
		"own param twice":  {&model.StructField{Name: "s", Fields: []*model.Field{number("n")}, TypeParams: props("k", "", "k", "")}, invalid(`duplicated type param key "k"`)},
		"sub-name twice":   {structure(number("n"), number("n")), invalid("duplicated field name s[n] found")},
		"nil":              {structure(number("n"), nil), invalid("field 1 of the struct field s is missing")},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, row.want, of(structs(row.field).Validate(model.DefaultLimits())))
			alone := row.want
			alone.text = strings.Replace(alone.text, "[collection=c]", "[collection=]", 1)
			missingLength := strings.Contains(alone.text, "of collection c")
			require.False(t, missingLength)
			assert.Equal(t, alone, of(model.ValidateStructField(row.field, model.DefaultLimits())), "alone")
		})
	}
	assert.Equal(t, missing("struct field schema is empty"), of(model.ValidateStructField(nil, model.DefaultLimits())))
	wide := structure(many(64, func(i int) *model.Field { return number(fmt.Sprintf("n%d", i)) })...)
	assert.Equal(t, invalid("maximum field's number should be limited to 64"), of(model.ValidateStructField(wide, model.DefaultLimits())))
}

func TestSpecStructFields(t *testing.T) {
	t.Parallel()
	numbers := func(n int) []*model.Field {
		return many(n, func(i int) *model.Field { return number(fmt.Sprintf("n%d", i)) })
	}
	arrays := func(n int) []*model.Field {
		return many(n, func(i int) *model.Field { return vectors(fmt.Sprintf("v%d", i)) })
	}
	of := func(name string, fields ...*model.Field) *model.StructField {
		return &model.StructField{Name: name, Fields: fields}
	}
	onlyVector := func(params ...string) *model.CollectionSpec {
		v := vectors("v")
		v.TypeParams = append(v.TypeParams, props(params...)...)
		s := spec(pk())
		s.StructFields = []*model.StructField{structure(v)}
		return s
	}
	runSpecs(t, map[string]specCase{
		"64 fields":            {structs(structure(numbers(61)...)), refusal{}},
		"65 fields":            {structs(structure(numbers(62)...)), invalid("maximum field's number should be limited to 64")},
		"65 fields by structs": {structs(structure(numbers(60)...), of("t")), invalid("struct array field t has no sub-fields")},
		"66 fields by structs": {structs(structure(numbers(60)...), of("t", number("n"))), invalid("maximum field's number should be limited to 64")},
		"10 vectors":           {structs(structure(arrays(9)...)), refusal{}},
		"11 vectors":           {structs(structure(arrays(10)...)), invalid("maximum vector field's number should be limited to 10")},
		"the only vector":      {onlyVector(), refusal{}},
		"the only one skips":   {onlyVector("field.skipLoad", "true"), invalid("cannot config all vector field(s) skip loading")},
		"skip unreadable":      {onlyVector("field.skipLoad", "x"), refusal{65535, `strconv.ParseBool: parsing "x": invalid syntax`}},
		"nil":                  {structs(nil), invalid("struct field 0 of the schema is missing")},
		"no length":            {structs(structure(sub("t", model.Array, model.VarChar))), missing("type param(max_length) should be specified for the field(t) of collection c")},
		"two of a name":        {structs(structure(number("n")), structure(number("m"))), invalid("duplicated field name s found")},
		"the name of a field":  {structs(of("vec", number("n"))), invalid("duplicated field name vec found")},
		"same sub-names":       {structs(structure(number("n")), of("t", number("n"))), refusal{}},
		"sub-name as a field":  {structs(structure(number("pk"), number("s"))), refusal{}},
		"system's name":        {structs(of("RowID", number("n"))), refusal{1100, "schema contains system field: RowID, Timestamp, $meta, $namespace_id: invalid parameter[expected=schema don't contains system field][actual=contains]"}},
		"no primary key first": {edit(func(s *model.CollectionSpec) {
			s.Fields[0].PrimaryKey, s.StructFields = false, []*model.StructField{changed(func(f *model.Field) { f.PrimaryKey = true })}
		}), missing("primary key is not specified")},
		"warmup":               {structs(changed(func(f *model.Field) { f.TypeParams = append(f.TypeParams, props("warmup", "sync")...) })), refusal{}},
		"warmup unknown":       {structs(changed(func(f *model.Field) { f.TypeParams = append(f.TypeParams, props("warmup", "x")...) })), invalid("invalid warmup policy: x, must be 'disable' or 'sync'")},
		"warmup of the struct": {structs(&model.StructField{Name: "s", Fields: []*model.Field{number("n")}, TypeParams: props("warmup", "x")}), invalid("invalid warmup policy: x, must be 'disable' or 'sync'")},
		"capacity after default": {edit(func(s *model.CollectionSpec) {
			s.Fields[0].Nullable, s.StructFields = true, []*model.StructField{structure(sub("a", model.Array, model.Int8))}
		}), invalid("primary field not support null, type:Int64, name:pk")},
	})
}

func TestStoredStructField(t *testing.T) {
	t.Parallel()
	asked := &model.StructField{
		ID: 5, Name: "s", Description: "d", Nullable: true, TypeParams: props("k", "v"), Extra: "smuggled",
		Fields: []*model.Field{{ID: 9, Name: "a", Type: model.Array, ElementType: model.Int8, FunctionOutput: true, Extra: "x"}, vectors("b")},
	}
	stored := asked.Stored(103)
	b := vectors("s[b]")
	b.ID, b.Nullable = 105, true
	require.Equal(t, &model.StructField{
		ID: 103, Name: "s", Description: "d", Nullable: true, TypeParams: props("k", "v"),
		Fields: []*model.Field{{ID: 104, Name: "s[a]", Type: model.Array, ElementType: model.Int8, Nullable: true}, b},
	}, stored)
	require.Equal(t, "a", asked.Fields[0].Name, "what was asked for stays as it is")
	require.Equal(t, model.ID(105), stored.LastID())
	require.Equal(t, "a", model.PlainSubName("s", "s[a]"))
	for _, name := range []string{"a", "t[a]", "s[a", "s"} {
		require.Equal(t, name, model.PlainSubName("s", name))
	}
}
