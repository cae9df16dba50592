package kvstoretest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/kvstore"
)

var ownershipCases = []testCase{
	{"the caller may reuse a transaction after Commit", func(t *testing.T, b *bench) {
		value := []byte("value")
		txn := kvstore.Txn{
			Guards:  []kvstore.Guard{absent("a")},
			Puts:    []kvstore.Item{{Key: "a", Value: value}},
			Deletes: []string{"d"},
		}
		commit(t, b.s, txn)
		copy(value, "XXXXX")
		txn.Puts[0] = item("z", "z")
		txn.Deletes[0] = "a"
		require.Equal(t, []kvstore.Item{item("a", "value")}, dump(t, b.s))
	}},
	{"the caller may reuse a transaction that was refused", func(t *testing.T, b *bench) {
		commit(t, b.s, put("a", "1"))
		txn := guarded(put("a", "2"), equals("a", "0"))
		isKind(t, b.s.Commit(t.Context(), txn), kvstore.ErrGuard)
		copy(txn.Guards[0].Want, "1")
		copy(txn.Puts[0].Value, "3")
		commit(t, b.s, txn)
		require.Equal(t, "3", get(t, b.s, "a"))
	}},
	{"Commit does not change the transaction", func(t *testing.T, b *bench) {
		txn := kvstore.Txn{
			Guards:  []kvstore.Guard{absent("b"), absent("a")},
			Puts:    []kvstore.Item{item("b", "2"), item("a", "1")},
			Deletes: []string{"d", "c"},
		}
		commit(t, b.s, txn)
		require.Equal(t, kvstore.Txn{
			Guards:  []kvstore.Guard{absent("b"), absent("a")},
			Puts:    []kvstore.Item{item("b", "2"), item("a", "1")},
			Deletes: []string{"d", "c"},
		}, txn)
	}},
	{"the caller owns what Get returned", func(t *testing.T, b *bench) {
		commit(t, b.s, put("a", "value"))
		r := view(t, b.s)
		value, err := r.Get(t.Context(), "a")
		require.NoError(t, err)
		copy(value, "XXXXX")
		_ = append(value, 'Y')
		again, err := r.Get(t.Context(), "a")
		require.NoError(t, err)
		require.Equal(t, "value", string(again))
		require.Equal(t, "value", get(t, b.s, "a"))
	}},
	{"the consumer owns what Range yielded", func(t *testing.T, b *bench) {
		commit(t, b.s, puts("a", "value", "b", "value", "c", "value"))
		r := view(t, b.s)
		for it, err := range r.Range(t.Context(), "", "") {
			require.NoError(t, err)
			require.Equal(t, "value", string(it.Value))
			copy(it.Value, "XXXXX")
			_ = append(it.Value, "YYYYYYYYYYYYYYYYYYYYYYYYYYYYYYYYYYY"...)
		}
		require.Equal(t, []kvstore.Item{item("a", "value"), item("b", "value"), item("c", "value")}, collect(t, r, "", ""))
	}},
}
