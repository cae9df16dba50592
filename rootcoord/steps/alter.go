package steps

import (
	"github.com/taproot-db/taproot/metastore/model"
	"github.com/taproot-db/taproot/rootcoord/ddl"
)

// The statements of this file change one collection, which may be named by an alias.

// AlterCollection changes properties of a collection.
type AlterCollection struct {
	Database, Collection string
	Alteration           model.Alteration
}

func (AlterCollection) names() (statement, step string) {
	return "AlterCollection", "alterCollectionMeta"
}

func (q AlterCollection) planner(opt ddl.Options) ddl.Planner {
	return ddl.AlterCollection(q.Database, q.Collection, q.Alteration, opt)
}

// AlterField changes parameters of a field.
type AlterField struct {
	Database, Collection, Field string
	Alteration                  model.Alteration
}

func (AlterField) names() (statement, step string) { return "AlterCollectionField", "alterFieldMeta" }

func (q AlterField) planner(opt ddl.Options) ddl.Planner {
	return ddl.AlterCollectionField(q.Database, q.Collection, q.Field, q.Alteration, opt)
}

// TruncateCollection empties a collection.
type TruncateCollection struct{ Database, Collection string }

func (TruncateCollection) names() (statement, step string) {
	return "TruncateCollection", "truncateCollectionMeta"
}

func (q TruncateCollection) planner(opt ddl.Options) ddl.Planner {
	return ddl.TruncateCollection(q.Database, q.Collection, opt)
}
