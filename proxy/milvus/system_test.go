package milvus

import (
	"runtime"
	"testing"

	"github.com/milvus-io/milvus-proto/go-api/v3/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/proxy/rootclient"
)

func TestConnect(t *testing.T) {
	t.Parallel()
	h := start(t, shelf())
	reply, err := h.Connect(t.Context(), &milvuspb.ConnectRequest{}) // client_info may be missing
	requireOK(t, reply.GetStatus(), err)
	require.Positive(t, reply.GetIdentifier())
	info := reply.GetServerInfo()
	require.Equal(t, "v2.6.19-taproot", info.GetBuildTags())
	require.Equal(t, "today", info.GetBuildTime())
	require.Equal(t, "abcdef", info.GetGitCommit())
	require.Equal(t, runtime.Version(), info.GetGoVersion())
	require.Equal(t, "STANDALONE", info.GetDeployMode())
	require.Equal(t, map[string]string{"product": "taproot"}, info.GetReserved())

	again, err := h.Connect(inDatabase(t, "other"), &milvuspb.ConnectRequest{ClientInfo: &commonpb.ClientInfo{SdkType: "Python"}})
	requireOK(t, again.GetStatus(), err)
	require.Greater(t, again.GetIdentifier(), reply.GetIdentifier())

	gone, err := h.Connect(inDatabase(t, "gone"), &milvuspb.ConnectRequest{})
	requireRefused(t, gone.GetStatus(), err, 800, commonpb.ErrorCode_UnexpectedError, "database not found[database=gone]")
	require.Equal(t, map[string]string{"is_input_error": "true"}, gone.GetStatus().GetExtraInfo())
}

func TestVersion(t *testing.T) {
	t.Parallel()
	h := start(t, shelf())
	reply, err := h.GetVersion(inDatabase(t, "gone"), &milvuspb.GetVersionRequest{}) // needs no database
	requireOK(t, reply.GetStatus(), err)
	require.Equal(t, "v2.6.19-taproot", reply.GetVersion())
}

func TestHealthAndStates(t *testing.T) {
	t.Parallel()
	h := start(t, shelf(func(b *catalog.Builder) { b.Quarantine(catalog.Quarantined{Key: "k"}) }))
	health, err := h.CheckHealth(t.Context(), &milvuspb.CheckHealthRequest{})
	requireOK(t, health.GetStatus(), err)
	require.True(t, health.GetIsHealthy())
	require.Empty(t, health.GetReasons())

	states, err := h.GetComponentStates(t.Context(), &milvuspb.GetComponentStatesRequest{})
	requireOK(t, states.GetStatus(), err)
	require.Equal(t, commonpb.StateCode_Healthy, states.GetState().GetStateCode())
	require.Equal(t, "proxy", states.GetState().GetRole())
	require.Equal(t, int64(7), states.GetState().GetNodeID())
	require.Equal(t, map[string]string{
		"version": "v2.6.19-taproot", "started": "2023-11-14T22:13:20Z", "revision": "42", "epoch": "3",
		"timestamp": "445644800294387718", "fingerprint": "00000000000000000000000000000000", "databases": "2", "collections": "3",
		"quarantined": "1", "ddl_waiting": "0", "ddl_running": "0",
	}, extra(states))

	h.source.snapshot.Store(nil)
	h.source.down("loading the catalog")
	health, err = h.CheckHealth(t.Context(), &milvuspb.CheckHealthRequest{})
	requireRefused(t, health.GetStatus(), err, 1, commonpb.ErrorCode_NotReadyServe, "loading the catalog: service not ready")
	require.True(t, health.GetStatus().GetRetriable())
	require.False(t, health.GetIsHealthy())
	require.Equal(t, []string{"loading the catalog"}, health.GetReasons())

	states, err = h.GetComponentStates(t.Context(), &milvuspb.GetComponentStatesRequest{})
	requireOK(t, states.GetStatus(), err)
	require.Equal(t, commonpb.StateCode_Initializing, states.GetState().GetStateCode())
	require.Equal(t, "loading the catalog", extra(states)["reason"])
}

func extra(states *milvuspb.ComponentStates) map[string]string {
	m := map[string]string{}
	for _, kv := range states.GetState().GetExtraInfo() {
		m[kv.GetKey()] = kv.GetValue()
	}
	return m
}

func TestAllocTimestamp(t *testing.T) {
	t.Parallel()
	h := start(t, shelf())
	var last uint64
	for range 3 {
		reply, err := h.AllocTimestamp(t.Context(), &milvuspb.AllocTimestampRequest{})
		requireOK(t, reply.GetStatus(), err)
		require.Greater(t, reply.GetTimestamp(), last)
		require.Equal(t, uint64(1_700_000_000_000), reply.GetTimestamp()>>18)
		last = reply.GetTimestamp()
	}
	h.coordinator.err = errs.Unavailable.New("no leader")
	_, err := h.AllocTimestamp(t.Context(), &milvuspb.AllocTimestampRequest{})
	requireGRPC(t, err, codes.Unavailable)
	h.coordinator.err = &rootclient.TransportError{}
	reply, err := h.AllocTimestamp(t.Context(), &milvuspb.AllocTimestampRequest{})
	require.NoError(t, err)
	require.Equal(t, int32(65535), reply.GetStatus().GetCode(), "what would be gRPC UNKNOWN goes in-band")
}

func TestDatabases(t *testing.T) {
	t.Parallel()
	h := start(t, shelf())
	list, err := h.ListDatabases(t.Context(), &milvuspb.ListDatabasesRequest{})
	requireOK(t, list.GetStatus(), err)
	require.Equal(t, []string{"default", "other"}, list.GetDbNames())
	require.Equal(t, []int64{1, 2}, list.GetDbIds())
	require.Equal(t, []uint64{1_699_999_999_000_000_001, 1_699_999_999_000_000_002}, list.GetCreatedTimestamp(), "in nanoseconds")

	one, err := h.DescribeDatabase(t.Context(), &milvuspb.DescribeDatabaseRequest{DbName: "other"})
	requireOK(t, one.GetStatus(), err)
	require.Equal(t, "other", one.GetDbName())
	require.Equal(t, int64(2), one.GetDbID())
	require.Equal(t, uint64(1_699_999_999_000_000_002), one.GetCreatedTimestamp())
	require.Equal(t, "k=v", pairs(one.GetProperties()))

	one, err = h.DescribeDatabase(inDatabase(t, "other"), &milvuspb.DescribeDatabaseRequest{})
	requireOK(t, one.GetStatus(), err)
	require.Equal(t, "default", one.GetDbName(), "an empty name is not the header's here")

	one, err = h.DescribeDatabase(t.Context(), &milvuspb.DescribeDatabaseRequest{DbName: "gone"})
	requireRefused(t, one.GetStatus(), err, 800, commonpb.ErrorCode_UnexpectedError, "database not found[database=gone]")
}

func pairs(kvs []*commonpb.KeyValuePair) string {
	s := ""
	for i, kv := range kvs {
		if i > 0 {
			s += " "
		}
		s += kv.GetKey() + "=" + kv.GetValue()
	}
	return s
}
