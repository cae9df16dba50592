package ddl_test

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
	"github.com/taproot-db/taproot/rootcoord/ddl"
)

const idx = model.ID(5000)

// wanted has the collection a (1000) with the index 5000, whose spec was written in revision 7, and a load of two partitions, of revision 8.
func wanted(t *testing.T) *world {
	t.Helper()
	w := newWorld(t).create("a")
	w.do(ddl.CreatePartition("", "a", "p", options()))
	c, _ := w.Collection(1, "a")
	standard, _ := c.Partition("_default")
	other, _ := c.Partition("p")
	w.put(catalog.PutIndex(&model.Index{ID: idx, Collection: c.ID, Field: 101, Name: "vec"}),
		catalog.PutIndexReport(&model.IndexReport{Collection: c.ID, Index: idx, Spec: 7}))
	w.put(
		catalog.PutLoad(&model.Load{Collection: c.ID, Database: 1, Replicas: 1, Status: model.Loading, Type: model.LoadTypeCollection, Extra: ""}),
		catalog.PutPartitionLoad(&model.PartitionLoad{Collection: c.ID, Partition: standard.ID, Status: model.Loading}),
		catalog.PutPartitionLoad(&model.PartitionLoad{Collection: c.ID, Partition: other.ID, Status: model.Loaded}),
		catalog.PutReplica(&model.Replica{ID: 6000, Collection: c.ID, Group: model.DefaultResourceGroup, Nodes: []int64{1}}),
		catalog.PutLoadReport(&model.LoadReport{Collection: c.ID, Spec: 8}),
	)
	return w
}

// indexed is wanted with what was said of the index.
func indexed(t *testing.T, state model.ReportState) *world {
	t.Helper()
	w := wanted(t)
	w.put(catalog.PutIndexReport(&model.IndexReport{Collection: firstID, Index: idx, Spec: 7, State: state, Indexed: 1, Total: 2, Reason: "x"}))
	return w
}

func ofIndex(spec uint64, state model.ReportState) ddl.Report {
	return ddl.Report{Collection: firstID, Index: idx, Spec: spec, State: state, Indexed: 3, Total: 4, Reason: "because"}
}

func ofLoad(spec uint64, state model.ReportState) ddl.Report {
	return ddl.Report{Collection: firstID, Spec: spec, State: state, Percent: 50, Reason: "because"}
}

// What becomes of a report, by what was said before (decisions 19).
func TestJudge(t *testing.T) {
	t.Parallel()
	const running, done, failed = model.ReportPending, model.ReportDone, model.ReportFailed
	fresh := wanted(t)
	unloaded := wanted(t)
	unloaded.do(ddl.TakeReport(ofLoad(8, failed), external()))
	loaded := wanted(t)
	loaded.do(ddl.TakeReport(ofLoad(8, done), external()))
	dropped := wanted(t)
	dropped.do(ddl.DropCollection("", "a"))
	// As it is where the deployment had no data plane when the index was made and the collection loaded.
	before := wanted(t)
	before.put(catalog.Delete(catalog.IndexReportRef(firstID, idx)), catalog.Delete(catalog.LoadReportRef(firstID)))
	for what, c := range map[string]struct {
		world  *world
		report ddl.Report
		want   ddl.Verdict
	}{
		"index, at work":                    {fresh, ofIndex(7, running), ddl.Progress},
		"index, done":                       {fresh, ofIndex(7, done), ddl.NewState},
		"index, failed":                     {fresh, ofIndex(7, failed), ddl.NewState},
		"index, done twice":                 {indexed(t, done), ofIndex(7, done), ddl.Progress},
		"index, failed twice":               {indexed(t, failed), ofIndex(7, failed), ddl.Progress},
		"index, more rows after done":       {indexed(t, done), ofIndex(7, running), ddl.Progress},
		"index, failed after done":          {indexed(t, done), ofIndex(7, failed), ddl.NewState},
		"index, again at work after failed": {indexed(t, failed), ofIndex(7, running), ddl.NewState},
		"index, done after failed":          {indexed(t, failed), ofIndex(7, done), ddl.NewState},
		"index, of an older spec":           {fresh, ofIndex(6, done), ddl.Late},
		"index, of a newer spec":            {fresh, ofIndex(8, done), ddl.Late},
		"index, of no spec":                 {fresh, ofIndex(0, done), ddl.Late},
		"index, of before the data plane":   {before, ofIndex(0, done), ddl.NewState},
		"index, spec from nowhere":          {before, ofIndex(7, done), ddl.Late},
		"index that is none":                {fresh, ddl.Report{Collection: firstID, Index: idx + 1, State: done}, ddl.Late},
		"index of another collection":       {fresh, ddl.Report{Collection: firstID + 1, Index: idx, Spec: 7, State: done}, ddl.Late},
		"index of what was dropped":         {dropped, ofIndex(7, done), ddl.Late},
		"load, at work":                     {fresh, ofLoad(8, running), ddl.Progress},
		"load, done":                        {fresh, ofLoad(8, done), ddl.NewState},
		"load, failed":                      {fresh, ofLoad(8, failed), ddl.NewState},
		"load, done twice":                  {loaded, ofLoad(8, done), ddl.Progress},
		"load, at work after done":          {loaded, ofLoad(8, running), ddl.Progress},
		"load, failed after done":           {loaded, ofLoad(8, failed), ddl.NewState},
		"load, failed twice":                {unloaded, ofLoad(8, failed), ddl.Late},
		"load, done after failed":           {unloaded, ofLoad(8, done), ddl.Late},
		"load, of an older spec":            {fresh, ofLoad(7, done), ddl.Late},
		"load, of before the data plane":    {before, ofLoad(0, done), ddl.NewState},
		"load of what was dropped":          {dropped, ofLoad(8, done), ddl.Late},
		"load of what is not loaded":        {newWorld(t).create("a"), ofLoad(0, done), ddl.Late},
		"load of nothing":                   {fresh, ddl.Report{State: done}, ddl.Late},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, c.report.Judge(c.world.Snapshot))
			d, _, err := c.world.plan(ddl.TakeReport(c.report, external()))
			require.NoError(t, err, "a late report is no error")
			require.Equal(t, c.want == ddl.NewState, len(d.Changes) > 0, "only a change of state is written")
			require.Equal(t, c.world.NextID(), d.NextID)
		})
	}
}

func TestReportsThatMakeNoSense(t *testing.T) {
	t.Parallel()
	w := wanted(t)
	with := func(change func(*ddl.Report)) ddl.Planner {
		r := ofIndex(7, model.ReportDone)
		change(&r)
		return ddl.TakeReport(r, external())
	}
	found := catalog.Result{Collection: firstID}
	run(t, map[string]row{
		"fewer than no rows":        {world: w, planner: with(func(r *ddl.Report) { r.Indexed = -1 }), code: 1100, text: "report of -1 rows indexed, of 4: invalid parameter"},
		"more indexed than are":     {world: w, planner: with(func(r *ddl.Report) { r.Indexed = 5 }), code: 1100, text: "report of 5 rows indexed, of 4: invalid parameter"},
		"all of as many as can be":  {world: w, planner: with(func(r *ddl.Report) { r.Indexed, r.Total = math.MaxInt64, math.MaxInt64 }), want: found},
		"less than nothing":         {world: w, planner: with(func(r *ddl.Report) { r.Percent = -1 }), code: 1100, text: "report of -1 percent: invalid parameter"},
		"more than all":             {world: w, planner: with(func(r *ddl.Report) { r.Percent = 101 }), code: 1100, text: "report of 101 percent: invalid parameter"},
		"an endless reason":         {world: w, planner: with(func(r *ddl.Report) { r.Reason = strings.Repeat("x", 4097) }), code: 1100, text: "the reason in a report is of 4097 bytes, must be 4096 or less: invalid parameter"},
		"a long reason":             {world: w, planner: with(func(r *ddl.Report) { r.Reason = strings.Repeat("x", 4096) }), want: found},
		"a state that is none":      {world: w, planner: with(func(r *ddl.Report) { r.State = 9 }), code: 1100, text: "report of a state that does not exist: 9: invalid parameter"},
		"where nobody is to report": {world: w, planner: ddl.TakeReport(ofIndex(7, model.ReportDone), options()), code: 10, text: "this deployment has no external data plane: dataplane.mode is none, and must be external for one to report: service unimplemented"},
	})
}

func TestWhatReportsChange(t *testing.T) {
	t.Parallel()
	w := wanted(t)
	at := w.Revision()
	object := ddl.CollectionObject("", "a")
	require.NoError(t, changedSince(w, object, at))
	report := func(r ddl.Report) {
		t.Helper()
		d, _, err := w.plan(ddl.TakeReport(r, external()))
		require.NoError(t, err)
		next, err := w.Stage(&catalog.ChangeSet{
			Revision: w.Revision() + 1, Timestamp: now, NextID: d.NextID, Changes: d.Changes, Statement: catalog.ReportStatement,
		})
		require.NoError(t, err)
		w.Snapshot = next
	}

	report(ofIndex(7, model.ReportFailed))
	r := collectionA(t, w).IndexProgress(idx, true)
	require.Equal(t, catalog.Progress{State: model.ReportFailed, Indexed: 3, Total: 4, Reason: "because"}, r)
	report(ofIndex(7, model.ReportDone))
	require.Equal(t, catalog.Progress{State: model.ReportDone, Indexed: 3, Total: 4}, collectionA(t, w).IndexProgress(idx, true))

	report(ofLoad(8, model.ReportDone))
	c := collectionA(t, w)
	l, ok := c.Load()
	require.True(t, ok)
	require.Equal(t, model.Loaded, l.Status)
	for p := range c.PartitionLoads() {
		require.Equal(t, model.Loaded, p.Status)
	}
	require.Equal(t, 2, c.CountPartitionLoads())
	p, ok := c.LoadProgress(true)
	require.True(t, ok)
	require.Equal(t, catalog.Progress{State: model.ReportDone}, p)

	// A load that fails is none any more, and only the reason is left (decisions 20).
	report(ofLoad(8, model.ReportFailed))
	c = collectionA(t, w)
	_, ok = c.Load()
	require.False(t, ok)
	require.Zero(t, c.CountPartitionLoads())
	for range c.Replicas() {
		require.Fail(t, "a replica is left")
	}
	p, ok = c.LoadProgress(true)
	require.False(t, ok)
	require.Equal(t, catalog.Progress{State: model.ReportFailed, Reason: "because"}, p)
	require.NoError(t, changedSince(w, object, at), "reports are no changes of the collection (decisions 16)")
}

func collectionA(t *testing.T, w *world) *catalog.Collection {
	t.Helper()
	c, ok := w.Collection(1, "a")
	require.True(t, ok)
	return c
}

func changedSince(w *world, o ddl.Object, given catalog.Revision) error {
	_, _, err := ddl.IfRevision(o, given, func(s *catalog.Snapshot, _ ddl.Input) (ddl.Draft, catalog.Result, error) {
		return ddl.Draft{NextID: s.NextID()}, catalog.Result{}, nil
	})(w.Snapshot, ddl.Input{Now: now})
	return err
}
