// Package progress keeps what a data plane reports between two changes of state: how many rows of an index are built, how much of a
// load is done.
//
// The one idea: progress is worth nothing after a restart, for the data plane goes on and reports again; so it stays in memory, and the
// catalog holds changes of state alone. What is kept is bounded by the indexes and loads that exist: it is forgotten with them, and with
// the spec that it was reported of. Readers name the spec that they see, and so never get the progress of another one.
package progress

import (
	"sync"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
)

// Board is where progress is kept. Safe for concurrent use.
type Board struct {
	mu          sync.RWMutex
	collections map[model.ID]*collection
}

type collection struct {
	load    *load // nil: nothing was reported
	indexes map[model.ID]rows
}

type load struct {
	spec    uint64
	percent int32
}

type rows struct {
	spec           uint64
	indexed, total int64
}

// New returns an empty Board.
func New() *Board { return &Board{collections: map[model.ID]*collection{}} }

// Index notes how many rows of an index are built.
func (b *Board) Index(id, index model.ID, spec uint64, indexed, total int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.at(id).indexes[index] = rows{spec, indexed, total}
}

// Load notes how much of a load is done.
func (b *Board) Load(id model.ID, spec uint64, percent int32) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.at(id).load = &load{spec, percent}
}

func (b *Board) at(id model.ID) *collection {
	c, ok := b.collections[id]
	if !ok {
		c = &collection{indexes: map[model.ID]rows{}}
		b.collections[id] = c
	}
	return c
}

// IndexRows returns how many rows of an index are built, of how many; false if nothing was reported of that spec since its state changed.
func (b *Board) IndexRows(id, index model.ID, spec uint64) (indexed, total int64, ok bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	c, ok := b.collections[id]
	if !ok {
		return 0, 0, false
	}
	r, ok := c.indexes[index]
	return r.indexed, r.total, ok && r.spec == spec
}

// LoadPercent returns how much of a load is done; false if nothing was reported of that spec since its state changed.
func (b *Board) LoadPercent(id model.ID, spec uint64) (percent int32, ok bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	c, ok := b.collections[id]
	if !ok || c.load == nil || c.load.spec != spec {
		return 0, false
	}
	return c.load.percent, true
}

// Len returns how many indexes and loads there is progress of.
func (b *Board) Len() int {
	b.mu.RLock()
	defer b.mu.RUnlock()
	n := 0
	for _, c := range b.collections {
		n += len(c.indexes)
		if c.load != nil {
			n++
		}
	}
	return n
}

// ForgetIndex forgets an index.
func (b *Board) ForgetIndex(id, index model.ID) {
	b.forget(id, func(c *collection) { delete(c.indexes, index) })
}

// ForgetLoad forgets a load.
func (b *Board) ForgetLoad(id model.ID) { b.forget(id, func(c *collection) { c.load = nil }) }

func (b *Board) forget(id model.ID, what func(*collection)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	c, ok := b.collections[id]
	if !ok {
		return
	}
	what(c)
	if c.load == nil && len(c.indexes) == 0 {
		delete(b.collections, id)
	}
}

// Published forgets what a change set has taken away, or given another spec or another state. It does not block.
func (b *Board) Published(cs *catalog.ChangeSet) {
	b.mu.RLock()
	none := len(b.collections) == 0
	b.mu.RUnlock()
	if none {
		return // as nearly always
	}
	for i := range cs.Changes {
		c := &cs.Changes[i]
		switch c.Ref.Kind {
		case catalog.KindCollection:
			if rec, ok := c.Put.(*model.Collection); ok && (rec.State == model.Dropping || rec.State == model.Dropped) {
				b.mu.Lock()
				delete(b.collections, rec.ID)
				b.mu.Unlock()
			}
		case catalog.KindIndexReport:
			b.ForgetIndex(c.Ref.Parent, c.Ref.ID)
		case catalog.KindLoadReport:
			b.ForgetLoad(c.Ref.Parent)
		case catalog.KindIndex:
			if c.Put == nil {
				b.ForgetIndex(c.Ref.Parent, c.Ref.ID)
			}
		case catalog.KindLoad:
			if c.Put == nil {
				b.ForgetLoad(c.Ref.Parent)
			}
		default:
		}
	}
}
