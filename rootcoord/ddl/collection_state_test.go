package ddl_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
	"github.com/taproot-db/taproot/rootcoord/ddl"
)

func TestCollectionState(t *testing.T) {
	t.Parallel()
	pending := options()
	pending.Pending = true
	half := newWorld(t)
	half.do(ddl.CreateCollection("", spec("a"), pending))
	whole, empty := newWorld(t).create("a"), newWorld(t)
	found := catalog.Result{Database: 1, Collection: firstID}
	run(t, map[string]row{
		"finish":             {world: half, planner: ddl.FinishCreate(firstID), want: found},
		"finished already":   {world: whole, planner: ddl.FinishCreate(firstID), want: found, noop: true},
		"finish, given up":   {world: empty, planner: ddl.FinishCreate(firstID), code: 100, text: "collection not found[collection=1000]"},
		"give up":            {world: half, planner: ddl.MarkDropping(firstID), want: found},
		"give up, visible":   {world: whole, planner: ddl.MarkDropping(firstID), want: found, noop: true},
		"give up, gone":      {world: empty, planner: ddl.MarkDropping(firstID), noop: true},
		"give up, another":   {world: half, planner: ddl.MarkDropping(firstID + 1), noop: true},
		"finish, a stranger": {world: half, planner: ddl.FinishCreate(firstID + 1), code: 100, text: "collection not found[collection=1001]"},
	})
}

// A collection that was finished is the one that a single commit would have written.
func TestFinishCreate(t *testing.T) {
	t.Parallel()
	pending := options()
	pending.Pending = true
	w := newWorld(t)
	w.do(ddl.CreateCollection("", spec("a"), pending))
	assert.Zero(t, w.CountAllCollections())
	w.do(ddl.FinishCreate(firstID))
	got, ok := w.Collection(1, "a")
	require.True(t, ok)
	want, ok := newWorld(t).create("a").Collection(1, "a")
	require.True(t, ok)
	assert.Equal(t, want.Collection, got.Collection)
	assert.Equal(t, 1, got.CountPartitions())
	assert.Equal(t, 4, got.CountFields())
}

// pains.md 1 and 63: what is given up leaves nothing behind, and its name is free.
func TestMarkDropping(t *testing.T) {
	t.Parallel()
	pending := options()
	pending.Pending = true
	w := newWorld(t)
	w.do(ddl.CreateCollection("", spec("a"), pending))
	d, _, err := w.plan(ddl.MarkDropping(firstID))
	require.NoError(t, err)
	require.Len(t, d.Changes, 1)
	c, ok := d.Changes[0].Put.(*model.Collection)
	require.True(t, ok)
	assert.Equal(t, model.Dropping, c.State)
	assert.Equal(t, now, c.Updated)
	w.stage(d)
	assert.Zero(t, w.Capacity())
	assert.Zero(t, w.ChannelUse("by-dev-rootcoord-dml_0"))
	for range w.Unfinished() {
		t.Fatal("still there")
	}
	w.create("a")
}

// A store that Milvus left may hold a half-made collection that has an alias already.
func TestMarkDroppingTakesAliasesAlong(t *testing.T) {
	t.Parallel()
	pending := options()
	pending.Pending = true
	w := newWorld(t)
	w.do(ddl.CreateCollection("", spec("a"), pending))
	w.put(catalog.PutAlias(&model.Alias{Database: 1, Name: "other", Collection: firstID}))
	w.do(ddl.MarkDropping(firstID))
	for range w.Unfinished() {
		t.Fatal("still there")
	}
	_, found := w.Alias(1, "other")
	assert.False(t, found)
}
