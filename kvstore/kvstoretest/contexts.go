package kvstoretest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/errors"
	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/kvstore"
)

var contextCases = []testCase{
	{"a commit whose context was cancelled writes nothing", func(t *testing.T, b *bench) {
		err := b.s.Commit(cancelled(t), put("a", "1"))
		isKind(t, err, kvstore.ErrUnavailable)
		isContext(t, err, context.Canceled)
		missing(t, b.s, "a")
	}},
	{"a commit whose deadline has passed writes nothing", func(t *testing.T, b *bench) {
		ctx, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
		defer cancel()
		err := b.s.Commit(ctx, put("a", "1"))
		isKind(t, err, kvstore.ErrUnavailable)
		isContext(t, err, context.DeadlineExceeded)
		missing(t, b.s, "a")
	}},
	{"a view whose context was cancelled fails with it", func(t *testing.T, b *bench) {
		r, err := b.s.View(cancelled(t))
		isContext(t, err, context.Canceled)
		require.Nil(t, r)
	}},
	{"a get whose context was cancelled fails with it", func(t *testing.T, b *bench) {
		commit(t, b.s, put("a", "1"))
		r := view(t, b.s)
		_, err := r.Get(cancelled(t), "a")
		isContext(t, err, context.Canceled)
		_, err = r.Get(cancelled(t), "absent")
		isContext(t, err, context.Canceled)
	}},
	{"a range whose context was cancelled yields that once", func(t *testing.T, b *bench) {
		commit(t, b.s, puts("a", "1", "b", "2"))
		yields := 0
		for it, err := range view(t, b.s).Range(cancelled(t), "", "") {
			yields++
			require.Zero(t, it)
			isContext(t, err, context.Canceled)
		}
		require.Equal(t, 1, yields)
	}},
	{"a range that is cancelled on the way ends with that", func(t *testing.T, b *bench) {
		const n = 6_000
		load(t, b.s, numbered("k", n, 50))
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		seen, failed := 0, 0
		for it, err := range view(t, b.s).Range(ctx, "", "") {
			require.Zero(t, failed, "nothing comes after an error")
			if err != nil {
				require.Zero(t, it)
				isContext(t, err, context.Canceled)
				failed++
				continue
			}
			require.Equal(t, fmt.Sprintf("k%08d", seen), it.Key)
			if seen++; seen == 100 {
				cancel()
			}
		}
		require.Equal(t, 1, failed)
		require.Less(t, seen, n)
	}},
	{"a view outlives the context it was opened with", func(t *testing.T, b *bench) {
		commit(t, b.s, put("a", "1"))
		ctx, cancel := context.WithCancel(t.Context())
		r, err := b.s.View(ctx)
		require.NoError(t, err)
		cancel()
		value, err := r.Get(t.Context(), "a")
		require.NoError(t, err)
		require.Equal(t, "1", string(value))
	}},
	{"commits cut off by deadlines keep their word", func(t *testing.T, b *bench) {
		// Every commit takes one number. Deadlines of all lengths cut some off before, some during, some after.
		const n = 120
		outcomes := make([]error, n)
		var wg sync.WaitGroup
		for worker := range 4 {
			wg.Go(func() {
				for i := worker; i < n; i += 4 {
					ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i*i)*200*time.Nanosecond)
					outcomes[i] = b.s.Commit(ctx, guarded(put(key(i), "1"), absent(key(i))))
					cancel()
				}
			})
		}
		wg.Wait()
		there := map[string]bool{}
		for _, it := range dump(t, b.s) {
			there[it.Key] = true
		}
		for i, err := range outcomes {
			oneKind(t, err)
			switch {
			case err == nil:
				require.True(t, there[key(i)], "%s was committed", key(i))
			case errors.Is(err, kvstore.ErrUnavailable):
				require.False(t, there[key(i)], "%s was promised not to be written", key(i))
				isContext(t, err, context.DeadlineExceeded)
			default:
				isKind(t, err, kvstore.ErrUncertain)
				isContext(t, err, context.DeadlineExceeded)
			}
		}
	}},
}

func key(i int) string { return fmt.Sprintf("k%06d", i) }

func cancelled(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}
