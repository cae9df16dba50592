package milvus

import (
	"context"

	"github.com/milvus-io/milvus-proto/go-api/v3/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"github.com/milvus-io/milvus-proto/go-api/v3/schemapb"

	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
)

// The RPCs of this file are about rows and segments, of which there are none: without a data plane they answer as Milvus does for a
// collection that is empty, completely, because SDKs wait in a loop for what is in these answers (index-load-semantics §5). Where a data
// plane is attached there may be rows, and only it knows what became of them; it has no way to tell, so nothing is claimed (decisions 27).

// unreported refuses what only a data plane could answer, where there is one.
func (s *Service) unreported(what string) error {
	if !s.Limits.ExternalDataPlane {
		return nil
	}
	return errs.NotImplemented("%s is the affair of the external data plane (dataplane.mode), which has reported nothing of it", what)
}

func (s *Service) flush(ctx context.Context, req *milvuspb.FlushRequest) (*milvuspb.FlushResponse, error) {
	snap := s.source.Snapshot()
	for _, name := range req.GetCollectionNames() {
		if _, err := collection(snap, req.GetDbName(), name); err != nil {
			return nil, err
		}
	}
	if err := s.unreported("a flush"); err != nil {
		return nil, err
	}
	ts, err := s.coordinator.Timestamp(ctx)
	if err != nil {
		return nil, err
	}
	n := len(req.GetCollectionNames())
	reply := &milvuspb.FlushResponse{
		DbName:          req.GetDbName(),
		CollSegIDs:      make(map[string]*schemapb.LongArray, n),
		FlushCollSegIDs: make(map[string]*schemapb.LongArray, n),
		CollSealTimes:   make(map[string]int64, n),
		CollFlushTs:     make(map[string]uint64, n),
	}
	for _, name := range req.GetCollectionNames() { // as the client calls them: it looks for these names
		reply.CollSegIDs[name] = &schemapb.LongArray{}
		reply.FlushCollSegIDs[name] = &schemapb.LongArray{}
		reply.CollSealTimes[name] = seconds(ts)
		reply.CollFlushTs[name] = uint64(ts)
	}
	return reply, nil
}

func seconds(ts model.Timestamp) int64 { return ts.Millis() / 1000 }

// getFlushState says of any segments that they are flushed: one that is not known was flushed and then compacted or dropped.
func (s *Service) getFlushState(_ context.Context, req *milvuspb.GetFlushStateRequest) (*milvuspb.GetFlushStateResponse, error) {
	if name := req.GetCollectionName(); name != "" {
		if _, err := collection(s.source.Snapshot(), req.GetDbName(), name); err != nil {
			return nil, err
		}
	}
	if err := s.unreported("the state of a flush"); err != nil {
		return nil, err
	}
	return &milvuspb.GetFlushStateResponse{Flushed: true}, nil
}

// flushAll flushes everything; a database or targets that a request names have no meaning any more. Its one timestamp is deprecated, and what
// pymilvus polls with.
func (s *Service) flushAll(ctx context.Context, _ *milvuspb.FlushAllRequest) (*milvuspb.FlushAllResponse, error) {
	if err := s.unreported("a flush"); err != nil {
		return nil, err
	}
	ts, err := s.coordinator.Timestamp(ctx)
	if err != nil {
		return nil, err
	}
	return &milvuspb.FlushAllResponse{FlushAllTs: uint64(ts)}, nil
}

func (s *Service) getFlushAllState(_ context.Context, req *milvuspb.GetFlushAllStateRequest) (*milvuspb.GetFlushAllStateResponse, error) {
	if req.GetFlushAllTs() == 0 && len(req.GetFlushAllTss()) == 0 {
		return nil, errs.Missing("flush_all_ts or flush_all_tss is required")
	}
	if err := s.unreported("the state of a flush"); err != nil {
		return nil, err
	}
	return &milvuspb.GetFlushAllStateResponse{Flushed: true}, nil
}

func (s *Service) getPersistentSegmentInfo(
	_ context.Context, req *milvuspb.GetPersistentSegmentInfoRequest,
) (*milvuspb.GetPersistentSegmentInfoResponse, error) {
	if _, err := collection(s.source.Snapshot(), req.GetDbName(), req.GetCollectionName()); err != nil {
		return nil, err
	}
	if err := s.unreported("a list of segments"); err != nil {
		return nil, err
	}
	return &milvuspb.GetPersistentSegmentInfoResponse{}, nil
}

func (s *Service) getQuerySegmentInfo(
	_ context.Context, req *milvuspb.GetQuerySegmentInfoRequest,
) (*milvuspb.GetQuerySegmentInfoResponse, error) {
	if _, err := collection(s.source.Snapshot(), req.GetDbName(), req.GetCollectionName()); err != nil {
		return nil, err
	}
	if err := s.unreported("a list of segments"); err != nil {
		return nil, err
	}
	return &milvuspb.GetQuerySegmentInfoResponse{}, nil
}

// manualCompaction starts a compaction that has nothing to do. The collection is named by its name or, from older SDKs, by its id.
func (s *Service) manualCompaction(ctx context.Context, req *milvuspb.ManualCompactionRequest) (*milvuspb.ManualCompactionResponse, error) {
	snap := s.source.Snapshot()
	var err error
	if name := req.GetCollectionName(); name != "" {
		_, err = collection(snap, req.GetDbName(), name)
	} else {
		_, err = collectionByID(snap, model.ID(req.GetCollectionID()))
	}
	if err != nil {
		return nil, err
	}
	if err := s.unreported("a compaction"); err != nil {
		return nil, err
	}
	id, err := s.coordinator.Timestamp(ctx)
	if err != nil {
		return nil, err
	}
	return &milvuspb.ManualCompactionResponse{CompactionID: int64(id)}, nil
}

// getCompactionState says of any compaction that it is done, with no plans: there was nothing to compact.
func (s *Service) getCompactionState(context.Context, *milvuspb.GetCompactionStateRequest) (*milvuspb.GetCompactionStateResponse, error) {
	if err := s.unreported("a compaction"); err != nil {
		return nil, err
	}
	return &milvuspb.GetCompactionStateResponse{State: commonpb.CompactionState_Completed}, nil
}

func (s *Service) getCompactionStateWithPlans(
	context.Context, *milvuspb.GetCompactionPlansRequest,
) (*milvuspb.GetCompactionPlansResponse, error) {
	if err := s.unreported("a compaction"); err != nil {
		return nil, err
	}
	return &milvuspb.GetCompactionPlansResponse{State: commonpb.CompactionState_Completed}, nil
}
