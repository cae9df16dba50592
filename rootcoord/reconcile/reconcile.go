// Package reconcile finishes what statements left to do: it purges what is dropped, what was left Creating and what
// refers to nothing, lets loads follow the properties of their databases, and trims the journal.
//
// The one idea: the work to do is a set of keys, not a list of calls. Each round looks at what is there and removes
// what must go; a round that fails leaves its keys in the set, with a growing wait, and nothing else depends on when it succeeds.
// Everything it does may be done again after a crash, because a start finds the same work in the store.
package reconcile

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/cockroachdb/errors"
	"golang.org/x/sync/errgroup"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/journal"
	"github.com/taproot-db/taproot/metastore/model"
	"github.com/taproot-db/taproot/rootcoord/committer"
	"github.com/taproot-db/taproot/rootcoord/ddl"
)

// Writer is the committer, as far as it is needed here.
type Writer interface {
	Submit(ctx context.Context, st committer.Statement) (committer.Committed, error)
	Remove(ctx context.Context, keys []string) error
	RemoveLimit() int
	Snapshot() *catalog.Snapshot
}

// Children lists the keys of all that belongs to a collection, its own last.
type Children func(ctx context.Context, db, collection model.ID) ([]string, error)

// Config is what a Reconciler needs.
type Config struct {
	Writer   Writer
	Children Children
	Sizes    *journal.Sizes
	Logger   *slog.Logger
	// Now is the wall clock.
	Now func() time.Time
	// JournalAge and JournalBytes are how much of the journal is kept, whichever is reached first.
	JournalAge   time.Duration
	JournalBytes int64
	// Options are those of the statements that it makes itself.
	Options ddl.Options
	// TrimEvery is how often the journal is looked at; 0: a minute.
	TrimEvery time.Duration
}

// Waits after a round that failed.
const (
	firstWait = 50 * time.Millisecond
	mostWait  = 10 * time.Second
)

// Reconciler is the work and who does it. Run it once; everything else is safe for concurrent use.
type Reconciler struct {
	Config
	wake chan struct{} // capacity one: a wake-up is not lost and never blocks

	mu          sync.Mutex
	collections map[model.ID]model.ID // collections to purge, with their databases
	unfinished  map[model.ID]struct{} // collections whose creation ended half way
	keys        map[string]struct{}   // keys that nothing refers to
	loads       map[model.ID]struct{} // collections whose load may have to follow properties
	databases   map[model.ID]struct{} // databases whose loads may have to; 0: all
}

// New returns a Reconciler with nothing to do.
func New(c Config) *Reconciler {
	if c.TrimEvery == 0 {
		c.TrimEvery = time.Minute
	}
	return &Reconciler{
		Config: c, wake: make(chan struct{}, 1),
		collections: map[model.ID]model.ID{}, unfinished: map[model.ID]struct{}{}, keys: map[string]struct{}{},
		loads: map[model.ID]struct{}{}, databases: map[model.ID]struct{}{},
	}
}

// Garbage adds keys, relative to the root, that nothing refers to. It does not block.
func (r *Reconciler) Garbage(keys []string) {
	r.add(func() {
		for _, k := range keys {
			r.keys[k] = struct{}{}
		}
	})
}

// Purge adds a collection that was dropped, with all that belongs to it. It does not block.
func (r *Reconciler) Purge(db, id model.ID) { r.add(func() { r.collections[id] = db }) }

// Unfinished adds a collection that is in state Creating and that nobody is creating any more. It does not block.
func (r *Reconciler) Unfinished(id model.ID) { r.add(func() { r.unfinished[id] = struct{}{} }) }

// Published looks for what a change set has dropped. It does not block.
func (r *Reconciler) Published(cs *catalog.ChangeSet) {
	for i := range cs.Changes {
		switch rec := cs.Changes[i].Put.(type) {
		case *model.Collection:
			if rec.State == model.Dropping {
				r.Purge(rec.Database, rec.ID)
			}
		case *model.Partition:
			if rec.State == model.Dropping {
				r.Garbage([]string{cs.Changes[i].Stored.Key})
			}
		case *model.Database:
			r.Adjust(rec.ID)
		case *model.ResourceGroup:
			r.Adjust(0)
		case *model.Load:
			r.moved(cs, rec)
		}
	}
}

// Backlog returns how many collections and single keys wait to be purged.
func (r *Reconciler) Backlog() (collections, keys int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.collections) + len(r.unfinished), len(r.keys)
}

func (r *Reconciler) add(f func()) {
	r.mu.Lock()
	f()
	r.mu.Unlock()
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// Run works until ctx ends, and returns its cause.
func (r *Reconciler) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return r.purge(ctx) })
	g.Go(func() error { return r.trim(ctx) })
	return g.Wait()
}

func (r *Reconciler) purge(ctx context.Context) error {
	wait := firstWait
	for failed := 0; ; {
		var again <-chan time.Time
		if err := r.round(ctx); err != nil && ctx.Err() == nil {
			if failed++; failed >= 3 {
				r.Logger.LogAttrs(ctx, slog.LevelWarn, "purge fails, will be tried again",
					slog.Int("failures", failed), slog.Duration("after", wait), slog.Any("error", err))
			}
			again = time.After(wait)
			wait = min(2*wait, mostWait)
		} else {
			failed, wait = 0, firstWait
		}
		if again == nil {
			select {
			case <-r.wake:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
			continue
		}
		select {
		case <-again:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// round does what there is to do now. What it does not get done stays in the set.
func (r *Reconciler) round(ctx context.Context) error {
	var failed error
	for _, id := range take(r, r.unfinished) {
		if err := r.drop(ctx, id); err != nil {
			failed = errors.CombineErrors(failed, err)
		}
	}
	if err := r.purgeCollections(ctx); err != nil {
		failed = errors.CombineErrors(failed, err)
	}
	if err := r.remove(ctx, take(r, r.keys)); err != nil {
		failed = errors.CombineErrors(failed, err)
	}
	if err := r.adjust(ctx); err != nil {
		failed = errors.CombineErrors(failed, err)
	}
	return failed
}

// drop marks a collection Dropping whose creation ended half way; the change set that does it brings it back here to be purged.
func (r *Reconciler) drop(ctx context.Context, id model.ID) error {
	_, err := r.Writer.Submit(ctx, committer.Statement{Name: "AbandonCreate", Actor: "reconciler", Plan: ddl.MarkDropping(id)})
	if err != nil {
		return errors.Wrapf(err, "abandon collection %d", id)
	}
	done(r, func() { delete(r.unfinished, id) })
	return nil
}

// purgeCollections removes the keys of dropped collections, many collections to a transaction.
func (r *Reconciler) purgeCollections(ctx context.Context) error {
	var keys []string
	var ids []model.ID
	flush := func() error {
		if err := r.remove(ctx, keys); err != nil {
			return err
		}
		done(r, func() {
			for _, id := range ids {
				delete(r.collections, id)
			}
		})
		keys, ids = nil, nil
		return nil
	}
	for _, id := range take(r, r.collections) {
		if _, live := r.Writer.Snapshot().Find(id); live {
			return errors.AssertionFailedf("collection %d is to be purged and alive", id)
		}
		r.mu.Lock()
		db := r.collections[id]
		r.mu.Unlock()
		own, err := r.Children(ctx, db, id)
		if err != nil {
			return errors.Wrapf(err, "list what belongs to collection %d", id)
		}
		if len(keys)+len(own) > r.Writer.RemoveLimit() && len(keys) > 0 {
			if err := flush(); err != nil {
				return err
			}
		}
		keys, ids = append(keys, own...), append(ids, id)
	}
	return flush()
}

// remove deletes keys in as many transactions as it takes.
func (r *Reconciler) remove(ctx context.Context, keys []string) error {
	for len(keys) > 0 {
		n := min(len(keys), r.Writer.RemoveLimit())
		if err := r.Writer.Remove(ctx, keys[:n]); err != nil {
			return errors.Wrapf(err, "purge %d keys", len(keys))
		}
		done(r, func() {
			for _, k := range keys[:n] {
				delete(r.keys, k)
			}
		})
		keys = keys[n:]
	}
	return nil
}

func (r *Reconciler) trim(ctx context.Context) error {
	for {
		if err := r.trimOnce(ctx); err != nil && ctx.Err() == nil {
			r.Logger.LogAttrs(ctx, slog.LevelWarn, "journal is not trimmed, will be tried again", slog.Any("error", err))
		}
		select {
		case <-time.After(r.TrimEvery):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func (r *Reconciler) trimOnce(ctx context.Context) error {
	for {
		oldest := model.HybridTimestamp(r.Now().Add(-r.JournalAge).UnixMilli(), 0)
		keys, upTo := r.Sizes.Excess(oldest, r.JournalBytes, r.Writer.RemoveLimit())
		if len(keys) == 0 {
			return nil
		}
		if err := r.remove(ctx, keys); err != nil {
			return err
		}
		r.Sizes.Forget(upTo)
	}
}

// take returns what is in a set of the Reconciler now.
func take[K comparable, V any](r *Reconciler, set map[K]V) []K {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]K, 0, len(set))
	for k := range set {
		out = append(out, k)
	}
	return out
}

func done(r *Reconciler, f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f()
}
