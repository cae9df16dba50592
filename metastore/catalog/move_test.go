package catalog_test

import (
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/codec"
	"github.com/taproot-db/taproot/metastore/model"
)

// A rename across databases is a put under a new key and a delete of the old one, in either order, and the way back too. What
// belongs to the collection is not written and comes along.
func TestACollectionMovesWithAllThatBelongsToIt(t *testing.T) {
	t.Parallel()
	there := changed(collection(20, "authors"), func(c *model.Collection) { c.Database, c.Name = 2, "writers" })
	put, del := catalog.PutCollection(there), remove(catalog.CollectionRef(collection(20, "authors")))
	for name, changes := range map[string][]catalog.Change{"new key first": {put, del}, "old key first": {del, put}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := stage(t, library(t), catalog.PutDatabase(database(2, "two")), catalog.PutFunction(20, function(100)), catalog.PutStructField(20, structField(200)))
			before, _ := s.Find(20)
			after, cs := commit(t, s, slices.Clone(changes)...)
			require.Empty(t, cs.Left, "nothing leaves")

			c, ok := after.Collection(2, "writers")
			require.True(t, ok)
			assert.Equal(t, slices.Collect(before.Fields()), slices.Collect(c.Fields()))
			assert.Equal(t, slices.Collect(before.Partitions()), slices.Collect(c.Partitions()))
			assert.Equal(t, slices.Collect(before.Functions()), slices.Collect(c.Functions()))
			assert.Equal(t, slices.Collect(before.StructFields()), slices.Collect(c.StructFields()))
			_, ok = after.Collection(1, "authors")
			assert.False(t, ok, "the name is free again")
			assert.Equal(t, []int{1, 1}, []int{after.CountCollections(1), after.CountCollections(2)})
			_, _, ok = after.Record(del.Ref)
			assert.False(t, ok)
			_, _, ok = after.Record(put.Ref)
			assert.True(t, ok)
			for i := range cs.Changes {
				ch := &cs.Changes[i]
				assert.Equal(t, ch.Deletes(), ch.Stored.Existed, "only the old key had a record")
			}
			again, err := s.Apply(cs)
			require.NoError(t, err)
			assert.Equal(t, dump(after), dump(again))

			undo, err := codec.Undo(cs)
			require.NoError(t, err)
			back, err := after.Revert(cs, undo, s.Mark())
			require.NoError(t, err)
			assert.Equal(t, dump(s), dump(back))

			// And a drop from where it is now takes all of it.
			gone := changed(there, func(c *model.Collection) { c.State = model.Dropping })
			_, cs = commit(t, after, catalog.PutCollection(gone))
			assert.Len(t, cs.Left, 4)
		})
	}
}

// The leader, a standby and whoever walks back may start from the same Snapshot at once.
func TestSnapshotsAreMadeByMany(t *testing.T) {
	t.Parallel()
	s := library(t)
	before := dump(s)
	sets := make([]*catalog.ChangeSet, 8)
	for i := range sets {
		sets[i] = next(t, s, catalog.PutCollection(collection(model.ID(30+i), "c")), catalog.PutField(10, field(101)), catalog.PutAlias(alias("x", 20)))
	}
	var wg sync.WaitGroup
	out := make([]*catalog.Snapshot, len(sets))
	for i, cs := range sets {
		wg.Go(func() {
			after, err := s.Stage(cs)
			if assert.NoError(t, err) {
				out[i], err = after.Stage(next(t, after, catalog.PutCollection(collection(50, "d"))))
				assert.NoError(t, err)
			}
			assert.Equal(t, before, dump(s))
		})
	}
	wg.Wait()
	for i, after := range out {
		_, ok := after.CollectionByID(model.ID(30 + i))
		assert.True(t, ok)
		assert.Equal(t, 4, after.CountCollections(1))
	}
}
