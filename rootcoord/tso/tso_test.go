package tso_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/taproot-db/taproot/metastore/model"
	"github.com/taproot-db/taproot/rootcoord/tso"
)

// wall is a clock that a test moves.
type wall struct{ t time.Time }

func (w *wall) now() time.Time { return w.t }

func TestNothingIsToldAboveTheDurableBound(t *testing.T) {
	t.Parallel()
	w := &wall{time.UnixMilli(1_000_000)}
	c := tso.New(0, w.now)
	_, ok := c.Allocate(1)
	require.False(t, ok, "no bound is durable yet")

	bound := c.Bound(0)
	require.Equal(t, w.t.Add(tso.Window).UnixMilli(), bound.Millis())
	_, ok = c.Allocate(1)
	require.False(t, ok, "a bound that is only planned allows nothing")
	c.Durable(bound)
	first, ok := c.Allocate(3)
	require.True(t, ok)
	require.Equal(t, w.t.UnixMilli(), first.Millis())
	next, ok := c.Allocate(1)
	require.True(t, ok)
	require.Equal(t, first+3, next)

	w.t = w.t.Add(tso.Window)
	_, ok = c.Allocate(1)
	require.False(t, ok, "time has reached the bound")
}

func TestABoundServesMostCommits(t *testing.T) {
	t.Parallel()
	w := &wall{time.UnixMilli(1_000_000)}
	c := tso.New(0, w.now)
	c.Durable(c.Bound(c.Next()))
	bound := c.Bound(c.Next())
	w.t = w.t.Add(tso.Window / 3)
	require.Equal(t, bound, c.Bound(c.Next()), "more than half a window is left")
	w.t = w.t.Add(tso.Window / 3)
	require.Greater(t, c.Bound(c.Next()), bound)
}

func TestARestartBeginsAboveWhatMayHaveBeenTold(t *testing.T) {
	t.Parallel()
	w := &wall{time.UnixMilli(1_000_000)}
	c := tso.New(0, w.now)
	bound := c.Bound(0)
	c.Durable(bound)
	again := tso.New(bound, w.now)
	require.Greater(t, again.Next(), bound)
}

func TestManyTimestampsInOneMillisecond(t *testing.T) {
	t.Parallel()
	w := &wall{time.UnixMilli(1_000_000)}
	c := tso.New(0, w.now)
	c.Durable(c.Bound(0))
	last := model.Timestamp(0)
	for range 10 {
		first, ok := c.Allocate(1 << 16)
		require.True(t, ok)
		require.Greater(t, first, last)
		last = first + 1<<16 - 1
		require.Equal(t, first.Millis(), last.Millis(), "a batch lies in one millisecond")
	}
}

// pains.md 39, 47: commit order is timestamp order, whatever the wall clock does.
func TestTimestampsRiseWhateverTheWallClockDoes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := &wall{time.UnixMilli(1_700_000_000_000)}
		c := tso.New(0, w.now)
		last := model.Timestamp(0)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			w.t = w.t.Add(time.Duration(rapid.Int64Range(-600_000, 600_000).Draw(t, "jump")) * time.Millisecond)
			switch rapid.IntRange(0, 2).Draw(t, "call") {
			case 0:
				ts := c.Next()
				if ts <= last {
					t.Fatalf("%d after %d", ts, last)
				}
				last = ts
			case 1:
				n := rapid.Uint32Range(1, 1<<16).Draw(t, "n")
				if first, ok := c.Allocate(n); ok {
					if first <= last {
						t.Fatalf("%d after %d", first, last)
					}
					last = first + model.Timestamp(n) - 1
				}
			case 2:
				bound := c.Bound(last)
				if bound <= last {
					t.Fatalf("bound %d is not above %d", bound, last)
				}
				c.Durable(bound)
			}
		}
	})
}
