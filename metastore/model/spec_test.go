package model_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/metastore/model"
)

func props(kv ...string) []model.Property {
	var ps []model.Property
	for i := 0; i < len(kv); i += 2 {
		ps = append(ps, model.Property{Key: kv[i], Value: kv[i+1]})
	}
	return ps
}

func field(name string, t model.DataType, params ...string) *model.Field {
	return &model.Field{Name: name, Type: t, TypeParams: props(params...)}
}

func pk() *model.Field  { return &model.Field{Name: "pk", Type: model.Int64, PrimaryKey: true} }
func vec() *model.Field { return field("vec", model.FloatVector, "dim", "8") }

func spec(fields ...*model.Field) *model.CollectionSpec {
	return &model.CollectionSpec{Name: "c", SchemaName: "c", Fields: fields, Consistency: model.Bounded}
}

// with returns the smallest valid spec with more fields.
func with(fields ...*model.Field) *model.CollectionSpec {
	return spec(append([]*model.Field{pk(), vec()}, fields...)...)
}

// edit returns the smallest valid spec, changed.
func edit(change func(*model.CollectionSpec)) *model.CollectionSpec {
	s := with()
	change(s)
	return s
}

func property(kv ...string) *model.CollectionSpec {
	return edit(func(s *model.CollectionSpec) { s.Properties = props(kv...) })
}

// keyed returns a spec with a partition key.
func keyed(change func(key *model.Field, s *model.CollectionSpec)) *model.CollectionSpec {
	key := field("key", model.VarChar, "max_length", "9")
	key.PartitionKey = true
	s := with(key)
	change(key, s)
	return s
}

func many(n int, f func(i int) *model.Field) []*model.Field {
	fs := make([]*model.Field, n)
	for i := range fs {
		fs[i] = f(i)
	}
	return fs
}

type specCase struct {
	spec *model.CollectionSpec
	want refusal
}

func runSpecs(t *testing.T, rows map[string]specCase) {
	t.Helper()
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, row.want, of(row.spec.Validate(model.DefaultLimits())))
			if row.want == (refusal{}) {
				assert.Equal(t, refusal{}, of(row.spec.Normalize(model.DefaultLimits()).Validate(model.DefaultLimits())), "normalized")
			}
		})
	}
}

func TestSpec(t *testing.T) {
	t.Parallel()
	scalars := func(n int) []*model.Field {
		return many(n, func(i int) *model.Field { return field(fmt.Sprintf("f%d", i), model.Bool) })
	}
	vectors := func(n int) []*model.Field {
		return many(n, func(i int) *model.Field { return field(fmt.Sprintf("v%d", i), model.SparseFloatVector) })
	}
	second := &model.Field{Name: "pk2", Type: model.VarChar, PrimaryKey: true}
	auto := func(name string, key bool) *model.Field {
		return &model.Field{Name: name, Type: model.VarChar, PrimaryKey: key, AutoID: true, TypeParams: props("max_length", "9")}
	}
	runSpecs(t, map[string]specCase{
		"the least":             {with(), refusal{}},
		"nothing":               {nil, missing("collection schema is not specified")},
		"empty":                 {&model.CollectionSpec{}, invalid("schema does not contain vector field")},
		"a field that is nil":   {spec(pk(), nil, vec()), invalid("field 1 of the schema is missing")},
		"shards":                {edit(func(s *model.CollectionSpec) { s.Shards = 16 }), refusal{}},
		"negative shards":       {edit(func(s *model.CollectionSpec) { s.Shards = -5 }), refusal{}},
		"too many shards":       {edit(func(s *model.CollectionSpec) { s.Shards = 17 }), invalid("maximum shards's number should be limited to 16")},
		"64 fields":             {with(scalars(62)...), refusal{}},
		"65 fields":             {with(scalars(63)...), invalid("maximum field's number should be limited to 64")},
		"10 vectors":            {spec(append(vectors(10), pk())...), refusal{}},
		"11 vectors":            {spec(append(vectors(11), pk())...), invalid("maximum vector field's number should be limited to 10")},
		"no vector":             {spec(pk()), invalid("schema does not contain vector field")},
		"schema name empty":     {edit(func(s *model.CollectionSpec) { s.SchemaName = "" }), invalid("collection name should not be empty")},
		"schema name bad":       {edit(func(s *model.CollectionSpec) { s.SchemaName = "1" }), invalid("Invalid collection name: 1.  the first character of a collection name must be an underscore or letter")},
		"names differ":          {edit(func(s *model.CollectionSpec) { s.Name = "d" }), refusal{1100, "collection name = d, schema.Name=c: invalid parameter[expected=collection name matches schema name][actual=don't match]"}},
		"description":           {edit(func(s *model.CollectionSpec) { s.Description = strings.Repeat("d", 1024) }), refusal{}},
		"description too long":  {edit(func(s *model.CollectionSpec) { s.Description = strings.Repeat("d", 1025) }), invalid("the length of a collection description must not exceed 1024 bytes")},
		"two primary keys":      {with(second), invalid("there are more than one primary key, field name = pk, pk2")},
		"float primary key":     {spec(vec(), &model.Field{Name: "k", Type: model.Float, PrimaryKey: true}), invalid("the data type of primary key should be Int64 or VarChar")},
		"no primary key":        {spec(vec()), missing("primary key is not specified")},
		"varchar primary key":   {spec(vec(), &model.Field{Name: "k", Type: model.VarChar, PrimaryKey: true, TypeParams: props("max_length", "9")}), refusal{}},
		"dynamic by flag":       {edit(func(s *model.CollectionSpec) { s.DynamicField = true }), refusal{}},
		"dynamic field":         {with(&model.Field{Name: "d", Type: model.JSON, Dynamic: true}), invalid("cannot explicitly set a field as a dynamic field")},
		"auto id":               {spec(vec(), auto("k", true)), refusal{}},
		"auto id twice":         {spec(vec(), auto("k", true), auto("l", false)), invalid("only one field can speficy AutoID with true, field name = k, l")},
		"auto id elsewhere":     {with(auto("l", false)), invalid("only primary field can speficy AutoID with true, field name = l")},
		"string":                {with(field("s", model.StringType)), invalid("string data type not supported yet, please use VarChar type instead")},
		"none":                  {with(field("n", model.None)), invalid("data type None is not valid")},
		"unknown type":          {with(field("u", 77)), refusal{1100, "invalid parameter[expected=valid field][actual=field data type: 77 is not supported]"}},
		"negative type":         {with(field("u", -1)), refusal{1100, "invalid parameter[expected=valid field][actual=field data type: -1 is not supported]"}},
		"struct type":           {with(field("u", model.Struct)), refusal{1100, "invalid parameter[expected=valid field][actual=field data type: Struct is not supported]"}},
		"array of struct":       {with(field("u", model.ArrayOfStruct)), refusal{1100, "invalid parameter[expected=valid field][actual=field data type: ArrayOfStruct is not supported]"}},
		"array of vector":       {with(field("u", model.ArrayOfVector, "dim", "8")), invalid("array of vector can only be in the struct array field, field name: u")},
		"bad field name":        {with(field("like", model.Bool)), refusal{1701, "Invalid field name: like. like is keyword in milvus.: field name invalid[field=like]"}},
		"duplicate field":       {with(field("f", model.Bool), field("f", model.JSON)), invalid("duplicated field name f found")},
		"row id":                {with(field("RowID", model.Int64)), refusal{1100, "schema contains system field: RowID, Timestamp, $meta, $namespace_id: invalid parameter[expected=schema don't contains system field][actual=contains]"}},
		"timestamp":             {with(field("Timestamp", model.Int64)), refusal{1100, "schema contains system field: RowID, Timestamp, $meta, $namespace_id: invalid parameter[expected=schema don't contains system field][actual=contains]"}},
		"$meta":                 {with(field("$meta", model.JSON)), refusal{1701, "Invalid field name: $meta. The first character of a field name must be an underscore or letter.: field name invalid[field=$meta]"}},
		"consistency":           {edit(func(s *model.CollectionSpec) { s.Consistency = model.Customized }), refusal{}},
		"consistency unknown":   {edit(func(s *model.CollectionSpec) { s.Consistency = 5 }), invalid("invalid consistency level: 5")},
		"consistency overruled": {edit(func(s *model.CollectionSpec) { s.Consistency, s.Properties = 5, props("consistency_level", "Strong") }), refusal{}},
	})
}

func TestSpecNotSupported(t *testing.T) {
	t.Parallel()
	not := func(what string) refusal { return refusal{10, what + ": service unimplemented"} }
	runSpecs(t, map[string]specCase{
		"namespace":           {edit(func(s *model.CollectionSpec) { s.Namespace = true }), not("enable_namespace is not supported")},
		"external":            {edit(func(s *model.CollectionSpec) { s.External = true }), not("external collections are not supported")},
		"ttl field":           {property("ttl_field", "expires"), not("property ttl_field is not supported")},
		"namespace property":  {property("namespace.enabled", "true"), not("property namespace.enabled is not supported")},
		"namespace, no bool":  {property("namespace.enabled", "maybe"), not("property namespace.enabled is not supported")},
		"namespace off":       {property("namespace.enabled", "false"), refusal{}},
		"before other checks": {edit(func(s *model.CollectionSpec) { s.Namespace, s.Shards, s.Fields = true, 99, nil }), not("enable_namespace is not supported")},
	})
}

func TestSpecPartitionKey(t *testing.T) {
	t.Parallel()
	other := field("key2", model.Int64)
	other.PartitionKey = true
	runSpecs(t, map[string]specCase{
		"a key":                  {keyed(func(*model.Field, *model.CollectionSpec) {}), refusal{}},
		"two keys":               {keyed(func(_ *model.Field, s *model.CollectionSpec) { s.Fields = append(s.Fields, other) }), invalid("there are more than one partition key, field name = key, key2")},
		"primary":                {edit(func(s *model.CollectionSpec) { s.Fields[0].PartitionKey = true }), invalid("the partition key field must not be primary field")},
		"nullable":               {keyed(func(k *model.Field, _ *model.CollectionSpec) { k.Nullable = true }), invalid("partition key field not support nullable")},
		"type":                   {keyed(func(k *model.Field, _ *model.CollectionSpec) { k.Type = model.Int32 }), invalid("the data type of partition key should be Int64 or VarChar")},
		"negative":               {keyed(func(_ *model.Field, s *model.CollectionSpec) { s.Partitions = -1 }), invalid("the specified partitions should be greater than 0 if partition key is used")},
		"1024 partitions":        {keyed(func(_ *model.Field, s *model.CollectionSpec) { s.Partitions = 1024 }), refusal{}},
		"1025 partitions":        {keyed(func(_ *model.Field, s *model.CollectionSpec) { s.Partitions = 1025 }), invalid("partition number (1025) exceeds max configuration (1024)")},
		"partitions without key": {edit(func(s *model.CollectionSpec) { s.Partitions = 1 }), invalid("num_partitions should only be specified with partition key field enabled")},
		"negative without key":   {edit(func(s *model.CollectionSpec) { s.Partitions = -1 }), invalid("num_partitions should only be specified with partition key field enabled")},
		"isolation":              {keyed(func(_ *model.Field, s *model.CollectionSpec) { s.Properties = props("partitionkey.isolation", "TRUE") }), refusal{}},
		"isolation off":          {property("partitionkey.isolation", "false"), refusal{}},
		"isolation without key":  {property("partitionkey.isolation", "true"), refusal{105, "partition key isolation mode is enabled but no partition key field is set. Please set the partition key first: illegal collection schema[collection=c]"}},
		"isolation unreadable":   {property("partitionkey.isolation", "Yes"), refusal{65535, `failed to parse partition key isolation: strconv.ParseBool: parsing "yes": invalid syntax`}},
	})

	must := model.DefaultLimits()
	must.MustUsePartitionKey = true
	assert.Equal(t, missing("partition key must be set when creating the collection because the mustUsePartitionKey config is true"), of(with().Validate(must)))
	require.NoError(t, keyed(func(*model.Field, *model.CollectionSpec) {}).Validate(must))
}

func TestSpecProperties(t *testing.T) {
	t.Parallel()
	warmup := func(v string) refusal {
		return invalid("invalid warmup policy: " + v + ", must be 'disable' or 'sync'")
	}
	runSpecs(t, map[string]specCase{
		"unknown keys are kept": {property("whatever", "x", "mmap.enabled", "perhaps"), refusal{}},
		"query mode":            {property("query_mode", "large_topk"), refusal{}},
		"query mode unknown":    {property("query_mode", "small"), invalid(`invalid query_mode value "small", valid values: [large_topk]`)},
		"timezone":              {property("timezone", "Asia/Shanghai"), refusal{}},
		"timezone again":        {property("timezone", "Asia/Shanghai"), refusal{}},
		"timezone utc":          {property("timezone", "UTC"), refusal{}},
		"timezone empty":        {property("timezone", ""), invalid("unknown or invalid IANA Time Zone ID: ")},
		"timezone of machine":   {property("timezone", "Local"), invalid("unknown or invalid IANA Time Zone ID: Local")},
		"timezone unknown":      {property("timezone", "Mars/Olympus"), invalid("unknown or invalid IANA Time Zone ID: Mars/Olympus")},
		"timezone a path":       {property("timezone", "Asia//Shanghai"), invalid("unknown or invalid IANA Time Zone ID: Asia//Shanghai")},
		"timezone climbing":     {property("timezone", "../../etc/passwd"), invalid("unknown or invalid IANA Time Zone ID: ../../etc/passwd")},
		"ttl":                   {property("collection.ttl.seconds", "3600"), refusal{}},
		"ttl least":             {property("collection.ttl.seconds", "-1"), refusal{}},
		"ttl most":              {property("collection.ttl.seconds", "3155760000"), refusal{}},
		"ttl below":             {property("collection.ttl.seconds", "-2"), invalid("collection TTL is out of range, expect [-1, 3155760000], got -2")},
		"ttl above":             {property("collection.ttl.seconds", "3155760001"), invalid("collection TTL is out of range, expect [-1, 3155760000], got 3155760001")},
		"ttl no number":         {property("collection.ttl.seconds", "1h"), invalid("collection TTL is not a valid positive integer")},
		"warmup":                {property("warmup", "sync", "warmup.scalarField", "disable", "warmup.vectorIndex", "sync"), refusal{}},
		"warmup unknown":        {property("warmup.vectorField", "async"), warmup("async")},
		"warmup of a field":     {with(field("f", model.Bool, "warmup", "sync")), refusal{}},
		"warmup of a field bad": {with(field("f", model.Bool, "warmup", "later")), warmup("later")},
		"the second counts too": {property("warmup", "sync", "warmup", "x"), warmup("x")},
		"max_field_id":          {property("max_field_id", "200"), invalid("property max_field_id is kept by the server and cannot be set")},
		"consistency name":      {property("consistency_level", "Session"), refusal{}},
		"consistency ignored":   {property("consistency_level", "rather"), refusal{}},
	})
}

func TestSpecFields(t *testing.T) {
	t.Parallel()
	noDim := func(f string) refusal {
		return invalid("dimension is not defined in field type params of field " + f + ", check type param `dim` for vector field")
	}
	array := func(element model.DataType, params ...string) *model.CollectionSpec {
		f := field("a", model.Array, params...)
		f.ElementType = element
		return with(f)
	}
	length := func(most, got string) refusal {
		return invalid("the maximum length specified for the field(f) should be in (0, " + most + "], but got " + got + " instead")
	}
	capacity := invalid("the maximum capacity specified for a Array should be in (0, 4096]")
	v := func(t model.DataType, dim string) *model.CollectionSpec { return with(field("v", t, "dim", dim)) }
	rows := map[string]specCase{
		"no dim":              {with(field("v", model.FloatVector)), noDim("v")},
		"no dim, int8":        {with(field("v", model.Int8Vector)), noDim("v")},
		"dim 0":               {v(model.FloatVector, "0"), invalid("invalid dimension: 0. should be in range 2 ~ 32768")},
		"dim 1":               {v(model.FloatVector, "1"), invalid("invalid dimension: 1. should be in range 2 ~ 32768")},
		"dim -8":              {v(model.BinaryVector, "-8"), invalid("invalid dimension: -8. should be in range 2 ~ 32768")},
		"dim 2":               {v(model.Float16Vector, "2"), refusal{}},
		"dim most":            {v(model.BFloat16Vector, "32768"), refusal{}},
		"dim above":           {v(model.Int8Vector, "32769"), invalid("invalid dimension: 32769 of field v. float vector dimension should be in range 2 ~ 32768")},
		"binary dim":          {v(model.BinaryVector, "8"), refusal{}},
		"binary dim most":     {v(model.BinaryVector, "262144"), refusal{}},
		"binary dim above":    {v(model.BinaryVector, "262152"), invalid("invalid dimension: 262152 of field v. binary vector dimension should be in range 2 ~ 262144")},
		"binary dim odd":      {v(model.BinaryVector, "12"), invalid("invalid dimension: 12 of field v. binary vector dimension should be multiple of 8. ")},
		"sparse":              {with(field("v", model.SparseFloatVector)), refusal{}},
		"sparse with dim":     {v(model.SparseFloatVector, "8"), invalid("dim should not be specified for sparse vector field v(0)")},
		"dim no number":       {v(model.FloatVector, "many"), refusal{65535, `strconv.ParseInt: parsing "many": invalid syntax`}},
		"dim a fraction":      {v(model.FloatVector, "8.0"), refusal{65535, `strconv.ParseInt: parsing "8.0": invalid syntax`}},
		"dim empty":           {v(model.FloatVector, ""), refusal{65535, `strconv.ParseInt: parsing "": invalid syntax`}},
		"dim too large":       {v(model.FloatVector, "9223372036854775808"), refusal{65535, `strconv.ParseInt: parsing "9223372036854775808": value out of range`}},
		"sparse dim no digit": {v(model.SparseFloatVector, "x"), refusal{65535, `strconv.ParseInt: parsing "x": invalid syntax`}},

		"length":           {with(field("f", model.VarChar, "max_length", "65535")), refusal{}},
		"length missing":   {with(field("f", model.VarChar)), missing("type param(max_length) should be specified for the field(f) of collection c")},
		"length 0":         {with(field("f", model.VarChar, "max_length", "0")), length("65535", "0")},
		"length above":     {with(field("f", model.VarChar, "max_length", "65536")), length("65535", "65536")},
		"length no number": {with(field("f", model.VarChar, "max_length", "long")), invalid("the value for max_length of field f must be an integer")},
		"text":             {with(field("f", model.Text)), refusal{}},
		"text length":      {with(field("f", model.Text, "max_length", "2097152")), refusal{}},
		"text too long":    {with(field("f", model.Text, "max_length", "2097153")), length("2097152", "2097153")},

		"array":                    {array(model.Int8, "max_capacity", "4096"), refusal{}},
		"array of bool":            {array(model.Bool, "max_capacity", "1"), refusal{}},
		"array of varchar":         {array(model.VarChar, "max_capacity", "1", "max_length", "9"), refusal{}},
		"array varchar no length":  {array(model.VarChar, "max_capacity", "1"), missing("type param(max_length) should be specified for the field(a) of collection c")},
		"array capacity missing":   {array(model.Int8), missing("type param(max_capacity) should be specified for array field a of collection c")},
		"array capacity 0":         {array(model.Int8, "max_capacity", "0"), capacity},
		"array capacity above":     {array(model.Int8, "max_capacity", "4097"), capacity},
		"array capacity no number": {array(model.Int8, "max_capacity", "x"), invalid("the value for max_capacity of field a must be an integer")},
		"array of none":            {array(model.None, "max_capacity", "1"), invalid("element data type None is not valid")},
		"array of string":          {array(model.StringType, "max_capacity", "1"), invalid("string data type not supported yet, please use VarChar type instead")},
		"array of json":            {array(model.JSON, "max_capacity", "1"), invalid("element type JSON is not supported")},
		"array of vectors":         {array(model.FloatVector, "max_capacity", "1"), invalid("element type FloatVector is not supported")},
		"array of unknown":         {array(77, "max_capacity", "1"), invalid("element type 77 is not supported")},

		"skip load":          {with(field("f", model.Bool, "field.skipLoad", "true")), refusal{}},
		"skip load, primary": {edit(func(s *model.CollectionSpec) { s.Fields[0].TypeParams = props("field.skipLoad", "true") }), invalid("Primary key field pk cannot skip loading")},
		"skip load, key": {keyed(func(k *model.Field, _ *model.CollectionSpec) {
			k.TypeParams = props("max_length", "9", "field.skipLoad", "1")
		}), invalid("Partition Key field key cannot skip loading")},
		"skip load, a vector":   {with(field("v", model.SparseFloatVector, "field.skipLoad", "true")), refusal{}},
		"skip load, all":        {edit(func(s *model.CollectionSpec) { s.Fields[1].TypeParams = props("dim", "8", "field.skipLoad", "true") }), invalid("cannot config all vector field(s) skip loading")},
		"skip load, unreadable": {with(field("f", model.Bool, "field.skipLoad", "oui")), refusal{65535, `strconv.ParseBool: parsing "oui": invalid syntax`}},

		"duplicate type param":  {with(field("f", model.Bool, "k", "1", "k", "1")), invalid(`duplicated type param key "k"`)},
		"duplicate index param": {with(&model.Field{Name: "f", Type: model.Bool, IndexParams: props("k", "1", "l", "1", "k", "2")}), invalid(`duplicated index param key "k"`)},
	}
	for _, t := range []model.DataType{model.Bool, model.Int8, model.Int16, model.Int32, model.Int64, model.Float, model.Double, model.JSON, model.Geometry, model.Timestamptz} {
		rows["accepted: "+t.String()] = specCase{with(field("f", t)), refusal{}}
	}
	long := make([]string, 0, 80)
	for i := range 39 {
		long = append(long, fmt.Sprintf("k%d", i), "")
	}
	rows["many params"] = specCase{with(field("f", model.Bool, long...)), refusal{}}
	rows["many params, one twice"] = specCase{with(field("f", model.Bool, append(long, "k7", "x")...)), invalid(`duplicated type param key "k7"`)}
	runSpecs(t, rows)
}

func TestSpecDefaults(t *testing.T) {
	t.Parallel()
	of := func(t model.DataType, v model.Value) *model.CollectionSpec {
		f := field("f", t)
		switch {
		case t == model.VarChar:
			f.TypeParams = props("max_length", "3")
		case t == model.Array:
			f.ElementType, f.TypeParams = model.Int8, props("max_capacity", "3")
		case t.Vector() && t != model.SparseFloatVector:
			f.TypeParams = props("dim", "8")
		}
		f.Nullable, f.Default = true, &v
		return with(f)
	}
	i := func(n int64) model.Value { return model.Value{Kind: model.ValueInt, Int: n} }
	mismatch := func(field, value string) refusal {
		return invalid("type (" + field + ") of field (f) is not equal to the type(DataType_" + value + ") of default_value")
	}
	outOf := func(low, high, v string) refusal {
		return refusal{1100, "default value out of range: invalid parameter[" + v + " out of range " + low + " <= value <= " + high + "]"}
	}
	none := func(t string) refusal { return invalid("type not support default_value, type:" + t + ", name:f") }
	text := model.Value{Kind: model.ValueString, String: "abcd"}
	long, double := model.Value{Kind: model.ValueLong, Int: 1}, model.Value{Kind: model.ValueDouble, Float: 1}
	bytes, flag := model.Value{Kind: model.ValueBytes, String: "{}"}, model.Value{Kind: model.ValueBool, Bool: true}
	runSpecs(t, map[string]specCase{
		"bool": {of(model.Bool, flag), refusal{}}, "bool for int": {of(model.Int8, flag), mismatch("Int8", "Bool")},
		"int8 low": {of(model.Int8, i(-128)), refusal{}}, "int8 below": {of(model.Int8, i(-129)), outOf("-128", "127", "-129")},
		"int8 high": {of(model.Int8, i(127)), refusal{}}, "int8 above": {of(model.Int8, i(128)), outOf("-128", "127", "128")},
		"int16": {of(model.Int16, i(32767)), refusal{}}, "int16 above": {of(model.Int16, i(32768)), outOf("-32768", "32767", "32768")},
		"int32": {of(model.Int32, i(1<<31-1)), refusal{}}, "int32 above": {of(model.Int32, i(1<<31)), outOf("-2147483648", "2147483647", "2147483648")},
		"int for int64": {of(model.Int64, i(1)), mismatch("Int64", "Int")}, "int64": {of(model.Int64, long), refusal{}},
		"long for int32":   {of(model.Int32, long), mismatch("Int32", "Int64")},
		"float":            {of(model.Float, model.Value{Kind: model.ValueFloat}), refusal{}},
		"float for double": {of(model.Double, model.Value{Kind: model.ValueFloat}), mismatch("Double", "Float")},
		"double":           {of(model.Double, double), refusal{}}, "double for float": {of(model.Float, double), mismatch("Float", "Double")},
		"varchar":          {of(model.VarChar, model.Value{Kind: model.ValueString, String: "abc"}), refusal{}},
		"varchar too long": {of(model.VarChar, text), refusal{1100, "the length (4) of string exceeds max length (3): invalid parameter[expected=valid length string][actual=string length exceeds max length]"}},
		"string for text":  {of(model.Text, text), mismatch("Text", "VarChar")}, "string for bool": {of(model.Bool, text), mismatch("Bool", "VarChar")},
		"bytes for bool": {of(model.Bool, bytes), mismatch("Bool", "JSON")},
		"instant":        {of(model.Int64, model.Value{Kind: model.ValueTimestamptz}), mismatch("Int64", "Timestamptz")},
		"no value in it": {of(model.Int64, model.Value{}), mismatch("Int64", "None")},
		"unknown kind":   {of(model.Int64, model.Value{Kind: 99}), mismatch("Int64", "None")},
		"json":           {of(model.JSON, bytes), none("JSON")}, "array": {of(model.Array, i(1)), none("Array")},
		"vector": {of(model.FloatVector, bytes), none("FloatVector")}, "sparse": {of(model.SparseFloatVector, bytes), none("SparseFloatVector")},
		"primary null":        {edit(func(s *model.CollectionSpec) { s.Fields[0].Nullable = true }), invalid("primary field not support null, type:Int64, name:pk")},
		"primary default":     {edit(func(s *model.CollectionSpec) { s.Fields[0].Default = &long }), invalid("primary field not support default_value, type:Int64, name:pk")},
		"vectors may be null": {edit(func(s *model.CollectionSpec) { s.Fields[1].Nullable = true }), refusal{}},
	})
}

// A client that breaks several rules sees the one that Milvus 2.6.19 checks first. Each row breaks all the rules from its own on.
func TestSpecOrder(t *testing.T) {
	t.Parallel()
	steps := []struct {
		text  string
		spoil func(*model.CollectionSpec)
	}{
		{"enable_namespace is not supported", func(s *model.CollectionSpec) { s.Namespace = true }},
		{"maximum shards's number", func(s *model.CollectionSpec) { s.Shards = 17 }},
		{"maximum field's number", func(s *model.CollectionSpec) {
			s.Fields = append(s.Fields, many(70, func(int) *model.Field { return field("f", model.Bool) })...)
		}},
		{"schema does not contain vector field", func(s *model.CollectionSpec) { s.Fields[1].Type = model.Bool }},
		{"collection name should not be empty", func(s *model.CollectionSpec) { s.SchemaName = "" }},
		{"collection description", func(s *model.CollectionSpec) { s.Description = strings.Repeat("d", 2000) }},
		{"primary key is not specified", func(s *model.CollectionSpec) { s.Fields[0].PrimaryKey = false }},
		{"cannot explicitly set a field as a dynamic field", func(s *model.CollectionSpec) { s.Fields[2].Dynamic = true }},
		{"only primary field can speficy AutoID", func(s *model.CollectionSpec) { s.Fields[2].AutoID = true }},
		{"string data type not supported yet", func(s *model.CollectionSpec) { s.Fields[2].Type = model.StringType }},
		{"num_partitions should only be specified", func(s *model.CollectionSpec) { s.Partitions = 4 }},
		{"partition key isolation mode", func(s *model.CollectionSpec) {
			s.Properties = append(s.Properties, props("partitionkey.isolation", "true")...)
		}},
		{"invalid query_mode value", func(s *model.CollectionSpec) { s.Properties = append(s.Properties, props("query_mode", "x")...) }},
		{"field name should not be empty", func(s *model.CollectionSpec) { s.Fields[2].Name = "" }},
		{"max_length) should be specified", func(s *model.CollectionSpec) { s.Fields[3].TypeParams = nil }},
		{"duplicated field name", func(s *model.CollectionSpec) { s.Fields[4].Name = "pk" }},
		{"cannot skip loading", func(s *model.CollectionSpec) { s.Fields[0].TypeParams = props("field.skipLoad", "true") }},
		{"schema.Name=", func(s *model.CollectionSpec) { s.Name = "other" }},
		{"duplicated type param key", func(s *model.CollectionSpec) { s.Fields[4].TypeParams = props("k", "", "k", "") }},
		{"schema contains system field", func(s *model.CollectionSpec) { s.Fields[5].Name = "RowID" }},
		{"is not supported", func(s *model.CollectionSpec) { s.Fields[6].Type = 77 }},
		{"invalid consistency level", func(s *model.CollectionSpec) { s.Consistency = 9 }},
	}
	for i := range steps {
		s := with(field("a", model.Bool), field("b", model.VarChar, "max_length", "3"), field("x", model.Bool), field("d", model.Bool), field("e", model.Bool))
		for _, step := range steps[i:] {
			step.spoil(s)
		}
		assert.ErrorContains(t, s.Validate(model.DefaultLimits()), steps[i].text)
	}
}

func TestSpecChannels(t *testing.T) {
	t.Parallel()
	l := model.DefaultLimits()
	l.PhysicalChannels = 2
	three := edit(func(s *model.CollectionSpec) { s.Shards = 3 })
	assert.Equal(t, invalid("shard num (3) exceeds max configuration (2)"), of(three.Validate(l)))
}

func TestNormalize(t *testing.T) {
	t.Parallel()
	l := model.DefaultLimits()

	s := with().Normalize(l)
	assert.Equal(t, int32(1), s.Shards)
	assert.Zero(t, s.Partitions)
	assert.Equal(t, int32(1), edit(func(s *model.CollectionSpec) { s.Shards = -3 }).Normalize(l).Shards)
	assert.Equal(t, int32(3), edit(func(s *model.CollectionSpec) { s.Shards = 3 }).Normalize(l).Shards)

	key := keyed(func(*model.Field, *model.CollectionSpec) {})
	assert.Equal(t, int64(16), key.Normalize(l).Partitions)
	few := l
	few.MaxPartitions = 5
	assert.Equal(t, int64(5), key.Normalize(few).Partitions, "the default is no more than is allowed")
	assert.Zero(t, key.Partitions, "the spec itself stays as it is")

	for value, want := range map[string]model.ConsistencyLevel{
		"0": model.Strong, "Strong": model.Strong, "Session": model.Session, "3": model.Eventually, "Customized": model.Customized,
		"strong": model.Bounded, "5": model.Bounded, "-1": model.Bounded, "": model.Bounded, "99999999999": model.Bounded,
	} {
		in := property("a", "1", "consistency_level", value, "b", "2")
		out := in.Normalize(l)
		assert.Equal(t, want, out.Consistency, value)
		assert.Equal(t, props("a", "1", "b", "2"), out.Properties, "the key is never stored, valid or not")
		assert.Len(t, in.Properties, 3)
		assert.Equal(t, out, out.Normalize(l), "once is enough")
	}
	first := property("consistency_level", "x", "consistency_level", "1", "consistency_level", "2").Normalize(l)
	assert.Equal(t, model.Session, first.Consistency, "the first valid one")
	assert.Empty(t, first.Properties)
}
