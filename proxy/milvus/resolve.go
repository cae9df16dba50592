package milvus

import (
	"fmt"
	"strings"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
)

// database returns the database of that name, or a refusal with code 800.
func database(snap *catalog.Snapshot, name string) (*model.Database, error) {
	if db, ok := snap.Database(name); ok {
		return db, nil
	}
	return nil, errs.NoDatabase(name)
}

// collection returns the collection that a name, its own or an alias, stands for, or a refusal with code 800 or 100.
func collection(snap *catalog.Snapshot, dbName, name string) (*catalog.Collection, error) {
	db, err := database(snap, dbName)
	if err != nil {
		return nil, err
	}
	c, ok := snap.Resolve(db.ID, name)
	if !ok {
		if a, isAlias := snap.Alias(db.ID, name); isAlias {
			if err := intact(snap, a.Collection); err != nil {
				return nil, err
			}
		}
		return nil, errs.NoCollection(dbName, name)
	}
	return c, nil
}

// collectionByID returns the collection with that id, whatever its database, or a refusal with code 100.
func collectionByID(snap *catalog.Snapshot, id model.ID) (*catalog.Collection, error) {
	if c, ok := snap.CollectionByID(id); ok {
		return c, nil
	}
	if err := intact(snap, id); err != nil {
		return nil, err
	}
	return nil, errs.NoCollectionID(id)
}

// intact refuses to answer for a collection of which records could not be read, and names them. Half a schema would be
// taken for a whole one.
func intact(snap *catalog.Snapshot, id model.ID) error {
	damage := snap.Damage(id)
	if len(damage) == 0 {
		return nil
	}
	var b strings.Builder
	for i, q := range damage {
		if i > 0 {
			b.WriteString("; ")
		}
		fmt.Fprintf(&b, "%s %d", q.Ref.Kind, q.Ref.ID)
		if q.Key != "" {
			fmt.Fprintf(&b, " at %s", q.Key)
		}
		fmt.Fprintf(&b, ": %s", q.Reason)
	}
	return errs.Internal.New(fmt.Sprintf("collection %d is damaged, these records of it cannot be served: %s", id, b.String()))
}
