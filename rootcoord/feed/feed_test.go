package feed_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/cockroachdb/errors"
	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/rootcoord/feed"
)

func set(r catalog.Revision) *catalog.ChangeSet { return &catalog.ChangeSet{Revision: r} }

func TestACursorSeesEveryChangeSetInOrder(t *testing.T) {
	t.Parallel()
	f := feed.New(4, 10)
	c, err := f.After(4)
	require.NoError(t, err)
	for r := catalog.Revision(5); r <= 9; r++ {
		f.Publish(set(r))
	}
	for r := catalog.Revision(5); r <= 9; r++ {
		cs, err := c.Next(t.Context())
		require.NoError(t, err)
		require.Equal(t, r, cs.Revision)
	}
	mid, err := f.After(7)
	require.NoError(t, err)
	cs, err := mid.Next(t.Context())
	require.NoError(t, err)
	require.Equal(t, catalog.Revision(8), cs.Revision)
}

func TestANewCursorMustStartWhereTheFeedIs(t *testing.T) {
	t.Parallel()
	f := feed.New(4, 2)
	for r := catalog.Revision(5); r <= 9; r++ {
		f.Publish(set(r))
	}
	for _, after := range []catalog.Revision{0, 4, 6, 10} {
		_, err := f.After(after)
		require.True(t, errors.Is(err, feed.ErrLost), "after %d", after)
	}
	for _, after := range []catalog.Revision{7, 8, 9} {
		_, err := f.After(after)
		require.NoError(t, err, "after %d", after)
	}
}

func TestASlowCursorIsToldThatItLostItsPlace(t *testing.T) {
	t.Parallel()
	f := feed.New(0, 2)
	c, err := f.After(0)
	require.NoError(t, err)
	f.Publish(set(1))
	f.Publish(set(2))
	cs, err := c.Next(t.Context())
	require.NoError(t, err)
	require.Equal(t, catalog.Revision(1), cs.Revision)
	f.Publish(set(3))
	f.Publish(set(4))
	_, err = c.Next(t.Context())
	require.True(t, errors.Is(err, feed.ErrLost), "revision 2 is not kept any more: it must not be skipped in silence")
}

func TestACursorWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := feed.New(0, 8)
		got := make(chan catalog.Revision)
		c, err := f.After(0)
		require.NoError(t, err)
		go func() {
			cs, err := c.Next(t.Context())
			if err == nil {
				got <- cs.Revision
			}
		}()
		synctest.Wait()
		f.Publish(set(1))
		require.Equal(t, catalog.Revision(1), <-got)

		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(context.DeadlineExceeded)
		_, err = c.Next(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

func TestManyCursorsOneWriter(t *testing.T) {
	t.Parallel()
	const followers, sets = 50, 500
	f := feed.New(0, sets)
	var wg sync.WaitGroup
	for range followers {
		c, err := f.After(0)
		require.NoError(t, err)
		wg.Go(func() {
			for r := catalog.Revision(1); r <= sets; r++ {
				cs, err := c.Next(t.Context())
				if err != nil || cs.Revision != r {
					t.Errorf("revision %d: %v, %v", r, cs, err)
					return
				}
			}
		})
	}
	for r := catalog.Revision(1); r <= sets; r++ {
		f.Publish(set(r))
	}
	wg.Wait()
}

func TestAGapIsABug(t *testing.T) {
	t.Parallel()
	require.Panics(t, func() { feed.New(4, 10).Publish(set(6)) })
}
