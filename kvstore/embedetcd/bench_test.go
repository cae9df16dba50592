package embedetcd_test

import (
	"bytes"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/kvstore"
	"github.com/taproot-db/taproot/kvstore/embedetcd"
)

func start(tb testing.TB, cfg embedetcd.Config) *embedetcd.Store {
	tb.Helper()
	if cfg.Dir == "" {
		cfg.Dir = tb.TempDir()
	}
	s, err := embedetcd.New(tb.Context(), cfg)
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, s.Close()) })
	return s
}

// BenchmarkStart is from nothing, and from a directory with data, to the first transaction.
func BenchmarkStart(b *testing.B) {
	for i := range b.N {
		dir := b.TempDir()
		for range 2 {
			s, err := embedetcd.New(b.Context(), embedetcd.Config{Dir: dir})
			require.NoError(b, err)
			require.NoError(b, s.Commit(b.Context(), kvstore.Txn{Puts: []kvstore.Item{{Key: fmt.Sprint(i)}}}))
			b.StopTimer()
			require.NoError(b, s.Close())
			b.StartTimer()
		}
	}
}

// BenchmarkCommit is a transaction of the size of a statement: a guard, and eleven records.
func BenchmarkCommit(b *testing.B) {
	for _, clients := range []int{1, 64} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			s := start(b, embedetcd.Config{})
			value := bytes.Repeat([]byte("v"), 200)
			var n atomic.Int64
			b.SetParallelism(clients)
			if clients == 1 {
				for range b.N {
					require.NoError(b, s.Commit(b.Context(), statement(n.Add(1), value)))
				}
				return
			}
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := s.Commit(b.Context(), statement(n.Add(1), value)); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}

func statement(n int64, value []byte) kvstore.Txn {
	t := kvstore.Txn{Guards: []kvstore.Guard{{Key: fmt.Sprintf("head/%016x", n), Absent: true}}}
	for i := range 11 {
		t.Puts = append(t.Puts, kvstore.Item{Key: fmt.Sprintf("by-dev/meta/root-coord/fields/%016x/%d", n, i), Value: value})
	}
	return t
}

func BenchmarkRead(b *testing.B) {
	s := start(b, embedetcd.Config{})
	const n = 100_000
	var t kvstore.Txn
	value := bytes.Repeat([]byte("v"), 200)
	for i := range n {
		t.Puts = append(t.Puts, kvstore.Item{Key: fmt.Sprintf("by-dev/meta/%08d", i), Value: value})
		if len(t.Puts) == s.Limits().Ops || i == n-1 {
			require.NoError(b, s.Commit(b.Context(), t))
			t.Puts = nil
		}
	}
	b.Run("View", func(b *testing.B) {
		for range b.N {
			_, err := s.View(b.Context())
			require.NoError(b, err)
		}
	})
	r, err := s.View(b.Context())
	require.NoError(b, err)
	b.Run("Get", func(b *testing.B) {
		for range b.N {
			_, err := r.Get(b.Context(), "by-dev/meta/00050000")
			require.NoError(b, err)
		}
	})
	for _, c := range []struct {
		prefix string
		want   int
	}{{"by-dev/meta/0005000", 10}, {"by-dev/meta/00050", 1000}, {"by-dev/", n}} {
		b.Run(fmt.Sprintf("Range=%d", c.want), func(b *testing.B) {
			for range b.N {
				got := 0
				for _, err := range r.Range(b.Context(), c.prefix, "") {
					require.NoError(b, err)
					got++
				}
				require.Equal(b, c.want, got)
			}
		})
	}
}
