package catalog_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
)

// The leader goes forward from a Snapshot from which readers of the past go back, at the same time: to be run with the race detector.
func TestManyDeriveFromOneSnapshot(t *testing.T) {
	t.Parallel()
	s := library(t)
	before := dump(s)
	var all sync.WaitGroup
	made := make([]*catalog.Snapshot, 8)
	for i := range made {
		cs := next(t, s, catalog.PutCollection(collection(5000+model.ID(i), "derived")), catalog.PutPartition(partition(5000+model.ID(i), 6000)))
		all.Go(func() {
			for range 20 {
				if d, err := s.Stage(cs); err == nil {
					made[i] = d
				}
			}
		})
	}
	all.Wait()
	for i, d := range made {
		require.NotNil(t, d)
		c, ok := d.Collection(1, "derived")
		require.True(t, ok)
		require.Equal(t, 5000+model.ID(i), c.ID)
	}
	require.Equal(t, before, dump(s))
}
