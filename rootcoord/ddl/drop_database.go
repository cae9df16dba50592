package ddl

import (
	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
)

// DropDatabase deletes the record of a database with nothing visible in it; a missing one is a no-op. Collections that
// are Dropping have left the Snapshot and are purged whether their database is there or not. Those being created do not
// hold the database, as in Milvus: they are given up in the same change set, so that none can appear in no database.
func DropDatabase(name string, opt Options) Planner {
	return func(s *catalog.Snapshot, in Input) (Draft, catalog.Result, error) {
		if err := model.ValidateDatabaseName(name, opt.Limits); err != nil {
			return refused(err)
		}
		if name == model.DefaultDatabase {
			return refused(errs.Invalid("can not drop default database"))
		}
		d, ok := s.Database(name)
		if !ok {
			return unchanged(s, catalog.Result{})
		}
		if err := denied(d, denyDDL); err != nil {
			return refused(err)
		}
		if s.CountCollections(d.ID) > 0 {
			return refused(errs.Invalid("database:%s not empty, must drop all collections before drop database", name))
		}
		if err := damagedDatabase(s, d); err != nil {
			return refused(err)
		}
		var changes []catalog.Change
		for c := range s.Unfinished() {
			if c.Database == d.ID {
				changes = append(changes, dropping(c.Collection, in.Now))
			}
		}
		return change(s, catalog.Result{Database: d.ID}, append(changes, catalog.Delete(catalog.DatabaseRef(d)))...)
	}
}

// damagedDatabase refuses to drop a database in which there is a record that could not be read: it may be a collection that
// somebody can repair, and without its database nobody could ever reach it again.
func damagedDatabase(s *catalog.Snapshot, d *model.Database) error {
	for _, q := range s.Quarantine() {
		if q.Ref.Parent != d.ID || q.Ref.Kind != catalog.KindCollection && q.Ref.Kind != catalog.KindAlias {
			continue
		}
		return errs.Internal.New("database " + d.Name + " holds a damaged record, " + nameOf(q) + " (" + q.Reason + "); it can only be dropped when that is repaired or removed")
	}
	return nil
}
