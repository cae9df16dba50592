package milvus

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/errors"
	"github.com/milvus-io/milvus-proto/go-api/v3/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
	taprootv1 "github.com/taproot-db/taproot/proto/taproot/v1"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakeSource is a Source of a Snapshot that tests may change.
type fakeSource struct {
	snapshot atomic.Pointer[catalog.Snapshot]
	notReady atomic.Pointer[error]
	panics   atomic.Bool
	past     []*catalog.Snapshot // ascending; set before it is served
}

func (s *fakeSource) Snapshot() *catalog.Snapshot {
	if s.panics.Load() {
		panic("no snapshot today")
	}
	return s.snapshot.Load()
}

// At knows what the test has put into past, by the time since when it held.
func (s *fakeSource) At(ctx context.Context, ts model.Timestamp) (*catalog.Snapshot, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var found *catalog.Snapshot
	for _, p := range append(s.past, s.snapshot.Load()) {
		if p.Timestamp() <= ts {
			found = p
		}
	}
	if found == nil {
		return nil, errs.Invalid("too long ago")
	}
	return found, nil
}

func (s *fakeSource) Ready() error {
	if err := s.notReady.Load(); err != nil {
		return *err
	}
	return nil
}

func (s *fakeSource) down(why string) { err := errors.New(why); s.notReady.Store(&err) }

// fakeCoordinator remembers what it was asked to do.
type fakeCoordinator struct {
	mu      sync.Mutex
	asked   []*taprootv1.ExecuteRequest
	execute func(ctx context.Context, req *taprootv1.ExecuteRequest) (*taprootv1.ExecuteResponse, error)
	last    atomic.Uint64
	err     error // of Timestamp
}

func (c *fakeCoordinator) Execute(ctx context.Context, req *taprootv1.ExecuteRequest) (*taprootv1.ExecuteResponse, error) {
	c.mu.Lock()
	c.asked = append(c.asked, req)
	execute := c.execute
	c.mu.Unlock()
	if execute != nil {
		return execute(ctx, req)
	}
	return &taprootv1.ExecuteResponse{Revision: 1, Changed: true}, nil
}

func (c *fakeCoordinator) Timestamp(context.Context) (model.Timestamp, error) {
	return model.Timestamp(c.last.Add(1)), c.err
}

// requests returns what was asked, and forgets it.
func (c *fakeCoordinator) requests() []*taprootv1.ExecuteRequest {
	c.mu.Lock()
	defer c.mu.Unlock()
	asked := c.asked
	c.asked = nil
	return asked
}

// harness is a Service behind a real server and a real connection.
type harness struct {
	milvuspb.MilvusServiceClient
	conn        *grpc.ClientConn
	service     *Service
	source      *fakeSource
	coordinator *fakeCoordinator
	registry    *prometheus.Registry
	logs        *lockedBuffer
}

func start(t testing.TB, snap *catalog.Snapshot, change ...func(*Config)) *harness {
	t.Helper()
	c := DefaultConfig()
	c.Build = Build{Version: Version, Time: "today", Commit: "abcdef"}
	c.NodeID, c.Started = 7, time.Unix(1_700_000_000, 0)
	for _, f := range change {
		f(&c)
	}
	h := &harness{source: &fakeSource{}, coordinator: &fakeCoordinator{}, registry: prometheus.NewPedanticRegistry(), logs: &lockedBuffer{}}
	h.coordinator.last.Store(uint64(model.HybridTimestamp(1_700_000_000_000, 0)))
	h.source.snapshot.Store(snap)
	var err error
	h.service, err = New(c, Deps{
		Source: h.source, Coordinator: h.coordinator, Registerer: h.registry,
		Logger: slog.New(slog.NewJSONHandler(h.logs, nil)),
	})
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 5*time.Second)
		defer cancel()
		require.NoError(t, h.service.Close(ctx))
	})
	h.conn = serve(t, func(s *grpc.Server) { h.service.Register(s) }, grpc.ForceServerCodecV2(Codec()))
	h.MilvusServiceClient = milvuspb.NewMilvusServiceClient(h.conn)
	return h
}

func serve(t testing.TB, register func(*grpc.Server), opts ...grpc.ServerOption) *grpc.ClientConn {
	t.Helper()
	listener := bufconn.Listen(1 << 20)
	server := grpc.NewServer(opts...)
	register(server)
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	conn, err := grpc.NewClient("passthrough:///bufconn",
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }),
		grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, conn.Close())
		server.Stop()
		require.NoError(t, <-done)
	})
	return conn
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func countOf(t testing.TB, c prometheus.Counter) float64 {
	t.Helper()
	var m dto.Metric
	require.NoError(t, c.Write(&m))
	return m.GetCounter().GetValue()
}

// inDatabase returns a context whose calls carry the dbname header.
func inDatabase(t testing.TB, name string) context.Context {
	t.Helper()
	return metadata.AppendToOutgoingContext(t.Context(), "dbname", name)
}

// requireOK fails unless a call succeeded, by both codes and with an empty status.
func requireOK(t testing.TB, st *commonpb.Status, err error) {
	t.Helper()
	require.NoError(t, err)
	require.NotNil(t, st, "a status is never left out")
	require.Zero(t, st.GetCode(), st.GetReason())
	require.Zero(t, st.GetErrorCode()) // SDKs look at it
	require.Empty(t, st.GetReason())
	require.Empty(t, st.GetDetail())
	require.False(t, st.GetRetriable())
	require.Empty(t, st.GetExtraInfo())
}

// requireRefused fails unless a call was refused in-band with that code, legacy code and text.
func requireRefused(t testing.TB, st *commonpb.Status, err error, code int32, legacy commonpb.ErrorCode, reason string) {
	t.Helper()
	require.NoError(t, err)
	require.Equal(t, code, st.GetCode(), st.GetReason())
	require.Equal(t, legacy, st.GetErrorCode()) // SDKs look at it
	require.Equal(t, reason, st.GetReason())
	require.Equal(t, reason, st.GetDetail())
}

func requireGRPC(t testing.TB, err error, code codes.Code) {
	t.Helper()
	require.Equal(t, code, status.Code(err), "%v", err)
}

// Ids and times of the catalog that most tests read.
const (
	otherDB     = model.ID(2)
	booksID     = model.ID(446_000_000_000_000_100)
	keyedID     = model.ID(446_000_000_000_000_200)
	wantedMilli = int64(1_700_000_000_123)
)

var (
	created = model.HybridTimestamp(wantedMilli, 5)
	updated = model.HybridTimestamp(wantedMilli+1000, 6)
)

// books is the collection that has one of everything.
func books() (*model.Collection, []*model.Field, []*model.Partition) {
	c := &model.Collection{
		ID: booksID, Database: model.DefaultDatabaseID, Name: "books", Description: "a shelf", DynamicField: true,
		SchemaVersion: 3, Shards: 2, Consistency: model.Bounded, State: model.Created, Created: created, Updated: updated,
		VirtualChannels:    []string{"by-dev-rootcoord-dml_0_446000000000000100v0", "by-dev-rootcoord-dml_1_446000000000000100v1"},
		PhysicalChannels:   []string{"by-dev-rootcoord-dml_0", "by-dev-rootcoord-dml_1"},
		StartPositions:     []model.StartPosition{{Channel: "by-dev-rootcoord-dml_0", Data: "x"}},
		Properties:         []model.Property{{Key: "timezone", Value: "UTC"}, {Key: "collection.ttl.seconds", Value: "60"}},
		StoredDatabaseName: "stale",
	}
	fields := []*model.Field{
		{ID: 0, Name: model.RowIDField, Type: model.Int64},
		{ID: 1, Name: model.TimestampField, Type: model.Int64},
		{ID: 100, Name: "id", Type: model.Int64, PrimaryKey: true, AutoID: true, Description: "the key"},
		{ID: 101, Name: "vec", Type: model.FloatVector, TypeParams: []model.Property{{Key: "dim", Value: "8"}}},
		{
			ID: 102, Name: "title", Type: model.VarChar, Nullable: true, TypeParams: []model.Property{{Key: "max_length", Value: "64"}},
			Default: &model.Value{Kind: model.ValueString, String: "untitled"},
		},
		{ID: 103, Name: "tags", Type: model.Array, ElementType: model.Int32, TypeParams: []model.Property{{Key: "max_capacity", Value: "4"}}},
		{ID: 104, Name: model.DynamicField, Type: model.JSON, Dynamic: true},
	}
	partitions := []*model.Partition{
		{ID: booksID + 1, Collection: booksID, Name: "_default", Created: created},
		{ID: booksID + 10, Collection: booksID, Name: "new", Created: updated},
	}
	return c, fields, partitions
}

// shelf is the catalog that most tests read.
func shelf(more ...func(*catalog.Builder)) *catalog.Snapshot {
	b := catalog.NewBuilder()
	add := func(c catalog.Change) { b.Add(c.Ref, c.Put, catalog.Fingerprint{}) }
	add(catalog.PutDatabase(&model.Database{ID: 1, Name: "default", State: model.DatabaseCreated, Created: 1_699_999_999_000_000_001}))
	add(catalog.PutDatabase(&model.Database{
		ID: otherDB, Name: "other", State: model.DatabaseCreated, Created: 1_699_999_999_000_000_002,
		Properties: []model.Property{{Key: "k", Value: "v"}},
	}))
	c, fields, partitions := books()
	add(catalog.PutCollection(c))
	for _, f := range fields {
		add(catalog.PutField(c.ID, f))
	}
	for _, p := range partitions {
		add(catalog.PutPartition(p))
	}
	add(catalog.PutAlias(&model.Alias{Database: 1, Name: "shelf", Collection: booksID}))
	keyed := &model.Collection{
		ID: keyedID, Database: model.DefaultDatabaseID, Name: "keyed", Shards: 1, Created: created + 1, Updated: created + 1,
	}
	add(catalog.PutCollection(keyed))
	add(catalog.PutField(keyedID, &model.Field{ID: 100, Name: "k", Type: model.Int64, PartitionKey: true}))
	for i, name := range []string{"_default_0", "_default_1"} {
		add(catalog.PutPartition(&model.Partition{ID: keyedID + 1 + model.ID(i), Collection: keyedID, Name: name, Created: created + 1}))
	}
	add(catalog.PutCollection(&model.Collection{ID: keyedID + 50, Database: otherDB, Name: "books", Shards: 1, Created: created + 2}))
	for _, f := range more {
		f(b)
	}
	s, _ := b.Build(catalog.Position{Revision: 42, Epoch: 3, Timestamp: updated, NextID: keyedID + 100})
	return s
}
