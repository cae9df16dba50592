package proxy_test

import (
	"context"
	"log/slog"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/errors"
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	reflectionv1 "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
	taprootv1 "github.com/taproot-db/taproot/proto/taproot/v1"
	"github.com/taproot-db/taproot/proxy"
	"github.com/taproot-db/taproot/proxy/rootclient"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type source struct {
	snapshot *catalog.Snapshot
	down     atomic.Bool
}

func (s *source) Snapshot() *catalog.Snapshot { return s.snapshot }
func (s *source) At(context.Context, model.Timestamp) (*catalog.Snapshot, error) {
	return s.snapshot, nil
}

func (s *source) Ready() error {
	if s.down.Load() {
		return errors.New("down")
	}
	return nil
}

// coordinator panics when it is asked to drop something.
type coordinator struct {
	taprootv1.UnimplementedStatementsServer
	taprootv1.UnimplementedTimestampsServer
}

func (*coordinator) Execute(context.Context, *taprootv1.ExecuteRequest) (*taprootv1.ExecuteResponse, error) {
	panic("a bug")
}

func (*coordinator) Allocate(context.Context, *taprootv1.AllocateRequest) (*taprootv1.AllocateResponse, error) {
	return &taprootv1.AllocateResponse{First: 5}, nil
}

func start(t *testing.T) (*proxy.Proxy, *source, *grpc.ClientConn) {
	t.Helper()
	b := catalog.NewBuilder()
	db := &model.Database{ID: 1, Name: "default"}
	b.Add(catalog.DatabaseRef(db), db, catalog.Fingerprint{})
	snap, _ := b.Build(catalog.Position{Revision: 1})
	src, coord := &source{snapshot: snap}, &coordinator{}
	local := rootclient.InProcess(coord, coord)
	p, err := proxy.New(proxy.DefaultConfig(), proxy.Deps{
		Source: src, Statements: local, Timestamps: local, Logger: slog.New(slog.DiscardHandler), Registerer: prometheus.NewPedanticRegistry(),
	})
	require.NoError(t, err)
	server := grpc.NewServer(p.ServerOptions()...)
	p.Register(server)
	p.RegisterHealth(server)
	p.RegisterReflection(server)
	taprootv1.RegisterStatementsServer(server, coord)
	listener := bufconn.Listen(1 << 20)
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	conn, err := grpc.NewClient("passthrough:///bufconn",
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }),
		grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithDefaultCallOptions(grpc.MaxCallSendMsgSize(1<<30)))
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 5*time.Second)
		defer cancel()
		require.NoError(t, p.Close(ctx))
		require.NoError(t, conn.Close())
		server.GracefulStop()
		require.NoError(t, <-done)
	})
	return p, src, conn
}

func TestHealth(t *testing.T) {
	t.Parallel()
	p, src, conn := start(t)
	health := healthv1.NewHealthClient(conn)
	for _, service := range []string{"", "milvus.proto.milvus.MilvusService"} {
		reply, err := health.Check(t.Context(), &healthv1.HealthCheckRequest{Service: service})
		require.NoError(t, err)
		require.Equal(t, healthv1.HealthCheckResponse_SERVING, reply.GetStatus())
	}
	_, err := health.Check(t.Context(), &healthv1.HealthCheckRequest{Service: "other"})
	require.Equal(t, codes.NotFound, status.Code(err))
	all, err := health.List(t.Context(), &healthv1.HealthListRequest{})
	require.NoError(t, err)
	require.Len(t, all.GetStatuses(), 2)

	watch, err := health.Watch(t.Context(), &healthv1.HealthCheckRequest{})
	require.NoError(t, err)
	next := func() healthv1.HealthCheckResponse_ServingStatus {
		reply, err := watch.Recv()
		require.NoError(t, err)
		return reply.GetStatus()
	}
	require.Equal(t, healthv1.HealthCheckResponse_SERVING, next())
	src.down.Store(true)
	reply, err := health.Check(t.Context(), &healthv1.HealthCheckRequest{})
	require.NoError(t, err)
	require.Equal(t, healthv1.HealthCheckResponse_NOT_SERVING, reply.GetStatus())
	require.Equal(t, healthv1.HealthCheckResponse_NOT_SERVING, next())
	src.down.Store(false)
	require.Equal(t, healthv1.HealthCheckResponse_SERVING, next())

	stranger, err := health.Watch(t.Context(), &healthv1.HealthCheckRequest{Service: "other"})
	require.NoError(t, err)
	what, err := stranger.Recv()
	require.NoError(t, err)
	require.Equal(t, healthv1.HealthCheckResponse_SERVICE_UNKNOWN, what.GetStatus())

	require.NoError(t, p.Close(t.Context()))
	require.Equal(t, healthv1.HealthCheckResponse_NOT_SERVING, next(), "says so when it closes")
	_, err = watch.Recv()
	require.Equal(t, codes.Unavailable, status.Code(err), "and keeps no graceful stop waiting")
}

func TestReflectionListsTheServices(t *testing.T) {
	t.Parallel()
	_, _, conn := start(t)
	stream, err := reflectionv1.NewServerReflectionClient(conn).ServerReflectionInfo(t.Context())
	require.NoError(t, err)
	require.NoError(t, stream.Send(&reflectionv1.ServerReflectionRequest{MessageRequest: &reflectionv1.ServerReflectionRequest_ListServices{}}))
	reply, err := stream.Recv()
	require.NoError(t, err)
	var names []string
	for _, s := range reply.GetListServicesResponse().GetService() {
		names = append(names, s.GetName())
	}
	require.Contains(t, names, "milvus.proto.milvus.MilvusService")
	require.NoError(t, stream.Send(&reflectionv1.ServerReflectionRequest{MessageRequest: &reflectionv1.ServerReflectionRequest_FileContainingSymbol{
		FileContainingSymbol: "milvus.proto.milvus.MilvusService",
	}}))
	reply, err = stream.Recv()
	require.NoError(t, err)
	require.NotEmpty(t, reply.GetFileDescriptorResponse().GetFileDescriptorProto())
	require.NoError(t, stream.CloseSend())
	_, _ = stream.Recv()
}

func TestPanics(t *testing.T) {
	t.Parallel()
	_, _, conn := start(t)
	st, err := milvuspb.NewMilvusServiceClient(conn).DropCollection(t.Context(), &milvuspb.DropCollectionRequest{CollectionName: "x"})
	require.NoError(t, err)
	require.Equal(t, int32(5), st.GetCode(), "in-band for SDKs")
	_, err = taprootv1.NewStatementsClient(conn).Execute(t.Context(), &taprootv1.ExecuteRequest{})
	require.Equal(t, codes.Internal, status.Code(err), "as gRPC for the others, and the process lives")
}

func TestRequestsUpToTheLimitAreReceived(t *testing.T) {
	t.Parallel()
	_, _, conn := start(t)
	client := milvuspb.NewMilvusServiceClient(conn)
	st, err := client.CreateCollection(t.Context(), &milvuspb.CreateCollectionRequest{Schema: make([]byte, 60<<20)})
	require.NoError(t, err)
	require.NotZero(t, st.GetCode())
	_, err = client.CreateCollection(t.Context(), &milvuspb.CreateCollectionRequest{Schema: make([]byte, 65<<20)})
	require.Equal(t, codes.ResourceExhausted, status.Code(err))
}

func TestConfigNamesTheField(t *testing.T) {
	t.Parallel()
	for field, change := range map[string]func(*proxy.Config){
		"proxy: Milvus: DDLConcurrency": func(c *proxy.Config) { c.Milvus.DDLConcurrency = 0 },
		"MaxReceive":                    func(c *proxy.Config) { c.MaxReceive = 0 },
		"MinPing":                       func(c *proxy.Config) { c.MinPing = 0 },
		"PingAfter":                     func(c *proxy.Config) { c.PingAfter = -1 },
		"PingTimeout":                   func(c *proxy.Config) { c.PingTimeout = 0 },
		"RetryFor":                      func(c *proxy.Config) { c.Coordinator.RetryFor = -1 },
	} {
		c := proxy.DefaultConfig()
		change(&c)
		local := rootclient.InProcess(nil, nil)
		_, err := proxy.New(c, proxy.Deps{Statements: local, Timestamps: local})
		require.ErrorContains(t, err, field)
	}
	_, err := proxy.New(proxy.DefaultConfig(), proxy.Deps{})
	require.Error(t, err)
}
