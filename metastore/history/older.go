package history

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/errors"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/codec"
	"github.com/taproot-db/taproot/metastore/model"
)

// stretch is a Snapshot that was rebuilt, with the time it stands for: from since on, until the next change.
type stretch struct {
	since, until model.Timestamp
	snap         *catalog.Snapshot
	used         atomic.Uint64
}

// A rebuild leaves a Snapshot each so many change sets: often where people look most, seldom on a long way.
const (
	closeBy   = 1024
	stepClose = 64
	stepFar   = 4096
)

// rebuild returns the catalog at a time before the ring. One rebuild goes on at a time; who waited finds its result, or what it has
// left on the way.
func (h *History) rebuild(ctx context.Context, ts model.Timestamp) (*catalog.Snapshot, error) {
	if s := h.kept(ts); s != nil {
		return s, nil
	}
	if err := take(ctx, h.far); err != nil {
		return nil, err
	}
	defer func() { <-h.far }()
	if s := h.kept(ts); s != nil {
		return s, nil
	}
	if oldest := h.Reach(); ts < oldest.Timestamp { // by now
		return nil, tooOld(ts, oldest)
	}
	began := time.Now()
	snap, undone, err := h.walk(ctx, ts)
	if h.Rebuilt != nil {
		h.Rebuilt(undone, time.Since(began), err)
	}
	return snap, err
}

// walk goes back from the nearest later Snapshot by undoing one change set after the other.
func (h *History) walk(ctx context.Context, ts model.Timestamp) (_ *catalog.Snapshot, undone int, _ error) {
	start, until := h.after(ts)
	w, kept := start.Work(), 0
	var undo *catalog.ChangeSet // the one that made the state w is in
	// What has been done so far is kept for whoever asks next.
	leave := func() {
		if undone > kept {
			s := w.Snapshot()
			h.keep(undo.Timestamp, until, s)
			w, kept = s.Work(), undone
		}
	}
	for cs, err := range h.Journal.Back(ctx, start.Revision()) {
		if err == nil && ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		switch {
		case errors.Is(err, codec.ErrMalformed) && undo != nil:
			leave()
			return nil, undone, h.ends(undo, ts)
		case err != nil:
			leave()
			if oldest := h.Reach(); ts < oldest.Timestamp {
				err = tooOld(ts, oldest) // it was trimmed meanwhile
			}
			return nil, undone, err
		case undo == nil:
			undo = cs
			continue
		}
		if err := revert(w, undo, cs); err != nil {
			return nil, undone, h.ends(undo, ts)
		}
		undone++
		undo, until = cs, undo.Timestamp
		if cs.Timestamp <= ts {
			s := w.Snapshot()
			h.keep(cs.Timestamp, until, s)
			return s, undone, nil
		}
		if undone <= closeBy && undone%stepClose == 0 || undone%stepFar == 0 {
			leave()
		}
	}
	leave()
	return nil, undone, tooOld(ts, h.Reach())
}

// revert takes w from the state after cs to the one after the change set before.
func revert(w *catalog.Work, cs, before *catalog.ChangeSet) error {
	changes, err := codec.Undo(cs)
	if err != nil {
		return err
	}
	return w.Revert(cs, changes, before.Mark())
}

// ends notes that there is no way back beyond a change set: an earlier version that told less wrote it, or the journal is
// damaged before it. It returns the refusal of an older time.
func (h *History) ends(at *catalog.ChangeSet, ts model.Timestamp) error {
	h.mu.Lock()
	if at.Timestamp > h.floor.timestamp {
		h.floor = mark{at.Revision, at.Timestamp}
	}
	h.mu.Unlock()
	return tooOld(ts, h.Reach())
}

func sinceOf(s *stretch) model.Timestamp { return s.since }

// kept returns the Snapshot of a time if it has been rebuilt before, or nil.
func (h *History) kept(ts model.Timestamp) *catalog.Snapshot {
	h.mu.RLock()
	defer h.mu.RUnlock()
	if i := at(h.older, ts, sinceOf); i >= 0 && ts < h.older[i].until {
		h.older[i].used.Store(h.uses.Add(1))
		return h.older[i].snap
	}
	return nil
}

// after returns the oldest Snapshot there is that is later than a time, and when it stopped to hold.
func (h *History) after(ts model.Timestamp) (*catalog.Snapshot, model.Timestamp) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	if i := at(h.older, ts, sinceOf) + 1; i < len(h.older) {
		h.older[i].used.Store(h.uses.Add(1))
		return h.older[i].snap, h.older[i].until
	}
	return h.ring[0].snap.Load(), ^model.Timestamp(0)
}

// keep keeps a Snapshot that was rebuilt, and lets go of the one that nobody has used for longest if there are too many.
func (h *History) keep(since, until model.Timestamp, snap *catalog.Snapshot) {
	s := &stretch{since: since, until: until, snap: snap}
	h.mu.Lock()
	defer h.mu.Unlock()
	i := at(h.older, since, sinceOf)
	if i >= 0 && h.older[i].since == since {
		return
	}
	s.used.Store(h.uses.Add(1))
	h.older = slices.Insert(h.older, i+1, s)
	// What the journal does not reach any more is never asked for.
	_, oldest, _ := h.Journal.Reach()
	h.older = slices.DeleteFunc(h.older, func(s *stretch) bool { return s.until <= oldest })
	for len(h.older) > h.Older {
		idle := 0
		for i, s := range h.older {
			if s.used.Load() < h.older[idle].used.Load() {
				idle = i
			}
		}
		h.older = slices.Delete(h.older, idle, idle+1)
	}
}
