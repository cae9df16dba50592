package ddl

import (
	"slices"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
)

// AlterCollection sets or deletes properties of a collection, which may be named by an alias; a few keys stand for its description,
// its consistency level and its dynamic field (ddl-semantics §4.6). What is as asked for already is a no-op.
func AlterCollection(db, collection string, q model.Alteration, opt Options) Planner {
	return func(s *catalog.Snapshot, in Input) (Draft, catalog.Result, error) {
		if err := q.ValidateForm(); err != nil {
			return refused(err)
		}
		a, err := alter(s, db, collection, errs.NoCollection)
		if err != nil {
			return refused(err)
		}
		if _, loaded := a.old.Load(); loaded {
			if err := q.CheckLoaded(collection); err != nil {
				return refused(err)
			}
		}
		schema := a.old.Schema()
		if err := q.Validate(schema, opt.Limits); err != nil {
			return refused(err)
		}
		if err := q.ValidateIndexed(schema, slices.Collect(a.old.Indexes())); err != nil {
			return refused(err)
		}
		a.own = *q.Apply(a.old.Collection)
		if a.own.DynamicField && !a.old.DynamicField {
			f := *dynamicField
			f.ID = a.newFieldIDs(1)
			a.putField(&f)
		}
		a.adjustLoad(s, opt)
		return a.draft(s, in)
	}
}
