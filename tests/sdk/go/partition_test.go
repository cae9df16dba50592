package sdk_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/milvus-io/milvus/client/v2/milvusclient"
)

func TestPartitions(t *testing.T) {
	ctx, client, c := newContext(t), connect(t), simple("go_partitions")
	mustCreate(ctx, t, client, c)
	equal(t, "at first", fmt.Sprint(partitions(t, client, c.Name)), "[_default]")

	for _, name := range []string{"p1", "p2", "p2", "_default"} { // what exists already is no failure
		ok(t, client.CreatePartition(ctx, milvusclient.NewCreatePartitionOption(c.Name, name)))
	}
	equal(t, "created", fmt.Sprint(partitions(t, client, c.Name)), "[_default p1 p2]")
	equal(t, "number", describeRaw(ctx, t, client, c.Name).GetNumPartitions(), 3)
	equal(t, "p1", hasPartition(t, client, c.Name, "p1"), true)
	equal(t, "p3", hasPartition(t, client, c.Name, "p3"), false)

	stats, err := client.GetPartitionStats(ctx, milvusclient.NewGetPartitionStatsOption(c.Name, "p1"))
	ok(t, err)
	equal(t, "row count", stats["row_count"], "0")

	for range 2 { // what is gone already is no failure
		ok(t, client.DropPartition(ctx, milvusclient.NewDropPartitionOption(c.Name, "p1")))
	}
	equal(t, "p1 after the drop", hasPartition(t, client, c.Name, "p1"), false)
	equal(t, "dropped", fmt.Sprint(partitions(t, client, c.Name)), "[_default p2]")
}

func TestPartitionErrors(t *testing.T) {
	ctx, client, c := newContext(t), connect(t), simple("go_partition_errors")
	mustCreate(ctx, t, client, c)
	_, err := client.GetPartitionStats(ctx, milvusclient.NewGetPartitionStatsOption(c.Name, "nowhere"))
	refused(t, err, codePartitionNotFound, "partition not found[partition=nowhere]")
	refused(t, client.CreatePartition(ctx, milvusclient.NewCreatePartitionOption(c.Name, "what?")),
		codeInvalid, "Partition name can only contain numbers, letters and underscores")
	refused(t, client.DropPartition(ctx, milvusclient.NewDropPartitionOption(c.Name, "_default")),
		codeInvalid, "default partition cannot be deleted")

	const missing = "go_no_such_collection"
	refused(t, client.CreatePartition(ctx, milvusclient.NewCreatePartitionOption(missing, "p")),
		codeCollectionNotFound, missing)
	refused(t, client.DropPartition(ctx, milvusclient.NewDropPartitionOption(missing, "p")),
		codeCollectionNotFound, missing)
	_, err = client.HasPartition(ctx, milvusclient.NewHasPartitionOption(missing, "p"))
	refused(t, err, codeCollectionNotFound, missing)
	_, err = client.ListPartitions(ctx, milvusclient.NewListPartitionOption(missing))
	refused(t, err, codeCollectionNotFound, missing)
}

// With a partition key the partitions are the server's own business.
func TestPartitionsOfAKey(t *testing.T) {
	ctx, client, c := newContext(t), connect(t), simple("go_partition_key")
	c.Fields = append(c.Fields, field{Name: "tenant", Type: "VarChar", MaxLength: 64, PartitionKey: true})
	c.NumPartitions = 12
	mustCreate(ctx, t, client, c)
	names := partitions(t, client, c.Name)
	equal(t, "number", len(names), 12)
	for i := range 12 {
		equal(t, "partition", slices.Contains(names, fmt.Sprintf("_default_%d", i)), true)
	}
	refused(t, client.CreatePartition(ctx, milvusclient.NewCreatePartitionOption(c.Name, "mine")),
		codeInvalid, "disable create partition if partition key mode is used")
	refused(t, client.DropPartition(ctx, milvusclient.NewDropPartitionOption(c.Name, "_default_3")),
		codeInvalid, "disable drop partition if partition key mode is used")
}

func partitions(t *testing.T, client *milvusclient.Client, name string) []string {
	t.Helper()
	names, err := client.ListPartitions(newContext(t), milvusclient.NewListPartitionOption(name))
	ok(t, err)
	return names
}

func hasPartition(t *testing.T, client *milvusclient.Client, collection, name string) bool {
	t.Helper()
	found, err := client.HasPartition(newContext(t), milvusclient.NewHasPartitionOption(collection, name))
	ok(t, err)
	return found
}
