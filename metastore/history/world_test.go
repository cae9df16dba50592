package history_test

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/kvstore"
	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/codec"
	"github.com/taproot-db/taproot/metastore/history"
	"github.com/taproot-db/taproot/metastore/journal"
	"github.com/taproot-db/taproot/metastore/model"
)

const root = "by-dev"

type fataler interface {
	require.TestingT
	Helper()
}

// world is a leader without a committer, and what it remembers of each revision.
type world struct {
	t       fataler
	ctx     context.Context //nolint:containedctx // it is that of the test
	store   kvstore.Store
	log     *journal.Log
	snap    *catalog.Snapshot
	pending []*catalog.ChangeSet
	config  history.Config
	history *history.History

	undone   int
	sumsOnly bool // what is in the catalogs is not remembered, but their sums
	seen     []moment
}

// moment is a revision as it was when it was made.
type moment struct {
	at      model.Timestamp
	content []string
	sum     catalog.Fingerprint
}

// found writes the first head of a store, with a database in it.
func found(ctx context.Context, t fataler, store kvstore.Store, c history.Config) *world {
	t.Helper()
	log, st, err := journal.Load(ctx, store, root)
	require.NoError(t, err)
	w := &world{t: t, ctx: ctx, store: store, log: log, config: c}
	w.snap = st.Snapshot.At(catalog.Position{NextID: 1000, Timestamp: 1000})
	w.stage(catalog.PutDatabase(&model.Database{ID: 1, Name: "default", State: model.DatabaseCreated}))
	require.NoError(t, log.Found(ctx, journal.Founding{ClusterID: "c", Node: "n", First: w.pending[0], Bound: 1 << 40}))
	w.pending = nil
	w.begin(w.snap, w.seen[0].at)
	return w
}

func (w *world) begin(base *catalog.Snapshot, since model.Timestamp) {
	w.config.Journal, w.config.Base, w.config.Since = w.log.Past(), base, since
	w.config.Rebuilt = func(n int, _ time.Duration, _ error) { w.undone += n }
	w.history, w.undone = history.New(w.config), 0
}

// stage makes one change set, ten ticks after the one before.
func (w *world) stage(changes ...catalog.Change) {
	w.t.Helper()
	cs := &catalog.ChangeSet{
		Revision: w.snap.Revision() + 1, Epoch: 1, Timestamp: w.snap.Timestamp() + 10, NextID: w.snap.NextID() + 10,
		Statement: "Test", Changes: changes,
	}
	for i := range cs.Changes {
		exact, err := codec.Seal(w.snap, &cs.Changes[i])
		require.NoError(w.t, err)
		require.True(w.t, exact)
	}
	_, err := codec.SealLeft(w.snap, cs)
	require.NoError(w.t, err)
	w.snap, err = w.snap.Stage(cs)
	require.NoError(w.t, err)
	cs.Sum = w.snap.Fingerprint()
	w.pending = append(w.pending, cs)
	m := moment{at: cs.Timestamp, sum: w.snap.Fingerprint()}
	if !w.sumsOnly {
		m.content = content(w.snap)
	}
	w.seen = append(w.seen, m)
}

// commit makes what is staged durable, as one batch.
func (w *world) commit() {
	w.t.Helper()
	if len(w.pending) == 0 {
		return
	}
	require.NoError(w.t, w.log.Commit(w.ctx, w.pending, 0))
	w.history.Add(w.snap, w.pending)
	w.pending = nil
}

// restart commits, and goes on with what the store has: what nothing refers to is purged, timestamps are reserved far ahead.
func (w *world) restart() {
	w.t.Helper()
	w.commit()
	last := w.snap.Timestamp()
	log, st, err := journal.Load(w.ctx, w.store, root)
	require.NoError(w.t, err)
	require.NoError(w.t, st.Diverged)
	require.NoError(w.t, log.Claim(w.ctx, "n", "", 0))
	w.log = log
	for batch := range slices.Chunk(st.Garbage, log.RemoveLimit()) {
		require.NoError(w.t, log.Remove(w.ctx, batch))
	}
	since, ok := log.Sizes().Newest()
	require.True(w.t, ok)
	require.Equal(w.t, last, since)
	require.Greater(w.t, st.Snapshot.Timestamp(), last, "the snapshot has the bound")
	w.begin(st.Snapshot, since)
	w.snap = st.Snapshot.At(catalog.Position{Revision: st.Snapshot.Revision(), Epoch: 1, Timestamp: last, NextID: st.Snapshot.NextID()})
}

// trim removes n entries of the journal.
func (w *world) trim(n int) {
	w.t.Helper()
	keys, upTo := w.log.Sizes().Excess(1<<62, 0, n)
	if len(keys) > 0 {
		require.NoError(w.t, w.log.Remove(w.ctx, keys))
		w.log.Sizes().Forget(upTo)
	}
}

// check compares the catalog at a time with what it was then.
func (w *world) check(revision int, ts model.Timestamp) {
	w.t.Helper()
	s, err := w.history.At(w.ctx, ts)
	require.NoError(w.t, err, "revision %d", revision)
	want := w.seen[revision-1]
	require.Equal(w.t, catalog.Revision(revision), s.Revision())
	require.Equal(w.t, want.sum, s.Fingerprint())
	if want.content != nil {
		require.Equal(w.t, want.content, content(s))
	}
}

// content is everything that can be seen of a Snapshot's records.
func content(s *catalog.Snapshot) []string {
	var out []string
	line := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	line("%d databases, %d collections, capacity %d", s.CountDatabases(), s.CountAllCollections(), s.Capacity())
	for d := range s.Databases() {
		line("database %+v: %d collections", *d, s.CountCollections(d.ID))
		for c := range s.Collections(d.ID) {
			line("  collection %+v, aliases %q", *c.Collection, c.Aliases())
			for f := range c.Fields() {
				line("    field %+v", *f)
			}
			for p := range c.Partitions() {
				line("    partition %+v", *p)
			}
			for i := range c.Indexes() {
				report, _ := c.IndexReport(i.ID)
				line("    index %+v, %+v", *i, report)
			}
			if l, ok := c.Load(); ok {
				line("    load %+v", *l)
			}
			for p := range c.PartitionLoads() {
				line("    partition load %+v", *p)
			}
			for r := range c.Replicas() {
				line("    replica %+v", *r)
			}
			if r, ok := c.LoadReport(); ok {
				line("    load report %+v", *r)
			}
			named, ok := s.Resolve(d.ID, c.Name)
			line("    found %v %v", ok && named == c, s.ChannelUse("p"))
		}
		for a := range s.Aliases(d.ID) {
			line("  alias %+v", *a)
		}
	}
	for g := range s.ResourceGroups() {
		line("resource group %s %v", g.Name, g.Nodes)
	}
	for c := range s.Loaded() {
		line("loaded %d", c.ID)
	}
	return out
}
