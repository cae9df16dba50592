package ddl

import (
	"time"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
)

// CreateDatabase adds a database. One of that name is an error, also if it is equal: Milvus has it so, and clients rely
// on it to learn whether a name was free (ddl-semantics §7). The name is looked at before the limit.
func CreateDatabase(name string, properties []model.Property, opt Options) Planner {
	return func(s *catalog.Snapshot, in Input) (Draft, catalog.Result, error) {
		if err := model.ValidateCreateDatabase(name, properties, opt.Limits); err != nil {
			return refused(err)
		}
		if _, exists := s.Database(name); exists {
			return refused(errs.Invalid("database already exist: %s", name))
		}
		// The default database counts, and the limit may be passed by one: so there is room for that many beside it.
		if s.CountDatabases() > opt.Limits.MaxDatabases {
			return refused(errs.TooManyDatabases(opt.Limits.MaxDatabases))
		}
		d := &model.Database{
			ID: s.NextID(), Name: name, State: model.DatabaseCreated,
			Created:    uint64(in.Now.Millis()) * uint64(time.Millisecond),
			Properties: properties,
		}
		return Draft{Changes: []catalog.Change{catalog.PutDatabase(d)}, NextID: d.ID + 1}, catalog.Result{Database: d.ID}, nil
	}
}
