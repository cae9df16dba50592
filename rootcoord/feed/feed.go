// Package feed broadcasts committed change sets: one writer, any number of cursors, a bounded history.
//
//	oldest ─▶ r5 ─▶ r6 ─▶ r7 ─▶ (open)
//	                 ▲            ▲
//	              cursor A     cursor B, waits
//
// The one idea: it is a linked list to which only the writer appends; a cursor is a pointer into it. Publishing costs the
// same with no follower and with thousands, a slow follower holds up nobody, and one that fell out of the history is told
// so instead of being skipped in silence.
package feed

import (
	"context"
	"sync/atomic"

	"github.com/cockroachdb/errors"

	"github.com/taproot-db/taproot/metastore/catalog"
)

// ErrLost means that the change sets after a cursor's place are no longer kept: start again from a whole Snapshot.
var ErrLost = errors.New("place in the feed is lost")

// Feed is the list. Publish has one caller at a time; everything else is safe for concurrent use.
type Feed struct {
	keep   int
	oldest atomic.Pointer[node]
	open   atomic.Pointer[node] // the end, not filled yet
	length int                  // filled nodes from oldest on; the writer's
}

type node struct {
	// before is the revision that one must have applied to continue here.
	before catalog.Revision
	filled chan struct{} // closed by the writer once set and next are there
	set    *catalog.ChangeSet
	next   *node
}

// New returns a feed that continues after a revision and keeps the last keep change sets, at least 1.
func New(after catalog.Revision, keep int) *Feed {
	f := &Feed{keep: max(keep, 1)}
	n := &node{before: after, filled: make(chan struct{})}
	f.oldest.Store(n)
	f.open.Store(n)
	return f
}

// Publish appends a change set, which nobody may change any more. Revisions must follow each other.
func (f *Feed) Publish(cs *catalog.ChangeSet) {
	end := f.open.Load()
	if cs.Revision != end.before+1 {
		panic(errors.AssertionFailedf("feed: revision %d after %d", cs.Revision, end.before))
	}
	next := &node{before: cs.Revision, filled: make(chan struct{})}
	end.set, end.next = cs, next
	f.open.Store(next)
	close(end.filled)
	f.length++
	for ; f.length > f.keep; f.length-- {
		f.oldest.Store(f.oldest.Load().next)
	}
}

// Cursor is a follower's place. For one goroutine at a time. It needs no closing.
type Cursor struct {
	feed *Feed
	at   *node
}

// After returns a cursor whose first change set is the one after revision, or ErrLost if that is no longer kept or has not been reached.
func (f *Feed) After(revision catalog.Revision) (*Cursor, error) {
	for n := f.oldest.Load(); n != nil; {
		if n.before == revision {
			return &Cursor{feed: f, at: n}, nil
		}
		if n.before > revision {
			break
		}
		select {
		case <-n.filled:
			n = n.next
		default:
			n = nil
		}
	}
	return nil, errors.Mark(errors.Newf("revision %d is not in the feed", revision), ErrLost)
}

// Next waits for the next change set. It returns ErrLost if the cursor fell out of the history, or the cause of ctx's end.
func (c *Cursor) Next(ctx context.Context) (*catalog.ChangeSet, error) {
	if c.at.before < c.feed.oldest.Load().before {
		return nil, errors.Mark(errors.Newf("revision %d is no longer in the feed", c.at.before+1), ErrLost)
	}
	select {
	case <-c.at.filled:
	default:
		select {
		case <-c.at.filled:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
	cs := c.at.set
	c.at = c.at.next
	return cs, nil
}
