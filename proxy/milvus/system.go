package milvus

import (
	"context"
	"runtime"
	"strconv"
	"time"

	"github.com/milvus-io/milvus-proto/go-api/v3/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"

	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
)

// connect greets a client. The database that its header names must be there: that is how the Go SDK finds out. The
// identifier is a fresh timestamp, as Milvus gives; nothing here depends on clients sending it back.
func (s *Service) connect(ctx context.Context, _ *milvuspb.ConnectRequest) (*milvuspb.ConnectResponse, error) {
	if _, err := database(s.source.Snapshot(), headerDatabase(ctx)); err != nil {
		return nil, err
	}
	id, err := s.coordinator.Timestamp(ctx)
	if err != nil {
		// A catalog that can only be read hands out no timestamps, and clients must get in to read it.
		id = model.HybridTimestamp(time.Now().UnixMilli(), 0)
	}
	return &milvuspb.ConnectResponse{
		Identifier: int64(id),
		ServerInfo: &commonpb.ServerInfo{
			BuildTags:  s.Build.Version,
			BuildTime:  s.Build.Time,
			GitCommit:  s.Build.Commit,
			GoVersion:  runtime.Version(),
			DeployMode: "STANDALONE",
			Reserved:   map[string]string{"product": "taproot"},
		},
	}, nil
}

func (s *Service) getVersion(context.Context, *milvuspb.GetVersionRequest) (*milvuspb.GetVersionResponse, error) {
	return &milvuspb.GetVersionResponse{Version: s.Build.Version}, nil
}

func (s *Service) checkHealth(context.Context, *milvuspb.CheckHealthRequest) (*milvuspb.CheckHealthResponse, error) {
	if err := s.source.Ready(); err != nil {
		reason := err.Error()
		return &milvuspb.CheckHealthResponse{Status: inBand(errs.Of(errs.NotReady.New(reason))), Reasons: []string{reason}}, nil
	}
	return &milvuspb.CheckHealthResponse{IsHealthy: true}, nil
}

// getComponentStates tells, besides the state, what an operator wants to see first.
func (s *Service) getComponentStates(context.Context, *milvuspb.GetComponentStatesRequest) (*milvuspb.ComponentStates, error) {
	info := &milvuspb.ComponentInfo{NodeID: s.NodeID, Role: "proxy", StateCode: commonpb.StateCode_Healthy}
	add := func(key, value string) {
		info.ExtraInfo = append(info.ExtraInfo, &commonpb.KeyValuePair{Key: key, Value: value})
	}
	add("version", s.Build.Version)
	if !s.Started.IsZero() {
		add("started", s.Started.UTC().Format(time.RFC3339))
	}
	if err := s.source.Ready(); err != nil {
		info.StateCode = commonpb.StateCode_Initializing
		add("reason", err.Error())
	}
	// While it is not ready, there may be a Snapshot or none.
	if snap := s.source.Snapshot(); snap != nil {
		add("revision", strconv.FormatUint(uint64(snap.Revision()), 10))
		add("epoch", strconv.FormatUint(snap.Epoch(), 10))
		add("timestamp", strconv.FormatUint(uint64(snap.Timestamp()), 10))
		add("fingerprint", snap.Fingerprint().String())
		add("databases", strconv.Itoa(snap.CountDatabases()))
		add("collections", strconv.Itoa(snap.CountAllCollections()))
		add("quarantined", strconv.Itoa(len(snap.Quarantine())))
	}
	if t, ok := s.source.(Teller); ok {
		for _, fact := range t.Facts() {
			add(fact.Key, fact.Value)
		}
	}
	waiting, running := s.queue.Load()
	add("ddl_waiting", strconv.Itoa(waiting))
	add("ddl_running", strconv.Itoa(running))
	return &milvuspb.ComponentStates{State: info}, nil
}

func (s *Service) allocTimestamp(ctx context.Context, _ *milvuspb.AllocTimestampRequest) (*milvuspb.AllocTimestampResponse, error) {
	ts, err := s.coordinator.Timestamp(ctx)
	if err != nil {
		return nil, err
	}
	return &milvuspb.AllocTimestampResponse{Timestamp: uint64(ts)}, nil
}

// keyValues returns properties in the form of the API.
func keyValues(ps []model.Property) []*commonpb.KeyValuePair {
	if len(ps) == 0 {
		return nil
	}
	pairs := make([]commonpb.KeyValuePair, len(ps)) // one allocation for all
	out := make([]*commonpb.KeyValuePair, len(ps))
	for i, p := range ps {
		pairs[i].Key, pairs[i].Value = p.Key, p.Value
		out[i] = &pairs[i]
	}
	return out
}
