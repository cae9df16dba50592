package ddl

import (
	"slices"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
)

// AddCollectionFunction lets a function fill fields that are there (ddl-semantics §4.9).
func AddCollectionFunction(db, collection string, fn *model.Function, opt Options) Planner {
	return func(s *catalog.Snapshot, in Input) (Draft, catalog.Result, error) {
		if err := model.ValidateAddFunctionForm(fn); err != nil {
			return refused(err)
		}
		a, err := alter(s, db, collection, errs.NoCollection)
		if err != nil {
			return refused(err)
		}
		schema := a.old.Schema()
		if err := schema.ValidateAddFunction(fn, opt.Limits); err != nil {
			return refused(err)
		}
		a.putFunction(fn, nextFunctionID(schema.Functions), schema.Fields)
		a.fill(schema.Fields, nil, fn.Outputs)
		return a.draft(s, in)
	}
}

// AlterCollectionFunction gives the function of that name another definition, which has the same name. What is as asked for already
// is a no-op.
func AlterCollectionFunction(db, collection, name string, fn *model.Function, opt Options) Planner {
	return func(s *catalog.Snapshot, in Input) (Draft, catalog.Result, error) {
		if err := model.ValidateAlterFunctionForm(name, fn); err != nil {
			return refused(err)
		}
		a, err := alter(s, db, collection, errs.NoCollection)
		if err != nil {
			return refused(err)
		}
		schema := a.old.Schema()
		if err := schema.ValidateAlterFunction(fn, opt.Limits); err != nil {
			return refused(err)
		}
		old := schema.Functions[slices.IndexFunc(schema.Functions, func(f *model.Function) bool { return f.Name == name })]
		own := a.putFunction(fn, old.ID, schema.Fields)
		own.Extra = old.Extra
		if own.Equal(old) {
			a.changes = nil
		}
		a.fill(schema.Fields, old.Outputs, fn.Outputs)
		return a.draft(s, in)
	}
}

// DropCollectionFunction drops a function; the fields it filled stay. A function that does not exist is a no-op.
func DropCollectionFunction(db, collection, name string, _ Options) Planner {
	return func(s *catalog.Snapshot, in Input) (Draft, catalog.Result, error) {
		a, err := alter(s, db, collection, errs.NoCollection)
		if err != nil {
			return refused(err)
		}
		schema := a.old.Schema()
		fn, err := schema.ValidateDropFunction(name)
		if err != nil {
			return refused(err)
		}
		if fn != nil {
			a.drop(catalog.FunctionRef(a.old.ID, fn))
			a.fill(schema.Fields, fn.Outputs, nil)
		}
		return a.draft(s, in)
	}
}

// fill marks the fields that a function fills, and no longer those that it filled before.
func (a *alteration) fill(fields []*model.Field, before, after []string) {
	for _, f := range fields {
		filled := slices.Contains(after, f.Name)
		if (filled || slices.Contains(before, f.Name)) && f.FunctionOutput != filled {
			own := *f
			own.FunctionOutput = filled
			a.putField(&own)
		}
	}
}
