package journal_test

import (
	"context"
	"testing"
	"time"

	"github.com/cockroachdb/errors"
	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/kvstore"
	"github.com/taproot-db/taproot/kvstore/kvfault"
	"github.com/taproot-db/taproot/kvstore/memory"
	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/codec"
	"github.com/taproot-db/taproot/metastore/journal"
)

// backwards returns the revisions that are met on the way back.
func backwards(ctx context.Context, p *journal.Past, from catalog.Revision) (out []catalog.Revision, err error) {
	for cs, err := range p.Back(ctx, from) {
		if err != nil {
			return out, err
		}
		out = append(out, cs.Revision)
	}
	return out, nil
}

// What is trimmed while somebody reads the rest is not missed: it was only going to be read together with the rest.
func TestBackWhileTheJournalIsTrimmed(t *testing.T) {
	t.Parallel()
	var onView func()
	store := kvfault.New(memory.New(), kvfault.Config{OnRead: func(_ int, r kvfault.Read) kvfault.Action {
		if f := onView; f != nil && r.Op == kvfault.View {
			onView = nil
			f()
		}
		return kvfault.Action{}
	}})
	w := found(t, store)
	for range 5 {
		w.commit(100)
	}
	onView = func() {
		keys, _ := w.log.Sizes().Excess(1<<62, 0, 3)
		require.Len(t, keys, 3)
		require.NoError(t, w.log.Remove(t.Context(), keys))
	}
	got, err := backwards(t.Context(), w.log.Past(), 6)
	require.NoError(t, err)
	require.Equal(t, []catalog.Revision{6, 5, 4}, got)

	// What is missing without having been trimmed is.
	require.NoError(t, store.Commit(t.Context(), kvstore.Txn{Deletes: []string{root + "/" + codec.JournalKey(5)}}))
	_, err = backwards(t.Context(), w.log.Past(), 6)
	require.True(t, errors.Is(err, journal.ErrTrimmed), "%v", err)
}

// A damaged store must not send a reader round in circles.
func TestBackOverAnEntryThatHoldsNothing(t *testing.T) {
	t.Parallel()
	store := memory.New()
	w := found(t, store)
	w.commit(100)
	w.commit(100)
	entry, err := codec.EncodeJournalEntry(&codec.JournalEntry{Payload: []byte{2 << 3, 1}, Last: 2, Timestamp: 20}) // a field that nobody knows
	require.NoError(t, err)
	require.NoError(t, store.Commit(t.Context(), kvstore.Txn{Puts: []kvstore.Item{{Key: root + "/" + codec.JournalKey(2), Value: entry}}}))
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	done := make(chan error, 1)
	go func() {
		_, err := backwards(ctx, w.log.Past(), 3)
		done <- err
	}()
	select {
	case err := <-done:
		require.True(t, errors.Is(err, codec.ErrMalformed), "%v", err)
	case <-ctx.Done():
		require.Fail(t, "it never ends")
	}
}
