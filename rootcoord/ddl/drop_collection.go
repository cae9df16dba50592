package ddl

import (
	"strings"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
)

// DropCollection marks a collection Dropping: with its fields and partitions it is gone from the Snapshot and its name is
// free; the purge removes the keys later. What does not exist, collection or database, is a no-op. An alias is not a name
// to drop by, and a collection that has aliases stays (ddl-semantics §4.1): none can be left pointing nowhere.
func DropCollection(db, name string) Planner {
	return func(s *catalog.Snapshot, in Input) (Draft, catalog.Result, error) {
		d, ok := database(s, db)
		if !ok {
			return unchanged(s, catalog.Result{})
		}
		if err := denied(d, denyCollectionDDL); err != nil {
			return refused(err)
		}
		if _, alias := s.Alias(d.ID, name); alias {
			return refused(errs.Invalid("cannot drop the collection via alias = %s", name))
		}
		c, ok := s.Collection(d.ID, name)
		if !ok {
			return unchanged(s, catalog.Result{Database: d.ID})
		}
		if aliases := c.Aliases(); len(aliases) > 0 {
			return refused(errs.Invalid("unable to drop the collection [%s] because it has associated aliases [%s], "+
				"please remove all aliases before dropping the collection", name, strings.Join(aliases, " ")))
		}
		return change(s, catalog.Result{Database: d.ID, Collection: c.ID}, dropping(c.Collection, in.Now))
	}
}

// dropping is the only change that a drop needs: children leave the Snapshot with their collection.
func dropping(c *model.Collection, now model.Timestamp) catalog.Change {
	gone := *c
	gone.State, gone.Updated = model.Dropping, now
	return catalog.PutCollection(&gone)
}
