package tasks

import (
	"container/list"
	"context"
	"sync"

	"github.com/cockroachdb/errors"
)

// The errors of a Queue that has not started a task.
var (
	// ErrFull means that as many tasks wait as may. The same task may find room later.
	ErrFull = errors.New("queue is full")
	// ErrClosed means that the queue takes no more tasks.
	ErrClosed = errors.New("queue is closed")
)

// errGone is the answer of a task that ended its goroutine instead of returning.
var errGone = errors.New("the task ended its goroutine")

// Queue is a bound on tasks: so many run at once, so many more may wait, first come first served. It gives no order to
// those that run. It starts nothing by itself; all methods may be called concurrently.
type Queue struct {
	maxRunning, maxWaiting int
	// life ends when the owner will wait no longer; it is what a running task sees as the end of its context.
	life context.Context //nolint:containedctx // the lifetime of the queue itself, not of a call
	end  context.CancelCauseFunc

	mu      sync.Mutex // guards what follows
	running int
	waiting list.List     // of *waiter, the oldest first
	closed  bool          //
	idle    chan struct{} // made and closed by Close or finish: closed and nothing is running
}

// waiter is a caller in the queue. Whoever takes it out of the list writes err and closes done.
type waiter struct {
	done chan struct{}
	err  error // nil: it has got a slot
}

// NewQueue returns a queue that lets running tasks run at once and waiting more wait. running must be at least 1, waiting
// may be 0. Whoever makes it closes it: only Close ends what runs.
func NewQueue(running, waiting int) (*Queue, error) {
	if running < 1 || waiting < 0 {
		return nil, errors.Newf("a queue needs at least 1 running and 0 waiting, has %d and %d", running, waiting)
	}
	q := &Queue{maxRunning: running, maxWaiting: waiting, idle: make(chan struct{})}
	q.life, q.end = context.WithCancelCause(context.Background()) //nolint:forbidigo // tasks outlive the calls that bring them
	return q, nil
}

// Do runs t as Run does, as soon as a slot is free, and returns its error.
//
// ErrFull, ErrClosed, or the end of ctx while waiting: t was not touched. If ctx ends while t runs, Do returns ctx's error
// at once and t goes on without its caller; its outcome is then known to NotifyDone only. t sees the values of ctx, but
// its context ends with the queue.
func (q *Queue) Do(ctx context.Context, t Task) error {
	if err := q.enter(ctx); err != nil {
		return err
	}
	// Without the caller's own end among the values: contexts derived from this one look it up there.
	task := detached{Context: q.life, values: context.WithoutCancel(ctx)}
	if ctx.Done() == nil {
		defer q.finish()
		return Run(task, t)
	}
	// The goroutine is what lets the caller leave early. It costs less than a hundredth of the cheapest statement.
	done := make(chan error, 1) // room for one, so that nobody has to be there to hear it
	go func() {
		err := errGone
		defer func() { done <- err }()
		defer q.finish() // before the answer: who has it finds the slot free
		err = Run(task, t)
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return errors.Wrap(ctx.Err(), "the caller left, the task goes on")
	}
}

// enter returns nil when the caller has a slot, which finish gives back.
func (q *Queue) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return errors.Wrap(err, "the caller left before the task started")
	}
	q.mu.Lock()
	switch {
	case q.closed:
		q.mu.Unlock()
		return ErrClosed
	case q.running < q.maxRunning:
		q.running++
		q.mu.Unlock()
		return nil
	case q.waiting.Len() >= q.maxWaiting:
		q.mu.Unlock()
		return ErrFull
	}
	w := &waiter{done: make(chan struct{})}
	at := q.waiting.PushBack(w)
	q.mu.Unlock()

	select {
	case <-w.done:
		return w.err
	case <-ctx.Done():
	}
	q.leave(at)
	return errors.Wrap(ctx.Err(), "the caller left before the task started")
}

// leave takes a caller out of the queue, or gives back the slot that it was just handed.
func (q *Queue) leave(at *list.Element) {
	w := at.Value.(*waiter) //nolint:forcetypeassert // the list holds nothing else
	q.mu.Lock()
	select {
	case <-w.done:
		q.mu.Unlock()
		if w.err == nil {
			q.finish()
		}
	default:
		q.waiting.Remove(at)
		q.mu.Unlock()
	}
}

// finish gives a slot back: to the one who waits longest, if there is one.
func (q *Queue) finish() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if oldest := q.waiting.Front(); oldest != nil {
		q.dismiss(oldest, nil)
		return
	}
	q.running--
	if q.closed && q.running == 0 {
		close(q.idle)
	}
}

// dismiss takes a waiter out and tells it why: nil hands it a slot. The caller holds mu.
func (q *Queue) dismiss(at *list.Element, err error) {
	w := q.waiting.Remove(at).(*waiter) //nolint:forcetypeassert // the list holds nothing else
	w.err = err
	close(w.done)
}

// Load returns how many tasks wait and how many run.
func (q *Queue) Load() (waiting, running int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.waiting.Len(), q.running
}

// Limits returns how many tasks may wait and how many may run at once.
func (q *Queue) Limits() (waiting, running int) { return q.maxWaiting, q.maxRunning }

// Close sends away who waits, with ErrClosed, and waits for the running tasks until ctx ends. Then it ends their contexts, with
// ErrClosed as the cause, and returns ctx's error without waiting further; nil means that no task is left. It may be
// called again.
func (q *Queue) Close(ctx context.Context) error {
	q.mu.Lock()
	if !q.closed {
		q.closed = true
		for at := q.waiting.Front(); at != nil; at = q.waiting.Front() {
			q.dismiss(at, ErrClosed)
		}
		if q.running == 0 {
			close(q.idle)
		}
	}
	running := q.running
	q.mu.Unlock()

	defer q.end(ErrClosed)
	select {
	case <-q.idle:
		return nil
	case <-ctx.Done():
		return errors.Wrapf(ctx.Err(), "close with %d tasks running", running)
	}
}

// detached is the context of a running task: the life of the queue, with the values of the caller.
type detached struct {
	context.Context                 //nolint:containedctx // this is a context
	values          context.Context //nolint:containedctx // this is a context
}

// Value looks at the caller's values first: the queue's own context carries hardly any.
func (d detached) Value(key any) any {
	if v := d.values.Value(key); v != nil {
		return v
	}
	return d.Context.Value(key)
}
