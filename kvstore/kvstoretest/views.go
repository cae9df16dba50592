package kvstoretest

import (
	"fmt"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/kvstore"
)

var viewCases = []testCase{
	{"a view stays at its moment", func(t *testing.T, b *bench) {
		commit(t, b.s, puts("a", "1", "b", "2", "c", "3"))
		r := view(t, b.s)
		commit(t, b.s, kvstore.Txn{Puts: []kvstore.Item{item("a", "x"), item("d", "4")}, Deletes: []string{"b"}})
		commit(t, b.s, put("c", "y"))

		require.Equal(t, []kvstore.Item{item("a", "1"), item("b", "2"), item("c", "3")}, collect(t, r, "", ""))
		value, err := r.Get(t.Context(), "b")
		require.NoError(t, err)
		require.Equal(t, "2", string(value))
		_, err = r.Get(t.Context(), "d")
		isKind(t, err, kvstore.ErrNotFound)
		require.Equal(t, []kvstore.Item{item("a", "x"), item("c", "y"), item("d", "4")}, dump(t, b.s))
	}},
	{"a view stays at its moment when another handle writes", func(t *testing.T, b *bench) {
		other := b.handle()
		commit(t, b.s, put("a", "1"))
		r := view(t, b.s)
		commit(t, other, put("a", "2"))
		value, err := r.Get(t.Context(), "a")
		require.NoError(t, err)
		require.Equal(t, "1", string(value))
		require.Equal(t, "2", get(t, b.s, "a"))
	}},
	{"a view of an empty store stays empty", func(t *testing.T, b *bench) {
		r := view(t, b.s)
		commit(t, b.s, put("a", "1"))
		require.Empty(t, collect(t, r, "", ""))
		_, err := r.Get(t.Context(), "a")
		isKind(t, err, kvstore.ErrNotFound)
	}},
	{"a view sees every commit that returned before it, through any handle", func(t *testing.T, b *bench) {
		other := b.handle()
		for i := range 100 {
			value := strconv.Itoa(i)
			commit(t, b.s, put("a", value))
			require.Equal(t, value, get(t, other, "a"))
			commit(t, other, put("b", value))
			require.Equal(t, value, get(t, b.s, "b"))
		}
	}},
	{"several views at several moments", func(t *testing.T, b *bench) {
		var readers []kvstore.Reader
		for i := range 20 {
			commit(t, b.s, put("a", strconv.Itoa(i)))
			readers = append(readers, view(t, b.s))
		}
		for i, r := range readers {
			value, err := r.Get(t.Context(), "a")
			require.NoError(t, err)
			require.Equal(t, strconv.Itoa(i), string(value))
		}
	}},
	{"reads through one view agree while others write", func(t *testing.T, b *bench) {
		// Every commit sets all three to the same number.
		set := func(i int) kvstore.Txn {
			v := strconv.Itoa(i)
			return puts("x/1", v, "x/2", v, "y", v)
		}
		commit(t, b.s, set(0))
		stop := make(chan struct{})
		var writer sync.WaitGroup
		writer.Go(func() {
			for i := 1; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				if err := b.s.Commit(t.Context(), set(i)); err != nil {
					t.Errorf("commit %d: %v", i, err)
					return
				}
			}
		})
		defer writer.Wait()
		defer close(stop)
		for range 50 {
			r := view(t, b.s)
			y, err := r.Get(t.Context(), "y")
			require.NoError(t, err)
			require.Equal(t, []kvstore.Item{item("x/1", string(y)), item("x/2", string(y))}, collect(t, r, "x/", ""))
		}
	}},
	{"a range stays at its moment while its consumer writes", func(t *testing.T, b *bench) {
		const n = 300
		txn := kvstore.Txn{}
		for i := range n {
			txn.Puts = append(txn.Puts, item(fmt.Sprintf("k%04d", i), "old"))
		}
		load(t, b.s, txn.Puts)
		seen := 0
		for it, err := range view(t, b.s).Range(t.Context(), "", "") {
			require.NoError(t, err)
			require.Equal(t, "old", string(it.Value))
			if seen%10 == 0 {
				commit(t, b.s, kvstore.Txn{
					Puts:    []kvstore.Item{item(fmt.Sprintf("k%04d", n-1-seen/10), "new"), item(it.Key+"x", "new")},
					Deletes: []string{fmt.Sprintf("k%04d", n/2+seen/10)},
				})
			}
			seen++
		}
		require.Equal(t, n, seen)
	}},
	{"a reader may be used concurrently", func(t *testing.T, b *bench) {
		commit(t, b.s, puts("a", "1", "b", "2"))
		r := view(t, b.s)
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 10 {
					if value, err := r.Get(t.Context(), "a"); err != nil || string(value) != "1" {
						t.Errorf("get: %q, %v", value, err)
					}
					n := 0
					for _, err := range r.Range(t.Context(), "", "") {
						if err != nil {
							t.Errorf("range: %v", err)
						}
						n++
					}
					if n != 2 {
						t.Errorf("%d items", n)
					}
				}
			})
		}
		wg.Wait()
	}},
	{"a view whose moment is forgotten is unavailable", func(t *testing.T, b *bench) {
		if b.cfg.compact == nil {
			t.Skip("this backend forgets nothing")
		}
		commit(t, b.s, puts("a", "1", "b", "1"))
		r := view(t, b.s)
		commit(t, b.s, put("a", "2"))
		commit(t, b.s, put("a", "3"))
		require.NoError(t, b.cfg.compact(t.Context(), b.s))

		_, err := r.Get(t.Context(), "a")
		isKind(t, err, kvstore.ErrUnavailable)
		yields := 0
		for it, err := range r.Range(t.Context(), "", "") {
			yields++
			require.Zero(t, it)
			isKind(t, err, kvstore.ErrUnavailable)
		}
		require.Equal(t, 1, yields)
		require.Equal(t, []kvstore.Item{item("a", "3"), item("b", "1")}, dump(t, b.s), "a new view reads on")
	}},
	{"the present moment is not forgotten", func(t *testing.T, b *bench) {
		if b.cfg.compact == nil {
			t.Skip("this backend forgets nothing")
		}
		commit(t, b.s, put("a", "1"))
		commit(t, b.s, put("a", "2"))
		r := view(t, b.s)
		require.NoError(t, b.cfg.compact(t.Context(), b.s))
		require.Equal(t, []kvstore.Item{item("a", "2")}, collect(t, r, "", ""))
	}},
}

// load puts items in transactions as large as s allows.
func load(t *testing.T, s kvstore.Store, items []kvstore.Item) {
	t.Helper()
	l := s.Limits()
	if l.Ops == 0 {
		l.Ops = 4096
	}
	if l.Bytes == 0 {
		l.Bytes = 1 << 20
	}
	var txn kvstore.Txn
	size := 0
	for _, it := range items {
		n := len(it.Key) + len(it.Value)
		if len(txn.Puts) == l.Ops || size+n > l.Bytes {
			commit(t, s, txn)
			txn, size = kvstore.Txn{}, 0
		}
		txn.Puts = append(txn.Puts, it)
		size += n
	}
	commit(t, s, txn)
}
