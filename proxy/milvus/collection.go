package milvus

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"github.com/milvus-io/milvus-proto/go-api/v3/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
)

func (s *Service) hasCollection(ctx context.Context, req *milvuspb.HasCollectionRequest) (*milvuspb.BoolResponse, error) {
	if err := model.ValidateCollectionName(req.GetCollectionName(), s.Limits); err != nil {
		return nil, err
	}
	snap, _, err := s.at(ctx, req.GetTimeStamp())
	if err != nil {
		return nil, err
	}
	_, err = collection(snap, req.GetDbName(), req.GetCollectionName())
	if errs.CollectionNotFound.Is(err) {
		return &milvuspb.BoolResponse{}, nil
	}
	if err != nil {
		return nil, err
	}
	return &milvuspb.BoolResponse{Value: true}, nil
}

// showCollections lists by ascending id, which is the order of creation.
func (s *Service) showCollections(ctx context.Context, req *milvuspb.ShowCollectionsRequest) (*milvuspb.ShowCollectionsResponse, error) {
	snap, _, err := s.at(ctx, req.GetTimeStamp())
	if err != nil {
		return nil, err
	}
	db, err := database(snap, req.GetDbName())
	if err != nil {
		return nil, err
	}
	names := req.GetCollectionNames() // deprecated, and still sent
	if req.GetType() == milvuspb.ShowType_InMemory {
		return s.showLoaded(snap, db, names)
	}
	reply := &milvuspb.ShowCollectionsResponse{}
	if len(names) == 0 {
		n := snap.CountCollections(db.ID)
		reply.CollectionNames = make([]string, 0, n)
		reply.CollectionIds = make([]int64, 0, n)
		reply.CreatedTimestamps = make([]uint64, 0, n)
		reply.CreatedUtcTimestamps = make([]uint64, 0, n)
		reply.ShardsNum = make([]int32, 0, n)
		for c := range snap.Collections(db.ID) {
			list(reply, c)
		}
		return reply, nil
	}
	// Looked up one by one: a few names must not cost a walk over all there are. Unknown ones are left out.
	var found []*catalog.Collection
	for _, name := range names {
		if c, ok := snap.Collection(db.ID, name); ok {
			found = append(found, c)
		}
	}
	slices.SortFunc(found, func(a, b *catalog.Collection) int { return cmp.Compare(a.ID, b.ID) })
	for _, c := range slices.Compact(found) {
		list(reply, c)
	}
	return reply, nil
}

func list(reply *milvuspb.ShowCollectionsResponse, c *catalog.Collection) {
	reply.CollectionNames = append(reply.CollectionNames, c.Name)
	reply.CollectionIds = append(reply.CollectionIds, int64(c.ID))
	reply.CreatedTimestamps = append(reply.CreatedTimestamps, uint64(c.Created))
	reply.CreatedUtcTimestamps = append(reply.CreatedUtcTimestamps, uint64(c.Created.Millis()))
	reply.ShardsNum = append(reply.ShardsNum, c.Shards)
}

func (s *Service) getCollectionStatistics(
	_ context.Context, req *milvuspb.GetCollectionStatisticsRequest,
) (*milvuspb.GetCollectionStatisticsResponse, error) {
	c, err := collection(s.source.Snapshot(), req.GetDbName(), req.GetCollectionName())
	if err != nil {
		return nil, err
	}
	return &milvuspb.GetCollectionStatisticsResponse{Stats: rowCount(s.rows(c))}, nil
}

// rowCount is the statistics of what holds so many rows. SDKs insist on the key.
func rowCount(n int64) []*commonpb.KeyValuePair {
	return []*commonpb.KeyValuePair{{Key: "row_count", Value: strconv.FormatInt(n, 10)}}
}
