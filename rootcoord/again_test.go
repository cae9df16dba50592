package rootcoord_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/kvstore/memory"
	"github.com/taproot-db/taproot/metastore/model"
	taprootv1 "github.com/taproot-db/taproot/proto/taproot/v1"
)

// dropRounds is how often everything is dropped and made again under its old name, unless TAPROOT_DROP_ROUNDS says otherwise.
const dropRounds = 200

// pains.md 12, 13, 25: however often a name is dropped and used again, by a collection, a partition, an alias or a database,
// each object has an id that nothing had before, also over restarts, and the store ends with the keys it began with.
func TestTheSameNamesAgainAndAgain(t *testing.T) {
	t.Parallel()
	data := memory.NewData()
	n := start(t, memory.Open(data))
	shop := in("shop")
	n.must(shop.createDatabase())
	for _, db := range []in{"default", shop} {
		n.must(db.create("stays"))
	}
	before := recordKeys(t, data)

	const restarts = 4
	ids, highest := map[int64]bool{}, int64(n.Snapshot().NextID())-1
	rounds := number(t, "TAPROOT_DROP_ROUNDS", dropRounds)
	made := func(id int64) {
		t.Helper()
		require.False(t, ids[id], "id %d has been used before", id)
		require.Greater(t, id, highest)
		ids[id], highest = true, id
	}
	for round := range rounds {
		if round > 0 && round%max(rounds/restarts, 1) == 0 {
			require.Error(t, n.stop())
			n = start(t, memory.Open(data))
		}
		made(n.must(in("passing").createDatabase()).GetDatabaseId())
		for _, db := range []in{"default", shop, "passing"} {
			n.again(db, round, made)
		}
		require.True(t, n.must(in("passing").dropDatabase()).GetChanged())
	}
	t.Logf("%d rounds, %d ids", rounds, len(ids))
	n.await("purge", func() bool { return garbage(t, data) == 0 })
	require.Equal(t, before, recordKeys(t, data))
	require.Error(t, n.stop())
	check(t, memory.Open(data))
	require.Equal(t, before, recordKeys(t, data))
}

// again makes a collection with all that may belong to it, in every second round with another schema, and drops it.
func (n *node) again(db in, round int, made func(id int64)) {
	n.t.Helper()
	var more []*taprootv1.Field
	if round%2 == 1 {
		more = append(more, field("x"))
	}
	made(n.must(db.create("books", more...)).GetCollectionId())
	d, _ := n.Snapshot().Database(string(db))
	c, ok := n.Snapshot().Collection(d.ID, "books")
	require.True(n.t, ok)
	main, ok := c.Partition(model.DefaultPartition)
	require.True(n.t, ok)
	made(int64(main.ID))
	for range 2 {
		made(n.must(db.createPartition("books")).GetPartitionId())
		require.True(n.t, n.must(db.createAlias("books", "shelf")).GetChanged())
		require.True(n.t, n.must(db.dropAlias("shelf")).GetChanged())
		require.True(n.t, n.must(db.dropPartition("books")).GetChanged())
	}
	made(n.must(db.createPartition("books")).GetPartitionId()) // goes with the collection
	require.True(n.t, n.must(db.drop("books")).GetChanged())
}

// recordKeys are all keys in the store but those of the journal, with their values where no start and no statement moves them.
func recordKeys(t *testing.T, data *memory.Data) map[string]string {
	t.Helper()
	all := keys(t, memory.Open(data))
	maps.DeleteFunc(all, func(k, _ string) bool { return strings.HasPrefix(k, "taproot/journal/") })
	for k := range all {
		if strings.HasPrefix(k, "taproot/") {
			all[k] = ""
		}
	}
	return all
}
