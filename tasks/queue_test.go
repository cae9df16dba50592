package tasks_test

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cockroachdb/errors"
	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/tasks"
)

func newQueue(t testing.TB, running, waiting int) *tasks.Queue {
	t.Helper()
	q, err := tasks.NewQueue(running, waiting)
	require.NoError(t, err)
	return q
}

func TestQueueRefusesBoundsThatMakeNoSense(t *testing.T) {
	t.Parallel()
	_, err := tasks.NewQueue(0, 1)
	require.Error(t, err)
	_, err = tasks.NewQueue(1, -1)
	require.Error(t, err)
}

// pass lets time pass in a bubble of synctest, where it costs none.
func pass(d time.Duration) { time.Sleep(d) } //nolint:forbidigo // in a bubble this is the way

func requireLoad(t *testing.T, q *tasks.Queue, waiting, running int) {
	t.Helper()
	w, r := q.Load()
	require.Equal(t, [2]int{waiting, running}, [2]int{w, r}, "waiting and running")
}

func TestQueueBoundsAndServesInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t, 1, 2)
		var order []int
		results := make(chan error, 4)
		for i := range 4 {
			go func() {
				results <- q.Do(t.Context(), &fake{execute: func(context.Context) error {
					order = append(order, i) // one at a time: no lock needed
					pass(time.Second)
					return nil
				}})
			}()
			synctest.Wait() // the i-th is where it belongs before the next comes
		}
		requireLoad(t, q, 2, 1)
		require.ErrorIs(t, <-results, tasks.ErrFull, "one runs, two wait, the fourth finds no room")
		for range 3 {
			require.NoError(t, <-results)
		}
		require.Equal(t, []int{0, 1, 2}, order)
		requireLoad(t, q, 0, 0)
		require.NoError(t, q.Close(t.Context()))
	})
}

func TestQueueCallerLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t, 1, 1)
		type key struct{}
		ended, told := make(chan error, 1), make(chan error, 1)
		running := &fake{
			execute: func(ctx context.Context) error {
				pass(time.Minute)
				ended <- ctx.Err()
				require.Equal(t, "v", ctx.Value(key{}), "the caller's values stay")
				_, has := ctx.Deadline()
				require.False(t, has)
				return nil
			},
			notify: func(err error) { told <- err },
		}
		waiting := &fake{
			prepare: func(context.Context) error { t.Error("started"); return nil },
			notify:  func(error) { t.Error("told") },
		}
		ctx, cancel := context.WithTimeout(context.WithValue(t.Context(), key{}, "v"), time.Second)
		defer cancel()
		results := make(chan error, 2)
		go func() { results <- q.Do(ctx, running) }()
		synctest.Wait()
		go func() { results <- q.Do(ctx, waiting) }()
		synctest.Wait()
		requireLoad(t, q, 1, 1)

		require.ErrorIs(t, <-results, context.DeadlineExceeded)
		require.ErrorIs(t, <-results, context.DeadlineExceeded)
		requireLoad(t, q, 0, 1)
		require.ErrorIs(t, q.Do(ctx, waiting), context.DeadlineExceeded, "a caller that is gone already does not enter")

		require.NoError(t, <-ended, "the running task was not cut off")
		require.NoError(t, <-told)
		require.NoError(t, q.Close(t.Context()))
	})
}

func TestQueueClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t, 1, 1)
		results := make(chan error, 2)
		go func() {
			results <- q.Do(t.Context(), &fake{execute: func(ctx context.Context) error {
				child, cancel := context.WithCancel(ctx)
				defer cancel()
				<-child.Done()
				return context.Cause(child)
			}})
		}()
		synctest.Wait()
		go func() { results <- q.Do(t.Context(), &fake{}) }()
		synctest.Wait()

		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		closed := make(chan error, 1)
		go func() { closed <- q.Close(short) }()
		require.ErrorIs(t, <-results, tasks.ErrClosed, "who waits is sent away at once")
		requireLoad(t, q, 0, 1)
		require.ErrorIs(t, q.Do(t.Context(), &fake{}), tasks.ErrClosed)

		require.ErrorIs(t, <-closed, context.DeadlineExceeded)
		require.ErrorIs(t, <-results, tasks.ErrClosed, "then the running task's context ends, and says why")
		require.NoError(t, q.Close(t.Context()))
		requireLoad(t, q, 0, 0)
	})
}

func TestQueueCloseWaitsForWhatRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t, 2, 0)
		start := time.Now()
		for range 2 {
			go func() {
				_ = q.Do(t.Context(), &fake{execute: func(context.Context) error { pass(time.Minute); return nil }})
			}()
		}
		synctest.Wait()
		require.NoError(t, q.Close(t.Context()))
		require.Equal(t, time.Minute, time.Since(start))
	})
}

func TestQueueSurvivesTasksThatBreak(t *testing.T) {
	t.Parallel()
	q := newQueue(t, 1, 0)
	err := q.Do(t.Context(), &fake{execute: func(context.Context) error { panic("boom") }})
	_, panicked := tasks.AsPanic(err)
	require.True(t, panicked)
	err = q.Do(t.Context(), &fake{execute: func(context.Context) error { runtime.Goexit(); return nil }})
	require.ErrorContains(t, err, "ended its goroutine")
	require.NoError(t, q.Do(t.Context(), &fake{}), "the slot was given back each time")
	require.NoError(t, q.Close(t.Context()))
}

// Callers come, go and are refused at random; every task that started is told once, the bounds hold, and no slot is lost.
func TestQueueUnderFire(t *testing.T) {
	t.Parallel()
	const running, waiting = 4, 8
	q := newQueue(t, running, waiting)
	var now, most, started, told, refused, left atomic.Int64
	task := func() *fake {
		return &fake{
			prepare: func(context.Context) error { started.Add(1); return nil },
			execute: func(context.Context) error {
				n := now.Add(1)
				defer now.Add(-1)
				for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
				}
				runtime.Gosched()
				return nil
			},
			notify: func(error) { told.Add(1) },
		}
	}
	var callers sync.WaitGroup
	for c := range 32 {
		callers.Go(func() {
			for i := range 300 {
				ctx, cancel := context.WithCancel(t.Context())
				if (i+c)%3 == 0 {
					go cancel()
				}
				switch err := q.Do(ctx, task()); {
				case errors.Is(err, tasks.ErrFull):
					refused.Add(1)
				case errors.Is(err, context.Canceled):
					left.Add(1)
				case err != nil:
					t.Error(err)
				}
				cancel()
			}
		})
	}
	callers.Wait()
	require.NoError(t, q.Close(t.Context()))
	require.LessOrEqual(t, most.Load(), int64(running))
	require.Equal(t, started.Load(), told.Load())
	requireLoad(t, q, 0, 0)
	t.Logf("started %d, refused %d, left %d", started.Load(), refused.Load(), left.Load())
}

// A task that ends its goroutine takes nobody with it, and the next in line gets its slot.
func TestQueueReplacesALostWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(t, 1, 1)
		lost, next := make(chan error, 1), make(chan error, 1)
		go func() {
			lost <- q.Do(t.Context(), &fake{execute: func(context.Context) error { pass(time.Second); runtime.Goexit(); return nil }})
		}()
		synctest.Wait()
		go func() { next <- q.Do(t.Context(), &fake{}) }()
		synctest.Wait()
		requireLoad(t, q, 1, 1)
		require.ErrorContains(t, <-lost, "ended its goroutine")
		require.NoError(t, <-next)
		require.NoError(t, q.Close(t.Context()))
		requireLoad(t, q, 0, 0)
	})
}

// deep is a task with the stack of a statement.
type deep struct{ fake }

func (d *deep) Execute(context.Context) error { return dig(40) }

//go:noinline
func dig(n int) error {
	var frame [256]byte
	if n == 0 {
		return nil
	}
	frame[n] = 1
	err := dig(n - 1)
	runtime.KeepAlive(&frame)
	return err
}

func BenchmarkQueue(b *testing.B) {
	for name, task := range map[string]tasks.Task{"flat": &fake{}, "deep": &deep{}} {
		b.Run(name, func(b *testing.B) {
			q := newQueue(b, 256, 1024)
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := q.Do(b.Context(), task); err != nil {
						b.Error(err)
					}
				}
			})
			require.NoError(b, q.Close(context.WithoutCancel(b.Context())))
		})
	}
}
