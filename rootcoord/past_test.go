package rootcoord_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/kvstore/kvfault"
	"github.com/taproot-db/taproot/kvstore/memory"
	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
	taprootv1 "github.com/taproot-db/taproot/proto/taproot/v1"
	"github.com/taproot-db/taproot/rootcoord"
)

// shape is what a catalog holds, by name.
func shape(s *catalog.Snapshot) string {
	var b strings.Builder
	for c := range s.Collections(1) {
		fmt.Fprintf(&b, "%s %d:", c.Name, c.ID)
		for f := range c.Fields() {
			fmt.Fprintf(&b, " %s", f.Name)
		}
		for p := range c.Partitions() {
			fmt.Fprintf(&b, " %s", p.Name)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// Names are dropped and come back, the process ends in between, and the purge has removed what was dropped: each answer can still be had as
// of its own timestamp.
func TestThePastSurvivesRestartsAndPurges(t *testing.T) {
	t.Parallel()
	data := memory.NewData()
	n := start(t, memory.Open(data))
	want := map[uint64]string{}
	do := func(req *taprootv1.ExecuteRequest) {
		t.Helper()
		resp := n.must(req)
		want[resp.GetTimestamp()] = shape(n.Snapshot())
	}
	check := func() {
		t.Helper()
		for ts, was := range want {
			s, err := n.At(t.Context(), model.Timestamp(ts))
			require.NoError(t, err)
			require.Equal(t, was, shape(s))
		}
	}
	for range 3 {
		do(create("a"))
		do(createSpec(spec("b", &taprootv1.Field{Name: "more", DataType: int32(model.Bool)})))
		do(createPartition("a", "p"))
		do(dropPartition("a", "p"))
		do(drop("a"))
		do(create("a"))
		do(drop("b"))
		check()
		n.await("purged", func() bool { return garbage(t, data) == 0 })
		check()
		do(drop("a"))
		require.ErrorIs(t, n.stop(), errStop)
		_, err := n.At(t.Context(), 0)
		require.True(t, errs.Unavailable.Is(err), "%v", err)
		n = start(t, memory.Open(data))
		check()
	}
	require.Empty(t, shape(n.Snapshot()))
}

func TestHowFarBackOneCanAsk(t *testing.T) {
	t.Parallel()
	data := memory.NewData()
	now := time.UnixMilli(1_700_000_000_000)
	at := func(cfg *rootcoord.Config, deps *rootcoord.Deps) {
		cfg.JournalAge, cfg.ClusterID, cfg.Create = time.Hour, "lib", true
		deps.Now = func() time.Time { return now }
	}
	n := start(t, memory.Open(data), at)
	first := n.must(create("a")).GetTimestamp()
	require.ErrorIs(t, n.stop(), errStop)
	now = now.Add(3 * time.Hour)
	n = start(t, memory.Open(data), at) // which trims at its start
	second := n.must(drop("a")).GetTimestamp()
	third := n.must(create("b")).GetTimestamp()
	require.ErrorIs(t, n.stop(), errStop)
	now = now.Add(30 * time.Minute)
	n = start(t, memory.Open(data), at)
	facts := func() map[string]string {
		m := map[string]string{}
		for _, f := range n.Facts() {
			m[f.Key] = f.Value
		}
		return m
	}
	require.Equal(t, "lib", facts()["cluster_id"])
	require.NotEqual(t, "0", facts()["journal_bytes"])
	// An hour ago there was what had been made three hours before; the change that tells so is older than an hour, and is kept.
	s, err := n.At(t.Context(), model.HybridTimestamp(now.Add(-time.Hour).UnixMilli(), 0))
	require.NoError(t, err)
	require.Contains(t, shape(s), "a ")
	n.await("trimmed", func() bool { return facts()["history_timestamp"] == fmt.Sprint(first) })
	_, err = n.At(t.Context(), model.Timestamp(first-1))
	require.ErrorContains(t, err, fmt.Sprintf("the oldest time there is is %d (2023-11-14T22:13:20.", first))
	for ts, want := range map[uint64]string{first: "a ", second: "", third: "b "} {
		s, err := n.At(t.Context(), model.Timestamp(ts))
		require.NoError(t, err)
		require.True(t, strings.HasPrefix(shape(s), want) && (want != "" || shape(s) == ""), shape(s))
	}
}

func TestAPastOutOfAStoreThatIsAway(t *testing.T) {
	t.Parallel()
	data := memory.NewData()
	n := start(t, memory.Open(data))
	ts := model.Timestamp(n.must(create("a")).GetTimestamp())
	n.must(drop("a"))
	require.ErrorIs(t, n.stop(), errStop)
	var away atomic.Bool
	n = start(t, kvfault.New(memory.Open(data), kvfault.Config{OnRead: func(int, kvfault.Read) kvfault.Action {
		if away.Load() {
			return kvfault.Action{Fault: kvfault.Refuse}
		}
		return kvfault.Action{}
	}}))
	away.Store(true)
	_, err := n.At(t.Context(), ts)
	require.True(t, errs.Unavailable.Is(err), "%v", err)
	away.Store(false)
	s, err := n.At(t.Context(), ts)
	require.NoError(t, err)
	require.Contains(t, shape(s), "a ")
}
