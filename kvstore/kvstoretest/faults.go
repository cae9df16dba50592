package kvstoretest

import (
	"testing"

	"github.com/cockroachdb/errors"
	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/kvstore"
	"github.com/taproot-db/taproot/kvstore/kvfault"
)

// faulty wraps one more handle; the bench closes what is underneath.
func (b *bench) faulty(cfg kvfault.Config) *kvfault.Store {
	b.t.Helper()
	return kvfault.New(b.handle(), cfg)
}

var faultCases = []testCase{
	{"a lost answer leaves one of both states", func(t *testing.T, b *bench) {
		for _, fault := range []kvfault.Fault{kvfault.LoseAnswer, kvfault.LoseRequest} {
			commit(t, b.s, puts("a", "old", "b", "old"))
			s := b.faulty(kvfault.Config{OnCommit: kvfault.Commit(1, fault)})
			isKind(t, s.Commit(t.Context(), guarded(puts("a", "new", "b", "new"), equals("a", "old"))), kvstore.ErrUncertain)
			want := "old"
			if fault == kvfault.LoseAnswer {
				want = "new"
			}
			require.Equal(t, []kvstore.Item{item("a", want), item("b", want)}, dump(t, b.s), fault)
		}
	}},
	{"a guarded transaction may be repeated after a lost answer", func(t *testing.T, b *bench) {
		// Whoever finds its own value knows that it landed; the guard keeps it from landing twice.
		for _, fault := range []kvfault.Fault{kvfault.LoseAnswer, kvfault.LoseRequest} {
			commit(t, b.s, put("head", "1"))
			s := b.faulty(kvfault.Config{OnCommit: kvfault.Commit(1, fault)})
			txn := guarded(put("head", "2"), equals("head", "1"))
			isKind(t, s.Commit(t.Context(), txn), kvstore.ErrUncertain)
			err := s.Commit(t.Context(), txn)
			if fault == kvfault.LoseAnswer {
				isKind(t, err, kvstore.ErrGuard)
			} else {
				require.NoError(t, err)
			}
			require.Equal(t, "2", get(t, b.s, "head"), fault)
		}
	}},
	{"a transaction that lands late is judged when it lands", func(t *testing.T, b *bench) {
		commit(t, b.s, put("head", "1"))
		s := b.faulty(kvfault.Config{OnCommit: kvfault.Commit(1, kvfault.ApplyLate)})
		isKind(t, s.Commit(t.Context(), guarded(put("head", "2"), equals("head", "1"))), kvstore.ErrUncertain)
		require.Equal(t, "1", get(t, b.s, "head"))
		require.Equal(t, []error{nil}, s.Release(t.Context()))
		require.Equal(t, "2", get(t, b.s, "head"))
	}},
	{"a key rewritten under the old guard shuts out what is under way", func(t *testing.T, b *bench) {
		commit(t, b.s, put("head", "1"))
		s := b.faulty(kvfault.Config{OnCommit: kvfault.Commit(1, kvfault.ApplyLate)})
		isKind(t, s.Commit(t.Context(), guarded(puts("head", "2", "record", "x"), equals("head", "1"))), kvstore.ErrUncertain)
		commit(t, s, guarded(put("head", "1 again"), equals("head", "1")))
		outcomes := s.Release(t.Context())
		require.Len(t, outcomes, 1)
		isKind(t, outcomes[0], kvstore.ErrGuard)
		require.Equal(t, []kvstore.Item{item("head", "1 again")}, dump(t, b.s))
	}},
	{"what was committed before a crash is there, what was not is not", func(t *testing.T, b *bench) {
		s := b.faulty(kvfault.Config{OnCommit: kvfault.Script(map[int]kvfault.Action{
			2: {Fault: kvfault.CrashAfter},
			3: {Fault: kvfault.CrashBefore},
		})})
		commit(t, s, put("a", "1"))
		isKind(t, s.Commit(t.Context(), put("b", "1")), kvstore.ErrUncertain)
		_, err := s.View(t.Context())
		isKind(t, err, kvstore.ErrUnavailable)
		s.Revive()
		isKind(t, s.Commit(t.Context(), put("c", "1")), kvstore.ErrUnavailable)
		require.Equal(t, []kvstore.Item{item("a", "1"), item("b", "1")}, dump(t, b.s))
	}},
	{"optional abilities are found through a wrapper", func(t *testing.T, b *bench) {
		_, inner := kvstore.As[kvstore.Waker](b.s)
		_, outer := kvstore.As[kvstore.Waker](b.faulty(kvfault.Config{}))
		require.Equal(t, inner, outer)
	}},
	{"increments are exactly once although answers are lost", func(t *testing.T, b *bench) {
		commit(t, b.s, put("counter", "0"))
		s := b.faulty(kvfault.Config{OnCommit: func(n int, _ kvstore.Txn) kvfault.Action {
			return kvfault.Action{Fault: []kvfault.Fault{kvfault.None, kvfault.LoseAnswer, kvfault.LoseRequest, kvfault.Refuse}[n%4]}
		}})
		const n = 20
		for i := range n {
			claim := "claim/" + key(i)
			for {
				err := increment(t, s, claim)
				if err == nil {
					break
				}
				require.True(t, errors.IsAny(err, kvstore.ErrUncertain, kvstore.ErrUnavailable), "%+v", err)
				if _, err := view(t, b.s).Get(t.Context(), claim); err == nil {
					break // it had landed
				}
			}
		}
		require.Equal(t, "20", get(t, b.s, "counter"))
		require.Len(t, collect(t, view(t, b.s), "claim/", ""), n)
	}},
}
