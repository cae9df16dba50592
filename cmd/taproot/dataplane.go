package main

import (
	"context"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/taproot-db/taproot/metastore/model"
	taprootv1 "github.com/taproot-db/taproot/proto/taproot/v1"
)

// dataPlane is the service of a data plane, from the first moment on.
type dataPlane struct {
	taprootv1.UnimplementedDataPlaneServer
	backend *backend
}

func (d dataPlane) server() (taprootv1.DataPlaneServer, error) {
	if r := d.backend.running.Load(); r != nil {
		return r.dataplane, nil
	}
	return nil, status.Error(codes.Unavailable, d.backend.opening().Error())
}

// Report hands reports on.
func (d dataPlane) Report(ctx context.Context, req *taprootv1.ReportRequest) (*taprootv1.ReportResponse, error) {
	s, err := d.server()
	if err != nil {
		return nil, err
	}
	return s.Report(ctx, req)
}

// Wanted hands a request on.
func (d dataPlane) Wanted(ctx context.Context, req *taprootv1.WantedRequest) (*taprootv1.WantedResponse, error) {
	s, err := d.server()
	if err != nil {
		return nil, err
	}
	return s.Wanted(ctx, req)
}

// IndexRows tells how far a data plane is with an index.
func (b *backend) IndexRows(collection, index model.ID, spec uint64) (indexed, total int64, ok bool) {
	if r := b.running.Load(); r != nil {
		return r.Coordinator.IndexRows(collection, index, spec)
	}
	return 0, 0, false
}

// LoadPercent tells how far a data plane is with a load.
func (b *backend) LoadPercent(collection model.ID, spec uint64) (percent int32, ok bool) {
	if r := b.running.Load(); r != nil {
		return r.Coordinator.LoadPercent(collection, spec)
	}
	return 0, false
}
