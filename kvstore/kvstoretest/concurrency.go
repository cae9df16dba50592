package kvstoretest

import (
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/errors"
	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/kvstore"
)

var concurrencyCases = []testCase{
	{"guarded increments are counted exactly once", func(t *testing.T, b *bench) {
		handles := []kvstore.Store{b.s, b.handle()}
		commit(t, b.s, put("counter", "0"))
		const workers, each = 6, 15
		var wg sync.WaitGroup
		for w := range workers {
			s := handles[w%len(handles)]
			wg.Go(func() {
				for i := range each {
					// The claim makes a transaction that landed twice, or landed after an error, visible.
					if err := increment(t, s, fmt.Sprintf("claim/%d/%d", w, i)); err != nil {
						t.Errorf("worker %d, increment %d: %v", w, i, err)
						return
					}
				}
			})
		}
		wg.Wait()
		require.Equal(t, strconv.Itoa(workers*each), get(t, b.s, "counter"))
		require.Len(t, collect(t, view(t, b.s), "claim/", ""), workers*each)
	}},
	{"one of many that create a key wins", func(t *testing.T, b *bench) {
		handles := []kvstore.Store{b.s, b.handle()}
		for round := range 10 {
			k := key(round)
			var wins atomic.Int32
			var winner atomic.Pointer[string]
			var wg sync.WaitGroup
			for i := range 8 {
				wg.Go(func() {
					me := strconv.Itoa(i)
					err := handles[i%2].Commit(t.Context(), guarded(put(k, me), absent(k)))
					switch {
					case err == nil:
						wins.Add(1)
						winner.Store(&me)
					case !errors.Is(err, kvstore.ErrGuard):
						t.Errorf("commit: %v", err)
					}
				})
			}
			wg.Wait()
			require.EqualValues(t, 1, wins.Load())
			require.Equal(t, *winner.Load(), get(t, b.s, k))
		}
	}},
	{"money moved between accounts is neither made nor lost", func(t *testing.T, b *bench) {
		other := b.handle()
		const accounts = 4
		var open kvstore.Txn
		for i := range accounts {
			open.Puts = append(open.Puts, item(fmt.Sprintf("account/%d", i), "100"))
		}
		commit(t, b.s, open)
		stop := make(chan struct{})
		var movers sync.WaitGroup
		for m, s := range []kvstore.Store{b.s, other} {
			movers.Go(func() {
				for i := 0; ; i++ {
					select {
					case <-stop:
						return
					default:
					}
					from, to := fmt.Sprintf("account/%d", (i+m)%accounts), fmt.Sprintf("account/%d", (i*3+m+1)%accounts)
					if from == to {
						continue
					}
					if err := move(t, s, from, to); err != nil && !errors.Is(err, kvstore.ErrGuard) {
						t.Errorf("move: %v", err)
						return
					}
				}
			})
		}
		defer movers.Wait()
		defer close(stop)
		for range 40 {
			sum := 0
			for _, it := range collect(t, view(t, other), "account/", "") {
				n, err := strconv.Atoi(string(it.Value))
				require.NoError(t, err)
				sum += n
			}
			require.Equal(t, accounts*100, sum)
		}
	}},
	{"disjoint writers do not disturb each other", func(t *testing.T, b *bench) {
		var wg sync.WaitGroup
		for w := range 8 {
			wg.Go(func() {
				k := fmt.Sprintf("own/%d", w)
				last := ""
				for i := range 10 {
					txn := put(k, strconv.Itoa(i))
					if i == 0 {
						txn.Guards = []kvstore.Guard{absent(k)}
					} else {
						txn.Guards = []kvstore.Guard{equals(k, last)}
					}
					if err := b.s.Commit(t.Context(), txn); err != nil {
						t.Errorf("commit: %v", err)
						return
					}
					last = strconv.Itoa(i)
				}
			})
		}
		wg.Wait()
		for _, it := range dump(t, b.s) {
			require.Equal(t, "9", string(it.Value))
		}
	}},
	{"views never go back in time", func(t *testing.T, b *bench) {
		other := b.handle()
		commit(t, b.s, put("n", "0"))
		var wg sync.WaitGroup
		wg.Go(func() {
			for i := 1; i <= 100; i++ {
				if err := b.s.Commit(t.Context(), put("n", strconv.Itoa(i))); err != nil {
					t.Errorf("commit: %v", err)
					return
				}
			}
		})
		for i, last := 0, 0; i < 100; i++ {
			// Whatever one handle has shown, the next look through the other must not be older.
			n, err := strconv.Atoi(get(t, []kvstore.Store{b.s, other}[i%2], "n"))
			require.NoError(t, err)
			require.GreaterOrEqual(t, n, last)
			last = n
		}
		wg.Wait()
	}},
}

// increment adds one to "counter" and puts claim with it, trying again while others are faster.
func increment(t *testing.T, s kvstore.Store, claim string) error {
	for {
		r, err := s.View(t.Context())
		if err != nil {
			return err
		}
		value, err := r.Get(t.Context(), "counter")
		if err != nil {
			return err
		}
		n, err := strconv.Atoi(string(value))
		if err != nil {
			return err
		}
		err = s.Commit(t.Context(), guarded(
			puts("counter", strconv.Itoa(n+1), claim, strconv.Itoa(n+1)), equals("counter", string(value)), absent(claim)))
		if !errors.Is(err, kvstore.ErrGuard) {
			return err
		}
	}
}

// move moves one from one account to another, or returns ErrGuard if one of them changed meanwhile.
func move(t *testing.T, s kvstore.Store, from, to string) error {
	r, err := s.View(t.Context())
	if err != nil {
		return err
	}
	a, err := r.Get(t.Context(), from)
	if err != nil {
		return err
	}
	z, err := r.Get(t.Context(), to)
	if err != nil {
		return err
	}
	na, err := strconv.Atoi(string(a))
	if err != nil {
		return err
	}
	nz, err := strconv.Atoi(string(z))
	if err != nil {
		return err
	}
	return s.Commit(t.Context(), guarded(
		puts(from, strconv.Itoa(na-1), to, strconv.Itoa(nz+1)), equals(from, string(a)), equals(to, string(z))))
}
