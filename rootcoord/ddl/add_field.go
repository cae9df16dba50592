package ddl

import (
	"cmp"
	"slices"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
)

// AddCollectionField adds a field to a collection, which may be named by an alias and may hold rows: in these the field is null, or has
// its default value (ddl-semantics §4.8). With a function, which may be nil, it comes together with what fills it. It is no no-op to add a
// field that is there. The field and the function must not change while the planner is in use.
func AddCollectionField(db, collection string, f *model.Field, fn *model.Function, opt Options) Planner {
	return AddIndexedField(db, collection, f, fn, nil, opt)
}

// AddIndexedField is AddCollectionField for a field that comes with an index, if that is not nil. Both come, or neither.
func AddIndexedField(
	db, collection string, f *model.Field, fn *model.Function, index *model.IndexSpec, opt Options,
) Planner {
	return func(s *catalog.Snapshot, in Input) (Draft, catalog.Result, error) {
		a, err := alter(s, db, collection, errs.CannotFindCollection)
		if err != nil {
			return refused(err)
		}
		schema := a.old.Schema()
		if err := schema.ValidateAddField(f, fn, opt.Limits); err != nil {
			return refused(err)
		}
		zone, _ := model.FindProperty(a.own.Properties, model.TimezoneProperty)
		added := *f
		added.ID, added.Extra = a.newFieldIDs(1), ""
		added.FunctionOutput = fn != nil
		added.Default = model.StoredDefault(f, zone)
		a.putField(&added)
		if fn != nil {
			a.putFunction(fn, nextFunctionID(schema.Functions), append(schema.Fields, &added))
		}
		if index != nil {
			if err := a.addIndex(s, in, &added, fn, *index, opt); err != nil {
				return refused(err)
			}
		}
		return a.draft(s, in)
	}
}

// addIndex indexes a field that is being added.
func (a *alteration) addIndex(
	s *catalog.Snapshot, in Input, added *model.Field, fn *model.Function, q model.IndexSpec, opt Options,
) error {
	if d, _ := s.DatabaseByID(a.old.Database); d != nil {
		if err := denied(d, denyIndex); err != nil {
			return err
		}
	}
	schema := a.old.Schema()
	schema.Fields = append(schema.Fields, added)
	if fn != nil {
		schema.Functions = append(schema.Functions, fn)
	}
	q.Field = added.Name
	index, err := placeIndex(a.old, schema, q, opt)
	if err != nil || index == nil {
		return err
	}
	index.ID, index.Created = a.next, in.Now
	a.next++
	a.changes = append(a.changes, writeIndex(s, a.old, index, opt, false)...)
	return nil
}

// AddCollectionStructField adds a struct field to a collection, which may be named by an alias and may hold rows, in which it is null.
func AddCollectionStructField(db, collection string, f *model.StructField, opt Options) Planner {
	return func(s *catalog.Snapshot, in Input) (Draft, catalog.Result, error) {
		a, err := alter(s, db, collection, errs.CannotFindCollection)
		if err != nil {
			return refused(err)
		}
		if err := a.old.Schema().ValidateAddStructField(f, opt.Limits); err != nil {
			return refused(err)
		}
		a.changes = append(a.changes, catalog.PutStructField(a.old.ID, f.Stored(a.newFieldIDs(1+len(f.Fields)))))
		return a.draft(s, in)
	}
}

// DropCollectionField drops a field, or a whole struct field, by its name or, where that is empty, by its id; or, if function names one,
// that function with the fields it fills. What does not exist is refused.
func DropCollectionField(db, collection, field string, id model.ID, function string, opt Options) Planner {
	return func(s *catalog.Snapshot, in Input) (Draft, catalog.Result, error) {
		a, err := alter(s, db, collection, errs.NoCollection)
		if err != nil {
			return refused(err)
		}
		var gone model.Removal
		if schema := a.old.Schema(); function != "" {
			gone, err = schema.DropFunctionField(function)
		} else {
			gone, err = schema.DropField(field, id)
		}
		if err != nil {
			return refused(err)
		}
		a.keepFieldID(a.highestFieldID())
		for _, f := range gone.Fields {
			a.drop(catalog.FieldRef(a.old.ID, f))
		}
		if gone.Struct != nil {
			a.drop(catalog.StructFieldRef(a.old.ID, gone.Struct))
		}
		if gone.Function != nil {
			a.drop(catalog.FunctionRef(a.old.ID, gone.Function))
		}
		a.changes = append(a.changes, removeIndexesOf(s, a.old, opt, gone)...)
		return a.draft(s, in)
	}
}

func (a *alteration) drop(r catalog.Ref) { a.changes = append(a.changes, catalog.Delete(r)) }

// putFunction writes a function as it is stored: with an id, and the ids of the fields it reads and fills.
func (a *alteration) putFunction(fn *model.Function, id model.ID, fields []*model.Field) *model.Function {
	own := *fn
	own.ID, own.Extra = id, ""
	own.InputIDs, own.OutputIDs = ids(fields, fn.Inputs), ids(fields, fn.Outputs)
	a.changes = append(a.changes, catalog.PutFunction(a.old.ID, &own))
	return &own
}

func ids(fields []*model.Field, names []string) []model.ID {
	out := make([]model.ID, len(names))
	for i, name := range names {
		out[i] = named(fields, name).ID
	}
	return out
}

func nextFunctionID(functions []*model.Function) model.ID {
	if len(functions) == 0 {
		return model.FirstFunctionID
	}
	highest := slices.MaxFunc(functions, func(a, b *model.Function) int { return cmp.Compare(a.ID, b.ID) })
	return max(highest.ID+1, model.FirstFunctionID)
}
