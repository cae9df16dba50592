package committer_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/errors"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/taproot-db/taproot/kvstore"
	"github.com/taproot-db/taproot/kvstore/kvfault"
	"github.com/taproot-db/taproot/kvstore/memory"
	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/codec"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/journal"
	"github.com/taproot-db/taproot/metastore/model"
	"github.com/taproot-db/taproot/rootcoord/committer"
	"github.com/taproot-db/taproot/rootcoord/ddl"
	"github.com/taproot-db/taproot/rootcoord/feed"
	"github.com/taproot-db/taproot/rootcoord/tso"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rig is a committer on a store whose commits a test can hold back.
type rig struct {
	*committer.Committer
	t     *testing.T
	asked atomic.Int32  // commits that have reached the store
	fault atomic.Int32  // what the next commit meets
	gate  chan struct{} // while it is not closed, commits wait
	stop  context.CancelCauseFunc
	ended chan error
	stats chan committer.Stats
}

var errStop = errors.New("stopped by the test")

func newRig(t *testing.T, waiting int, limits kvstore.Limits) *rig {
	t.Helper()
	r := &rig{t: t, gate: make(chan struct{}), ended: make(chan error, 1), stats: make(chan committer.Stats, 100)}
	open := make(chan struct{})
	close(open)
	founded := false
	store := kvfault.New(memory.New(memory.WithLimits(limits)), kvfault.Config{OnCommit: func(int, kvstore.Txn) kvfault.Action {
		if !founded {
			return kvfault.Action{}
		}
		r.asked.Add(1)
		return kvfault.Action{Until: r.gate, Fault: kvfault.Fault(r.fault.Swap(int32(kvfault.None)))}
	}})
	log, st, err := journal.Load(t.Context(), store, "by-dev")
	require.NoError(t, err)
	clock := tso.New(0, time.Now)
	snap, first := founding(t, st, clock)
	require.NoError(t, log.Found(t.Context(), journal.Founding{First: first, Bound: clock.Bound(0)}))
	founded = true
	r.Committer = committer.New(committer.Config{
		Log: log, Snapshot: snap, Clock: clock, Feed: feed.New(1, 100), Logger: slog.New(slog.DiscardHandler), MaxWaiting: waiting,
		Grace: 10 * time.Millisecond, OnCommit: func(s committer.Stats) { r.stats <- s },
	})
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(t.Context()))
	r.stop = cancel
	go func() { r.ended <- r.Run(ctx) }()
	t.Cleanup(func() { cancel(errStop) })
	return r
}

// founding is the first change set of a catalog, with the default database, and the Snapshot after it.
func founding(t *testing.T, st *journal.State, clock *tso.Clock) (*catalog.Snapshot, *catalog.ChangeSet) {
	t.Helper()
	base := st.Snapshot.At(catalog.Position{NextID: 100})
	first := &catalog.ChangeSet{
		Revision: 1, Epoch: 1, Timestamp: clock.Next(), NextID: 100,
		Changes: []catalog.Change{catalog.PutDatabase(&model.Database{ID: 1, Name: "default", State: model.DatabaseCreated})},
	}
	_, err := codec.Seal(base, &first.Changes[0])
	require.NoError(t, err)
	snap, err := base.Stage(first)
	require.NoError(t, err)
	first.Sum = snap.Fingerprint()
	return snap, first
}

type outcome struct {
	committer.Committed
	err error
}

// submit runs a statement in the background, and returns once it is with the committer.
func (r *rig) submit(id string, plan ddl.Planner) <-chan outcome {
	out := make(chan outcome, 1)
	go func() {
		c, err := r.Submit(r.t.Context(), committer.Statement{RequestID: id, Name: "Test", Body: 1, Plan: plan})
		out <- outcome{c, err}
	}()
	return out
}

// seen wraps a planner so that a test knows when it has run.
func seen(p ddl.Planner) (ddl.Planner, <-chan struct{}) {
	ran := make(chan struct{}, 10)
	return func(s *catalog.Snapshot, in ddl.Input) (ddl.Draft, catalog.Result, error) {
		defer func() { ran <- struct{}{} }()
		return p(s, in)
	}, ran
}

func create(name string, fields ...*model.Field) ddl.Planner {
	all := append([]*model.Field{
		{Name: "id", Type: model.Int64, PrimaryKey: true},
		{Name: "v", Type: model.FloatVector, TypeParams: []model.Property{{Key: "dim", Value: "8"}}},
	}, fields...)
	return ddl.CreateCollection("default", &model.CollectionSpec{Name: name, SchemaName: name, Fields: all}, ddl.Options{Limits: model.DefaultLimits()})
}

func other(name string) ddl.Planner { return create(name, &model.Field{Name: "x", Type: model.Bool}) }

func none(t *testing.T, c <-chan outcome, why string) {
	t.Helper()
	select {
	case o := <-c:
		require.Failf(t, "answered too early", "%s: %+v", why, o)
	case <-time.After(20 * time.Millisecond):
	}
}

func TestWhatWasPlannedOnABatchWaitsForIt(t *testing.T) {
	t.Parallel()
	r := newRig(t, 0, kvstore.Limits{})
	first := r.submit("", create("a"))
	require.Eventually(t, func() bool { return r.Snapshot().Revision() == 1 }, time.Second, time.Millisecond)
	none(t, first, "its commit is held back")
	differing, ran := seen(other("a"))
	refused := r.submit("", differing)
	<-ran
	equal := r.submit("", create("a"))
	none(t, refused, "a refusal must not tell of what is not durable")
	none(t, equal, "nor must a no-op")
	close(r.gate)
	won := <-first
	require.NoError(t, won.err)
	require.True(t, errs.ParameterInvalid.Is((<-refused).err))
	same := <-equal
	require.NoError(t, same.err)
	require.False(t, same.Changed)
	require.Equal(t, won.Result.Collection, same.Result.Collection)
	r.end()
}

func TestWhatWasPlannedOnALostBatchIsPlannedAnew(t *testing.T) {
	t.Parallel()
	r := newRig(t, 0, kvstore.Limits{})
	r.fault.Store(int32(kvfault.Refuse))
	lost := r.submit("", create("a"))
	require.Eventually(t, func() bool { return r.asked.Load() == 1 }, time.Second, time.Millisecond, "it flies")
	differing, ran := seen(other("a"))
	won := r.submit("", differing)
	<-ran
	close(r.gate)
	require.True(t, errs.Unavailable.Is((<-lost).err))
	o := <-won
	require.NoError(t, o.err, "the name is free after all")
	require.True(t, o.Changed)
	require.Equal(t, catalog.Revision(2), o.Revision)
	r.end()
}

func TestOneFlightManyStatements(t *testing.T) {
	t.Parallel()
	r := newRig(t, 0, kvstore.Limits{})
	first := r.submit("", create("a"))
	var rest []<-chan outcome
	for i := range 40 {
		p, ran := seen(create(fmt.Sprintf("b%d", i)))
		rest = append(rest, r.submit("", p))
		<-ran
	}
	close(r.gate)
	require.NoError(t, (<-first).err)
	revisions := map[catalog.Revision]bool{}
	for _, c := range rest {
		o := <-c
		require.NoError(t, o.err)
		revisions[o.Revision] = true
	}
	require.Len(t, revisions, 40, "a revision each")
	require.LessOrEqual(t, len(r.stats), 3, "in two commits, or three if the first was planned with nobody else")
	r.end()
}

func TestARepetitionUnderWayGetsTheSameAnswer(t *testing.T) {
	t.Parallel()
	r := newRig(t, 0, kvstore.Limits{})
	p, ran := seen(create("a"))
	first := r.submit("r1", p)
	<-ran
	again := r.submit("r1", create("a"))
	none(t, again, "the first is not durable")
	close(r.gate)
	a, b := <-first, <-again
	require.NoError(t, a.err)
	require.True(t, b.Repeated)
	b.Repeated = false
	require.Equal(t, a, b)
	_, err := r.Submit(t.Context(), committer.Statement{RequestID: "r1", Body: 2, Plan: create("b")})
	require.ErrorContains(t, err, "was used for another statement")
	r.end()
}

func TestTheQueueIsBounded(t *testing.T) {
	t.Parallel()
	r := newRig(t, 1, kvstore.Limits{Ops: 12})
	// One flies, one is planned and fills the batch, one waits to be planned, one waits in the queue.
	full := 0
	var waiting []<-chan outcome
	for i := range 20 {
		waiting = append(waiting, r.submit("", create(fmt.Sprintf("c%d", i))))
	}
	require.Eventually(t, func() bool {
		for _, c := range waiting {
			select {
			case o := <-c:
				require.True(t, errs.TooManyRequests.Is(o.err), "%v", o.err)
				full++
			default:
			}
		}
		return full >= 16
	}, 5*time.Second, time.Millisecond)
	close(r.gate)
	require.Eventually(t, func() bool { return r.Snapshot().CountAllCollections() == 20-full }, 5*time.Second, time.Millisecond)
	r.end()
}

func TestStoppingAnswersEverybody(t *testing.T) {
	t.Parallel()
	r := newRig(t, 0, kvstore.Limits{})
	p, ran := seen(create("a"))
	flying := r.submit("", p)
	<-ran
	p, ran = seen(create("b"))
	planned := r.submit("", p)
	<-ran
	r.stop(errStop)
	require.True(t, errors.Is(<-r.ended, errStop))
	for _, c := range []<-chan outcome{flying, planned} {
		o := <-c
		require.True(t, errors.Is(o.err, committer.ErrStopped), "%v", o.err)
	}
	_, err := r.Submit(t.Context(), committer.Statement{Plan: create("c")})
	require.True(t, errors.Is(err, committer.ErrStopped))
	close(r.gate)
}

func TestACallerThatLeaves(t *testing.T) {
	t.Parallel()
	r := newRig(t, 0, kvstore.Limits{})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	_, err := r.Submit(ctx, committer.Statement{Name: "Test", Plan: create("a")})
	require.True(t, errors.Is(err, context.DeadlineExceeded))
	close(r.gate)
	require.Eventually(t, func() bool { return r.Snapshot().CountAllCollections() == 1 }, 5*time.Second, time.Millisecond, "it is committed all the same")
	r.end()
}

// pains.md 10: what cannot be stored is refused alone, and does not take others with it.
func TestATooLargeStatementFailsAlone(t *testing.T) {
	t.Parallel()
	r := newRig(t, 0, kvstore.Limits{Bytes: 12_000})
	first := r.submit("", create("a"))
	huge := r.submit("", func(s *catalog.Snapshot, _ ddl.Input) (ddl.Draft, catalog.Result, error) {
		c := catalog.PutDatabase(&model.Database{ID: 7, Name: string(make([]byte, 50_000))})
		return ddl.Draft{NextID: s.NextID(), Changes: []catalog.Change{c}}, catalog.Result{}, nil
	})
	last := r.submit("", create("b"))
	close(r.gate)
	require.NoError(t, (<-first).err)
	require.True(t, errs.ParameterTooLarge.Is((<-huge).err))
	require.NoError(t, (<-last).err)
	r.end()
}

func TestAPanickingPlannerFailsAlone(t *testing.T) {
	t.Parallel()
	r := newRig(t, 0, kvstore.Limits{})
	close(r.gate)
	o := <-r.submit("", func(*catalog.Snapshot, ddl.Input) (ddl.Draft, catalog.Result, error) { panic("no such thing") })
	require.ErrorContains(t, o.err, "no such thing")
	o = <-r.submit("", create("a"))
	require.NoError(t, o.err)
	r.end()
}

func TestReserveAndRemove(t *testing.T) {
	t.Parallel()
	r := newRig(t, 0, kvstore.Limits{})
	close(r.gate)
	before := r.Snapshot()
	require.NoError(t, r.Reserve(t.Context()))
	require.Equal(t, before.Revision()+1, r.Snapshot().Revision())
	require.Equal(t, before.Fingerprint(), r.Snapshot().Fingerprint())
	require.NoError(t, r.Remove(t.Context(), []string{"meta/nothing"}))
	r.fault.Store(int32(kvfault.Refuse))
	err := r.Remove(t.Context(), []string{"meta/nothing"})
	require.True(t, errors.Is(err, kvstore.ErrUnavailable))
	o := <-r.submit("", create("a"))
	require.NoError(t, o.err)
	r.end()
}

// end stops the rig and waits for it.
func (r *rig) end() {
	r.t.Helper()
	r.stop(errStop)
	require.True(r.t, errors.Is(<-r.ended, errStop))
}
