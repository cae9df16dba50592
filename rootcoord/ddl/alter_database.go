package ddl

import (
	"slices"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
)

// AlterDatabase sets properties of a database, or removes some; what changes nothing is a no-op. It is never denied by
// a property: nobody could undo that (decisions 11).
func AlterDatabase(name string, set []model.Property, remove []string) Planner {
	return func(s *catalog.Snapshot, _ Input) (Draft, catalog.Result, error) {
		if err := model.ValidateAlterDatabase(name, set, remove); err != nil {
			return refused(err)
		}
		d, ok := s.Database(name)
		if !ok {
			return refused(errs.DatabaseNotFoundWhile(name, "failed to get database by name"))
		}
		found := catalog.Result{Database: d.ID}
		next := *d
		next.Properties = model.Merge(d.Properties, set, remove)
		if slices.Equal(next.Properties, d.Properties) {
			return unchanged(s, found)
		}
		return change(s, found, catalog.PutDatabase(&next))
	}
}
