package milvus

import (
	"context"
	"maps"
	"slices"

	"github.com/milvus-io/milvus-proto/go-api/v3/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"github.com/milvus-io/milvus-proto/go-api/v3/rgpb"

	"github.com/taproot-db/taproot/metastore/model"
	taprootv1 "github.com/taproot-db/taproot/proto/taproot/v1"
)

// groupTask is a statement about resource groups. Milvus's proxy looks at the names alone.
type groupTask struct {
	ddl
	names []string
	req   *taprootv1.ExecuteRequest
}

func (t *groupTask) PreExecute(context.Context) error {
	for _, name := range t.names {
		if err := model.ValidateResourceGroupName(name, t.Limits); err != nil {
			return err
		}
	}
	return nil
}

func (t *groupTask) complete() bool { return true }

func (t *groupTask) Execute(ctx context.Context) error { return t.submit(ctx, t.req) }

func (s *Service) createResourceGroup(ctx context.Context, req *milvuspb.CreateResourceGroupRequest) (*commonpb.Status, error) {
	name := req.GetResourceGroup()
	return s.run(ctx, "CreateResourceGroup", &groupTask{ddl: ddl{Service: s}, names: []string{name}, req: &taprootv1.ExecuteRequest{
		Statement: &taprootv1.ExecuteRequest_CreateResourceGroup{
			CreateResourceGroup: &taprootv1.CreateResourceGroup{Name: name, Config: statementGroup(req.GetConfig())},
		},
	}})
}

// dropResourceGroup leaves the name as it is: what no group can have for its name is no group, and dropped already.
func (s *Service) dropResourceGroup(ctx context.Context, req *milvuspb.DropResourceGroupRequest) (*commonpb.Status, error) {
	return s.run(ctx, "DropResourceGroup", &groupTask{ddl: ddl{Service: s}, req: &taprootv1.ExecuteRequest{
		Statement: &taprootv1.ExecuteRequest_DropResourceGroup{
			DropResourceGroup: &taprootv1.DropResourceGroup{Name: req.GetResourceGroup()},
		},
	}})
}

func (s *Service) updateResourceGroups(ctx context.Context, req *milvuspb.UpdateResourceGroupsRequest) (*commonpb.Status, error) {
	configs := make(map[string]*taprootv1.ResourceGroupConfig, len(req.GetResourceGroups()))
	for name, c := range req.GetResourceGroups() {
		configs[name] = statementGroup(c)
		if configs[name] == nil {
			configs[name] = &taprootv1.ResourceGroupConfig{}
		}
	}
	names := slices.Sorted(maps.Keys(configs))
	return s.run(ctx, "UpdateResourceGroups", &groupTask{ddl: ddl{Service: s}, names: names, req: &taprootv1.ExecuteRequest{
		Statement: &taprootv1.ExecuteRequest_UpdateResourceGroups{
			UpdateResourceGroups: &taprootv1.UpdateResourceGroups{Configs: configs},
		},
	}})
}

func (s *Service) transferNode(ctx context.Context, req *milvuspb.TransferNodeRequest) (*commonpb.Status, error) {
	from, to := req.GetSourceResourceGroup(), req.GetTargetResourceGroup()
	return s.run(ctx, "TransferNode", &groupTask{ddl: ddl{Service: s}, names: []string{from, to}, req: &taprootv1.ExecuteRequest{
		Statement: &taprootv1.ExecuteRequest_TransferNode{
			TransferNode: &taprootv1.TransferNode{Source: from, Target: to, Nodes: req.GetNumNode()},
		},
	}})
}

func (s *Service) transferReplica(ctx context.Context, req *milvuspb.TransferReplicaRequest) (*commonpb.Status, error) {
	from, to := req.GetSourceResourceGroup(), req.GetTargetResourceGroup()
	return s.run(ctx, "TransferReplica", &groupTask{ddl: ddl{Service: s}, names: []string{from, to}, req: &taprootv1.ExecuteRequest{
		Statement: &taprootv1.ExecuteRequest_TransferReplica{
			TransferReplica: &taprootv1.TransferReplica{
				Database: req.GetDbName(), Collection: req.GetCollectionName(), Source: from, Target: to, Replicas: req.GetNumReplica(),
			},
		},
	}})
}

// statementGroup turns a config into the coordinator's form; nil stays nil.
func statementGroup(c *rgpb.ResourceGroupConfig) *taprootv1.ResourceGroupConfig {
	if c == nil {
		return nil
	}
	out := &taprootv1.ResourceGroupConfig{
		Requests: c.GetRequests().GetNodeNum(), HasRequests: c.GetRequests() != nil,
		Limits: c.GetLimits().GetNodeNum(), HasLimits: c.GetLimits() != nil,
		NodeLabels: statementProperties(propertiesOf(c.GetNodeFilter().GetNodeLabels())),
	}
	for _, t := range c.GetTransferFrom() {
		out.TransferFrom = append(out.TransferFrom, t.GetResourceGroup())
	}
	for _, t := range c.GetTransferTo() {
		out.TransferTo = append(out.TransferTo, t.GetResourceGroup())
	}
	return out
}
