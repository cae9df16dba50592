package model

import (
	"slices"
	"strconv"

	"github.com/taproot-db/taproot/metastore/errs"
)

// Schema is what the rules about its change know of a collection. The fields are all there are, the system's included, in stored form.
type Schema struct {
	Collection   *Collection
	Fields       []*Field
	StructFields []*StructField
	Functions    []*Function
}

// users counts what the limits count: the fields that users declared, a struct field as one and its sub-fields besides.
func (s *Schema) users() (fields, vectors int) {
	count := func(f *Field) {
		fields++
		if f.Type.Vector() {
			vectors++
		}
	}
	for _, f := range s.Fields {
		if !f.System() {
			count(f)
		}
	}
	for _, st := range s.StructFields {
		fields++
		for _, f := range st.Fields {
			count(f)
		}
	}
	return fields, vectors
}

// room refuses more fields, of which some are vectors, than a collection may have.
func (s *Schema) room(fields, vectors int, l Limits) error {
	n, v := s.users()
	if n+fields > l.MaxFields {
		return errs.Invalid("The number of fields has reached the maximum value %d", l.MaxFields)
	}
	if vectors > 0 && v+vectors > l.MaxVectorFields {
		return errs.Invalid("maximum vector field's number should be limited to %d", l.MaxVectorFields)
	}
	return nil
}

func (s *Schema) taken(name string) bool {
	return slices.ContainsFunc(s.Fields, func(f *Field) bool { return f.Name == name }) ||
		slices.ContainsFunc(s.StructFields, func(f *StructField) bool { return f.Name == name })
}

func reserved(name string) bool {
	return name == RowIDField || name == TimestampField || name == DynamicField || name == NamespaceField
}

// ValidateAddField returns the first refusal of package errs that a field earns which is to be added, in Milvus 2.6.19's order
// (ddl-semantics §4.8), or nil. With a function, of which the field is the output and which may be nil, it is the function that fills the
// field in older rows, so the field must not be nullable. Any values may be given, however malformed.
func (s *Schema) ValidateAddField(f *Field, fn *Function, l Limits) error {
	if f == nil {
		return errs.Missing("field schema is empty")
	}
	vectors := 0
	if f.Type.Vector() {
		vectors++
	}
	if err := s.room(1, vectors, l); err != nil {
		return err
	}
	if err := f.checkAddable(fn != nil); err != nil {
		return err
	}
	if err := s.checkClusteringKey(f, l); err != nil {
		return err
	}
	for _, rule := range [...]func() error{
		f.checkType,
		func() error { return f.check(s.Collection.Name, &l) },
		func() error { return checkWarmups(f.TypeParams) },
	} {
		if err := rule(); err != nil {
			return err
		}
	}
	if s.taken(f.Name) {
		return errs.Invalid("duplicate field name: %s", f.Name)
	}
	for _, rule := range [...]func() error{
		f.checkNulls,
		func() error { return f.checkAnalyzer(append(s.declared(), f)) },
	} {
		if err := rule(); err != nil {
			return within("failed to check field schema", err)
		}
	}
	if fn == nil {
		return nil
	}
	return s.checkAddedFunction(f, fn, l)
}

// checkAddable is what a field that comes late cannot be. The double space is Milvus's.
func (f *Field) checkAddable(filled bool) error {
	if err := f.checkKnownType(); err != nil {
		return err
	}
	switch {
	case reserved(f.Name):
		return errs.Invalid("not support to add system field, field name = %s", f.Name)
	case f.PrimaryKey:
		return errs.Invalid("not support to add pk field, field name = %s", f.Name)
	case !f.Nullable && !filled:
		return errs.Invalid("added field must be nullable, please check it, field name = %s", f.Name)
	case f.Type.Vector() && f.Type != SparseFloatVector && len(f.TypeParams) == 0:
		return errs.Invalid("vector field must have dimension specified, field name = %s", f.Name)
	case f.AutoID:
		return errs.Invalid("only primary field can speficy AutoID with true, field name = %s", f.Name)
	case f.PartitionKey:
		return errs.Invalid("not support to add partition key field, field name  = %s", f.Name)
	case f.Dynamic:
		return errs.Invalid("cannot explicitly set a field as a dynamic field")
	}
	return nil
}

func (s *Schema) checkClusteringKey(f *Field, l Limits) error {
	if !f.ClusteringKey {
		return nil
	}
	if slices.ContainsFunc(s.Fields, func(f *Field) bool { return f.ClusteringKey }) {
		return errs.Invalid("already has another clutering key field, field name: %s", f.Name)
	}
	return checkClusteringKey(&CollectionSpec{SchemaName: s.Collection.Name, Fields: []*Field{f}}, &l)
}

// declared returns the fields that users declared, in a slice of the caller's own.
func (s *Schema) declared() []*Field {
	fields := make([]*Field, 0, len(s.Fields)+1)
	for _, f := range s.Fields {
		if !f.System() {
			fields = append(fields, f)
		}
	}
	return fields
}

func (s *Schema) checkAddedFunction(f *Field, fn *Function, l Limits) error {
	if len(fn.Outputs) != 1 || fn.Outputs[0] != f.Name {
		return errs.Invalid("function %s must have the added field %s as its only output", fn.Name, f.Name)
	}
	return s.checkNewFunction(append(s.declared(), f), fn, l)
}

// checkNewFunction holds a function that comes late to the rules of functions. Those that are there are not looked at again: one of a
// type that this version refuses, from another Milvus, must not stand in the way.
func (s *Schema) checkNewFunction(fields []*Field, fn *Function, l Limits) error {
	if s.function(fn.Name) != nil {
		return errs.Invalid("function name already exists: %s", fn.Name)
	}
	if err := ValidateFunctions(fields, []*Function{fn}, l); err != nil {
		return err
	}
	return s.checkOutputsFree(fn)
}

// checkOutputsFree refuses a function that fills what another one, of another name, fills already.
func (s *Schema) checkOutputsFree(fn *Function) error {
	for _, other := range s.Functions {
		for _, name := range fn.Outputs {
			if other.Name != fn.Name && slices.Contains(other.Outputs, name) {
				return errs.Invalid("duplicate function output field: function %s, field %s", fn.Name, name)
			}
		}
	}
	return nil
}

func (s *Schema) function(name string) *Function {
	for _, f := range s.Functions {
		if f.Name == name {
			return f
		}
	}
	return nil
}

// ValidateAddStructField returns the first refusal of package errs that a struct field earns which is to be added, or nil.
func (s *Schema) ValidateAddStructField(f *StructField, l Limits) error {
	if f == nil {
		return errs.Missing("struct field schema is empty")
	}
	vectors := 0
	for _, sub := range f.Fields {
		if sub != nil && sub.Type.Vector() {
			vectors++
		}
	}
	if err := s.room(1+len(f.Fields), vectors, l); err != nil {
		return err
	}
	switch {
	case reserved(f.Name):
		return errs.Invalid("not support to add system field, field name = %s", f.Name)
	case !f.Nullable:
		return errs.Invalid("added field must be nullable, please check it, field name = %s", f.Name)
	}
	if err := ValidateStructField(f, l); err != nil {
		return err
	}
	for _, sub := range f.Fields {
		if err := checkWarmups(sub.TypeParams); err != nil {
			return err
		}
	}
	if s.taken(f.Name) {
		return errs.Invalid("duplicate field name: %s", f.Name)
	}
	return nil
}

// Removal is what goes with a field or a function.
type Removal struct {
	Fields   []*Field
	Struct   *StructField
	Function *Function
}

// DropField finds what goes when a field, or a whole struct field, is dropped by its name or, where that is empty, by its id; or the
// first refusal of package errs (ddl-semantics §4.8).
func (s *Schema) DropField(name string, id ID) (Removal, error) {
	shown := name
	if name == "" {
		shown = strconv.FormatInt(int64(id), 10)
	}
	is := func(n string, i ID) bool {
		if name != "" {
			return n == name
		}
		return i == id
	}
	for _, f := range s.Fields {
		if is(f.Name, f.ID) {
			return Removal{Fields: []*Field{f}}, s.checkDroppable(f, nil)
		}
	}
	for _, st := range s.StructFields {
		if is(st.Name, st.ID) {
			return Removal{Struct: st}, s.checkVectorsLeft(st.Name, st.Fields)
		}
		for _, f := range st.Fields {
			if is(f.Name, f.ID) {
				return Removal{}, errs.Invalid("cannot drop a field of a struct field: %s, drop struct field %s as a whole", f.Name, st.Name)
			}
		}
	}
	return Removal{}, errs.Invalid("field not found: %s", shown)
}

// DropFunctionField finds what goes when a function is dropped together with the fields that it fills, or the first refusal.
func (s *Schema) DropFunctionField(name string) (Removal, error) {
	fn := s.function(name)
	if fn == nil {
		return Removal{}, errs.Invalid("function not found: %s", name)
	}
	gone := Removal{Function: fn}
	for _, f := range s.Fields {
		if slices.Contains(fn.Outputs, f.Name) {
			if err := s.checkDroppable(f, fn); err != nil {
				return Removal{}, err
			}
			gone.Fields = append(gone.Fields, f)
		}
	}
	if len(gone.Fields) > 0 {
		return gone, s.checkVectorsLeft(gone.Fields[0].Name, gone.Fields)
	}
	return gone, nil
}

// checkDroppable refuses the fields that a collection cannot be without. with is the function that goes together with the field.
func (s *Schema) checkDroppable(f *Field, with *Function) error {
	switch {
	case f.Dynamic:
		// Milvus's sentence names a way that is closed.
		return errs.Invalid("cannot drop dynamic field: %s, use AlterCollection to disable dynamic schema instead"+
			" (which is not supported either)", f.Name)
	case f.System(), f.Name == NamespaceField:
		return errs.Invalid("cannot drop system field: %s", f.Name)
	case f.PrimaryKey:
		return errs.Invalid("cannot drop primary key field: %s", f.Name)
	case f.PartitionKey:
		return errs.Invalid("cannot drop partition key field: %s", f.Name)
	case f.ClusteringKey:
		return errs.Invalid("cannot drop clustering key field: %s", f.Name)
	}
	if err := s.checkVectorsLeft(f.Name, []*Field{f}); err != nil {
		return err
	}
	for _, fn := range s.Functions {
		switch {
		case with != nil && fn.Name == with.Name:
		case slices.Contains(fn.Inputs, f.Name):
			return errs.Invalid("field is referenced by function %s as input, drop function first", fn.Name)
		case slices.Contains(fn.Outputs, f.Name):
			return errs.Invalid("field is referenced by function %s as output, drop function first", fn.Name)
		}
	}
	if ttl, given := FindProperty(s.Collection.Properties, ttlFieldKey); given && ttl == f.Name {
		return errs.Invalid("cannot drop field: %s, property %s names it", f.Name, ttlFieldKey)
	}
	return nil
}

func (s *Schema) checkVectorsLeft(name string, gone []*Field) error {
	vectors := 0
	for _, f := range gone {
		if f.Type.Vector() {
			vectors++
		}
	}
	if _, have := s.users(); vectors > 0 && vectors == have {
		return errs.Invalid("cannot drop the last vector field: %s", name)
	}
	return nil
}

// ValidateAddFunction returns the first refusal of package errs that a function earns which is to be added to fields that are there
// (ddl-semantics §4.9), or nil.
func (s *Schema) ValidateAddFunction(fn *Function, l Limits) error {
	return s.checkNewFunction(s.declared(), fn, l)
}

// ValidateAlterFunction returns the first refusal of package errs that the new definition of a function earns, or nil.
func (s *Schema) ValidateAlterFunction(fn *Function, l Limits) error {
	old := s.function(fn.Name)
	switch {
	case old == nil:
		return errs.Invalid("function %s not found", fn.Name)
	case old.Type == FunctionBM25:
		return errs.Invalid("currently does not support alter BM25 function")
	}
	if err := ValidateFunctions(s.declared(), []*Function{fn}, l); err != nil {
		return err
	}
	return s.checkOutputsFree(fn)
}

// ValidateAddFunctionForm refuses what no collection takes by AddCollectionFunction.
func ValidateAddFunctionForm(fn *Function) error {
	switch {
	case fn == nil:
		return errs.Invalid("function schema is empty")
	case fn.Type == FunctionBM25:
		return errs.Invalid("currently does not support adding BM25 function")
	}
	return nil
}

// ValidateAlterFunctionForm refuses what no collection takes by AlterCollectionFunction. name is the function to alter.
func ValidateAlterFunctionForm(name string, fn *Function) error {
	switch {
	case fn == nil:
		return errs.Invalid("function schema is empty")
	case fn.Type == FunctionBM25:
		return errs.Invalid("currently does not support alter BM25 function")
	case fn.Name != name:
		return errs.Invalid("invalid function config, name not match")
	}
	return nil
}

// ValidateDropFunction finds the function to drop, nil where there is none of that name, which is a success; or refuses.
func (s *Schema) ValidateDropFunction(name string) (*Function, error) {
	fn := s.function(name)
	if fn != nil && fn.Type == FunctionBM25 {
		return nil, errs.Invalid("currently does not support droping BM25 function")
	}
	return fn, nil
}

// within puts context in front of a refusal's text; its kind stays.
func within(context string, err error) error {
	s := errs.Of(err)
	s.Reason = context + ": " + s.Reason
	return errs.FromStatus(s)
}

// ValidateAltered refuses a stored struct field of which one sub-field was altered so that it no longer goes with the others.
func (f *StructField) ValidateAltered() error { return f.checkStored() }
