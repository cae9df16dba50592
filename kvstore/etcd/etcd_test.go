package etcd_test

import (
	"context"
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/server/v3/embed"
	"go.uber.org/goleak"
	"go.uber.org/zap"

	"github.com/taproot-db/taproot/kvstore"
	"github.com/taproot-db/taproot/kvstore/etcd"
	"github.com/taproot-db/taproot/kvstore/kvstoretest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// server is an etcd as anybody runs it, but in this process, on a port of this machine.
type server struct {
	*embed.Etcd
	addr string
	raw  *clientv3.Client
}

func startServer(t testing.TB, change func(*embed.Config)) *server {
	t.Helper()
	cfg := embed.NewConfig()
	cfg.Dir = t.TempDir()
	cfg.Name = "test"
	cfg.ZapLoggerBuilder = embed.NewZapLoggerBuilder(zap.NewNop())
	cfg.ListenPeerUrls = nil
	anyPort := url.URL{Scheme: "http", Host: "127.0.0.1:0"}
	cfg.ListenClientUrls = []url.URL{anyPort}
	cfg.AdvertiseClientUrls = []url.URL{anyPort}
	cfg.InitialCluster = cfg.InitialClusterFromName(cfg.Name)
	cfg.EnableGRPCGateway = false
	cfg.TickMs, cfg.ElectionMs = 10, 100
	if change != nil {
		change(cfg)
	}
	e, err := embed.StartEtcd(cfg)
	require.NoError(t, err)
	t.Cleanup(e.Close)
	select {
	case <-e.Server.ReadyNotify():
	case <-time.After(time.Minute):
		t.Fatal("the server does not get ready")
	}
	s := &server{Etcd: e, addr: e.Clients[0].Addr().String()}
	if cfg.ClientTLSInfo.Empty() {
		s.raw, err = clientv3.New(clientv3.Config{Endpoints: []string{s.addr}, Logger: zap.NewNop()})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, s.raw.Close()) })
	}
	return s
}

func (s *server) dial(t testing.TB, cfg etcd.Config) *etcd.Store {
	t.Helper()
	cfg.Endpoints = []string{s.addr}
	cfg.DialTimeout = 20 * time.Second
	store, err := etcd.Dial(t.Context(), cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	return store
}

// wipe deletes everything. That is one large transaction, which a busy machine may need longer for than the server
// waits.
func (s *server) wipe(t *testing.T) {
	t.Helper()
	var err error
	for range 10 {
		if _, err = s.raw.Delete(t.Context(), "\x00", clientv3.WithFromKey()); err == nil {
			return
		}
	}
	require.NoError(t, err)
}

func TestConformance(t *testing.T) {
	s := startServer(t, nil)
	for _, c := range []struct {
		name string
		cfg  etcd.Config
	}{
		{"streams", etcd.Config{}},
		{"pages", etcd.Config{NoStream: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			kvstoretest.Run(t, func(t *testing.T) func() kvstore.Store {
				t.Helper()
				s.wipe(t)
				return func() kvstore.Store { return s.dial(t, c.cfg) }
			}, kvstoretest.WithCompaction(func(ctx context.Context, s kvstore.Store) error {
				store, ok := s.(*etcd.Store)
				if !ok {
					return fmt.Errorf("%T", s)
				}
				return store.Compact(ctx)
			}))
		})
	}
}
