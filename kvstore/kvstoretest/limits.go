package kvstoretest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/kvstore"
)

var limitCases = []testCase{
	{"they are not negative and do not change", func(t *testing.T, b *bench) {
		l := b.s.Limits()
		require.GreaterOrEqual(t, l.Ops, 0)
		require.GreaterOrEqual(t, l.Bytes, 0)
		commit(t, b.s, put("a", "1"))
		require.Equal(t, l, b.s.Limits())
		require.Equal(t, l, b.handle().Limits())
	}},
	{"as many operations as allowed pass", func(t *testing.T, b *bench) {
		n := opsLimit(t, b.s)
		commit(t, b.s, manyPuts(n))
		require.Len(t, dump(t, b.s), n)
		var drop kvstore.Txn
		for _, p := range manyPuts(n).Puts {
			drop.Deletes = append(drop.Deletes, p.Key)
		}
		commit(t, b.s, drop)
		require.Empty(t, dump(t, b.s))
	}},
	{"one operation more is too large", func(t *testing.T, b *bench) {
		fails(t, b.s, manyPuts(opsLimit(t, b.s)+1), kvstore.ErrTooLarge)
	}},
	{"guards and deletes count as operations", func(t *testing.T, b *bench) {
		n := opsLimit(t, b.s)
		mixed := func(n int) kvstore.Txn {
			var txn kvstore.Txn
			for i := range n {
				key := fmt.Sprintf("k%06d", i)
				switch i % 3 {
				case 0:
					txn.Puts = append(txn.Puts, item(key, "1"))
				case 1:
					txn.Deletes = append(txn.Deletes, key)
				default:
					txn.Guards = append(txn.Guards, absent(key))
				}
			}
			return txn
		}
		fails(t, b.s, mixed(n+1), kvstore.ErrTooLarge)
		commit(t, b.s, mixed(n))
	}},
	{"as many guards as allowed pass", func(t *testing.T, b *bench) {
		txn := put("a", "1")
		for i := range opsLimit(t, b.s) - 1 {
			txn.Guards = append(txn.Guards, absent(fmt.Sprintf("g%06d", i)))
		}
		commit(t, b.s, txn)
	}},
	{"as many bytes as allowed pass", func(t *testing.T, b *bench) {
		n := bytesLimit(t, b.s)
		commit(t, b.s, put("a", strings.Repeat("v", n-1)))
		require.Len(t, get(t, b.s, "a"), n-1)
	}},
	{"one byte more is too large", func(t *testing.T, b *bench) {
		n := bytesLimit(t, b.s)
		fails(t, b.s, put("a", strings.Repeat("v", n)), kvstore.ErrTooLarge)
		fails(t, b.s, guarded(put("a", strings.Repeat("v", n/2)), equals("b", strings.Repeat("v", n-1-n/2))), kvstore.ErrTooLarge)
	}},
	{"guards count as bytes", func(t *testing.T, b *bench) {
		n := bytesLimit(t, b.s)
		half := strings.Repeat("v", n/2-1)
		commit(t, b.s, put("a", half))
		txn := guarded(put("b", strings.Repeat("w", n-len(half)-2)), equals("a", half))
		require.Equal(t, n, txn.Bytes())
		commit(t, b.s, txn)
	}},
	{"all operations and all bytes at once pass", func(t *testing.T, b *bench) {
		ops, bytes := opsLimit(t, b.s), bytesLimit(t, b.s)
		txn := manyPuts(ops / 2)
		for i := range ops - ops/2 {
			txn.Guards = append(txn.Guards, absent(fmt.Sprintf("g%06d", i)))
		}
		spare := (bytes - txn.Bytes()) / len(txn.Puts)
		for i := range txn.Puts {
			txn.Puts[i].Value = []byte(strings.Repeat("v", len(txn.Puts[i].Value)+spare))
		}
		txn.Puts[0].Value = append(txn.Puts[0].Value, make([]byte, bytes-txn.Bytes())...)
		require.Equal(t, ops, txn.Ops())
		require.Equal(t, bytes, txn.Bytes())
		commit(t, b.s, txn)
		require.Len(t, dump(t, b.s), len(txn.Puts))
	}},
	{"a key of a kibibyte", func(t *testing.T, b *bench) {
		key := strings.Repeat("k", 1024)
		commit(t, b.s, puts(key, "1", key+"\x00", "2"))
		require.Equal(t, "1", get(t, b.s, key))
		require.Equal(t, []string{key, key + "\x00"}, keys(t, view(t, b.s), "k", ""))
	}},
}

func opsLimit(t *testing.T, s kvstore.Store) int {
	t.Helper()
	n := s.Limits().Ops
	if n == 0 {
		t.Skip("no limit of operations")
	}
	return n
}

func bytesLimit(t *testing.T, s kvstore.Store) int {
	t.Helper()
	n := s.Limits().Bytes
	if n == 0 {
		t.Skip("no limit of bytes")
	}
	return n
}

// manyPuts returns a transaction of n puts.
func manyPuts(n int) kvstore.Txn {
	var txn kvstore.Txn
	for i := range n {
		txn.Puts = append(txn.Puts, item(fmt.Sprintf("k%06d", i), "v"))
	}
	return txn
}
