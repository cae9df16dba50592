package main

import (
	"fmt"
	"testing"

	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/kvstore/memory"
)

// A client takes a timestamp after each statement, and later asks what there was: in the same process, and in the next ones. Names are
// dropped and made again, so each answer has another id.
func TestTimeTravelThroughTheAPI(t *testing.T) {
	t.Parallel()
	data := memory.NewData()
	i := launch(t, on(data))
	i.awaitReady(t)
	now := func() uint64 {
		r, err := i.api.AllocTimestamp(t.Context(), &milvuspb.AllocTimestampRequest{})
		require.NoError(t, err)
		require.Zero(t, r.GetStatus().GetCode(), r.GetStatus().GetReason())
		return r.GetTimestamp()
	}
	type seen struct {
		names []string
		ids   []int64
		has   bool
		id    int64
		parts int64
	}
	look := func(ts uint64) (s seen) {
		t.Helper()
		all, err := i.api.ShowCollections(t.Context(), &milvuspb.ShowCollectionsRequest{TimeStamp: ts})
		require.NoError(t, err)
		require.Zero(t, all.GetStatus().GetCode(), all.GetStatus().GetReason())
		s.names, s.ids = all.GetCollectionNames(), all.GetCollectionIds()
		has, err := i.api.HasCollection(t.Context(), &milvuspb.HasCollectionRequest{CollectionName: "tenant_notes", TimeStamp: ts})
		require.NoError(t, err)
		s.has = has.GetValue()
		one, err := i.api.DescribeCollection(t.Context(), &milvuspb.DescribeCollectionRequest{CollectionName: "tenant_notes", TimeStamp: ts})
		require.NoError(t, err)
		require.Equal(t, s.has, one.GetStatus().GetCode() == 0)
		s.id, s.parts = one.GetCollectionID(), one.GetNumPartitions()
		return s
	}
	before := now()
	memories := map[uint64]seen{}
	remember := func() { memories[now()] = look(0) }
	check := func() {
		t.Helper()
		for ts, want := range memories {
			require.Equal(t, want, look(ts))
		}
	}
	for range 3 {
		for _, name := range []string{"tenant_notes", "rag_chunks"} {
			code, _, msg := i.cli(t, "collection", "create", "-f", "testdata/schemas.yaml", "--name", name)
			require.Zero(t, code, msg)
			remember()
		}
		p, err := i.api.CreatePartition(t.Context(), &milvuspb.CreatePartitionRequest{CollectionName: "rag_chunks", PartitionName: "more"})
		require.NoError(t, err)
		require.Zero(t, p.GetCode())
		remember()
		check()
		for _, name := range []string{"rag_chunks", "tenant_notes"} {
			d, err := i.api.DropCollection(t.Context(), &milvuspb.DropCollectionRequest{CollectionName: name})
			require.NoError(t, err)
			require.Zero(t, d.GetCode())
			remember()
		}
		check()
		i.stop()
		require.NoError(t, i.wait(t))
		i = launch(t, on(data))
		i.awaitReady(t)
		check()
	}
	require.Len(t, memories, 15)
	require.Equal(t, seen{}, look(before), "the founding is before that")
	refused, err := i.api.ShowCollections(t.Context(), &milvuspb.ShowCollectionsRequest{TimeStamp: 1})
	require.NoError(t, err)
	require.Equal(t, int32(1100), refused.GetStatus().GetCode())
	_, body := i.get(t, "/metrics")
	require.Contains(t, body, fmt.Sprintf("taproot_history_oldest_revision %d", 1))
	require.Contains(t, refused.GetStatus().GetReason(), "at revision 1: invalid parameter")
}
