package progress_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
	"github.com/taproot-db/taproot/rootcoord/progress"
)

func full() *progress.Board {
	b := progress.New()
	b.Index(1, 10, 7, 3, 4)
	b.Index(1, 11, 7, 5, 6)
	b.Load(1, 8, 50)
	b.Load(2, 9, 60)
	return b
}

// A reader gets the progress of the spec that it sees, and of no other.
func TestReadersNameTheSpec(t *testing.T) {
	t.Parallel()
	b := full()
	indexed, total, ok := b.IndexRows(1, 10, 7)
	require.True(t, ok)
	require.Equal(t, [2]int64{3, 4}, [2]int64{indexed, total})
	percent, ok := b.LoadPercent(1, 8)
	require.True(t, ok)
	require.Equal(t, int32(50), percent)
	for _, other := range [][3]uint64{{1, 10, 6}, {1, 10, 8}, {1, 12, 7}, {2, 10, 7}, {3, 10, 7}} {
		_, _, ok := b.IndexRows(model.ID(other[0]), model.ID(other[1]), other[2])
		require.False(t, ok, other)
	}
	for _, other := range [][2]uint64{{1, 7}, {2, 8}, {3, 8}} {
		_, ok := b.LoadPercent(model.ID(other[0]), other[1])
		require.False(t, ok, other)
	}
	b.Index(1, 10, 7, 4, 4)
	indexed, _, _ = b.IndexRows(1, 10, 7)
	require.Equal(t, int64(4), indexed)
	require.Equal(t, 4, b.Len())
}

// What is kept is bounded by what exists: it goes with the object, with the spec, and with a change of state.
func TestWhatIsForgotten(t *testing.T) {
	t.Parallel()
	coll := func(s model.State) catalog.Change {
		return catalog.PutCollection(&model.Collection{ID: 1, Database: 1, State: s})
	}
	for what, c := range map[string]struct {
		change catalog.Change
		left   int
	}{
		"drop of the collection":   {coll(model.Dropping), 1},
		"alter of the collection":  {coll(model.Created), 4},
		"move of the collection":   {catalog.Delete(catalog.Ref{Kind: catalog.KindCollection, Parent: 1, ID: 1}), 4},
		"drop of an index":         {catalog.Delete(catalog.IndexRef(&model.Index{ID: 10, Collection: 1})), 3},
		"write of an index":        {catalog.PutIndex(&model.Index{ID: 10, Collection: 1}), 4},
		"another spec or state":    {catalog.PutIndexReport(&model.IndexReport{Index: 10, Collection: 1, Spec: 9}), 3},
		"a report that goes":       {catalog.Delete(catalog.IndexReportRef(1, 11)), 3},
		"release":                  {catalog.Delete(catalog.LoadRef(1)), 3},
		"load":                     {catalog.PutLoad(&model.Load{Collection: 2}), 4},
		"another load":             {catalog.PutLoadReport(&model.LoadReport{Collection: 2, Spec: 10}), 3},
		"a report of a load goes":  {catalog.Delete(catalog.LoadReportRef(2)), 3},
		"something else":           {catalog.PutDatabase(&model.Database{ID: 1}), 4},
		"of another collection":    {catalog.Delete(catalog.LoadRef(3)), 4},
		"of a kind from tomorrow":  {catalog.Change{}, 4},
		"an index of another":      {catalog.Delete(catalog.IndexRef(&model.Index{ID: 10, Collection: 2})), 4},
		"an index without reports": {catalog.Delete(catalog.IndexRef(&model.Index{ID: 19, Collection: 1})), 4},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			b := full()
			b.Published(&catalog.ChangeSet{Changes: []catalog.Change{c.change}})
			require.Equal(t, c.left, b.Len())
		})
	}
	b := full()
	b.ForgetIndex(1, 10)
	b.ForgetIndex(1, 11)
	b.ForgetLoad(1)
	b.ForgetLoad(2)
	require.Zero(t, b.Len())
	b.Published(&catalog.ChangeSet{Changes: []catalog.Change{coll(model.Dropping)}})
}

// A data plane reports, clients ask, and collections go, all at once.
func TestBoardIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	b := progress.New()
	var wg sync.WaitGroup
	for id := range model.ID(4) {
		wg.Go(func() {
			for i := range 200 {
				b.Index(id, model.ID(i%3), 1, int64(i), 200)
				b.Load(id, 1, int32(i/2))
			}
		})
		wg.Go(func() {
			for i := range 200 {
				if indexed, total, ok := b.IndexRows(id, model.ID(i%3), 1); ok {
					assert.LessOrEqual(t, indexed, total)
				}
				_, _ = b.LoadPercent(id, 1)
			}
		})
		wg.Go(func() {
			for range 200 {
				b.Published(&catalog.ChangeSet{Changes: []catalog.Change{catalog.Delete(catalog.LoadRef(id))}})
			}
		})
	}
	wg.Wait()
	for id := range model.ID(4) {
		b.Published(&catalog.ChangeSet{Changes: []catalog.Change{catalog.PutCollection(&model.Collection{ID: id, State: model.Dropping})}})
	}
	require.Zero(t, b.Len())
}
