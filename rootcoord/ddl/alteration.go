package ddl

import (
	"strconv"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
)

// alteration is a collection on its way to another form: its own record as it will be, and those that belong to it and change. Only
// these are written (decisions 32).
type alteration struct {
	old     *catalog.Collection
	own     model.Collection
	changes []catalog.Change // of what belongs to the collection; any of them changes the schema
	beside  []catalog.Change // of what belongs to the collection and is no part of its schema
	next    model.ID         // the id counter
}

// alter finds the collection of a statement that changes it, by its name or an alias. notFound words the refusal.
func alter(s *catalog.Snapshot, db, collection string, notFound func(db, collection string) error) (*alteration, error) {
	d, ok := database(s, db)
	if !ok {
		return nil, errs.NoDatabase(databaseName(db))
	}
	if err := denied(d, denyCollectionDDL); err != nil {
		return nil, err
	}
	c, ok := s.Resolve(d.ID, collection)
	if !ok {
		return nil, notFound(d.Name, collection)
	}
	if err := damaged(s, c); err != nil {
		return nil, err
	}
	return &alteration{old: c, own: *c.Collection, next: s.NextID()}, nil
}

// draft is the plan. Without any difference it is a no-op, and the collection keeps its update timestamp.
func (a *alteration) draft(s *catalog.Snapshot, in Input) (Draft, catalog.Result, error) {
	result := catalog.Result{Database: a.old.Database, Collection: a.old.ID}
	if len(a.changes) == 0 && len(a.beside) == 0 && a.own.Equal(a.old.Collection) {
		return unchanged(s, result)
	}
	if len(a.changes) > 0 {
		a.own.SchemaVersion++
	}
	a.own.Updated = in.Now
	changes := append([]catalog.Change{catalog.PutCollection(&a.own)}, a.changes...)
	return Draft{Changes: append(changes, a.beside...), NextID: a.next}, result, nil
}

func (a *alteration) putField(f *model.Field) {
	a.changes = append(a.changes, catalog.PutField(a.old.ID, f))
}

// highestFieldID is the highest id that a field of the collection has, or is known to have had. Ids are never used again: data of a
// dropped field may lie about for long.
func (a *alteration) highestFieldID() model.ID {
	highest := model.FirstFieldID
	for f := range a.old.Fields() {
		highest = max(highest, f.ID)
	}
	for f := range a.old.StructFields() {
		highest = max(highest, f.LastID())
	}
	if text, given := model.FindProperty(a.own.Properties, model.MaxFieldIDProperty); given {
		if kept, err := strconv.ParseInt(text, 10, 64); err == nil {
			highest = max(highest, model.ID(kept))
		}
	}
	return highest
}

// keepFieldID writes down the highest id there was: after a drop the fields themselves no longer tell (decisions 10).
func (a *alteration) keepFieldID(highest model.ID) {
	a.own.Properties = model.Merge(a.own.Properties,
		[]model.Property{{Key: model.MaxFieldIDProperty, Value: strconv.FormatInt(int64(highest), 10)}}, nil)
}

// newFieldIDs takes ids for n fields, and returns the first.
func (a *alteration) newFieldIDs(n int) model.ID {
	highest := a.highestFieldID()
	a.keepFieldID(highest + model.ID(n))
	return highest + 1
}
