package proxy

import (
	"context"
	"log/slog"
	"strings"

	"github.com/cockroachdb/errors"
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/taproot-db/taproot/tasks"
)

// guard keeps a panic of any service on the server from ending the process. The MilvusService looks after itself,
// because its clients want the answer in-band; for all others it is gRPC's INTERNAL.
type guard struct {
	log    *slog.Logger
	panics *prometheus.CounterVec
}

func newGuard(log *slog.Logger, r prometheus.Registerer) (*guard, error) {
	g := &guard{log: log, panics: prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: "taproot", Subsystem: "grpc", Name: "panics_total",
		Help: "Panics that were caught in services other than Milvus's, by gRPC method.",
	}, []string{"method"})}
	return g, errors.Wrap(r.Register(g.panics), "register metrics")
}

var milvusPrefix = "/" + milvuspb.MilvusService_ServiceDesc.ServiceName + "/"

func (g *guard) unary(ctx context.Context, req any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (reply any, err error) {
	if strings.HasPrefix(info.FullMethod, milvusPrefix) {
		return handler(ctx, req)
	}
	defer func() {
		if v := recover(); v != nil {
			reply, err = nil, g.caught(ctx, info.FullMethod, tasks.Recovered(v))
		}
	}()
	return handler(ctx, req)
}

func (g *guard) stream(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = g.caught(stream.Context(), info.FullMethod, tasks.Recovered(v))
		}
	}()
	return handler(srv, stream)
}

func (g *guard) caught(ctx context.Context, method string, err error) error {
	g.panics.WithLabelValues(method).Inc()
	p, _ := tasks.AsPanic(err)
	g.log.LogAttrs(ctx, slog.LevelError, "panic",
		slog.String("method", method), slog.Any("value", p.Value), slog.String("stack", string(p.Stack)))
	return status.Error(codes.Internal, "a bug in the server, whose log tells more")
}
