package rootclient

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	mathrand "math/rand/v2"
	"time"

	"github.com/cockroachdb/errors"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
	taprootv1 "github.com/taproot-db/taproot/proto/taproot/v1"
)

// Config tunes a Client. The zero value means the defaults.
type Config struct {
	// RetryFor is how long a call goes on trying while there is no leader, or nobody can be reached. 0: 2 s. SDKs retry
	// what then comes out, so it should be longer than a change of leaders inside one process and shorter than their
	// patience.
	RetryFor time.Duration
	// Pause is the first pause between two tries; it doubles up to 20 times its length. 0: 10 ms.
	Pause time.Duration
}

const (
	defaultRetryFor = 2 * time.Second
	defaultPause    = 10 * time.Millisecond
	longestPause    = 20 // times the first
)

// Client sends statements to the leader. Safe for concurrent use.
type Client struct {
	statements taprootv1.StatementsClient
	timestamps taprootv1.TimestampsClient
	retryFor   time.Duration
	pause      time.Duration
}

// New returns a Client over the two services.
func New(statements taprootv1.StatementsClient, timestamps taprootv1.TimestampsClient, c Config) (*Client, error) {
	switch {
	case statements == nil || timestamps == nil:
		return nil, errors.New("rootclient: both services are needed")
	case c.RetryFor < 0:
		return nil, errors.Newf("rootclient: RetryFor is negative: %v", c.RetryFor)
	case c.Pause < 0:
		return nil, errors.Newf("rootclient: Pause is negative: %v", c.Pause)
	}
	client := &Client{statements: statements, timestamps: timestamps, retryFor: c.RetryFor, pause: c.Pause}
	if client.retryFor == 0 {
		client.retryFor = defaultRetryFor
	}
	if client.pause == 0 {
		client.pause = defaultPause
	}
	return client, nil
}

// Execute runs one statement and returns when it is durable. It gives req a request id if it has none; req belongs to
// the Client from then on.
//
// Errors: a refusal, as errs has it: nothing was changed; a *TransportError: the coordinator could not be reached
// within RetryFor or answered no more than a gRPC status, and the outcome is unknown; or the end of ctx, with the same
// uncertainty.
func (c *Client) Execute(ctx context.Context, req *taprootv1.ExecuteRequest) (*taprootv1.ExecuteResponse, error) {
	if req.GetRequestId() == "" {
		req.RequestId = requestID()
	}
	var resp *taprootv1.ExecuteResponse
	err := c.retry(ctx, func() (err error) {
		resp, err = c.statements.Execute(ctx, req)
		return err
	})
	if err != nil {
		return nil, err
	}
	return resp, nil
}

// Timestamp returns a hybrid timestamp larger than any handed out before. Errors are those of Execute.
func (c *Client) Timestamp(ctx context.Context) (model.Timestamp, error) {
	var first uint64
	err := c.retry(ctx, func() error {
		resp, err := c.timestamps.Allocate(ctx, &taprootv1.AllocateRequest{Count: 1})
		first = resp.GetFirst()
		return err
	})
	if err != nil {
		return 0, err
	}
	return model.Timestamp(first), nil
}

// retry calls until an answer comes that a repetition would not change, ctx ends, or the next pause would go beyond
// RetryFor.
func (c *Client) retry(ctx context.Context, call func() error) error {
	err := call()
	if err == nil {
		return nil // without having looked at the clock
	}
	deadline := time.Now().Add(c.retryFor)
	for pause := c.pause; ; pause = min(2*pause, longestPause*c.pause) {
		err = translate(err)
		if !mayPass(err) {
			return err
		}
		wait := jitter(pause)
		if time.Now().Add(wait).After(deadline) {
			return err
		}
		if ended := sleep(ctx, wait); ended != nil {
			return errors.WithSecondaryError(ended, err)
		}
		if err = call(); err == nil {
			return nil
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return errors.Wrap(ctx.Err(), "while waiting for a leader")
	}
}

// jitter keeps the callers that lost the same leader from coming back in step.
func jitter(d time.Duration) time.Duration {
	return d/2 + mathrand.N(d) //nolint:gosec // spreads load, guards nothing
}

// mayPass reports whether the same request may be answered otherwise in a moment.
func mayPass(err error) bool {
	var t *TransportError
	return errors.As(err, &t) && t.Code() == codes.Unavailable || errs.NotReady.Is(err) || errs.Unavailable.Is(err)
}

// requestID returns 128 random bits in hex.
func requestID() string {
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails
	return hex.EncodeToString(id[:])
}

// TransportError is an answer without a refusal in it: the coordinator was not reached, has no leader, or broke down.
type TransportError struct{ status *status.Status }

// Error returns the text of the gRPC status.
func (e *TransportError) Error() string {
	return "coordinator: " + e.status.Code().String() + ": " + e.status.Message()
}

// Code returns the gRPC code.
func (e *TransportError) Code() codes.Code { return e.status.Code() }

// translate turns the error of a call into a refusal, a *TransportError, or the end of a context.
func translate(err error) error {
	st, ok := status.FromError(err)
	if !ok {
		if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		return &TransportError{status.New(codes.Unknown, err.Error())}
	}
	for _, detail := range st.Details() {
		if info, ok := detail.(*taprootv1.ErrorInfo); ok {
			return errs.FromStatus(errs.Status{
				Code:      info.GetCode(),
				Reason:    info.GetReason(),
				Retriable: info.GetRetriable(),
				Input:     info.GetInput(),
			})
		}
	}
	switch st.Code() {
	case codes.Canceled:
		return errors.Mark(&TransportError{st}, context.Canceled)
	case codes.DeadlineExceeded:
		return errors.Mark(&TransportError{st}, context.DeadlineExceeded)
	default: // has no counterpart
		return &TransportError{st}
	}
}
