package ddl

import (
	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
)

// aliasScope is the first part of all that writes an alias: the database, whether it may be written to, and whether the
// name is free of collections. One that is being created holds its name too; one that is Dropping does not.
func aliasScope(s *catalog.Snapshot, db, alias string) (*model.Database, error) {
	d, ok := database(s, db)
	if !ok {
		return nil, errs.NoDatabase(databaseName(db))
	}
	if err := denied(d, denyCollectionDDL); err != nil {
		return nil, err
	}
	if err := damagedAlias(s, d, alias); err != nil {
		return nil, err
	}
	_, visible := s.Collection(d.ID, alias)
	_, pending := s.Pending(d.ID, alias)
	if visible || pending {
		return nil, errs.NameHeld(d.Name, alias)
	}
	return d, nil
}

// aliasNames makes the checks of names, in the order of Milvus's proxy.
func aliasNames(alias, collection string, l model.Limits) error {
	if err := model.ValidateAliasName(alias, l); err != nil {
		return err
	}
	return model.ValidateCollectionName(collection, l)
}

// CreateAlias gives a collection another name in its database. The collection may itself be named by an alias, which
// then stands for what it points to. The same alias of the same collection is a no-op (ddl-semantics §6).
func CreateAlias(db, collection, alias string, opt Options) Planner {
	return func(s *catalog.Snapshot, in Input) (Draft, catalog.Result, error) {
		if err := aliasNames(alias, collection, opt.Limits); err != nil {
			return refused(err)
		}
		d, err := aliasScope(s, db, alias)
		if err != nil {
			return refused(err)
		}
		c, ok := s.Resolve(d.ID, collection)
		if !ok {
			return refused(errs.NoCollection(d.Name, collection))
		}
		found := catalog.Result{Database: d.ID, Collection: c.ID}
		if old, exists := s.Alias(d.ID, alias); exists {
			if old.Collection == c.ID {
				return unchanged(s, found)
			}
			return refused(errs.AliasTaken(d.Name, alias, targetOf(s, old)))
		}
		return change(s, found, catalog.PutAlias(&model.Alias{
			Database: d.ID, Name: alias, Collection: c.ID, Created: in.Now, State: model.Created,
		}))
	}
}

// AlterAlias points an alias to another collection, which may be named by an alias. An alias that points there already
// is a no-op; one that does not exist is an error, unlike in DropAlias.
func AlterAlias(db, collection, alias string, opt Options) Planner {
	return func(s *catalog.Snapshot, in Input) (Draft, catalog.Result, error) {
		if err := aliasNames(alias, collection, opt.Limits); err != nil {
			return refused(err)
		}
		d, err := aliasScope(s, db, alias)
		if err != nil {
			return refused(err)
		}
		c, ok := s.Resolve(d.ID, collection)
		if !ok {
			return refused(errs.NoCollectionID(collection))
		}
		old, exists := s.Alias(d.ID, alias)
		if !exists {
			return refused(errs.NoAlias(d.Name, alias))
		}
		found := catalog.Result{Database: d.ID, Collection: c.ID}
		if old.Collection == c.ID {
			return unchanged(s, found)
		}
		next := *old
		next.Collection, next.Created, next.State = c.ID, in.Now, model.Created
		return change(s, found, catalog.PutAlias(&next))
	}
}

// DropAlias removes an alias. One that does not exist is a no-op, whatever its name; the database must exist.
func DropAlias(db, alias string) Planner {
	return func(s *catalog.Snapshot, _ Input) (Draft, catalog.Result, error) {
		d, ok := database(s, db)
		if !ok {
			return refused(errs.NoDatabase(databaseName(db)))
		}
		if err := denied(d, denyCollectionDDL); err != nil {
			return refused(err)
		}
		if err := damagedAlias(s, d, alias); err != nil {
			return refused(err)
		}
		old, exists := s.Alias(d.ID, alias)
		if !exists {
			return unchanged(s, catalog.Result{Database: d.ID})
		}
		return change(s, catalog.Result{Database: d.ID, Collection: old.Collection}, catalog.Delete(catalog.AliasRef(old)))
	}
}

// damagedAlias refuses to touch an alias whose record could not be read, or whose collection could not: it is in the store
// though not in the Snapshot, and what is written under its key would destroy what somebody can still repair.
func damagedAlias(s *catalog.Snapshot, d *model.Database, alias string) error {
	for _, q := range s.Quarantine() {
		if q.Ref.Kind == catalog.KindAlias && q.Ref.Parent == d.ID && q.Ref.Name == alias {
			return errs.Internal.New("alias " + alias + " is damaged, " + nameOf(q) + " (" + q.Reason + "); it must be repaired or removed first")
		}
	}
	return nil
}

// targetOf names the collection that an alias points to. It is there, though perhaps not visible yet.
func targetOf(s *catalog.Snapshot, a *model.Alias) string {
	if c, ok := stored(s, a.Collection); ok {
		return c.Name
	}
	return ""
}
