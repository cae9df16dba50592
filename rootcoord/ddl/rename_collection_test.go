package ddl_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
	"github.com/taproot-db/taproot/rootcoord/ddl"
)

func TestRenameCollection(t *testing.T) {
	t.Parallel()
	rename := func(db, name, newDB, newName string) ddl.Planner {
		return ddl.RenameCollection(ddl.Rename{Database: db, Name: name, NewDatabase: newDB, NewName: newName}, options())
	}
	w, a, b := twoCollections(t) // a has an alias
	half := beingCreated(t)
	freed := newWorld(t).create("a").create("b")
	freed.do(ddl.DropCollection("", "b"))
	full := newWorld(t).create("a").properties(2, "database.max.collections", "0")
	damage := newWorld(t).create("a").restart(catalog.Quarantined{Ref: catalog.Ref{Kind: catalog.KindField, Parent: firstID, ID: 100}, Key: "k", Reason: "r"})
	denied := func(db model.ID, key string) *world { return newWorld(t).create("a").properties(db, key, "true") }
	encrypted := newWorld(t).create("a").properties(2, "cipher.enabled", "true")
	moved := func(r catalog.Result) catalog.Result { return catalog.Result{Database: 2, Collection: r.Collection} }
	first := catalog.Result{Database: 1, Collection: firstID}
	const (
		same  = "collection name or database name should be different: invalid parameter"
		crypt = "deny to change collection databases due to at least one database enabled encryption, original DB: default, target DB: other: unsupported operation"
	)
	run(t, map[string]row{
		"renamed":                         {world: w, planner: rename("", "a", "", "c"), want: a}, // with its alias
		"moved":                           {world: w, planner: rename("default", "b", "other", "b"), want: moved(b)},
		"moved and renamed":               {world: w, planner: rename("", "b", "other", "c"), want: moved(b)},
		"empty new name":                  {world: w, planner: rename("", "", "", ""), code: 1100, text: "new collection name should not be empty: invalid parameter"},
		"empty old name":                  {world: w, planner: rename("", "", "", "c"), code: 1100, text: "old collection name should not be empty: invalid parameter"},
		"bad new name":                    {world: w, planner: rename("none", "a", "", "c d"), code: 1100, text: "Invalid collection name: c d.  collection name can only contain numbers, letters and underscores: invalid parameter"},
		"bad old name":                    {world: w, planner: rename("", "a b", "", "c"), code: 100, text: "collection not found[database=default][collection=a b]"},
		"to itself":                       {world: w, planner: rename("", "a", "default", "a"), code: 1100, text: same}, // pains.md 6
		"to itself, missing":              {world: w, planner: rename("none", "a", "none", "a"), code: 1100, text: same},
		"database missing":                {world: w, planner: rename("none", "a", "none", "c"), code: 800, text: "database not found[database=none]"},
		"source database missing":         {world: w, planner: rename("none", "a", "other", "c"), code: 800, text: "failed to get original database: database not found[database=none]"},
		"target database missing":         {world: w, planner: rename("", "a", "none", "a"), code: 800, text: "target database none not found: database not found[database=none]"},
		"through an alias":                {world: w, planner: rename("", "x", "", "c"), code: 1100, text: "unsupported use an alias to rename collection, alias:x: invalid parameter"},
		"alias onto alias":                {world: w, planner: rename("", "x", "", "x"), code: 1100, text: same},
		"onto an alias":                   {world: w, planner: rename("", "b", "", "x"), code: 1601, text: "alias and collection name conflict[database=default][alias=x]"},
		"onto its own alias":              {world: w, planner: rename("", "a", "", "x"), code: 1601, text: "alias and collection name conflict[database=default][alias=x]"},
		"missing onto an alias":           {world: w, planner: rename("", "none", "", "x"), code: 1601, text: "alias and collection name conflict[database=default][alias=x]"},
		"onto a collection":               {world: w, planner: rename("", "a", "", "b"), code: 1100, text: "duplicated new collection name default:b with other collection name or alias: invalid parameter"},
		"onto a collection elsewhere":     {world: w, planner: rename("", "b", "other", "a"), code: 1100, text: "duplicated new collection name other:a with other collection name or alias: invalid parameter"},
		"aliased onto one elsewhere":      {world: w, planner: rename("", "a", "other", "a"), code: 1100, text: "duplicated new collection name other:a with other collection name or alias: invalid parameter"},
		"missing onto a collection":       {world: w, planner: rename("", "none", "", "b"), code: 1100, text: "duplicated new collection name default:b with other collection name or alias: invalid parameter"},
		"onto one that comes":             {world: half, planner: rename("", "a", "", "p"), code: 1100, text: "duplicated new collection name default:p with other collection name or alias: invalid parameter"},
		"onto one that was dropped":       {world: freed, planner: rename("", "a", "", "b"), want: first}, // pains.md 25
		"missing":                         {world: w, planner: rename("", "none", "other", "c"), code: 100, text: "collection not found[database=default][collection=none]"},
		"being created":                   {world: half, planner: rename("", "p", "", "c"), code: 100, text: "collection not found[database=default][collection=p]"},
		"moved with aliases":              {world: w, planner: rename("", "a", "other", "c"), code: 1100, text: "fail to rename db name, must drop all aliases of this collection before rename: invalid parameter"},
		"no limit is looked at":           {world: full, planner: rename("", "a", "other", "a"), want: catalog.Result{Database: 2, Collection: firstID}},
		"damaged":                         {world: damage, planner: rename("", "a", "", "b"), code: 5, text: "collection a has a damaged record, k (r); it can only be dropped or repaired: service internal error"},
		"denied":                          {world: denied(1, "database.force.deny.collectionDDL"), planner: rename("", "a", "", "b"), code: 9, text: disabled},
		"denied where it goes":            {world: denied(2, "database.force.deny.ddl"), planner: rename("", "a", "other", "b"), code: 9, text: disabled},
		"partitions denied":               {world: denied(1, "database.force.deny.partitionDDL"), planner: rename("", "a", "", "b"), want: first},
		"into an encrypted database":      {world: encrypted, planner: rename("", "a", "other", "a"), code: 3000, text: crypt},
		"in a database beside such a one": {world: encrypted, planner: rename("", "a", "", "b"), want: first},
	})

	old, _ := w.CollectionByID(a.Collection)
	want := *old.Collection
	want.Name, want.Updated = "c", now
	d, _, err := w.plan(rename("", "a", "", "c"))
	require.NoError(t, err)
	assert.Equal(t, ddl.Draft{NextID: w.NextID(), Changes: []catalog.Change{catalog.PutCollection(&want)}}, d, "one put: ids, channels and times of creation stay")

	old, _ = w.CollectionByID(b.Collection)
	want = *old.Collection
	want.Name, want.Updated, want.Database, want.StoredDatabaseName = "c", now, 2, "other"
	d, _, err = w.plan(rename("", "b", "other", "c"))
	require.NoError(t, err)
	assert.Equal(t, ddl.Draft{NextID: w.NextID(), Changes: []catalog.Change{
		catalog.PutCollection(&want),
		catalog.Delete(catalog.Ref{Kind: catalog.KindCollection, Parent: 1, ID: b.Collection}),
	}}, d, "its key has its database in it; the keys of what belongs to it do not")
}

// pains.md 6, 27: in its database a renamed collection is found by its new name and its aliases, and the old name is free.
func TestRenameKeepsAliases(t *testing.T) {
	t.Parallel()
	w, a, _ := twoCollections(t)
	w.do(ddl.RenameCollection(ddl.Rename{Name: "a", NewName: "c"}, options()))
	for _, name := range []string{"c", "x"} {
		c, ok := w.Resolve(1, name)
		require.True(t, ok, name)
		assert.Equal(t, a.Collection, c.ID)
		assert.Equal(t, "c", c.Name)
		assert.Equal(t, []string{"x"}, c.Aliases())
		assert.Equal(t, 4, c.CountFields())
		assert.Equal(t, 1, c.CountPartitions())
	}
	assert.Equal(t, 2, w.CountCollections(1))
	again := w.do(ddl.CreateCollection("", spec("a"), options()))
	assert.NotEqual(t, a.Collection, again.Collection)
	w.do(ddl.RenameCollection(ddl.Rename{Name: "b", NewName: "d"}, options()))
	w.do(ddl.RenameCollection(ddl.Rename{Name: "d", NewName: "b"}, options()))
}

// A dry run of a move must not read as if the collection were made anew and its old self dropped.
func TestAMoveIsPlannedAsAChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t).create("a")
	id := w.NextID() - 2
	for name, to := range map[string]ddl.Rename{
		"in its database":     {Name: "a", NewName: "b"},
		"to another database": {Name: "a", NewDatabase: "other", NewName: "b"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, _, err := w.plan(ddl.RenameCollection(to, options()))
			require.NoError(t, err)
			require.Equal(t, []ddl.Planned{{Kind: catalog.KindCollection, Action: "change", Name: "b", ID: id}}, ddl.Describe(w.Snapshot, d))
		})
	}
}
