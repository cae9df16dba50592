package milvus

import (
	"testing"

	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
)

// reporting is a Source that has heard of a data plane: of spec 7 alone.
type reporting struct{ *fakeSource }

const (
	indexID       = model.ID(700)
	heardOf       = 7
	rowsBuilt     = 30
	rowsThere     = 100
	percentLoaded = 40
)

func (reporting) IndexRows(c, index model.ID, spec uint64) (int64, int64, bool) {
	if c == booksID && index == indexID && spec == heardOf {
		return rowsBuilt, rowsThere, true
	}
	return 0, 0, false
}

func (r reporting) LoadPercent(c model.ID, spec uint64) (int32, bool) {
	switch {
	case c == booksID && spec == heardOf:
		return percentLoaded, true
	case c == booksID && spec == heardOf+1:
		return 100, true
	}
	return 0, false
}

// What is shown is what the catalog says, and within a state what was reported since, of the spec in force.
func TestProgressWithinAState(t *testing.T) {
	t.Parallel()
	in := func(external bool, changes ...catalog.Change) (*harness, *catalog.Collection) {
		h := start(t, shelf(func(b *catalog.Builder) {
			for _, c := range append(changes, catalog.PutIndex(&model.Index{ID: indexID, Collection: booksID, Field: 101, Name: "vec"})) {
				b.Add(c.Ref, c.Put, catalog.Fingerprint{})
			}
		}), func(c *Config) { c.Limits.ExternalDataPlane = external })
		h.service.source = reporting{h.source}
		c, ok := h.source.Snapshot().CollectionByID(booksID)
		require.True(t, ok)
		return h, c
	}
	ofIndex := func(spec uint64, s model.ReportState) catalog.Change {
		return catalog.PutIndexReport(&model.IndexReport{Collection: booksID, Index: indexID, Spec: spec, State: s, Indexed: 1, Total: 2})
	}
	ofLoad := func(spec uint64, s model.ReportState) catalog.Change {
		return catalog.PutLoadReport(&model.LoadReport{Collection: booksID, Spec: spec, State: s, Reason: "why"})
	}
	load := catalog.PutLoad(&model.Load{Collection: booksID})
	pending, done, failed := model.ReportPending, model.ReportDone, model.ReportFailed
	index := &model.Index{ID: indexID}
	for what, c := range map[string]struct {
		change catalog.Change
		want   catalog.Progress
	}{
		"of this spec":    {ofIndex(heardOf, pending), catalog.Progress{Indexed: rowsBuilt, Total: rowsThere}},
		"of another spec": {ofIndex(heardOf+1, pending), catalog.Progress{Indexed: 1, Total: 2}},
		"after it is done": {
			ofIndex(heardOf, done), catalog.Progress{State: done, Indexed: rowsBuilt, Total: rowsThere},
		},
	} {
		h, coll := in(true, c.change)
		require.Equal(t, c.want, h.service.indexProgress(coll, index), what)
		h, coll = in(false, c.change)
		require.Equal(t, catalog.Progress{State: done}, h.service.indexProgress(coll, index), what)
	}
	h, coll := in(true)
	require.Equal(t, catalog.Progress{}, h.service.indexProgress(coll, index), "nothing was said yet")

	for what, c := range map[string]struct {
		changes  []catalog.Change
		external bool
		percent  int64
		state    model.ReportState
		ok       bool
	}{
		"not loaded":               {nil, true, 0, pending, false},
		"nothing was said":         {[]catalog.Change{load}, true, 0, pending, true},
		"under way":                {[]catalog.Change{load, ofLoad(heardOf, pending)}, true, percentLoaded, pending, true},
		"under way, all but done":  {[]catalog.Change{load, ofLoad(heardOf+1, pending)}, true, 99, pending, true},
		"done":                     {[]catalog.Change{load, ofLoad(heardOf, done)}, true, 100, done, true},
		"failed":                   {[]catalog.Change{ofLoad(heardOf, failed)}, true, 0, failed, false},
		"without a data plane":     {[]catalog.Change{load, ofLoad(heardOf, pending)}, false, 100, done, true},
		"of another spec was told": {[]catalog.Change{load, ofLoad(heardOf+5, pending)}, true, 0, pending, true},
	} {
		h, coll := in(c.external, c.changes...)
		p, percent, ok := h.service.loadProgress(coll)
		require.Equal(t, c.percent, percent, what)
		require.Equal(t, c.state, p.State, what)
		require.Equal(t, c.ok, ok, what)
	}
	h, coll = in(true, load)
	h.service.source = h.source // one that knows nothing
	_, percent, ok := h.service.loadProgress(coll)
	require.True(t, ok)
	require.Zero(t, percent)
}

// Rows are those that a data plane has told of by the indexes that it built. It tells nothing of single partitions.
func TestRowsOfAnExternalDataPlane(t *testing.T) {
	t.Parallel()
	h := start(t, shelf(func(b *catalog.Builder) {
		for _, c := range []catalog.Change{
			catalog.PutIndex(&model.Index{ID: indexID, Collection: booksID, Field: 101, Name: "vec"}),
			catalog.PutIndexReport(&model.IndexReport{Collection: booksID, Index: indexID, Spec: heardOf}),
		} {
			b.Add(c.Ref, c.Put, catalog.Fingerprint{})
		}
	}), func(c *Config) { c.Limits.ExternalDataPlane = true })
	h.service.source = reporting{h.source}
	rows, err := h.GetCollectionStatistics(t.Context(), &milvuspb.GetCollectionStatisticsRequest{CollectionName: "books"})
	requireOK(t, rows.GetStatus(), err)
	require.Equal(t, "100", rows.GetStats()[0].GetValue())
	part, err := h.GetPartitionStatistics(t.Context(), &milvuspb.GetPartitionStatisticsRequest{CollectionName: "books"})
	require.NoError(t, err)
	require.Equal(t, int32(10), part.GetStatus().GetCode())
	part, err = h.GetPartitionStatistics(t.Context(), &milvuspb.GetPartitionStatisticsRequest{CollectionName: "keyed", PartitionName: "_default_0"})
	requireOK(t, part.GetStatus(), err)
	require.Equal(t, "0", part.GetStats()[0].GetValue())
}
