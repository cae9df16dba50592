package history

import (
	"context"
	"iter"
	"sync"
	"sync/atomic"
	"time"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
)

// Journal is how the past is read; it is *journal.Past. Safe for concurrent use.
type Journal interface {
	// Back yields change sets from a revision on backwards, as far as there are any.
	Back(ctx context.Context, from catalog.Revision) iter.Seq2[*catalog.ChangeSet, error]
	// Reach returns the revision and the timestamp of the oldest state that Back leads to, and how many bytes the journal takes. A zero
	// timestamp: there is no past; a zero revision beside one: it is the newest state.
	Reach() (catalog.Revision, model.Timestamp, int64)
}

// The defaults of Config.
const (
	DefaultRecent = 1024
	DefaultOlder  = 1024
)

// Config is what a History needs.
type Config struct {
	Journal Journal
	// Base is the catalog as it was loaded, Since the timestamp of its last change set: Base's own may be the bound up to
	// which timestamps are reserved.
	Base  *catalog.Snapshot
	Since model.Timestamp
	// Recent is how many change sets at least can be asked for without the journal, once they have been made; 0: DefaultRecent.
	Recent int
	// Older is how many Snapshots that were rebuilt are kept at the most, the least recently used going first; 0: DefaultOlder. They
	// share what they have in common with each other and with the present.
	Older int
	// Rebuilt is told of each rebuild: how many change sets it has undone; optional.
	Rebuilt func(changeSets int, took time.Duration, err error)
}

// Reach is how far back a History goes.
type Reach struct {
	Revision  catalog.Revision
	Timestamp model.Timestamp
	// JournalBytes is what the journal takes in the store.
	JournalBytes int64
}

// History is the catalog at any time within the reach. Safe for concurrent use.
type History struct {
	Config
	// near and far hold a token while there is a Snapshot in the making, in the ring and behind it.
	near, far chan struct{}

	mu    sync.RWMutex
	ring  []*moment     // ascending, never empty; the first has a Snapshot
	older []*stretch    // ascending, all of them before the ring began; mostly still so
	floor mark          // where the way back turned out to end, if before the journal's end
	uses  atomic.Uint64 // counts uses of what is in older
}

// mark is a revision with its timestamp.
type mark struct {
	revision  catalog.Revision
	timestamp model.Timestamp
}

// New returns a History that begins with c.Base.
func New(c Config) *History {
	if c.Recent == 0 {
		c.Recent = DefaultRecent
	}
	if c.Older == 0 {
		c.Older = DefaultOlder
	}
	first := &moment{mark: mark{c.Base.Revision(), c.Since}}
	first.snap.Store(c.Base)
	return &History{Config: c, near: make(chan struct{}, 1), far: make(chan struct{}, 1), ring: []*moment{first}}
}

// At returns the catalog as it was at a hybrid timestamp: after the last change set whose timestamp is not later. Zero, and any
// time since the last change, mean the newest there is.
//
// Errors: errs.ParameterInvalid for a time beyond the reach, which names the oldest there is; the journal's; the end of ctx.
func (h *History) At(ctx context.Context, ts model.Timestamp) (*catalog.Snapshot, error) {
	if ts == 0 {
		ts = ^model.Timestamp(0)
	}
	if oldest := h.Reach(); ts < oldest.Timestamp {
		return nil, tooOld(ts, oldest)
	}
	if s, found, err := h.recent(ctx, ts); found || err != nil {
		return s, err
	}
	return h.rebuild(ctx, ts)
}

// Reach returns the oldest state there is. It is the journal's: what memory happens to hold beyond that does not count, so that a restart
// changes no answer.
func (h *History) Reach() Reach {
	r := Reach{}
	r.Revision, r.Timestamp, r.JournalBytes = h.Journal.Reach()
	h.mu.RLock()
	defer h.mu.RUnlock()
	newest := h.ring[len(h.ring)-1]
	if r.Timestamp == 0 || r.Timestamp > newest.timestamp {
		r.Revision, r.Timestamp = newest.revision, newest.timestamp
	}
	if r.Revision == 0 {
		r.Revision = newest.revision
	}
	if h.floor.timestamp > r.Timestamp {
		r.Revision, r.Timestamp = h.floor.revision, h.floor.timestamp
	}
	return r
}

// tooOld is the refusal of a time of which nothing is known any more.
func tooOld(ts model.Timestamp, oldest Reach) error {
	return errs.Invalid("no catalog is kept for time_stamp %d (%s): the oldest time there is is %d (%s), at revision %d",
		uint64(ts), utc(ts), uint64(oldest.Timestamp), utc(oldest.Timestamp), uint64(oldest.Revision))
}

func utc(ts model.Timestamp) string {
	return time.UnixMilli(ts.Millis()).UTC().Format("2006-01-02T15:04:05.000Z")
}

// take waits for a token.
func take(ctx context.Context, token chan struct{}) error {
	select {
	case token <- struct{}{}:
		return nil
	default:
	}
	select {
	case token <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
