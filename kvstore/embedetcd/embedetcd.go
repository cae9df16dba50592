// Package embedetcd runs an etcd server of one member in this process and is a Store on it.
//
// The one idea: it is package etcd with the network taken out. Transactions are handed to the server by a function call
// and pass through its write-ahead log like any other (nothing here switches fsync off); reads go to its multi-version
// store directly, which is linearizable because with one member every transaction that was acknowledged to anyone has
// been applied to that very store. Only watches use a client, over a connection in memory.
//
// No TCP port is opened. A unix socket can be had, so that etcdctl can look inside.
package embedetcd

import (
	"context"
	"sync"

	"github.com/cockroachdb/errors"
	"go.etcd.io/etcd/client/pkg/v3/fileutil"
	"go.etcd.io/etcd/server/v3/embed"
	"google.golang.org/grpc"
	"google.golang.org/grpc/test/bufconn"

	"github.com/taproot-db/taproot/kvstore"
	"github.com/taproot-db/taproot/kvstore/etcd"
)

var (
	_ kvstore.Store = (*Store)(nil)
	_ kvstore.Waker = (*Store)(nil)
)

// Store is a server and a client of it. What it can do as a kvstore.Store is that of etcd.Store. It is safe for
// concurrent use.
type Store struct {
	*etcd.Store

	cfg   Config
	lock  *fileutil.LockedFile // of the data directory
	log   *quieter
	etcd  *embed.Etcd
	local *local

	// Watches come in over a listener in memory.
	listener *bufconn.Listener
	grpc     *grpc.Server
	serving  sync.WaitGroup

	closing sync.Once
	err     error // of Close
}

// New starts a server on cfg.Dir and returns when it is ready for transactions, or with an error that names the
// directory. The error is marked with ErrUnavailable when another process, or another Store of this one, has the
// directory, or when the server did not get ready in time; and with ErrInvalid when cfg cannot be right.
func New(ctx context.Context, cfg Config) (*Store, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, errors.Mark(errors.Wrap(err, "embedded etcd"), kvstore.ErrInvalid)
	}
	s := &Store{cfg: cfg, log: newQuieter(cfg.Logger)}
	if err := s.start(ctx); err != nil {
		s.stop()
		return nil, errors.Mark(errors.Wrapf(err, "embedded etcd in %s", errors.Safe(cfg.Dir)), kvstore.ErrUnavailable)
	}
	return s, nil
}

// Handle returns one more Store on the same server. It is a client of its own, to be closed before s is; once s is closed
// its reads fail with ErrUnavailable.
func (s *Store) Handle() (*etcd.Store, error) {
	client, err := s.dial()
	if err != nil {
		return nil, err
	}
	return etcd.New(client, s.cfg.client(s.local))
}

// Dir returns the data directory.
func (s *Store) Dir() string { return s.cfg.Dir }

// Close implements kvstore.Store. It returns when the server has stopped and the data directory is free.
func (s *Store) Close() error {
	s.closing.Do(func() {
		s.err = s.Store.Close()
		s.stop()
	})
	return s.err
}

// stop ends what start began, however far it got, in the opposite order.
func (s *Store) stop() {
	s.log.hush()
	if s.local != nil {
		s.local.close()
	}
	if s.grpc != nil {
		s.grpc.Stop()
		s.serving.Wait()
	}
	if s.etcd != nil {
		s.etcd.Close()
	}
	if s.lock != nil {
		s.lock.Close() //nolint:errcheck,gosec // closing a file that was only ever locked
	}
}
