package model

import (
	"slices"
	"strconv"

	"github.com/taproot-db/taproot/metastore/errs"
)

// ValidateFunctions holds functions to the rules among themselves and towards the fields that users declared
// (ddl-semantics §3.4), in Milvus's order. Entries of fields that are nil count as absent; a function that is nil is
// refused. It is the first thing that looks at a schema, before anything has counted: its time is linear.
func ValidateFunctions(fields []*Field, functions []*Function, _ Limits) error {
	if len(functions) == 0 {
		return nil
	}
	byName := fieldFinder(fields)
	var names, outputs nameSet
	for i, f := range functions {
		if f == nil {
			return errs.Invalid("function %d of the schema is missing", i)
		}
		if err := f.checkForm(); err != nil {
			return err
		}
		if !names.add(f.Name) {
			return errs.Invalid("duplicate function name: %s", f.Name)
		}
		if err := f.checkInputs(byName); err != nil {
			return err
		}
		if err := f.checkOutputs(byName, &outputs); err != nil {
			return err
		}
	}
	return nil
}

func checkFunctions(s *CollectionSpec, l *Limits) error {
	return ValidateFunctions(s.Fields, s.Functions, *l)
}

// checkForm looks at the function alone.
func (f *Function) checkForm() error {
	switch {
	case f.Name == "":
		return errs.Missing("function name cannot be empty")
	case len(f.Inputs) == 0:
		return errs.Missing("function input field names cannot be empty, function: %s", f.Name)
	case len(f.Outputs) == 0:
		return errs.Missing("function output field names cannot be empty, function: %s", f.Name)
	}
	var inputs, outputs nameSet
	for _, name := range f.Inputs {
		switch {
		case name == "":
			return errs.Missing("function input field name cannot be empty string, function: %s", f.Name)
		case !inputs.add(name):
			return errs.Invalid("each function input field should be used exactly once in the same function, function: %s, input field: %s", f.Name, name)
		}
	}
	for _, name := range f.Outputs {
		switch {
		case name == "":
			return errs.Missing("function output field name cannot be empty string, function: %s", f.Name)
		case inputs.has(name):
			return errs.Invalid("a single field cannot be both input and output in the same function, function: %s, field: %s", f.Name, name)
		case !outputs.add(name):
			return errs.Invalid("each function output field should be used exactly once in the same function, function: %s, output field: %s", f.Name, name)
		}
	}
	switch f.Type {
	case FunctionBM25:
		if len(f.Params) != 0 {
			return errs.Invalid("BM25 function accepts no params")
		}
	case FunctionTextEmbedding:
		if len(f.Params) == 0 { // the text says the opposite of the rule; it is Milvus's
			return errs.Invalid("TextEmbedding function accepts no params")
		}
	default:
		return errs.Invalid("check function params with unknown function type")
	}
	return nil
}

func (f *Function) checkInputs(byName func(string) *Field) error {
	var first *Field
	for i, name := range f.Inputs {
		in := byName(name)
		if in == nil {
			return errs.Invalid("function input field not found: %s", name)
		}
		if i == 0 {
			first = in
		}
	}
	text := len(f.Inputs) == 1 && (first.Type == VarChar || first.Type == Text)
	switch {
	case f.Type == FunctionBM25 && !text:
		return errs.Invalid("BM25 function input field must be a VARCHAR/TEXT field, got %d field with type %s", len(f.Inputs), first.Type)
	case f.Type == FunctionBM25 && !first.analyzed():
		return errs.Invalid("BM25 function input field must set enable_analyzer to true")
	case f.Type == FunctionTextEmbedding && len(f.Inputs) != 1:
		return errs.Invalid("Text embedding function only receives one input field, but got [%d]", len(f.Inputs))
	case f.Type == FunctionTextEmbedding && !text:
		return errs.Invalid("Text embedding function only supports varchar or text field as input field, but got %s", first.Type)
	case f.Type == FunctionTextEmbedding && first.Nullable:
		return errs.Invalid("function input field cannot be nullable: function %s, field %s", f.Name, first.Name)
	}
	return nil
}

// checkOutputs adds the function's outputs to those that other functions have.
func (f *Function) checkOutputs(byName func(string) *Field, taken *nameSet) error {
	var first *Field
	for i, name := range f.Outputs {
		out := byName(name)
		switch {
		case out == nil:
			return errs.Invalid("function output field not found: %s", name)
		case out.PrimaryKey:
			return errs.Invalid("function output field cannot be primary key: function %s, field %s", f.Name, name)
		case out.PartitionKey, out.ClusteringKey:
			return errs.Invalid("function output field cannot be partition key or clustering key: function %s, field %s", f.Name, name)
		case out.Nullable:
			return errs.Invalid("function output field cannot be nullable: function %s, field %s", f.Name, name)
		case !taken.add(name):
			return errs.Invalid("duplicate function output field: function %s, field %s", f.Name, name)
		}
		if i == 0 {
			first = out
		}
	}
	switch {
	case f.Type == FunctionBM25 && len(f.Outputs) != 1:
		return errs.Invalid("BM25 function only need 1 output field, but got %d", len(f.Outputs))
	case f.Type == FunctionBM25 && first.Type != SparseFloatVector:
		return errs.Invalid("BM25 function output field must be a SparseFloatVector field, but got %s", first.Type)
	case f.Type == FunctionTextEmbedding && len(f.Outputs) != 1:
		return errs.Invalid("Text embedding function only need 1 output field, but got [%d]", len(f.Outputs))
	case f.Type == FunctionTextEmbedding && first.Type != FloatVector && first.Type != Int8Vector:
		return errs.Invalid("Text embedding function only supports FloatVector or Int8Vector field as output field, but got %s", first.Type)
	}
	return nil
}

// few is the size up to which lists are searched from end to end: nearly all schemas stay below it, and need no memory then.
const few = 64

// fieldFinder returns a function that finds a field by its name, nil where there is none; the last of several counts.
func fieldFinder(fields []*Field) func(string) *Field {
	if len(fields) > few {
		byName := make(map[string]*Field, len(fields))
		for _, f := range fields {
			if f != nil {
				byName[f.Name] = f
			}
		}
		return func(name string) *Field { return byName[name] }
	}
	return func(name string) *Field {
		for _, f := range slices.Backward(fields) {
			if f != nil && f.Name == name {
				return f
			}
		}
		return nil
	}
}

// nameSet is a set of names that needs a map only when it is large. The zero value is empty.
type nameSet struct {
	few  [8]string
	n    int
	many map[string]struct{}
}

func (s *nameSet) has(name string) bool {
	if s.many != nil {
		_, there := s.many[name]
		return there
	}
	return slices.Contains(s.few[:s.n], name)
}

// add reports false where the name was there already.
func (s *nameSet) add(name string) bool {
	switch {
	case s.has(name):
		return false
	case s.many == nil && s.n < len(s.few):
		s.few[s.n] = name
		s.n++
		return true
	case s.many == nil:
		s.many = make(map[string]struct{}, 2*len(s.few))
		for _, old := range s.few {
			s.many[old] = struct{}{}
		}
	}
	s.many[name] = struct{}{}
	return true
}

// truth is the value of a type parameter as Milvus reads it: what is no truth value is false.
func (f *Field) truth(key string) bool {
	text, _ := FindProperty(f.TypeParams, key)
	on, err := strconv.ParseBool(text)
	return err == nil && on
}
