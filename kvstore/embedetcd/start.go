package embedetcd

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/cockroachdb/errors"
	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
	"go.etcd.io/etcd/client/pkg/v3/fileutil"
	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/server/v3/embed"
	"go.etcd.io/etcd/server/v3/etcdserver/api/v3rpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/test/bufconn"
)

// start brings everything up. What it has begun when it fails is left to stop.
func (s *Store) start(ctx context.Context) error {
	if err := s.claim(); err != nil {
		return err
	}
	if err := inspect(s.cfg.Dir); err != nil {
		return err
	}
	cfg, err := s.cfg.server(s.log.logger())
	if err != nil {
		return err
	}
	if s.etcd, err = launch(cfg); err != nil {
		return err
	}
	if err := s.ready(ctx); err != nil {
		return err
	}
	if s.cfg.UnixSocket != "" {
		// Whoever can open the socket can do everything.
		if err := os.Chmod(s.cfg.UnixSocket, 0o600); err != nil {
			return errors.Wrap(err, "unix socket")
		}
	}
	s.local = newLocal(s.etcd.Server)
	s.listener = bufconn.Listen(64 << 10)
	s.grpc = v3rpc.Server(s.etcd.Server, nil, nil)
	s.serving.Go(func() {
		_ = s.grpc.Serve(s.listener) // ends with Stop
	})
	handle, err := s.Handle()
	if err != nil {
		return err
	}
	s.Store = handle
	return nil
}

// lockName is a file of our own in the data directory. etcd locks its database too, but waits for the lock.
const lockName = "taproot.lock"

// claim makes the data directory ours.
func (s *Store) claim() error {
	if err := os.MkdirAll(s.cfg.Dir, 0o700); err != nil {
		return errors.Wrap(err, "create the data directory")
	}
	lock, err := fileutil.TryLockFile(filepath.Join(s.cfg.Dir, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if errors.Is(err, fileutil.ErrLocked) {
		return errors.WithHint(errors.New("the data directory is in use by another server"),
			"Each embedded server needs a directory of its own. If another one is to be replaced, stop it first.")
	}
	if err != nil {
		return errors.Wrap(err, "lock the data directory")
	}
	s.lock = lock
	return nil
}

// inspect looks whether the database can be opened. A server that cannot open it ends the process, and one that finds it
// opened by another process waits without an end.
func inspect(dir string) error {
	path := filepath.Join(dir, "member", "snap", "db")
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return nil // it is going to be created
	}
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true, Timeout: 200 * time.Millisecond})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return errors.New("the database is in use by another etcd")
	}
	if err != nil {
		return errors.WithHint(errors.Wrapf(err, "open %s", errors.Safe(path)),
			"The database is damaged or belongs to somebody else. Restore it from a backup, or choose another directory.")
	}
	return errors.Wrapf(db.Close(), "close %s", errors.Safe(path))
}

// launch starts the server. A log that it cannot read makes it panic, or say that it is fatal, which our logger turns
// into a panic; here both become an error.
func launch(cfg *embed.Config) (e *embed.Etcd, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errors.Newf("the server cannot start: %s", fmt.Sprint(r))
		}
	}()
	e, err = embed.StartEtcd(cfg)
	return e, errors.Wrap(err, "start the server")
}

// ready waits until the server takes part in its cluster of one.
func (s *Store) ready(ctx context.Context) error {
	timeout := time.NewTimer(s.cfg.StartTimeout)
	defer timeout.Stop()
	select {
	case <-s.etcd.Server.ReadyNotify():
		return nil
	case err := <-s.etcd.Err():
		return errors.Wrap(err, "start the server")
	case <-s.etcd.Server.StopNotify():
		return errors.New("the server stopped while it was starting")
	case <-timeout.C:
		return errors.Newf("the server is not ready after %v", s.cfg.StartTimeout)
	case <-ctx.Done():
		return errors.Wrap(ctx.Err(), "start the server")
	}
}

// dial returns a client over the connection in memory.
func (s *Store) dial() (*clientv3.Client, error) {
	client, err := clientv3.New(clientv3.Config{
		Endpoints: []string{"passthrough:///bufconn"},
		Logger:    s.log.logger(),
		DialOptions: []grpc.DialOption{grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			return s.listener.DialContext(ctx)
		})},
	})
	return client, errors.Wrap(err, "connect in memory")
}
