package steps

import "github.com/taproot-db/taproot/rootcoord/ddl"

// The statements of this file load and release one collection, which may be named by an alias.

// LoadCollection asks that a collection be loaded.
type LoadCollection struct {
	Database, Collection string
	Options              ddl.LoadOptions
}

func (LoadCollection) names() (statement, step string) { return "LoadCollection", "addLoadMeta" }

func (q LoadCollection) planner(opt ddl.Options) ddl.Planner {
	return ddl.LoadCollection(q.Database, q.Collection, q.Options, opt)
}

func (q LoadCollection) object() ddl.Object { return ddl.CollectionObject(q.Database, q.Collection) }

// LoadPartitions asks that partitions be loaded, besides those that are.
type LoadPartitions struct {
	Database, Collection string
	Partitions           []string
	Options              ddl.LoadOptions
}

func (LoadPartitions) names() (statement, step string) { return "LoadPartitions", "addLoadMeta" }

func (q LoadPartitions) planner(opt ddl.Options) ddl.Planner {
	return ddl.LoadPartitions(q.Database, q.Collection, q.Partitions, q.Options, opt)
}

func (q LoadPartitions) object() ddl.Object { return ddl.CollectionObject(q.Database, q.Collection) }

// ReleaseCollection takes back what was asked to be loaded.
type ReleaseCollection struct{ Database, Collection string }

func (ReleaseCollection) names() (statement, step string) {
	return "ReleaseCollection", "dropLoadMeta"
}

func (q ReleaseCollection) planner(opt ddl.Options) ddl.Planner {
	return ddl.ReleaseCollection(q.Database, q.Collection, opt)
}

func (q ReleaseCollection) object() ddl.Object {
	return ddl.CollectionObject(q.Database, q.Collection)
}

// ReleasePartitions takes back what was asked to be loaded of some partitions.
type ReleasePartitions struct {
	Database, Collection string
	Partitions           []string
}

func (ReleasePartitions) names() (statement, step string) {
	return "ReleasePartitions", "dropLoadMeta"
}

func (q ReleasePartitions) planner(opt ddl.Options) ddl.Planner {
	return ddl.ReleasePartitions(q.Database, q.Collection, q.Partitions, opt)
}

func (q ReleasePartitions) object() ddl.Object {
	return ddl.CollectionObject(q.Database, q.Collection)
}
