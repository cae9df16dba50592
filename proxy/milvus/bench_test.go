package milvus

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/proto"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
)

// bare answers every describe with one prepared message: the least a gRPC server can do.
type bare struct {
	milvuspb.UnimplementedMilvusServiceServer
	reply *milvuspb.DescribeCollectionResponse
}

func (b *bare) DescribeCollection(context.Context, *milvuspb.DescribeCollectionRequest) (*milvuspb.DescribeCollectionResponse, error) {
	return b.reply, nil
}

// many is a catalog of n collections like books, named c0, c1, and so on.
func many(n int) *catalog.Snapshot {
	return shelf(func(b *catalog.Builder) {
		c, fields, partitions := books()
		for i := range n {
			one := *c
			one.ID, one.Name = model.ID(1000+10*i), fmt.Sprintf("c%d", i)
			b.Add(catalog.CollectionRef(&one), &one, catalog.Fingerprint{})
			for _, f := range fields {
				b.Add(catalog.FieldRef(one.ID, f), f, catalog.Fingerprint{})
			}
			for _, p := range partitions {
				p := *p
				p.Collection = one.ID
				b.Add(catalog.PartitionRef(&p), &p, catalog.Fingerprint{})
			}
		}
	})
}

// BenchmarkDescribe compares describing with the bare server, 64 clients with a connection each: x-of-bare is how many
// times as many describes a second taproot answers. The two take turns, so that a noisy machine is noisy for both. The
// number in a name is how many collections are asked for; the cache holds 4,096.
func BenchmarkDescribe(b *testing.B) {
	const clients, turn = 64, 4096
	for _, n := range []int{1000, 100_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			h := start(b, many(n))
			one, err := h.DescribeCollection(b.Context(), &milvuspb.DescribeCollectionRequest{CollectionName: "c0"})
			requireOK(b, one.GetStatus(), err)
			bareConns := dial(b, clients, func(s *grpc.Server) { milvuspb.RegisterMilvusServiceServer(s, &bare{reply: one}) })
			conns := dial(b, clients, func(s *grpc.Server) { h.service.Register(s) }, grpc.ForceServerCodecV2(Codec()))
			measure := func(conns []*grpc.ClientConn, from, to int) time.Duration {
				begin := time.Now()
				var all sync.WaitGroup
				for i, conn := range conns {
					all.Go(func() {
						client := milvuspb.NewMilvusServiceClient(conn)
						for j := from + i; j < to; j += clients {
							reply, err := client.DescribeCollection(b.Context(), &milvuspb.DescribeCollectionRequest{CollectionName: fmt.Sprintf("c%d", j*7919%n)})
							if err != nil || reply.GetStatus().GetCode() != 0 {
								b.Error(reply, err)
								return
							}
						}
					})
				}
				all.Wait()
				return time.Since(begin)
			}
			measure(bareConns, 0, turn)
			measure(conns, 0, turn)
			var bareTook, took time.Duration
			var ratios []float64
			b.ResetTimer()
			for from := 0; from < b.N; from += turn {
				to := min(from+turn, b.N)
				x, y := measure(bareConns, from, to), measure(conns, from, to)
				bareTook, took = bareTook+x, took+y
				ratios = append(ratios, float64(x)/float64(y))
			}
			b.StopTimer()
			slices.Sort(ratios)
			b.ReportMetric(float64(bareTook.Nanoseconds())/float64(b.N), "ns/bare")
			b.ReportMetric(float64(took.Nanoseconds())/float64(b.N), "ns/taproot")
			b.ReportMetric(ratios[len(ratios)/2], "x-of-bare")
			b.ReportMetric(float64(proto.Size(one)), "B/reply")
		})
	}
}

func dial(b *testing.B, n int, register func(*grpc.Server), opts ...grpc.ServerOption) []*grpc.ClientConn {
	b.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	server := grpc.NewServer(opts...)
	register(server)
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	conns := make([]*grpc.ClientConn, n)
	for i := range conns {
		conns[i], err = grpc.NewClient("passthrough:///"+listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
		require.NoError(b, err)
	}
	b.Cleanup(func() {
		for _, c := range conns {
			require.NoError(b, c.Close())
		}
		server.Stop()
		require.NoError(b, <-done)
	})
	return conns
}

// BenchmarkDescribeHandler is what a describe costs without gRPC: of 1,000 collections, all in the cache, and of
// 100,000, hardly any.
func BenchmarkDescribeHandler(b *testing.B) {
	for _, n := range []int{1000, 100_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			h := start(b, many(n))
			m := h.service.method("DescribeCollection", h.service.endpoints()["DescribeCollection"])
			names := make([]string, n)
			for i := range names {
				names[i] = fmt.Sprintf("c%d", i)
			}
			ctx := b.Context()
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				_, err := m.handle(nil, ctx, func(v any) error {
					v.(*request).msg.(*milvuspb.DescribeCollectionRequest).CollectionName = names[i*7919%n]
					return nil
				}, nil)
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkCreateHandler is what a create costs in the proxy, all but gRPC and the coordinator.
func BenchmarkCreateHandler(b *testing.B) {
	h := start(b, shelf())
	m := h.service.method("CreateCollection", h.service.endpoints()["CreateCollection"])
	req := createRequest(b, bookSchema())
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		_, err := m.handle(nil, ctx, func(v any) error {
			proto.Merge(v.(*request).msg, req)
			return nil
		}, nil)
		if err != nil {
			b.Fatal(err)
		}
		h.coordinator.asked = nil
	}
}
