package ddl_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
	"github.com/taproot-db/taproot/rootcoord/ddl"
)

func TestDropCollection(t *testing.T) {
	t.Parallel()
	one, aliased := newWorld(t).create("a"), newWorld(t).create("a").alias("z").alias("b")
	pending := options()
	pending.Pending = true
	half := newWorld(t)
	half.do(ddl.CreateCollection("", spec("a"), pending))
	found := catalog.Result{Database: 1, Collection: firstID}
	run(t, map[string]row{
		"dropped":                  {world: one, planner: ddl.DropCollection("default", "a"), want: found},
		"of the default database":  {world: one, planner: ddl.DropCollection("", "a"), want: found},
		"missing":                  {world: one, planner: ddl.DropCollection("default", "b"), want: catalog.Result{Database: 1}, noop: true},
		"of another database":      {world: one, planner: ddl.DropCollection("other", "a"), want: catalog.Result{Database: 2}, noop: true},
		"missing database":         {world: one, planner: ddl.DropCollection("none", "a"), noop: true},
		"names are not checked":    {world: one, planner: ddl.DropCollection("default", "1/é"), want: catalog.Result{Database: 1}, noop: true},
		"being created":            {world: half, planner: ddl.DropCollection("default", "a"), want: catalog.Result{Database: 1}, noop: true},
		"by an alias":              {world: aliased, planner: ddl.DropCollection("default", "b"), code: 1100, text: "cannot drop the collection via alias = b: invalid parameter"},
		"aliases hold it":          {world: aliased, planner: ddl.DropCollection("default", "a"), code: 1100, text: "unable to drop the collection [a] because it has associated aliases [b z], please remove all aliases before dropping the collection: invalid parameter"},
		"denied":                   {world: newWorld(t).create("a").properties(1, "database.force.deny.collectionDDL", "true"), planner: ddl.DropCollection("", "a"), code: 9, text: "quota exceeded[reason=access has been disabled by the administrator]"},
		"only partitions denied":   {world: newWorld(t).create("a").properties(1, "database.force.deny.partitionDDL", "true"), planner: ddl.DropCollection("", "a"), want: found},
		"damaged: it goes through": {world: newWorld(t).create("a").restart(catalog.Quarantined{Ref: catalog.Ref{Kind: catalog.KindPartition, Parent: firstID, ID: 9}}), planner: ddl.DropCollection("", "a"), want: found},
	})
}

// pains.md 25: the name is free as soon as the drop is planned in, and the next collection of that name is another one.
func TestDropCollectionFreesTheName(t *testing.T) {
	t.Parallel()
	w := newWorld(t).create("a")
	old, _ := w.Collection(1, "a")
	d, _, err := w.plan(ddl.DropCollection("", "a"))
	require.NoError(t, err)
	require.Len(t, d.Changes, 1, "children leave with their collection")
	gone, ok := d.Changes[0].Put.(*model.Collection)
	require.True(t, ok)
	want := *old.Collection
	want.State, want.Updated = model.Dropping, now
	assert.Equal(t, &want, gone)

	w.stage(d)
	_, ok = w.Collection(1, "a")
	assert.False(t, ok)
	assert.Zero(t, w.Capacity())
	r := w.do(ddl.CreateCollection("", spec("a"), options()))
	assert.Greater(t, r.Collection, old.ID)
}
