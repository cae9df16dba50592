package steps

import "github.com/taproot-db/taproot/rootcoord/ddl"

// CreatePartition asks for a partition of a collection, which may be named by an alias.
type CreatePartition struct{ Database, Collection, Name string }

func (CreatePartition) names() (statement, step string) { return "CreatePartition", "addPartitionMeta" }

func (q CreatePartition) planner(opt ddl.Options) ddl.Planner {
	return ddl.CreatePartition(q.Database, q.Collection, q.Name, opt)
}

// DropPartition drops a partition of a collection, which may be named by an alias.
type DropPartition struct{ Database, Collection, Name string }

func (DropPartition) names() (statement, step string) { return "DropPartition", "dropPartitionMeta" }

func (q DropPartition) planner(opt ddl.Options) ddl.Planner {
	return ddl.DropPartition(q.Database, q.Collection, q.Name, opt)
}
