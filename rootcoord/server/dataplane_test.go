package server_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/cockroachdb/errors"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
	taprootv1 "github.com/taproot-db/taproot/proto/taproot/v1"
	"github.com/taproot-db/taproot/rootcoord/committer"
	"github.com/taproot-db/taproot/rootcoord/ddl"
	"github.com/taproot-db/taproot/rootcoord/progress"
	"github.com/taproot-db/taproot/rootcoord/server"
	"github.com/taproot-db/taproot/rootcoord/steps"
	"github.com/taproot-db/taproot/tasks"
)

// plane is a coordinator in memory: it commits by applying.
type plane struct {
	t     *testing.T
	mu    sync.Mutex
	snap  *catalog.Snapshot
	board *progress.Board
	// commits are the statements that changed something.
	commits int
	err     error
	// first runs ahead of the next commit, once.
	first func()
	steps.Runner
}

// The ids of what is wanted: three collections, each with an index and a load of one partition.
func ids(n int) (collection, index, partition model.ID) {
	c := model.ID(100 * n)
	return c, c + 1, c + 2
}

func newPlane(t *testing.T) *plane {
	t.Helper()
	p := &plane{t: t, snap: catalog.Empty(), board: progress.New()}
	l := model.DefaultLimits()
	l.ExternalDataPlane = true
	p.Runner = steps.Runner{Committer: p, Limits: l}
	p.change(catalog.PutDatabase(&model.Database{ID: 1, Name: "default"}))
	for n := 1; n <= 3; n++ {
		c, i, part := ids(n)
		p.change(
			catalog.PutCollection(&model.Collection{ID: c, Database: 1, Name: fmt.Sprint("c", n), Shards: 1}),
			catalog.PutField(c, &model.Field{ID: 101, Name: "vec", Type: model.FloatVector}),
			catalog.PutPartition(&model.Partition{ID: part, Collection: c, Name: "_default"}),
			catalog.PutIndex(&model.Index{ID: i, Collection: c, Field: 101, Name: "vec", IndexParams: []model.Property{{Key: "index_type", Value: "HNSW"}}}),
			catalog.PutIndexReport(&model.IndexReport{Collection: c, Index: i, Spec: 7}),
			catalog.PutLoad(&model.Load{Collection: c, Replicas: 1, Status: model.Loading, Fields: []model.ID{101}}),
			catalog.PutPartitionLoad(&model.PartitionLoad{Collection: c, Partition: part, Status: model.Loading}),
			catalog.PutLoadReport(&model.LoadReport{Collection: c, Spec: 8}),
		)
	}
	p.commits = 0
	return p
}

func (p *plane) change(changes ...catalog.Change) {
	p.t.Helper()
	require.NoError(p.t, p.apply("Test", changes))
}

func (p *plane) apply(statement string, changes []catalog.Change) error {
	cs := &catalog.ChangeSet{Revision: p.snap.Revision() + 1, NextID: p.snap.NextID(), Statement: statement, Changes: changes}
	next, err := p.snap.Stage(cs)
	if err != nil {
		return err
	}
	p.snap = next
	p.commits++
	p.board.Published(cs)
	return nil
}

func (p *plane) Submit(_ context.Context, st committer.Statement) (committer.Committed, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err != nil {
		return committer.Committed{}, p.err
	}
	if f := p.first; f != nil {
		p.first = nil
		f()
	}
	d, result, err := st.Plan(p.snap, ddl.Input{})
	if err != nil {
		return committer.Committed{}, err
	}
	if len(d.Changes) > 0 {
		if err := p.apply(st.Name, d.Changes); err != nil {
			return committer.Committed{}, err
		}
	}
	return committer.Committed{Revision: p.snap.Revision(), Changed: len(d.Changes) > 0, Result: result}, nil
}

func (p *plane) Snapshot() *catalog.Snapshot {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.snap
}

func (*plane) DryRun(ddl.Planner) (committer.Committed, []ddl.Planned, error) {
	panic("reports are never dry")
}

func (p *plane) serve() *server.DataPlane {
	return server.NewDataPlane(true, func() (server.Plane, error) {
		return server.Plane{Runner: &p.Runner, Snapshot: p.Snapshot, Board: p.board}, nil
	}, func(context.Context, *tasks.PanicError) {})
}

// report sends reports and returns which were taken.
func (p *plane) report(rs ...*taprootv1.Report) []bool {
	p.t.Helper()
	resp, err := p.serve().Report(p.t.Context(), &taprootv1.ReportRequest{Reports: rs})
	require.NoError(p.t, err)
	require.Equal(p.t, uint64(p.Snapshot().Revision()), resp.GetRevision())
	return resp.GetTaken()
}

const (
	running = taprootv1.ReportState_REPORT_STATE_RUNNING
	done    = taprootv1.ReportState_REPORT_STATE_DONE
	failed  = taprootv1.ReportState_REPORT_STATE_FAILED
)

func indexReport(n int, s taprootv1.ReportState, rows int64) *taprootv1.Report {
	c, i, _ := ids(n)
	return &taprootv1.Report{CollectionId: int64(c), IndexId: int64(i), Spec: 7, State: s, IndexedRows: rows, TotalRows: 10, Reason: "why"}
}

func loadReport(n int, s taprootv1.ReportState, percent int32) *taprootv1.Report {
	c, _, _ := ids(n)
	return &taprootv1.Report{CollectionId: int64(c), Spec: 8, State: s, Progress: percent, Reason: "why"}
}

// Progress is kept in memory, and each change of state is one commit (decisions 19).
func TestReportsOnTheirWay(t *testing.T) {
	t.Parallel()
	p := newPlane(t)
	c, i, _ := ids(1)
	rows := func(want int64) {
		t.Helper()
		got, _, ok := p.board.IndexRows(c, i, 7)
		require.Equal(t, want != 0, ok)
		require.Equal(t, want, got)
	}
	require.Equal(t, []bool{true, true}, p.report(indexReport(1, running, 3), loadReport(1, running, 40)))
	require.Zero(t, p.commits)
	rows(3)
	percent, ok := p.board.LoadPercent(c, 8)
	require.True(t, ok)
	require.Equal(t, int32(40), percent)

	require.Equal(t, []bool{true}, p.report(indexReport(1, done, 10)))
	require.Equal(t, 1, p.commits)
	rows(0) // the record has them now
	require.Equal(t, []bool{true}, p.report(indexReport(1, done, 10)), "a repetition is taken, and commits nothing")
	require.Equal(t, 1, p.commits)
	rows(10)

	require.Equal(t, []bool{true}, p.report(loadReport(1, done, 100)))
	require.Equal(t, 2, p.commits)
	coll, _ := p.Snapshot().CollectionByID(c)
	l, _ := coll.Load()
	require.Equal(t, model.Loaded, l.Status)

	// Those of one object are taken in their order, also within one request.
	require.Equal(t, []bool{true, true, true, true, true}, p.report(
		indexReport(2, running, 1), indexReport(2, failed, 2), indexReport(2, running, 3), indexReport(2, done, 4), indexReport(2, running, 5)))
	require.Equal(t, 5, p.commits)
	coll, _ = p.Snapshot().CollectionByID(200)
	require.Equal(t, catalog.Progress{State: model.ReportDone, Indexed: 4, Total: 10}, coll.IndexProgress(201, true))
	got, _, _ := p.board.IndexRows(200, 201, 7)
	require.Equal(t, int64(5), got)

	// One that is late changes nothing, and leaves nothing behind.
	late := loadReport(3, done, 100)
	late.Spec = 7
	gone := indexReport(9, running, 1)
	before := p.board.Len()
	require.Equal(t, []bool{false, false, true}, p.report(late, gone, loadReport(3, failed, 0)))
	require.Equal(t, 6, p.commits)
	require.Equal(t, before, p.board.Len())
	require.Equal(t, []bool{false, false}, p.report(loadReport(3, running, 1), loadReport(3, done, 100)), "it is no load any more")
	require.Equal(t, before, p.board.Len())
	require.Empty(t, p.report())
}

// What happens between the look at the catalog and the commit.
func TestReportsThatAreOvertaken(t *testing.T) {
	t.Parallel()
	p := newPlane(t)
	c, i, _ := ids(1)
	p.first = func() {
		require.NoError(t, p.apply("DropIndex", []catalog.Change{catalog.Delete(catalog.IndexReportRef(c, i)), catalog.Delete(catalog.IndexRef(&model.Index{ID: i, Collection: c}))}))
	}
	require.Equal(t, []bool{false}, p.report(indexReport(1, done, 10)))
	p.first = func() {
		require.NoError(t, p.apply("LoadPartitions", []catalog.Change{catalog.PutLoadReport(&model.LoadReport{Collection: c, Spec: 9})}))
	}
	require.Equal(t, []bool{false}, p.report(loadReport(1, failed, 0)))
	// Another reporter said the same: it is known then.
	p.first = func() {
		require.NoError(t, p.apply("Report", []catalog.Change{catalog.PutLoadReport(&model.LoadReport{Collection: 200, Spec: 8, State: model.ReportDone})}))
	}
	require.Equal(t, []bool{true}, p.report(loadReport(2, done, 100)))
	// What goes after it was judged, and before its progress is kept.
	drop := true
	s := server.NewDataPlane(true, func() (server.Plane, error) {
		return server.Plane{Runner: &p.Runner, Board: p.board, Snapshot: func() *catalog.Snapshot {
			before := p.Snapshot()
			if drop {
				drop = false
				require.NoError(t, p.apply("DropCollection", []catalog.Change{catalog.PutCollection(&model.Collection{ID: 300, Database: 1, State: model.Dropping})}))
			}
			return before
		}}, nil
	}, nil)
	resp, err := s.Report(t.Context(), &taprootv1.ReportRequest{Reports: []*taprootv1.Report{indexReport(3, running, 5)}})
	require.NoError(t, err)
	require.Equal(t, []bool{false}, resp.GetTaken())
	_, _, kept := p.board.IndexRows(300, 301, 7)
	require.False(t, kept)
}

func TestReportRefusals(t *testing.T) {
	t.Parallel()
	bad := indexReport(1, running, 11) // of 10
	nobody := func() (server.Plane, error) { return server.Plane{}, errors.New("no leader") }
	for what, c := range map[string]struct {
		err    error
		none   bool
		nobody bool
		with   *taprootv1.Report
		grpc   codes.Code
		code   int32
		text   string
	}{
		"no data plane":            {none: true, grpc: codes.FailedPrecondition, code: 10, text: "dataplane.mode is none"},
		"no leader":                {nobody: true, grpc: codes.Unavailable, text: "no leader"},
		"makes no sense":           {with: bad, grpc: codes.FailedPrecondition, code: 1100, text: "11 rows indexed, of 10"},
		"no state":                 {with: &taprootv1.Report{CollectionId: 1}, grpc: codes.FailedPrecondition, code: 1100, text: "report without a state"},
		"a state from tomorrow":    {with: &taprootv1.Report{CollectionId: 1, State: 99}, grpc: codes.FailedPrecondition, code: 1100, text: "not known here: 99"},
		"store away":               {err: errs.Unavailable.New("away"), grpc: codes.Unavailable, text: "away"},
		"catalog can only be read": {err: errs.Internal.New("damaged"), grpc: codes.FailedPrecondition, code: 5, text: "damaged"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			p := newPlane(t)
			p.err = c.err
			s := p.serve()
			if c.none || c.nobody {
				s = server.NewDataPlane(!c.none, nobody, nil)
				_, err := s.Wanted(t.Context(), &taprootv1.WantedRequest{})
				require.Equal(t, c.grpc, status.Code(err))
			}
			rs := []*taprootv1.Report{indexReport(2, running, 1), indexReport(2, done, 1)}
			if c.with != nil {
				rs = append(rs, c.with)
			}
			_, err := s.Report(t.Context(), &taprootv1.ReportRequest{Reports: rs})
			require.Equal(t, c.grpc, status.Code(err))
			require.ErrorContains(t, err, c.text)
			if c.code != 0 {
				require.Equal(t, c.code, status.Convert(err).Details()[0].(*taprootv1.ErrorInfo).GetCode())
			}
			require.Zero(t, p.commits)
			if c.with != nil {
				require.Zero(t, p.board.Len(), "if one makes no sense, none is taken")
			}
		})
	}
}

func TestWanted(t *testing.T) {
	t.Parallel()
	p := newPlane(t)
	s := p.serve()
	p.report(indexReport(1, failed, 0), loadReport(1, failed, 0), loadReport(2, done, 100), indexReport(2, done, 10))
	all, err := s.Wanted(t.Context(), &taprootv1.WantedRequest{})
	require.NoError(t, err)
	require.Equal(t, uint64(p.snap.Revision()), all.GetRevision())
	require.Len(t, all.GetIndexes(), 3)
	require.Len(t, all.GetLoads(), 2, "what failed to be loaded is wanted no more")
	i := all.GetIndexes()[0]
	require.Equal(t, []int64{100, 101, 101}, []int64{i.GetCollectionId(), i.GetIndexId(), i.GetFieldId()})
	require.Equal(t, "vec", i.GetName())
	require.Equal(t, uint64(7), i.GetSpec())
	require.Equal(t, failed, i.GetState())
	require.Equal(t, "HNSW", i.GetParams()[0].GetValue())
	require.Equal(t, done, all.GetIndexes()[1].GetState())
	require.Equal(t, running, all.GetIndexes()[2].GetState())
	l := all.GetLoads()[1]
	require.Equal(t, int64(300), l.GetCollectionId())
	require.Equal(t, []int64{302}, l.GetPartitionIds())
	require.Equal(t, []int64{101}, l.GetFieldIds())
	require.Equal(t, int32(1), l.GetReplicas())
	require.Equal(t, uint64(8), l.GetSpec())
	require.Equal(t, running, l.GetState())
	require.Equal(t, done, all.GetLoads()[0].GetState())

	one, err := s.Wanted(t.Context(), &taprootv1.WantedRequest{CollectionId: 200})
	require.NoError(t, err)
	require.Len(t, one.GetIndexes(), 1)
	require.Len(t, one.GetLoads(), 1)
	_, err = s.Wanted(t.Context(), &taprootv1.WantedRequest{CollectionId: 5})
	require.Equal(t, codes.FailedPrecondition, status.Code(err))
	require.Equal(t, int32(100), status.Convert(err).Details()[0].(*taprootv1.ErrorInfo).GetCode())
}

// A bug in a planner is told as one, and ends nothing.
func TestReportThatPanics(t *testing.T) {
	t.Parallel()
	p := newPlane(t)
	p.first = func() { panic("boom") }
	told := 0
	s := server.NewDataPlane(true, func() (server.Plane, error) {
		return server.Plane{Runner: &p.Runner, Snapshot: p.Snapshot, Board: p.board}, nil
	}, func(context.Context, *tasks.PanicError) { told++ })
	_, err := s.Report(t.Context(), &taprootv1.ReportRequest{Reports: []*taprootv1.Report{indexReport(1, done, 1)}})
	require.Equal(t, codes.FailedPrecondition, status.Code(err))
	require.Equal(t, int32(5), status.Convert(err).Details()[0].(*taprootv1.ErrorInfo).GetCode())
	require.Equal(t, 1, told)

	// Outside of a task too.
	calls := 0
	s = server.NewDataPlane(true, func() (server.Plane, error) {
		return server.Plane{Runner: &p.Runner, Board: p.board, Snapshot: func() *catalog.Snapshot {
			calls++
			panic("boom")
		}}, nil
	}, func(context.Context, *tasks.PanicError) { told++ })
	_, err = s.Report(t.Context(), &taprootv1.ReportRequest{Reports: []*taprootv1.Report{indexReport(1, done, 1)}})
	require.Equal(t, codes.FailedPrecondition, status.Code(err))
	require.Equal(t, 2, told)
	require.Equal(t, 1, calls)
}
