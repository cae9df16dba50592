package open_test

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/errors"
	"github.com/stretchr/testify/require"
	"go.etcd.io/etcd/client/pkg/v3/transport"
	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/server/v3/embed"
	"go.uber.org/goleak"
	"go.uber.org/zap"

	"github.com/taproot-db/taproot/kvstore"
	"github.com/taproot-db/taproot/kvstore/embedetcd"
	"github.com/taproot-db/taproot/kvstore/etcd"
	"github.com/taproot-db/taproot/kvstore/memory"
	"github.com/taproot-db/taproot/kvstore/open"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestMemory(t *testing.T) {
	for rawURL, root := range map[string]string{
		"memory://":                    "by-dev",
		"memory://?root=x":             "x",
		"memory:///?root=/x/y/":        "x/y",
		"MEMORY://?root=a%2Fb":         "a/b",
		"memory://?max_txn_ops=10":     "by-dev",
		"memory://?max_request_bytes=": "",
	} {
		s, got, err := open.Open(t.Context(), rawURL, open.Options{})
		if root == "" {
			require.Error(t, err)
			continue
		}
		require.NoError(t, err, rawURL)
		require.IsType(t, (*memory.Store)(nil), s)
		require.Equal(t, root, got, rawURL)
		require.NoError(t, s.Close())
	}
	s, _, err := open.Open(t.Context(), "memory://?max_txn_ops=10&max_request_bytes=1000", open.Options{})
	require.NoError(t, err)
	require.Equal(t, kvstore.Limits{Ops: 10, Bytes: 1000}, s.Limits())
}

func TestEmbedded(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "with space")
	rawURL := "embed://" + (&url.URL{Path: dir}).EscapedPath()
	s, root, err := open.Open(t.Context(), rawURL+"?root=here&max_txn_ops=100&quota_bytes=1000000000&retention=10m&name=n", open.Options{
		UnixSocket: filepath.Join(t.TempDir(), "s"),
	})
	require.NoError(t, err)
	store, ok := s.(*embedetcd.Store)
	require.True(t, ok)
	require.Equal(t, "here", root)
	require.Equal(t, dir, store.Dir())
	require.Equal(t, 100, s.Limits().Ops)
	require.EqualValues(t, 1_000_000_000, store.Usage().Quota)

	_, _, err = open.Open(t.Context(), rawURL, open.Options{})
	require.True(t, errors.Is(err, kvstore.ErrUnavailable), "%+v", err)
	require.ErrorContains(t, err, dir)
	require.NoError(t, s.Close())
}

func TestRefusals(t *testing.T) {
	const secret = "hidden%2Fsecret"
	missing := filepath.Join(t.TempDir(), "missing")
	for _, c := range []struct{ url, says string }{
		{"", "not a URL"},
		{"/var/lib/taproot", "not a URL"},
		{"memory:", "not a URL"},
		{"tikv://a:1", `unknown scheme "tikv"`},
		{"://x", "unknown scheme"},

		{"memory://host", "no host"},
		{"memory:///path", "no path"},
		{"memory://?rot=x", "unknown parameter rot"},
		{"memory://?a=1&b=2", "unknown parameter a, b"},
		{"memory://?root=", "root is empty"},
		{"memory://?root=/", "root is empty"},
		{"memory://?root=a&root=b", "root is given twice"},
		{"memory://?max_txn_ops=many", "max_txn_ops is no positive number"},
		{"memory://?max_txn_ops=0", "max_txn_ops is no positive number"},
		{"memory://?max_txn_ops=99999999999", "max_txn_ops is too large"},
		{"memory://?a=%zz", "cannot be read"},
		{"memory://#x", "%23"},

		{"embed://relative/dir", "embed:///relative… with three slashes"},
		{"embed://.", "must be absolute"},
		{"embed://", "directory is missing"},
		{"embed:///", "directory is missing"},
		{"embed://user:" + secret + "@/dir", "no users"},
		{"embed:///dir?ca=x", "unknown parameter ca"},
		{"embed:///dir?retention=1m", "Retention"},
		{"embed:///dir?retention=soon", "retention is no positive duration"},
		{"embed:///di%r", "%25"},

		{"etcd:///by-dev", "no member"},
		{"etcd://a:1,,b:1/x", "member 2"},
		{"etcd://a:1/x?root=y", "root is given twice"},
		{"etcd://a:1/x?endpoint=y", "unknown parameter endpoint"},
		{"etcd://a:1?password=" + secret, "together"},
		{"etcd://u:" + secret + "@a:1?password=" + secret, "password is given twice"},
		{"etcd://u:" + secret + "@a:1?user=x", "user is given twice"},
		{"etcd://u:" + secret + "@a:1?password_file=/x", "password is given twice"},
		{"etcd://u:hidden%zzsecret@a:1", "percent sign"},
		{"etcd://u:" + secret + "@a:1?dial_timeout=" + secret, "dial_timeout is no positive duration"},
		{"etcd://u:" + secret + "@a:1?pasword=" + secret, "unknown parameter pasword"},
		{"etcd://u:" + secret + "@a:1?x=%zz" + secret, "cannot be read"},
		{"etcd://a:1?user=u&password_file=" + missing, "password_file"},
		{"etcd://a:1?tls=yes", "tls is neither true nor false"},
		{"etcd://a:1?tls=false&ca=x", "contradicts"},
		{"etcd://a:1?cert=x", "together"},
		{"etcd://a:1?ca=" + missing, "parameter ca"},
		{"etcd://a:1?cert=" + missing + "&key=" + missing, "parameters cert and key"},
		{"etcd://a:1?max_request_bytes=10", "MaxRequestBytes"},
	} {
		s, _, err := open.Open(t.Context(), c.url, open.Options{})
		require.Nil(t, s)
		require.ErrorContains(t, err, c.says, c.url)
		require.True(t, errors.Is(err, kvstore.ErrInvalid), "%s: %+v", c.url, err)
		requireSilent(t, err, "hidden", "secret")
	}
}

// requireSilent requires that nothing an error can be made to print holds one of the secrets.
func requireSilent(t *testing.T, err error, secrets ...string) {
	t.Helper()
	for _, text := range []string{err.Error(), fmt.Sprintf("%+v", err), strings.Join(errors.GetAllDetails(err), " ")} {
		for _, secret := range secrets {
			require.NotContains(t, text, secret)
		}
	}
}

type server struct {
	*embed.Etcd
	addr string
}

func startServer(t *testing.T, change func(*embed.Config)) *server {
	t.Helper()
	cfg := embed.NewConfig()
	cfg.Dir = t.TempDir()
	cfg.Name = "test"
	cfg.ZapLoggerBuilder = embed.NewZapLoggerBuilder(zap.NewNop())
	cfg.ListenPeerUrls = nil
	cfg.ListenClientUrls = []url.URL{{Scheme: "http", Host: "127.0.0.1:0"}}
	cfg.InitialCluster = cfg.InitialClusterFromName(cfg.Name)
	cfg.EnableGRPCGateway = false
	cfg.BcryptCost = 4
	cfg.TickMs, cfg.ElectionMs = 10, 100
	if change != nil {
		change(cfg)
	}
	cfg.AdvertiseClientUrls = cfg.ListenClientUrls
	e, err := embed.StartEtcd(cfg)
	require.NoError(t, err)
	t.Cleanup(e.Close)
	<-e.Server.ReadyNotify()
	return &server{Etcd: e, addr: e.Clients[0].Addr().String()}
}

func works(t *testing.T, rawURL, root string) {
	t.Helper()
	s, got, err := open.Open(t.Context(), rawURL, open.Options{Logger: zap.NewNop()})
	require.NoError(t, err)
	require.IsType(t, (*etcd.Store)(nil), s)
	require.Equal(t, root, got)
	require.NoError(t, s.Commit(t.Context(), kvstore.Txn{Puts: []kvstore.Item{{Key: root + "/a", Value: []byte("1")}}}))
	require.NoError(t, s.Close())
}

func TestEtcd(t *testing.T) {
	s := startServer(t, nil)
	works(t, "etcd://"+s.addr, "by-dev")
	works(t, "etcd://"+s.addr+"/", "by-dev")
	works(t, "etcd://"+s.addr+","+s.addr+"/a/b?dial_timeout=30s", "a/b")
	works(t, "etcd://"+s.addr+"/a?root=a", "a")
	works(t, "etcd://"+s.addr+"?root=x", "x")

	store, _, err := open.Open(t.Context(), "etcd://"+s.addr+"?max_txn_ops=77&max_request_bytes=100000", open.Options{})
	require.NoError(t, err)
	require.Equal(t, 77, store.Limits().Ops)
	require.Less(t, store.Limits().Bytes, 100_000)
	require.NoError(t, store.Close())
}

func TestEtcdWithAPassword(t *testing.T) {
	s := startServer(t, nil)
	const password = "p@ss/w:rd?#%"
	raw, err := clientv3.New(clientv3.Config{Endpoints: []string{s.addr}, Logger: zap.NewNop()})
	require.NoError(t, err)
	for _, step := range []func(ctx context.Context) error{
		func(ctx context.Context) error { _, err := raw.UserAdd(ctx, "root", password); return err },
		func(ctx context.Context) error { _, err := raw.UserGrantRole(ctx, "root", "root"); return err },
		func(ctx context.Context) error { _, err := raw.AuthEnable(ctx); return err },
	} {
		require.NoError(t, step(t.Context()))
	}
	require.NoError(t, raw.Close())

	file := filepath.Join(t.TempDir(), "password")
	require.NoError(t, os.WriteFile(file, []byte(password+"\n"), 0o600))
	escaped := url.QueryEscape(password)
	works(t, "etcd://root:"+escaped+"@"+s.addr+"/x", "x")
	works(t, "etcd://"+s.addr+"/x?user=root&password="+escaped, "x")
	works(t, "etcd://root@"+s.addr+"/x?password="+escaped, "x")
	works(t, "etcd://root@"+s.addr+"/x?password_file="+url.QueryEscape(file), "x")

	_, _, err = open.Open(t.Context(), "etcd://root:wrong-"+escaped+"@"+s.addr+"?dial_timeout=5s", open.Options{})
	require.True(t, errors.Is(err, kvstore.ErrUnavailable), "%+v", err)
	requireSilent(t, err, password, escaped, "wrong-")
}

func TestEtcdWithTLS(t *testing.T) {
	// One certificate, signed by itself, for server and client: what is tested is that each file gets to its place.
	dir := t.TempDir()
	self, err := transport.SelfCert(zap.NewNop(), dir, []string{"127.0.0.1:1", "localhost:1"}, 1)
	require.NoError(t, err)
	s := startServer(t, func(c *embed.Config) {
		c.ListenClientUrls = []url.URL{{Scheme: "https", Host: "127.0.0.1:0"}}
		c.ClientTLSInfo = transport.TLSInfo{CertFile: self.CertFile, KeyFile: self.KeyFile}
	})
	ca, cert, key := url.QueryEscape(self.CertFile), url.QueryEscape(self.CertFile), url.QueryEscape(self.KeyFile)
	works(t, "etcd://"+s.addr+"?ca="+ca, "by-dev")
	works(t, "etcd://"+s.addr+"?ca="+ca+"&cert="+cert+"&key="+key+"&server_name=localhost", "by-dev")
	works(t, "etcd://"+s.addr+"?insecure_skip_verify=true", "by-dev")

	for _, params := range []string{"", "?tls=true", "?ca=" + ca + "&server_name=elsewhere"} {
		sep := "?"
		if params != "" {
			sep = "&"
		}
		_, _, err := open.Open(t.Context(), "etcd://"+s.addr+params+sep+"dial_timeout=1s", open.Options{})
		require.True(t, errors.Is(err, kvstore.ErrUnavailable), "%s: %+v", params, err)
	}
}

func TestNobodyThere(t *testing.T) {
	begin := time.Now()
	_, _, err := open.Open(t.Context(), "etcd://u:hidden-secret@127.0.0.1:1/x?dial_timeout=200ms", open.Options{})
	require.True(t, errors.Is(err, kvstore.ErrUnavailable), "%+v", err)
	require.ErrorContains(t, err, "127.0.0.1:1")
	requireSilent(t, err, "hidden-secret")
	require.Less(t, time.Since(begin), 10*time.Second)
}
