package kvstoretest

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/kvstore"
)

var wakingCases = []testCase{
	{"a change by any handle is told", func(t *testing.T, b *bench) {
		s, other := b.handle(), b.handle()
		wake := waker(t, s)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		ch := wake.Wake(ctx, "a")
		for i, txn := range []kvstore.Txn{put("a", "1"), put("a", "2"), puts("0", "1", "a", "3", "z", "1")} {
			awaitWake(t, ch, b.s, txn, i)
			awaitWake(t, ch, other, txn, i)
		}
		awaitWake(t, ch, other, del("a"), 3)
	}},
	{"several who wait for one key are all told", func(t *testing.T, b *bench) {
		wake := waker(t, b.s)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var chans []<-chan struct{}
		for range 10 {
			chans = append(chans, wake.Wake(ctx, "a"))
		}
		for _, ch := range chans {
			awaitWake(t, ch, b.s, put("a", "1"), 0)
		}
	}},
	{"the channel is closed when the context ends", func(t *testing.T, b *bench) {
		wake := waker(t, b.s)
		first, cancelFirst := context.WithCancel(t.Context())
		second, cancelSecond := context.WithCancel(t.Context())
		defer cancelSecond()
		a, z := wake.Wake(first, "a"), wake.Wake(second, "a")
		cancelFirst()
		awaitClosed(t, a)
		awaitWake(t, z, b.s, put("a", "1"), 0)
		cancelSecond()
		awaitClosed(t, z)
		awaitClosed(t, wake.Wake(cancelled(t), "a"))
	}},
	{"the channel is closed when the store is closed", func(t *testing.T, b *bench) {
		s := b.handle()
		wake := waker(t, s)
		ch := wake.Wake(t.Context(), "a")
		require.NoError(t, s.Close())
		awaitClosed(t, ch)
		awaitClosed(t, wake.Wake(t.Context(), "a"))
	}},
}

const patience = 20 * time.Second

func waker(t *testing.T, s kvstore.Store) kvstore.Waker {
	t.Helper()
	w, ok := kvstore.As[kvstore.Waker](s)
	if !ok {
		t.Skip("not a Waker")
	}
	return w
}

// awaitWake commits txn until ch tells of it. A signal may be missed only while the watch is being set up, and a signal
// may come without a change, so the change is made again and again and some signal must follow.
func awaitWake(t *testing.T, ch <-chan struct{}, s kvstore.Store, txn kvstore.Txn, i int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		commit(t, s, txn)
		retry := time.NewTimer(100 * time.Millisecond)
		select {
		case _, ok := <-ch:
			retry.Stop()
			require.True(t, ok, "closed before its time")
			return
		case <-retry.C:
		case <-ctx.Done():
			t.Fatalf("transaction %d was not told", i)
		}
	}
}

func awaitClosed(t *testing.T, ch <-chan struct{}) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		select {
		case _, ok := <-ch:
			if !ok {
				return
			}
		case <-ctx.Done():
			t.Fatal("not closed")
		}
	}
}
