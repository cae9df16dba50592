package embedetcd

import (
	"context"
	"sync"

	"github.com/cockroachdb/errors"
	"go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/mvccpb"
	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	"go.etcd.io/etcd/pkg/v3/traceutil"
	"go.etcd.io/etcd/server/v3/etcdserver"
	"go.etcd.io/etcd/server/v3/etcdserver/api/v3rpc"
	"go.etcd.io/etcd/server/v3/storage/mvcc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/taproot-db/taproot/kvstore/etcd"
)

var _ etcd.Local = (*local)(nil)

// local is the way into the server by function calls. It keeps calls away from a server that has been stopped: its
// database is a mapped file then, no longer mapped.
type local struct {
	server *etcdserver.EtcdServer
	kv     etcdserverpb.KVServer // with the checks of the API: limits, quota

	mu     sync.Mutex
	closed bool
	calls  sync.WaitGroup // Add under mu, and not after closed
}

func newLocal(server *etcdserver.EtcdServer) *local {
	return &local{server: server, kv: v3rpc.NewQuotaKVServer(server)}
}

// errClosed has a code that says that nothing was done.
var errClosed = status.Error(codes.FailedPrecondition, "the embedded server is closed")

func (l *local) enter() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return errClosed
	}
	l.calls.Add(1)
	return nil
}

// close lets no more calls in and waits for those that are.
func (l *local) close() {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	l.calls.Wait()
}

// Revision implements etcd.Local.
func (l *local) Revision() (int64, error) {
	if err := l.enter(); err != nil {
		return 0, err
	}
	defer l.calls.Done()
	return l.server.KV().Rev(), nil
}

// Txn implements etcd.Local.
func (l *local) Txn(ctx context.Context, req *etcdserverpb.TxnRequest) (*etcdserverpb.TxnResponse, error) {
	if err := l.enter(); err != nil {
		return nil, err
	}
	defer l.calls.Done()
	return l.kv.Txn(ctx, req)
}

// Range implements etcd.Local.
func (l *local) Range(ctx context.Context, key, end []byte, limit, rev int64) ([]*mvccpb.KeyValue, bool, error) {
	if err := l.enter(); err != nil {
		return nil, false, err
	}
	defer l.calls.Done()

	// A single key is read under the lock of the buffer of writes: shorter than copying the buffer. A page takes the copy, so
	// that writers need not wait for it.
	mode := mvcc.SharedBufReadTxMode
	if len(end) > 0 {
		mode = mvcc.ConcurrentReadTxMode
	}
	if len(end) == 1 && end[0] == 0 {
		end = []byte{} // the store's own notation for no end
	}
	txn := l.server.KV().Read(mode, traceutil.TODO())
	defer txn.End()
	res, err := txn.Range(ctx, key, end, mvcc.RangeOptions{Rev: rev, Limit: limit + 1})
	switch {
	case errors.Is(err, mvcc.ErrCompacted):
		return nil, false, rpctypes.ErrGRPCCompacted
	case errors.Is(err, mvcc.ErrFutureRev):
		return nil, false, rpctypes.ErrGRPCFutureRev
	case err != nil:
		return nil, false, err
	case int64(len(res.KVs)) > limit:
		return res.KVs[:limit], true, nil
	default:
		return res.KVs, false, nil
	}
}
