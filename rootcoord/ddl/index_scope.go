package ddl

import (
	"slices"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
)

// denyIndex switches the statements on indexes off in a database (decisions 11).
const denyIndex = "database.force.deny.index"

// indexScope finds the collection of a statement on an index, by its name or an alias.
func indexScope(s *catalog.Snapshot, db, collection string) (*catalog.Collection, error) {
	d, ok := database(s, db)
	if !ok {
		return nil, errs.NoDatabase(databaseName(db))
	}
	if err := denied(d, denyIndex); err != nil {
		return nil, err
	}
	c, ok := s.Resolve(d.ID, collection)
	if !ok {
		return nil, errs.NoCollection(d.Name, collection)
	}
	if err := damaged(s, c); err != nil {
		return nil, err
	}
	return c, nil
}

// loadWanted reports whether the collection counts as loaded: it does as soon as it, or any of its partitions, is to be (decisions 18).
func loadWanted(c *catalog.Collection) bool {
	_, wanted := c.Load()
	return wanted || c.CountPartitionLoads() > 0
}

// writeIndex writes an index of c whose spec is new or another: what a data plane has said of it before, it has not said of this one. done
// keeps what it said all the same, where it is not the data plane's affair what changed.
func writeIndex(s *catalog.Snapshot, c *catalog.Collection, i *model.Index, opt Options, done bool) []catalog.Change {
	changes := []catalog.Change{catalog.PutIndex(i)}
	old, reported := c.IndexReport(i.ID)
	switch {
	case opt.Limits.ExternalDataPlane:
		r := &model.IndexReport{Collection: c.ID, Index: i.ID}
		if reported && done {
			own := *old
			r = &own
		}
		r.Spec = uint64(s.Revision()) + 1
		changes = append(changes, catalog.PutIndexReport(r))
	case reported:
		// From a time when there was a data plane; should it come back, it will say so again.
		changes = append(changes, catalog.Delete(catalog.IndexReportRef(c.ID, i.ID)))
	}
	return changes
}

// removeIndexes deletes indexes of c, what was reported of them, and their places, and those of fields that go with them, in what is to be
// loaded (decisions 22). That the collection is to be loaded, and how far it is, does not change with it.
func removeIndexes(
	s *catalog.Snapshot, c *catalog.Collection, opt Options, gone func(*model.Index) bool, fieldGone func(model.ID) bool,
) []catalog.Change {
	var changes []catalog.Change
	var ids []model.ID
	for i := range c.Indexes() {
		if !gone(i) {
			continue
		}
		ids = append(ids, i.ID)
		changes = append(changes, catalog.Delete(catalog.IndexRef(i)))
		if _, reported := c.IndexReport(i.ID); reported {
			changes = append(changes, catalog.Delete(catalog.IndexReportRef(c.ID, i.ID)))
		}
	}
	load, wanted := c.Load()
	if !wanted {
		return changes
	}
	n := *load
	n.FieldIndexes = slices.DeleteFunc(slices.Clone(load.FieldIndexes), func(fi model.FieldIndex) bool {
		return slices.Contains(ids, fi.Index) || fieldGone(fi.Field)
	})
	n.Fields = slices.DeleteFunc(slices.Clone(load.Fields), fieldGone)
	if n.Equal(load) {
		return changes
	}
	changes = append(changes, catalog.PutLoad(&n))
	if r, reported := c.LoadReport(); reported && opt.Limits.ExternalDataPlane {
		own := *r
		own.Spec = uint64(s.Revision()) + 1
		changes = append(changes, catalog.PutLoadReport(&own))
	}
	return changes
}

// removeIndexesOf is removeIndexes for all indexes of fields that go.
func removeIndexesOf(s *catalog.Snapshot, c *catalog.Collection, opt Options, gone model.Removal) []catalog.Change {
	fields := gone.Fields
	if gone.Struct != nil {
		fields = append(slices.Clone(fields), gone.Struct.Fields...)
	}
	fieldGone := func(id model.ID) bool {
		return gone.Struct != nil && gone.Struct.ID == id || slices.ContainsFunc(fields, func(f *model.Field) bool { return f.ID == id })
	}
	return removeIndexes(s, c, opt, func(i *model.Index) bool { return fieldGone(i.Field) }, fieldGone)
}

// noField is for indexes that go while their fields stay.
func noField(model.ID) bool { return false }
