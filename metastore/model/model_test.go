package model_test

import (
	"math"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/taproot-db/taproot/metastore/model"
)

// Equal of each record must see a change of any member: one that is added and forgotten there fails here.
func TestEqualSeesEveryMember(t *testing.T) {
	t.Parallel()
	checkEqual(t, (*model.Database).Equal)
	checkEqual(t, (*model.Collection).Equal)
	checkEqual(t, (*model.Field).Equal)
	checkEqual(t, (*model.Partition).Equal)
	checkEqual(t, (*model.Alias).Equal)
	checkEqual(t, (*model.Value).Equal)
}

func checkEqual[T any](t *testing.T, equal func(a, b *T) bool) {
	t.Helper()
	var zero T
	typ := reflect.TypeFor[T]()
	for i := range typ.NumField() {
		var changed T
		set(t, reflect.ValueOf(&changed).Elem().Field(i))
		same := changed
		assert.True(t, equal(&changed, &same), "%s.%s", typ, typ.Field(i).Name)
		assert.False(t, equal(&zero, &changed), "%s.%s", typ, typ.Field(i).Name)
		assert.False(t, equal(&changed, &zero), "%s.%s", typ, typ.Field(i).Name)
	}
}

func set(t *testing.T, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int32, reflect.Int64:
		v.SetInt(7)
	case reflect.Uint8, reflect.Uint64:
		v.SetUint(7)
	case reflect.Float64:
		v.SetFloat(7)
	case reflect.String:
		v.SetString("x")
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
	default:
		t.Fatalf("member of kind %s", v.Kind())
	}
}

func TestValueEqual(t *testing.T) {
	t.Parallel()
	nan, zero := &model.Value{Kind: model.ValueDouble, Float: math.NaN()}, &model.Value{}
	var none *model.Value
	assert.True(t, nan.Equal(&model.Value{Kind: model.ValueDouble, Float: math.NaN()}), "a record with a NaN equals itself")
	assert.True(t, none.Equal(nil))
	assert.False(t, none.Equal(zero))
	assert.False(t, zero.Equal(none))
}

func TestDataTypes(t *testing.T) {
	t.Parallel()
	// The numbers are part of the API and of the stored form.
	for name, n := range map[string]int{
		"None": 0, "Bool": 1, "Int8": 2, "Int16": 3, "Int32": 4, "Int64": 5, "Float": 10, "Double": 11, "String": 20, "VarChar": 21,
		"Array": 22, "JSON": 23, "Geometry": 24, "Text": 25, "Timestamptz": 26, "BinaryVector": 100, "FloatVector": 101, "Float16Vector": 102,
		"BFloat16Vector": 103, "SparseFloatVector": 104, "Int8Vector": 105, "ArrayOfVector": 106, "ArrayOfStruct": 200, "Struct": 201,
	} {
		got, ok := model.ParseDataType(name)
		assert.True(t, ok, name)
		assert.Equal(t, model.DataType(n), got, name)
		assert.Equal(t, name, got.String())
		assert.Equal(t, n >= 100 && n <= 106, got.Vector(), name)
	}
	_, ok := model.ParseDataType("int64")
	assert.False(t, ok)
	assert.Equal(t, "77", model.DataType(77).String())
}

func TestHybridTimestamp(t *testing.T) {
	t.Parallel()
	ts := model.HybridTimestamp(1_700_000_000_123, 5)
	assert.Equal(t, model.Timestamp(1_700_000_000_123<<18|5), ts)
	assert.Equal(t, int64(1_700_000_000_123), ts.Millis())
}

func TestStateNames(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []string{"Created", "Creating", "Dropping", "Dropped", "State(9)", "State(-1)"}, []string{
		model.Created.String(), model.Creating.String(), model.Dropping.String(), model.Dropped.String(), model.State(9).String(), model.State(-1).String(),
	})
}

func TestSystemFields(t *testing.T) {
	t.Parallel()
	assert.True(t, (&model.Field{ID: 1}).System())
	assert.True(t, (&model.Field{ID: 105, Dynamic: true}).System())
	assert.False(t, (&model.Field{ID: 100}).System())
}

func BenchmarkValidate(b *testing.B) {
	s := with(field("a", model.VarChar, "max_length", "64"), field("b", model.Int32), field("d", model.JSON))
	s.DynamicField = true
	l := model.DefaultLimits()
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Validate(l); err != nil {
			b.Fatal(err)
		}
	}
}
