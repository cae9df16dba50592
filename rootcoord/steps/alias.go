package steps

import "github.com/taproot-db/taproot/rootcoord/ddl"

// CreateAlias gives a collection another name.
type CreateAlias struct{ Database, Collection, Alias string }

func (CreateAlias) names() (statement, step string) { return "CreateAlias", "addAliasMeta" }

func (q CreateAlias) planner(opt ddl.Options) ddl.Planner {
	return ddl.CreateAlias(q.Database, q.Collection, q.Alias, opt)
}

// AlterAlias points an alias to another collection.
type AlterAlias struct{ Database, Collection, Alias string }

func (AlterAlias) names() (statement, step string) { return "AlterAlias", "alterAliasMeta" }

func (q AlterAlias) planner(opt ddl.Options) ddl.Planner {
	return ddl.AlterAlias(q.Database, q.Collection, q.Alias, opt)
}

// DropAlias removes an alias.
type DropAlias struct{ Database, Alias string }

func (DropAlias) names() (statement, step string) { return "DropAlias", "dropAliasMeta" }

func (q DropAlias) planner(ddl.Options) ddl.Planner { return ddl.DropAlias(q.Database, q.Alias) }
