// Package inprocess runs the whole service inside a test: coordinator and proxy wired as in the command, behind a real gRPC
// server and a real connection, which goes through memory instead of a socket. It starts within a millisecond, so that each
// test can have one of its own.
package inprocess

import (
	"context"
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/cockroachdb/errors"
	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	"github.com/taproot-db/taproot/kvstore"
	"github.com/taproot-db/taproot/metastore/model"
	taprootv1 "github.com/taproot-db/taproot/proto/taproot/v1"
	"github.com/taproot-db/taproot/proxy"
	"github.com/taproot-db/taproot/proxy/rootclient"
	"github.com/taproot-db/taproot/rootcoord"
)

// Config says what to run.
type Config struct {
	Store kvstore.Store
	// Root is the prefix of all keys; several services may share a store below different ones.
	Root string
	// Limits of both coordinator and proxy; the zero value means the defaults.
	Limits model.Limits
}

// Service is a running service. It is stopped once, by Stop.
type Service struct {
	*grpc.ClientConn
	Coordinator *rootcoord.Coordinator

	proxy  *proxy.Proxy
	server *grpc.Server
	served chan error
	cancel context.CancelCauseFunc
	ended  chan error
}

var errStop = errors.New("stopped by the test")

// patience bounds what must not take long.
const patience = 30 * time.Second

// Start runs a service and returns when it is ready.
func Start(t testing.TB, c Config) *Service {
	t.Helper()
	if c.Limits == (model.Limits{}) {
		c.Limits = model.DefaultLimits()
	}
	log, reg := slog.New(slog.DiscardHandler), prometheus.NewRegistry()
	coord, err := rootcoord.New(rootcoord.Config{Limits: c.Limits, StopGrace: 20 * time.Millisecond},
		rootcoord.Deps{Store: c.Store, Root: c.Root, Logger: log, Registerer: reg})
	if err != nil {
		t.Fatalf("%+v", err)
	}
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(t.Context()))
	s := &Service{Coordinator: coord, cancel: cancel, ended: make(chan error, 1), served: make(chan error, 1)}
	go func() { s.ended <- coord.Run(ctx) }()
	s.awaitReady(t)

	local := rootclient.InProcess(coord.Statements(), coord.Timestamps())
	pc := proxy.DefaultConfig()
	pc.Milvus.Limits = c.Limits
	s.proxy, err = proxy.New(pc, proxy.Deps{Source: coord, Statements: local, Timestamps: local, Logger: log, Registerer: reg})
	if err != nil {
		t.Fatalf("%+v", err)
	}
	s.server = grpc.NewServer(s.proxy.ServerOptions()...)
	s.proxy.Register(s.server)
	taprootv1.RegisterDataPlaneServer(s.server, coord.DataPlane())
	pipe := bufconn.Listen(1 << 20)
	go func() { s.served <- s.server.Serve(pipe) }()
	s.ClientConn, err = grpc.NewClient("passthrough:///bufconn", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDisableServiceConfig(), grpc.WithDefaultCallOptions(grpc.MaxCallSendMsgSize(128<<20), grpc.MaxCallRecvMsgSize(128<<20)),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return pipe.DialContext(ctx) }))
	if err != nil {
		t.Fatalf("%+v", err)
	}
	return s
}

func (s *Service) awaitReady(t testing.TB) {
	t.Helper()
	deadline := time.After(patience)
	for s.Coordinator.Ready() != nil {
		select {
		case <-time.After(100 * time.Microsecond):
		case err := <-s.ended:
			t.Fatalf("the coordinator has ended: %+v", err)
		case <-deadline:
			t.Fatalf("the coordinator is not ready: %+v", s.Coordinator.Ready())
		}
	}
}

// Stop ends the service as a process that is told to stop does, and leaves the store open.
func (s *Service) Stop(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
	defer cancel()
	if err := s.ClientConn.Close(); err != nil {
		t.Errorf("%+v", err)
	}
	if err := s.proxy.Close(ctx); err != nil {
		t.Errorf("%+v", err)
	}
	s.server.Stop()
	// A server that is stopped before it came to serve says so.
	if err := <-s.served; err != nil && !errors.Is(err, grpc.ErrServerStopped) {
		t.Errorf("%+v", err)
	}
	s.cancel(errStop)
	if err := <-s.ended; !errors.IsAny(err, errStop, context.Canceled) {
		t.Errorf("the coordinator ended with: %+v", err)
	}
}
