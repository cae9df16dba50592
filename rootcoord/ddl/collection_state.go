package ddl

import (
	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
)

// FinishCreate makes a collection visible that was written in state Creating. A collection that is visible already is a
// no-op; one that was given up in the meantime is not found.
func FinishCreate(collection model.ID) Planner {
	return func(s *catalog.Snapshot, _ Input) (Draft, catalog.Result, error) {
		c, ok := stored(s, collection)
		if !ok {
			return refused(errs.NoCollectionID(collection))
		}
		found := catalog.Result{Database: c.Database, Collection: c.ID}
		if c.State == model.Created {
			return unchanged(s, found)
		}
		done := *c
		done.State = model.Created
		return change(s, found, catalog.PutCollection(&done))
	}
}

// MarkDropping gives up a collection in state Creating: its pipeline failed for good, or its leader is gone. It is the one
// way back. A collection that is visible is left alone, since its creator may have been told of it; that, and one that
// does not exist, is a no-op.
func MarkDropping(collection model.ID) Planner {
	return func(s *catalog.Snapshot, in Input) (Draft, catalog.Result, error) {
		c, ok := stored(s, collection)
		if !ok {
			return unchanged(s, catalog.Result{})
		}
		found := catalog.Result{Database: c.Database, Collection: c.ID}
		if c.State != model.Creating {
			return unchanged(s, found)
		}
		return change(s, found, dropping(c, in.Now))
	}
}

// stored returns a collection's own record, whether it is visible or being created.
func stored(s *catalog.Snapshot, id model.ID) (*model.Collection, bool) {
	c, ok := s.Find(id)
	if !ok {
		return nil, false
	}
	return c.Collection, true
}
