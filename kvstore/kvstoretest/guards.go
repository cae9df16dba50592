package kvstoretest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/kvstore"
)

var guardCases = []testCase{
	{"a value that is there lets pass", func(t *testing.T, b *bench) {
		commit(t, b.s, put("a", "1"))
		commit(t, b.s, guarded(put("b", "2"), equals("a", "1")))
		require.Equal(t, "2", get(t, b.s, "b"))
	}},
	{"another value refuses", func(t *testing.T, b *bench) {
		commit(t, b.s, put("a", "12"))
		for _, want := range []string{"", "1", "123", "13", "\x0012", "12\x00"} {
			fails(t, b.s, guarded(put("b", "2"), equals("a", want)), kvstore.ErrGuard)
		}
	}},
	{"a value of an absent key refuses", func(t *testing.T, b *bench) {
		fails(t, b.s, guarded(put("b", "2"), equals("a", "1")), kvstore.ErrGuard)
	}},
	{"the empty value of an absent key refuses", func(t *testing.T, b *bench) {
		fails(t, b.s, guarded(put("b", "2"), equals("a", "")), kvstore.ErrGuard)
		fails(t, b.s, guarded(put("b", "2"), kvstore.Guard{Key: "a"}), kvstore.ErrGuard)
	}},
	{"an empty value that is there lets pass", func(t *testing.T, b *bench) {
		commit(t, b.s, put("a", ""))
		commit(t, b.s, guarded(put("b", "2"), equals("a", "")))
		commit(t, b.s, guarded(put("c", "3"), kvstore.Guard{Key: "a"}))
		require.Equal(t, "3", get(t, b.s, "c"))
	}},
	{"absence lets pass", func(t *testing.T, b *bench) {
		commit(t, b.s, guarded(put("b", "2"), absent("a")))
		require.Equal(t, "2", get(t, b.s, "b"))
	}},
	{"absence of a key that exists refuses", func(t *testing.T, b *bench) {
		commit(t, b.s, puts("a", "1", "empty", ""))
		fails(t, b.s, guarded(put("b", "2"), absent("a")), kvstore.ErrGuard)
		fails(t, b.s, guarded(put("b", "2"), absent("empty")), kvstore.ErrGuard)
	}},
	{"absence of a deleted key lets pass", func(t *testing.T, b *bench) {
		commit(t, b.s, put("a", "1"))
		commit(t, b.s, del("a"))
		commit(t, b.s, guarded(put("b", "2"), absent("a")))
	}},
	{"absence does not look at the wanted value", func(t *testing.T, b *bench) {
		commit(t, b.s, put("a", "1"))
		fails(t, b.s, guarded(put("b", "2"), kvstore.Guard{Key: "a", Want: []byte("1"), Absent: true}), kvstore.ErrGuard)
		commit(t, b.s, guarded(put("b", "2"), kvstore.Guard{Key: "x", Want: []byte("1"), Absent: true}))
	}},
	{"a key may be guarded and put", func(t *testing.T, b *bench) {
		commit(t, b.s, guarded(put("a", "1"), absent("a")))
		fails(t, b.s, guarded(put("a", "2"), absent("a")), kvstore.ErrGuard)
		commit(t, b.s, guarded(put("a", "2"), equals("a", "1")))
		fails(t, b.s, guarded(put("a", "3"), equals("a", "1")), kvstore.ErrGuard)
		require.Equal(t, "2", get(t, b.s, "a"))
	}},
	{"a key may be guarded and deleted", func(t *testing.T, b *bench) {
		commit(t, b.s, put("a", "1"))
		fails(t, b.s, guarded(del("a"), equals("a", "2")), kvstore.ErrGuard)
		commit(t, b.s, guarded(del("a"), equals("a", "1")))
		missing(t, b.s, "a")
		fails(t, b.s, guarded(del("a"), equals("a", "1")), kvstore.ErrGuard)
	}},
	{"a guard is judged before the writes of its own transaction", func(t *testing.T, b *bench) {
		commit(t, b.s, put("a", "old"))
		fails(t, b.s, guarded(put("a", "new"), equals("a", "new")), kvstore.ErrGuard)
		fails(t, b.s, guarded(del("a"), absent("a")), kvstore.ErrGuard)
	}},
	{"guards alone are a transaction", func(t *testing.T, b *bench) {
		commit(t, b.s, put("a", "1"))
		commit(t, b.s, guarded(kvstore.Txn{}, equals("a", "1"), absent("b")))
		fails(t, b.s, guarded(kvstore.Txn{}, equals("a", "2")), kvstore.ErrGuard)
		fails(t, b.s, guarded(kvstore.Txn{}, equals("a", "1"), absent("a2"), equals("b", "")), kvstore.ErrGuard)
	}},
	{"one guard that does not hold refuses everything", func(t *testing.T, b *bench) {
		commit(t, b.s, puts("a", "1", "b", "2", "c", "3"))
		txn := kvstore.Txn{
			Guards:  []kvstore.Guard{equals("a", "1"), absent("x"), equals("b", "no"), equals("c", "3")},
			Puts:    []kvstore.Item{item("a", "11"), item("y", "9")},
			Deletes: []string{"c"},
		}
		fails(t, b.s, txn, kvstore.ErrGuard)
		txn.Guards[2] = equals("b", "2")
		commit(t, b.s, txn)
		require.Equal(t, []kvstore.Item{item("a", "11"), item("b", "2"), item("y", "9")}, dump(t, b.s))
	}},
	{"guards compare values, not versions", func(t *testing.T, b *bench) {
		commit(t, b.s, put("a", "1"))
		commit(t, b.s, put("a", "2"))
		commit(t, b.s, del("a"))
		commit(t, b.s, put("a", "1"))
		commit(t, b.s, guarded(put("b", "2"), equals("a", "1")))
	}},
	{"a guard is judged at the commit, not at a view", func(t *testing.T, b *bench) {
		commit(t, b.s, put("a", "1"))
		r := view(t, b.s)
		commit(t, b.s, put("a", "2"))
		seen, err := r.Get(t.Context(), "a")
		require.NoError(t, err)
		fails(t, b.s, guarded(put("a", "3"), equals("a", string(seen))), kvstore.ErrGuard)
	}},
	{"another handle judges alike", func(t *testing.T, b *bench) {
		other := b.handle()
		commit(t, b.s, put("a", "1"))
		commit(t, other, guarded(put("a", "2"), equals("a", "1")))
		fails(t, b.s, guarded(put("a", "3"), equals("a", "1")), kvstore.ErrGuard)
		commit(t, b.s, guarded(put("a", "3"), equals("a", "2")))
		require.Equal(t, "3", get(t, other, "a"))
	}},
	{"write skew is caught by guards on what was read", func(t *testing.T, b *bench) {
		// Two on call; each may leave if the other stays. Both read, both decide to leave.
		other := b.handle()
		commit(t, b.s, puts("ann", "on", "bob", "on"))
		require.Equal(t, "on", get(t, b.s, "bob"))
		require.Equal(t, "on", get(t, other, "ann"))
		commit(t, b.s, guarded(put("ann", "off"), equals("bob", "on")))
		fails(t, other, guarded(put("bob", "off"), equals("ann", "on")), kvstore.ErrGuard)
	}},
	{"write skew through absent keys is caught too", func(t *testing.T, b *bench) {
		other := b.handle()
		commit(t, b.s, guarded(put("claim/1", "ann"), absent("claim/2")))
		fails(t, other, guarded(put("claim/2", "bob"), absent("claim/1")), kvstore.ErrGuard)
	}},
	{"keys beside the guarded one do not matter", func(t *testing.T, b *bench) {
		commit(t, b.s, puts("a", "1", "a\x00", "2", "aa", "3"))
		commit(t, b.s, guarded(put("r", "1"), equals("a", "1"), equals("a\x00", "2"), absent("a\x00\x00"), absent("`")))
	}},
}

var ruleCases = []testCase{
	{"a key put twice is refused", func(t *testing.T, b *bench) {
		fails(t, b.s, puts("a", "1", "b", "1", "a", "2"), kvstore.ErrInvalid)
		fails(t, b.s, puts("a", "1", "a", "1"), kvstore.ErrInvalid)
	}},
	{"a key put and deleted is refused", func(t *testing.T, b *bench) {
		commit(t, b.s, put("a", "0"))
		fails(t, b.s, kvstore.Txn{Puts: []kvstore.Item{item("a", "1")}, Deletes: []string{"a"}}, kvstore.ErrInvalid)
	}},
	{"a key deleted twice is refused", func(t *testing.T, b *bench) {
		commit(t, b.s, put("a", "0"))
		fails(t, b.s, del("a", "b", "a"), kvstore.ErrInvalid)
	}},
	{"a key guarded twice is refused", func(t *testing.T, b *bench) {
		commit(t, b.s, put("a", "0"))
		fails(t, b.s, guarded(put("b", "1"), equals("a", "0"), equals("a", "0")), kvstore.ErrInvalid)
		fails(t, b.s, guarded(put("b", "1"), equals("a", "0"), absent("a")), kvstore.ErrInvalid)
	}},
	{"an empty key is refused", func(t *testing.T, b *bench) {
		fails(t, b.s, put("", "1"), kvstore.ErrInvalid)
		fails(t, b.s, puts("a", "1", "", ""), kvstore.ErrInvalid)
		fails(t, b.s, del(""), kvstore.ErrInvalid)
		fails(t, b.s, guarded(put("a", "1"), absent("")), kvstore.ErrInvalid)
		_, err := view(t, b.s).Get(t.Context(), "")
		isKind(t, err, kvstore.ErrInvalid)
	}},
	{"what is refused can be put right", func(t *testing.T, b *bench) {
		txn := puts("a", "1", "a", "2")
		fails(t, b.s, txn, kvstore.ErrInvalid)
		txn.Puts = txn.Puts[1:]
		commit(t, b.s, txn)
		require.Equal(t, "2", get(t, b.s, "a"))
	}},
}
