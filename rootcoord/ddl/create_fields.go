package ddl

import (
	"slices"

	"github.com/taproot-db/taproot/metastore/model"
)

// The system's fields are the same in every collection, so all share one record.
var (
	rowIDField = &model.Field{ID: 0, Name: model.RowIDField, Description: "row id", Type: model.Int64}
	timeField  = &model.Field{ID: 1, Name: model.TimestampField, Description: "time stamp", Type: model.Int64}
	emptyJSON  = &model.Value{Kind: model.ValueBytes, String: "{}"}
	// dynamicField is $meta, but for its id.
	dynamicField = &model.Field{
		Name: model.DynamicField, Description: "dynamic schema", Type: model.JSON, Dynamic: true, Nullable: true, Default: emptyJSON,
	}
)

// fields returns the stored fields: the system's, the user's from FirstFieldID on in their order, then $meta. They
// ascend by id, the order in which a Snapshot takes them in fastest.
func fields(spec *model.CollectionSpec, zone string) []*model.Field {
	n := len(spec.Fields)
	if spec.DynamicField {
		n++
	}
	all := make([]*model.Field, 0, 2+n)
	all = append(all, rowIDField, timeField)
	own := make([]model.Field, n)
	for i, f := range spec.Fields {
		own[i] = *f
		// What follows is not for clients to set.
		own[i].ID = model.FirstFieldID + model.ID(i)
		own[i].FunctionOutput = false
		own[i].Extra = ""
		own[i].Default = model.StoredDefault(f, zone)
		all = append(all, &own[i])
	}
	if spec.DynamicField {
		own[n-1] = *dynamicField
		own[n-1].ID = model.FirstFieldID + model.ID(n-1)
		all = append(all, &own[n-1])
	}
	return all
}

// structFields returns the stored struct fields. Their ids follow those of all fields, $meta included.
func structFields(spec *model.CollectionSpec) []*model.StructField {
	if len(spec.StructFields) == 0 {
		return nil
	}
	next := model.FirstFieldID + model.ID(len(spec.Fields))
	if spec.DynamicField {
		next++
	}
	all := make([]*model.StructField, len(spec.StructFields))
	for i, f := range spec.StructFields {
		all[i] = f.Stored(next)
		next = all[i].LastID() + 1
	}
	return all
}

// functions returns the stored functions, with the ids of the fields that they read and fill, and marks the latter: whether
// a field is filled by a function is not for clients to say.
func functions(spec *model.CollectionSpec, stored []*model.Field) []*model.Function {
	if len(spec.Functions) == 0 {
		return nil
	}
	all := make([]*model.Function, len(spec.Functions))
	for i, f := range spec.Functions {
		own := *f
		own.ID, own.Extra = model.FirstFunctionID+model.ID(i), ""
		own.InputIDs = make([]model.ID, len(f.Inputs))
		for j, name := range f.Inputs {
			own.InputIDs[j] = named(stored, name).ID
		}
		own.OutputIDs = make([]model.ID, len(f.Outputs))
		for j, name := range f.Outputs {
			out := named(stored, name)
			out.FunctionOutput = true
			own.OutputIDs[j] = out.ID
		}
		all[i] = &own
	}
	return all
}

// named returns the field with that name, which validation has seen to it is there.
func named(fields []*model.Field, name string) *model.Field {
	return fields[slices.IndexFunc(fields, func(f *model.Field) bool { return f.Name == name })]
}
