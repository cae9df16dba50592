package steps

import "github.com/taproot-db/taproot/rootcoord/ddl"

// What each statement is about, for preconditions: one line for each.

func (q CreateCollection) object() ddl.Object { return ddl.CollectionObject(q.Database, q.Spec.Name) }

func (q DropCollection) object() ddl.Object { return ddl.CollectionObject(q.Database, q.Name) }

func (q CreatePartition) object() ddl.Object {
	return ddl.PartitionObject(q.Database, q.Collection, q.Name)
}

func (q DropPartition) object() ddl.Object {
	return ddl.PartitionObject(q.Database, q.Collection, q.Name)
}
