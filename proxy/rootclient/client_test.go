package rootclient_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cockroachdb/errors"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
	taprootv1 "github.com/taproot-db/taproot/proto/taproot/v1"
	"github.com/taproot-db/taproot/proxy/rootclient"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// coordinator answers with its errors in turn, the last one again and again; nil is a success.
type coordinator struct {
	taprootv1.UnimplementedStatementsServer
	taprootv1.UnimplementedTimestampsServer
	answers []error
	ids     []string
	counts  []uint32
}

func (c *coordinator) next() error {
	err := c.answers[0]
	if len(c.answers) > 1 {
		c.answers = c.answers[1:]
	}
	return err
}

func (c *coordinator) Execute(_ context.Context, req *taprootv1.ExecuteRequest) (*taprootv1.ExecuteResponse, error) {
	c.ids = append(c.ids, req.GetRequestId())
	if err := c.next(); err != nil {
		return nil, err
	}
	return &taprootv1.ExecuteResponse{Revision: 7}, nil
}

func (c *coordinator) Allocate(_ context.Context, req *taprootv1.AllocateRequest) (*taprootv1.AllocateResponse, error) {
	c.counts = append(c.counts, req.GetCount())
	if err := c.next(); err != nil {
		return nil, err
	}
	return &taprootv1.AllocateResponse{First: 99}, nil
}

func client(t *testing.T, answers ...error) (*rootclient.Client, *coordinator) {
	t.Helper()
	c := &coordinator{answers: answers}
	local := rootclient.InProcess(c, c)
	cl, err := rootclient.New(local, local, rootclient.Config{})
	require.NoError(t, err)
	return cl, c
}

// refusal is how a coordinator refuses.
func refusal(t *testing.T, code codes.Code, info *taprootv1.ErrorInfo) error {
	t.Helper()
	st, err := status.New(code, "refused").WithDetails(info)
	require.NoError(t, err)
	return st.Err()
}

var errNoLeader = status.Error(codes.Unavailable, "no leader")

func TestOneRequestIDForAllTries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cl, c := client(t, errNoLeader, errNoLeader, errNoLeader, nil)
		resp, err := cl.Execute(t.Context(), &taprootv1.ExecuteRequest{})
		require.NoError(t, err)
		require.Equal(t, uint64(7), resp.GetRevision())
		require.Len(t, c.ids, 4)
		for _, id := range c.ids {
			require.Equal(t, c.ids[0], id)
		}
		require.Regexp(t, "^[0-9a-f]{32}$", c.ids[0])

		_, err = cl.Execute(t.Context(), &taprootv1.ExecuteRequest{})
		require.NoError(t, err)
		require.NotEqual(t, c.ids[0], c.ids[4], "another call, another id")
		_, err = cl.Execute(t.Context(), &taprootv1.ExecuteRequest{RequestId: "mine"})
		require.NoError(t, err)
		require.Equal(t, "mine", c.ids[5])
	})
}

func TestItGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cl, c := client(t, errNoLeader)
		start := time.Now()
		_, err := cl.Execute(t.Context(), &taprootv1.ExecuteRequest{})
		var down *rootclient.TransportError
		require.ErrorAs(t, err, &down)
		require.Equal(t, codes.Unavailable, down.Code())
		require.ErrorContains(t, err, "no leader")
		took := time.Since(start)
		require.LessOrEqual(t, took, 2*time.Second)
		require.Greater(t, took, time.Second)
		require.Greater(t, len(c.ids), 8)
		require.Less(t, len(c.ids), 60, "pauses grow")
	})
}

func TestTheCallersContextEndsTheRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cl, _ := client(t, errNoLeader)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		_, err := cl.Execute(ctx, &taprootv1.ExecuteRequest{})
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

func TestRefusals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cl, c := client(t, refusal(t, codes.FailedPrecondition, &taprootv1.ErrorInfo{
			Code: 100, Reason: "collection not found[database=d][collection=c]", Input: true,
		}))
		_, err := cl.Execute(t.Context(), &taprootv1.ExecuteRequest{})
		require.Equal(t, errs.Of(errs.NoCollection("d", "c")), errs.Of(err))
		require.Len(t, c.ids, 1, "a refusal is final")

		// In whatever form "not now" comes, it is tried again.
		cl, c = client(t,
			refusal(t, codes.FailedPrecondition, &taprootv1.ErrorInfo{Code: 2, Reason: "store away", Retriable: true}),
			refusal(t, codes.Unavailable, &taprootv1.ErrorInfo{Code: 1, Reason: "not ready", Retriable: true}),
			nil)
		_, err = cl.Execute(t.Context(), &taprootv1.ExecuteRequest{})
		require.NoError(t, err)
		require.Len(t, c.ids, 3)

		// The queue of the coordinator being full is for the client to know.
		cl, c = client(t, refusal(t, codes.ResourceExhausted, &taprootv1.ErrorInfo{Code: 4, Reason: "full", Retriable: true}))
		_, err = cl.Execute(t.Context(), &taprootv1.ExecuteRequest{})
		require.True(t, errs.TooManyRequests.Is(err))
		require.True(t, errs.Of(err).Retriable)
		require.Len(t, c.ids, 1)
	})
}

func TestWhatIsNoRefusal(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		answer error
		code   codes.Code
		is     error
	}{
		"a status":           {answer: status.Error(codes.Internal, "x"), code: codes.Internal},
		"a plain error":      {answer: errors.New("x"), code: codes.Unknown},
		"their end":          {answer: status.Error(codes.DeadlineExceeded, "x"), code: codes.DeadlineExceeded, is: context.DeadlineExceeded},
		"their cancellation": {answer: status.Error(codes.Canceled, "x"), code: codes.Canceled, is: context.Canceled},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cl, c := client(t, tc.answer)
			_, err := cl.Execute(t.Context(), &taprootv1.ExecuteRequest{})
			var te *rootclient.TransportError
			require.True(t, errors.As(err, &te))
			require.Equal(t, tc.code, te.Code())
			if tc.is != nil {
				require.True(t, errors.Is(err, tc.is))
			}
			require.Len(t, c.ids, 1)
		})
	}
	cl, _ := client(t, context.Canceled)
	_, err := cl.Execute(t.Context(), &taprootv1.ExecuteRequest{})
	require.ErrorIs(t, err, context.Canceled)
}

func TestTimestamp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cl, c := client(t, errNoLeader, nil)
		ts, err := cl.Timestamp(t.Context())
		require.NoError(t, err)
		require.Equal(t, model.Timestamp(99), ts)
		require.Equal(t, []uint32{1, 1}, c.counts)
		cl, _ = client(t, errNoLeader)
		_, err = cl.Timestamp(t.Context())
		require.ErrorContains(t, err, "no leader")
	})
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	_, err := rootclient.New(nil, nil, rootclient.Config{})
	require.Error(t, err)
	local := rootclient.InProcess(nil, nil)
	_, err = rootclient.New(local, local, rootclient.Config{RetryFor: -1})
	require.ErrorContains(t, err, "RetryFor")
	_, err = rootclient.New(local, local, rootclient.Config{Pause: -1})
	require.ErrorContains(t, err, "Pause")
}

func BenchmarkExecute(b *testing.B) {
	c := &coordinator{answers: []error{nil}}
	local := rootclient.InProcess(c, c)
	cl, err := rootclient.New(local, local, rootclient.Config{})
	require.NoError(b, err)
	b.ReportAllocs()
	for range b.N {
		if _, err := cl.Execute(b.Context(), &taprootv1.ExecuteRequest{}); err != nil {
			b.Fatal(err)
		}
		c.ids = c.ids[:0]
	}
}
