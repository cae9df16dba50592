package rootclient

import (
	"context"

	"google.golang.org/grpc"

	taprootv1 "github.com/taproot-db/taproot/proto/taproot/v1"
)

// Local calls the handlers of a coordinator in the same process. A loopback connection would cost eight percent of a
// create.
type Local struct {
	statements taprootv1.StatementsServer
	timestamps taprootv1.TimestampsServer
}

var (
	_ taprootv1.StatementsClient = (*Local)(nil)
	_ taprootv1.TimestampsClient = (*Local)(nil)
)

// InProcess returns both clients over handlers. Messages are handed over as they are, not copied: caller and handler
// must not change one after they have passed it on. Call options have no effect.
func InProcess(statements taprootv1.StatementsServer, timestamps taprootv1.TimestampsServer) *Local {
	return &Local{statements: statements, timestamps: timestamps}
}

// Execute calls the handler.
func (l *Local) Execute(ctx context.Context, req *taprootv1.ExecuteRequest, _ ...grpc.CallOption) (*taprootv1.ExecuteResponse, error) {
	return l.statements.Execute(ctx, req)
}

// Allocate calls the handler.
func (l *Local) Allocate(ctx context.Context, req *taprootv1.AllocateRequest, _ ...grpc.CallOption) (*taprootv1.AllocateResponse, error) {
	return l.timestamps.Allocate(ctx, req)
}
