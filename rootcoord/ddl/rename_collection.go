package ddl

import (
	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
)

// Rename says which collection gets which name, and in which database. An empty database is the default one.
type Rename struct{ Database, Name, NewDatabase, NewName string }

// RenameCollection gives a collection another name, and moves it to another database if one is named. Its id, what
// belongs to it, and in the same database its aliases stay; across databases aliases are in the way, since they live in
// one. No limit of the target database is looked at (ddl-semantics §4.5, whose order this is).
func RenameCollection(r Rename, opt Options) Planner {
	r.Database, r.NewDatabase = databaseName(r.Database), databaseName(r.NewDatabase)
	return func(s *catalog.Snapshot, in Input) (Draft, catalog.Result, error) {
		if err := r.checkNames(opt.Limits); err != nil {
			return refused(err)
		}
		from, to, err := r.databases(s)
		if err != nil {
			return refused(err)
		}
		c, err := r.collection(s, from, to)
		if err != nil {
			return refused(err)
		}
		next := *c.Collection
		next.Database, next.StoredDatabaseName, next.Name, next.Updated = to.ID, to.Name, r.NewName, in.Now
		changes := []catalog.Change{catalog.PutCollection(&next)}
		if from.ID != to.ID {
			// The database is part of the key; under the same one there is nothing to delete (pains.md 6).
			changes = append(changes, catalog.Delete(catalog.CollectionRef(c.Collection)))
			changes = append(changes, moveLoad(c, to.ID)...)
		}
		return change(s, catalog.Result{Database: to.ID, Collection: c.ID}, changes...)
	}
}

func (r *Rename) checkNames(l model.Limits) error {
	switch {
	case r.NewName == "":
		return errs.Invalid("new collection name should not be empty")
	case r.Name == "":
		return errs.Invalid("old collection name should not be empty")
	}
	if err := model.ValidateCollectionName(r.NewName, l); err != nil {
		return err
	}
	if r.Database == r.NewDatabase && r.Name == r.NewName {
		return errs.Invalid("collection name or database name should be different")
	}
	return nil
}

// databases looks up where the collection is and where it goes, which may be the same.
func (r *Rename) databases(s *catalog.Snapshot) (from, to *model.Database, err error) {
	from, ok := s.Database(r.Database)
	switch {
	case !ok && r.Database == r.NewDatabase:
		return nil, nil, errs.NoDatabase(r.Database)
	case !ok:
		return nil, nil, errs.DatabaseNotFoundWhile(r.Database, "failed to get original database")
	}
	if to, ok = s.Database(r.NewDatabase); !ok {
		return nil, nil, errs.DatabaseNotFoundWhile(r.NewDatabase, "target database "+r.NewDatabase+" not found")
	}
	for _, d := range []*model.Database{from, to} {
		if err := denied(d, denyCollectionDDL); err != nil {
			return nil, nil, err
		}
	}
	if from.ID != to.ID && (from.Encrypted() || to.Encrypted()) {
		return nil, nil, errs.Unsupported("deny to change collection databases due to at least one database enabled encryption, "+
			"original DB: %s, target DB: %s", from.Name, to.Name)
	}
	return from, to, nil
}

// collection finds what is to be renamed, and makes sure that its new name is free.
func (r *Rename) collection(s *catalog.Snapshot, from, to *model.Database) (*catalog.Collection, error) {
	if _, alias := s.Alias(from.ID, r.Name); alias {
		return nil, errs.Invalid("unsupported use an alias to rename collection, alias:%s", r.Name)
	}
	if _, alias := s.Alias(to.ID, r.NewName); alias {
		return nil, errs.NameTaken(to.Name, r.NewName, "")
	}
	if err := damagedAlias(s, to, r.NewName); err != nil {
		return nil, err
	}
	_, visible := s.Collection(to.ID, r.NewName)
	_, pending := s.Pending(to.ID, r.NewName)
	if visible || pending {
		return nil, errs.Invalid("duplicated new collection name %s:%s with other collection name or alias", to.Name, r.NewName)
	}
	c, ok := s.Collection(from.ID, r.Name)
	if !ok {
		return nil, errs.NoCollection(from.Name, r.Name)
	}
	if from.ID != to.ID && len(c.Aliases()) > 0 {
		return nil, errs.Invalid("fail to rename db name, must drop all aliases of this collection before rename")
	}
	return c, damaged(s, c)
}
