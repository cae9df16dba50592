package milvus

import (
	"context"

	"github.com/milvus-io/milvus-proto/go-api/v3/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"

	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
	taprootv1 "github.com/taproot-db/taproot/proto/taproot/v1"
)

// The statements of this file load and release. What can be loaded, and where, is the planner's affair: PreExecute looks for the collection
// only, and at whether its partitions are for clients to name.

// loadRequest is what LoadCollection and LoadPartitions have in common.
type loadRequest interface {
	GetReplicaNumber() int32
	GetResourceGroups() []string
	GetRefresh() bool
	GetLoadFields() []string
	GetSkipLoadDynamicField() bool
}

func loadOptions(req loadRequest) *taprootv1.LoadOptions {
	return &taprootv1.LoadOptions{
		Replicas: req.GetReplicaNumber(), ResourceGroups: req.GetResourceGroups(), Refresh: req.GetRefresh(),
		Fields: req.GetLoadFields(), SkipDynamicField: req.GetSkipLoadDynamicField(),
	}
}

// collectionRequest is a request for one collection.
type collectionRequest interface {
	GetDbName() string
	GetCollectionName() string
}

// checkCollection refuses a name that none can have, and a collection that does not exist.
func (s *Service) checkCollection(req collectionRequest) error {
	if err := model.ValidateCollectionName(req.GetCollectionName(), s.Limits); err != nil {
		return err
	}
	_, err := collection(s.source.Snapshot(), req.GetDbName(), req.GetCollectionName())
	return err
}

// checkPartitions is checkCollection for what names partitions of it, which are the server's own where there is a partition key.
func (s *Service) checkPartitions(req collectionRequest, verb string) error {
	if err := model.ValidateCollectionName(req.GetCollectionName(), s.Limits); err != nil {
		return err
	}
	c, err := collection(s.source.Snapshot(), req.GetDbName(), req.GetCollectionName())
	if err != nil {
		return err
	}
	if c.PartitionKey() {
		return errs.Invalid("disable %s partitions if partition key mode is used", verb)
	}
	return nil
}

// checkPartitionNotLoaded refuses to drop what is loaded. Milvus's proxy does, so it comes before whatever the coordinator has to say of
// the default partition.
func (s *Service) checkPartitionNotLoaded(req partitionRequest) error {
	c, err := collection(s.source.Snapshot(), req.GetDbName(), req.GetCollectionName())
	if err != nil {
		return err
	}
	if p, ok := c.Partition(req.GetPartitionName()); ok {
		if _, loaded := c.PartitionLoad(p.ID); loaded {
			return errs.Invalid("partition cannot be dropped, partition is loaded, please release it first")
		}
	}
	return nil
}

func (s *Service) loadCollection(ctx context.Context, req *milvuspb.LoadCollectionRequest) (*commonpb.Status, error) {
	return s.run(ctx, "LoadCollection", &loadCollectionTask{ddl: ddl{Service: s}, req: req})
}

type loadCollectionTask struct {
	ddl
	req *milvuspb.LoadCollectionRequest
}

func (t *loadCollectionTask) PreExecute(context.Context) error { return t.checkCollection(t.req) }

func (t *loadCollectionTask) complete() bool { return true }

func (t *loadCollectionTask) Execute(ctx context.Context) error {
	return t.submit(ctx, &taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_LoadCollection{
		LoadCollection: &taprootv1.LoadCollection{
			Database: t.req.GetDbName(), Collection: t.req.GetCollectionName(), Options: loadOptions(t.req),
		},
	}})
}

func (s *Service) loadPartitions(ctx context.Context, req *milvuspb.LoadPartitionsRequest) (*commonpb.Status, error) {
	return s.run(ctx, "LoadPartitions", &loadPartitionsTask{ddl: ddl{Service: s}, req: req})
}

type loadPartitionsTask struct {
	ddl
	req *milvuspb.LoadPartitionsRequest
}

func (t *loadPartitionsTask) PreExecute(context.Context) error {
	return t.checkPartitions(t.req, "load")
}

func (t *loadPartitionsTask) complete() bool { return true }

func (t *loadPartitionsTask) Execute(ctx context.Context) error {
	return t.submit(ctx, &taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_LoadPartitions{
		LoadPartitions: &taprootv1.LoadPartitions{
			Database: t.req.GetDbName(), Collection: t.req.GetCollectionName(), Partitions: t.req.GetPartitionNames(), Options: loadOptions(t.req),
		},
	}})
}

func (s *Service) releaseCollection(ctx context.Context, req *milvuspb.ReleaseCollectionRequest) (*commonpb.Status, error) {
	return s.run(ctx, "ReleaseCollection", &releaseCollectionTask{ddl: ddl{Service: s}, req: req})
}

type releaseCollectionTask struct {
	ddl
	req *milvuspb.ReleaseCollectionRequest
}

func (t *releaseCollectionTask) PreExecute(context.Context) error { return t.checkCollection(t.req) }

func (t *releaseCollectionTask) complete() bool { return true }

func (t *releaseCollectionTask) Execute(ctx context.Context) error {
	return t.submit(ctx, &taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_ReleaseCollection{
		ReleaseCollection: &taprootv1.ReleaseCollection{Database: t.req.GetDbName(), Collection: t.req.GetCollectionName()},
	}})
}

func (s *Service) releasePartitions(ctx context.Context, req *milvuspb.ReleasePartitionsRequest) (*commonpb.Status, error) {
	return s.run(ctx, "ReleasePartitions", &releasePartitionsTask{ddl: ddl{Service: s}, req: req})
}

type releasePartitionsTask struct {
	ddl
	req *milvuspb.ReleasePartitionsRequest
}

func (t *releasePartitionsTask) PreExecute(context.Context) error {
	return t.checkPartitions(t.req, "release")
}

func (t *releasePartitionsTask) complete() bool { return true }

func (t *releasePartitionsTask) Execute(ctx context.Context) error {
	return t.submit(ctx, &taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_ReleasePartitions{
		ReleasePartitions: &taprootv1.ReleasePartitions{
			Database: t.req.GetDbName(), Collection: t.req.GetCollectionName(), Partitions: t.req.GetPartitionNames(),
		},
	}})
}
