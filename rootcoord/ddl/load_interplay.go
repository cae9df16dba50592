package ddl

import (
	"slices"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
)

// What other statements do to a load, in the commit that makes it necessary (index-load-semantics §8).

// loadNew adds a partition that is being created to what is loaded of its collection, if anything is (decisions 28): by whole or by parts, it
// makes no difference since Milvus 2.6. It is empty, so the load is as far as it was before.
func loadNew(c *catalog.Collection, p *model.Partition, opt Options) []catalog.Change {
	l, loaded := c.Load()
	if !loaded {
		return nil
	}
	status := model.Loaded
	if opt.Limits.ExternalDataPlane {
		status = l.Status
	}
	return []catalog.Change{catalog.PutPartitionLoad(&model.PartitionLoad{Collection: c.ID, Partition: p.ID, Status: status})}
}

// moveLoad writes the new database of a collection into its load, if it has one (decisions 23).
func moveLoad(c *catalog.Collection, to model.ID) []catalog.Change {
	l, loaded := c.Load()
	if !loaded || l.Database == to {
		return nil
	}
	next := *l
	next.Database = to
	return []catalog.Change{catalog.PutLoad(&next)}
}

// adjustLoad makes the load follow properties of the collection that are altered. What cannot be met leaves it as it is (decisions 25).
func (a *alteration) adjustLoad(s *catalog.Snapshot, opt Options) {
	d, _ := s.DatabaseByID(a.old.Database)
	before, after := model.DefaultsOf(a.old.Collection, d), model.DefaultsOf(&a.own, d)
	if before.Replicas != after.Replicas || !slices.Equal(before.Groups, after.Groups) {
		a.beside, a.next = adjusted(s, a.old, after, opt)
	}
}
