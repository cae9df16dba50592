package ddl

import (
	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
)

// LoadCollection asks that a collection, which may be named by an alias, be loaded: all partitions that it has, and those it will have. One
// of which a part is loaded becomes loaded as a whole; other replicas, groups, fields or indexes than before take effect in place. What is
// as asked for already is a no-op (index-load-semantics §4.1).
func LoadCollection(db, collection string, o LoadOptions, opt Options) Planner {
	return func(s *catalog.Snapshot, _ Input) (Draft, catalog.Result, error) {
		l, err := loadScope(s, db, collection, opt)
		if err != nil {
			return refused(err)
		}
		fields, indexes, err := l.content(collection, o)
		if err != nil {
			return refused(err)
		}
		// From here on it is what Milvus's proxy has from the query coordinator, and says so.
		draft, result, err := l.whole(o, fields, indexes)
		return draft, result, errs.Calling("query coordinator LoadCollection", err)
	}
}

// loadScope finds the collection of a statement that loads or releases it as a whole.
func loadScope(s *catalog.Snapshot, db, collection string, opt Options) (*loading, error) {
	if err := model.ValidateCollectionName(collection, opt.Limits); err != nil {
		return nil, err
	}
	a, err := alter(s, db, collection, errs.NoCollection) // the same switch of the database's turns these off
	if err != nil {
		return nil, err
	}
	return newLoading(s, a.old, opt), nil
}

func (l *loading) whole(o LoadOptions, fields []model.ID, indexes []model.FieldIndex) (Draft, catalog.Result, error) {
	if o.Refresh {
		return l.refresh()
	}
	p, err := l.placement(o, l.old == nil)
	if err != nil {
		return refused(err)
	}
	w := wish{placement: p, explicit: o.explicit(), fields: fields, indexes: indexes}
	for part := range l.c.Partitions() {
		w.partitions = append(w.partitions, part.ID)
	}
	return l.draft(w)
}
