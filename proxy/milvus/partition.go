package milvus

import (
	"context"

	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
)

func (s *Service) hasPartition(_ context.Context, req *milvuspb.HasPartitionRequest) (*milvuspb.BoolResponse, error) {
	if err := model.ValidateCollectionName(req.GetCollectionName(), s.Limits); err != nil {
		return nil, err
	}
	if err := model.ValidatePartitionName(req.GetPartitionName(), s.Limits); err != nil {
		return nil, err
	}
	snap := s.source.Snapshot()
	c, err := collection(snap, req.GetDbName(), req.GetCollectionName())
	if err != nil {
		return nil, err
	}
	_, found := c.Partition(req.GetPartitionName())
	if !found {
		if err := intact(snap, c.ID); err != nil {
			return nil, err // it may be among what cannot be read
		}
	}
	return &milvuspb.BoolResponse{Value: found}, nil
}

// showPartitions lists by ascending id, which is the order of creation. An id alone does
// not name the collection: Milvus checks the name first.
func (s *Service) showPartitions(_ context.Context, req *milvuspb.ShowPartitionsRequest) (*milvuspb.ShowPartitionsResponse, error) {
	snap := s.source.Snapshot()
	c, err := s.partitionsOf(snap, req)
	if err != nil {
		return nil, err
	}
	if err := intact(snap, c.ID); err != nil {
		return nil, err
	}
	if req.GetType() == milvuspb.ShowType_InMemory { // deprecated, and still sent
		return s.showLoadedPartitions(c, req.GetPartitionNames())
	}
	reply := &milvuspb.ShowPartitionsResponse{}
	for p := range c.Partitions() {
		reply.PartitionNames = append(reply.PartitionNames, p.Name)
		reply.PartitionIDs = append(reply.PartitionIDs, int64(p.ID))
		reply.CreatedTimestamps = append(reply.CreatedTimestamps, uint64(p.Created))
		reply.CreatedUtcTimestamps = append(reply.CreatedUtcTimestamps, uint64(p.Created.Millis()))
	}
	return reply, nil
}

func (s *Service) partitionsOf(snap *catalog.Snapshot, req *milvuspb.ShowPartitionsRequest) (*catalog.Collection, error) {
	name := req.GetCollectionName()
	if err := model.ValidateCollectionName(name, s.Limits); err != nil {
		return nil, err
	}
	c, err := collection(snap, req.GetDbName(), name)
	return c, err
}

func (s *Service) getPartitionStatistics(
	_ context.Context, req *milvuspb.GetPartitionStatisticsRequest,
) (*milvuspb.GetPartitionStatisticsResponse, error) {
	c, err := collection(s.source.Snapshot(), req.GetDbName(), req.GetCollectionName())
	if err != nil {
		return nil, err
	}
	name := req.GetPartitionName()
	if name == "" {
		name = s.Limits.DefaultPartition
	}
	if _, ok := c.Partition(name); !ok {
		return nil, errs.NoPartition(name)
	}
	rows := s.rows(c)
	if rows > 0 && c.CountPartitions() > 1 {
		return nil, s.unreported("the number of rows in one of several partitions")
	}
	return &milvuspb.GetPartitionStatisticsResponse{Stats: rowCount(rows)}, nil
}
