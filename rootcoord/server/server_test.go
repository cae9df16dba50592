package server_test

import (
	"context"
	"strings"
	"testing"

	"github.com/cockroachdb/errors"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
	taprootv1 "github.com/taproot-db/taproot/proto/taproot/v1"
	"github.com/taproot-db/taproot/rootcoord/committer"
	"github.com/taproot-db/taproot/rootcoord/ddl"
	"github.com/taproot-db/taproot/rootcoord/server"
	"github.com/taproot-db/taproot/rootcoord/steps"
	"github.com/taproot-db/taproot/tasks"
)

// fake commits nothing; it remembers the last statement and plans it on an empty catalog where it is told to.
type fake struct {
	last steps.Statement
	st   committer.Statement
	err  error
	plan bool
}

func (f *fake) Task(st steps.Statement) *steps.Task {
	f.last = st
	return (&steps.Runner{Committer: f, Limits: model.DefaultLimits()}).Task(st)
}

func (f *fake) Submit(_ context.Context, st committer.Statement) (committer.Committed, error) {
	f.st = st
	if f.plan {
		_, _, err := st.Plan(catalog.Empty(), ddl.Input{})
		return committer.Committed{}, err
	}
	return committer.Committed{Revision: 7, Timestamp: 8, Changed: true, Result: catalog.Result{Database: 1, Collection: 2, Partition: 3}}, f.err
}

func (*fake) Snapshot() *catalog.Snapshot { return catalog.Empty() }

func (f *fake) DryRun(ddl.Planner) (committer.Committed, []ddl.Planned, error) {
	return committer.Committed{Revision: 7}, []ddl.Planned{{Kind: catalog.KindAlias, Action: "delete", Name: "a", ID: 9}}, f.err
}

func serve(f *fake) *server.Statements {
	return server.NewStatements(func() (server.Runner, error) { return f, nil }, func(context.Context, *tasks.PanicError) {})
}

func drop(name string) *taprootv1.ExecuteRequest {
	return &taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_DropCollection{
		DropCollection: &taprootv1.DropCollection{Database: "d", Collection: name},
	}}
}

func TestExecute(t *testing.T) {
	t.Parallel()
	f := &fake{}
	s := serve(f)
	req := drop("c")
	req.RequestId, req.Actor, req.IfRevision = "r", "a", proto.Uint64(0)
	resp, err := s.Execute(t.Context(), req)
	require.NoError(t, err)
	require.True(t, proto.Equal(&taprootv1.ExecuteResponse{
		Revision: 7, Timestamp: 8, Changed: true, DatabaseId: 1, CollectionId: 2, PartitionId: 3,
	}, resp), "%v", resp)
	require.Equal(t, steps.DropCollection{Database: "d", Name: "c"}, f.last.Request)
	require.Equal(t, "r", f.st.RequestID)
	require.Equal(t, "a", f.st.Actor)
	require.Equal(t, "DropCollection", f.st.Name)
	require.NotNil(t, f.last.IfRevision)
	body := f.st.Body
	require.NotZero(t, body)
	// The body is the statement alone: who sends it, and when, makes it no other.
	again := drop("c")
	again.RequestId = "r"
	_, err = s.Execute(t.Context(), again)
	require.NoError(t, err)
	require.Equal(t, body, f.st.Body)
	another := drop("other")
	another.RequestId = "r"
	_, err = s.Execute(t.Context(), another)
	require.NoError(t, err)
	require.NotEqual(t, body, f.st.Body)

	dry := drop("c")
	dry.DryRun = true
	f.st = committer.Statement{}
	resp, err = s.Execute(t.Context(), dry)
	require.NoError(t, err)
	require.Empty(t, f.st, "nothing was submitted")
	require.Len(t, resp.GetPlanned(), 1)
	require.True(t, proto.Equal(&taprootv1.PlannedChange{Kind: "alias", Action: "delete", Name: "a", Id: 9}, resp.GetPlanned()[0]))
}

func TestErrors(t *testing.T) {
	t.Parallel()
	long := drop("c")
	long.RequestId = strings.Repeat("x", 257)
	broken := drop("c")
	broken.Actor = "\xff"
	for what, c := range map[string]struct {
		req  *taprootv1.ExecuteRequest
		err  error
		grpc codes.Code
		code int32 // of the refusal; 0: none
	}{
		"a refusal":         {drop("c"), errs.NoCollection("d", "c"), codes.FailedPrecondition, 100},
		"no statement":      {&taprootv1.ExecuteRequest{}, nil, codes.FailedPrecondition, 10},
		"a long request id": {long, nil, codes.FailedPrecondition, 1100},
		"invalid UTF-8":     {broken, nil, codes.FailedPrecondition, 1100},
		"the store is away": {drop("c"), errs.Unavailable.New("x"), codes.Unavailable, 0},
		"stopped":           {drop("c"), errors.Mark(errors.New("x"), committer.ErrStopped), codes.Unavailable, 0},
		"the caller left":   {drop("c"), context.Canceled, codes.Canceled, 0},
		"out of time":       {drop("c"), context.DeadlineExceeded, codes.DeadlineExceeded, 0},
		"nobody knows":      {drop("c"), errors.Mark(errors.New("x"), committer.ErrOutcomeUnknown), codes.Unavailable, 0},
		"anything else":     {drop("c"), errors.New("x"), codes.FailedPrecondition, 65535},
	} {
		_, err := serve(&fake{err: c.err}).Execute(t.Context(), c.req)
		st := status.Convert(err)
		require.Equal(t, c.grpc, st.Code(), "%s: %v", what, err)
		if c.code == 0 {
			require.Empty(t, st.Details(), what)
			continue
		}
		info, ok := st.Details()[0].(*taprootv1.ErrorInfo)
		require.True(t, ok, what)
		require.Equal(t, c.code, info.GetCode(), what)
		require.Equal(t, st.Message(), info.GetReason(), what)
	}
	none := server.NewStatements(func() (server.Runner, error) { return nil, errors.New("no leader") }, nil)
	_, err := none.Execute(t.Context(), drop("c"))
	require.Equal(t, codes.Unavailable, status.Code(err))
}

// Every statement of the API that is known here, empty of everything: none panics, and each can have a precondition.
func TestEmptyStatements(t *testing.T) {
	t.Parallel()
	oneof := (&taprootv1.ExecuteRequest{}).ProtoReflect().Descriptor().Oneofs().ByName("statement")
	known := 0
	for i := range oneof.Fields().Len() {
		field := oneof.Fields().Get(i)
		req := &taprootv1.ExecuteRequest{IfRevision: proto.Uint64(0)}
		r := req.ProtoReflect()
		r.Set(field, protoreflect.ValueOfMessage(r.NewField(field).Message()))
		f := &fake{plan: true}
		_, err := serve(f).Execute(t.Context(), req)
		if err == nil {
			known++ // what is not there is dropped already
			continue
		}
		st := status.Convert(err)
		require.NotEmpty(t, st.Details(), "%s: %v", field.Name(), err)
		info, ok := st.Details()[0].(*taprootv1.ErrorInfo)
		require.True(t, ok, "%s: %v", field.Name(), err)
		if info.GetCode() == errs.Unimplemented.Code {
			continue
		}
		known++
		require.NotContains(t, info.GetReason(), "takes no precondition", "%s", field.Name())
		require.NotEqual(t, errs.Internal.Code, info.GetCode(), "%s: %s", field.Name(), info.GetReason())
	}
	require.GreaterOrEqual(t, known, 4)
}
