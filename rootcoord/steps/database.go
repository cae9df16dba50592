package steps

import (
	"github.com/taproot-db/taproot/metastore/model"
	"github.com/taproot-db/taproot/rootcoord/ddl"
)

// CreateDatabase asks for a database.
type CreateDatabase struct {
	Name       string
	Properties []model.Property
}

func (CreateDatabase) names() (statement, step string) { return "CreateDatabase", "addDatabaseMeta" }

func (q CreateDatabase) planner(opt ddl.Options) ddl.Planner {
	return ddl.CreateDatabase(q.Name, q.Properties, opt)
}

// DropDatabase drops a database with no collections in it.
type DropDatabase struct{ Name string }

func (DropDatabase) names() (statement, step string) { return "DropDatabase", "dropDatabaseMeta" }

func (q DropDatabase) planner(opt ddl.Options) ddl.Planner { return ddl.DropDatabase(q.Name, opt) }

// AlterDatabase sets properties of a database, or removes some.
type AlterDatabase struct {
	Name   string
	Set    []model.Property
	Remove []string
}

func (AlterDatabase) names() (statement, step string) { return "AlterDatabase", "alterDatabaseMeta" }

func (q AlterDatabase) planner(ddl.Options) ddl.Planner {
	return ddl.AlterDatabase(q.Name, q.Set, q.Remove)
}
