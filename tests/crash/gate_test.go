package crash

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/cockroachdb/errors"
	"go.etcd.io/etcd/api/v3/etcdserverpb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/taproot-db/taproot/kvstore"
	"github.com/taproot-db/taproot/kvstore/etcd"
	"github.com/taproot-db/taproot/tests/internal/node"
)

// moment is when a process is killed: with one of its transactions under way.
type moment int

const (
	after moment = iota // it is done, and the answer is lost
	late                // it has not got to the store; it does when the next process runs: release
)

// String returns what the moment is called.
func (m moment) String() string { return [...]string{"after", "before"}[m] }

// gate is an etcd with the limits of one that nobody has configured, and a wire to it that sees every transaction and kills the process
// that sends it where it is told to.
type gate struct {
	addr  string
	store kvstore.Store // past the wire
	etcd  *grpc.ClientConn

	mu     sync.Mutex
	victim *node.Node
	left   int // transactions until it is killed; 0: it is not
	when   moment
	seen   int // transactions since the count was set
	held   frame
}

func newGate(t *testing.T) *gate {
	t.Helper()
	// Another server's embedded etcd, with its own keys below another root: so it is not slowed down by the race detector.
	dir := t.TempDir()
	socket := filepath.Join(dir, "s")
	startNode(t, dir, "--store", fmt.Sprintf("embed://%s?root=host&socket=%s&max_txn_ops=%d&max_request_bytes=%d",
		dir, socket, etcd.DefaultMaxTxnOps, etcd.DefaultMaxRequestBytes))
	store, err := etcd.Dial(t.Context(), etcd.Config{Endpoints: []string{"unix://" + socket}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	conn, err := grpc.NewClient("unix://"+socket, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.ForceCodec(frames{}), grpc.MaxCallRecvMsgSize(64<<20)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{addr: listener.Addr().String(), store: store, etcd: conn}
	server := grpc.NewServer(grpc.UnknownServiceHandler(g.handle), grpc.ForceServerCodec(frames{}), grpc.MaxRecvMsgSize(64<<20))
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return g
}

// start runs a process on the store.
func (g *gate) start(t *testing.T) *node.Node {
	t.Helper()
	dir := t.TempDir()
	config := filepath.Join(dir, "config.yaml")
	if err := os.WriteFile(config, []byte("journal: {maxBytes: 1048576}\n"), 0o600); err != nil { // less to read for each look at the store
		t.Fatal(err)
	}
	return startNode(t, dir, "--config", config, "--store", "etcd://"+g.addr+"/"+root)
}

// kill lets a process die at its transaction of that number, counted from now; 0: none of them, they are counted only.
func (g *gate) kill(victim *node.Node, number int, when moment) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.victim, g.left, g.when, g.seen, g.held = victim, number, when, 0, nil
}

// transactions returns how many there were since kill.
func (g *gate) transactions() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.seen
}

// release hands the store the transaction that was under way when its process died, and reports whether it was done.
func (g *gate) release(ctx context.Context) (done bool, err error) {
	g.mu.Lock()
	req := g.held
	g.held = nil
	g.mu.Unlock()
	if req == nil {
		return false, errors.New("no transaction is under way")
	}
	var reply frame
	if err := g.etcd.Invoke(ctx, txnMethod, &req, &reply); err != nil {
		return false, errors.WithStack(err)
	}
	resp := &etcdserverpb.TxnResponse{}
	if err := proto.Unmarshal(reply, resp); err != nil {
		return false, errors.WithStack(err)
	}
	return resp.GetSucceeded(), nil
}

const txnMethod = "/etcdserverpb.KV/Txn"

// handle passes on whatever there is.
func (g *gate) handle(_ any, in grpc.ServerStream) error {
	method, _ := grpc.MethodFromServerStream(in)
	md, _ := metadata.FromIncomingContext(in.Context())
	ctx, cancel := context.WithCancel(metadata.NewOutgoingContext(in.Context(), md))
	defer cancel()
	if method == txnMethod {
		return g.txn(ctx, in)
	}
	out, err := g.etcd.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}, method)
	if err != nil {
		return err
	}
	go func() { _ = pass(in.RecvMsg, out.SendMsg, out.CloseSend) }() // it ends with the stream
	return pass(out.RecvMsg, in.SendMsg, func() error { return nil })
}

// pass passes messages on until there are no more.
func pass(receive, send func(any) error, end func() error) error {
	for {
		var f frame
		switch err := receive(&f); {
		case errors.Is(err, io.EOF):
			return end()
		case err != nil:
			return err
		}
		if err := send(&f); err != nil {
			return err
		}
	}
}

func (g *gate) txn(ctx context.Context, in grpc.ServerStream) error {
	var req, reply frame
	if err := in.RecvMsg(&req); err != nil {
		return err
	}
	g.mu.Lock()
	g.seen++
	dies := g.left > 0 && g.seen == g.left
	victim, when := g.victim, g.when
	if dies && when == late {
		g.held = req
	}
	g.mu.Unlock()
	if dies && when != after {
		victim.Kill()
		return status.Error(codes.Unavailable, "its sender is dead")
	}
	if err := g.etcd.Invoke(ctx, txnMethod, &req, &reply); err != nil {
		return err
	}
	if dies {
		victim.Kill()
	}
	return in.SendMsg(&reply)
}

// frame is a message as it is on the wire.
type frame []byte

// frames leaves messages as they are.
type frames struct{}

// Name is that of the codec that it stands for.
func (frames) Name() string { return "proto" }

// Marshal takes a *frame.
func (frames) Marshal(v any) ([]byte, error) {
	f, ok := v.(*frame)
	if !ok {
		return nil, errors.Newf("not a frame: %T", v)
	}
	return *f, nil
}

// Unmarshal takes a *frame.
func (frames) Unmarshal(data []byte, v any) error {
	f, ok := v.(*frame)
	if !ok {
		return errors.Newf("not a frame: %T", v)
	}
	*f = append(frame{}, data...)
	return nil
}
