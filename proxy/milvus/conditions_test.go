package milvus

import (
	"context"
	"strings"
	"testing"

	"github.com/milvus-io/milvus-proto/go-api/v3/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	taprootv1 "github.com/taproot-db/taproot/proto/taproot/v1"
)

func with(t *testing.T, headers ...string) context.Context {
	t.Helper()
	return metadata.AppendToOutgoingContext(t.Context(), headers...)
}

func TestConditionsReachTheCoordinator(t *testing.T) {
	t.Parallel()
	h := start(t, shelf())
	drop := &milvuspb.DropCollectionRequest{CollectionName: "books"}
	var trailer metadata.MD
	st, err := h.DropCollection(with(t, "taproot-if-revision", "0", "taproot-request-id", "mine"), drop, grpc.Trailer(&trailer))
	requireOK(t, st, err)
	require.Equal(t, []string{"1"}, trailer.Get("taproot-revision"))
	asked := h.coordinator.requests()
	require.Len(t, asked, 1)
	require.NotNil(t, asked[0].IfRevision)
	require.Zero(t, asked[0].GetIfRevision())
	require.Equal(t, "mine", asked[0].GetRequestId())
	require.False(t, asked[0].GetDryRun())

	st, err = h.DropCollection(with(t, "taproot-if-revision", "18446744073709551615", "taproot-dry-run", "0"), drop)
	requireOK(t, st, err)
	require.Equal(t, ^uint64(0), h.coordinator.requests()[0].GetIfRevision())

	st, err = h.DropCollection(t.Context(), drop)
	requireOK(t, st, err)
	asked = h.coordinator.requests()
	require.Nil(t, asked[0].IfRevision)
	require.Empty(t, asked[0].GetRequestId())
	st, err = h.DropCollection(with(t, "taproot-request-id", strings.Repeat("x", 256)), drop)
	requireOK(t, st, err)
}

func TestConditionsThatMakeNoSense(t *testing.T) {
	t.Parallel()
	h := start(t, shelf())
	for _, c := range []struct {
		headers []string
		text    string
	}{
		{[]string{"taproot-if-revision", "-1"}, `header taproot-if-revision must be a revision in decimal, 0 to 2^64-1, not "-1": invalid parameter`},
		{[]string{"taproot-if-revision", ""}, `header taproot-if-revision must be a revision in decimal, 0 to 2^64-1, not "": invalid parameter`},
		{[]string{"taproot-if-revision", "18446744073709551616"}, `header taproot-if-revision must be a revision in decimal, 0 to 2^64-1, not "18446744073709551616": invalid parameter`},
		{[]string{"taproot-if-revision", "1", "taproot-if-revision", "2"}, "header taproot-if-revision is given 2 times: invalid parameter"},
		{[]string{"taproot-dry-run", "yes"}, `header taproot-dry-run must be true, false, 1 or 0, not "yes": invalid parameter`},
		{[]string{"taproot-request-id", strings.Repeat("x", 257)}, "header taproot-request-id must be UTF-8 of 1 to 256 bytes, not 257 bytes: invalid parameter"},
		{[]string{"taproot-request-id", ""}, "header taproot-request-id must be UTF-8 of 1 to 256 bytes, not 0 bytes: invalid parameter"},
	} {
		st, err := h.DropCollection(with(t, c.headers...), &milvuspb.DropCollectionRequest{CollectionName: "books"})
		requireRefused(t, st, err, 1100, commonpb.ErrorCode_IllegalArgument, c.text)
	}
	require.Empty(t, h.coordinator.requests())
}

func TestTheAnswerToADryRun(t *testing.T) {
	t.Parallel()
	h := start(t, shelf())
	h.coordinator.execute = func(_ context.Context, req *taprootv1.ExecuteRequest) (*taprootv1.ExecuteResponse, error) {
		if !req.GetDryRun() {
			t.Error("not a dry run")
		}
		return &taprootv1.ExecuteResponse{Revision: 42, Changed: true, Planned: []*taprootv1.PlannedChange{
			{Kind: "collection", Action: "delete", Name: "books", Id: 7},
		}}, nil
	}
	var trailer metadata.MD
	st, err := h.DropCollection(with(t, "taproot-dry-run", "true"), &milvuspb.DropCollectionRequest{CollectionName: "books"}, grpc.Trailer(&trailer))
	require.NoError(t, err)
	require.Zero(t, st.GetCode())
	require.Equal(t, map[string]string{
		"taproot-dry-run": "would change",
		"taproot-changes": `[{"kind":"collection","action":"delete","name":"books","id":7}]`,
	}, st.GetExtraInfo())
	require.Equal(t, []string{"42"}, trailer.Get("taproot-revision"))
	// A refusal by the proxy's own checks is the same as without.
	st, err = h.CreatePartition(with(t, "taproot-dry-run", "1"), &milvuspb.CreatePartitionRequest{CollectionName: "none", PartitionName: "p"})
	requireRefused(t, st, err, 100, commonpb.ErrorCode_CollectionNotExists, "collection not found[database=default][collection=none]")
}

// With a request id or a revision the coordinator is asked even if the proxy would refuse: the earlier answer comes before the rules.
func TestTheCoordinatorIsAskedFirst(t *testing.T) {
	t.Parallel()
	h := start(t, shelf())
	gone := &milvuspb.DropPartitionRequest{CollectionName: "none", PartitionName: "p"}
	for _, header := range []string{"taproot-request-id", "taproot-if-revision"} {
		st, err := h.DropPartition(with(t, header, "1"), gone)
		requireOK(t, st, err)
		require.Len(t, h.coordinator.requests(), 1)
	}
	st, err := h.DropPartition(t.Context(), gone)
	requireRefused(t, st, err, 100, commonpb.ErrorCode_CollectionNotExists, "collection not found[database=default][collection=none]")
	// What cannot even be sent is refused here.
	st, err = h.CreateCollection(with(t, "taproot-request-id", "1"), &milvuspb.CreateCollectionRequest{CollectionName: "c", Schema: []byte{0xff}})
	require.NoError(t, err)
	require.NotZero(t, st.GetCode())
	require.Empty(t, h.coordinator.requests())
}

func TestReadsTellTheRevision(t *testing.T) {
	t.Parallel()
	h := start(t, shelf())
	var trailer metadata.MD
	d, err := h.DescribeCollection(t.Context(), &milvuspb.DescribeCollectionRequest{CollectionName: "books"}, grpc.Trailer(&trailer))
	requireOK(t, d.GetStatus(), err)
	require.Equal(t, []string{"42"}, trailer.Get("taproot-revision"))
	_, err = h.HasPartition(t.Context(), &milvuspb.HasPartitionRequest{CollectionName: "books", PartitionName: "none"}, grpc.Trailer(&trailer))
	require.NoError(t, err)
	require.Equal(t, []string{"42"}, trailer.Get("taproot-revision"))
	_, err = h.GetVersion(t.Context(), &milvuspb.GetVersionRequest{}, grpc.Trailer(&trailer))
	require.NoError(t, err)
	require.Empty(t, trailer.Get("taproot-revision"))
}

// Nearly all statements come without conditions, and must not pay for them.
func TestNoConditionsCostNoMemory(t *testing.T) {
	ctx := metadata.NewIncomingContext(t.Context(), metadata.Pairs(
		":authority", "localhost", "content-type", "application/grpc", "user-agent", "x", "dbname", "default", "client-request-id", "y"))
	require.Zero(t, testing.AllocsPerRun(100, func() {
		if c, err := conditionsOf(ctx); err != nil || c != (conditions{}) {
			t.Fatal(c, err)
		}
	}))
}
