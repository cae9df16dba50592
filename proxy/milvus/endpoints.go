package milvus

import (
	"context"

	"google.golang.org/protobuf/proto"
)

// endpoint is what one RPC does, by any type of request.
type endpoint struct {
	newRequest func() proto.Message
	// serve returns a reply, whose status may be left out, or an error. The request is what newRequest made.
	serve func(ctx context.Context, req any) (any, error)
	// always: it answers even when the server is not ready.
	always bool
}

// rpc makes an endpoint of a method. R is the reply's type, or encoded.
func rpc[Q any, P interface {
	*Q
	proto.Message
}, R any](serve func(context.Context, P) (R, error)) endpoint {
	return endpoint{
		newRequest: func() proto.Message { return P(new(Q)) },
		serve: func(ctx context.Context, req any) (any, error) {
			reply, err := serve(ctx, req.(P)) //nolint:forcetypeassert // made by newRequest
			if err != nil {
				return nil, err
			}
			return reply, nil
		},
	}
}

// always marks an endpoint as one that answers even when the server is not ready.
func always(e endpoint) endpoint {
	e.always = true
	return e
}

// endpoints is the list of the RPCs that are served.
func (s *Service) endpoints() map[string]endpoint {
	return map[string]endpoint{
		"Connect":            rpc(s.connect),
		"GetVersion":         always(rpc(s.getVersion)),
		"CheckHealth":        always(rpc(s.checkHealth)),
		"GetComponentStates": always(rpc(s.getComponentStates)),
		"AllocTimestamp":     rpc(s.allocTimestamp),

		"ListDatabases":    rpc(s.listDatabases),
		"DescribeDatabase": rpc(s.describeDatabase),
		"CreateDatabase":   rpc(s.createDatabase),
		"DropDatabase":     rpc(s.dropDatabase),
		"AlterDatabase":    rpc(s.alterDatabase),

		"CreateAlias":   rpc(s.createAlias),
		"AlterAlias":    rpc(s.alterAlias),
		"DropAlias":     rpc(s.dropAlias),
		"DescribeAlias": rpc(s.describeAlias),
		"ListAliases":   rpc(s.listAliases),

		"RenameCollection": rpc(s.renameCollection),

		"CreateCollection":        rpc(s.createCollection),
		"DropCollection":          rpc(s.dropCollection),
		"HasCollection":           rpc(s.hasCollection),
		"DescribeCollection":      rpc(s.describeCollection),
		"ShowCollections":         rpc(s.showCollections),
		"GetCollectionStatistics": rpc(s.getCollectionStatistics),

		"AlterCollection":          rpc(s.alterCollection),
		"AlterCollectionField":     rpc(s.alterCollectionField),
		"AddCollectionField":       rpc(s.addCollectionField),
		"AddCollectionStructField": rpc(s.addCollectionStructField),
		"AlterCollectionSchema":    rpc(s.alterCollectionSchema),
		"AddCollectionFunction":    rpc(s.addCollectionFunction),
		"AlterCollectionFunction":  rpc(s.alterCollectionFunction),
		"DropCollectionFunction":   rpc(s.dropCollectionFunction),
		"TruncateCollection":       rpc(s.truncateCollection),
		"BatchDescribeCollection":  rpc(s.batchDescribeCollection),

		"CreateIndex":           rpc(s.createIndex),
		"AlterIndex":            rpc(s.alterIndex),
		"DescribeIndex":         rpc(s.describeIndex),
		"DropIndex":             rpc(s.dropIndex),
		"GetIndexState":         rpc(s.getIndexState),
		"GetIndexBuildProgress": rpc(s.getIndexBuildProgress),
		"GetIndexStatistics":    rpc(s.getIndexStatistics),

		"CreatePartition":        rpc(s.createPartition),
		"DropPartition":          rpc(s.dropPartition),
		"HasPartition":           rpc(s.hasPartition),
		"ShowPartitions":         rpc(s.showPartitions),
		"GetPartitionStatistics": rpc(s.getPartitionStatistics),

		"Flush":                       rpc(s.flush),
		"GetFlushState":               rpc(s.getFlushState),
		"FlushAll":                    rpc(s.flushAll),
		"GetFlushAllState":            rpc(s.getFlushAllState),
		"GetPersistentSegmentInfo":    rpc(s.getPersistentSegmentInfo),
		"GetQuerySegmentInfo":         rpc(s.getQuerySegmentInfo),
		"ManualCompaction":            rpc(s.manualCompaction),
		"GetCompactionState":          rpc(s.getCompactionState),
		"GetCompactionStateWithPlans": rpc(s.getCompactionStateWithPlans),

		"CreateResourceGroup":   rpc(s.createResourceGroup),
		"DropResourceGroup":     rpc(s.dropResourceGroup),
		"UpdateResourceGroups":  rpc(s.updateResourceGroups),
		"TransferNode":          rpc(s.transferNode),
		"TransferReplica":       rpc(s.transferReplica),
		"ListResourceGroups":    rpc(s.listResourceGroups),
		"DescribeResourceGroup": rpc(s.describeResourceGroup),

		"LoadCollection":     rpc(s.loadCollection),
		"LoadPartitions":     rpc(s.loadPartitions),
		"ReleaseCollection":  rpc(s.releaseCollection),
		"ReleasePartitions":  rpc(s.releasePartitions),
		"GetLoadState":       rpc(s.getLoadState),
		"GetLoadingProgress": rpc(s.getLoadingProgress),
		"GetReplicas":        rpc(s.getReplicas),
	}
}
