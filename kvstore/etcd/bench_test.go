package etcd_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"go.etcd.io/etcd/server/v3/embed"

	"github.com/taproot-db/taproot/kvstore"
	"github.com/taproot-db/taproot/kvstore/etcd"
)

// BenchmarkRange reads 100,000 keys over a loopback connection.
func BenchmarkRange(b *testing.B) {
	const n, ops = 100_000, 4096
	s := startServer(b, func(c *embed.Config) { c.MaxTxnOps = ops })
	store := s.dial(b, etcd.Config{MaxTxnOps: ops})
	value := bytes.Repeat([]byte("v"), 200)
	var t kvstore.Txn
	for i := range n {
		t.Puts = append(t.Puts, kvstore.Item{Key: fmt.Sprintf("by-dev/meta/%08d", i), Value: value})
		if len(t.Puts) == ops || i == n-1 {
			require.NoError(b, store.Commit(b.Context(), t))
			t.Puts = nil
		}
	}
	for name, cfg := range map[string]etcd.Config{"streams": {}, "pages": {NoStream: true}} {
		b.Run(name, func(b *testing.B) {
			r, err := s.dial(b, cfg).View(b.Context())
			require.NoError(b, err)
			for range b.N {
				got := 0
				for _, err := range r.Range(b.Context(), "by-dev/", "") {
					require.NoError(b, err)
					got++
				}
				require.Equal(b, n, got)
			}
		})
	}
}
