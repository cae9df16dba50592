// Package server is the coordinator's face to proxies: it decodes a request, runs it as a task, and encodes the answer.
// There is no logic here: what a statement means is decided in ddl, and done in steps.
package server

import (
	"context"
	"unicode/utf8"

	"github.com/cockroachdb/errors"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
	taprootv1 "github.com/taproot-db/taproot/proto/taproot/v1"
	"github.com/taproot-db/taproot/rootcoord/committer"
	"github.com/taproot-db/taproot/rootcoord/steps"
	"github.com/taproot-db/taproot/tasks"
)

// Runner runs statements; it is *steps.Runner, or whatever stands in front of it.
type Runner interface {
	// Task returns the task of a statement, to be run once.
	Task(st steps.Statement) *steps.Task
}

// Statements implements taproot.v1.Statements. A refusal is a gRPC status with an ErrorInfo among its details. Safe
// for concurrent use.
type Statements struct {
	taprootv1.UnimplementedStatementsServer
	runner   func() (Runner, error)
	panicked func(context.Context, *tasks.PanicError)
}

// NewStatements returns the service. runner is asked for each call; its error means that there is nobody to run statements now, and is
// answered as UNAVAILABLE. panicked is told of every panic, which the client sees as code 5.
func NewStatements(runner func() (Runner, error), panicked func(context.Context, *tasks.PanicError)) *Statements {
	return &Statements{runner: runner, panicked: panicked}
}

// Execute runs one statement and answers when it is durable.
func (s *Statements) Execute(ctx context.Context, req *taprootv1.ExecuteRequest) (*taprootv1.ExecuteResponse, error) {
	runner, err := s.runner()
	if err != nil {
		return nil, status.Error(codes.Unavailable, err.Error())
	}
	st, err := decode(req)
	if err != nil {
		return nil, encode(err)
	}
	task := runner.Task(st)
	if err := tasks.Run(ctx, task); err != nil {
		if p, ok := tasks.AsPanic(err); ok {
			s.panicked(ctx, p)
			err = errs.Internal.New(p.Error())
		}
		return nil, encode(err)
	}
	c := task.Committed()
	return &taprootv1.ExecuteResponse{
		Planned:  planned(task.Planned()),
		Revision: uint64(c.Revision), Timestamp: uint64(c.Timestamp), Changed: c.Changed,
		DatabaseId: int64(c.Result.Database), CollectionId: int64(c.Result.Collection), PartitionId: int64(c.Result.Partition),
	}, nil
}

// maxIDBytes bounds what a sender chooses freely and the journal keeps.
const maxIDBytes = 256

// decode turns a request into a statement.
func decode(req *taprootv1.ExecuteRequest) (steps.Statement, error) {
	st := steps.Statement{RequestID: req.GetRequestId(), Actor: req.GetActor(), DryRun: req.GetDryRun()}
	if req.IfRevision != nil {
		r := catalog.Revision(req.GetIfRevision())
		st.IfRevision = &r
	}
	// One that cannot be stored would fail the whole batch it is committed with.
	for _, s := range []string{st.RequestID, st.Actor} {
		if len(s) > maxIDBytes || !utf8.ValidString(s) {
			return st, errs.Invalid("request id and actor are UTF-8 of at most %d bytes", maxIDBytes)
		}
	}
	var err error
	if st.Request, err = statement(req); err != nil {
		return st, err
	}
	if st.RequestID != "" {
		body, err := proto.MarshalOptions{Deterministic: true}.Marshal(&taprootv1.ExecuteRequest{Statement: req.GetStatement()})
		if err != nil {
			return st, errs.Invalid("%v", err)
		}
		st.Body = catalog.Digest("", body).Lo
	}
	return st, nil
}

// encode turns an error into a gRPC status.
func encode(err error) error {
	switch {
	case errors.Is(err, committer.ErrStopped), errs.Unavailable.Is(err), errs.NotReady.Is(err):
		return status.Error(codes.Unavailable, err.Error())
	case errors.Is(err, context.Canceled):
		return status.Error(codes.Canceled, err.Error())
	case errors.Is(err, context.DeadlineExceeded):
		return status.Error(codes.DeadlineExceeded, err.Error())
	case errors.Is(err, committer.ErrOutcomeUnknown):
		return status.Error(codes.Unavailable, err.Error())
	}
	st := errs.Of(err)
	info := &taprootv1.ErrorInfo{Code: st.Code, Reason: st.Reason, Retriable: st.Retriable, Input: st.Input}
	s, derr := status.New(codes.FailedPrecondition, st.Reason).WithDetails(info)
	if derr != nil {
		return status.Error(codes.Internal, st.Reason)
	}
	return s.Err()
}

// Clock hands out timestamps.
type Clock interface {
	// Allocate returns the first of n consecutive hybrid timestamps.
	Allocate(ctx context.Context, n uint32) (model.Timestamp, error)
}

// Timestamps implements taproot.v1.Timestamps. Safe for concurrent use.
type Timestamps struct {
	taprootv1.UnimplementedTimestampsServer
	clock func() (Clock, error)
}

// NewTimestamps returns the service. clock is asked for each call; its error is answered as UNAVAILABLE.
func NewTimestamps(clock func() (Clock, error)) *Timestamps { return &Timestamps{clock: clock} }

// maxTimestamps is the most that one call may take: they share one millisecond's counter.
const maxTimestamps = 1 << 16

// Allocate returns the first of the timestamps asked for.
func (t *Timestamps) Allocate(ctx context.Context, req *taprootv1.AllocateRequest) (*taprootv1.AllocateResponse, error) {
	n := req.GetCount()
	if n == 0 || n > maxTimestamps {
		return nil, encode(errs.Invalid("%d timestamps asked for, 1 to %d can be had at once", n, maxTimestamps))
	}
	clock, err := t.clock()
	if err != nil {
		return nil, status.Error(codes.Unavailable, err.Error())
	}
	first, err := clock.Allocate(ctx, n)
	if err != nil {
		return nil, encode(err)
	}
	return &taprootv1.AllocateResponse{First: uint64(first)}, nil
}
