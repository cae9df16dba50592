package ddl

import (
	"slices"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
)

// AlterCollectionField changes the parameters or the description of a field, or of a struct's field, which is named struct[sub]
// (ddl-semantics §4.7). What is as asked for already is a no-op.
func AlterCollectionField(db, collection, field string, q model.Alteration, opt Options) Planner {
	return func(s *catalog.Snapshot, in Input) (Draft, catalog.Result, error) {
		a, err := alter(s, db, collection, errs.NoCollection)
		if err != nil {
			return refused(err)
		}
		f, holder := findField(a.old, field)
		if _, loaded := a.old.Load(); loaded {
			if err := q.CheckFieldLoaded(collection); err != nil {
				return refused(err)
			}
		}
		if err := q.ValidateField(field, f, opt.Limits); err != nil {
			return refused(err)
		}
		altered := q.ApplyField(f)
		switch {
		case altered.Equal(f):
		case holder == nil:
			a.putField(altered)
		default:
			st := *holder
			st.Fields = slices.Clone(holder.Fields)
			st.Fields[slices.Index(holder.Fields, f)] = altered
			if err := st.ValidateAltered(); err != nil {
				return refused(err)
			}
			a.changes = append(a.changes, catalog.PutStructField(a.old.ID, &st))
		}
		a.refreshIndexes(s, f, altered, opt)
		return a.draft(s, in)
	}
}

// refreshIndexes copies the type parameters of a field to the indexes of it, so that repeating their creation stays a no-op (decisions
// 23). What is built stays built.
func (a *alteration) refreshIndexes(s *catalog.Snapshot, f, altered *model.Field, opt Options) {
	params := model.IndexTypeParams(altered)
	if slices.Equal(params, model.IndexTypeParams(f)) {
		return
	}
	for i := range a.old.Indexes() {
		if i.Field != f.ID || slices.Equal(i.TypeParams, params) {
			continue
		}
		own := *i
		own.TypeParams = params
		a.changes = append(a.changes, writeIndex(s, a.old, &own, opt, true)...)
	}
}

// findField returns the field of that name, and the struct that it is in, if any. The fields RowID and Timestamp are not for users to
// know.
func findField(c *catalog.Collection, name string) (*model.Field, *model.StructField) {
	for f := range c.Fields() {
		if f.Name == name && f.ID >= model.FirstFieldID {
			return f, nil
		}
	}
	for st := range c.StructFields() {
		for _, f := range st.Fields {
			if f.Name == name {
				return f, st
			}
		}
	}
	return nil, nil
}
