// Package adoption holds taproot to what a real Milvus 2.3.5 answered: on the records that it stored, the API must say
// the same, and may say more, as Milvus 2.6 does.
package adoption

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/taproot-db/taproot/kvstore"
	"github.com/taproot-db/taproot/kvstore/memory"
	"github.com/taproot-db/taproot/proxy"
	"github.com/taproot-db/taproot/proxy/rootclient"
	"github.com/taproot-db/taproot/rootcoord"
)

// adopted serves the records that Milvus stored.
func adopted(t *testing.T) milvuspb.MilvusServiceClient {
	t.Helper()
	var txn kvstore.Txn
	for line := range lines(t, "../../metastore/codec/testdata/milvus-2.3.5.jsonl") {
		var rec struct{ Key, Value string }
		require.NoError(t, json.Unmarshal([]byte(line), &rec))
		value, err := base64.StdEncoding.DecodeString(rec.Value)
		require.NoError(t, err)
		txn.Puts = append(txn.Puts, kvstore.Item{Key: rec.Key, Value: value})
	}
	store := memory.New()
	require.NoError(t, store.Commit(t.Context(), txn))
	client, _ := serve(t, store)
	return client
}

// serve starts a coordinator and a proxy on the store, whose root is Milvus's.
func serve(t *testing.T, store kvstore.Store) (milvuspb.MilvusServiceClient, *rootcoord.Coordinator) {
	t.Helper()
	log, reg := slog.New(slog.DiscardHandler), prometheus.NewRegistry()
	coord, err := rootcoord.New(rootcoord.Config{}, rootcoord.Deps{Store: store, Root: "by-dev", Logger: log, Registerer: reg})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- coord.Run(ctx) }()
	require.Eventually(t, func() bool { return coord.Ready() == nil }, 10*time.Second, time.Millisecond)

	local := rootclient.InProcess(coord.Statements(), coord.Timestamps())
	p, err := proxy.New(proxy.DefaultConfig(), proxy.Deps{Source: coord, Statements: local, Timestamps: local, Logger: log, Registerer: reg})
	require.NoError(t, err)
	server := grpc.NewServer(p.ServerOptions()...)
	p.Register(server)
	pipe := bufconn.Listen(1 << 20)
	served := make(chan error, 1)
	go func() { served <- server.Serve(pipe) }()
	conn, err := grpc.NewClient("passthrough:///bufconn", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(context.Context, string) (net.Conn, error) { return pipe.Dial() }))
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, conn.Close())
		require.NoError(t, p.Close(context.WithoutCancel(t.Context())))
		server.Stop()
		require.NoError(t, <-served)
		cancel()
		require.ErrorIs(t, <-ended, context.Canceled)
	})
	return milvuspb.NewMilvusServiceClient(conn), coord
}

func lines(t *testing.T, file string) func(func(string) bool) {
	t.Helper()
	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	return strings.Lines(string(raw))
}

// pains.md 52, 53: what Milvus answered before, taproot answers after.
func TestAnswersOfAnAdoptedCatalog(t *testing.T) {
	t.Parallel()
	client := adopted(t)
	calls := map[string]func(context.Context, []byte) (proto.Message, error){
		"ListDatabases":      call(client.ListDatabases),
		"ShowCollections":    call(client.ShowCollections),
		"DescribeCollection": call(client.DescribeCollection),
		"ShowPartitions":     call(client.ShowPartitions),
	}
	n := 0
	for line := range lines(t, "testdata/answers.jsonl") {
		var a struct {
			RPC     string
			DBName  string `json:"dbname"`
			Request json.RawMessage
			Reply   any
		}
		require.NoError(t, json.Unmarshal([]byte(line), &a))
		reply, err := calls[a.RPC](metadata.AppendToOutgoingContext(t.Context(), "dbname", a.DBName), a.Request)
		require.NoError(t, err)
		raw, err := protojson.Marshal(reply)
		require.NoError(t, err)
		var got any
		require.NoError(t, json.Unmarshal(raw, &got))
		require.Empty(t, missing(a.Reply, got, ""), "%s %s", a.RPC, a.Request)
		n++
	}
	require.Greater(t, n, 8)
}

// call makes an RPC callable with a request in protojson.
func call[Q any, PQ interface {
	*Q
	proto.Message
}, R proto.Message](rpc func(context.Context, PQ, ...grpc.CallOption) (R, error)) func(context.Context, []byte) (proto.Message, error) {
	return func(ctx context.Context, raw []byte) (proto.Message, error) {
		req := PQ(new(Q))
		if err := protojson.Unmarshal(raw, req); err != nil {
			return nil, err
		}
		return rpc(ctx, req)
	}
}

// missing lists what want says and got does not. got may say more: Milvus 2.6 answers with fields that 2.3 did not have, as
// update_timestamp, db_id, or the property timezone.
func missing(want, got any, at string) []string {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return []string{at}
		}
		var out []string
		for k, v := range w {
			out = append(out, missing(v, g[k], at+"."+k)...)
		}
		return out
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) < len(w) || len(g) > len(w) && !strings.HasSuffix(at, ".properties") {
			return []string{fmt.Sprintf("%s: %v instead of %v", at, got, want)}
		}
		var out []string
		for i := range w {
			out = append(out, missing(w[i], g[i], fmt.Sprintf("%s[%d]", at, i))...)
		}
		return out
	default:
		if want != got {
			return []string{fmt.Sprintf("%s: %v instead of %v", at, got, want)}
		}
		return nil
	}
}
