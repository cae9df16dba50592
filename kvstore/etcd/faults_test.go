package etcd_test

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/errors"
	"github.com/stretchr/testify/require"
	"go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/server/v3/embed"
	"go.uber.org/zap"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/taproot-db/taproot/kvstore"
	"github.com/taproot-db/taproot/kvstore/etcd"
	"github.com/taproot-db/taproot/kvstore/kvstoretest"
)

// middleman stands between a Store and a server, and spoils what passes.
type middleman struct {
	etcdserverpb.UnimplementedKVServer
	to etcdserverpb.KVClient

	// txn, if not nil, is what becomes of call n, counted from 1, of Txn; it may pass the call on.
	txn  func(n int, pass func() (*etcdserverpb.TxnResponse, error)) (*etcdserverpb.TxnResponse, error)
	txns atomic.Int32

	// stream, if not nil, is what becomes of RangeStream.
	stream func(send func() error) error
	ranges atomic.Int32
}

func (m *middleman) Txn(ctx context.Context, req *etcdserverpb.TxnRequest) (*etcdserverpb.TxnResponse, error) {
	n := int(m.txns.Add(1))
	pass := func() (*etcdserverpb.TxnResponse, error) { return m.to.Txn(ctx, req) }
	if m.txn == nil {
		return pass()
	}
	return m.txn(n, pass)
}

func (m *middleman) Range(ctx context.Context, req *etcdserverpb.RangeRequest) (*etcdserverpb.RangeResponse, error) {
	m.ranges.Add(1)
	return m.to.Range(ctx, req)
}

func (m *middleman) RangeStream(req *etcdserverpb.RangeRequest, out etcdserverpb.KV_RangeStreamServer) error {
	if m.stream == nil {
		return m.UnimplementedKVServer.RangeStream(req, out)
	}
	from, err := m.to.RangeStream(out.Context(), req)
	if err != nil {
		return err
	}
	return m.stream(func() error {
		resp, err := from.Recv()
		if err != nil {
			return err
		}
		return out.Send(resp)
	})
}

// between starts m in front of s and returns a Store that talks to it.
func (s *server) between(t *testing.T, m *middleman) *etcd.Store {
	t.Helper()
	m.to = etcdserverpb.NewKVClient(s.raw.ActiveConnection())
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	g := grpc.NewServer()
	etcdserverpb.RegisterKVServer(g, m)
	var serving sync.WaitGroup
	serving.Go(func() { _ = g.Serve(listener) })
	t.Cleanup(func() {
		g.Stop()
		serving.Wait()
	})
	return newStore(t, listener.Addr().String(), etcd.Config{})
}

// newStore returns a Store that has not talked to anyone yet.
func newStore(t *testing.T, addr string, cfg etcd.Config) *etcd.Store {
	t.Helper()
	client, err := clientv3.New(clientv3.Config{Endpoints: []string{addr}, Logger: zap.NewNop()})
	require.NoError(t, err)
	store, err := etcd.New(client, cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	return store
}

func kindOf(err error) error {
	for _, k := range []error{
		kvstore.ErrGuard, kvstore.ErrTooLarge, kvstore.ErrUnavailable, kvstore.ErrUncertain, kvstore.ErrInvalid,
	} {
		if errors.Is(err, k) {
			return k
		}
	}
	return err
}

func createA() kvstore.Txn {
	return kvstore.Txn{
		Guards: []kvstore.Guard{{Key: "a", Absent: true}},
		Puts:   []kvstore.Item{{Key: "a", Value: []byte("1")}},
	}
}

// Whatever a server answers to a transaction that it has applied, the transaction is not sent twice, and what the caller
// hears is not that its guard did not hold.
func TestTransactionsAreSentOnce(t *testing.T) {
	s := startServer(t, nil)
	for _, c := range []struct {
		name  string
		err   error
		apply bool
		kind  error
		calls int
	}{
		{"deadline noticed by the server", status.Error(codes.DeadlineExceeded, "context deadline exceeded"), true, kvstore.ErrUncertain, 1},
		{"cancelled by the server", status.Error(codes.Canceled, "context canceled"), true, kvstore.ErrUncertain, 1},
		{"timeout", rpctypes.ErrGRPCTimeout, true, kvstore.ErrUncertain, 1},
		{"leader changed", rpctypes.ErrGRPCLeaderChanged, true, kvstore.ErrUncertain, 1},
		{"leader failed", rpctypes.ErrGRPCTimeoutDueToLeaderFail, true, kvstore.ErrUncertain, 1},
		{"server stopped", rpctypes.ErrGRPCStopped, true, kvstore.ErrUncertain, 1},
		{"no leader", rpctypes.ErrGRPCNoLeader, true, kvstore.ErrUncertain, 1},
		{"unavailable", status.Error(codes.Unavailable, "transport is closing"), true, kvstore.ErrUncertain, 1},
		{"no address, says somebody else", status.Error(codes.Unavailable, "there is no address available"), true, kvstore.ErrUncertain, 1},
		{"unknown", status.Error(codes.Unknown, "raft proposal dropped"), true, kvstore.ErrUncertain, 1},
		{"internal", status.Error(codes.Internal, "stream terminated by RST_STREAM"), true, kvstore.ErrUncertain, 1},
		{"data loss", rpctypes.ErrGRPCCorrupt, true, kvstore.ErrUncertain, 1},
		{"full, after the fact", rpctypes.ErrGRPCNoSpace, true, kvstore.ErrUncertain, 1},
		{"too large", rpctypes.ErrGRPCRequestTooLarge, false, kvstore.ErrTooLarge, 1},
		{"too many operations", rpctypes.ErrGRPCTooManyOps, false, kvstore.ErrTooLarge, 1},
		{"too many requests", rpctypes.ErrGRPCRequestTooManyRequests, false, kvstore.ErrUnavailable, 1},
		{"permission denied", rpctypes.ErrGRPCPermissionDenied, false, kvstore.ErrUnavailable, 1},
		{"learner", rpctypes.ErrGRPCNotSupportedForLearner, false, kvstore.ErrUnavailable, 1},
		{"an old token", rpctypes.ErrGRPCInvalidAuthToken, false, nil, 2},
		{"an old revision of the permissions", rpctypes.ErrGRPCAuthOldRevision, false, nil, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := s.raw.Delete(t.Context(), "a")
			require.NoError(t, err)
			m := &middleman{}
			m.txn = func(n int, pass func() (*etcdserverpb.TxnResponse, error)) (*etcdserverpb.TxnResponse, error) {
				if n > 1 || c.apply {
					if resp, err := pass(); n > 1 || err != nil {
						return resp, err
					}
				}
				return nil, c.err
			}
			store := s.between(t, m)
			_, err = store.View(t.Context())
			require.NoError(t, err)
			err = store.Commit(t.Context(), createA())
			require.Equal(t, c.kind, kindOf(err), "%+v", err)
			require.EqualValues(t, c.calls, m.txns.Load())
			if err != nil {
				require.False(t, errors.Is(err, rpctypes.Error(c.err)), "the server's own error can be matched on")
				var e rpctypes.EtcdError
				require.False(t, errors.As(err, &e))
				_, ok := status.FromError(errors.UnwrapAll(err))
				require.False(t, ok && status.Code(errors.UnwrapAll(err)) == status.Code(c.err))
			}
		})
	}
}

// A server that is not there was not sent anything.
func TestNobodyThere(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	store := newStore(t, listener.Addr().String(), etcd.Config{})

	err = store.Commit(t.Context(), createA())
	require.Equal(t, kvstore.ErrUnavailable, kindOf(err), "%+v", err)

	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err = store.View(ctx)
	require.True(t, errors.Is(err, context.DeadlineExceeded), "%+v", err)
}

// A server that takes connections and says nothing was not sent anything either, as long as gRPC has not shaken hands.
func TestASilentServer(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, listener.Close()) }()
	store := newStore(t, listener.Addr().String(), etcd.Config{})
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	err = store.Commit(ctx, createA())
	require.Equal(t, kvstore.ErrUnavailable, kindOf(err), "%+v", err)
	require.True(t, errors.Is(err, context.DeadlineExceeded), "%+v", err)
}

// A transaction that was sent and is not answered may have been applied.
func TestNoAnswer(t *testing.T) {
	s := startServer(t, nil)
	for _, c := range []struct {
		name string
		end  func(t *testing.T, store *etcd.Store, cancel context.CancelFunc)
		want error // besides ErrUncertain
	}{
		{"the caller gives up", func(_ *testing.T, _ *etcd.Store, cancel context.CancelFunc) { cancel() }, context.Canceled},
		{"the store is closed", func(t *testing.T, store *etcd.Store, _ context.CancelFunc) {
			t.Helper()
			require.NoError(t, store.Close())
		}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := s.raw.Delete(t.Context(), "a")
			require.NoError(t, err)
			arrived, release := make(chan struct{}), make(chan struct{})
			defer close(release)
			store := s.between(t, &middleman{
				txn: func(_ int, pass func() (*etcdserverpb.TxnResponse, error)) (*etcdserverpb.TxnResponse, error) {
					resp, err := pass()
					close(arrived)
					<-release
					return resp, err
				},
			})
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			outcome := make(chan error, 1)
			go func() { outcome <- store.Commit(ctx, createA()) }()
			<-arrived
			c.end(t, store, cancel)
			err = <-outcome
			require.Equal(t, kvstore.ErrUncertain, kindOf(err), "%+v", err)
			if c.want != nil {
				require.True(t, errors.Is(err, c.want), "%+v", err)
			}
		})
	}
}

func TestFallbackToPages(t *testing.T) {
	s := startServer(t, func(c *embed.Config) { c.MaxTxnOps = 4096 })
	direct := s.dial(t, etcd.Config{MaxTxnOps: 4096})
	var want []string
	var txn kvstore.Txn
	for i := range 4000 {
		want = append(want, fmt.Sprintf("k%05d", i))
		txn.Puts = append(txn.Puts, kvstore.Item{Key: want[i], Value: []byte("v")})
	}
	require.NoError(t, direct.Commit(t.Context(), txn))

	for _, c := range []struct {
		name   string
		stream func(send func() error) error
		asked  int // how often a stream is tried in two ranges
	}{
		{"a server without streams is not asked again", nil, 1},
		{"a stream that breaks off at once", func(func() error) error { return rpctypes.ErrGRPCStopped }, 2},
		{"a stream that breaks off on the way", func(send func() error) error {
			for range 3 {
				if err := send(); err != nil {
					return err
				}
			}
			return status.Error(codes.Unavailable, "transport is closing")
		}, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			tried := 0
			m := &middleman{}
			if c.stream != nil {
				m.stream = func(send func() error) error {
					tried++
					return c.stream(send)
				}
			}
			store := s.between(t, m)
			r, err := store.View(t.Context())
			require.NoError(t, err)
			for range 2 {
				got := []string{}
				for it, err := range r.Range(t.Context(), "k", "") {
					require.NoError(t, err)
					got = append(got, it.Key)
				}
				require.Equal(t, want, got)
			}
			if c.stream != nil {
				require.Equal(t, c.asked, tried)
			}
			require.Less(t, int(m.ranges.Load()), 60)
		})
	}

	t.Run("what is final is not tried again", func(t *testing.T) {
		m := &middleman{stream: func(func() error) error { return rpctypes.ErrGRPCPermissionDenied }}
		store := s.between(t, m)
		r, err := store.View(t.Context())
		require.NoError(t, err)
		m.ranges.Store(0)
		for _, err := range r.Range(t.Context(), "k", "") {
			require.Equal(t, kvstore.ErrUnavailable, kindOf(err), "%+v", err)
		}
		require.Zero(t, m.ranges.Load())
	})
}

// The number of requests and of keys that a server walks over grows with the keys, also when the server is real.
func TestPagesOfARealServer(t *testing.T) {
	n := kvstoretest.Keys()
	s := startServer(t, func(c *embed.Config) { c.MaxTxnOps = 8192 })
	direct := s.dial(t, etcd.Config{MaxTxnOps: 8192})
	var txn kvstore.Txn
	for i := range n {
		// Objects with children, as a catalog has them.
		key := fmt.Sprintf("by-dev/meta/root-coord/fields/%d/%d", 450_000_000_000+i/8, 100+i%8)
		if i%8 == 0 {
			key = fmt.Sprintf("by-dev/meta/root-coord/database/collection-info/1/%d", 450_000_000_000+i/8)
		}
		txn.Puts = append(txn.Puts, kvstore.Item{Key: key, Value: []byte(strings.Repeat("v", 50))})
		if len(txn.Puts) == 8192 || i == n-1 {
			require.NoError(t, direct.Commit(t.Context(), txn))
			txn.Puts = nil
		}
	}
	m := &middleman{}
	store := s.between(t, m)
	r, err := store.View(t.Context())
	require.NoError(t, err)
	got, last := 0, ""
	for it, err := range r.Range(t.Context(), "by-dev/", "") {
		if err != nil || it.Key <= last {
			require.NoError(t, err)
			require.Greater(t, it.Key, last)
		}
		last = it.Key
		got++
	}
	require.Equal(t, n, got)
	require.Less(t, int(m.ranges.Load()), n/1000+100)
}

// A database that fills up: what is called unavailable was not written, what is called uncertain may have been, and
// no failed commit is taken for a broken guard.
func TestFullDatabase(t *testing.T) {
	s := startServer(t, func(c *embed.Config) { c.QuotaBackendBytes = 8 << 20 })
	store := s.dial(t, etcd.Config{})
	require.NoError(t, store.Commit(t.Context(), kvstore.Txn{Puts: []kvstore.Item{{Key: "head", Value: []byte("0")}}}))
	head := "0"
	kinds := map[error]int{}
	for i := 1; i <= 200 && kinds[kvstore.ErrUnavailable] < 3; i++ {
		now := fmt.Sprint(i)
		err := store.Commit(t.Context(), kvstore.Txn{
			Guards: []kvstore.Guard{{Key: "head", Want: []byte(head)}},
			Puts: []kvstore.Item{
				{Key: "head", Value: []byte(now)},
				{Key: "record/" + now, Value: []byte(strings.Repeat("v", 200<<10))},
			},
		})
		kinds[kindOf(err)]++
		r, viewErr := store.View(t.Context())
		require.NoError(t, viewErr)
		value, getErr := r.Get(t.Context(), "head")
		require.NoError(t, getErr)
		switch {
		case err == nil:
			require.Equal(t, now, string(value))
		case errors.Is(err, kvstore.ErrUnavailable):
			require.Equal(t, head, string(value), "%+v", err)
			require.NotEmpty(t, errors.GetAllHints(err))
		default:
			require.Equal(t, kvstore.ErrUncertain, kindOf(err), "%+v", err)
		}
		head = string(value)
	}
	require.Equal(t, 3, kinds[kvstore.ErrUnavailable], "%v", kinds)

	// Deletes are still taken.
	require.NoError(t, store.Commit(t.Context(), kvstore.Txn{Deletes: []string{"record/1"}}))
}
