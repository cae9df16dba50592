package ddl

import (
	"slices"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
)

// ReleaseCollection takes back what was asked to be loaded of a collection, which may be named by an alias, and forgets why the last load
// failed. One that is not loaded is a no-op (index-load-semantics §4.3).
func ReleaseCollection(db, collection string, opt Options) Planner {
	return func(s *catalog.Snapshot, _ Input) (Draft, catalog.Result, error) {
		l, err := loadScope(s, db, collection, opt)
		if err != nil {
			return refused(err)
		}
		return l.release()
	}
}

// ReleasePartitions takes back what was asked to be loaded of some partitions of a collection, which may be named by an alias. Those that are
// not loaded do not matter. The last one releases the collection (index-load-semantics §4.3).
func ReleasePartitions(db, collection string, partitions []string, opt Options) Planner {
	return func(s *catalog.Snapshot, _ Input) (Draft, catalog.Result, error) {
		if err := model.ValidateCollectionName(collection, opt.Limits); err != nil {
			return refused(err)
		}
		_, c, err := partitionScope(s, db, collection, "disable release partitions if partition key mode is used")
		if err != nil {
			return refused(err)
		}
		if err := damaged(s, c); err != nil {
			return refused(err)
		}
		gone, err := partitionsNamed(c, partitions)
		if err != nil {
			return refused(err)
		}
		if len(gone) == 0 {
			return refused(errs.InvalidExpected("any partition", "empty partition list", ""))
		}
		return newLoading(s, c, opt).releasePartitions(gone)
	}
}

// release is the plan that leaves nothing loaded.
func (l *loading) release() (Draft, catalog.Result, error) {
	found := catalog.Result{Database: l.c.Database, Collection: l.c.ID}
	changes := released(l.c)
	if len(changes) == 0 {
		return unchanged(l.s, found)
	}
	return change(l.s, found, changes...)
}

// released are the changes that delete all there is of a load.
func released(c *catalog.Collection) []catalog.Change {
	var changes []catalog.Change
	if _, loaded := c.Load(); loaded {
		changes = append(changes, catalog.Delete(catalog.LoadRef(c.ID)))
	}
	for p := range c.PartitionLoads() {
		changes = append(changes, catalog.Delete(catalog.PartitionLoadRef(p)))
	}
	for r := range c.Replicas() {
		changes = append(changes, catalog.Delete(catalog.ReplicaRef(r)))
	}
	if _, reported := c.LoadReport(); reported {
		changes = append(changes, catalog.Delete(catalog.LoadReportRef(c.ID)))
	}
	return changes
}

func (l *loading) releasePartitions(gone []model.ID) (Draft, catalog.Result, error) {
	if l.old == nil {
		return l.release() // of what is left of a load that failed
	}
	var changes []catalog.Change
	left, waiting := 0, false
	for p := range l.c.PartitionLoads() {
		if _, found := slices.BinarySearch(gone, p.Partition); found {
			changes = append(changes, catalog.Delete(catalog.PartitionLoadRef(p)))
			continue
		}
		left++
		waiting = waiting || p.Status != model.Loaded
	}
	found := catalog.Result{Database: l.c.Database, Collection: l.c.ID}
	switch {
	case left == 0:
		return l.release()
	case len(changes) == 0:
		return unchanged(l.s, found)
	}
	if r, reported := l.c.LoadReport(); l.opt.Limits.ExternalDataPlane && reported && l.old.Status == model.Loading && !waiting {
		// Only what is released was still being loaded: nobody will report of the rest, which has been reported before.
		done, next := *r, *l.old
		done.State, next.Status = model.ReportDone, model.Loaded
		changes = append(changes, catalog.PutLoad(&next), catalog.PutLoadReport(&done))
	}
	return change(l.s, found, changes...)
}
