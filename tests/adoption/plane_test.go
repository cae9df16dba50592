package adoption

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/kvstore"
	"github.com/taproot-db/taproot/kvstore/memory"
	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
)

// pains.md 12, 53: what a data plane of Milvus was told to do is in the catalog, its records stay as they are, and a drop leaves none of them.
func TestIndexesAndLoadsAreAdopted(t *testing.T) {
	t.Parallel()
	store := memory.New()
	records := map[string]string{}
	var txn kvstore.Txn
	for line := range lines(t, "../../metastore/codec/testdata/milvus-2.3.5.jsonl") {
		var rec struct{ Key, Value string }
		require.NoError(t, json.Unmarshal([]byte(line), &rec))
		value, err := base64.StdEncoding.DecodeString(rec.Value)
		require.NoError(t, err)
		txn.Puts = append(txn.Puts, kvstore.Item{Key: rec.Key, Value: value})
		records[rec.Key] = string(value)
	}
	require.NoError(t, store.Commit(t.Context(), txn))
	client, coord := serve(t, store)

	snap := coord.Snapshot()
	require.Empty(t, snap.Quarantine())
	chunks, ok := snap.Collection(1, "rag_chunks")
	require.True(t, ok)
	indexes := slices.Collect(chunks.Indexes())
	require.Len(t, indexes, 1)
	require.Equal(t, "idx_embedding", indexes[0].Name)
	load, ok := chunks.Load()
	require.True(t, ok)
	require.Equal(t, []model.FieldIndex{{Field: 104, Index: indexes[0].ID}}, load.FieldIndexes)
	require.Equal(t, 1, chunks.CountPartitionLoads())
	require.Len(t, slices.Collect(chunks.Replicas()), 1)
	require.Equal(t, []*catalog.Collection{chunks}, slices.Collect(snap.Loaded()))
	// As 2.3 left it, it was loading; with nobody to report that it has ended, it has (decisions 19).
	progress, loaded := chunks.LoadProgress(false)
	require.True(t, loaded)
	require.Equal(t, model.ReportDone, progress.State)
	group, ok := snap.ResourceGroup(model.DefaultResourceGroup)
	require.True(t, ok)
	require.Equal(t, []int64{1}, group.Nodes)

	logs, ok := snap.Collection(1, "daily_logs")
	require.True(t, ok)
	require.Equal(t, 1, logs.CountIndexes())
	status, err := client.DropCollection(t.Context(), &milvuspb.DropCollectionRequest{CollectionName: "daily_logs"})
	require.NoError(t, err)
	require.Zero(t, status.GetCode(), status.GetReason())
	require.Eventually(t, func() bool { return len(of(t, store, logs.ID)) == 0 }, 10*time.Second, 5*time.Millisecond)
	for key, value := range of(t, store, chunks.ID) {
		require.Equal(t, records[key], value, "%s is as it was", key)
		delete(records, key)
	}
	for key := range records {
		require.NotContains(t, key, fmt.Sprint(chunks.ID), "nothing of it is gone")
	}
}

// of is what lies in the store of a collection: all whose key has its id in it.
func of(t *testing.T, store kvstore.Store, id model.ID) map[string]string {
	t.Helper()
	view, err := store.View(t.Context())
	require.NoError(t, err)
	out := map[string]string{}
	for item, err := range view.Range(t.Context(), "by-dev/meta/", "") {
		require.NoError(t, err)
		if slices.Contains(strings.Split(item.Key, "/"), fmt.Sprint(id)) {
			out[item.Key] = string(item.Value)
		}
	}
	return out
}
