package steps

import (
	"github.com/taproot-db/taproot/metastore/model"
	"github.com/taproot-db/taproot/rootcoord/ddl"
)

// CreateCollection asks for a collection.
type CreateCollection struct {
	Database string
	Spec     *model.CollectionSpec
}

func (CreateCollection) names() (statement, step string) {
	return "CreateCollection", "addCollectionMeta"
}

func (q CreateCollection) planner(opt ddl.Options) ddl.Planner {
	return ddl.CreateCollection(q.Database, q.Spec, opt)
}

// DropCollection drops a collection by its real name.
type DropCollection struct{ Database, Name string }

func (DropCollection) names() (statement, step string) { return "DropCollection", "dropCollectionMeta" }

func (q DropCollection) planner(ddl.Options) ddl.Planner {
	return ddl.DropCollection(q.Database, q.Name)
}
