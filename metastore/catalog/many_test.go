package catalog_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
)

// partitioned returns the changes of a create with n partitions.
func partitioned(n int) []catalog.Change {
	changes := []catalog.Change{catalog.PutCollection(collection(5000, "many"))}
	for i := range n {
		changes = append(changes, catalog.PutPartition(partition(5000, model.ID(6000+i))))
	}
	return changes
}

// Each of a thousand partitions of one statement must not copy all those before it: a limit on memory shows it whatever the machine.
func TestManyPartitionsCostWhatTheyAre(t *testing.T) { //nolint:paralleltest // allocations are counted
	s := library(t)
	bytes := func(n int) uint64 {
		cs := next(t, s, partitioned(n)...)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := s.Stage(cs)
		runtime.ReadMemStats(&after)
		require.NoError(t, err)
		return after.TotalAlloc - before.TotalAlloc
	}
	few, many := bytes(64), bytes(1024)
	require.Less(t, many, 40*few, "16 times as many")
}

// What one change set copied the next ones write to, but nothing that a Snapshot handed out before has.
func TestWorkLeavesSnapshotsAlone(t *testing.T) {
	t.Parallel()
	s := stage(t, library(t), partitioned(100)...)
	before := dump(s)
	one, two := s.Work(), s.Work()
	add := func(w *catalog.Work, id model.ID) {
		t.Helper()
		require.NoError(t, w.Stage(next(t, w.Snapshot(), catalog.PutPartition(partition(5000, id)))))
	}
	for i := range model.ID(3) { // in turn, into what both have from s
		add(one, 7000+i)
		add(two, 8000+i)
	}
	require.NoError(t, one.Stage(next(t, one.Snapshot(), remove(catalog.Ref{Kind: catalog.KindPartition, Parent: 5000, ID: 6000}))))
	require.NoError(t, two.Stage(next(t, two.Snapshot(), catalog.PutCollection(collection(5000, "renamed")), remove(catalog.Ref{Kind: catalog.KindPartition, Parent: 5000, ID: 1}))))
	add(two, 8003)
	handed := one.Snapshot()
	then := dump(handed)
	three := handed.Work()
	add(three, 9000)
	require.NoError(t, three.Stage(next(t, three.Snapshot(), remove(catalog.Ref{Kind: catalog.KindPartition, Parent: 5000, ID: 6001}))))
	require.Equal(t, before, dump(s))
	require.Equal(t, then, dump(handed))
	c, _ := two.Snapshot().Find(5000)
	var names []string
	for p := range c.Partitions() {
		names = append(names, p.Name)
	}
	require.Len(t, names, 104)
	require.Equal(t, []string{"p8000", "p8001", "p8002", "p8003"}, names[100:])
	require.Equal(t, fmt.Sprint("p", 6000), names[0])
}
