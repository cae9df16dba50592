package memory

import (
	"bytes"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/errors"
	"github.com/tidwall/btree"

	"github.com/taproot-db/taproot/kvstore"
)

type tree = btree.BTreeG[kvstore.Item]

// Data is the content of one or several Stores. It outlives them.
type Data struct {
	// tree is the present version. It is replaced under mu; what it points to is never changed.
	tree atomic.Pointer[tree]

	// mu is held by one commit at a time, and around changes of waiting. Copying a version marks its nodes as shared,
	// which is a write to it, so only the holder does it.
	mu      sync.Mutex
	waiting map[string]map[*waiter]struct{}
}

// NewData returns empty Data.
func NewData() *Data {
	d := &Data{waiting: make(map[string]map[*waiter]struct{})}
	d.tree.Store(btree.NewBTreeGOptions(
		func(a, b kvstore.Item) bool { return a.Key < b.Key },
		btree.Options{NoLocks: true},
	))
	return d
}

// commit applies t, which has passed Check, or fails with ErrGuard.
func (d *Data) commit(t kvstore.Txn) error {
	d.mu.Lock()
	defer d.mu.Unlock()

	now := d.tree.Load()
	for _, g := range t.Guards {
		it, ok := now.Get(kvstore.Item{Key: g.Key})
		switch {
		case g.Absent && ok:
			return errors.Mark(errors.Newf("key %q exists", g.Key), kvstore.ErrGuard)
		case !g.Absent && !ok:
			return errors.Mark(errors.Newf("key %q does not exist", g.Key), kvstore.ErrGuard)
		case !g.Absent && !bytes.Equal(it.Value, g.Want):
			return errors.Mark(errors.Newf("key %q has another value", g.Key), kvstore.ErrGuard)
		}
	}
	if len(t.Puts)+len(t.Deletes) == 0 {
		return nil
	}
	next := now.Copy()
	for _, p := range t.Puts {
		next.Set(kvstore.Item{Key: p.Key, Value: clone(p.Value)})
	}
	for _, k := range t.Deletes {
		next.Delete(kvstore.Item{Key: k})
	}
	d.tree.Store(next)

	// Only now: who is woken looks at once.
	for _, p := range t.Puts {
		d.wake(p.Key)
	}
	for _, k := range t.Deletes {
		d.wake(k)
	}
	return nil
}
