package kvstoretest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/kvstore"
)

var valueCases = []testCase{
	{"a fresh store is empty", func(t *testing.T, b *bench) {
		require.Empty(t, dump(t, b.s))
		missing(t, b.s, "a")
		missing(t, b.s, "\x00")
	}},
	{"a put is read back", func(t *testing.T, b *bench) {
		commit(t, b.s, put("a", "1"))
		require.Equal(t, "1", get(t, b.s, "a"))
	}},
	{"a put replaces", func(t *testing.T, b *bench) {
		commit(t, b.s, put("a", "1"))
		commit(t, b.s, put("a", "22"))
		require.Equal(t, "22", get(t, b.s, "a"))
		commit(t, b.s, put("a", "3"))
		require.Equal(t, []kvstore.Item{item("a", "3")}, dump(t, b.s))
	}},
	{"a delete removes", func(t *testing.T, b *bench) {
		commit(t, b.s, puts("a", "1", "b", "2"))
		commit(t, b.s, del("a"))
		missing(t, b.s, "a")
		require.Equal(t, []kvstore.Item{item("b", "2")}, dump(t, b.s))
	}},
	{"deleting an absent key is no error", func(t *testing.T, b *bench) {
		commit(t, b.s, del("a"))
		commit(t, b.s, kvstore.Txn{Puts: []kvstore.Item{item("b", "1")}, Deletes: []string{"a", "c"}})
		require.Equal(t, "1", get(t, b.s, "b"))
	}},
	{"a deleted key can be put again", func(t *testing.T, b *bench) {
		commit(t, b.s, put("a", "1"))
		commit(t, b.s, del("a"))
		commit(t, b.s, guarded(put("a", "2"), absent("a")))
		require.Equal(t, "2", get(t, b.s, "a"))
	}},
	{"an empty value is not an absent key", func(t *testing.T, b *bench) {
		commit(t, b.s, kvstore.Txn{Puts: []kvstore.Item{{Key: "empty", Value: []byte{}}, {Key: "nil", Value: nil}}})
		for _, key := range []string{"empty", "nil"} {
			value, err := view(t, b.s).Get(t.Context(), key)
			require.NoError(t, err)
			require.NotNil(t, value)
			require.Empty(t, value)
		}
		require.Equal(t, []string{"empty", "nil"}, keys(t, view(t, b.s), "", ""))
	}},
	{"a value can be replaced by an empty one", func(t *testing.T, b *bench) {
		commit(t, b.s, put("a", "1"))
		commit(t, b.s, put("a", ""))
		require.Empty(t, get(t, b.s, "a"))
	}},
	{"keys and values are bytes", func(t *testing.T, b *bench) {
		all := make([]byte, 256)
		for i := range all {
			all[i] = byte(i)
		}
		for _, key := range []string{"\x00", "\xff", "\xff\xff", "\x00\x00", "a\x00b", "a/b", "ä\xc3", string(all), " ", "\n"} {
			commit(t, b.s, put(key, key+string(all)))
			require.Equal(t, key+string(all), get(t, b.s, key), "key %q", key)
		}
	}},
	{"a transaction is applied as a whole", func(t *testing.T, b *bench) {
		commit(t, b.s, puts("a", "1", "b", "2", "c", "3"))
		commit(t, b.s, kvstore.Txn{
			Puts:    []kvstore.Item{item("b", "22"), item("d", "4")},
			Deletes: []string{"a", "c", "nothing"},
		})
		require.Equal(t, []kvstore.Item{item("b", "22"), item("d", "4")}, dump(t, b.s))
	}},
	{"an empty transaction commits", func(t *testing.T, b *bench) {
		commit(t, b.s, put("a", "1"))
		commit(t, b.s, kvstore.Txn{})
		require.Equal(t, []kvstore.Item{item("a", "1")}, dump(t, b.s))
	}},
	{"a value of a mebibyte", func(t *testing.T, b *bench) {
		big := bigValue(b.s, 1<<20)
		commit(t, b.s, put("big", big))
		require.True(t, get(t, b.s, "big") == big) // not Equal: it would print both
		fails(t, b.s, guarded(put("small", "1"), equals("big", big[:len(big)-1])), kvstore.ErrGuard)
		commit(t, b.s, guarded(put("small", "1"), equals("big", big)))
	}},
}

// bigValue returns a value of n bytes without a pattern that a backend could be lucky with, or less if the limit of s is
// lower.
func bigValue(s kvstore.Store, n int) string {
	if l := s.Limits().Bytes; l > 0 {
		n = min(n, l-1024)
	}
	value := make([]byte, n)
	x := uint32(1)
	for i := range value {
		x = x*1664525 + 1013904223
		value[i] = byte(x >> 24)
	}
	return string(value)
}
