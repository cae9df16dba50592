package steps

import "github.com/taproot-db/taproot/rootcoord/ddl"

// RenameCollection gives a collection another name, another database, or both.
type RenameCollection struct{ ddl.Rename }

func (RenameCollection) names() (statement, step string) {
	return "RenameCollection", "renameCollectionMeta"
}

func (q RenameCollection) planner(opt ddl.Options) ddl.Planner {
	return ddl.RenameCollection(q.Rename, opt)
}
