package model

import "strconv"

// DataType is the type of a field or of an array's elements. The numbers are Milvus's.
type DataType int32

// The data types.
const (
	None              DataType = 0
	Bool              DataType = 1
	Int8              DataType = 2
	Int16             DataType = 3
	Int32             DataType = 4
	Int64             DataType = 5
	Float             DataType = 10
	Double            DataType = 11
	StringType        DataType = 20
	VarChar           DataType = 21
	Array             DataType = 22
	JSON              DataType = 23
	Geometry          DataType = 24
	Text              DataType = 25
	Timestamptz       DataType = 26
	BinaryVector      DataType = 100
	FloatVector       DataType = 101
	Float16Vector     DataType = 102
	BFloat16Vector    DataType = 103
	SparseFloatVector DataType = 104
	Int8Vector        DataType = 105
	ArrayOfVector     DataType = 106
	ArrayOfStruct     DataType = 200
	Struct            DataType = 201
)

var dataTypeNames = map[DataType]string{
	None: "None", Bool: "Bool", Int8: "Int8", Int16: "Int16", Int32: "Int32", Int64: "Int64", Float: "Float", Double: "Double",
	StringType: "String", VarChar: "VarChar", Array: "Array", JSON: "JSON", Geometry: "Geometry", Text: "Text",
	Timestamptz: "Timestamptz", BinaryVector: "BinaryVector", FloatVector: "FloatVector", Float16Vector: "Float16Vector",
	BFloat16Vector: "BFloat16Vector", SparseFloatVector: "SparseFloatVector", Int8Vector: "Int8Vector",
	ArrayOfVector: "ArrayOfVector", ArrayOfStruct: "ArrayOfStruct", Struct: "Struct",
}

// String returns Milvus's name of the type, or its number.
func (t DataType) String() string {
	if n, ok := dataTypeNames[t]; ok {
		return n
	}
	return strconv.Itoa(int(t))
}

// ParseDataType returns the type with that name, compared exactly.
func ParseDataType(name string) (DataType, bool) {
	for t, n := range dataTypeNames {
		if n == name {
			return t, true
		}
	}
	return None, false
}

// Vector reports whether a field of the type counts as a vector field.
func (t DataType) Vector() bool {
	switch t {
	case BinaryVector, FloatVector, Float16Vector, BFloat16Vector, SparseFloatVector, Int8Vector, ArrayOfVector:
		return true
	default:
		return false
	}
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
