package steps

import (
	"maps"
	"slices"

	"github.com/taproot-db/taproot/metastore/model"
	"github.com/taproot-db/taproot/rootcoord/ddl"
)

// The statements of this file are about resource groups.

// CreateResourceGroup asks for a resource group.
type CreateResourceGroup struct {
	Name string
	Spec *model.ResourceGroupSpec
}

func (CreateResourceGroup) names() (statement, step string) {
	return "CreateResourceGroup", "addResourceGroupMeta"
}

func (q CreateResourceGroup) planner(opt ddl.Options) ddl.Planner {
	return ddl.CreateResourceGroup(q.Name, q.Spec, opt)
}

func (q CreateResourceGroup) object() ddl.Object { return ddl.GroupObject(q.Name) }

// DropResourceGroup removes a resource group.
type DropResourceGroup struct{ Name string }

func (DropResourceGroup) names() (statement, step string) {
	return "DropResourceGroup", "dropResourceGroupMeta"
}

func (q DropResourceGroup) planner(ddl.Options) ddl.Planner { return ddl.DropResourceGroup(q.Name) }

func (q DropResourceGroup) object() ddl.Object { return ddl.GroupObject(q.Name) }

// UpdateResourceGroups gives resource groups other configs.
type UpdateResourceGroups struct {
	Specs map[string]*model.ResourceGroupSpec
}

func (UpdateResourceGroups) names() (statement, step string) {
	return "UpdateResourceGroups", "alterResourceGroupMeta"
}

func (q UpdateResourceGroups) planner(opt ddl.Options) ddl.Planner {
	return ddl.UpdateResourceGroups(q.Specs, opt)
}

func (q UpdateResourceGroups) object() ddl.Object {
	return ddl.GroupObject(slices.Sorted(maps.Keys(q.Specs))...)
}

// TransferNode moves nodes from one resource group to another.
type TransferNode struct {
	Source, Target string
	Nodes          int32
}

func (TransferNode) names() (statement, step string) { return "TransferNode", "transferNodeMeta" }

func (q TransferNode) planner(opt ddl.Options) ddl.Planner {
	return ddl.TransferNode(q.Source, q.Target, q.Nodes, opt)
}

func (q TransferNode) object() ddl.Object { return ddl.GroupObject(q.Source, q.Target) }

// TransferReplica moves replicas of a collection from one resource group to another.
type TransferReplica struct{ ddl.Transfer }

func (TransferReplica) names() (statement, step string) {
	return "TransferReplica", "transferReplicaMeta"
}

func (q TransferReplica) planner(opt ddl.Options) ddl.Planner {
	return ddl.TransferReplica(q.Transfer, opt)
}

func (q TransferReplica) object() ddl.Object { return ddl.CollectionObject(q.Database, q.Collection) }
