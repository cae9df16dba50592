package etcd

import (
	"context"
	"slices"
	"sync"

	"github.com/cockroachdb/errors"
	"go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/taproot-db/taproot/kvstore"
)

// Commit implements kvstore.Store.
func (s *Store) Commit(ctx context.Context, t kvstore.Txn) error {
	callCtx, done, err := s.calls.enter(ctx, "commit")
	if err != nil {
		return err
	}
	defer done()
	if err := t.Check(s.limits); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return errors.Mark(errors.Wrap(err, "commit"), kvstore.ErrUnavailable)
	}

	before := s.seen.Load()
	resp, sent, err := s.send(callCtx, request(t))
	switch {
	case err == nil && resp.Succeeded:
		s.note(resp.Header)
		return nil
	case err == nil:
		s.note(resp.Header)
		return errors.Mark(errors.New("commit: a guard does not hold"), kvstore.ErrGuard)
	}
	if kind, ok := refused(err); ok {
		return commitError(ctx, err, kind)
	}
	switch {
	case !sent:
		return commitError(ctx, err, kvstore.ErrUnavailable)
	case is(err, rpctypes.ErrGRPCNoSpace) && s.unwritten(callCtx, t, before):
		return errors.WithHint(commitError(ctx, err, kvstore.ErrUnavailable),
			"The database of etcd has reached its quota: compact, defragment, and disarm the alarm.")
	default:
		return commitError(ctx, err, kvstore.ErrUncertain)
	}
}

// request turns t into the transaction of etcd.
func request(t kvstore.Txn) *etcdserverpb.TxnRequest {
	req := &etcdserverpb.TxnRequest{
		Compare: make([]*etcdserverpb.Compare, 0, len(t.Guards)),
		Success: make([]*etcdserverpb.RequestOp, 0, len(t.Puts)+len(t.Deletes)),
	}
	for _, g := range t.Guards {
		c := &etcdserverpb.Compare{Key: []byte(g.Key), Result: etcdserverpb.Compare_EQUAL}
		if g.Absent {
			c.Target = etcdserverpb.Compare_CREATE
			c.TargetUnion = &etcdserverpb.Compare_CreateRevision{CreateRevision: 0}
		} else {
			// A comparison of the value of a key that does not exist fails, whatever it is compared with.
			c.Target = etcdserverpb.Compare_VALUE
			c.TargetUnion = &etcdserverpb.Compare_Value{Value: g.Want}
		}
		req.Compare = append(req.Compare, c)
	}
	for _, p := range t.Puts {
		req.Success = append(req.Success, &etcdserverpb.RequestOp{Request: &etcdserverpb.RequestOp_RequestPut{
			RequestPut: &etcdserverpb.PutRequest{Key: []byte(p.Key), Value: p.Value},
		}})
	}
	for _, k := range t.Deletes {
		req.Success = append(req.Success, &etcdserverpb.RequestOp{Request: &etcdserverpb.RequestOp_RequestDeleteRange{
			RequestDeleteRange: &etcdserverpb.DeleteRangeRequest{Key: []byte(k)},
		}})
	}
	return req
}

// send hands req to a server, at most once. sent tells whether it may have reached one.
func (s *Store) send(ctx context.Context, req *etcdserverpb.TxnRequest) (resp *etcdserverpb.TxnResponse, sent bool, err error) {
	if s.cfg.Local != nil {
		resp, err = s.cfg.Local.Txn(ctx, req)
		return resp, true, err
	}
	var a attempts
	resp, err = s.direct.Txn(ctx, req, grpc.PerRPCCredentials(&a), grpc.OnFinish(a.finish))
	sent, first := a.outcome()
	if err != nil && first != nil {
		err = first
	}
	return resp, sent, err
}

// attempts watches what becomes of one transaction inside the client, and keeps it from being sent again after an
// attempt whose outcome is unknown.
//
// The client retries a transaction on some errors that do not prove that it was not applied, a deadline that the server
// noticed first among them. A second attempt would then find its own guard broken by the first, and report ErrGuard for
// a transaction that landed. gRPC asks for credentials each time it is about to put a call on a connection, and tells when
// the call has ended: between the two lies everything that has to be known.
type attempts struct {
	mu   sync.Mutex
	sent bool  // an attempt was put on a connection, and no server is known to have turned it away
	err  error // how the first such attempt ended, if it has
}

// GetRequestMetadata implements credentials.PerRPCCredentials. It adds nothing.
func (a *attempts) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.err != nil {
		return nil, status.Error(codes.Internal, "not sent again: the outcome of the first attempt is unknown")
	}
	a.sent = true
	return nil, nil
}

// RequireTransportSecurity implements credentials.PerRPCCredentials.
func (a *attempts) RequireTransportSecurity() bool { return false }

// finish is called when an attempt has ended. Retries inside one attempt are those that gRPC makes when a server
// certainly has not seen the call.
func (a *attempts) finish(err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err == nil || !a.sent || a.err != nil {
		return
	}
	if _, ok := refused(err); ok {
		a.sent = false // for example an expired token: the client fetches a new one and tries again
		return
	}
	a.err = err
}

func (a *attempts) outcome() (sent bool, first error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.sent, a.err
}

// unwritten proves that t was not applied, or returns false. It is asked when a server has answered that its database is
// full: then t either was applied or never will be, and the answer is the same. Proof is a key that t writes and
// that has not been written since before t was sent.
func (s *Store) unwritten(ctx context.Context, t kvstore.Txn, before int64) bool {
	if len(t.Puts)+len(t.Deletes) == 0 {
		return true
	}
	const tries = 4 // keys that were there before lie anywhere; looking at all is not worth it
	keys := make([]string, 0, tries)
	for _, g := range t.Guards {
		// What is guarded by value is the likeliest to have been there.
		if !g.Absent && len(keys) < tries && writes(t, g.Key) {
			keys = append(keys, g.Key)
		}
	}
	for _, p := range t.Puts {
		if len(keys) < tries {
			keys = append(keys, p.Key)
		}
	}
	for _, k := range t.Deletes {
		if len(keys) < tries {
			keys = append(keys, k)
		}
	}
	for _, k := range keys {
		kv, err := s.present(ctx, k)
		if err != nil {
			return false
		}
		if kv != nil && kv.ModRevision <= before {
			return true
		}
	}
	return false
}

func writes(t kvstore.Txn, key string) bool {
	for _, p := range t.Puts {
		if p.Key == key {
			return true
		}
	}
	return slices.Contains(t.Deletes, key)
}
