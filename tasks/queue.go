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
// those that run. All methods may be called concurrently.
//
// Tasks run on goroutines of the queue, so that a caller can leave and its task go on. These are kept for the next
// task: one that has run a statement has the stack for another, and growing that costs several times what
// handing over a task does. There are never more of them than tasks may run, and Close ends them.
type Queue struct {
	maxRunning, maxWaiting int
	// life is the context of all running tasks. It ends when the owner waits no longer.
	life context.Context //nolint:containedctx // the lifetime of the queue itself, not of a call
	end  context.CancelCauseFunc

	mu      sync.Mutex // guards what follows
	closed  bool
	running int           // slots taken
	waiting list.List     // of *job, the oldest first
	workers int           // goroutines of the queue, busy and idle
	idle    []chan *job   // of each idle worker: room for one, sent to by whoever took it from here; nil or closed ends the worker
	empty   chan struct{} // closed when the queue is closed and the last worker has ended
}

// job is a task with its caller.
type job struct {
	ctx  context.Context //nolint:containedctx // travels with the task to another goroutine
	task Task
	at   *list.Element // where it waits; nil once it does not. Guarded by mu
	done chan error    // the answer: room for one, so that nobody has to be there to hear it
}

// NewQueue returns a queue that lets running tasks run at once and waiting more wait. running must be at least 1, waiting
// may be 0. Whoever makes it closes it: only Close ends what runs.
func NewQueue(running, waiting int) (*Queue, error) {
	if running < 1 || waiting < 0 {
		return nil, errors.Newf("a queue needs at least 1 running and 0 waiting, has %d and %d", running, waiting)
	}
	q := &Queue{maxRunning: running, maxWaiting: waiting, empty: make(chan struct{})}
	q.life, q.end = context.WithCancelCause(context.Background()) //nolint:forbidigo // tasks outlive the calls that bring them
	return q, nil
}

// Do runs t as Run does, as soon as a slot is free, and returns its error.
//
// ErrFull, ErrClosed, or the end of ctx while waiting: t was not touched. If ctx ends while t runs, Do returns ctx's
// error at once and t goes on without its caller; its outcome is then known to NotifyDone only. t sees the values of
// ctx, but its context ends with the queue.
func (q *Queue) Do(ctx context.Context, t Task) error {
	if err := ctx.Err(); err != nil {
		return errors.Wrap(err, "the caller left before the task started")
	}
	j := &job{ctx: ctx, task: t, done: make(chan error, 1)}
	if err := q.admit(j); err != nil { //nolint:contextcheck // the task goes on without its caller
		return err
	}
	select {
	case err := <-j.done:
		return err
	case <-ctx.Done():
	}
	if q.withdraw(j) {
		return errors.Wrap(ctx.Err(), "the caller left before the task started")
	}
	return errors.Wrap(ctx.Err(), "the caller left, the task goes on")
}

// admit gives a job to a worker, or lets it wait.
func (q *Queue) admit(j *job) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.closed:
		return ErrClosed
	case q.running < q.maxRunning:
		q.running++
		if last := len(q.idle) - 1; last >= 0 {
			q.idle[last] <- j // the one that ran last: its stack is warm
			q.idle = q.idle[:last]
			return nil
		}
		q.workers++
		go q.work(j)
		return nil
	case q.waiting.Len() < q.maxWaiting:
		j.at = q.waiting.PushBack(j)
		return nil
	default:
		return ErrFull
	}
}

// withdraw takes a job out of the queue. It returns false if that has happened before.
func (q *Queue) withdraw(j *job) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if j.at == nil {
		return false
	}
	q.waiting.Remove(j.at)
	j.at = nil
	return true
}

// oldest takes the job that waits longest out of the queue; nil if none waits. The caller holds mu.
func (q *Queue) oldest() *job {
	front := q.waiting.Front()
	if front == nil {
		return nil
	}
	j := q.waiting.Remove(front).(*job) //nolint:forcetypeassert // the list holds nothing else
	j.at = nil
	return j
}

// work is a worker: it runs j and then whatever comes, until the queue is closed.
func (q *Queue) work(j *job) {
	in := make(chan *job, 1)
	defer func() {
		if j != nil { // the task ended the goroutine
			q.replace()
			j.done <- errGone
		}
	}()
	for j != nil {
		// Without the caller's own end among the values: contexts derived from this one look it up there.
		err := Run(detached{Context: q.life, values: context.WithoutCancel(j.ctx)}, j.task)
		next, idle := q.finish(in)
		j.done <- err // after the slot was given back: who has the answer finds it free
		if j = next; idle {
			j = <-in
		}
	}
}

// finish gives a slot back. It returns the job that takes it over, or true if the worker is to wait for one; neither ends
// the worker.
func (q *Queue) finish(in chan *job) (next *job, idle bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if next = q.oldest(); next != nil {
		return next, false
	}
	q.running--
	if q.closed {
		q.gone(1)
		return nil, false
	}
	q.idle = append(q.idle, in)
	return nil, true
}

// replace does what finish does when a worker is lost.
func (q *Queue) replace() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if next := q.oldest(); next != nil {
		go q.work(next)
		return
	}
	q.running--
	q.gone(1)
}

// gone notes that workers have ended, or will without another look at the queue. The caller holds mu.
func (q *Queue) gone(n int) {
	q.workers -= n
	if q.closed && q.workers == 0 {
		close(q.empty)
	}
}

// Load returns how many tasks wait and how many run.
func (q *Queue) Load() (waiting, running int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.waiting.Len(), q.running
}

// Limits returns how many tasks may wait and how many may run at once.
func (q *Queue) Limits() (waiting, running int) { return q.maxWaiting, q.maxRunning }

// Close sends away who waits, with ErrClosed, and waits for the running tasks until ctx ends. Then it ends their
// contexts, with ErrClosed as the cause, and returns ctx's error without waiting further; nil means that no task is
// left. It may be called again.
func (q *Queue) Close(ctx context.Context) error {
	q.shut()
	defer q.end(ErrClosed)
	select {
	case <-q.empty:
		return nil
	case <-ctx.Done():
		_, running := q.Load()
		return errors.Wrapf(ctx.Err(), "close with %d tasks running", running)
	}
}

func (q *Queue) shut() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return
	}
	q.closed = true
	for j := q.oldest(); j != nil; j = q.oldest() {
		j.done <- ErrClosed
	}
	for _, in := range q.idle {
		close(in)
	}
	n := len(q.idle)
	q.idle = nil
	q.gone(n)
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
