// Package rootcoord wires the coordinator of a catalog: the one process at a time that may change it.
//
//	server ─▶ steps ─▶ committer ─▶ journal ─▶ Store
//	                       │
//	                       ├─▶ Snapshot (atomic pointer), which readers take
//	                       ├─▶ feed
//	                       └─▶ reconcile, which purges
//
// Start reading at Coordinator.Run.
package rootcoord

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/errors"
	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"github.com/taproot-db/taproot/kvstore"
	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/history"
	"github.com/taproot-db/taproot/metastore/journal"
	"github.com/taproot-db/taproot/metastore/model"
	taprootv1 "github.com/taproot-db/taproot/proto/taproot/v1"
	"github.com/taproot-db/taproot/rootcoord/committer"
	"github.com/taproot-db/taproot/rootcoord/feed"
	"github.com/taproot-db/taproot/rootcoord/progress"
	"github.com/taproot-db/taproot/rootcoord/reconcile"
	"github.com/taproot-db/taproot/rootcoord/server"
	"github.com/taproot-db/taproot/rootcoord/steps"
	"github.com/taproot-db/taproot/rootcoord/tso"
	"github.com/taproot-db/taproot/tasks"
)

// Config is what an operator may choose. The zero value is complete.
type Config struct {
	// Node names this process in the leader record; empty: a random name.
	Node string
	// Address is where other processes find this one; it is stored in the leader record.
	Address string
	// ClusterID is the catalog that is expected in the store. Empty: any, and a new store gets a random one. An empty
	// store where an id is configured, or one with another id, is refused, unless Create is set.
	ClusterID string
	// Create allows an empty store although a ClusterID is configured.
	Create bool
	// Limits are those of statements; the zero value means model.DefaultLimits.
	Limits model.Limits
	// JournalAge and JournalBytes bound the journal, whichever is reached first; 0: 24 h and 1 GiB.
	JournalAge   time.Duration
	JournalBytes int64
	// StopGrace is how long a commit that is on its way may take to learn its outcome when Run is told to stop; 0: 2 s.
	StopGrace time.Duration
	// DefaultDatabaseProperties are those of the default database when a new catalog is made.
	DefaultDatabaseProperties []model.Property
	// FeedLength is how many change sets are kept in memory for followers; 0: 1024.
	FeedLength int
}

func (c Config) withDefaults() Config {
	if c.Node == "" {
		c.Node = "taproot-" + uuid.NewString()[:8]
	}
	if c.Limits == (model.Limits{}) {
		c.Limits = model.DefaultLimits()
	}
	if c.JournalAge == 0 {
		c.JournalAge = 24 * time.Hour
	}
	if c.JournalBytes == 0 {
		c.JournalBytes = 1 << 30
	}
	if c.FeedLength == 0 {
		c.FeedLength = 1024
	}
	return c
}

// Deps is what a Coordinator works with.
type Deps struct {
	Store kvstore.Store
	// Root is the prefix of all keys, e.g. "by-dev".
	Root       string
	Logger     *slog.Logger
	Registerer prometheus.Registerer
	// Watchers must take charge of a collection's channels before it becomes visible; usually none.
	Watchers []steps.ChannelWatcher
	// Now is the wall clock; nil: time.Now.
	Now func() time.Time
}

// ErrNotRunning is the reason why a Coordinator that has not loaded its catalog, or has stopped, does not answer.
var ErrNotRunning = errors.New("coordinator is not running")

// Coordinator owns a catalog while it runs. Run it once; everything else is safe for concurrent use and answers before, during and after Run.
type Coordinator struct {
	cfg     Config
	deps    Deps
	metrics *metrics
	term    atomic.Pointer[term] // nil until the catalog is loaded and led
	state   atomic.Pointer[error]
}

// term is all that exists while this process leads.
type term struct {
	log       *journal.Log
	committer *committer.Committer
	reconcile *reconcile.Reconciler
	runner    *steps.Runner
	clock     *tso.Clock
	feed      *feed.Feed
	history   *history.History
	board     *progress.Board
	sizes     *journal.Sizes
	clusterID string
	diverged  error
}

// New returns a Coordinator. It starts nothing and touches nothing.
func New(cfg Config, deps Deps) (*Coordinator, error) {
	if deps.Store == nil || deps.Root == "" || deps.Logger == nil || deps.Registerer == nil {
		return nil, errors.New("rootcoord: Deps needs Store, Root, Logger and Registerer")
	}
	if deps.Now == nil {
		deps.Now = time.Now
	}
	c := &Coordinator{cfg: cfg.withDefaults(), deps: deps}
	c.fail(errors.Wrap(ErrNotRunning, "starting"))
	c.metrics = newMetrics(c, deps.Registerer)
	return c, nil
}

func (c *Coordinator) fail(err error) { c.state.Store(&err) }

// Run loads the catalog, takes the lead, and serves until ctx ends or another process takes over (journal.ErrFenced). While the
// store is away it waits. It does not close the store.
func (c *Coordinator) Run(ctx context.Context) error {
	t, err := c.start(ctx)
	if err != nil {
		c.fail(errors.Mark(err, ErrNotRunning))
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return t.committer.Run(ctx) })
	g.Go(func() error { return c.watchLead(ctx, t) })
	if t.diverged == nil {
		g.Go(func() error { return t.reconcile.Run(ctx) })
	}
	c.term.Store(t)
	c.state.Store(nil)
	err = g.Wait()
	c.fail(errors.Mark(errors.Wrap(err, "stopped"), ErrNotRunning))
	return err
}

// Ready returns nil while statements and reads are served, or why not, marked with ErrNotRunning.
func (c *Coordinator) Ready() error {
	if p := c.state.Load(); p != nil {
		return *p
	}
	return nil
}

// Snapshot returns the catalog as it is durable; an empty one before it is loaded.
func (c *Coordinator) Snapshot() *catalog.Snapshot {
	if t := c.term.Load(); t != nil {
		return t.committer.Snapshot()
	}
	return emptySnapshot
}

var emptySnapshot = catalog.Empty()

// Feed returns the broadcast of change sets, or why there is none.
func (c *Coordinator) Feed() (*feed.Feed, error) {
	t, err := c.lead()
	if err != nil {
		return nil, err
	}
	return t.feed, nil
}

// Statements returns the DDL service.
func (c *Coordinator) Statements() taprootv1.StatementsServer {
	return server.NewStatements(func() (server.Runner, error) {
		t, err := c.lead()
		if err != nil {
			return nil, err
		}
		return t.statements(), nil
	}, c.panicked)
}

func (c *Coordinator) panicked(ctx context.Context, p *tasks.PanicError) {
	c.metrics.panics.Inc()
	c.deps.Logger.LogAttrs(ctx, slog.LevelError, "a statement panicked", slog.Any("panic", p.Value), slog.String("stack", string(p.Stack)))
}

// statements returns who runs statements in this term.
func (t *term) statements() server.Runner {
	if t.diverged != nil {
		return readOnly{t.diverged}
	}
	return t.runner
}

// Timestamps returns the service that hands out timestamps.
func (c *Coordinator) Timestamps() taprootv1.TimestampsServer {
	return server.NewTimestamps(func() (server.Clock, error) {
		t, err := c.lead()
		if err != nil {
			return nil, err
		}
		return allocator{t}, nil
	})
}

func (c *Coordinator) lead() (*term, error) {
	if err := c.Ready(); err != nil {
		return nil, err
	}
	return c.term.Load(), nil
}

// allocator draws timestamps for others, and moves the durable bound when it is reached.
type allocator struct{ *term }

func (a allocator) Allocate(ctx context.Context, n uint32) (model.Timestamp, error) {
	for {
		if first, ok := a.clock.Allocate(n); ok {
			return first, nil
		}
		if a.diverged != nil {
			return 0, damaged(a.diverged) // a reservation would write the damaged fingerprint into head
		}
		if err := a.committer.Reserve(ctx); err != nil {
			return 0, errors.Wrap(err, "reserve timestamps")
		}
	}
}

// readOnly refuses statements on a catalog that is not what its head says.
type readOnly struct{ reason error }

func (r readOnly) Task(steps.Statement) *steps.Task {
	return steps.Refused(damaged(r.reason))
}

func damaged(reason error) error {
	return errs.Internal.New("the catalog is damaged and can only be read (" + reason.Error() + "); run fsck before it is written to again")
}

// leadEvery is how often a leader looks whether it still is one. Its writes are fenced anyway; this ends its reads.
const leadEvery = time.Second

// watchLead ends with journal.ErrFenced when another process has taken the lead.
func (c *Coordinator) watchLead(ctx context.Context, t *term) error {
	mine := t.committer.Epoch()
	for {
		select {
		case <-time.After(leadEvery):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if l, err := t.log.Leader(ctx); err == nil && l.Epoch > mine {
			return errors.Mark(errors.Newf("%s leads in epoch %d, this was epoch %d", l.Node, l.Epoch, mine), journal.ErrFenced)
		}
	}
}
