package model

import (
	"strconv"

	"github.com/taproot-db/taproot/metastore/errs"
)

// Keys of type parameters that the catalog understands.
const (
	dimensionKey   = "dim"
	maxLengthKey   = "max_length"
	maxCapacityKey = "max_capacity"
	skipLoadKey    = "field.skipLoad"
)

const (
	minDimension = 2
	// binaryFactor: a binary vector holds bits where others hold numbers of a byte or more.
	binaryFactor = 8
)

// ValidateField holds one field to the rules that concern no other field (ddl-semantics §3.5, §3.8): its name, type,
// parameters and default value. collection is named in some of the texts. The field that a multi-analyzer depends on is
// not looked for.
func ValidateField(f *Field, collection string, l Limits) error {
	if f == nil {
		return errs.Missing("field schema is empty")
	}
	for _, rule := range [...]func() error{
		f.checkType,
		func() error { return f.check(collection, &l) },
		f.checkNulls,
		func() error { return f.checkAnalyzer(nil) },
		f.checkKnownType,
	} {
		if err := rule(); err != nil {
			return err
		}
	}
	return nil
}

func checkFieldTypes(s *CollectionSpec, _ *Limits) error {
	for _, f := range s.Fields {
		if err := f.checkType(); err != nil {
			return err
		}
	}
	return s.eachStruct((*StructField).checkTypes)
}

func (f *Field) checkType() error {
	switch f.Type {
	case StringType:
		return errs.Invalid("string data type not supported yet, please use VarChar type instead")
	case None:
		return errs.Invalid("data type None is not valid")
	case Array:
		return checkElementType(f.ElementType)
	default: // what is no type at all is refused later, see checkKnownType
		return nil
	}
}

func checkElementType(t DataType) error {
	switch t {
	case Bool, Int8, Int16, Int32, Int64, Float, Double, VarChar:
		return nil
	case StringType:
		return errs.Invalid("string data type not supported yet, please use VarChar type instead")
	case None:
		return errs.Invalid("element data type None is not valid")
	default:
		return errs.Invalid("element type %s is not supported", t)
	}
}

// checkKnownTypes refuses what is not the type of a field at all. Milvus does so late, after everything else.
func checkKnownTypes(s *CollectionSpec, _ *Limits) error {
	for _, f := range s.Fields {
		if err := f.checkKnownType(); err != nil {
			return err
		}
	}
	return nil
}

func (f *Field) checkKnownType() error {
	if _, known := dataTypeNames[f.Type]; !known || f.Type == Struct || f.Type == ArrayOfStruct {
		return errs.InvalidExpected("valid field", "field data type: "+f.Type.String()+" is not supported", "")
	}
	return nil
}

func checkFields(s *CollectionSpec, l *Limits) error {
	for _, f := range s.Fields {
		if err := f.check(s.SchemaName, l); err != nil {
			return err
		}
	}
	return nil
}

// check holds a field to the rules that concern no other field.
func (f *Field) check(collection string, l *Limits) error {
	if err := ValidateFieldName(f.Name, *l); err != nil {
		return err
	}
	if f.Type == ArrayOfVector {
		return errs.Invalid("array of vector can only be in the struct array field, field name: %s", f.Name)
	}
	if f.Type.Vector() {
		return f.checkDimension(l)
	}
	if f.Type == VarChar || f.Type == Text || f.Type == Array && f.ElementType == VarChar {
		if err := f.checkMaxLength(collection, l); err != nil {
			return err
		}
	}
	if f.Type == Array {
		return f.checkMaxCapacity(collection, l)
	}
	return nil
}

func (f *Field) checkDimension(l *Limits) error {
	text, given := FindProperty(f.TypeParams, dimensionKey)
	var dim int64
	if given {
		var err error
		if dim, err = strconv.ParseInt(text, 10, 64); err != nil {
			return errs.Untyped(err.Error())
		}
	}
	most := int64(l.MaxDimension)
	switch {
	case f.Type == SparseFloatVector && given:
		return errs.Invalid("dim should not be specified for sparse vector field %s(%d)", f.Name, f.ID)
	case f.Type == SparseFloatVector:
		return nil
	case !given:
		return errs.Invalid("dimension is not defined in field type params of field %s, check type param `dim` for vector field", f.Name)
	case dim < minDimension:
		return errs.Invalid("invalid dimension: %d. should be in range %d ~ %d", dim, minDimension, most)
	case f.Type == BinaryVector && dim%binaryFactor != 0:
		return errs.Invalid("invalid dimension: %d of field %s. binary vector dimension should be multiple of %d. ", dim, f.Name, binaryFactor)
	case f.Type == BinaryVector && dim > binaryFactor*most:
		return errs.Invalid("invalid dimension: %d of field %s. binary vector dimension should be in range %d ~ %d",
			dim, f.Name, minDimension, binaryFactor*most)
	case f.Type != BinaryVector && dim > most:
		return errs.Invalid("invalid dimension: %d of field %s. float vector dimension should be in range %d ~ %d",
			dim, f.Name, minDimension, most)
	}
	return nil
}

// checkMaxLength: a Text field, unlike a VarChar, needs no length.
func (f *Field) checkMaxLength(collection string, l *Limits) error {
	most := l.MaxVarCharLength
	if f.Type == Text {
		most = l.MaxTextLength
	}
	length, given, err := f.number(maxLengthKey)
	switch {
	case err != nil:
		return err
	case given && (length <= 0 || length > int64(most)):
		return errs.Invalid("the maximum length specified for the field(%s) should be in (0, %d], but got %d instead", f.Name, most, length)
	case !given && f.Type != Text:
		return errs.Missing("type param(max_length) should be specified for the field(%s) of collection %s", f.Name, collection)
	}
	return nil
}

func (f *Field) checkMaxCapacity(collection string, l *Limits) error {
	if err := f.checkCapacityRange(l); err != nil {
		return err
	}
	if _, given := FindProperty(f.TypeParams, maxCapacityKey); !given {
		return errs.Missing("type param(max_capacity) should be specified for array field %s of collection %s", f.Name, collection)
	}
	return nil
}

// checkCapacityRange accepts a capacity that is not given.
func (f *Field) checkCapacityRange(l *Limits) error {
	capacity, given, err := f.number(maxCapacityKey)
	switch {
	case err != nil:
		return err
	case given && (capacity <= 0 || capacity > int64(l.MaxArrayCapacity)):
		return errs.Invalid("the maximum capacity specified for a Array should be in (0, %d]", l.MaxArrayCapacity)
	}
	return nil
}

// number returns the number that a type parameter holds, and whether there is one.
func (f *Field) number(key string) (n int64, given bool, err error) {
	text, given := FindProperty(f.TypeParams, key)
	if !given {
		return 0, false, nil
	}
	if n, err = strconv.ParseInt(text, 10, 64); err != nil {
		return 0, true, errs.Invalid("the value for %s of field %s must be an integer", key, f.Name)
	}
	return n, true, nil
}

func skipsLoading(f *Field) (bool, error) {
	text, given := FindProperty(f.TypeParams, skipLoadKey)
	if !given {
		return false, nil
	}
	skip, err := strconv.ParseBool(text)
	if err != nil {
		return false, errs.Untyped(err.Error())
	}
	return skip, nil
}
