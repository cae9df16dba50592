package etcd_test

import (
	"context"
	"crypto/tls"
	"net"
	"net/url"
	"testing"
	"time"

	"github.com/cockroachdb/errors"
	"github.com/stretchr/testify/require"
	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/server/v3/embed"

	"github.com/taproot-db/taproot/kvstore"
	"github.com/taproot-db/taproot/kvstore/etcd"
)

func TestDialFindsTheMemberThatAnswers(t *testing.T) {
	s := startServer(t, nil)
	store, err := etcd.Dial(t.Context(), etcd.Config{Endpoints: []string{deadAddress(t), s.addr}, DialTimeout: 20 * time.Second})
	require.NoError(t, err)
	require.NoError(t, store.Commit(t.Context(), createA()))
	require.NoError(t, store.Close())
}

func TestDialNobody(t *testing.T) {
	addr := deadAddress(t)
	begin := time.Now()
	_, err := etcd.Dial(t.Context(), etcd.Config{Endpoints: []string{addr}, DialTimeout: 300 * time.Millisecond})
	require.Equal(t, kvstore.ErrUnavailable, kindOf(err), "%+v", err)
	require.ErrorContains(t, err, addr)
	require.Less(t, time.Since(begin), 10*time.Second)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = etcd.Dial(ctx, etcd.Config{Endpoints: []string{addr}})
	require.Equal(t, kvstore.ErrUnavailable, kindOf(err), "%+v", err)
	require.True(t, errors.Is(err, context.Canceled), "%+v", err)
}

func TestDialRefusesWhatCannotBeRight(t *testing.T) {
	for name, cfg := range map[string]etcd.Config{
		"Endpoints":       {},
		"Password":        {Endpoints: []string{"x:1"}, User: "u"},
		"DialTimeout":     {Endpoints: []string{"x:1"}, DialTimeout: -1},
		"MaxTxnOps":       {Endpoints: []string{"x:1"}, MaxTxnOps: -1},
		"MaxRequestBytes": {Endpoints: []string{"x:1"}, MaxRequestBytes: 100},
	} {
		_, err := etcd.Dial(t.Context(), cfg)
		require.Equal(t, kvstore.ErrInvalid, kindOf(err), "%s: %+v", name, err)
		require.ErrorContains(t, err, name)
	}
}

// With authentication on, the probe must lie in what the user may read, and the password is in no error.
func TestAuthentication(t *testing.T) {
	s := startServer(t, func(c *embed.Config) { c.BcryptCost = 4 })
	const password = "s3cret-w0rd"
	for _, step := range []func(ctx context.Context) error{
		func(ctx context.Context) error { _, err := s.raw.UserAdd(ctx, "root", "r"); return err },
		func(ctx context.Context) error { _, err := s.raw.UserGrantRole(ctx, "root", "root"); return err },
		func(ctx context.Context) error { _, err := s.raw.RoleAdd(ctx, "catalog"); return err },
		func(ctx context.Context) error {
			_, err := s.raw.RoleGrantPermission(ctx, "catalog", "by-dev/", "by-dev0", clientv3.PermissionType(clientv3.PermReadWrite))
			return err
		},
		func(ctx context.Context) error { _, err := s.raw.UserAdd(ctx, "taproot", password); return err },
		func(ctx context.Context) error { _, err := s.raw.UserGrantRole(ctx, "taproot", "catalog"); return err },
		func(ctx context.Context) error { _, err := s.raw.AuthEnable(ctx); return err },
	} {
		require.NoError(t, step(t.Context()))
	}

	cfg := etcd.Config{User: "taproot", Password: password, ProbeKey: "by-dev/"}
	store := s.dial(t, cfg)
	require.NoError(t, store.Commit(t.Context(), kvstore.Txn{Puts: []kvstore.Item{{Key: "by-dev/a", Value: []byte("1")}}}))
	r, err := store.View(t.Context())
	require.NoError(t, err)
	n := 0
	for _, err := range r.Range(t.Context(), "by-dev/", "") {
		require.NoError(t, err)
		n++
	}
	require.Equal(t, 1, n)
	err = store.Commit(t.Context(), kvstore.Txn{Puts: []kvstore.Item{{Key: "elsewhere"}}})
	require.Equal(t, kvstore.ErrUnavailable, kindOf(err), "%+v", err)

	for name, change := range map[string]func(*etcd.Config){
		"wrong password": func(c *etcd.Config) { c.Password = password + "x" },
		"wrong user":     func(c *etcd.Config) { c.User = "nobody" },
		"no user":        func(c *etcd.Config) { c.User, c.Password = "", "" },
		"wrong probe":    func(c *etcd.Config) { c.ProbeKey = "" },
	} {
		bad := cfg
		bad.Endpoints, bad.DialTimeout = []string{s.addr}, 5*time.Second
		change(&bad)
		_, err := etcd.Dial(t.Context(), bad)
		require.Equal(t, kvstore.ErrUnavailable, kindOf(err), "%s: %+v", name, err)
		require.NotContains(t, errors.FlattenDetails(err)+err.Error(), password)
	}
}

func TestTLS(t *testing.T) {
	s := startServer(t, func(c *embed.Config) {
		c.ClientAutoTLS = true
		c.ListenClientUrls = []url.URL{{Scheme: "https", Host: "127.0.0.1:0"}}
		c.AdvertiseClientUrls = c.ListenClientUrls
	})
	store := s.dial(t, etcd.Config{TLS: &tls.Config{InsecureSkipVerify: true}})
	require.NoError(t, store.Commit(t.Context(), createA()))

	_, err := etcd.Dial(t.Context(), etcd.Config{
		Endpoints: []string{s.addr}, DialTimeout: time.Second, TLS: &tls.Config{MinVersion: tls.VersionTLS12},
	})
	require.Equal(t, kvstore.ErrUnavailable, kindOf(err), "a certificate of nobody was taken: %+v", err)
}

// Hundreds that wait and stop at once neither hang nor are forgotten.
func TestManyWaitersStopAtOnce(t *testing.T) {
	s := startServer(t, nil)
	store := s.dial(t, etcd.Config{})
	ctx, cancel := context.WithCancel(t.Context())
	var waiting []<-chan struct{}
	for i := range 300 {
		waiting = append(waiting, store.Wake(ctx, []string{"a", "b", "c"}[i%3]))
	}
	cancel()
	for _, ch := range waiting {
		for range ch { // a signal may come before the end
		}
	}
}

// deadAddress is one that nobody listens on.
func deadAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	return listener.Addr().String()
}
