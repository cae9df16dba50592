package ddl

import (
	"slices"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
)

// TruncateCollection tells a data plane to forget the rows of a collection that are older than the statement: it writes the statement's
// timestamp down for each shard (ddl-semantics §4.10). The collection may be named by an alias. Nothing that describes it changes, so its
// update timestamp stays. Where a data plane is attached, the rows are its own, and whether they are gone only it could say.
func TruncateCollection(db, collection string, opt Options) Planner {
	return func(s *catalog.Snapshot, in Input) (Draft, catalog.Result, error) {
		if err := model.ValidateCollectionName(collection, opt.Limits); err != nil {
			return refused(err)
		}
		a, err := alter(s, db, collection, errs.NoCollection)
		if err != nil {
			return refused(err)
		}
		if opt.Limits.ExternalDataPlane { // decisions 27
			return refused(errs.NotImplemented("a truncation is the affair of the external data plane (dataplane.mode), which has no way to report it"))
		}
		a.own.TruncatedAt = slices.Repeat([]model.Timestamp{in.Now}, len(a.own.VirtualChannels))
		return change(s, catalog.Result{Database: a.own.Database, Collection: a.own.ID}, catalog.PutCollection(&a.own))
	}
}
