package committer

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/errors"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/journal"
	"github.com/taproot-db/taproot/metastore/model"
	"github.com/taproot-db/taproot/rootcoord/ddl"
	"github.com/taproot-db/taproot/rootcoord/feed"
	"github.com/taproot-db/taproot/rootcoord/tso"
)

// ErrStopped is returned to whoever submits to a committer that does not run any more, or was stopped before the statement was committed.
var ErrStopped = errors.New("committer has stopped")

// ErrOutcomeUnknown is returned to whoever left before the outcome was known. It is marked beside the cause.
var ErrOutcomeUnknown = errors.New("outcome of the statement is unknown")

// Statement is one request to change the catalog.
type Statement struct {
	// RequestID is stable over the retries of one request; empty: a repetition is not recognised.
	RequestID string
	Actor     string
	// Name of the statement, as it is to stand in the journal.
	Name string
	// Body is a hash of the request, by which a reused request id is told from a repeated request.
	Body uint64
	Plan ddl.Planner
}

// Committed is the answer to a statement.
type Committed struct {
	// Revision in which the answer holds, and its hybrid timestamp.
	Revision  catalog.Revision
	Timestamp model.Timestamp
	// Changed is false if the catalog was already as asked for.
	Changed bool
	Result  catalog.Result
}

// Config is what a Committer needs. All fields are required unless said otherwise.
type Config struct {
	Log      *journal.Log
	Snapshot *catalog.Snapshot
	Clock    *tso.Clock
	Feed     *feed.Feed
	Logger   *slog.Logger
	// Requests are the request ids that the journal remembers; may be empty.
	Requests []Request
	// MaxWaiting is how many statements may wait to be planned; 0: 10240. What is more is refused.
	MaxWaiting int
	// Grace is how long a commit that is on its way may take to learn its outcome after Run was told to stop; 0: 2 s.
	Grace time.Duration
	// Garbage is told, from the committer's goroutine, of keys that nothing refers to; optional. It must not block.
	Garbage func(keys []string)
	// Landed is told of the change sets of a commit once they are durable, with the Snapshot after them, before it is visible; optional. It
	// must not block.
	Landed func(*catalog.Snapshot, []*catalog.ChangeSet)
	// Published is told of every change set once it is durable and visible, in order; optional. It must not block.
	Published func(*catalog.ChangeSet)
	// OnCommit is told of every commit; optional. It must not block.
	OnCommit func(Stats)
}

// Stats describes one commit.
type Stats struct {
	ChangeSets, Records int
	Took                time.Duration
	Err                 error
}

// Committer is the single writer. Run it once; everything else is safe for concurrent use.
type Committer struct {
	Config
	in      chan *submission // Submit sends, Run receives; never closed
	stopped chan struct{}    // closed by Run when it will not answer any more
	stopErr error            // why; written before stopped is closed
	current atomic.Pointer[catalog.Snapshot]
	away    atomic.Pointer[error] // why a commit waits for its outcome; nil while all is well

	epoch uint64
	once  sync.Once
}

// submission is a statement on its way. Answered once, on a channel with room for it, by the Run goroutine.
type submission struct {
	Statement
	reserve bool     // no planner: a change set without changes
	remove  []string // no planner: keys to delete
	done    chan answer
	also    []*submission // repetitions of the same request that came while it was under way
	alone   bool          // did not fit a batch with others
	now     model.Timestamp
	spare   model.Timestamp // below now
}

type answer struct {
	Committed
	err error
}

// New returns a Committer that continues c.Log. It starts nothing.
func New(c Config) *Committer {
	if c.MaxWaiting == 0 {
		c.MaxWaiting = 10240
	}
	if c.Grace == 0 {
		c.Grace = 2 * time.Second
	}
	cm := &Committer{Config: c, in: make(chan *submission, c.MaxWaiting), stopped: make(chan struct{}), epoch: c.Log.Head().Epoch}
	cm.current.Store(c.Snapshot)
	return cm
}

// Epoch returns the epoch in which this committer writes.
func (c *Committer) Epoch() uint64 { return c.epoch }

// Snapshot returns the catalog as it is durable.
func (c *Committer) Snapshot() *catalog.Snapshot { return c.current.Load() }

// Submit runs one statement and returns when its outcome is durable. Errors: a refusal of the planner (package errs);
// errs.ParameterInvalid if the request id was used for another statement; errs.TooManyRequests; errs.ParameterTooLarge; errs.Unavailable
// if nothing was written and a retry may help; ErrStopped; or the end of ctx: then the statement may still be committed.
func (c *Committer) Submit(ctx context.Context, st Statement) (Committed, error) {
	return c.submit(ctx, &submission{Statement: st, done: make(chan answer, 1)})
}

// Reserve commits a change set without changes, which makes a later bound of timestamps durable. Errors as Submit.
func (c *Committer) Reserve(ctx context.Context) error {
	_, err := c.submit(ctx, &submission{reserve: true, done: make(chan answer, 1), Statement: Statement{Name: "Reserve"}})
	return err
}

// Remove deletes keys, relative to the root, that nothing refers to, at most RemoveLimit of them. It is no change set. Errors as Submit.
func (c *Committer) Remove(ctx context.Context, keys []string) error {
	_, err := c.submit(ctx, &submission{remove: keys, done: make(chan answer, 1)})
	return err
}

// RemoveLimit returns how many keys one Remove may name.
func (c *Committer) RemoveLimit() int { return c.Log.RemoveLimit() }

func (c *Committer) submit(ctx context.Context, sub *submission) (Committed, error) {
	select {
	case <-c.stopped:
		return Committed{}, c.stopErr
	default:
	}
	if away := c.away.Load(); away != nil {
		return Committed{}, errs.Unavailable.New("the store does not answer (" + (*away).Error() + ")")
	}
	select {
	case c.in <- sub:
	default:
		return Committed{}, errs.QueueFull(c.MaxWaiting)
	}
	select {
	case a := <-sub.done:
		return a.Committed, a.err
	case <-ctx.Done():
		return Committed{}, errors.Mark(errors.Wrap(context.Cause(ctx), "statement may still be committed"), ErrOutcomeUnknown)
	case <-c.stopped:
		// An answer may have been given in the same moment.
		select {
		case a := <-sub.done:
			return a.Committed, a.err
		default:
			return Committed{}, c.stopErr
		}
	}
}

// Run plans and commits until ctx ends or another leader takes over, which it returns as journal.ErrFenced. When it
// returns, every submission has been or will be answered.
func (c *Committer) Run(ctx context.Context) error {
	r := newRun(c)
	err := r.loop(ctx)
	c.once.Do(func() {
		c.stopErr = errors.Mark(errors.Wrap(err, "not committed"), ErrStopped)
		close(c.stopped)
	})
	return err
}
