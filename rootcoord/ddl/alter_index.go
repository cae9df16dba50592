package ddl

import (
	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
)

// AlterIndex sets or deletes what can be configured of an index of a collection, which may be named by an alias and must not be loaded
// (index-load-semantics §3). What is as asked for already is a no-op.
func AlterIndex(db, collection, index string, q model.Alteration, opt Options) Planner {
	return func(s *catalog.Snapshot, _ Input) (Draft, catalog.Result, error) {
		if err := q.ValidateIndexForm(); err != nil {
			return refused(err)
		}
		c, err := indexScope(s, db, collection)
		if err != nil {
			return refused(err)
		}
		switch {
		case index == "":
			return refused(errs.Invalid("index name is empty"))
		case loadWanted(c):
			return refused(errs.AlreadyLoaded(collection, "can't alter index on loaded collection, please release the collection first"))
		}
		result := catalog.Result{Database: c.Database, Collection: c.ID}
		for i := range c.Indexes() {
			if i.Name != index {
				continue
			}
			altered, err := q.ApplyIndex(i)
			switch {
			case err != nil:
				return refused(err)
			case altered.Equal(i):
				return unchanged(s, result)
			}
			return change(s, result, writeIndex(s, c, altered, opt, false)...)
		}
		return refused(errs.NoIndex(index))
	}
}
