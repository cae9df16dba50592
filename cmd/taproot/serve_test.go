package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/errors"
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/taproot-db/taproot/cmd/taproot/internal/config"
	"github.com/taproot-db/taproot/cmd/taproot/internal/schemayaml"
	"github.com/taproot-db/taproot/kvstore"
	"github.com/taproot-db/taproot/kvstore/memory"
)

// instance is a server in this process, on free ports.
type instance struct {
	*server
	api   milvuspb.MilvusServiceClient
	addr  string
	http  string
	stop  context.CancelFunc
	ended chan error
}

func launch(t *testing.T, open func(context.Context) (kvstore.Store, string, error), change ...func(*config.Config)) *instance {
	t.Helper()
	cfg := config.Default()
	cfg.Listen, cfg.HTTPListen = "127.0.0.1:0", "127.0.0.1:0"
	for _, f := range change {
		f(&cfg)
	}
	ls, err := listen(t.Context(), &cfg)
	require.NoError(t, err)
	t.Cleanup(ls.Close)
	s, err := newServer(&cfg, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	s.open = open
	where := ls.addresses()
	conn, err := grpc.NewClient("passthrough:///"+where.GRPC, grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	i := &instance{
		server: s, addr: where.GRPC, api: milvuspb.NewMilvusServiceClient(conn), http: "http://" + where.HTTP, stop: stop, ended: make(chan error, 1),
	}
	go func() { i.ended <- s.run(ctx, ls, where) }()
	t.Cleanup(stop)
	return i
}

func on(data *memory.Data) func(context.Context) (kvstore.Store, string, error) {
	return func(context.Context) (kvstore.Store, string, error) { return memory.Open(data), "by-dev", nil }
}

func (i *instance) awaitReady(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool { return i.ready() == nil }, 10*time.Second, time.Millisecond)
}

func (i *instance) wait(t *testing.T) error {
	t.Helper()
	select {
	case err := <-i.ended:
		return err
	case <-time.After(20 * time.Second):
		t.Fatal("does not end")
		return nil
	}
}

func (i *instance) get(t *testing.T, path string) (int, string) {
	t.Helper()
	resp, err := http.Get(i.http + path)
	require.NoError(t, err)
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, errors.CombineErrors(err, resp.Body.Close()))
	return resp.StatusCode, strings.TrimSpace(string(body))
}

// cli runs one of the operator's verbs against the server.
func (i *instance) cli(t *testing.T, args ...string) (code int, out, msg string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = execute(t.Context(), streams{in: strings.NewReader(""), out: &stdout, err: &stderr}, append(args, "--addr", i.addr))
	return code, stdout.String(), stderr.String()
}

func (i *instance) create(t *testing.T, name string) error {
	t.Helper()
	all, err := schemayaml.Parse(strings.NewReader(
		"name: " + name + "\nfields:\n- {name: id, type: Int64, primary_key: true}\n- {name: v, type: FloatVector, dim: 4}\n"))
	require.NoError(t, err)
	req, err := all[0].Request()
	require.NoError(t, err)
	s, err := i.api.CreateCollection(t.Context(), req)
	if err == nil && s.GetCode() != 0 {
		err = errors.Newf("%s", s.GetReason())
	}
	return err
}

func TestServesWhileTheStoreIsBeingOpened(t *testing.T) {
	t.Parallel()
	opened := make(chan struct{})
	i := launch(t, func(ctx context.Context) (kvstore.Store, string, error) {
		select {
		case <-opened:
			return memory.New(), "by-dev", nil
		case <-ctx.Done():
			return nil, "", context.Cause(ctx)
		}
	})
	code, body := i.get(t, "/healthz")
	require.Equal(t, 200, code, body)
	code, body = i.get(t, "/readyz")
	require.Equal(t, 503, code)
	require.Equal(t, "not ready: the store is being opened", body)
	_, err := i.api.ShowCollections(t.Context(), &milvuspb.ShowCollectionsRequest{})
	require.Equal(t, codes.Unavailable, status.Code(err), "%v", err)
	require.Equal(t, codes.Unavailable, status.Code(i.create(t, "a")))
	v, err := i.api.GetVersion(t.Context(), &milvuspb.GetVersionRequest{})
	require.NoError(t, err)
	require.Equal(t, "v2.6.19-taproot", v.GetVersion())
	code, out, msg := i.cli(t, "status")
	require.Equal(t, 1, code)
	require.Contains(t, out, "Initializing")
	require.Contains(t, msg, "is not ready: ")
	code, _, msg = i.cli(t, "collection", "list")
	require.Equal(t, 1, code)
	require.Contains(t, msg, "is not ready: the store is being opened")

	close(opened)
	i.awaitReady(t)
	require.NoError(t, i.create(t, "a"))
	code, _ = i.get(t, "/readyz")
	require.Equal(t, 200, code)
	i.stop()
	require.NoError(t, i.wait(t))
}

func TestStopsWhileTheStoreIsBeingOpened(t *testing.T) {
	t.Parallel()
	i := launch(t, func(ctx context.Context) (kvstore.Store, string, error) {
		<-ctx.Done()
		return nil, "", context.Cause(ctx)
	})
	i.get(t, "/healthz")
	i.stop()
	require.NoError(t, i.wait(t))
}

func TestEndsWhenTheStoreCannotBeOpened(t *testing.T) {
	t.Parallel()
	broken := errors.New("disk on fire")
	i := launch(t, func(context.Context) (kvstore.Store, string, error) { return nil, "", broken })
	require.ErrorIs(t, i.wait(t), broken)
}

// Whoever lost the lead must end, and say why: going on would mean to answer from a catalog that is no longer the catalog.
func TestEndsWhenAnotherTakesTheLead(t *testing.T) {
	t.Parallel()
	data := memory.NewData()
	first := launch(t, on(data))
	first.awaitReady(t)
	require.NoError(t, first.create(t, "a"))
	second := launch(t, on(data))
	second.awaitReady(t)
	require.Error(t, first.create(t, "b"))
	err := explain(first.wait(t))
	require.ErrorContains(t, err, "another process has taken the lead of this catalog")
	require.NotEmpty(t, errors.FlattenHints(err))
	require.NoError(t, second.create(t, "b"))
	second.stop()
	require.NoError(t, second.wait(t))
}

func TestStoppingTakesNoLongerThanItMay(t *testing.T) {
	t.Parallel()
	i := launch(t, func(ctx context.Context) (kvstore.Store, string, error) {
		<-t.Context().Done() // a store that does not hear
		return nil, "", ctx.Err()
	}, func(c *config.Config) { c.StopTimeout = 300 * time.Millisecond })
	i.get(t, "/healthz")
	began := time.Now()
	i.stop()
	require.ErrorContains(t, i.wait(t), "did not come to an end within 300ms")
	require.Less(t, time.Since(began), 5*time.Second)
}

// A cluster that is away comes back; a service that ended would have to be started by somebody.
func TestWaitsForAClusterThatIsAway(t *testing.T) {
	t.Parallel()
	cfg := config.Default()
	cfg.Store = "etcd://127.0.0.1:1/by-dev?dial_timeout=50ms"
	ctx, cancel := context.WithCancel(t.Context())
	tries := 0
	b := &backend{}
	open, err := opener(&cfg, slog.New(slog.DiscardHandler), zap.NewNop(), func(err error) {
		b.away(err)
		if tries++; tries == 2 {
			cancel()
		}
	})
	require.NoError(t, err)
	_, _, err = open(ctx)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorContains(t, b.Ready(), "the store is away: ")
}

// The store closes when statements are done, not before: what is under way when the signal comes is answered.
func TestStatementsUnderWayAreFinished(t *testing.T) {
	t.Parallel()
	s := &slow{Store: memory.New(), began: make(chan struct{}, 1), hold: make(chan struct{})}
	i := launch(t, func(context.Context) (kvstore.Store, string, error) { return s, "by-dev", nil })
	i.awaitReady(t)
	s.armed.Store(true)
	created := make(chan error, 1)
	go func() { created <- i.create(t, "a") }()
	<-s.began
	i.stop()
	require.Eventually(t, func() bool { code, _ := i.get(t, "/readyz"); return code == 503 }, 5*time.Second, time.Millisecond)
	close(s.hold)
	require.NoError(t, <-created)
	require.NoError(t, i.wait(t))
}

// slow is a store whose commits wait once it is armed.
type slow struct {
	kvstore.Store
	armed atomic.Bool
	began chan struct{}
	hold  chan struct{}
}

func (s *slow) Commit(ctx context.Context, t kvstore.Txn) error {
	if s.armed.CompareAndSwap(true, false) {
		s.began <- struct{}{}
		<-s.hold
	}
	return s.Store.Commit(ctx, t)
}
