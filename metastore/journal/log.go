package journal

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/errors"

	"github.com/taproot-db/taproot/kvstore"
	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/codec"
	"github.com/taproot-db/taproot/metastore/model"
)

// Log is a leader's handle: it knows the head it last wrote. For one goroutine at a time, except Head, Fits, Cost and Holds.
type Log struct {
	store kvstore.Store
	keys
	head     codec.Head
	bytes    []byte // head as it is stored; nil: not there yet
	leftover []string
	sizes    *Sizes
	owed     atomic.Pointer[debt] // what the store lacks of the last commit; nil: nothing. Changed by who commits
	lost     error                // why head is not known any more, after a commit that has landed all the same

	// Waiting is told, each time it asks in vain, how long a commit has been waiting to learn its outcome; optional.
	Waiting func(waited time.Duration, err error)
	// Owing is told when a commit is durable, but for so many of its records the next commit must wait; optional.
	Owing func(records int, err error)
}

// Head returns the head that was last written.
func (l *Log) Head() codec.Head { return l.head }

// Fits reports whether change sets of that cost, which Cost tells, can be committed together.
func (l *Log) Fits(ops, bytes int) bool {
	lim := l.store.Limits()
	return (lim.Ops <= 0 || ops+fixedOps <= lim.Ops) && (lim.Bytes <= 0 || bytes+fixedBytes <= lim.Bytes)
}

// What every commit costs besides its records: guard and put of head, the journal key, and room for their growth.
const (
	fixedOps   = 3
	fixedBytes = 4096
)

// Cost returns what cs counts for in a transaction: operations and, at the most, bytes.
func (l *Log) Cost(cs *catalog.ChangeSet) (ops, bytes int) {
	for i := range cs.Changes {
		st := &cs.Changes[i].Stored
		// Each change stands in the record and, with what was there before, in the journal.
		bytes += 2*(len(st.Key)+len(st.Value)) + len(st.Before) + len(l.root) + 64
	}
	for i := range cs.Left { // in the journal only
		bytes += len(cs.Left[i].Key) + len(cs.Left[i].Before) + 16
	}
	return len(cs.Changes), bytes + len(cs.RequestID) + len(cs.Actor) + 128
}

// Commit writes change sets, whose revisions follow head's, in one step: after nil they are durable. Bound is the bound of
// timestamps to make durable with them. Errors: ErrNotLanded (also marked with what the store said), ErrTooLarge, ErrFenced, or
// the end of ctx, after which the outcome is unknown to everybody and the Log must not be used again.
//
// A single change set that does not fit Limits is written ahead in chunks first, for which the ids it takes must have been reserved
// by an earlier commit, or, where that cannot be, redone from its journal entry: it is durable then with some of its records still to be
// written, which is done before anything else. ErrNotLanded may mean that this did not succeed yet.
func (l *Log) Commit(ctx context.Context, sets []*catalog.ChangeSet, bound model.Timestamp) error {
	if err := l.pay(ctx); err != nil {
		return err
	}
	next := l.head
	next.Nonce++
	next.Timestamp = max(next.Timestamp, bound)
	if len(sets) == 0 {
		return l.move(ctx, kvstore.Txn{}, next)
	}
	first, last := sets[0], sets[len(sets)-1]
	next.Revision, next.NextID, next.Sum = last.Revision, last.NextID, last.Sum
	next.Stable = next.Revision
	entry, err := l.entry(sets)
	if err != nil {
		return err
	}
	txn := l.records(sets)
	txn.Puts = append(txn.Puts, entry)
	switch {
	case l.within(txn):
	case len(sets) > 1:
		return errors.Mark(errors.Newf("%d change sets in one transaction", len(sets)), ErrTooLarge)
	default:
		return l.large(ctx, first, entry, next)
	}
	if err := l.move(ctx, txn, next); err != nil {
		return err
	}
	l.leftover = nil
	l.sizes.add(first.Revision, last.Timestamp, len(entry.Value), 0)
	return nil
}

// move commits txn together with a new head, and does not return before it knows the outcome.
func (l *Log) move(ctx context.Context, txn kvstore.Txn, next codec.Head) error {
	bytes, err := codec.EncodeHead(&next)
	if err != nil {
		return err
	}
	txn.Guards = append(txn.Guards, l.guard())
	txn.Puts = append(txn.Puts, kvstore.Item{Key: l.abs(codec.HeadKey), Value: bytes})
	switch err := l.store.Commit(ctx, txn); {
	case err == nil:
	case errors.Is(err, kvstore.ErrUncertain):
		if landed, serr := l.settle(ctx, bytes); serr != nil {
			return serr
		} else if !landed {
			return errors.Mark(errors.Wrap(err, "commit"), ErrNotLanded)
		}
	case errors.Is(err, kvstore.ErrGuard):
		return errors.Mark(errors.Wrap(err, "head has changed"), ErrFenced)
	case errors.Is(err, kvstore.ErrTooLarge):
		return errors.Mark(err, ErrTooLarge)
	default:
		return errors.Mark(errors.Wrap(err, "commit"), ErrNotLanded)
	}
	l.head, l.bytes = next, bytes
	return nil
}

func (l *Log) guard() kvstore.Guard {
	return kvstore.Guard{Key: l.abs(codec.HeadKey), Want: l.bytes, Absent: l.bytes == nil}
}

// within reports whether txn, once head is added to it, fits the store.
func (l *Log) within(txn kvstore.Txn) bool {
	lim := l.store.Limits()
	return (lim.Ops <= 0 || txn.Ops()+fixedOps <= lim.Ops) && (lim.Bytes <= 0 || txn.Bytes()+fixedBytes <= lim.Bytes)
}

// records returns the writes that turn the records before sets into those after them.
func (l *Log) records(sets []*catalog.ChangeSet) kvstore.Txn {
	n := 0
	for _, cs := range sets {
		n += len(cs.Changes)
	}
	txn := kvstore.Txn{Puts: make([]kvstore.Item, 0, n+2)}
	if len(sets) == 1 {
		for i := range sets[0].Changes {
			l.write(&txn, &sets[0].Changes[i])
		}
		return txn
	}
	// A later change set may change what an earlier one wrote: the last word counts.
	last := make(map[string]*catalog.Change, n)
	for _, cs := range sets {
		for i := range cs.Changes {
			last[cs.Changes[i].Stored.Key] = &cs.Changes[i]
		}
	}
	for _, cs := range sets {
		for i := range cs.Changes {
			if c := &cs.Changes[i]; last[c.Stored.Key] == c {
				l.write(&txn, c)
			}
		}
	}
	return txn
}

func (l *Log) write(txn *kvstore.Txn, c *catalog.Change) {
	if c.Deletes() {
		txn.Deletes = append(txn.Deletes, l.abs(c.Stored.Key))
		return
	}
	txn.Puts = append(txn.Puts, kvstore.Item{Key: l.abs(c.Stored.Key), Value: c.Stored.Value})
}

func (l *Log) entry(sets []*catalog.ChangeSet) (kvstore.Item, error) {
	payload, err := codec.EncodeChangeSets(sets)
	if errors.Is(err, codec.ErrTooLarge) {
		err = errors.Mark(err, ErrTooLarge)
	}
	if err != nil {
		if errors.Is(err, codec.ErrTooLarge) {
			err = errors.Mark(err, ErrTooLarge)
		}
		return kvstore.Item{}, err
	}
	last := sets[len(sets)-1]
	value, err := codec.EncodeJournalEntry(&codec.JournalEntry{Payload: payload, Last: last.Revision, Timestamp: last.Timestamp})
	return kvstore.Item{Key: l.abs(codec.JournalKey(sets[0].Revision)), Value: value}, err
}

// Read returns the bytes of one record as they are stored, or are to be, or kvstore.ErrNotFound. It is for records whose stored bytes
// are not those that codec would write. Safe for concurrent use with everything else.
func (l *Log) Read(ctx context.Context, rel string) ([]byte, error) {
	owed := l.owed.Load() // before the store is looked at: what is paid meanwhile is the same
	view, err := l.store.View(ctx)
	if err != nil {
		return nil, err
	}
	return l.read(ctx, view, owed, rel)
}

// ReadAll is Read of several records at one moment.
func (l *Log) ReadAll(ctx context.Context, rel []string) ([][]byte, error) {
	owed := l.owed.Load()
	view, err := l.store.View(ctx)
	if err != nil {
		return nil, err
	}
	out := make([][]byte, len(rel))
	for i, key := range rel {
		if out[i], err = l.read(ctx, view, owed, key); err != nil {
			return nil, errors.Wrapf(err, "read %s", key)
		}
	}
	return out, nil
}

func (l *Log) read(ctx context.Context, view kvstore.Reader, owed *debt, rel string) ([]byte, error) {
	if value, ok, err := owed.read(rel); ok || err != nil {
		return value, err
	}
	return view.Get(ctx, l.abs(rel))
}

// Remove deletes keys, relative to the root, that nothing reachable refers to. It is no change set and does not move
// head, but is fenced by it. Errors: ErrFenced; anything else may be tried again.
//
// What is owed is written first: it may be among what is removed, as the record of a collection that was dropped.
func (l *Log) Remove(ctx context.Context, rel []string) error {
	if err := l.pay(ctx); err != nil {
		return errors.Wrap(err, "remove")
	}
	txn := kvstore.Txn{Guards: []kvstore.Guard{l.guard()}}
	for _, k := range rel {
		txn.Deletes = append(txn.Deletes, l.abs(k))
	}
	err := l.store.Commit(ctx, txn)
	if errors.Is(err, kvstore.ErrGuard) {
		return errors.Mark(errors.Wrap(err, "head has changed"), ErrFenced)
	}
	return errors.Wrap(err, "remove")
}

// RemoveLimit returns how many keys one Remove may name.
func (l *Log) RemoveLimit() int {
	n := 1024
	if lim := l.store.Limits(); lim.Ops > 0 {
		n = min(n, lim.Ops-1)
	}
	if lim := l.store.Limits(); lim.Bytes > 0 {
		n = min(n, lim.Bytes/512)
	}
	return max(n, 1)
}

// Leftovers returns, once, the keys that commits which did not land have left behind. They are garbage.
func (l *Log) Leftovers() []string {
	out := l.leftover
	l.leftover = nil
	return out
}
