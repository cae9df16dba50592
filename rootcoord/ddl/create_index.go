package ddl

import (
	"slices"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
)

// CreateIndex indexes a field of a collection, which may be named by an alias and may be loaded (index-load-semantics §2). What is as
// asked for already is a no-op.
func CreateIndex(db, collection string, q model.IndexSpec, opt Options) Planner {
	return func(s *catalog.Snapshot, in Input) (Draft, catalog.Result, error) {
		c, err := indexScope(s, db, collection)
		if err != nil {
			return refused(err)
		}
		index, err := placeIndex(c, c.Schema(), q, opt)
		if err != nil {
			return refused(err)
		}
		result := catalog.Result{Database: c.Database, Collection: c.ID}
		if index == nil {
			return unchanged(s, result)
		}
		index.ID, index.Created = s.NextID(), in.Now
		return Draft{Changes: writeIndex(s, c, index, opt, false), NextID: index.ID + 1}, result, nil
	}
}

// placeIndex returns the index that is asked for, less its id and time, or nil if there is the same one. The schema may be that of the
// collection as it will be.
func placeIndex(c *catalog.Collection, schema *model.Schema, q model.IndexSpec, opt Options) (*model.Index, error) {
	proposed, err := schema.NewIndex(q, opt.Limits)
	if err != nil {
		return nil, err
	}
	same, err := proposed.Place(slices.Collect(c.Indexes()))
	if err != nil || same != nil {
		return nil, err
	}
	proposed.Index.Collection = c.ID
	return proposed.Index, nil
}
