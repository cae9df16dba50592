package committer_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

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

// pains.md 10: a statement that changes more than fits one transaction is one step all the same. It is answered when it is durable, which
// it is before all of its records are written; what comes next waits for these.
func TestAStatementTooLargeForOneTransaction(t *testing.T) {
	t.Parallel()
	var refuse atomic.Bool
	inner := memory.New(memory.WithLimits(kvstore.Limits{Ops: 16, Bytes: 1 << 20}))
	store := kvfault.New(inner, kvfault.Config{OnCommit: func(_ int, txn kvstore.Txn) kvfault.Action {
		for _, p := range txn.Puts {
			if strings.HasPrefix(p.Key, "by-dev/"+codec.JournalPrefix) {
				return kvfault.Action{}
			}
		}
		if refuse.Load() {
			return kvfault.Action{Fault: kvfault.Refuse}
		}
		return kvfault.Action{}
	}})
	log, st, err := journal.Load(t.Context(), store, "by-dev")
	require.NoError(t, err)
	clock := tso.New(0, time.Now)
	snap, first := founding(t, st, clock)
	require.NoError(t, log.Found(t.Context(), journal.Founding{First: first, Bound: clock.Bound(0)}))
	var said bytes.Buffer
	c := committer.New(committer.Config{Log: log, Snapshot: snap, Clock: clock, Feed: feed.New(1, 100), Logger: slog.New(slog.NewTextHandler(&said, nil))})
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	defer func() {
		cancel(errStop)
		require.ErrorIs(t, <-ended, errStop)
		require.Contains(t, said.String(), "the next commit waits for them")
	}()
	submit := func(plan ddl.Planner) (committer.Committed, error) {
		return c.Submit(ctx, committer.Statement{Name: "Test", Plan: plan})
	}
	created, err := submit(create("a"))
	require.NoError(t, err)
	id := created.Result.Collection
	grow := func(s *catalog.Snapshot, _ ddl.Input) (ddl.Draft, catalog.Result, error) {
		d := ddl.Draft{NextID: s.NextID() + 40}
		for i := range model.ID(40) {
			d.Changes = append(d.Changes, catalog.PutPartition(&model.Partition{ID: s.NextID() + i, Collection: id, Name: fmt.Sprint(s.Revision(), "_", i)}))
		}
		return d, catalog.Result{}, nil
	}
	loaded := func() *catalog.Snapshot {
		_, st, err := journal.Load(ctx, inner, "by-dev")
		require.NoError(t, err)
		require.NoError(t, st.Diverged)
		require.Equal(t, c.Snapshot().Fingerprint(), st.Snapshot.Fingerprint())
		return st.Snapshot
	}
	partitions := func() int {
		coll, ok := loaded().CollectionByID(id)
		require.True(t, ok)
		return coll.CountPartitions()
	}
	_, err = submit(grow)
	require.NoError(t, err)
	require.Equal(t, 41, partitions())

	refuse.Store(true)
	done, err := submit(grow)
	require.NoError(t, err)
	require.Equal(t, done.Revision, c.Snapshot().Revision())
	require.Equal(t, 81, partitions())
	_, err = submit(create("b"))
	require.True(t, errs.Unavailable.Is(err), "%v", err)
	require.True(t, errs.Of(err).Retriable)
	require.Error(t, c.Remove(ctx, []string{"nothing"}))

	refuse.Store(false)
	_, err = submit(create("b"))
	require.NoError(t, err)
	require.NoError(t, c.Remove(ctx, []string{"nothing"}))
	require.Equal(t, 2, loaded().CountAllCollections())
	require.Equal(t, 81, partitions())
}
