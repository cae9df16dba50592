package model

import (
	"strconv"
	"strings"

	"github.com/taproot-db/taproot/metastore/errs"
)

// SubFieldName is the name that a sub-field has in the catalog and in indexes: struct[sub].
func SubFieldName(structField, sub string) string { return structField + "[" + sub + "]" }

// PlainSubName is the name that clients see: sub, of struct[sub]. A name that is no such one is returned as it is.
func PlainSubName(structField, name string) string {
	if rest, ok := strings.CutPrefix(name, structField+"["); ok {
		if sub, ok := strings.CutSuffix(rest, "]"); ok {
			return sub
		}
	}
	return name
}

// Stored returns the struct field as a catalog holds it: with its id, its sub-fields under the ids that follow and with
// their full names, nullable where the struct is (ddl-semantics §2.3, §3.6). What is not for clients to set is dropped.
// The struct field itself, which ValidateStructField accepts, stays as it is.
func (f *StructField) Stored(id ID) *StructField {
	s := *f
	s.ID, s.Extra = id, ""
	s.Fields = make([]*Field, len(f.Fields))
	for i, sub := range f.Fields {
		own := *sub
		own.ID = id + 1 + ID(i)
		own.Name = SubFieldName(f.Name, sub.Name)
		own.Nullable = f.Nullable
		own.FunctionOutput, own.Extra = false, ""
		s.Fields[i] = &own
	}
	return &s
}

// LastID is the highest id in the struct field: its own or that of a sub-field.
func (f *StructField) LastID() ID {
	last := f.ID
	for _, sub := range f.Fields {
		last = max(last, sub.ID)
	}
	return last
}

// ValidateStructField holds a struct field with plain sub-names to the rules that concern nothing outside it
// (ddl-semantics §3.6). That it may have to be nullable, and how many fields a collection takes, is the caller's affair.
func ValidateStructField(f *StructField, l Limits) error {
	if f == nil {
		return errs.Missing("struct field schema is empty")
	}
	for i, sub := range f.Fields {
		if sub == nil {
			return errs.Invalid("field %d of the struct field %s is missing", i, f.Name)
		}
	}
	if 1+len(f.Fields) > l.MaxFields {
		return errs.Invalid("maximum field's number should be limited to %d", l.MaxFields)
	}
	for _, rule := range [...]func(*StructField) error{
		(*StructField).checkPrimaryKey, (*StructField).checkDynamic, (*StructField).checkAutoID, (*StructField).checkTypes,
		func(f *StructField) error { return f.checkPartitionKey("") }, func(f *StructField) error { return f.checkClusteringKey("") },
	} {
		if err := rule(f); err != nil {
			return err
		}
	}
	if err := f.check("", &l); err != nil {
		return err
	}
	if err := f.checkSubNames(); err != nil {
		return err
	}
	return f.checkStored()
}

func (f *StructField) checkPrimaryKey() error {
	for _, sub := range f.Fields {
		if sub.PrimaryKey {
			return errs.Invalid("primary key is not supported for struct field, field name = %s", sub.Name)
		}
	}
	return nil
}

func (f *StructField) checkDynamic() error {
	for _, sub := range f.Fields {
		if sub.Dynamic {
			return errs.Invalid("cannot explicitly set a field as a dynamic field")
		}
	}
	return nil
}

func (f *StructField) checkAutoID() error {
	for _, sub := range f.Fields {
		if sub.AutoID {
			return errs.Invalid("autoID is not supported for struct field, field name = %s", sub.Name)
		}
	}
	return nil
}

// checkTypes refuses what no sub-field can be at all; what the elements of vectors may be is looked at later.
func (f *StructField) checkTypes() error {
	for _, sub := range f.Fields {
		switch {
		case sub.Type != Array && sub.Type != ArrayOfVector:
			return errs.Invalid("fields in struct array field must be Array or ArrayOfVector, field name = %s, field type = %s", sub.Name, sub.Type)
		case sub.ElementType == Array, sub.ElementType == ArrayOfVector, sub.ElementType == Struct, sub.ElementType == ArrayOfStruct:
			return errs.Invalid("nested array is not supported, field name = %s", sub.Name)
		case sub.Type == Array:
			if err := checkElementType(sub.ElementType); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *StructField) checkPartitionKey(collection string) error {
	for _, sub := range f.Fields {
		if sub.PartitionKey {
			return errs.BadSchema(collection, "partition key is not supported for struct field, field name = %s", sub.Name)
		}
	}
	return nil
}

func (f *StructField) checkClusteringKey(collection string) error {
	for _, sub := range f.Fields {
		if sub.ClusteringKey {
			return errs.BadSchema(collection, "clustering key is not supported for struct field, field name = %s", sub.Name)
		}
	}
	return nil
}

// check holds the struct field to what Milvus's proxy asks of it and of each of its sub-fields.
func (f *StructField) check(collection string, l *Limits) error {
	if err := ValidateFieldName(f.Name, *l); err != nil {
		return err
	}
	if len(f.Fields) == 0 {
		return errs.Invalid("struct array field %s has no sub-fields", f.Name)
	}
	for _, sub := range f.Fields {
		if err := sub.checkInStruct(collection, l, f.Nullable); err != nil {
			return err
		}
	}
	return nil
}

// checkInStruct takes whether the struct may be null: then each of its sub-fields may be, and clients of 3.0 say so of each.
func (f *Field) checkInStruct(collection string, l *Limits, nullable bool) error {
	if err := ValidateFieldName(f.Name, *l); err != nil {
		return err
	}
	switch {
	case f.Type == ArrayOfVector && f.ElementType != FloatVector:
		return errs.Invalid("unsupported element type of array field %s: %s, now only float vector is supported", f.Name, f.ElementType)
	case f.Type == ArrayOfVector:
		if err := f.checkDimension(l); err != nil {
			return err
		}
	case f.ElementType == VarChar:
		if err := f.checkMaxLength(collection, l); err != nil {
			return err
		}
	}
	switch {
	case f.Nullable && !nullable: // a struct is null as a whole or not at all
		return errs.Invalid("nullable is not supported for fields in struct array now, field name = %s", f.Name)
	case f.Default != nil:
		return errs.Invalid("default value is not supported for struct field, field name = %s", f.Name)
	}
	return f.checkCapacityRange(l)
}

// checkSubNames compares all pairs: fields are few, and their number has been checked.
func (f *StructField) checkSubNames() error {
	for i, sub := range f.Fields {
		for _, other := range f.Fields[:i] {
			if sub.Name == other.Name {
				return errs.Invalid("duplicated field name %s found", SubFieldName(f.Name, sub.Name))
			}
		}
	}
	return nil
}

// checkStored holds the struct field to what Milvus's coordinator asks: all sub-fields of a row have as many elements, so
// they share one capacity.
func (f *StructField) checkStored() error {
	common := int64(0)
	for i, sub := range f.Fields {
		capacity, given, err := sub.number(maxCapacityKey)
		switch {
		case err != nil:
			return err
		case !given:
			return errs.Missing("type param(max_capacity) should be specified for array field %s of struct %s", sub.Name, f.Name)
		case i == 0:
			common = capacity
		case capacity != common:
			return errs.Invalid("all sub-fields in struct array field must have the same max_capacity: %s has %s, %s has %s",
				f.Fields[0].Name, strconv.FormatInt(common, 10), sub.Name, strconv.FormatInt(capacity, 10))
		}
		if err := sub.checkParams(); err != nil {
			return err
		}
	}
	if key, twice := duplicate(f.TypeParams); twice {
		return errs.Invalid("duplicated type param key %q", key)
	}
	return nil
}

// eachStruct applies a rule to all struct fields.
func (s *CollectionSpec) eachStruct(rule func(*StructField) error) error {
	for _, f := range s.StructFields {
		if err := rule(f); err != nil {
			return err
		}
	}
	return nil
}

func checkStructs(s *CollectionSpec, l *Limits) error {
	for _, f := range s.StructFields {
		if err := f.check(s.SchemaName, l); err != nil {
			return err
		}
	}
	return nil
}

func checkStoredStructs(s *CollectionSpec, _ *Limits) error {
	return s.eachStruct((*StructField).checkStored)
}
