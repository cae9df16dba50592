package catalog_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
)

// Without an external data plane everything is done as soon as it is wanted; with one, when it says so (decisions 19, 20).
func TestProgress(t *testing.T) {
	t.Parallel()
	indexed := catalog.PutIndex(index(10, 15))
	indexReport := func(s model.ReportState) catalog.Change {
		return catalog.PutIndexReport(&model.IndexReport{Collection: 10, Index: 15, State: s, Indexed: 3, Total: 7, Reason: "r"})
	}
	loadReport := func(s model.ReportState) catalog.Change {
		return catalog.PutLoadReport(&model.LoadReport{Collection: 10, State: s, Reason: "r"})
	}
	loaded := catalog.PutLoad(&model.Load{Collection: 10, Status: model.Loading})
	pending, done, failed := model.ReportPending, model.ReportDone, model.ReportFailed
	type progress = catalog.Progress
	for name, row := range map[string]struct {
		changes  []catalog.Change
		external bool
		index    progress
		load     progress
		loaded   bool
	}{
		"nothing":                   {index: progress{State: done}},
		"nothing, external":         {external: true},
		"wanted":                    {changes: []catalog.Change{indexed, loaded}, index: progress{State: done}, load: progress{State: done}, loaded: true},
		"wanted, external":          {changes: []catalog.Change{indexed, loaded}, external: true, loaded: true},
		"reported, then on its own": {changes: []catalog.Change{indexed, loaded, indexReport(failed), loadReport(pending)}, index: progress{State: done}, load: progress{State: done}, loaded: true},
		"pending":                   {changes: []catalog.Change{indexed, loaded, indexReport(pending), loadReport(pending)}, external: true, index: progress{pending, 3, 7, "r"}, load: progress{State: pending}, loaded: true},
		"done":                      {changes: []catalog.Change{indexed, loaded, indexReport(done), loadReport(done)}, external: true, index: progress{done, 3, 7, "r"}, load: progress{State: done}, loaded: true},
		"failed":                    {changes: []catalog.Change{indexed, indexReport(failed), loadReport(failed)}, external: true, index: progress{failed, 3, 7, "r"}, load: progress{State: failed, Reason: "r"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, ok := stage(t, library(t), row.changes...).CollectionByID(10)
			require.True(t, ok)
			assert.Equal(t, row.index, c.IndexProgress(15, row.external))
			load, loaded := c.LoadProgress(row.external)
			assert.Equal(t, row.load, load)
			assert.Equal(t, row.loaded, loaded)
		})
	}
}

// The counters of an adopted catalog begin above the ids of indexes and replicas, too.
func TestHighestOfThePlane(t *testing.T) {
	t.Parallel()
	s := stage(t, library(t), catalog.PutIndex(&model.Index{ID: 50, Collection: 10, Created: 77}), catalog.PutLoad(load(10)), catalog.PutReplica(replica(10, 60)))
	assert.Equal(t, catalog.Position{NextID: 60, Timestamp: 77}, s.Highest())
}

// A rename across databases takes along what a data plane acts on (decisions 23); a drop takes all of it away.
func TestThePlaneGoesWithTheCollection(t *testing.T) {
	t.Parallel()
	s := stage(t, library(t), catalog.PutDatabase(database(2, "two")), catalog.PutIndex(index(20, 25)), catalog.PutLoad(load(20)),
		catalog.PutPartitionLoad(partitionLoad(20, 21)), catalog.PutReplica(replica(20, 26)), catalog.PutLoadReport(&model.LoadReport{Collection: 20}))
	there, moved := changed(collection(20, "authors"), func(c *model.Collection) { c.Database = 2 }), load(20)
	moved.Database = 2
	s = stage(t, s, catalog.PutCollection(there), remove(catalog.CollectionRef(collection(20, ""))), catalog.PutLoad(moved))
	c, ok := s.Collection(2, "authors")
	require.True(t, ok)
	assert.Equal(t, 1, c.CountIndexes())
	assert.Equal(t, 1, c.CountPartitionLoads())
	got, ok := c.Load()
	require.True(t, ok)
	assert.Equal(t, model.ID(2), got.Database)

	s = stage(t, s, catalog.PutCollection(changed(there, func(c *model.Collection) { c.State = model.Dropping })))
	for range s.Loaded() {
		assert.Fail(t, "nothing is loaded any more")
	}
	without := stage(t, library(t), catalog.PutDatabase(database(2, "two")))
	without = stage(t, without, remove(catalog.CollectionRef(collection(20, ""))))
	assert.Equal(t, content(without), content(s))
}

// What a data plane reports is no change of the object, live and after a load (decisions 16).
func TestReportsChangeNoRevision(t *testing.T) {
	t.Parallel()
	s := stage(t, library(t), catalog.PutIndex(index(20, 25)), catalog.PutLoad(load(20)))
	wanted := s.Revision()
	index, load := catalog.IndexReportRef(20, 25), catalog.LoadReportRef(20)
	s = stage(t, s, catalog.PutIndexReport(&model.IndexReport{Collection: 20, Index: 25}), catalog.PutLoadReport(&model.LoadReport{Collection: 20}))
	s = stage(t, s, catalog.PutIndexReport(&model.IndexReport{Collection: 20, Index: 25, State: model.ReportDone}), remove(load))
	s.Touched(index, s.Revision())
	s.Touched(load, s.Revision())
	at, ok := s.RevisionOf(catalog.CollectionRef(collection(20, "")))
	require.True(t, ok)
	assert.Equal(t, wanted, at)

	s = stage(t, s, remove(catalog.LoadRef(20)))
	at, _ = s.RevisionOf(catalog.CollectionRef(collection(20, "")))
	assert.Equal(t, s.Revision(), at, "the wish is the client's")
}
