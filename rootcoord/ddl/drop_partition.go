package ddl

import (
	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
)

// DropPartition marks a partition Dropping: it is gone from the Snapshot and its name is free; the purge removes the key
// later. A missing partition is a no-op, a missing collection is not (ddl-semantics §5.2). The default partition cannot be
// dropped, which is decided before anything is looked up.
func DropPartition(db, collection, partition string, opt Options) Planner {
	return func(s *catalog.Snapshot, _ Input) (Draft, catalog.Result, error) {
		if err := model.ValidateCollectionName(collection, opt.Limits); err != nil {
			return refused(err)
		}
		if partition == opt.Limits.DefaultPartition {
			return refused(errs.Invalid("default partition cannot be deleted"))
		}
		d, c, err := partitionScope(s, db, collection, "disable drop partition if partition key mode is used")
		if err != nil {
			return refused(err)
		}
		if err := model.ValidatePartitionName(partition, opt.Limits); err != nil {
			return refused(err)
		}
		if err := damaged(s, c); err != nil {
			return refused(err)
		}
		found := catalog.Result{Database: d.ID, Collection: c.ID}
		p, exists := c.Partition(partition)
		if !exists {
			return unchanged(s, found)
		}
		found.Partition = p.ID
		if _, loaded := c.PartitionLoad(p.ID); loaded {
			return refused(errs.Invalid("partition cannot be dropped, partition is loaded, please release it first"))
		}
		gone := *p
		gone.State = model.Dropping
		return change(s, found, catalog.PutPartition(&gone))
	}
}
