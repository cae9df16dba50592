package ddl_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
	"github.com/taproot-db/taproot/rootcoord/ddl"
)

const disabled = "quota exceeded[reason=access has been disabled by the administrator]"

func TestCreateDatabase(t *testing.T) {
	t.Parallel()
	create := func(name string, kv ...string) ddl.Planner { return ddl.CreateDatabase(name, props(kv...), options()) }
	most := func(n int) ddl.Planner {
		return ddl.CreateDatabase("d", nil, limited(func(l *model.Limits) { l.MaxDatabases = n }))
	}
	taken := func(n int) ddl.Planner {
		return ddl.CreateDatabase("other", nil, limited(func(l *model.Limits) { l.MaxDatabases = n }))
	}
	w, made := newWorld(t), catalog.Result{Database: firstID}
	named := func(text, name string) string { return text + ": invalid database name[database=" + name + "]" }
	long, longer := strings.Repeat("a", 255), strings.Repeat("a", 256)
	run(t, map[string]row{
		"created":               {world: w, planner: create("d"), want: made},
		"with properties":       {world: w, planner: create("d", "timezone", "Asia/Tokyo", "what.ever", ""), want: made},
		"underscore":            {world: w, planner: create("_1"), want: made},
		"as long as it may be":  {world: w, planner: create(long), want: made},
		"too long":              {world: w, planner: create(longer), code: 802, text: named("the length of a database name must be less than 255 characters", longer)},
		"empty name":            {world: w, planner: create(""), code: 802, text: named("database name couldn't be empty", "")},
		"bad first character":   {world: w, planner: create("1d"), code: 802, text: named("the first character of a database name must be an underscore or letter", "1d")},
		"bad character":         {world: w, planner: create("d d"), code: 802, text: named("database name can only contain numbers, letters and underscores", "d d")},
		"name before time zone": {world: w, planner: create("1d", "timezone", "x"), code: 802, text: named("the first character of a database name must be an underscore or letter", "1d")},
		"bad time zone":         {world: w, planner: create("d", "timezone", "Mars/Olympus"), code: 1100, text: "unknown or invalid IANA Time Zone ID: Mars/Olympus: invalid parameter"},
		"local time zone":       {world: w, planner: create("d", "timezone", "Local"), code: 1100, text: "unknown or invalid IANA Time Zone ID: Local: invalid parameter"},
		"encrypted":             {world: w, planner: create("d", "cipher.enabled", "true"), code: 10, text: "encryption of a database (cipher.enabled): service unimplemented"},
		"not encrypted":         {world: w, planner: create("d", "cipher.enabled", "false"), want: made},
		"it exists":             {world: w, planner: create("other"), code: 1100, text: "database already exist: other: invalid parameter"},
		"default exists":        {world: w, planner: create("default"), code: 1100, text: "database already exist: default: invalid parameter"},
		"case matters":          {world: w, planner: create("Default"), want: made},
		"too many":              {world: w, planner: most(1), code: 801, text: "exceeded the limit number of database[limit=1]"},
		"just not too many":     {world: w, planner: most(2), want: made},
		"it exists, too many":   {world: w, planner: taken(0), code: 1100, text: "database already exist: other: invalid parameter"},
	})

	now := model.HybridTimestamp(1_700_000_000_123, 7)
	d, _, err := create("d", "k", "v")(w.Snapshot, ddl.Input{Now: now})
	require.NoError(t, err)
	assert.Equal(t, ddl.Draft{NextID: firstID + 1, Changes: []catalog.Change{catalog.PutDatabase(&model.Database{
		ID: firstID, Name: "d", State: model.DatabaseCreated, Created: 1_700_000_000_123_000_000, Properties: props("k", "v"),
	})}}, d, "its time of creation is in nanoseconds")
}

// 64 databases of users beside the default one, by the default limit.
func TestSixtyFourDatabases(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 63 { // and other
		w.do(ddl.CreateDatabase(fmt.Sprintf("d%d", i), nil, options()))
	}
	require.Equal(t, 65, w.CountDatabases())
	run(t, map[string]row{"one more": {
		world: w, planner: ddl.CreateDatabase("more", nil, options()), code: 801, text: "exceeded the limit number of database[limit=64]",
	}})
}

func TestDropDatabase(t *testing.T) {
	t.Parallel()
	drop := func(name string) ddl.Planner { return ddl.DropDatabase(name, options()) }
	in := func() *world {
		w := newWorld(t)
		w.do(ddl.CreateCollection("other", spec("a"), options()))
		return w
	}
	left := in()
	left.do(ddl.DropCollection("other", "a"))
	damagedAlias := catalog.Quarantined{Ref: catalog.Ref{Kind: catalog.KindAlias, Parent: 2, Name: "x"}, Reason: "r"}
	damagedColl := catalog.Quarantined{Ref: catalog.Ref{Kind: catalog.KindCollection, Parent: 2, ID: 7}, Key: "k", Reason: "r"}
	elsewhere := catalog.Quarantined{Ref: catalog.Ref{Kind: catalog.KindCollection, Parent: 1, ID: 7}}
	child := catalog.Quarantined{Ref: catalog.Ref{Kind: catalog.KindField, Parent: 2, ID: 7}} // of the collection 2
	const notEmpty = "database:other not empty, must drop all collections before drop database: invalid parameter"
	gone := catalog.Result{Database: 2}
	run(t, map[string]row{
		"dropped":                      {world: newWorld(t), planner: drop("other"), want: gone},
		"missing":                      {world: newWorld(t), planner: drop("none"), noop: true},
		"bad name":                     {world: newWorld(t), planner: drop("1"), code: 802, text: "the first character of a database name must be an underscore or letter: invalid database name[database=1]"},
		"no name":                      {world: newWorld(t), planner: drop(""), code: 802, text: "database name couldn't be empty: invalid database name[database=]"},
		"default":                      {world: newWorld(t), planner: drop("default"), code: 1100, text: "can not drop default database: invalid parameter"},
		"not empty":                    {world: in(), planner: drop("other"), code: 1100, text: notEmpty},
		"collections being purged":     {world: left, planner: drop("other"), want: gone},
		"collections of another":       {world: newWorld(t).create("a"), planner: drop("other"), want: gone},
		"denied":                       {world: newWorld(t).properties(2, "database.force.deny.ddl", "true"), planner: drop("other"), code: 9, text: disabled},
		"only collections denied":      {world: newWorld(t).properties(2, "database.force.deny.collectionDDL", "true"), planner: drop("other"), want: gone},
		"denied and not empty":         {world: in().properties(2, "database.force.deny.ddl", "true"), planner: drop("other"), code: 9, text: disabled},
		"damaged alias in it":          {world: newWorld(t).restart(damagedAlias), planner: drop("other"), code: 5, text: "database other holds a damaged record, alias x (r); it can only be dropped when that is repaired or removed: service internal error"},
		"damaged collection in it":     {world: newWorld(t).restart(damagedColl), planner: drop("other"), code: 5, text: "database other holds a damaged record, k (r); it can only be dropped when that is repaired or removed: service internal error"},
		"damage elsewhere":             {world: newWorld(t).restart(elsewhere, child), planner: drop("other"), want: gone},
		"damage, but not empty either": {world: in().restart(damagedColl), planner: drop("other"), code: 1100, text: notEmpty},
	})

	w := newWorld(t)
	d, _, err := w.plan(drop("other"))
	require.NoError(t, err)
	assert.Equal(t, ddl.Draft{NextID: w.NextID(), Changes: []catalog.Change{catalog.Delete(catalog.Ref{Kind: catalog.KindDatabase, ID: 2})}}, d)
	w.stage(d)
	_, exists := w.Database("other")
	assert.False(t, exists)
	again := w.do(ddl.CreateDatabase("other", nil, options()))
	assert.Equal(t, model.ID(firstID), again.Database, "another database of the same name")
}

// What is being created in a database does not hold it, and cannot appear in it afterwards.
func TestDropDatabaseGivesUpWhatIsBeingCreated(t *testing.T) {
	t.Parallel()
	pending := options()
	pending.Pending = true
	w := newWorld(t)
	half := w.do(ddl.CreateCollection("other", spec("a"), pending)).Collection
	stays := w.do(ddl.CreateCollection("default", spec("a"), pending)).Collection
	d, _, err := w.plan(ddl.DropDatabase("other", options()))
	require.NoError(t, err)
	require.Len(t, d.Changes, 2)
	gone, ok := d.Changes[0].Put.(*model.Collection)
	require.True(t, ok)
	assert.Equal(t, half, gone.ID)
	assert.Equal(t, model.Dropping, gone.State, "the purge finds it by this")
	w.stage(d)
	_, _, err = w.plan(ddl.FinishCreate(half))
	require.ErrorContains(t, err, "collection not found")
	w.do(ddl.FinishCreate(stays))
	_, visible := w.CollectionByID(stays)
	assert.True(t, visible)
}

func TestAlterDatabase(t *testing.T) {
	t.Parallel()
	w := newWorld(t).properties(2, "a", "1", "b", "2")
	set := func(name string, kv ...string) ddl.Planner { return ddl.AlterDatabase(name, props(kv...), nil) }
	remove := func(name string, keys ...string) ddl.Planner { return ddl.AlterDatabase(name, nil, keys) }
	denying := newWorld(t).properties(2, "database.force.deny.ddl", "true")
	found := catalog.Result{Database: 2}
	const (
		cipher = "can not alter cipher related properties: invalid parameter"
		both   = "alter database cannot modify properties and delete keys at the same time: invalid parameter"
		empty  = "alter database with empty properties and delete keys, expected to set either properties or delete keys: invalid parameter"
	)
	run(t, map[string]row{
		"set":                    {world: w, planner: set("other", "a", "9"), want: found},
		"added":                  {world: w, planner: set("other", "c", "3"), want: found},
		"removed":                {world: w, planner: remove("other", "a"), want: found},
		"of the default":         {world: w, planner: set("default", "a", "9"), want: catalog.Result{Database: 1}},
		"set as it is":           {world: w, planner: set("other", "b", "2", "a", "1"), want: found, noop: true},
		"unknown key removed":    {world: w, planner: remove("other", "x"), want: found, noop: true},
		"no name":                {world: w, planner: set("", "a", "9"), code: 1100, text: "alter database failed, database name does not exists: invalid parameter"},
		"no name, nothing given": {world: w, planner: set(""), code: 1100, text: "alter database failed, database name does not exists: invalid parameter"},
		"nothing given":          {world: w, planner: set("none"), code: 1100, text: empty},
		"both given":             {world: w, planner: ddl.AlterDatabase("none", props("cipher.key", "1"), []string{"b"}), code: 1100, text: both},
		"cipher.enabled":         {world: w, planner: set("none", "a", "1", "cipher.enabled", "false"), code: 1100, text: cipher},
		"cipher.key":             {world: w, planner: set("none", "cipher.key", "x"), code: 1100, text: cipher},
		"cipher.ezID":            {world: w, planner: remove("none", "b", "cipher.ezID"), code: 1100, text: cipher},
		"missing":                {world: w, planner: set("none", "a", "9"), code: 800, text: "failed to get database by name: database not found[database=none]"},
		"time zone":              {world: w, planner: set("other", "timezone", "Europe/Zurich"), want: found},
		"bad time zone":          {world: w, planner: set("none", "timezone", "Europe/Nowhere"), code: 1100, text: "unknown or invalid IANA Time Zone ID: Europe/Nowhere: invalid parameter"},
		"never denied":           {world: denying, planner: remove("other", "database.force.deny.ddl"), want: found},
	})

	d, _, err := w.plan(set("other", "c", "3", "a", "9"))
	require.NoError(t, err)
	assert.Equal(t, ddl.Draft{NextID: w.NextID(), Changes: []catalog.Change{catalog.PutDatabase(&model.Database{
		ID: 2, Name: "other", State: model.DatabaseCreated, Properties: props("a", "9", "b", "2", "c", "3"),
	})}}, d, "all else stays")
}

// Properties of a database are looked at by what comes after them.
func TestDatabasePropertiesHold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.do(ddl.CreateDatabase("d", props("database.max.collections", "1", "timezone", "Asia/Tokyo"), options()))
	id := w.do(ddl.CreateCollection("d", spec("a"), options())).Collection
	c, _ := w.CollectionByID(id)
	zone, _ := model.FindProperty(c.Properties, "timezone")
	assert.Equal(t, "Asia/Tokyo", zone)
	full := ddl.CreateCollection("d", spec("b"), options())
	_, _, err := w.plan(full)
	require.EqualError(t, err, "exceeded the limit number of collections[dbName=d][limit=1]")
	w.do(ddl.AlterDatabase("d", props("database.max.collections", "2"), nil))
	w.do(full)
	w.do(ddl.AlterDatabase("d", props("database.force.deny.collectionDDL", "true"), nil))
	_, _, err = w.plan(ddl.DropCollection("d", "b"))
	require.EqualError(t, err, disabled)
	w.do(ddl.AlterDatabase("d", nil, []string{"database.force.deny.collectionDDL"}))
	w.do(ddl.DropCollection("d", "b"))
}
