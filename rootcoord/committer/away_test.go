package committer_test

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/kvstore"
	"github.com/taproot-db/taproot/kvstore/kvfault"
	"github.com/taproot-db/taproot/kvstore/memory"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/journal"
	"github.com/taproot-db/taproot/rootcoord/committer"
	"github.com/taproot-db/taproot/rootcoord/feed"
	"github.com/taproot-db/taproot/rootcoord/tso"
)

// While a commit waits for a store that does not answer, who comes now is told so at once instead of waiting too; the first one gets
// its true answer when the store is back.
func TestAStoreThatIsAway(t *testing.T) {
	t.Parallel()
	var away atomic.Bool
	store := kvfault.New(memory.New(), kvfault.Config{
		OnCommit: func(int, kvstore.Txn) kvfault.Action {
			if away.Load() {
				return kvfault.Action{Fault: kvfault.LoseRequest}
			}
			return kvfault.Action{}
		},
		OnRead: func(int, kvfault.Read) kvfault.Action {
			if away.Load() {
				return kvfault.Action{Fault: kvfault.Refuse}
			}
			return kvfault.Action{}
		},
	})
	log, st, err := journal.Load(t.Context(), store, "by-dev")
	require.NoError(t, err)
	clock := tso.New(0, time.Now)
	snap, first := founding(t, st, clock)
	require.NoError(t, log.Found(t.Context(), journal.Founding{First: first, Bound: clock.Bound(0)}))
	c := committer.New(committer.Config{Log: log, Snapshot: snap, Clock: clock, Feed: feed.New(1, 100), Logger: slog.New(slog.DiscardHandler)})
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()

	away.Store(true)
	waits := make(chan error, 1)
	plan, planned := seen(create("a"))
	go func() {
		_, err := c.Submit(ctx, committer.Statement{Name: "Test", Plan: plan})
		waits <- err
	}()
	<-planned // so it is alone in its commit
	submit := func() error {
		short, done := context.WithTimeout(ctx, 50*time.Millisecond)
		defer done()
		_, err := c.Submit(short, committer.Statement{Name: "Test", Plan: create("b")})
		return err
	}
	require.Eventually(t, func() bool { return errs.Unavailable.Is(submit()) }, 10*time.Second, 20*time.Millisecond)
	began := time.Now()
	err = submit()
	require.ErrorContains(t, err, "the store does not answer")
	require.True(t, errs.Of(err).Retriable)
	require.Less(t, time.Since(began), 40*time.Millisecond, "it does not wait")
	select {
	case err := <-waits:
		t.Fatal("an outcome that nobody can know: ", err)
	default:
	}

	away.Store(false)
	require.True(t, errs.Unavailable.Is(<-waits), "it had not landed")
	require.Eventually(t, func() bool {
		_, err := c.Submit(ctx, committer.Statement{Name: "Test", Plan: create("c")})
		return err == nil
	}, 10*time.Second, 10*time.Millisecond)
	_, found := c.Snapshot().Collection(1, "a")
	require.False(t, found)
	cancel(errStop)
	require.ErrorIs(t, <-ended, errStop)
}

// A statement of several commits has its answer only after the last one: until then its request id names none.
func TestTheFirstCommitOfSeveral(t *testing.T) {
	t.Parallel()
	r := newRig(t, 0, kvstore.Limits{})
	close(r.gate)
	submit := func(name string, first bool) (committer.Committed, error) {
		return r.Submit(t.Context(), committer.Statement{RequestID: "r", Name: "Test", Body: 1, Plan: create(name), First: first})
	}
	a, err := submit("a", true)
	require.NoError(t, err)
	require.True(t, a.Changed)
	b, err := submit("b", true)
	require.NoError(t, err)
	require.False(t, b.Repeated, "the first commit is no answer")
	c, err := submit("c", false)
	require.NoError(t, err)
	again, err := submit("d", true)
	require.NoError(t, err)
	require.True(t, again.Repeated)
	require.Equal(t, c.Result, again.Result)
	_, found := r.Snapshot().Collection(1, "d")
	require.False(t, found)
	// A no-op is an answer wherever it comes.
	noop := committer.Statement{RequestID: "n", Name: "Test", Body: 1, Plan: create("a"), First: true}
	x, err := r.Submit(t.Context(), noop)
	require.NoError(t, err)
	require.False(t, x.Changed || x.Repeated)
	y, err := r.Submit(t.Context(), noop)
	require.NoError(t, err)
	require.True(t, y.Repeated)
	r.end()
}
