package milvus

import (
	"context"
	"slices"
	"strconv"

	"github.com/milvus-io/milvus-proto/go-api/v3/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"github.com/milvus-io/milvus-proto/go-api/v3/rgpb"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
)

// listResourceGroups lists in byte order, the default group included.
func (s *Service) listResourceGroups(context.Context, *milvuspb.ListResourceGroupsRequest) (*milvuspb.ListResourceGroupsResponse, error) {
	reply := &milvuspb.ListResourceGroupsResponse{}
	for g := range s.source.Snapshot().ResourceGroups() {
		reply.ResourceGroups = append(reply.ResourceGroups, g.Name)
	}
	return reply, nil
}

// describeResourceGroup describes a group and who uses it. Nodes move at once with the groups that they belong to, so no replica is ever on
// a node of another group, and no counts of those are given.
func (s *Service) describeResourceGroup(
	_ context.Context, req *milvuspb.DescribeResourceGroupRequest,
) (*milvuspb.DescribeResourceGroupResponse, error) {
	snap := s.source.Snapshot()
	g, ok := snap.ResourceGroup(req.GetResourceGroup())
	if !ok {
		return nil, errs.NoResourceGroup(req.GetResourceGroup())
	}
	nodes := model.DistributeNodes(slices.Collect(snap.ResourceGroups()), s.Limits.QueryNodes)[g.Name]
	return &milvuspb.DescribeResourceGroupResponse{ResourceGroup: &milvuspb.ResourceGroup{
		Name:             g.Name,
		Capacity:         g.ReportedCapacity(),
		NumAvailableNode: int32(len(nodes)),
		NumLoadedReplica: replicasIn(snap, g.Name),
		Config:           groupConfigOf(g.Configuration()),
		Nodes:            nodeInfos(nodes),
	}}, nil
}

// replicasIn counts the replicas in a group by the names of their collections. Milvus leaves the database out, and so collections of the same
// name count as one.
func replicasIn(snap *catalog.Snapshot, group string) map[string]int32 {
	n := map[string]int32{}
	for c := range snap.Loaded() {
		for r := range c.Replicas() {
			if r.Group == group {
				n[c.Name]++
			}
		}
	}
	return n
}

// nodeInfos describes query nodes, which have no address: they stand for what a data plane would have.
func nodeInfos(nodes []int64) []*commonpb.NodeInfo {
	out := make([]*commonpb.NodeInfo, len(nodes))
	for i, id := range nodes {
		out[i] = &commonpb.NodeInfo{NodeId: id, Hostname: "virtual-query-node-" + strconv.FormatInt(id, 10)}
	}
	return out
}

// groupConfigOf returns a config in the form of the API.
func groupConfigOf(c model.ResourceGroupConfig) *rgpb.ResourceGroupConfig {
	out := &rgpb.ResourceGroupConfig{
		Requests:     &rgpb.ResourceGroupLimit{NodeNum: c.Requests},
		Limits:       &rgpb.ResourceGroupLimit{NodeNum: c.Limits},
		TransferFrom: transfers(c.TransferFrom),
		TransferTo:   transfers(c.TransferTo),
	}
	if len(c.NodeLabels) > 0 {
		out.NodeFilter = &rgpb.ResourceGroupNodeFilter{NodeLabels: keyValues(c.NodeLabels)}
	}
	return out
}

func transfers(names []string) []*rgpb.ResourceGroupTransfer {
	var out []*rgpb.ResourceGroupTransfer
	for _, name := range names {
		out = append(out, &rgpb.ResourceGroupTransfer{ResourceGroup: name})
	}
	return out
}
