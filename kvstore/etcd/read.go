package etcd

import (
	"context"
	"math"

	"github.com/cockroachdb/errors"
	"go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/mvccpb"
	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	"google.golang.org/grpc"

	"github.com/taproot-db/taproot/kvstore"
)

// anySize lifts gRPC's limit of 4 MiB on what is received: a page may hold values as large as the server takes.
var anySize = grpc.MaxCallRecvMsgSize(math.MaxInt32)

// View implements kvstore.Store. It costs one linearizable read of a key's existence.
func (s *Store) View(ctx context.Context) (kvstore.Reader, error) {
	callCtx, done, err := s.calls.enter(ctx, "view")
	if err != nil {
		return nil, err
	}
	defer done()
	if err := ctx.Err(); err != nil {
		return nil, errors.Wrap(err, "view")
	}
	rev, err := s.revision(callCtx)
	if err != nil {
		return nil, s.readError(ctx, "view", err)
	}
	return &reader{store: s, rev: rev}, nil
}

// revision returns the present revision: that of the latest transaction that was acknowledged to anyone, or later.
func (s *Store) revision(ctx context.Context) (int64, error) {
	if s.cfg.Local != nil {
		rev, err := s.cfg.Local.Revision()
		if err != nil {
			return 0, err
		}
		s.note(&etcdserverpb.ResponseHeader{Revision: rev})
		return rev, nil
	}
	resp, err := s.reads.Range(ctx, &etcdserverpb.RangeRequest{Key: []byte(s.cfg.ProbeKey), CountOnly: true})
	if err != nil {
		return 0, err
	}
	s.note(resp.Header)
	return resp.Header.Revision, nil
}

// present returns what key holds now, nil if it is absent.
func (s *Store) present(ctx context.Context, key string) (*mvccpb.KeyValue, error) {
	if s.cfg.Local != nil {
		rev, err := s.cfg.Local.Revision()
		if err != nil {
			return nil, err
		}
		return s.at(ctx, key, rev)
	}
	resp, err := s.reads.Range(ctx, &etcdserverpb.RangeRequest{Key: []byte(key)}, anySize)
	if err != nil || len(resp.Kvs) == 0 {
		return nil, err
	}
	return resp.Kvs[0], nil
}

// at returns what key held at revision rev, nil if it was absent.
func (s *Store) at(ctx context.Context, key string, rev int64) (*mvccpb.KeyValue, error) {
	var kvs []*mvccpb.KeyValue
	if s.cfg.Local != nil {
		var err error
		if kvs, _, err = s.cfg.Local.Range(ctx, []byte(key), nil, 1, rev); err != nil {
			return nil, err
		}
	} else {
		// What a revision holds does not change, so any member that has reached it may answer on its own.
		req := &etcdserverpb.RangeRequest{Key: []byte(key), Revision: rev, Serializable: true}
		resp, err := s.reads.Range(ctx, req, anySize)
		if err != nil && is(err, rpctypes.ErrGRPCFutureRev) {
			req.Serializable = false
			resp, err = s.reads.Range(ctx, req, anySize)
		}
		if err != nil {
			return nil, err
		}
		kvs = resp.Kvs
	}
	if len(kvs) == 0 {
		return nil, nil
	}
	return kvs[0], nil
}

// reader reads at one revision.
type reader struct {
	store *Store
	rev   int64
}

func (r *reader) Get(ctx context.Context, key string) ([]byte, error) {
	callCtx, done, err := r.store.calls.enter(ctx, "get")
	if err != nil {
		return nil, err
	}
	defer done()
	if key == "" {
		return nil, errors.Mark(errors.New("get: empty key"), kvstore.ErrInvalid)
	}
	if err := ctx.Err(); err != nil {
		return nil, errors.Wrap(err, "get")
	}
	kv, err := r.store.at(callCtx, key, r.rev)
	if err != nil {
		return nil, r.store.readError(ctx, "get", err)
	}
	if kv == nil {
		return nil, errors.Mark(errors.Newf("get %q", key), kvstore.ErrNotFound)
	}
	return owned(kv.Value), nil
}

// owned makes an absent slice an empty one: on the wire they are the same. The bytes themselves came with the answer,
// and nobody else has them.
func owned(value []byte) []byte {
	if value == nil {
		return []byte{}
	}
	return value
}
