// Package etcd is a Store on an etcd v3 cluster (3.5 and later).
//
// The one idea: etcd has revisions, so a View is nothing but a number. Opening one costs a single linearizable read; all
// reads through it name that revision, wherever they are served. A Txn becomes one etcd transaction that compares values.
//
// What needs care is failure. A transaction is sent at most once, and the Store knows whether it was sent at all: only
// what certainly never reached a server, or what a server refused before it could write, is called ErrUnavailable
// (commit.go, errors.go). And a large range is read as a stream, or where a server has no streams, in pieces bounded by
// keys, because etcd counts the whole rest of a range for every page it gives out (range.go, pages.go).
package etcd

import (
	"context"
	"crypto/tls"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/errors"
	"go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/mvccpb"
	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"

	"github.com/taproot-db/taproot/kvstore"
)

var (
	_ kvstore.Store = (*Store)(nil)
	_ kvstore.Waker = (*Store)(nil)
)

// What a server is asked to hold when nothing else is said: its own defaults. A cluster does not tell its limits.
const (
	DefaultMaxTxnOps       = 128
	DefaultMaxRequestBytes = 3 << 19 // 1.5 MiB
	DefaultDialTimeout     = 5 * time.Second
)

// Config describes a cluster and how to talk to it. The zero value of every field but Endpoints is usable; New needs no
// Endpoints.
type Config struct {
	// Endpoints are the addresses of the members, as host:port or unix:///path.
	Endpoints []string
	// TLS is used for the connections to all endpoints. Nil means plain text. Certificates are held to its ServerName, or if
	// that is empty to the hosts of the endpoints.
	TLS *tls.Config
	// User and Password authenticate. Both are empty or none is.
	User, Password string
	// DialTimeout bounds how long Dial looks for a member that answers. Zero means DefaultDialTimeout.
	DialTimeout time.Duration

	// MaxTxnOps is the --max-txn-ops of the servers. Zero means DefaultMaxTxnOps.
	MaxTxnOps int
	// MaxRequestBytes is the --max-request-bytes of the servers. Zero means DefaultMaxRequestBytes. Limits().Bytes is a
	// little less, because the server counts the envelope too.
	MaxRequestBytes int

	// ProbeKey is read, only as to whether it exists, to learn the present revision. On a cluster with authentication
	// it must lie in what User may read. Empty means the lowest key there can be.
	ProbeKey string
	// NoStream reads ranges in pages even where the servers could stream.
	NoStream bool

	// Logger receives what the etcd client has to say. Nil means nobody does.
	Logger *zap.Logger

	// Local is the short way to a server in this process. Nil means there is none.
	Local Local
}

// Local serves reads and transactions without a network between. Errors are those of the gRPC API. All its answers are
// linearizable: whatever returned before a call is seen by it.
type Local interface {
	// Revision returns the present revision.
	Revision() (int64, error)
	// Range returns at most limit keys of [key, end) at revision rev, in order, and whether there are more. An end of one zero
	// byte means no end; an empty end means key alone. The caller owns the result.
	Range(ctx context.Context, key, end []byte, limit, rev int64) (kvs []*mvccpb.KeyValue, more bool, err error)
	// Txn does what KV.Txn does. The server does not keep or change req.
	Txn(ctx context.Context, req *etcdserverpb.TxnRequest) (*etcdserverpb.TxnResponse, error)
}

// Validate names the first field that cannot be right.
func (c Config) Validate() error {
	switch {
	case (c.User == "") != (c.Password == ""):
		return errors.New("User and Password must be given together")
	case c.DialTimeout < 0:
		return errors.Newf("DialTimeout is negative: %v", c.DialTimeout)
	case c.MaxTxnOps < 0:
		return errors.Newf("MaxTxnOps is negative: %d", c.MaxTxnOps)
	case c.MaxRequestBytes != 0 && c.MaxRequestBytes < minRequestBytes:
		return errors.Newf("MaxRequestBytes is %d, less than %d", c.MaxRequestBytes, minRequestBytes)
	}
	if room := c.withDefaults(); room.limits().Bytes < minRequestBytes/2 {
		return errors.Newf("MaxRequestBytes is %d, too little for MaxTxnOps %d", room.MaxRequestBytes, room.MaxTxnOps)
	}
	return nil
}

func (c Config) withDefaults() Config {
	if c.DialTimeout == 0 {
		c.DialTimeout = DefaultDialTimeout
	}
	if c.MaxTxnOps == 0 {
		c.MaxTxnOps = DefaultMaxTxnOps
	}
	if c.MaxRequestBytes == 0 {
		c.MaxRequestBytes = DefaultMaxRequestBytes
	}
	if c.ProbeKey == "" {
		c.ProbeKey = "\x00"
	}
	if c.Logger == nil {
		c.Logger = zap.NewNop()
	}
	return c
}

// The envelope around the bytes of a transaction, at most: a put or a comparison is wrapped in up to three messages,
// each with a tag and a length of up to five bytes, and has two such fields; the request has a header with ids and the
// name of the user.
const (
	opEnvelope      = 32
	requestEnvelope = 512
	minRequestBytes = 16 << 10
)

// limits returns what fits into MaxRequestBytes whatever the mix of operations.
func (c Config) limits() kvstore.Limits {
	return kvstore.Limits{
		Ops:   c.MaxTxnOps,
		Bytes: c.MaxRequestBytes - c.MaxTxnOps*opEnvelope - requestEnvelope - len(c.User),
	}
}

// Store is a client of an etcd cluster. It is safe for concurrent use.
type Store struct {
	client *clientv3.Client
	cfg    Config
	limits kvstore.Limits

	reads  etcdserverpb.KVClient // tries again while members are unavailable
	direct etcdserverpb.KVClient // does not

	// noStream is set once a server said that it does not know RangeStream.
	noStream atomic.Bool
	// seen is the highest revision in any answer: what carries a revision no greater was written before.
	seen atomic.Int64

	calls calls
	wakes wakes
}

// New returns a Store that uses client, and closes it when it is closed. Of cfg it does not look at what only concerns
// the connection. It does not talk to the cluster.
func New(client *clientv3.Client, cfg Config) (*Store, error) {
	if err := cfg.Validate(); err != nil {
		return nil, errors.Wrap(err, "etcd store")
	}
	cfg = cfg.withDefaults()
	s := &Store{
		client: client,
		cfg:    cfg,
		limits: cfg.limits(),
		reads:  clientv3.RetryKVClient(client),
		direct: etcdserverpb.NewKVClient(client.ActiveConnection()),
	}
	s.noStream.Store(cfg.NoStream)
	return s, nil
}

// Limits implements kvstore.Store.
func (s *Store) Limits() kvstore.Limits { return s.limits }

// Close implements kvstore.Store. Calls under way end at once, with what is known about them.
func (s *Store) Close() error {
	if !s.calls.close() {
		return nil
	}
	s.wakes.close()
	if err := s.client.Close(); err != nil && !errors.Is(err, context.Canceled) {
		return errors.Wrap(hidden(err), "close")
	}
	return nil
}

// calls are the calls under way.
type calls struct {
	closed atomic.Bool // set under mu

	mu   sync.Mutex
	live map[*call]struct{}
}

type call struct{ cancel context.CancelFunc }

// enter begins a call. The context it returns ends with the given one, with the Store, and when done is called, which
// ends the call.
func (c *calls) enter(ctx context.Context, doing string) (_ context.Context, done func(), err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed.Load() {
		return nil, nil, closedError(doing)
	}
	ctx, cancel := context.WithCancel(ctx)
	one := &call{cancel}
	if c.live == nil {
		c.live = make(map[*call]struct{})
	}
	c.live[one] = struct{}{}
	return ctx, func() {
		cancel()
		c.mu.Lock()
		delete(c.live, one)
		c.mu.Unlock()
	}, nil
}

// close ends all calls and lets no more begin. It returns false if it was called before.
func (c *calls) close() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed.Load() {
		return false
	}
	c.closed.Store(true)
	for one := range c.live {
		one.cancel()
	}
	return true
}

// note remembers the revision of an answer.
func (s *Store) note(h *etcdserverpb.ResponseHeader) {
	rev := h.GetRevision()
	for {
		seen := s.seen.Load()
		if rev <= seen || s.seen.CompareAndSwap(seen, rev) {
			return
		}
	}
}
