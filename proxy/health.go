package proxy

import (
	"context"
	"time"

	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
)

// watchEvery is how often a watched state is looked at. Readiness is asked for, not announced.
const watchEvery = time.Second

// health is the gRPC health service: the state is asked for at the moment it is wanted, so that it cannot lag behind.
type health struct {
	healthv1.UnimplementedHealthServer
	proxy *Proxy
}

// known are the services whose health can be asked for; the empty name is the whole server.
func known(service string) bool {
	return service == "" || service == milvuspb.MilvusService_ServiceDesc.ServiceName
}

func (h *health) state() healthv1.HealthCheckResponse_ServingStatus {
	if h.proxy.ready() != nil {
		return healthv1.HealthCheckResponse_NOT_SERVING
	}
	return healthv1.HealthCheckResponse_SERVING
}

// Check answers with the state of now.
func (h *health) Check(_ context.Context, req *healthv1.HealthCheckRequest) (*healthv1.HealthCheckResponse, error) {
	if !known(req.GetService()) {
		return nil, status.Error(codes.NotFound, "unknown service")
	}
	return &healthv1.HealthCheckResponse{Status: h.state()}, nil
}

// List answers with the state of all services.
func (h *health) List(context.Context, *healthv1.HealthListRequest) (*healthv1.HealthListResponse, error) {
	now := &healthv1.HealthCheckResponse{Status: h.state()}
	return &healthv1.HealthListResponse{Statuses: map[string]*healthv1.HealthCheckResponse{
		"": now, milvuspb.MilvusService_ServiceDesc.ServiceName: now,
	}}, nil
}

// Watch sends the state, and again each time it has changed. An unknown service is watched too, as the protocol wants:
// it might appear.
func (h *health) Watch(req *healthv1.HealthCheckRequest, stream grpc.ServerStreamingServer[healthv1.HealthCheckResponse]) error {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	last := healthv1.HealthCheckResponse_UNKNOWN // never sent
	for {
		now := healthv1.HealthCheckResponse_SERVICE_UNKNOWN
		if known(req.GetService()) {
			now = h.state()
		}
		if now != last {
			if err := stream.Send(&healthv1.HealthCheckResponse{Status: now}); err != nil {
				return err
			}
			last = now
		}
		if h.proxy.closing.Load() {
			return status.Error(codes.Unavailable, "shutting down") // or a graceful stop would wait for the watchers
		}
		select {
		case <-tick.C:
		case <-stream.Context().Done():
			return status.FromContextError(stream.Context().Err()).Err()
		}
	}
}
