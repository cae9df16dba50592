package ddl

import (
	"cmp"
	"strconv"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
)

// Properties of a database by which an administrator switches statements off (decisions 11).
const (
	denyDDL           = "database.force.deny.ddl"
	denyCollectionDDL = "database.force.deny.collectionDDL"
	denyPartitionDDL  = "database.force.deny.partitionDDL"
)

// database returns the database of that name, the default one for the empty name.
func database(s *catalog.Snapshot, name string) (*model.Database, bool) {
	return s.Database(databaseName(name))
}

func databaseName(name string) string {
	if name == "" {
		return model.DefaultDatabase
	}
	return name
}

// denied refuses a statement that is switched off in the database, as a whole or for its group.
func denied(db *model.Database, group string) error {
	for _, p := range db.Properties {
		if p.Key != denyDDL && p.Key != group {
			continue
		}
		if on, err := strconv.ParseBool(p.Value); err == nil && on {
			return errs.Denied("access has been disabled by the administrator")
		}
	}
	return nil
}

// damaged refuses to change a collection of which a record could not be read: what is planned from the rest might
// contradict it. Only a drop goes through. Code 5, for the caller is not at fault and a retry does not help (decisions 44).
func damaged(s *catalog.Snapshot, c *catalog.Collection) error {
	found := s.Damage(c.ID)
	if len(found) == 0 {
		return nil
	}
	q := found[0]
	return errs.Internal.New("collection " + c.Name + " has a damaged record, " + nameOf(q) + " (" + q.Reason + "); it can only be dropped or repaired")
}

// nameOf names a quarantined record, by its key if that is known.
func nameOf(q catalog.Quarantined) string {
	if q.Key != "" {
		return q.Key
	}
	return q.Ref.Kind.String() + " " + cmp.Or(q.Ref.Name, strconv.FormatInt(int64(q.Ref.ID), 10))
}

// partitionScope finds the collection of a statement on a partition, by its name or an alias. refusal is what the
// statement answers in partition-key mode, where partitions are the server's own.
func partitionScope(s *catalog.Snapshot, db, collection, refusal string) (*model.Database, *catalog.Collection, error) {
	d, ok := database(s, db)
	if !ok {
		return nil, nil, errs.NoDatabase(databaseName(db))
	}
	if err := denied(d, denyPartitionDDL); err != nil {
		return nil, nil, err
	}
	c, ok := s.Resolve(d.ID, collection)
	if !ok {
		return nil, nil, errs.NoCollection(d.Name, collection)
	}
	if c.PartitionKey() {
		return nil, nil, errs.Invalid("%s", refusal)
	}
	return d, c, nil
}
