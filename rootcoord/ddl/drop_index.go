package ddl

import (
	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
)

// DropIndex drops an index of a collection, which may be named by an alias; the only one there is where no name is given. One that does
// not exist is a no-op. Of a loaded collection only indexes of scalar fields can be dropped (index-load-semantics §3).
func DropIndex(db, collection, index string, opt Options) Planner {
	return func(s *catalog.Snapshot, _ Input) (Draft, catalog.Result, error) {
		c, err := indexScope(s, db, collection)
		if err != nil {
			return refused(err)
		}
		var found *model.Index
		for i := range c.Indexes() {
			switch {
			case index != "" && i.Name != index:
			case found != nil:
				return refused(errs.ManyIndexes(index))
			default:
				found = i
			}
		}
		result := catalog.Result{Database: c.Database, Collection: c.ID}
		switch {
		case found == nil:
			return unchanged(s, result)
		case loadWanted(c) && found.OfVectors(c.Schema()):
			return refused(errs.Invalid("vector index cannot be dropped on loaded collection: %d", c.ID))
		}
		return change(s, result, removeIndexes(s, c, opt, func(i *model.Index) bool { return i.ID == found.ID }, noField)...)
	}
}
