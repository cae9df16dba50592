package ddl

import (
	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
)

// CreatePartition adds a partition to a collection, which may be named by an alias. A partition of that name is a no-op,
// though not before the general capacity has been looked at (ddl-semantics §5.1).
func CreatePartition(db, collection, partition string, opt Options) Planner {
	return func(s *catalog.Snapshot, in Input) (Draft, catalog.Result, error) {
		if err := model.ValidateCollectionName(collection, opt.Limits); err != nil {
			return refused(err)
		}
		d, c, err := partitionScope(s, db, collection, "disable create partition if partition key mode is used")
		if err != nil {
			return refused(err)
		}
		if err := model.ValidatePartitionName(partition, opt.Limits); err != nil {
			return refused(err)
		}
		if err := damaged(s, c); err != nil {
			return refused(err)
		}
		if err := capacity(s, int64(c.Shards), opt.Limits); err != nil {
			return refused(err)
		}
		if p, exists := c.Partition(partition); exists {
			return unchanged(s, catalog.Result{Database: d.ID, Collection: c.ID, Partition: p.ID})
		}
		if n := c.CountPartitions(); n >= opt.Limits.MaxPartitions {
			return refused(errs.Invalid("partition number (%d) exceeds max configuration (%d), collection: %s",
				n, opt.Limits.MaxPartitions, collection))
		}
		p := &model.Partition{ID: s.NextID(), Collection: c.ID, Name: partition, Created: in.Now, State: model.Created}
		changes := append([]catalog.Change{catalog.PutPartition(p)}, loadNew(c, p, opt)...)
		return Draft{Changes: changes, NextID: p.ID + 1},
			catalog.Result{Database: d.ID, Collection: c.ID, Partition: p.ID}, nil
	}
}
