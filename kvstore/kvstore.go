// Package kvstore is the contract between taproot and the place where its bytes lie.
//
// The one idea: a backend is four methods over ordered keys. View reads at one moment, Commit applies one guarded
// transaction, Limits says what fits into one, Close ends it. Guards compare by value, because versions are what
// backends disagree on. Everything else taproot needs (watch, leases, election, history) is built above this, once.
//
// The contract is held by the suite in package kvstoretest, which every backend and every wrapper runs. This package
// imports nothing of taproot.
package kvstore

import (
	"context"
	"iter"

	"github.com/cockroachdb/errors"
)

// The kinds of errors a Store returns. Decide by errors.Is; a backend marks its own errors with one of them, so
// that callers never match on what a particular backend says.
var (
	// ErrNotFound is returned by Reader.Get for a key that has no value.
	ErrNotFound = errors.New("key not found")
	// ErrGuard means that a guard did not hold. Nothing was written.
	ErrGuard = errors.New("guard does not hold")
	// ErrTooLarge means that the transaction exceeds Limits. Nothing was written.
	ErrTooLarge = errors.New("transaction too large")
	// ErrUnavailable promises that nothing was written; the same call may succeed later. A View whose moment the
	// backend no longer keeps returns it too: open a new one.
	ErrUnavailable = errors.New("store unavailable")
	// ErrUncertain says that nobody knows whether the transaction was, or still will be, applied. A backend that
	// cannot tell ErrUnavailable from it returns this one.
	ErrUncertain = errors.New("outcome unknown")
	// ErrInvalid is a mistake of the caller: a key named twice in one Txn, an empty key, a closed store. Nothing was written.
	ErrInvalid = errors.New("invalid use of the store")
)

// Store is an ordered map of keys to values with guarded transactions. Keys are non-empty byte strings, ordered as
// bytes; values may be empty, and an empty value differs from an absent key.
//
// A Store is safe for concurrent use. Transactions are atomic, durable once Commit has returned nil, and linearizable:
// a View opened after Commit returned sees it, also through another handle on the same data.
type Store interface {
	// View returns a Reader that is pinned to one moment not earlier than the call. It fails with ErrUnavailable,
	// ErrInvalid (closed store) or the error of ctx. A Reader holds no resources that must be released.
	View(ctx context.Context) (Reader, error)

	// Commit applies t if all its guards hold, else nothing of it. It returns nil, or an error marked with exactly one of
	// ErrGuard, ErrTooLarge, ErrUnavailable, ErrInvalid (all: nothing was written) or ErrUncertain. A context that ends
	// before the transaction was handed to the backend gives ErrUnavailable, afterwards ErrUncertain; both also match
	// the context's own error. The Store does not keep t or its slices after it returned.
	Commit(ctx context.Context, t Txn) error

	// Limits returns the most one Txn may hold. It does not change during the life of a Store.
	Limits() Limits

	// Close releases what the Store holds. Calls after it return ErrInvalid. A second Close returns nil.
	Close() error
}

// Reader reads at the moment its View was opened; all reads through one Reader agree with each other. It is safe for
// concurrent use.
type Reader interface {
	// Get returns the value of key, or ErrNotFound, ErrUnavailable, ErrInvalid or the context's error. The empty key is
	// ErrInvalid. The caller owns the returned slice; an empty value is returned as an empty slice, never as nil with an error.
	Get(ctx context.Context, key string) ([]byte, error)

	// Range yields all items whose key starts with prefix and is greater than after, in ascending byte order. An empty
	// prefix means every key; an empty after means from the start; after is a whole key and need not exist nor match prefix. Paging is
	// the backend's affair. An error ends the sequence and is yielded once, with a zero Item.
	// A yielded value belongs to the consumer.
	Range(ctx context.Context, prefix, after string) iter.Seq2[Item, error]
}

// Item is a key with its value.
type Item struct {
	Key   string
	Value []byte
}

// Guard is a condition of a Txn: that Key is absent, or that its value equals Want byte for byte. With Absent set,
// Want is not looked at. A key may be guarded and written in one Txn; it may be guarded once only.
type Guard struct {
	Key    string
	Want   []byte
	Absent bool
}

// Txn is one transaction. No key may stand twice among Puts and Deletes, none twice among Guards. Deleting an
// absent key is no error.
type Txn struct {
	Guards  []Guard
	Puts    []Item
	Deletes []string
}

// Limits is the most that one Txn may hold. Zero means unlimited.
type Limits struct {
	// Ops is the number of guards, puts and deletes together; Txn.Ops counts them.
	Ops int
	// Bytes is the size of all keys and values together, guards included; Txn.Bytes counts them.
	Bytes int
}

// Waker is an optional ability of a Store, found with As: a hint that a key may have changed, so that a follower need not poll.
type Waker interface {
	// Wake returns a channel that receives after key may have changed, until ctx ends, then it is closed. Several changes
	// may be told once, and a signal may come without a change. The channel is also closed when the Store is closed.
	Wake(ctx context.Context, key string) <-chan struct{}
}

// Wrapper is implemented by stores that add to another one.
type Wrapper interface {
	// Unwrap returns the store underneath.
	Unwrap() Store
}

// As looks for an optional ability T in s and, through wrappers, in the stores underneath.
func As[T any](s Store) (T, bool) {
	for {
		if t, ok := s.(T); ok {
			return t, true
		}
		w, ok := s.(Wrapper)
		if !ok {
			var zero T
			return zero, false
		}
		s = w.Unwrap()
	}
}

// Ops returns what t counts for against Limits.Ops.
func (t Txn) Ops() int { return len(t.Guards) + len(t.Puts) + len(t.Deletes) }

// Bytes returns what t counts for against Limits.Bytes.
func (t Txn) Bytes() int {
	n := 0
	for _, g := range t.Guards {
		n += len(g.Key) + len(g.Want)
	}
	for _, p := range t.Puts {
		n += len(p.Key) + len(p.Value)
	}
	for _, k := range t.Deletes {
		n += len(k)
	}
	return n
}

// Check returns ErrInvalid if t breaks the rules of Txn and ErrTooLarge if it exceeds l. Every backend calls it first.
func (t Txn) Check(l Limits) error {
	if l.Ops > 0 && t.Ops() > l.Ops {
		return errors.Mark(errors.Newf("%d operations in one transaction, at most %d", t.Ops(), l.Ops), ErrTooLarge)
	}
	if n := t.Bytes(); l.Bytes > 0 && n > l.Bytes {
		return errors.Mark(errors.Newf("%d bytes in one transaction, at most %d", n, l.Bytes), ErrTooLarge)
	}
	guarded := make(map[string]struct{}, len(t.Guards))
	for _, g := range t.Guards {
		if err := once(guarded, g.Key, "guarded"); err != nil {
			return err
		}
	}
	written := make(map[string]struct{}, len(t.Puts)+len(t.Deletes))
	for _, p := range t.Puts {
		if err := once(written, p.Key, "written"); err != nil {
			return err
		}
	}
	for _, k := range t.Deletes {
		if err := once(written, k, "written"); err != nil {
			return err
		}
	}
	return nil
}

func once(seen map[string]struct{}, key, what string) error {
	if key == "" {
		return errors.Mark(errors.New("empty key"), ErrInvalid)
	}
	if _, dup := seen[key]; dup {
		return errors.Mark(errors.Newf("key %q is %s twice in one transaction", key, what), ErrInvalid)
	}
	seen[key] = struct{}{}
	return nil
}
