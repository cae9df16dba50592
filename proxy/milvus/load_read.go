package milvus

import (
	"cmp"
	"context"
	"slices"

	"github.com/milvus-io/milvus-proto/go-api/v3/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
)

// getLoadState takes everything but a bad name and an unknown partition for a state (index-load-semantics §4.4).
func (s *Service) getLoadState(_ context.Context, req *milvuspb.GetLoadStateRequest) (*milvuspb.GetLoadStateResponse, error) {
	if err := model.ValidateCollectionName(req.GetCollectionName(), s.Limits); err != nil {
		return nil, err
	}
	state := func(s commonpb.LoadState) (*milvuspb.GetLoadStateResponse, error) {
		return &milvuspb.GetLoadStateResponse{State: s}, nil
	}
	c, partitions, err := s.toLoad(req.GetDbName(), req.GetCollectionName(), req.GetPartitionNames())
	if errs.CollectionNotFound.Is(err) || errs.DatabaseNotFound.Is(err) {
		return state(commonpb.LoadState_LoadStateNotExist)
	}
	if err != nil {
		return nil, err
	}
	progress, err := s.progressOf(c, partitions, c.ID)
	switch {
	case err != nil: // it is not to be loaded; why is for GetLoadingProgress to say
		return state(commonpb.LoadState_LoadStateNotLoad)
	case progress.loaded < loadedAll:
		return state(commonpb.LoadState_LoadStateLoading)
	default:
		return state(commonpb.LoadState_LoadStateLoaded)
	}
}

func (s *Service) getLoadingProgress(_ context.Context, req *milvuspb.GetLoadingProgressRequest) (*milvuspb.GetLoadingProgressResponse, error) {
	if err := model.ValidateCollectionName(req.GetCollectionName(), s.Limits); err != nil {
		return nil, err
	}
	c, partitions, err := s.toLoad(req.GetDbName(), req.GetCollectionName(), req.GetPartitionNames())
	if err != nil {
		return nil, err
	}
	progress, err := s.progressOf(c, partitions, c.ID)
	if err != nil {
		return nil, err
	}
	return &milvuspb.GetLoadingProgressResponse{Progress: progress.loaded, RefreshProgress: progress.refreshed}, nil
}

// toLoad finds a collection, by its name or an alias, and partitions of it. Where a record of it cannot be read, whether it is loaded is not
// known either.
func (s *Service) toLoad(db, name string, partitions []string) (*catalog.Collection, []*model.Partition, error) {
	snap := s.source.Snapshot()
	c, err := collection(snap, db, name)
	if err != nil {
		return nil, nil, err
	}
	if err := intact(snap, c.ID); err != nil {
		return nil, nil, err
	}
	found, err := partitionsNamed(c, partitions)
	return c, found, err
}

// getReplicas looks by name, or by id where there is no name. What is not loaded has none, and an id that is nobody's neither.
func (s *Service) getReplicas(_ context.Context, req *milvuspb.GetReplicasRequest) (*milvuspb.GetReplicasResponse, error) {
	snap := s.source.Snapshot()
	var c *catalog.Collection
	if name := req.GetCollectionName(); name != "" {
		var err error
		if c, err = collection(snap, req.GetDbName(), name); err != nil {
			return nil, err
		}
	} else {
		var ok bool
		if c, ok = snap.CollectionByID(model.ID(req.GetCollectionID())); !ok {
			return &milvuspb.GetReplicasResponse{}, intact(snap, model.ID(req.GetCollectionID()))
		}
	}
	if err := intact(snap, c.ID); err != nil {
		return nil, err
	}
	reply := &milvuspb.GetReplicasResponse{}
	for r := range c.Replicas() {
		reply.Replicas = append(reply.Replicas, replicaInfo(c, r, req.GetWithShardNodes()))
	}
	return reply, nil
}

// replicaInfo shows a replica. Its shards are led by its nodes in turn; where it has none, they are led by nobody and not listed, as in
// Milvus. The nodes are virtual, and have no addresses.
func replicaInfo(c *catalog.Collection, r *model.Replica, all bool) *milvuspb.ReplicaInfo {
	info := &milvuspb.ReplicaInfo{
		ReplicaID: int64(r.ID), CollectionID: int64(c.ID), NodeIds: slices.Clone(r.Nodes), ResourceGroupName: r.Group,
		NumOutboundNode: map[string]int32{},
	}
	if len(r.Nodes) == 0 {
		return info
	}
	for i, channel := range c.VirtualChannels {
		leader := r.Nodes[i%len(r.Nodes)]
		nodes := []int64{leader}
		if all {
			nodes = slices.Clone(r.Nodes)
		}
		info.ShardReplicas = append(info.ShardReplicas, &milvuspb.ShardReplica{LeaderID: leader, DmChannelName: channel, NodeIds: nodes})
	}
	return info
}

// showLoaded lists what is loaded, by ascending id. One that is asked for by name, its own or an alias, is shown under that name, and if it
// is not loaded it fails the whole call, as in Milvus.
func (s *Service) showLoaded(snap *catalog.Snapshot, db *model.Database, names []string) (*milvuspb.ShowCollectionsResponse, error) {
	shown := map[model.ID]string{}
	var found []*catalog.Collection
	for _, name := range names {
		if err := model.ValidateCollectionName(name, s.Limits); err != nil {
			return nil, err
		}
		c, err := collection(snap, db.Name, name)
		if err != nil {
			return nil, err
		}
		if err := intact(snap, c.ID); err != nil {
			return nil, err
		}
		if _, twice := shown[c.ID]; !twice {
			shown[c.ID] = name
			found = append(found, c)
		}
	}
	if len(names) == 0 {
		for c := range snap.Collections(db.ID) {
			if _, loaded := c.Load(); loaded {
				found = append(found, c)
			}
		}
	}
	slices.SortFunc(found, func(a, b *catalog.Collection) int { return cmp.Compare(a.ID, b.ID) })
	reply := &milvuspb.ShowCollectionsResponse{}
	for _, c := range found {
		name, named := shown[c.ID]
		progress, err := s.progressOf(c, nil, name)
		if err != nil {
			return nil, err
		}
		list(reply, c)
		if named {
			reply.GetCollectionNames()[len(reply.GetCollectionNames())-1] = name
		}
		reply.InMemoryPercentages = append(reply.InMemoryPercentages, progress.loaded)
		reply.QueryServiceAvailable = append(reply.QueryServiceAvailable, progress.loaded == loadedAll)
	}
	return reply, nil
}

// showLoadedPartitions lists what is loaded of a collection, by ascending id. A partition that is asked for by name and is not loaded fails the
// whole call, as in Milvus.
func (s *Service) showLoadedPartitions(c *catalog.Collection, names []string) (*milvuspb.ShowPartitionsResponse, error) {
	partitions, err := partitionsNamed(c, names)
	if err != nil {
		return nil, err
	}
	if _, err := s.progressOf(c, nil, c.Name); err != nil {
		return nil, err
	}
	if len(names) == 0 {
		for p := range c.Partitions() {
			if _, loaded := c.PartitionLoad(p.ID); loaded {
				partitions = append(partitions, p)
			}
		}
	}
	reply := &milvuspb.ShowPartitionsResponse{}
	for _, p := range partitions {
		progress, err := s.progressOf(c, []*model.Partition{p}, c.Name)
		if err != nil {
			return nil, err
		}
		reply.PartitionNames = append(reply.PartitionNames, p.Name)
		reply.PartitionIDs = append(reply.PartitionIDs, int64(p.ID))
		reply.CreatedTimestamps = append(reply.CreatedTimestamps, uint64(p.Created))
		reply.CreatedUtcTimestamps = append(reply.CreatedUtcTimestamps, uint64(p.Created.Millis()))
		reply.InMemoryPercentages = append(reply.InMemoryPercentages, progress.loaded)
	}
	return reply, nil
}
