// Package memory is a Store that lives in the memory of this process.
//
// The one idea: the data are a pointer to an ordered map that is never changed once visible. A transaction copies the
// map (the copy shares all nodes it does not touch), changes the copy and swaps the pointer; a View is the pointer it
// found. Readers therefore never wait and never see half a transaction.
//
// It is held to the contract like every other backend, and then serves as its model and as the double in tests. Data
// can be opened by several handles, also after one was closed, which is what a restart looks like.
package memory

import (
	"context"
	"iter"
	"strings"
	"sync/atomic"

	"github.com/cockroachdb/errors"

	"github.com/taproot-db/taproot/kvstore"
)

var (
	_ kvstore.Store  = (*Store)(nil)
	_ kvstore.Waker  = (*Store)(nil)
	_ kvstore.Reader = (*reader)(nil)
)

// Store is a handle on Data. It is safe for concurrent use.
type Store struct {
	data   *Data
	limits kvstore.Limits
	closed atomic.Bool
	wakers wakers
}

// Option changes what New and Open make.
type Option func(*Store)

// WithLimits makes the Store refuse transactions that exceed l. Without it a transaction may be of any size; a test that
// stands for a real backend should set what that backend has.
func WithLimits(l kvstore.Limits) Option {
	return func(s *Store) { s.limits = l }
}

// New returns a handle on fresh, empty data.
func New(opts ...Option) *Store { return Open(NewData(), opts...) }

// Open returns a handle on d. Handles are independent of each other: closing one leaves the others and the data alone.
func Open(d *Data, opts ...Option) *Store {
	s := &Store{data: d}
	for _, opt := range opts {
		opt(s)
	}
	return s
}

// Data returns what s is a handle on, so that a test can open it again.
func (s *Store) Data() *Data { return s.data }

// View implements kvstore.Store.
func (s *Store) View(ctx context.Context) (kvstore.Reader, error) {
	if err := s.usable(ctx, "view"); err != nil {
		return nil, err
	}
	return &reader{store: s, tree: s.data.tree.Load()}, nil
}

// Commit implements kvstore.Store. It never returns ErrUncertain.
func (s *Store) Commit(ctx context.Context, t kvstore.Txn) error {
	if s.closed.Load() {
		return closedError("commit")
	}
	if err := t.Check(s.limits); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return errors.Mark(errors.Wrap(err, "commit"), kvstore.ErrUnavailable)
	}
	return s.data.commit(t)
}

// Limits implements kvstore.Store.
func (s *Store) Limits() kvstore.Limits { return s.limits }

// Close implements kvstore.Store. The data stay and can be opened again.
func (s *Store) Close() error {
	if s.closed.CompareAndSwap(false, true) {
		s.wakers.close(s.data)
	}
	return nil
}

func (s *Store) usable(ctx context.Context, doing string) error {
	if s.closed.Load() {
		return closedError(doing)
	}
	return errors.Wrap(ctx.Err(), doing)
}

func closedError(doing string) error {
	return errors.Mark(errors.Newf("%s: the store is closed", errors.Safe(doing)), kvstore.ErrInvalid)
}

// reader reads one version of the map. It keeps the handle only to notice that it was closed.
type reader struct {
	store *Store
	tree  *tree
}

func (r *reader) Get(ctx context.Context, key string) ([]byte, error) {
	if err := r.store.usable(ctx, "get"); err != nil {
		return nil, err
	}
	if key == "" {
		return nil, errors.Mark(errors.New("get: empty key"), kvstore.ErrInvalid)
	}
	it, ok := r.tree.Get(kvstore.Item{Key: key})
	if !ok {
		return nil, errors.Mark(errors.Newf("get %q", key), kvstore.ErrNotFound)
	}
	return clone(it.Value), nil
}

func (r *reader) Range(ctx context.Context, prefix, after string) iter.Seq2[kvstore.Item, error] {
	return func(yield func(kvstore.Item, error) bool) {
		if err := r.store.usable(ctx, "range"); err != nil {
			yield(kvstore.Item{}, err)
			return
		}
		r.tree.Ascend(kvstore.Item{Key: max(prefix, after)}, func(it kvstore.Item) bool {
			if err := r.store.usable(ctx, "range"); err != nil {
				yield(kvstore.Item{}, err)
				return false
			}
			if !strings.HasPrefix(it.Key, prefix) {
				return false // keys with one prefix lie together, and we began at or behind the first of them
			}
			if it.Key == after {
				return true
			}
			return yield(kvstore.Item{Key: it.Key, Value: clone(it.Value)}, nil)
		})
	}
}

// clone returns a copy that is never nil: an empty value is not an absent one.
func clone(b []byte) []byte { return append(make([]byte, 0, len(b)), b...) }
