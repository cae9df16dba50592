package rootcoord

import (
	"context"
	"log/slog"
	"time"

	"github.com/cockroachdb/errors"
	"github.com/google/uuid"

	"github.com/taproot-db/taproot/kvstore"
	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/codec"
	"github.com/taproot-db/taproot/metastore/history"
	"github.com/taproot-db/taproot/metastore/journal"
	"github.com/taproot-db/taproot/metastore/model"
	"github.com/taproot-db/taproot/rootcoord/committer"
	"github.com/taproot-db/taproot/rootcoord/ddl"
	"github.com/taproot-db/taproot/rootcoord/feed"
	"github.com/taproot-db/taproot/rootcoord/progress"
	"github.com/taproot-db/taproot/rootcoord/reconcile"
	"github.com/taproot-db/taproot/rootcoord/steps"
	"github.com/taproot-db/taproot/rootcoord/tso"
)

// Waits between attempts to load while the store is away.
const (
	firstRetry = 50 * time.Millisecond
	mostRetry  = 2 * time.Second
)

// start loads the catalog and takes the lead. It waits for a store that is away, and starts over if head moved meanwhile: the leader
// before goes on writing until it is fenced.
func (c *Coordinator) start(ctx context.Context) (*term, error) {
	for wait := firstRetry; ; wait = min(2*wait, mostRetry) {
		t, err := c.tryStart(ctx)
		away := errors.IsAny(err, kvstore.ErrUnavailable, kvstore.ErrUncertain, journal.ErrNotLanded, journal.ErrFenced)
		if err == nil || !away || ctx.Err() != nil {
			return t, err
		}
		c.fail(errors.Mark(errors.Wrap(err, "waiting for the store"), ErrNotRunning))
		c.deps.Logger.LogAttrs(ctx, slog.LevelWarn, "store is away, will be tried again", slog.Duration("after", wait), slog.Any("error", err))
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

func (c *Coordinator) tryStart(ctx context.Context) (*term, error) {
	began := c.deps.Now()
	log, st, err := journal.Load(ctx, c.deps.Store, c.deps.Root)
	if err != nil {
		return nil, err
	}
	if err := c.checkIdentity(log.Head(), st); err != nil {
		return nil, err
	}
	snap := st.Snapshot
	var clock *tso.Clock
	if st.New {
		if snap, clock, err = c.found(ctx, log, st); err != nil {
			return nil, err
		}
	} else {
		clock = tso.New(log.Head().Timestamp, c.deps.Now)
		if err := log.Claim(ctx, c.cfg.Node, c.cfg.Address, clock.Bound(0)); err != nil {
			return nil, err
		}
		snap = snap.At(catalog.Position{
			Revision: snap.Revision(), Epoch: log.Head().Epoch, Timestamp: snap.Timestamp(), NextID: snap.NextID(),
		})
	}
	clock.Durable(log.Head().Timestamp)
	c.report(ctx, st, log.Head(), c.deps.Now().Sub(began))
	return c.term0(log, st, snap, clock), nil
}

// checkIdentity refuses a store that is not the one that was configured.
func (c *Coordinator) checkIdentity(head codec.Head, st *journal.State) error {
	switch want := c.cfg.ClusterID; {
	case want == "" || st.New && c.cfg.Create:
		return nil
	case st.New:
		return errors.Mark(errors.Newf("cluster id %q is configured, and the store is empty below %q", want, c.deps.Root), journal.ErrForeign)
	case head.ClusterID != want:
		return errors.Mark(errors.Newf("cluster id %q is configured, and the store belongs to %q", want, head.ClusterID), journal.ErrForeign)
	}
	return nil
}

// found writes the first change set: the default database, if there is none. Records that another Milvus wrote are
// adopted as they are.
func (c *Coordinator) found(ctx context.Context, log *journal.Log, st *journal.State) (*catalog.Snapshot, *tso.Clock, error) {
	if _, ok := st.Snapshot.Database(model.DefaultDatabase); st.Foreign && !ok {
		return nil, nil, errors.Mark(errors.Newf("there are records below %q, and no readable default database: "+
			"not a store that Milvus has started on", c.deps.Root), journal.ErrForeign)
	}
	window, err := log.Windows(ctx)
	if err != nil {
		return nil, nil, err
	}
	seen := st.Snapshot.Highest()
	after := max(window, seen.Timestamp, model.Timestamp(seen.NextID))
	clock := tso.New(after, c.deps.Now)
	now := clock.Next()
	// Ids look like timestamps, as Milvus's do, so that they have one length and their decimal order is numeric; from then on they are counted.
	nextID := max(model.ID(model.HybridTimestamp(now.Millis(), 0)), seen.NextID+1, st.HighestID+1, model.ID(after)+1)
	base := st.Snapshot.At(catalog.Position{NextID: nextID})
	first := &catalog.ChangeSet{Revision: 1, Epoch: 1, Timestamp: now, NextID: nextID, Actor: "taproot", Statement: "Found"}
	if st.Foreign {
		first.Statement = "Adopt"
	}
	if _, ok := base.Database(model.DefaultDatabase); !ok {
		first.Changes = []catalog.Change{catalog.PutDatabase(&model.Database{
			ID: model.DefaultDatabaseID, Name: model.DefaultDatabase, State: model.DatabaseCreated,
			Created: uint64(c.deps.Now().UnixNano()), Properties: c.cfg.DefaultDatabaseProperties,
		})}
		if _, err := codec.Seal(base, &first.Changes[0]); err != nil {
			return nil, nil, err
		}
	}
	snap, err := base.Stage(first)
	if err != nil {
		return nil, nil, err
	}
	first.Sum = snap.Fingerprint()
	id := c.cfg.ClusterID
	if id == "" {
		id = uuid.NewString()
	}
	err = log.Found(ctx, journal.Founding{
		ClusterID: id, Node: c.cfg.Node, Address: c.cfg.Address, Bound: clock.Bound(now), First: first,
	})
	return snap, clock, err
}

// term0 builds what leads. Nothing of it runs yet.
func (c *Coordinator) term0(log *journal.Log, st *journal.State, snap *catalog.Snapshot, clock *tso.Clock) *term {
	t := &term{log: log, clock: clock, board: progress.New(), sizes: log.Sizes(), clusterID: log.Head().ClusterID, diverged: st.Diverged}
	t.feed = feed.New(snap.Revision(), c.cfg.FeedLength)
	since, ok := log.Sizes().Newest()
	if !ok {
		since = snap.Timestamp()
	}
	t.history = history.New(history.Config{Journal: log.Past(), Base: snap, Since: since, Rebuilt: c.metrics.rebuilt})
	cfg := committer.Config{
		Landed: t.history.Add,
		Log:    log, Snapshot: snap, Clock: clock, Feed: t.feed, Logger: c.deps.Logger, OnCommit: c.metrics.commit, Grace: c.cfg.StopGrace,
		Published: func(cs *catalog.ChangeSet) { t.reconcile.Published(cs); t.board.Published(cs) },
		Garbage:   func(keys []string) { t.reconcile.Garbage(keys) },
	}
	for _, r := range st.Requests {
		cfg.Requests = append(cfg.Requests, committer.Request(r))
	}
	t.committer = committer.New(cfg)
	t.reconcile = reconcile.New(reconcile.Config{
		Writer: t.committer, Children: log.Children, Sizes: log.Sizes(), Logger: c.deps.Logger, Now: c.deps.Now,
		JournalAge: c.cfg.JournalAge, JournalBytes: c.cfg.JournalBytes, Options: ddl.Options{Limits: c.cfg.Limits},
	})
	t.runner = &steps.Runner{
		Committer: t.committer, Limits: c.cfg.Limits, Watchers: c.deps.Watchers, Observe: c.metrics.step,
		Abandoned: t.reconcile.Unfinished,
	}
	if st.Diverged == nil { // nothing is purged from a catalog that is not understood
		for _, key := range st.Garbage {
			if ref, ok := codec.ParseKey(key); ok && ref.Kind == catalog.KindCollection {
				t.reconcile.Purge(ref.Parent, ref.ID) // with what belongs to it and is of kinds not known here
			} else {
				t.reconcile.Garbage([]string{key})
			}
		}
		for u := range snap.Unfinished() {
			t.reconcile.Unfinished(u.ID)
		}
		t.reconcile.Adjust(0) // whoever led before may have ended between a change of a database and that of its loads
	}
	return t
}

func (c *Coordinator) report(ctx context.Context, st *journal.State, head codec.Head, took time.Duration) {
	log := c.deps.Logger
	for _, q := range st.Snapshot.Quarantine() {
		log.LogAttrs(ctx, slog.LevelError, "record is quarantined", slog.String("key", q.Key), slog.String("reason", q.Reason))
	}
	if st.JournalDamage != nil {
		log.LogAttrs(ctx, slog.LevelError, "journal is damaged: history and request ids begin after it", slog.Any("error", st.JournalDamage))
	}
	if st.Diverged != nil {
		log.LogAttrs(ctx, slog.LevelError, "catalog is damaged: it can be read, not written", slog.Any("error", st.Diverged))
	}
	log.LogAttrs(ctx, slog.LevelInfo, "catalog loaded", slog.String("cluster", head.ClusterID),
		slog.Uint64("revision", uint64(head.Revision)), slog.Uint64("epoch", head.Epoch),
		slog.Int("collections", st.Snapshot.CountAllCollections()), slog.Int("garbage", len(st.Garbage)), slog.Duration("took", took))
}
