package etcd

import (
	"context"
	"strings"
	"time"

	"github.com/cockroachdb/errors"
	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/taproot-db/taproot/kvstore"
)

// hidden keeps what err says and nothing that a caller could match on: what etcd and gRPC return is no part of the
// contract.
func hidden(err error) error {
	return errors.HandledWithMessage(err, rpctypes.ErrorDesc(err))
}

func closedError(doing string) error {
	return errors.Mark(errors.Newf("%s: the store is closed", errors.Safe(doing)), kvstore.ErrInvalid)
}

// is says whether err, of a server or of the client, is the given error of the gRPC API.
func is(err, want error) bool {
	return status.Code(err) == status.Code(want) && rpctypes.ErrorDesc(err) == rpctypes.ErrorDesc(want)
}

// refused says that a server, or the gRPC library of either side, looked at a transaction and turned it away before it
// was proposed or when it was about to be applied; and what kind of error that is. Database full is not among them:
// the transaction that crosses the quota is applied, and gets that very error.
func refused(err error) (kind error, ok bool) {
	switch {
	case is(err, rpctypes.ErrGRPCRequestTooLarge), is(err, rpctypes.ErrGRPCTooManyOps), tooLargeForGRPC(err):
		return kvstore.ErrTooLarge, true
	case is(err, rpctypes.ErrGRPCRequestTooManyRequests):
		return kvstore.ErrUnavailable, true
	}
	switch status.Code(err) {
	case codes.InvalidArgument, codes.FailedPrecondition, codes.PermissionDenied, codes.Unauthenticated, codes.Unimplemented:
		return kvstore.ErrUnavailable, true
	default:
		return nil, false
	}
}

// tooLargeForGRPC recognises a message that one side's library did not send or not take. They have no code of their own.
func tooLargeForGRPC(err error) bool {
	if status.Code(err) != codes.ResourceExhausted {
		return false
	}
	desc := rpctypes.ErrorDesc(err)
	return strings.Contains(desc, "larger than max") && strings.Contains(desc, "message")
}

// ended returns the error of ctx if it has ended, or if err is a server's word that it has: the server knows the deadline
// too, and its clock may be a little ahead of our timer.
func ended(ctx context.Context, err error) error {
	const ahead = 20 * time.Millisecond
	deadline, ok := ctx.Deadline()
	if !ok || ctx.Err() != nil || time.Until(deadline) > ahead {
		return ctx.Err()
	}
	if status.Code(err) == codes.DeadlineExceeded || is(err, rpctypes.ErrGRPCTimeout) || is(err, rpctypes.ErrGRPCCanceled) {
		<-ctx.Done()
	}
	return ctx.Err()
}

// readError turns the error of a read into one of the contract.
func (s *Store) readError(ctx context.Context, doing string, err error) error {
	if ctxErr := ended(ctx, err); ctxErr != nil {
		return errors.WithSecondaryError(errors.Wrap(ctxErr, doing), hidden(err))
	}
	if s.calls.closed.Load() {
		return closedError(doing)
	}
	return errors.Mark(errors.Wrap(hidden(err), doing), kvstore.ErrUnavailable)
}

// commitError gives err, of a transaction that did not succeed, its kind.
func commitError(ctx context.Context, err, kind error) error {
	if ctxErr := ended(ctx, err); ctxErr != nil && !errors.Is(kind, kvstore.ErrTooLarge) {
		return errors.Mark(errors.WithSecondaryError(errors.Wrap(ctxErr, "commit"), hidden(err)), kind)
	}
	return errors.Mark(errors.Wrap(hidden(err), "commit"), kind)
}
