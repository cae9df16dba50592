package main

import (
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"github.com/spf13/cobra"
)

func newPartition() *cobra.Command {
	return group("partition", "Make, show and drop partitions",
		verb("list", "List the partitions of a collection", []string{"COLLECTION"}, listPartitions),
		verb("create", "Make a partition; one that is there is no error", []string{"COLLECTION", "PARTITION"}, createPartition),
		verb("drop", "Drop a partition; one that is not there is no error", []string{"COLLECTION", "PARTITION"}, dropPartition),
	)
}

func listPartitions(cmd *cobra.Command, c *client, api milvuspb.MilvusServiceClient, args []string) error {
	r, err := api.ShowPartitions(cmd.Context(), &milvuspb.ShowPartitionsRequest{CollectionName: args[0]})
	if err != nil {
		return err
	}
	rows := make([]listed, len(r.GetPartitionNames()))
	for i, name := range r.GetPartitionNames() {
		rows[i] = listed{Name: name, ID: at(r.GetPartitionIDs(), i), Created: utc(at(r.GetCreatedUtcTimestamps(), i))}
	}
	return c.write(cmd, rows, func(t *table) {
		t.row("NAME", "ID", "CREATED")
		for _, r := range rows {
			t.row(r.Name, r.ID, r.Created)
		}
	})
}

func createPartition(cmd *cobra.Command, c *client, api milvuspb.MilvusServiceClient, args []string) error {
	_, err := api.CreatePartition(cmd.Context(), &milvuspb.CreatePartitionRequest{CollectionName: args[0], PartitionName: args[1]})
	if err != nil {
		return err
	}
	return c.write(cmd, map[string]string{"collection": args[0], "partition": args[1]}, func(t *table) {
		t.row("partition " + args[1] + " of " + args[0])
	})
}

func dropPartition(cmd *cobra.Command, c *client, api milvuspb.MilvusServiceClient, args []string) error {
	_, err := api.DropPartition(cmd.Context(), &milvuspb.DropPartitionRequest{CollectionName: args[0], PartitionName: args[1]})
	if err != nil {
		return err
	}
	return c.write(cmd, map[string]string{"collection": args[0], "dropped": args[1]}, func(t *table) {
		t.row("dropped partition " + args[1] + " of " + args[0])
	})
}
