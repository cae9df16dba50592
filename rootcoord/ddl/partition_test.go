package ddl_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
	"github.com/taproot-db/taproot/rootcoord/ddl"
)

const (
	coll     = firstID     // of the collection a
	defaultP = firstID + 1 // its default partition
	fresh    = firstID + 2
)

func TestCreatePartition(t *testing.T) {
	t.Parallel()
	create := func(db, c, p string) ddl.Planner { return ddl.CreatePartition(db, c, p, options()) }
	under := func(p string, change func(*model.Limits)) ddl.Planner {
		return ddl.CreatePartition("", "a", p, limited(change))
	}
	one, aliased := newWorld(t).create("a"), newWorld(t).create("a").alias("b")
	key := newWorld(t)
	key.do(ddl.CreateCollection("", spec("a", keyed(2)), options()))
	wide := newWorld(t)
	wide.do(ddl.CreateCollection("", spec("a", shards(4)), options()))
	made := catalog.Result{Database: 1, Collection: coll, Partition: fresh}
	const noCollection = "collection not found[database=default][collection=x]"
	run(t, map[string]row{
		"created":              {world: one, planner: create("default", "a", "p"), want: made},
		"default database":     {world: one, planner: create("", "a", "p-1"), want: made},
		"through an alias":     {world: aliased, planner: create("", "b", "p"), want: made},
		"bad collection name":  {world: one, planner: create("", "x y", "p"), code: 1100, text: "Invalid collection name: x y.  collection name can only contain numbers, letters and underscores: invalid parameter"},
		"missing database":     {world: one, planner: create("none", "a", "p"), code: 800, text: "database not found[database=none]"},
		"missing collection":   {world: one, planner: create("", "x", "p"), code: 100, text: noCollection},
		"collection, then key": {world: key, planner: create("", "x", "p"), code: 100, text: noCollection},
		"partition key":        {world: key, planner: create("", "a", "/"), code: 1100, text: "disable create partition if partition key mode is used: invalid parameter"},
		"bad partition name":   {world: one, planner: create("", "a", "p/q"), code: 1100, text: "Invalid partition name: p/q. Partition name can only contain numbers, letters and underscores.: invalid parameter"},
		"exists":               {world: one, planner: create("", "a", "_default"), want: catalog.Result{Database: 1, Collection: coll, Partition: defaultP}, noop: true},
		"exists, at the limit": {world: one, planner: under("_default", func(l *model.Limits) { l.MaxPartitions = 1 }), want: catalog.Result{Database: 1, Collection: coll, Partition: defaultP}, noop: true},
		"too many":             {world: one, planner: under("p", func(l *model.Limits) { l.MaxPartitions = 1 }), code: 1100, text: "partition number (1) exceeds max configuration (1), collection: a: invalid parameter"},
		"just enough":          {world: one, planner: under("p", func(l *model.Limits) { l.MaxPartitions = 2 }), want: made},
		"capacity":             {world: wide, planner: under("p", func(l *model.Limits) { l.MaxCapacity = 7 }), code: 250, text: "general capacity exceeded[newGeneralSize=8][generalCapacity=7]"},
		"capacity comes first": {world: wide, planner: under("_default", func(l *model.Limits) { l.MaxCapacity = 7 }), code: 250, text: "general capacity exceeded[newGeneralSize=8][generalCapacity=7]"},
		"capacity suffices":    {world: wide, planner: under("p", func(l *model.Limits) { l.MaxCapacity = 8 }), want: made},
		"denied":               {world: newWorld(t).create("a").properties(1, "database.force.deny.partitionDDL", "true"), planner: create("", "a", "p"), code: 9, text: "quota exceeded[reason=access has been disabled by the administrator]"},
		"denied by ddl":        {world: newWorld(t).create("a").properties(1, "database.force.deny.ddl", "true"), planner: create("", "a", "p"), code: 9, text: "quota exceeded[reason=access has been disabled by the administrator]"},
		"collections denied":   {world: newWorld(t).create("a").properties(1, "database.force.deny.collectionDDL", "true"), planner: create("", "a", "p"), want: made},
		"damaged":              {world: newWorld(t).create("a").restart(catalog.Quarantined{Ref: catalog.Ref{Kind: catalog.KindField, Parent: coll, ID: 100}, Reason: "its id is another"}), planner: create("", "a", "p"), code: 5, text: "collection a has a damaged record, field 100 (its id is another); it can only be dropped or repaired: service internal error"},
		"damage elsewhere":     {world: newWorld(t).create("a").restart(catalog.Quarantined{Ref: catalog.Ref{Kind: catalog.KindField, Parent: 7, ID: 100}}), planner: create("", "a", "p"), want: made},
	})

	d, _, err := one.plan(create("", "a", "p"))
	require.NoError(t, err)
	assert.Equal(t, ddl.Draft{
		NextID:  fresh + 1,
		Changes: []catalog.Change{catalog.PutPartition(&model.Partition{ID: fresh, Collection: coll, Name: "p", Created: now})},
	}, d, "only the partition is written (decisions 32)")
}

func TestDropPartition(t *testing.T) {
	t.Parallel()
	drop := func(db, c, p string) ddl.Planner { return ddl.DropPartition(db, c, p, options()) }
	one, aliased := newWorld(t).create("a"), newWorld(t).create("a").alias("b")
	for _, w := range []*world{one, aliased} {
		w.do(ddl.CreatePartition("", "a", "p", options()))
	}
	key := newWorld(t)
	key.do(ddl.CreateCollection("", spec("a", keyed(2)), options()))
	found, none := catalog.Result{Database: 1, Collection: coll, Partition: fresh}, catalog.Result{Database: 1, Collection: coll}
	run(t, map[string]row{
		"dropped":             {world: one, planner: drop("default", "a", "p"), want: found},
		"through an alias":    {world: aliased, planner: drop("", "b", "p"), want: found},
		"missing":             {world: one, planner: drop("", "a", "q"), want: none, noop: true},
		"missing collection":  {world: one, planner: drop("", "x", "p"), code: 100, text: "collection not found[database=default][collection=x]"},
		"missing database":    {world: one, planner: drop("none", "a", "p"), code: 800, text: "database not found[database=none]"},
		"the default":         {world: one, planner: drop("", "a", "_default"), code: 1100, text: "default partition cannot be deleted: invalid parameter"},
		"the default, first":  {world: one, planner: drop("none", "x", "_default"), code: 1100, text: "default partition cannot be deleted: invalid parameter"},
		"another default":     {world: one, planner: ddl.DropPartition("", "a", "p", limited(func(l *model.Limits) { l.DefaultPartition = "p" })), code: 1100, text: "default partition cannot be deleted: invalid parameter"},
		"partition key":       {world: key, planner: drop("", "a", "_default_1"), code: 1100, text: "disable drop partition if partition key mode is used: invalid parameter"},
		"bad collection name": {world: one, planner: drop("", "", "p"), code: 1100, text: "collection name should not be empty: invalid parameter"},
		"bad partition name":  {world: one, planner: drop("", "a", ""), code: 1100, text: "Invalid partition name: . Partition name should not be empty.: invalid parameter"},
		"denied":              {world: newWorld(t).create("a").properties(1, "database.force.deny.partitionDDL", "true"), planner: drop("", "a", "p"), code: 9, text: "quota exceeded[reason=access has been disabled by the administrator]"},
		"damaged":             {world: newWorld(t).create("a").restart(catalog.Quarantined{Ref: catalog.Ref{Kind: catalog.KindPartition, Parent: coll, ID: 5}, Key: "k", Reason: "r"}), planner: drop("", "a", "p"), code: 5, text: "collection a has a damaged record, k (r); it can only be dropped or repaired: service internal error"},
	})

	d, _, err := one.plan(drop("", "a", "p"))
	require.NoError(t, err)
	assert.Equal(t, ddl.Draft{
		NextID:  one.NextID(),
		Changes: []catalog.Change{catalog.PutPartition(&model.Partition{ID: fresh, Collection: coll, Name: "p", Created: now, State: model.Dropping})},
	}, d)
}

func TestDropPartitionFreesTheName(t *testing.T) {
	t.Parallel()
	w := newWorld(t).create("a")
	w.do(ddl.CreatePartition("", "a", "p", options()))
	w.do(ddl.DropPartition("", "a", "p", options()))
	assert.Equal(t, int64(1), w.Capacity())
	r := w.do(ddl.CreatePartition("", "a", "p", options()))
	assert.Equal(t, model.ID(fresh+1), r.Partition, "another partition than before")
}
