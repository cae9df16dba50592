// Package tso hands out hybrid timestamps: strictly rising, across restarts too.
//
// The one idea: a timestamp may be told to others only below a bound that is durable. The bound lies in the head
// record, so every commit moves it along for free, and a start begins above it. Statements and AllocTimestamp draw
// from the same Clock.
package tso

import (
	"sync"
	"time"

	"github.com/taproot-db/taproot/metastore/model"
)

// Window is how far ahead of the wall clock the durable bound is put. Longer means fewer reservations while nothing
// else is written; after a restart, timestamps run ahead of the wall clock by at most this much.
const Window = 3 * time.Second

// maxLogical is the number of timestamps in one millisecond.
const maxLogical = 1 << 18

// Clock draws hybrid timestamps. It never goes backwards, whatever the wall clock does. Safe for concurrent use.
type Clock struct {
	now func() time.Time

	mu    sync.Mutex
	last  model.Timestamp // the last one drawn
	bound model.Timestamp // durable; only timestamps below it may be told without a commit
}

// New returns a Clock whose timestamps are all above after, which is the durable bound that was found.
func New(after model.Timestamp, now func() time.Time) *Clock {
	return &Clock{now: now, last: after, bound: after}
}

// Next draws a timestamp for a commit, which will move the bound above it.
func (c *Clock) Next() model.Timestamp {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.draw(1)
}

// Allocate draws n consecutive timestamps, 1 to 65536, and returns the first. It returns false if they do not lie below the
// durable bound: reserve, then call again.
func (c *Clock) Allocate(n uint32) (model.Timestamp, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.peek(n)+model.Timestamp(n) > c.bound {
		return 0, false
	}
	return c.draw(n), true
}

// Bound returns the bound that a commit holding timestamps up to drawn should make durable. It moves in steps of half
// a Window, so that most heads carry the same one.
func (c *Clock) Bound(drawn model.Timestamp) model.Timestamp {
	c.mu.Lock()
	defer c.mu.Unlock()
	wall := model.HybridTimestamp(c.now().UnixMilli(), 0)
	floor := max(wall, drawn, c.last)
	if c.bound >= floor+window/2 {
		return c.bound
	}
	return floor + window
}

// Durable says that a bound is durable now.
func (c *Clock) Durable(bound model.Timestamp) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bound = max(c.bound, bound)
}

var window = model.HybridTimestamp(Window.Milliseconds(), 0)

// peek returns what draw would.
func (c *Clock) peek(n uint32) model.Timestamp {
	first := max(c.last+1, model.HybridTimestamp(c.now().UnixMilli(), 0))
	if (uint64(first)&(maxLogical-1))+uint64(n) > maxLogical {
		first = model.HybridTimestamp(first.Millis()+1, 0) // a batch does not straddle two milliseconds
	}
	return first
}

func (c *Clock) draw(n uint32) model.Timestamp {
	first := c.peek(n)
	c.last = first + model.Timestamp(n) - 1
	return first
}
