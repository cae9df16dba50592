package kvfault_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cockroachdb/errors"
	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/kvstore"
	"github.com/taproot-db/taproot/kvstore/kvfault"
	"github.com/taproot-db/taproot/kvstore/memory"
)

func put(key, value string) kvstore.Txn {
	return kvstore.Txn{Puts: []kvstore.Item{{Key: key, Value: []byte(value)}}}
}

// there says what key holds underneath; "" if it is absent.
func there(t *testing.T, s kvstore.Store, key string) string {
	t.Helper()
	r, err := s.View(t.Context())
	require.NoError(t, err)
	value, err := r.Get(t.Context(), key)
	if errors.Is(err, kvstore.ErrNotFound) {
		return ""
	}
	require.NoError(t, err)
	return string(value)
}

func TestFaultsOfCommit(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fault   kvfault.Fault
		kind    error // nil: none
		written bool
		crashed bool
	}{
		{kvfault.None, nil, true, false},
		{kvfault.Refuse, kvstore.ErrUnavailable, false, false},
		{kvfault.LoseRequest, kvstore.ErrUncertain, false, false},
		{kvfault.LoseAnswer, kvstore.ErrUncertain, true, false},
		{kvfault.ApplyLate, kvstore.ErrUncertain, false, false},
		{kvfault.CrashBefore, kvstore.ErrUnavailable, false, true},
		{kvfault.CrashAfter, kvstore.ErrUncertain, true, true},
	} {
		t.Run(c.fault.String(), func(t *testing.T) {
			t.Parallel()
			inner := memory.New()
			s := kvfault.New(inner, kvfault.Config{OnCommit: kvfault.Commit(2, c.fault)})
			require.NoError(t, s.Commit(t.Context(), put("first", "1")))
			err := s.Commit(t.Context(), put("second", "1"))
			if c.kind == nil {
				require.NoError(t, err)
			} else {
				require.True(t, errors.Is(err, c.kind), "%+v", err)
				require.True(t, errors.Is(err, kvfault.ErrInjected), "%+v", err)
			}
			require.Equal(t, c.written, there(t, inner, "second") != "")
			require.Equal(t, c.crashed, s.Crashed())
			require.Equal(t, 2, s.Commits())
			s.Revive()
			require.NoError(t, s.Commit(t.Context(), put("third", "1")))
		})
	}
}

func TestALostAnswerHidesARefusalToo(t *testing.T) {
	t.Parallel()
	s := kvfault.New(memory.New(), kvfault.Config{OnCommit: kvfault.Commit(1, kvfault.LoseAnswer)})
	err := s.Commit(t.Context(), kvstore.Txn{Guards: []kvstore.Guard{{Key: "a", Want: []byte("1")}}})
	require.True(t, errors.Is(err, kvstore.ErrUncertain), "%+v", err)
	require.False(t, errors.Is(err, kvstore.ErrGuard), "%+v", err)
}

func TestTransactionsUnderWay(t *testing.T) {
	t.Parallel()
	inner := memory.New()
	s := kvfault.New(inner, kvfault.Config{OnCommit: func(n int, _ kvstore.Txn) kvfault.Action {
		if n <= 3 {
			return kvfault.Action{Fault: kvfault.ApplyLate}
		}
		return kvfault.Action{}
	}})
	value := []byte("1")
	for _, txn := range []kvstore.Txn{
		{Guards: []kvstore.Guard{{Key: "a", Absent: true}}, Puts: []kvstore.Item{{Key: "a", Value: value}}},
		{Guards: []kvstore.Guard{{Key: "a", Want: value}}, Puts: []kvstore.Item{{Key: "a", Value: []byte("2")}}},
		{Guards: []kvstore.Guard{{Key: "a", Want: value}}, Puts: []kvstore.Item{{Key: "a", Value: []byte("3")}}},
	} {
		require.True(t, errors.Is(s.Commit(t.Context(), txn), kvstore.ErrUncertain))
	}
	value[0] = 'X' // the caller has its slices back
	require.Equal(t, 3, s.Pending())
	require.Empty(t, there(t, inner, "a"))
	s.Crash() // does not stop what is under way

	outcomes := s.Release(t.Context())
	require.Len(t, outcomes, 3)
	require.NoError(t, outcomes[0])
	require.NoError(t, outcomes[1])
	require.True(t, errors.Is(outcomes[2], kvstore.ErrGuard))
	require.Equal(t, "2", there(t, inner, "a"))
	require.Zero(t, s.Pending())
	require.Empty(t, s.Release(t.Context()))
}

func TestDroppedTransactionsNeverArrive(t *testing.T) {
	t.Parallel()
	inner := memory.New()
	s := kvfault.New(inner, kvfault.Config{OnCommit: kvfault.Commit(1, kvfault.ApplyLate)})
	require.True(t, errors.Is(s.Commit(t.Context(), put("a", "1")), kvstore.ErrUncertain))
	s.Drop()
	require.Empty(t, s.Release(t.Context()))
	require.Empty(t, there(t, inner, "a"))
}

func TestACrashEndsWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	arrived := make(chan struct{})
	until := make(chan struct{})
	s := kvfault.New(memory.New(), kvfault.Config{OnCommit: func(int, kvstore.Txn) kvfault.Action {
		close(arrived)
		return kvfault.Action{Until: until}
	}})
	r, err := s.View(t.Context())
	require.NoError(t, err)
	outcome := make(chan error, 1)
	go func() { outcome <- s.Commit(t.Context(), put("a", "1")) }()
	<-arrived
	s.Crash()
	close(until)
	require.True(t, errors.Is(<-outcome, kvstore.ErrUncertain))

	_, err = s.View(t.Context())
	require.True(t, errors.Is(err, kvstore.ErrUnavailable))
	s.Revive()
	_, err = r.Get(t.Context(), "a")
	require.True(t, errors.Is(err, kvstore.ErrUnavailable), "a reader of before the crash: %+v", err)
	require.Equal(t, "1", there(t, s, "a"))
}

func TestHooksMayUseTheStore(t *testing.T) {
	t.Parallel()
	var s *kvfault.Store
	s = kvfault.New(memory.New(), kvfault.Config{OnCommit: func(n int, _ kvstore.Txn) kvfault.Action {
		if n == 1 {
			if err := s.Commit(t.Context(), put("between", "1")); err != nil {
				t.Error(err)
			}
			s.Crash()
		}
		return kvfault.Action{}
	}})
	require.True(t, errors.Is(s.Commit(t.Context(), put("a", "1")), kvstore.ErrUncertain))
	s.Revive()
	require.Equal(t, "1", there(t, s, "between"))
}

func TestTransactionsAgainstTheRulesAreNotCounted(t *testing.T) {
	t.Parallel()
	s := kvfault.New(memory.New(memory.WithLimits(kvstore.Limits{Ops: 1})), kvfault.Config{OnCommit: kvfault.Commit(1, kvfault.Refuse)})
	require.True(t, errors.Is(s.Commit(t.Context(), put("", "")), kvstore.ErrInvalid))
	require.True(t, errors.Is(s.Commit(t.Context(), kvstore.Txn{Deletes: []string{"a", "b"}}), kvstore.ErrTooLarge))
	require.Zero(t, s.Commits())
	require.True(t, errors.Is(s.Commit(t.Context(), put("a", "")), kvstore.ErrUnavailable))
}

func TestFaultsOfReads(t *testing.T) {
	t.Parallel()
	inner := memory.New()
	for i := range 5 {
		require.NoError(t, inner.Commit(t.Context(), put(fmt.Sprint(i), "v")))
	}
	count := func(t *testing.T, r kvstore.Reader) (n int, err error) {
		t.Helper()
		for _, e := range r.Range(t.Context(), "", "") {
			if e != nil {
				return n, e
			}
			n++
		}
		return n, nil
	}
	for _, fault := range []kvfault.Fault{
		kvfault.Refuse, kvfault.LoseRequest, kvfault.LoseAnswer, kvfault.ApplyLate, kvfault.CrashBefore,
	} {
		s := kvfault.New(inner, kvfault.Config{OnRead: kvfault.Reads(kvfault.View, kvfault.Action{Fault: fault})})
		_, err := s.View(t.Context())
		require.True(t, errors.Is(err, kvstore.ErrUnavailable), "%s: %+v", fault, err)

		s = kvfault.New(inner, kvfault.Config{OnRead: kvfault.Reads(kvfault.Get, kvfault.Action{Fault: fault})})
		r, err := s.View(t.Context())
		require.NoError(t, err)
		_, err = r.Get(t.Context(), "1")
		require.True(t, errors.Is(err, kvstore.ErrUnavailable), "%s: %+v", fault, err)

		for _, items := range []int{0, 1, 3, 5, 9} {
			s = kvfault.New(inner, kvfault.Config{OnRead: kvfault.Reads(kvfault.Range, kvfault.Action{Fault: fault, Items: items})})
			r, err = s.View(t.Context())
			require.NoError(t, err)
			n, err := count(t, r)
			require.True(t, errors.Is(err, kvstore.ErrUnavailable), "%s: %+v", fault, err)
			require.Equal(t, min(items, 5), n)
			require.Equal(t, fault == kvfault.CrashBefore, s.Crashed())
		}
	}

	t.Run("the last read is answered", func(t *testing.T) {
		t.Parallel()
		s := kvfault.New(inner, kvfault.Config{OnRead: func(n int, r kvfault.Read) kvfault.Action {
			if n == 2 && r.Op == kvfault.Range && r.Prefix == "" {
				return kvfault.Action{Fault: kvfault.CrashAfter}
			}
			return kvfault.Action{}
		}})
		r, err := s.View(t.Context())
		require.NoError(t, err)
		n, err := count(t, r)
		require.NoError(t, err)
		require.Equal(t, 5, n)
		require.Equal(t, 2, s.Reads())
		_, err = r.Get(t.Context(), "1")
		require.True(t, errors.Is(err, kvstore.ErrUnavailable), "%+v", err)
	})
}

func TestDelaysAndStalls(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		inner := memory.New()
		s := kvfault.New(inner, kvfault.Config{OnCommit: kvfault.Script(map[int]kvfault.Action{
			1: {Delay: time.Minute},
			2: {Delay: time.Minute},
			3: {Fault: kvfault.LoseAnswer, Stall: true},
			4: {Fault: kvfault.Refuse, Stall: true},
		})})
		begin := time.Now()
		require.NoError(t, s.Commit(t.Context(), put("a", "1")))
		require.Equal(t, time.Minute, time.Since(begin))

		commit := func(key string) error {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			begin = time.Now()
			err := s.Commit(ctx, put(key, "1"))
			require.Equal(t, time.Second, time.Since(begin))
			require.True(t, errors.Is(err, context.DeadlineExceeded), "%+v", err)
			return err
		}
		require.True(t, errors.Is(commit("b"), kvstore.ErrUnavailable), "it had not been handed over")
		require.Empty(t, there(t, inner, "b"))
		require.True(t, errors.Is(commit("c"), kvstore.ErrUncertain))
		require.Equal(t, "1", there(t, inner, "c"))
		require.True(t, errors.Is(commit("d"), kvstore.ErrUnavailable))
		require.Empty(t, there(t, inner, "d"))
	})
}

func TestAbilitiesAreFoundUnderneath(t *testing.T) {
	t.Parallel()
	inner := memory.New()
	waker, ok := kvstore.As[kvstore.Waker](kvfault.New(kvfault.New(inner, kvfault.Config{}), kvfault.Config{}))
	require.True(t, ok)
	require.Same(t, inner, waker)
}
