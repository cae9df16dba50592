package steps

import (
	"github.com/taproot-db/taproot/metastore/model"
	"github.com/taproot-db/taproot/rootcoord/ddl"
)

// The statements of this file change the schema of one collection, which may be named by an alias.

// AddField adds a field, with the function that fills it, and its index, if any.
type AddField struct {
	Database, Collection string
	Field                *model.Field
	Function             *model.Function
	Index                *model.IndexSpec
}

func (AddField) names() (statement, step string) { return "AddCollectionField", "addFieldMeta" }

func (q AddField) planner(opt ddl.Options) ddl.Planner {
	return ddl.AddIndexedField(q.Database, q.Collection, q.Field, q.Function, q.Index, opt)
}

// AddStructField adds a struct field.
type AddStructField struct {
	Database, Collection string
	Field                *model.StructField
}

func (AddStructField) names() (statement, step string) {
	return "AddCollectionStructField", "addStructFieldMeta"
}

func (q AddStructField) planner(opt ddl.Options) ddl.Planner {
	return ddl.AddCollectionStructField(q.Database, q.Collection, q.Field, opt)
}

// DropField drops a field by its name or id, or a function with the fields it fills.
type DropField struct {
	Database, Collection, Field string
	ID                          model.ID
	Function                    string
}

func (DropField) names() (statement, step string) { return "DropCollectionField", "dropFieldMeta" }

func (q DropField) planner(opt ddl.Options) ddl.Planner {
	return ddl.DropCollectionField(q.Database, q.Collection, q.Field, q.ID, q.Function, opt)
}

// AddFunction adds a function that fills fields which are there.
type AddFunction struct {
	Database, Collection string
	Function             *model.Function
}

func (AddFunction) names() (statement, step string) {
	return "AddCollectionFunction", "addFunctionMeta"
}

func (q AddFunction) planner(opt ddl.Options) ddl.Planner {
	return ddl.AddCollectionFunction(q.Database, q.Collection, q.Function, opt)
}

// AlterFunction changes a function.
type AlterFunction struct {
	Database, Collection, Name string
	Function                   *model.Function
}

func (AlterFunction) names() (statement, step string) {
	return "AlterCollectionFunction", "alterFunctionMeta"
}

func (q AlterFunction) planner(opt ddl.Options) ddl.Planner {
	return ddl.AlterCollectionFunction(q.Database, q.Collection, q.Name, q.Function, opt)
}

// DropFunction drops a function and leaves the fields it filled.
type DropFunction struct{ Database, Collection, Function string }

func (DropFunction) names() (statement, step string) {
	return "DropCollectionFunction", "dropFunctionMeta"
}

func (q DropFunction) planner(opt ddl.Options) ddl.Planner {
	return ddl.DropCollectionFunction(q.Database, q.Collection, q.Function, opt)
}
