package main

import (
	"strconv"
	"strings"

	"github.com/milvus-io/milvus-proto/go-api/v3/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"github.com/spf13/cobra"

	"github.com/taproot-db/taproot/metastore/errs"
)

func newLoad() *cobra.Command {
	req := &milvuspb.LoadCollectionRequest{}
	var partitions []string
	cmd := verb("load", "Ask that a collection be loaded, or some of its partitions", []string{"COLLECTION"},
		func(cmd *cobra.Command, c *client, api milvuspb.MilvusServiceClient, args []string) (err error) {
			req.CollectionName = args[0]
			if len(partitions) == 0 {
				_, err = api.LoadCollection(cmd.Context(), req)
			} else {
				_, err = api.LoadPartitions(cmd.Context(), &milvuspb.LoadPartitionsRequest{
					CollectionName: args[0], PartitionNames: partitions, ReplicaNumber: req.GetReplicaNumber(),
					ResourceGroups: req.GetResourceGroups(), Refresh: req.GetRefresh(), LoadFields: req.GetLoadFields(),
				})
			}
			if err != nil {
				return err
			}
			state, err := loadState(cmd, api, args[0], partitions)
			if err != nil {
				return err
			}
			return c.write(cmd, map[string]string{"collection": args[0], "state": state}, func(t *table) { t.row("collection " + args[0] + " is " + state) })
		})
	cmd.Flags().StringArrayVar(&partitions, "partition", nil, "only this partition, beside those that are; may be given several times")
	cmd.Flags().Int32Var(&req.ReplicaNumber, "replicas", 0, "how many copies; 0: as the properties of the collection or its database say, or 1")
	cmd.Flags().StringArrayVar(&req.ResourceGroups, "resource-group", nil, "where; may be given several times")
	cmd.Flags().StringArrayVar(&req.LoadFields, "field", nil, "only this field; may be given several times")
	cmd.Flags().BoolVar(&req.Refresh, "refresh", false, "look for new data in what is loaded")
	return cmd
}

func newRelease() *cobra.Command {
	var partitions []string
	cmd := verb("release", "Take back that a collection be loaded, or some of its partitions; what is not loaded is no error", []string{"COLLECTION"},
		func(cmd *cobra.Command, c *client, api milvuspb.MilvusServiceClient, args []string) (err error) {
			what := "collection " + args[0]
			if len(partitions) == 0 {
				_, err = api.ReleaseCollection(cmd.Context(), &milvuspb.ReleaseCollectionRequest{CollectionName: args[0]})
			} else {
				what = "partitions " + strings.Join(partitions, " ") + " of " + what
				_, err = api.ReleasePartitions(cmd.Context(), &milvuspb.ReleasePartitionsRequest{CollectionName: args[0], PartitionNames: partitions})
			}
			if err != nil {
				return err
			}
			return c.done(cmd, "released", what, args[0])
		})
	cmd.Flags().StringArrayVar(&partitions, "partition", nil, "only this partition; may be given several times")
	return cmd
}

// loadState returns how far the load of a collection is, in words.
func loadState(cmd *cobra.Command, api milvuspb.MilvusServiceClient, collection string, partitions []string) (string, error) {
	r, err := api.GetLoadState(cmd.Context(), &milvuspb.GetLoadStateRequest{CollectionName: collection, PartitionNames: partitions})
	if err != nil {
		return "", err
	}
	switch r.GetState() {
	case commonpb.LoadState_LoadStateLoaded:
		return "loaded", nil
	case commonpb.LoadState_LoadStateLoading:
		p, err := api.GetLoadingProgress(cmd.Context(), &milvuspb.GetLoadingProgressRequest{CollectionName: collection, PartitionNames: partitions})
		if errs.CollectionNotLoaded.Is(err) {
			return "not loaded", nil // it failed, or was released, in between
		}
		return "loading, " + strconv.FormatInt(p.GetProgress(), 10) + " %", err
	default:
		return "not loaded", nil
	}
}
