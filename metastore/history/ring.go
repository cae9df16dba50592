package history

import (
	"cmp"
	"context"
	"slices"
	"sync/atomic"

	"github.com/cockroachdb/errors"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
)

// moment is a revision in the ring. Of a batch of change sets only the end has a Snapshot; one before it is made when somebody asks.
type moment struct {
	mark
	set  *catalog.ChangeSet // leads here from the moment before; nil where there was a Snapshot from the first
	snap atomic.Pointer[catalog.Snapshot]
}

// Add takes change sets that have become durable together, and the Snapshot after the last one. They follow each other, and
// are added before the Snapshot can be seen elsewhere. One goroutine at a time; it does not block and does little.
func (h *History) Add(snap *catalog.Snapshot, sets []*catalog.ChangeSet) {
	if len(sets) == 0 {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if last := h.ring[len(h.ring)-1].revision; sets[0].Revision != last+1 {
		panic(errors.AssertionFailedf("history: revision %d after %d", sets[0].Revision, last))
	}
	for _, cs := range sets[:len(sets)-1] {
		h.ring = append(h.ring, &moment{mark: mark{cs.Revision, cs.Timestamp}, set: cs})
	}
	last := sets[len(sets)-1]
	end := &moment{mark: mark{last.Revision, last.Timestamp}}
	end.snap.Store(snap)
	h.ring = append(h.ring, end)
	for n := len(h.ring) - h.Recent; n > 0; n-- {
		if h.ring[n].snap.Load() != nil { // the first must have one, because the others are made from it
			clear(h.ring[:n])
			h.ring = h.ring[n:]
			break
		}
	}
}

// recent returns the catalog at a time in the ring; false: it is older.
func (h *History) recent(ctx context.Context, ts model.Timestamp) (*catalog.Snapshot, bool, error) {
	m, base, sets := h.find(ts)
	if m == nil {
		return nil, false, nil
	}
	if s := m.snap.Load(); s != nil {
		return s, true, nil
	}
	if err := take(ctx, h.near); err != nil {
		return nil, false, err
	}
	defer func() { <-h.near }()
	if s := m.snap.Load(); s != nil {
		return s, true, nil // made by the one that went before
	}
	w := base.Work()
	for _, cs := range sets {
		if err := w.Stage(cs); err != nil {
			return nil, false, errors.NewAssertionErrorWithWrappedErrf(err, "what was committed does not apply again")
		}
	}
	m.snap.Store(w.Snapshot())
	return w.Snapshot(), true, nil
}

// find returns the moment of a time and, if it has no Snapshot, the nearest one before it that has, with the way from there. Nil:
// the time is before the ring.
func (h *History) find(ts model.Timestamp) (m *moment, base *catalog.Snapshot, way []*catalog.ChangeSet) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	i := at(h.ring, ts, func(m *moment) model.Timestamp { return m.timestamp })
	if i < 0 {
		return nil, nil, nil
	}
	m = h.ring[i]
	if m.snap.Load() != nil {
		return m, nil, nil
	}
	for base = nil; base == nil; i-- {
		if base = h.ring[i].snap.Load(); base == nil {
			way = append(way, h.ring[i].set)
		}
	}
	slices.Reverse(way)
	return m, base, way
}

// at returns where in an ascending list the last one is that began at ts or before; -1: none did.
func at[T any](list []T, ts model.Timestamp, since func(T) model.Timestamp) int {
	i, exact := slices.BinarySearchFunc(list, ts, func(e T, ts model.Timestamp) int { return cmp.Compare(since(e), ts) })
	if exact {
		return i
	}
	return i - 1
}
