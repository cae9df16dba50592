package milvus

import (
	"context"
	"log/slog"
	"strconv"

	"github.com/cockroachdb/errors"
	"github.com/milvus-io/milvus-proto/go-api/v3/commonpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/proxy/rootclient"
	"github.com/taproot-db/taproot/tasks"
)

// success is the code of a reply without a refusal.
const success = "0"

// refuse turns any error into what the client gets: a reply with a status in it, or an error that is a gRPC status. The
// second result is the code for metrics: a number in-band, gRPC's name otherwise.
func (m *method) refuse(ctx context.Context, err error) (reply any, code string, _ error) {
	if st := m.transport(ctx, err); st != nil {
		return nil, st.Code().String(), st.Err()
	}
	if p, ok := tasks.AsPanic(err); ok {
		m.reportPanic(ctx, m.name, p)
		err = bug(m.name)
	}
	if errors.Is(err, tasks.ErrFull) {
		err = errs.QueueFull(m.MaxTaskNum)
	}
	st := errs.Of(err)
	if st.Code == errs.Unexpected.Code && !errs.Unexpected.Is(err) {
		// Not a refusal that somebody has worded, so nobody else will tell the operator.
		m.log.LogAttrs(ctx, slog.LevelWarn, "request failed", slog.String("method", m.name), slog.Any("error", err))
	}
	code = strconv.Itoa(int(st.Code))
	if m.isStatus {
		return inBand(st), code, nil
	}
	if m.status == nil {
		return nil, code, status.Error(codes.Unimplemented, st.Reason)
	}
	r := m.reply.New()
	r.Set(m.status, protoreflect.ValueOfMessage(inBand(st).ProtoReflect()))
	return r.Interface(), code, nil
}

// transport returns the gRPC status as which an error leaves, or nil if it goes in-band. gRPC's way is for what SDKs
// should try again or have no use for: nobody is there to serve, or the caller is gone.
func (m *method) transport(ctx context.Context, err error) *status.Status {
	var own interface{ GRPCStatus() *status.Status }
	if errors.As(err, &own) {
		return own.GRPCStatus()
	}
	if ended := ctx.Err(); ended != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)) {
		return status.FromContextError(ended)
	}
	var down *rootclient.TransportError
	switch {
	case errors.As(err, &down) && down.Code() == codes.Unavailable,
		errors.Is(err, tasks.ErrClosed),
		errs.NotReady.Is(err),
		errs.Unavailable.Is(err):
		return status.New(codes.Unavailable, err.Error())
	}
	return nil
}

// inBand returns the status message of a refusal: both codes, because SDKs look at either.
func inBand(st errs.Status) *commonpb.Status {
	return &commonpb.Status{
		Code:      st.Code,
		ErrorCode: commonpb.ErrorCode(st.Legacy), // deprecated, and all that the Node SDK looks at
		Reason:    st.Reason,
		Detail:    st.Reason,
		Retriable: st.Retriable,
		ExtraInfo: st.ExtraInfo(),
	}
}

// bug is what a client is told of a panic: nothing of what is inside.
func bug(name string) error {
	return errs.Internal.New(name + " met a bug in the server, whose log tells more")
}

// reportPanic counts and logs a panic, once for each.
func (s *Service) reportPanic(ctx context.Context, name string, p *tasks.PanicError) {
	s.metrics.panics.Inc()
	s.log.LogAttrs(ctx, slog.LevelError, "panic",
		slog.String("method", name), slog.Any("value", p.Value), slog.String("stack", string(p.Stack)))
}
