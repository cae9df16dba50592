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

var closingCases = []testCase{
	{"a closed store refuses everything", func(t *testing.T, b *bench) {
		commit(t, b.s, put("a", "1"))
		s := b.handle()
		r := view(t, s)
		require.NoError(t, s.Close())

		isKind(t, s.Commit(t.Context(), put("a", "2")), kvstore.ErrInvalid)
		_, err := s.View(t.Context())
		isKind(t, err, kvstore.ErrInvalid)
		_, err = r.Get(t.Context(), "a")
		isKind(t, err, kvstore.ErrInvalid)
		yields := 0
		for it, err := range r.Range(t.Context(), "", "") {
			yields++
			require.Zero(t, it)
			isKind(t, err, kvstore.ErrInvalid)
		}
		require.Equal(t, 1, yields)
		require.Equal(t, "1", get(t, b.s, "a"), "nothing was written")
	}},
	{"a second Close returns nil", func(t *testing.T, b *bench) {
		s := b.handle()
		require.NoError(t, s.Close())
		require.NoError(t, s.Close())
	}},
	{"limits can be asked for after Close", func(t *testing.T, b *bench) {
		s := b.handle()
		l := s.Limits()
		require.NoError(t, s.Close())
		require.Equal(t, l, s.Limits())
	}},
	{"closing a handle leaves the others alone", func(t *testing.T, b *bench) {
		other := b.handle()
		commit(t, other, put("a", "1"))
		r := view(t, b.s)
		require.NoError(t, other.Close())
		value, err := r.Get(t.Context(), "a")
		require.NoError(t, err)
		require.Equal(t, "1", string(value))
		commit(t, b.s, guarded(put("a", "2"), equals("a", "1")))
	}},
	{"what was committed is there after all handles were closed", func(t *testing.T, b *bench) {
		items := numbered("k", 500, 100)
		load(t, b.s, items)
		commit(t, b.s, kvstore.Txn{Deletes: []string{items[0].Key}})
		commit(t, b.s, put("empty", ""))
		want := dump(t, b.s)
		b.closeAll()
		s := b.handle()
		require.Equal(t, want, dump(t, s))
		commit(t, s, guarded(put("a", "1"), equals("empty", ""), absent(items[0].Key)))
	}},
	{"a store may be closed in the middle of a range", func(t *testing.T, b *bench) {
		load(t, b.s, numbered("k", 5000, 100))
		s := b.handle()
		seen, failed := 0, 0
		for _, err := range view(t, s).Range(t.Context(), "", "") {
			require.Zero(t, failed, "nothing comes after an error")
			if err != nil {
				failed++
				require.True(t, errors.IsAny(err, kvstore.ErrInvalid, kvstore.ErrUnavailable), "%+v", err)
				continue
			}
			if seen++; seen == 10 {
				require.NoError(t, s.Close())
			}
		}
		require.Equal(t, 1, failed)
	}},
	{"calls under way when the store is closed end, and keep their word", func(t *testing.T, b *bench) {
		s := b.handle()
		const workers = 4
		outcomes := make([]map[string]error, workers)
		begun := make(chan struct{}, workers)
		var wg sync.WaitGroup
		for w := range workers {
			outcomes[w] = map[string]error{}
			wg.Go(func() {
				for i := 0; ; i++ {
					k := fmt.Sprintf("w%d/%06d", w, i)
					err := s.Commit(t.Context(), put(k, "1"))
					outcomes[w][k] = err
					if i == 0 {
						begun <- struct{}{}
					}
					if errors.Is(err, kvstore.ErrInvalid) {
						return
					}
					if r, err := s.View(t.Context()); err == nil {
						_, _ = r.Get(t.Context(), k)
					}
				}
			})
		}
		for range workers {
			<-begun
		}
		require.NoError(t, s.Close())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			wg.Wait()
		}()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		select {
		case <-ended:
		case <-ctx.Done():
			t.Fatal("calls hang after Close")
		}
		there := map[string]bool{}
		for _, it := range dump(t, b.s) {
			there[it.Key] = true
		}
		for _, byKey := range outcomes {
			for k, err := range byKey {
				oneKind(t, err)
				switch {
				case err == nil:
					require.True(t, there[k], "%s was committed", k)
				case !errors.Is(err, kvstore.ErrUncertain):
					require.False(t, there[k], "%s was promised not to be written: %v", k, err)
				}
			}
		}
	}},
}
