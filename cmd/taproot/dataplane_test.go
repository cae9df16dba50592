package main

import (
	"context"
	"testing"

	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/taproot-db/taproot/cmd/taproot/internal/config"
	"github.com/taproot-db/taproot/kvstore"
	"github.com/taproot-db/taproot/kvstore/memory"
	taprootv1 "github.com/taproot-db/taproot/proto/taproot/v1"
)

// The command serves a data plane on the same port, tells from the first moment on how things stand, and shows clients what it reports.
func TestServeADataPlane(t *testing.T) {
	t.Parallel()
	opened := make(chan struct{})
	data := memory.NewData()
	i := launch(t, func(ctx context.Context) (kvstore.Store, string, error) {
		select {
		case <-opened:
		case <-ctx.Done():
		}
		return memory.Open(data), "by-dev", nil
	}, func(c *config.Config) { c.DataPlane = "external" })
	conn, err := grpc.NewClient("passthrough:///"+i.addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	plane := taprootv1.NewDataPlaneClient(conn)
	_, err = plane.Report(t.Context(), &taprootv1.ReportRequest{})
	require.Equal(t, codes.Unavailable, status.Code(err))
	_, err = plane.Wanted(t.Context(), &taprootv1.WantedRequest{})
	require.Equal(t, codes.Unavailable, status.Code(err))
	_, _, told := i.backend.IndexRows(1, 2, 3)
	require.False(t, told)
	_, told = i.backend.LoadPercent(1, 3)
	require.False(t, told)

	close(opened)
	i.awaitReady(t)
	require.NoError(t, i.create(t, "books"))
	st, err := i.api.CreateIndex(t.Context(), &milvuspb.CreateIndexRequest{CollectionName: "books", FieldName: "v"})
	require.NoError(t, err)
	require.Zero(t, st.GetCode(), st.GetReason())
	w, err := plane.Wanted(t.Context(), &taprootv1.WantedRequest{})
	require.NoError(t, err)
	require.Len(t, w.GetIndexes(), 1)
	one := w.GetIndexes()[0]
	resp, err := plane.Report(t.Context(), &taprootv1.ReportRequest{Reports: []*taprootv1.Report{{
		CollectionId: one.GetCollectionId(), IndexId: one.GetIndexId(), Spec: one.GetSpec(),
		State: taprootv1.ReportState_REPORT_STATE_RUNNING, IndexedRows: 3, TotalRows: 4,
	}}})
	require.NoError(t, err)
	require.Equal(t, []bool{true}, resp.GetTaken())
	shown, err := i.api.DescribeIndex(t.Context(), &milvuspb.DescribeIndexRequest{CollectionName: "books"})
	require.NoError(t, err)
	require.Equal(t, int64(3), shown.GetIndexDescriptions()[0].GetIndexedRows())
	i.stop()
	require.NoError(t, i.wait(t))
}
