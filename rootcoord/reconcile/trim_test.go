package reconcile

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/cockroachdb/errors"
	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/kvstore"
	"github.com/taproot-db/taproot/kvstore/memory"
	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/journal"
	"github.com/taproot-db/taproot/rootcoord/committer"
)

// remover is a committer of which only Remove is used.
type remover func(keys []string) error

func (r remover) Remove(_ context.Context, keys []string) error { return r(keys) }
func (remover) RemoveLimit() int                                { return 2 }
func (remover) Snapshot() *catalog.Snapshot                     { return catalog.Empty() }
func (remover) Submit(context.Context, committer.Statement) (committer.Committed, error) {
	return committer.Committed{}, errors.AssertionFailedf("not to be called")
}

// written returns the books of a journal with so many entries.
func written(t *testing.T, entries int) *journal.Sizes {
	t.Helper()
	log, _, err := journal.Load(t.Context(), memory.New(), "by-dev")
	require.NoError(t, err)
	for i := range entries {
		cs := &catalog.ChangeSet{Revision: catalog.Revision(i + 1), Epoch: 1}
		if i == 0 {
			require.NoError(t, log.Found(t.Context(), journal.Founding{First: cs}))
		} else {
			require.NoError(t, log.Commit(t.Context(), []*catalog.ChangeSet{cs}, 0))
		}
	}
	return log.Sizes()
}

// Who asks how far back the journal reaches must not be told of what is about to be removed; and what could not be removed is so later.
func TestWhatIsTrimmedIsOutOfReachFirst(t *testing.T) {
	t.Parallel()
	sizes := written(t, 6)
	reach := func() catalog.Revision {
		r, _, _ := sizes.Reach()
		return r
	}
	var removed []string
	away := true
	r := New(Config{Sizes: sizes, Logger: slog.New(slog.DiscardHandler), Now: time.Now, JournalAge: time.Hour, JournalBytes: 1, Writer: remover(func(keys []string) error {
		require.Equal(t, catalog.Revision(len(removed)+len(keys)+1), reach(), "before it is removed")
		if away {
			return kvstore.ErrUnavailable
		}
		removed = append(removed, keys...)
		return nil
	})})
	require.ErrorIs(t, r.trimOnce(t.Context()), kvstore.ErrUnavailable)
	require.Equal(t, catalog.Revision(3), reach())
	away = false
	require.NoError(t, r.trimOnce(t.Context()))
	require.Len(t, removed, 5)
	require.Equal(t, catalog.Revision(6), reach())
}
