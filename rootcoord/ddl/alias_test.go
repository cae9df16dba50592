package ddl_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
	"github.com/taproot-db/taproot/rootcoord/ddl"
)

// twoCollections has a (with the alias x) and b in the default database, and a in another.
func twoCollections(t *testing.T) (w *world, a, b catalog.Result) {
	t.Helper()
	w = newWorld(t).create("a").create("b").alias("x")
	w.do(ddl.CreateCollection("other", spec("a"), options()))
	ca, _ := w.Collection(1, "a")
	cb, _ := w.Collection(1, "b")
	return w, catalog.Result{Database: 1, Collection: ca.ID}, catalog.Result{Database: 1, Collection: cb.ID}
}

// beingCreated has the collection a, and p in state Creating.
func beingCreated(t *testing.T) *world {
	t.Helper()
	pending := options()
	pending.Pending = true
	w := newWorld(t).create("a")
	w.do(ddl.CreateCollection("", spec("p"), pending))
	return w
}

const aliasConflict = "alias and collection name conflict[database=default][alias=b]"

func TestCreateAlias(t *testing.T) {
	t.Parallel()
	create := func(db, c, alias string) ddl.Planner { return ddl.CreateAlias(db, c, alias, options()) }
	w, a, b := twoCollections(t)
	half := beingCreated(t)
	freed := newWorld(t).create("a").create("b")
	freed.do(ddl.DropCollection("", "b"))
	denied := func(key string) *world { return newWorld(t).create("a").properties(1, key, "true") }
	run(t, map[string]row{
		"created":                      {world: w, planner: create("", "a", "y"), want: a},
		"of an alias":                  {world: w, planner: create("default", "x", "y"), want: a},
		"again":                        {world: w, planner: create("", "a", "x"), want: a, noop: true},
		"again, through itself":        {world: w, planner: create("", "x", "x"), want: a, noop: true},
		"of another collection":        {world: w, planner: create("", "b", "x"), code: 1602, text: "x is alias to another collection: a: alias already exist[database=default][alias=x]"},
		"in another database":          {world: w, planner: create("other", "a", "x"), want: catalog.Result{Database: 2, Collection: b.Collection + 2}},
		"the name of a collection":     {world: w, planner: create("", "a", "b"), code: 1601, text: aliasConflict},
		"its own collection's name":    {world: w, planner: create("", "b", "b"), code: 1601, text: aliasConflict},
		"collection missing, conflict": {world: w, planner: create("", "none", "b"), code: 1601, text: aliasConflict},
		"collection missing":           {world: w, planner: create("", "none", "y"), code: 100, text: "collection not found[database=default][collection=none]"},
		"collection missing, taken":    {world: w, planner: create("", "none", "x"), code: 100, text: "collection not found[database=default][collection=none]"},
		"database missing":             {world: w, planner: create("none", "a", "b"), code: 800, text: "database not found[database=none]"},
		"the name of one that comes":   {world: half, planner: create("", "a", "p"), code: 1601, text: "alias and collection name conflict[database=default][alias=p]"},
		"of one that comes":            {world: half, planner: create("", "p", "y"), code: 100, text: "collection not found[database=default][collection=p]"},
		"of one that was dropped":      {world: freed, planner: create("", "b", "y"), code: 100, text: "collection not found[database=default][collection=b]"},
		"name of one that was dropped": {world: freed, planner: create("", "a", "b"), want: catalog.Result{Database: 1, Collection: firstID}}, // pains.md 25
		"bad alias":                    {world: w, planner: create("none", "1", "1"), code: 1100, text: "Invalid collection alias: 1.  the first character of a collection alias must be an underscore or letter: invalid parameter"},
		"empty alias":                  {world: w, planner: create("", "a", ""), code: 1100, text: "collection alias should not be empty: invalid parameter"},
		"bad collection name":          {world: w, planner: create("none", "a b", "y"), code: 1100, text: "Invalid collection name: a b.  collection name can only contain numbers, letters and underscores: invalid parameter"},
		"empty collection name":        {world: w, planner: create("", "", "y"), code: 1100, text: "collection name should not be empty: invalid parameter"},
		"denied":                       {world: denied("database.force.deny.collectionDDL"), planner: create("", "a", "y"), code: 9, text: disabled},
		"denied by ddl":                {world: denied("database.force.deny.ddl"), planner: create("", "a", "y"), code: 9, text: disabled},
		"partitions denied":            {world: denied("database.force.deny.partitionDDL"), planner: create("", "a", "y"), want: catalog.Result{Database: 1, Collection: firstID}},
	})

	d, _, err := w.plan(create("", "x", "y"))
	require.NoError(t, err)
	assert.Equal(t, ddl.Draft{NextID: w.NextID(), Changes: []catalog.Change{
		catalog.PutAlias(&model.Alias{Database: 1, Name: "y", Collection: a.Collection, Created: now, State: model.Created}),
	}}, d, "an alias of an alias is one of the collection")
}

func TestAlterAlias(t *testing.T) {
	t.Parallel()
	alter := func(db, c, alias string) ddl.Planner { return ddl.AlterAlias(db, c, alias, options()) }
	w, a, b := twoCollections(t)
	half := beingCreated(t).alias("y")
	run(t, map[string]row{
		"altered":                  {world: w, planner: alter("", "b", "x"), want: b},
		"to the same":              {world: w, planner: alter("default", "a", "x"), want: a, noop: true},
		"to itself":                {world: w, planner: alter("", "x", "x"), want: a, noop: true},
		"missing":                  {world: w, planner: alter("", "a", "y"), code: 1600, text: "alias not found[database=default][alias=y]"},
		"of another database":      {world: w, planner: alter("other", "a", "x"), code: 1600, text: "alias not found[database=other][alias=x]"},
		"collection missing":       {world: w, planner: alter("", "none", "x"), code: 100, text: "collection not found[collection=none]"},
		"both missing":             {world: w, planner: alter("", "none", "y"), code: 100, text: "collection not found[collection=none]"},
		"database missing":         {world: w, planner: alter("none", "a", "b"), code: 800, text: "database not found[database=none]"},
		"a collection's name":      {world: w, planner: alter("", "none", "b"), code: 1601, text: aliasConflict},
		"to one being created":     {world: half, planner: alter("", "p", "y"), code: 100, text: "collection not found[collection=p]"},
		"name of one that comes":   {world: half, planner: alter("", "a", "p"), code: 1601, text: "alias and collection name conflict[database=default][alias=p]"},
		"bad alias":                {world: w, planner: alter("", "", "a-b"), code: 1100, text: "Invalid collection alias: a-b.  collection alias can only contain numbers, letters and underscores: invalid parameter"},
		"bad collection name":      {world: w, planner: alter("", "1", "x"), code: 1100, text: "Invalid collection name: 1.  the first character of a collection name must be an underscore or letter: invalid parameter"},
		"denied":                   {world: newWorld(t).create("a").alias("x").properties(1, "database.force.deny.collectionDDL", "true"), planner: alter("", "a", "x"), code: 9, text: disabled},
		"through another alias":    {world: newWorld(t).create("a").create("b").alias("x").alias("y"), planner: alter("", "x", "y"), want: catalog.Result{Database: 1, Collection: firstID}, noop: true},
		"denied, database missing": {world: newWorld(t).properties(1, "database.force.deny.ddl", "true"), planner: alter("none", "a", "x"), code: 800, text: "database not found[database=none]"},
	})

	w, a, b = twoCollections(t)
	w.do(alter("", "b", "x"))
	ca, _ := w.CollectionByID(a.Collection)
	cb, _ := w.CollectionByID(b.Collection)
	assert.Empty(t, ca.Aliases())
	assert.Equal(t, []string{"x"}, cb.Aliases())
	w.do(ddl.DropCollection("", "a"))
}

func TestDropAlias(t *testing.T) {
	t.Parallel()
	w, a, _ := twoCollections(t)
	none := catalog.Result{Database: 1}
	run(t, map[string]row{
		"dropped":             {world: w, planner: ddl.DropAlias("", "x"), want: a},
		"missing":             {world: w, planner: ddl.DropAlias("default", "y"), want: none, noop: true},
		"no name":             {world: w, planner: ddl.DropAlias("", ""), want: none, noop: true},
		"bad name":            {world: w, planner: ddl.DropAlias("", "1/2"), want: none, noop: true},
		"a collection":        {world: w, planner: ddl.DropAlias("", "a"), want: none, noop: true},
		"of another database": {world: w, planner: ddl.DropAlias("other", "x"), want: catalog.Result{Database: 2}, noop: true},
		"database missing":    {world: w, planner: ddl.DropAlias("none", "x"), code: 800, text: "database not found[database=none]"},
		"denied":              {world: newWorld(t).create("a").alias("x").properties(1, "database.force.deny.collectionDDL", "true"), planner: ddl.DropAlias("", "x"), code: 9, text: disabled},
	})

	// pains.md 23, 24: the name is free at once, for whatever wants it.
	w, _, _ = twoCollections(t)
	w.do(ddl.DropAlias("", "x"))
	again := w.do(ddl.CreateCollection("", spec("x"), options()))
	c, _ := w.Resolve(1, "x")
	assert.Equal(t, again.Collection, c.ID)
}

// An alias that cannot be read is neither overwritten nor said to be gone.
func TestDamagedAlias(t *testing.T) {
	t.Parallel()
	w := newWorld(t).create("a").restart(catalog.Quarantined{Ref: catalog.Ref{Kind: catalog.KindAlias, Parent: 1, Name: "x"}, Key: "k", Reason: "r"})
	w.do(ddl.CreateCollection("other", spec("a"), options()))
	const text = "alias x is damaged, k (r); it must be repaired or removed first: service internal error"
	run(t, map[string]row{
		"create":              {world: w, planner: ddl.CreateAlias("", "a", "x", options()), code: 5, text: text},
		"alter":               {world: w, planner: ddl.AlterAlias("", "a", "x", options()), code: 5, text: text},
		"drop":                {world: w, planner: ddl.DropAlias("", "x"), code: 5, text: text},
		"another":             {world: w, planner: ddl.CreateAlias("", "a", "y", options()), want: catalog.Result{Database: 1, Collection: firstID}},
		"in another database": {world: w, planner: ddl.CreateAlias("other", "a", "x", options()), want: catalog.Result{Database: 2, Collection: firstID + 2}},
	})
}

// The name of an alias that cannot be read is not given away to a collection: once it is repaired, the alias comes first, and the
// collection could not be reached.
func TestADamagedAliasKeepsItsName(t *testing.T) {
	t.Parallel()
	w := newWorld(t).create("a").restart(catalog.Quarantined{Ref: catalog.Ref{Kind: catalog.KindAlias, Parent: 1, Name: "x"}, Key: "k", Reason: "r"})
	const text = "alias x is damaged, k (r); it must be repaired or removed first: service internal error"
	run(t, map[string]row{
		"create": {world: w, planner: ddl.CreateCollection("", spec("x"), options()), code: 5, text: text},
		"rename": {world: w, planner: ddl.RenameCollection(ddl.Rename{Name: "a", NewName: "x"}, options()), code: 5, text: text},
		"rename to another database": {
			world: w, planner: ddl.RenameCollection(ddl.Rename{Name: "a", NewDatabase: "other", NewName: "x"}, options()),
			want: catalog.Result{Database: 2, Collection: firstID},
		},
	})
}
