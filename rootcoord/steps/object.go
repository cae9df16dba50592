package steps

import "github.com/taproot-db/taproot/rootcoord/ddl"

// What each statement is about, for preconditions: one line for each.

func (q CreateCollection) object() ddl.Object { return ddl.CollectionObject(q.Database, q.Spec.Name) }

func (q RenameCollection) object() ddl.Object { return ddl.CollectionObject(q.Database, q.Name) }

func (q DropCollection) object() ddl.Object { return ddl.CollectionObject(q.Database, q.Name) }

func (q CreatePartition) object() ddl.Object {
	return ddl.PartitionObject(q.Database, q.Collection, q.Name)
}

func (q DropPartition) object() ddl.Object {
	return ddl.PartitionObject(q.Database, q.Collection, q.Name)
}

func (q CreateDatabase) object() ddl.Object { return ddl.DatabaseObject(q.Name) }

func (q DropDatabase) object() ddl.Object { return ddl.DatabaseObject(q.Name) }

func (q AlterDatabase) object() ddl.Object { return ddl.DatabaseObject(q.Name) }

func (q CreateAlias) object() ddl.Object { return ddl.AliasObject(q.Database, q.Alias) }

func (q AlterAlias) object() ddl.Object { return ddl.AliasObject(q.Database, q.Alias) }

func (q DropAlias) object() ddl.Object { return ddl.AliasObject(q.Database, q.Alias) }

func (q AlterCollection) object() ddl.Object { return ddl.CollectionObject(q.Database, q.Collection) }

func (q AlterField) object() ddl.Object { return ddl.CollectionObject(q.Database, q.Collection) }

func (q AddField) object() ddl.Object { return ddl.CollectionObject(q.Database, q.Collection) }

func (q AddStructField) object() ddl.Object { return ddl.CollectionObject(q.Database, q.Collection) }

func (q DropField) object() ddl.Object { return ddl.CollectionObject(q.Database, q.Collection) }

func (q AddFunction) object() ddl.Object { return ddl.CollectionObject(q.Database, q.Collection) }

func (q AlterFunction) object() ddl.Object { return ddl.CollectionObject(q.Database, q.Collection) }

func (q DropFunction) object() ddl.Object { return ddl.CollectionObject(q.Database, q.Collection) }

func (q CreateIndex) object() ddl.Object { return ddl.CollectionObject(q.Database, q.Collection) }

func (q AlterIndex) object() ddl.Object { return ddl.CollectionObject(q.Database, q.Collection) }

func (q DropIndex) object() ddl.Object { return ddl.CollectionObject(q.Database, q.Collection) }

func (q TruncateCollection) object() ddl.Object {
	return ddl.CollectionObject(q.Database, q.Collection)
}
