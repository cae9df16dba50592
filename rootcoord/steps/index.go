package steps

import (
	"github.com/taproot-db/taproot/metastore/model"
	"github.com/taproot-db/taproot/rootcoord/ddl"
)

// The statements of this file are about the indexes of one collection, which may be named by an alias.

// CreateIndex asks for an index of a field.
type CreateIndex struct {
	Database, Collection string
	Index                model.IndexSpec
}

func (CreateIndex) names() (statement, step string) { return "CreateIndex", "addIndexMeta" }

func (q CreateIndex) planner(opt ddl.Options) ddl.Planner {
	return ddl.CreateIndex(q.Database, q.Collection, q.Index, opt)
}

// AlterIndex sets or deletes what can be configured of an index.
type AlterIndex struct {
	Database, Collection, Index string
	Alteration                  model.Alteration
}

func (AlterIndex) names() (statement, step string) { return "AlterIndex", "alterIndexMeta" }

func (q AlterIndex) planner(opt ddl.Options) ddl.Planner {
	return ddl.AlterIndex(q.Database, q.Collection, q.Index, q.Alteration, opt)
}

// DropIndex drops an index; the only one there is where no name is given.
type DropIndex struct{ Database, Collection, Index string }

func (DropIndex) names() (statement, step string) { return "DropIndex", "dropIndexMeta" }

func (q DropIndex) planner(opt ddl.Options) ddl.Planner {
	return ddl.DropIndex(q.Database, q.Collection, q.Index, opt)
}
