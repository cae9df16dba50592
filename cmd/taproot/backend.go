package main

import (
	"context"
	"sync/atomic"

	"github.com/cockroachdb/errors"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
	taprootv1 "github.com/taproot-db/taproot/proto/taproot/v1"
	"github.com/taproot-db/taproot/rootcoord"
)

// backend stands for the coordinator in front of the proxy from the first moment on: the API is served while the store is still being
// opened, and answers that it is not ready. Safe for concurrent use.
type backend struct {
	taprootv1.UnimplementedStatementsServer
	taprootv1.UnimplementedTimestampsServer
	running atomic.Pointer[running]
	why     atomic.Pointer[error] // why there is nothing running yet, where more is known than that
}

// running is a coordinator with its services.
type running struct {
	*rootcoord.Coordinator
	statements taprootv1.StatementsServer
	timestamps taprootv1.TimestampsServer
	dataplane  taprootv1.DataPlaneServer
}

var errOpening = errors.New("the store is being opened")

func (b *backend) use(c *rootcoord.Coordinator) {
	b.running.Store(&running{Coordinator: c, statements: c.Statements(), timestamps: c.Timestamps(), dataplane: c.DataPlane()})
}

// Ready returns nil, or why requests cannot be served.
func (b *backend) Ready() error {
	if r := b.running.Load(); r != nil {
		return r.Ready()
	}
	return b.opening()
}

// away notes why the store cannot be opened yet.
func (b *backend) away(err error) {
	err = errors.Wrap(err, "the store is away")
	b.why.Store(&err)
}

func (b *backend) opening() error {
	if why := b.why.Load(); why != nil {
		return *why
	}
	return errOpening
}

// Snapshot returns the newest catalog, nil as long as there is none.
func (b *backend) Snapshot() *catalog.Snapshot {
	if r := b.running.Load(); r != nil {
		return r.Coordinator.Snapshot()
	}
	return nil
}

// At returns the catalog as it was at a time.
func (b *backend) At(ctx context.Context, ts model.Timestamp) (*catalog.Snapshot, error) {
	if r := b.running.Load(); r != nil {
		return r.Coordinator.At(ctx, ts)
	}
	return nil, status.Error(codes.Unavailable, b.opening().Error())
}

// Facts tells what the coordinator tells about itself.
func (b *backend) Facts() []model.Property {
	if r := b.running.Load(); r != nil {
		return r.Coordinator.Facts()
	}
	return nil
}

// Execute hands a statement on.
func (b *backend) Execute(ctx context.Context, req *taprootv1.ExecuteRequest) (*taprootv1.ExecuteResponse, error) {
	if r := b.running.Load(); r != nil {
		return r.statements.Execute(ctx, req)
	}
	return nil, status.Error(codes.Unavailable, b.opening().Error())
}

// Allocate hands a request for timestamps on.
func (b *backend) Allocate(ctx context.Context, req *taprootv1.AllocateRequest) (*taprootv1.AllocateResponse, error) {
	if r := b.running.Load(); r != nil {
		return r.timestamps.Allocate(ctx, req)
	}
	return nil, status.Error(codes.Unavailable, b.opening().Error())
}
