package main

import (
	"context"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/milvus-io/milvus-proto/go-api/v3/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"github.com/milvus-io/milvus-proto/go-api/v3/schemapb"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/taproot-db/taproot/tests/internal/milvus"
)

// counting is a server that counts what it is asked for, and answers with what the test says.
type counting struct {
	milvuspb.UnimplementedMilvusServiceServer
	creates, describes atomic.Int64
	created            *commonpb.Status
	described          *milvuspb.DescribeCollectionResponse
	err                error
}

func (c *counting) CreateCollection(_ context.Context, req *milvuspb.CreateCollectionRequest) (*commonpb.Status, error) {
	var schema schemapb.CollectionSchema
	if err := proto.Unmarshal(req.GetSchema(), &schema); err != nil || schema.GetName() != req.GetCollectionName() {
		return nil, status.Errorf(codes.InvalidArgument, "%s: %v", req.GetCollectionName(), err)
	}
	c.creates.Add(1)
	return c.created, c.err
}

func (c *counting) DescribeCollection(context.Context, *milvuspb.DescribeCollectionRequest) (*milvuspb.DescribeCollectionResponse, error) {
	c.describes.Add(1)
	return c.described, c.err
}

// serve returns the server as a target.
func serve(t *testing.T, c *counting, opts ...grpc.ServerOption) *target {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	g := grpc.NewServer(opts...)
	milvuspb.RegisterMilvusServiceServer(g, c)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = g.Serve(l)
	}()
	t.Cleanup(func() { g.Stop(); <-done })
	return &target{addr: l.Addr().String(), pid: os.Getpid()}
}

// flood200ms floods a target with the outcome of creates or describes.
func flood200ms(t *testing.T, to *target, counter *atomic.Uint64, r *request, err error) error {
	t.Helper()
	require.NoError(t, err)
	_, err = to.flood(t.Context(), 200*time.Millisecond, counter, r)
	return err
}

func TestFloodCountsWhatTheServerSaw(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string][]grpc.ServerOption{
		"as it is":    nil,
		"few streams": {grpc.MaxConcurrentStreams(3)},
		"no table":    {grpc.HeaderTableSize(0)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			long := &schemapb.CollectionSchema{Description: strings.Repeat("x", window+window/4)} // each has to be given more room for
			c := &counting{created: &commonpb.Status{}, described: &milvuspb.DescribeCollectionResponse{Schema: long}}
			to, counter := serve(t, c, opts...), atomic.Uint64{}
			r, err := creates("")
			require.NoError(t, flood200ms(t, to, &counter, r, err))
			require.Positive(t, to.spent.calls)
			require.Equal(t, c.creates.Load(), to.spent.calls)
			r, err = describes(10, 0)
			require.NoError(t, flood200ms(t, to, &counter, r, err))
			require.Positive(t, c.describes.Load())
			require.Equal(t, c.creates.Load()+c.describes.Load(), to.spent.calls)
			require.EqualValues(t, counter.Load(), to.spent.calls)
		})
	}
}

func TestFloodFailsWithWhatTheServerSaid(t *testing.T) {
	t.Parallel()
	no := &commonpb.Status{Code: 65535, Reason: "out of order"}
	for name, c := range map[string]*counting{
		"in band": {created: no, described: &milvuspb.DescribeCollectionResponse{Status: no, Schema: &schemapb.CollectionSchema{}}},
		"of gRPC": {err: status.Error(codes.Unavailable, "out of order")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			to, counter := serve(t, c), atomic.Uint64{}
			r, err := creates("")
			require.ErrorContains(t, flood200ms(t, to, &counter, r, err), "out of order")
			r, err = describes(10, 0)
			require.ErrorContains(t, flood200ms(t, to, &counter, r, err), "out of order")
			require.Zero(t, to.spent.calls)
		})
	}
	t.Run("no schema", func(t *testing.T) {
		t.Parallel()
		r, err := describes(10, 0)
		to := serve(t, &counting{described: &milvuspb.DescribeCollectionResponse{}})
		require.ErrorContains(t, flood200ms(t, to, &atomic.Uint64{}, r, err), "no schema")
	})
}

func TestPatchedRequestsAreWhatMarshalGives(t *testing.T) {
	t.Parallel()
	r, err := creates("")
	require.NoError(t, err)
	for _, n := range []uint64{1, 42, 1_000_000_007} {
		m, err := milvus.CreateRequest(milvus.Schema(collectionName(series, n)))
		require.NoError(t, err)
		want, err := proto.Marshal(m)
		require.NoError(t, err)
		r.patch(r.body, n)
		require.Equal(t, want, r.body[prefixLength:])
	}
}
