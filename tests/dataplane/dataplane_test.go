// Package dataplane attaches a data plane to the service, and holds what clients see of it to what it reports (decisions 19, 20, 27).
package dataplane

import (
	"testing"
	"time"

	"github.com/milvus-io/milvus-proto/go-api/v3/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"github.com/milvus-io/milvus-proto/go-api/v3/schemapb"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/taproot-db/taproot/kvstore/memory"
	"github.com/taproot-db/taproot/metastore/model"
	taprootv1 "github.com/taproot-db/taproot/proto/taproot/v1"
	"github.com/taproot-db/taproot/tests/internal/inprocess"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// deployment is a service that may be stopped and started again, with a data plane or without.
type deployment struct {
	t       *testing.T
	data    *memory.Data
	service *inprocess.Service
	milvuspb.MilvusServiceClient
	plane taprootv1.DataPlaneClient
}

func deploy(t *testing.T, external bool) *deployment {
	t.Helper()
	d := &deployment{t: t, data: memory.NewData()}
	d.start(external)
	t.Cleanup(func() { d.service.Stop(t) })
	return d
}

func (d *deployment) start(external bool) {
	d.t.Helper()
	l := model.DefaultLimits()
	l.ExternalDataPlane = external
	d.service = inprocess.Start(d.t, inprocess.Config{Store: memory.Open(d.data), Root: "by-dev", Limits: l})
	d.MilvusServiceClient = milvuspb.NewMilvusServiceClient(d.service)
	d.plane = taprootv1.NewDataPlaneClient(d.service)
}

func (d *deployment) restart(external bool) {
	d.t.Helper()
	d.service.Stop(d.t)
	d.start(external)
}

func (d *deployment) ok(st *commonpb.Status, err error) {
	d.t.Helper()
	require.NoError(d.t, err)
	require.Zero(d.t, st.GetCode(), st.GetReason())
}

// indexed makes the collection books with an index.
func (d *deployment) indexed() *deployment {
	d.t.Helper()
	schema, err := proto.Marshal(&schemapb.CollectionSchema{Name: "books", Fields: []*schemapb.FieldSchema{
		{Name: "id", DataType: schemapb.DataType_Int64, IsPrimaryKey: true},
		{Name: "vec", DataType: schemapb.DataType_FloatVector, TypeParams: []*commonpb.KeyValuePair{{Key: "dim", Value: "8"}}},
	}})
	require.NoError(d.t, err)
	d.ok(d.CreateCollection(d.t.Context(), &milvuspb.CreateCollectionRequest{CollectionName: "books", Schema: schema}))
	d.createIndex()
	return d
}

func (d *deployment) createIndex() {
	d.t.Helper()
	d.ok(d.CreateIndex(d.t.Context(), &milvuspb.CreateIndexRequest{CollectionName: "books", FieldName: "vec"}))
}

func (d *deployment) index() *milvuspb.IndexDescription {
	d.t.Helper()
	resp, err := d.DescribeIndex(d.t.Context(), &milvuspb.DescribeIndexRequest{CollectionName: "books"})
	d.ok(resp.GetStatus(), err)
	require.Len(d.t, resp.GetIndexDescriptions(), 1)
	return resp.GetIndexDescriptions()[0]
}

// awaitIndex does what SDKs do: it asks until the index is finished or has failed.
func (d *deployment) awaitIndex() <-chan *milvuspb.IndexDescription {
	out := make(chan *milvuspb.IndexDescription, 1)
	go func() {
		defer close(out)
		for {
			resp, err := d.DescribeIndex(d.t.Context(), &milvuspb.DescribeIndexRequest{CollectionName: "books"})
			if err != nil || resp.GetStatus().GetCode() != 0 {
				return
			}
			i := resp.GetIndexDescriptions()[0]
			if s := i.GetState(); s == commonpb.IndexState_Finished || s == commonpb.IndexState_Failed {
				out <- i
				return
			}
			<-time.After(time.Millisecond)
		}
	}()
	return out
}

func receive[T any](t *testing.T, c <-chan T) T {
	t.Helper()
	select {
	case v, ok := <-c:
		require.True(t, ok, "the client gave up")
		return v
	case <-time.After(20 * time.Second):
		require.Fail(t, "the client waits for ever")
		panic("unreachable")
	}
}

// wanted returns what is to be built and loaded.
func (d *deployment) wanted() *taprootv1.WantedResponse {
	d.t.Helper()
	w, err := d.plane.Wanted(d.t.Context(), &taprootv1.WantedRequest{})
	require.NoError(d.t, err)
	return w
}

// report sends a report, and wants it to be taken.
func (d *deployment) report(r *taprootv1.Report) {
	d.t.Helper()
	require.True(d.t, d.send(r))
}

func (d *deployment) send(r *taprootv1.Report) bool {
	d.t.Helper()
	resp, err := d.plane.Report(d.t.Context(), &taprootv1.ReportRequest{Reports: []*taprootv1.Report{r}})
	require.NoError(d.t, err)
	require.Len(d.t, resp.GetTaken(), 1)
	return resp.GetTaken()[0]
}

// ofIndex is a report of the one index there is.
func (d *deployment) ofIndex(s taprootv1.ReportState, indexed, total int64, reason string) *taprootv1.Report {
	d.t.Helper()
	w := d.wanted().GetIndexes()
	require.Len(d.t, w, 1)
	return &taprootv1.Report{
		CollectionId: w[0].GetCollectionId(), IndexId: w[0].GetIndexId(), Spec: w[0].GetSpec(),
		State: s, IndexedRows: indexed, TotalRows: total, Reason: reason,
	}
}

const (
	running = taprootv1.ReportState_REPORT_STATE_RUNNING
	done    = taprootv1.ReportState_REPORT_STATE_DONE
	failed  = taprootv1.ReportState_REPORT_STATE_FAILED
)

func TestIndexIsFinishedWhenItIsReported(t *testing.T) {
	t.Parallel()
	d := deploy(t, true).indexed()
	i := d.index()
	require.Equal(t, commonpb.IndexState_InProgress, i.GetState())
	require.Equal(t, int64(0), i.GetTotalRows())
	waiting := d.awaitIndex()

	d.report(d.ofIndex(running, 30, 100, ""))
	i = d.index()
	require.Equal(t, commonpb.IndexState_InProgress, i.GetState())
	require.Equal(t, []int64{30, 100, 70}, []int64{i.GetIndexedRows(), i.GetTotalRows(), i.GetPendingIndexRows()})
	built, err := d.GetIndexBuildProgress(t.Context(), &milvuspb.GetIndexBuildProgressRequest{CollectionName: "books"}) //nolint:staticcheck // deprecated, and still called
	d.ok(built.GetStatus(), err)
	require.Equal(t, []int64{30, 100}, []int64{built.GetIndexedRows(), built.GetTotalRows()})
	require.Equal(t, "100", d.rows())

	d.report(d.ofIndex(done, 100, 100, ""))
	i = receive(t, waiting)
	require.Equal(t, commonpb.IndexState_Finished, i.GetState())
	require.Equal(t, int64(100), i.GetIndexedRows())
	require.Equal(t, done, d.wanted().GetIndexes()[0].GetState())

	// Rows that come later are progress; the state stays.
	d.report(d.ofIndex(running, 100, 150, ""))
	require.Equal(t, commonpb.IndexState_Finished, d.index().GetState())
	require.Equal(t, int64(50), d.index().GetPendingIndexRows())

	// State is durable, progress is not.
	d.restart(true)
	i = d.index()
	require.Equal(t, commonpb.IndexState_Finished, i.GetState())
	require.Equal(t, int64(100), i.GetTotalRows())
}

func (d *deployment) rows() string {
	d.t.Helper()
	resp, err := d.GetCollectionStatistics(d.t.Context(), &milvuspb.GetCollectionStatisticsRequest{CollectionName: "books"})
	d.ok(resp.GetStatus(), err)
	require.Equal(d.t, "row_count", resp.GetStats()[0].GetKey())
	return resp.GetStats()[0].GetValue()
}

func TestIndexFailsWhenItIsReported(t *testing.T) {
	t.Parallel()
	d := deploy(t, true).indexed()
	waiting := d.awaitIndex()
	d.report(d.ofIndex(failed, 0, 100, "no memory left"))
	i := receive(t, waiting)
	require.Equal(t, commonpb.IndexState_Failed, i.GetState())
	require.Equal(t, "no memory left", i.GetIndexStateFailReason())
	d.restart(true)
	require.Equal(t, "no memory left", d.index().GetIndexStateFailReason())
	// The data plane may try again.
	d.report(d.ofIndex(running, 1, 100, ""))
	require.Equal(t, commonpb.IndexState_InProgress, d.index().GetState())
	require.Empty(t, d.index().GetIndexStateFailReason())
	d.report(d.ofIndex(done, 100, 100, ""))
	require.Equal(t, commonpb.IndexState_Finished, d.index().GetState())
}

// A report names the spec that it is about, so that one of an index that was dropped, or altered since, changes nothing.
func TestLateReportsOfIndexes(t *testing.T) {
	t.Parallel()
	d := deploy(t, true).indexed()
	old := d.ofIndex(done, 100, 100, "")
	d.ok(d.DropIndex(t.Context(), &milvuspb.DropIndexRequest{CollectionName: "books", IndexName: "vec"}))
	require.False(t, d.send(old))
	d.createIndex()
	require.False(t, d.send(old))
	require.Equal(t, commonpb.IndexState_InProgress, d.index().GetState())
	d.report(d.ofIndex(running, 5, 10, ""))
	d.ok(d.DropCollection(t.Context(), &milvuspb.DropCollectionRequest{CollectionName: "books"}))
	require.False(t, d.send(old))
	require.Empty(t, d.wanted().GetIndexes())
}

// Without a data plane everything is done at once, whatever was reported when there was one, and whoever reports is told why he cannot.
func TestSwitchingTheDataPlane(t *testing.T) {
	t.Parallel()
	d := deploy(t, false).indexed()
	require.Equal(t, commonpb.IndexState_Finished, d.index().GetState())
	for _, call := range []func() error{
		func() error {
			_, err := d.plane.Report(t.Context(), &taprootv1.ReportRequest{})
			return err
		},
		func() error {
			_, err := d.plane.Wanted(t.Context(), &taprootv1.WantedRequest{})
			return err
		},
	} {
		err := call()
		require.Equal(t, codes.FailedPrecondition, status.Code(err))
		require.ErrorContains(t, err, "dataplane.mode")
	}

	d.restart(true) // nothing was reported yet
	require.Equal(t, commonpb.IndexState_InProgress, d.index().GetState())
	require.Zero(t, d.wanted().GetIndexes()[0].GetSpec())
	d.report(d.ofIndex(failed, 0, 0, "disk full"))
	require.Equal(t, commonpb.IndexState_Failed, d.index().GetState())

	d.restart(false)
	require.Equal(t, commonpb.IndexState_Finished, d.index().GetState())
	require.Empty(t, d.index().GetIndexStateFailReason())
}
