package ddl

import (
	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
)

// LoadPartitions asks that partitions of a collection, which may be named by an alias, be loaded besides those that are. It cannot change
// the number of replicas of what is loaded. What is as asked for already is a no-op (index-load-semantics §4.2).
func LoadPartitions(db, collection string, partitions []string, o LoadOptions, opt Options) Planner {
	return func(s *catalog.Snapshot, _ Input) (Draft, catalog.Result, error) {
		if err := model.ValidateCollectionName(collection, opt.Limits); err != nil {
			return refused(err)
		}
		_, c, err := partitionScope(s, db, collection, "disable load partitions if partition key mode is used")
		if err != nil {
			return refused(err)
		}
		if err := damaged(s, c); err != nil {
			return refused(err)
		}
		l := newLoading(s, c, opt)
		w := wish{explicit: o.explicit()}
		if w.fields, w.indexes, err = l.content(collection, o); err != nil {
			return refused(err)
		}
		if w.partitions, err = partitionsNamed(c, partitions); err != nil {
			return refused(err)
		}
		if len(w.partitions) == 0 {
			return refused(errs.Invalid("failed to load partition, due to no partition specified"))
		}
		if o.Refresh {
			return l.refresh()
		}
		if w.placement, err = l.placement(o, true); err != nil {
			return refused(err)
		}
		if l.old != nil {
			if now, then := l.old.Replicas, w.placement.replicas(); now != then {
				return refused(errs.InvalidExpected(now, then, "can't change the replica number for loaded partitions"))
			}
			w.explicit = w.explicit || l.old.Explicit // one more partition does not take back what was said of all
		}
		return l.draft(w)
	}
}
