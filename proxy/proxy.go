package proxy

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/errors"
	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/reflection"

	taprootv1 "github.com/taproot-db/taproot/proto/taproot/v1"
	"github.com/taproot-db/taproot/proxy/milvus"
	"github.com/taproot-db/taproot/proxy/rootclient"
)

// Config is how a Proxy behaves. Start from DefaultConfig.
type Config struct {
	// Milvus is the service's own part.
	Milvus milvus.Config
	// Coordinator tunes the calls to the coordinator.
	Coordinator rootclient.Config
	// MaxReceive is the largest request that is read, in bytes. What is larger gets gRPC RESOURCE_EXHAUSTED, so it lies
	// above every limit that has an answer of its own.
	MaxReceive int
	// MinPing is how often a client may ping, whether it has calls under way or not. SDKs ping every 10 s.
	MinPing time.Duration
	// PingAfter is how long a connection is silent before the server pings, and PingTimeout how long it then waits.
	PingAfter, PingTimeout time.Duration
}

// DefaultConfig returns the configuration without any settings.
func DefaultConfig() Config {
	return Config{
		Milvus:      milvus.DefaultConfig(),
		MaxReceive:  64 << 20,
		MinPing:     5 * time.Second,
		PingAfter:   time.Minute,
		PingTimeout: 10 * time.Second,
	}
}

// Validate names the first field that makes no sense.
func (c *Config) Validate() error {
	if err := c.Milvus.Validate(); err != nil {
		return errors.Wrap(err, "Milvus")
	}
	if c.MaxReceive < 1 {
		return errors.Newf("MaxReceive must be positive, is %d", errors.Safe(c.MaxReceive))
	}
	for _, f := range []struct {
		name  string
		value time.Duration
	}{{"MinPing", c.MinPing}, {"PingAfter", c.PingAfter}, {"PingTimeout", c.PingTimeout}} {
		if f.value <= 0 {
			return errors.Newf("%s must be positive, is %v", errors.Safe(f.name), errors.Safe(f.value))
		}
	}
	return nil
}

// Deps is what a Proxy works with. All are required.
type Deps struct {
	// Source is where the catalog is read.
	Source milvus.Source
	// Statements and Timestamps are the coordinator's services: generated clients, or rootclient.InProcess.
	Statements taprootv1.StatementsClient
	Timestamps taprootv1.TimestampsClient
	Logger     *slog.Logger
	Registerer prometheus.Registerer
}

// Proxy is one face of taproot. Safe for concurrent use; it starts nothing by itself.
type Proxy struct {
	config  Config
	source  milvus.Source
	service *milvus.Service
	guard   *guard
	closing atomic.Bool
}

// New returns a Proxy. It must be closed.
func New(c Config, d Deps) (*Proxy, error) {
	if err := c.Validate(); err != nil {
		return nil, errors.Wrap(err, "proxy")
	}
	coordinator, err := rootclient.New(d.Statements, d.Timestamps, c.Coordinator)
	if err != nil {
		return nil, errors.Wrap(err, "proxy")
	}
	service, err := milvus.New(c.Milvus, milvus.Deps{
		Source: d.Source, Coordinator: coordinator, Logger: d.Logger, Registerer: d.Registerer,
	})
	if err != nil {
		return nil, errors.Wrap(err, "proxy")
	}
	g, err := newGuard(d.Logger, d.Registerer)
	if err != nil {
		return nil, errors.Wrap(err, "proxy")
	}
	return &Proxy{config: c, source: d.Source, service: service, guard: g}, nil
}

// streamWorkers is how many goroutines wait for requests; when all are busy, further ones are started as needed.
const streamWorkers = 128

// ServerOptions returns the options that a server needs for Register. They may be extended by others, but not with
// another codec.
func (p *Proxy) ServerOptions() []grpc.ServerOption {
	return []grpc.ServerOption{
		grpc.ForceServerCodecV2(milvus.Codec()),
		grpc.MaxRecvMsgSize(p.config.MaxReceive),
		// Without this an idle Go client is sent away for too many pings within a minute.
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: p.config.MinPing, PermitWithoutStream: true}),
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: p.config.PingAfter, Timeout: p.config.PingTimeout}),
		grpc.ChainUnaryInterceptor(p.guard.unary),
		grpc.ChainStreamInterceptor(p.guard.stream),
		// A handler's stack grows deep; a goroutine that stays need not grow it for each request.
		grpc.NumStreamWorkers(streamWorkers),
		grpc.WaitForHandlers(true),
	}
}

// Register adds the MilvusService to a server that was made with ServerOptions.
func (p *Proxy) Register(r grpc.ServiceRegistrar) { p.service.Register(r) }

// RegisterHealth adds the gRPC health service, which says whether requests are served now.
func (p *Proxy) RegisterHealth(r grpc.ServiceRegistrar) {
	healthv1.RegisterHealthServer(r, &health{proxy: p})
}

// RegisterReflection adds the gRPC reflection service. Register everything else before it is first used.
func (p *Proxy) RegisterReflection(s reflection.GRPCServer) { reflection.Register(s) }

// ready returns nil, or why requests are not served.
func (p *Proxy) ready() error {
	if p.closing.Load() {
		return errors.New("shutting down")
	}
	return p.source.Ready()
}

// Close reports not serving, refuses new statements, which SDKs then try elsewhere, and waits for those that run until
// ctx ends. Reads go on until the server stops. It may be called again.
func (p *Proxy) Close(ctx context.Context) error {
	p.closing.Store(true)
	return errors.Wrap(p.service.Close(ctx), "close proxy")
}
