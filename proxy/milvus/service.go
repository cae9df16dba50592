package milvus

import (
	"context"
	"log/slog"
	"time"

	"github.com/cockroachdb/errors"
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
	taprootv1 "github.com/taproot-db/taproot/proto/taproot/v1"
	"github.com/taproot-db/taproot/tasks"
)

// Version is the version that clients are told where a Config names no other. It has the form of Milvus's versions,
// which tools parse.
const Version = "v2.6.19-taproot"

// Config is how a Service behaves. Start from DefaultConfig.
type Config struct {
	// MaxTaskNum is how many statements may wait for their turn; what is more is refused with code 4: proxy.maxTaskNum.
	MaxTaskNum int
	// DDLConcurrency is how many statements are under way at once: proxy.ddlConcurrency.
	DDLConcurrency int
	// Limits bounds what clients may ask for. The coordinator checks again, with its own.
	Limits model.Limits
	// DescribeCache is how many encoded answers of DescribeCollection are kept, rounded up to a power of two, and as many
	// again of collections as they were in the past. One takes as much memory as the answer has bytes, about 1 KB.
	DescribeCache int
	// Build is what clients are told about the server.
	Build Build
	// NodeID is told by GetComponentStates.
	NodeID int64
	// Started is when the server was started.
	Started time.Time
}

// Build identifies the running program.
type Build struct {
	// Version is what GetVersion answers, of the form vMAJOR.MINOR.PATCH.
	Version string
	// Time is when the program was built, in any form.
	Time string
	// Commit is what it was built from.
	Commit string
}

// DefaultConfig returns the configuration without any settings.
func DefaultConfig() Config {
	return Config{
		MaxTaskNum:     1024,
		DDLConcurrency: 256,
		Limits:         model.DefaultLimits(),
		DescribeCache:  4096,
		Build:          Build{Version: Version},
	}
}

// Validate names the first field that makes no sense.
func (c *Config) Validate() error {
	switch {
	case c.MaxTaskNum < 0:
		return errors.Newf("MaxTaskNum is negative: %d", errors.Safe(c.MaxTaskNum))
	case c.DDLConcurrency < 1:
		return errors.Newf("DDLConcurrency must be at least 1, is %d", errors.Safe(c.DDLConcurrency))
	case c.DescribeCache < 1 || c.DescribeCache > 1<<24:
		return errors.Newf("DescribeCache must be 1 to %d, is %d", errors.Safe(1<<24), errors.Safe(c.DescribeCache))
	case c.Build.Version == "":
		return errors.New("Build.Version is empty")
	}
	return errors.Wrap(c.Limits.Validate(), "Limits")
}

// Source is where the catalog is read: the coordinator's published Snapshot in one process, a replica elsewhere. Its
// methods are called concurrently, several times for a request, and must not wait, except At.
type Source interface {
	// Snapshot returns the newest catalog, which holds every statement acknowledged before the call. It may be nil as
	// long as Ready is not.
	Snapshot() *catalog.Snapshot
	// Ready returns nil, or why requests cannot be served now.
	Ready() error
	// At returns the catalog as it was at a hybrid timestamp. It may wait, until ctx ends. Errors: errs.ParameterInvalid for a time that is
	// no longer known, errs.Unavailable, or the end of ctx.
	At(ctx context.Context, ts model.Timestamp) (*catalog.Snapshot, error)
}

// Teller is a Source that has something to tell about itself.
type Teller interface {
	// Facts returns what an operator wants to know of the catalog's whereabouts. It must not wait.
	Facts() []model.Property
}

// Waiter is a Source that may lag behind the coordinator.
type Waiter interface {
	// WaitFor returns when Snapshot is at r or later, or with the error of ctx.
	WaitFor(ctx context.Context, r catalog.Revision) error
}

// Coordinator runs statements and hands out timestamps; it is *rootclient.Client.
type Coordinator interface {
	Execute(ctx context.Context, req *taprootv1.ExecuteRequest) (*taprootv1.ExecuteResponse, error)
	Timestamp(ctx context.Context) (model.Timestamp, error)
}

// Deps is what a Service works with. All are required.
type Deps struct {
	Source      Source
	Coordinator Coordinator
	Logger      *slog.Logger
	Registerer  prometheus.Registerer
}

// Service is the MilvusService. Safe for concurrent use; it starts nothing by itself.
type Service struct {
	Config
	source      Source
	coordinator Coordinator
	log         *slog.Logger
	metrics     *metrics
	queue       *tasks.Queue // the ddQueue
	describes   *describeCache
	pasts       *describeCache // of collections as they were: the past shall not crowd out the present
}

// New returns a Service. It must be closed.
func New(c Config, d Deps) (*Service, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if d.Source == nil || d.Coordinator == nil || d.Logger == nil || d.Registerer == nil {
		return nil, errors.New("Source, Coordinator, Logger and Registerer are all required")
	}
	queue, err := tasks.NewQueue(c.DDLConcurrency, c.MaxTaskNum)
	if err != nil {
		return nil, err
	}
	s := &Service{
		Config:      c,
		source:      d.Source,
		coordinator: d.Coordinator,
		log:         d.Logger,
		queue:       queue,
		describes:   newDescribeCache(c.DescribeCache),
		pasts:       newDescribeCache(c.DescribeCache),
	}
	s.pasts.versions = true
	s.metrics, err = newMetrics(d.Registerer, queue)
	return s, err
}

// Register adds the service to a server, which must have been made with Codec. Only the MilvusService: calls of
// ClientTelemetryService get gRPC's own UNIMPLEMENTED, which its clients take well.
func (s *Service) Register(r grpc.ServiceRegistrar) { r.RegisterService(s.desc(), s) }

// desc describes the service to gRPC: every method of the API, each with what holds for all of them around it.
func (s *Service) desc() *grpc.ServiceDesc {
	api := milvuspb.MilvusService_ServiceDesc
	desc := &grpc.ServiceDesc{ServiceName: api.ServiceName, HandlerType: (*any)(nil), Metadata: api.Metadata}
	endpoints := s.endpoints()
	for _, m := range api.Methods {
		method := s.method(m.MethodName, endpoints[m.MethodName])
		desc.Methods = append(desc.Methods, grpc.MethodDesc{MethodName: m.MethodName, Handler: method.handle})
	}
	for _, stream := range api.Streams {
		stream.Handler = s.refuseStream
		desc.Streams = append(desc.Streams, stream)
	}
	return desc
}

// Close refuses new statements with UNAVAILABLE and waits for those that run, until ctx ends. Reads go on.
func (s *Service) Close(ctx context.Context) error {
	return errors.Wrap(s.queue.Close(ctx), "ddQueue")
}
