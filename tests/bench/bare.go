package main

import (
	"context"
	"encoding/hex"
	"net"
	"sync/atomic"

	"github.com/cockroachdb/errors"
	"github.com/milvus-io/milvus-proto/go-api/v3/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"github.com/milvus-io/milvus-proto/go-api/v3/schemapb"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
)

// bareServer is the least that could be called a metadata server: a create is decoded and written as one transaction of the
// nine records, and nothing is checked, remembered or logged; a describe gives a message that was made before.
type bareServer struct {
	milvuspb.UnimplementedMilvusServiceServer
	etcd     *bareEtcd
	template *template
	next     atomic.Int64
	prepared atomic.Pointer[milvuspb.DescribeCollectionResponse]
}

// nowhere is the database in which creates are decoded and no more: what gRPC and the clients cost by themselves.
const nowhere = "nowhere"

// CreateCollection decodes the request, the schema in it too, and commits.
func (s *bareServer) CreateCollection(ctx context.Context, req *milvuspb.CreateCollectionRequest) (*commonpb.Status, error) {
	var schema schemapb.CollectionSchema
	if err := proto.Unmarshal(req.GetSchema(), &schema); err != nil {
		return nil, err
	}
	if req.GetDbName() == nowhere {
		return &commonpb.Status{}, nil
	}
	if err := s.etcd.put(ctx, s.template, s.next.Add(2)); err != nil {
		return nil, err
	}
	return &commonpb.Status{}, nil
}

// DescribeCollection gives the prepared answer.
func (s *bareServer) DescribeCollection(context.Context, *milvuspb.DescribeCollectionRequest) (*milvuspb.DescribeCollectionResponse, error) {
	return s.prepared.Load(), nil
}

// bare serves until its input ends. Each line is the answer, in hex, to give to describes from then on.
func bare(ctx context.Context, st station) error {
	e, err := startEtcd(ctx, st.dir)
	if err != nil {
		return err
	}
	defer e.Close()
	s := &bareServer{etcd: e}
	if s.template, err = newTemplate(); err != nil {
		return err
	}
	s.next.Store(firstID())
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return errors.WithStack(err)
	}
	g := grpc.NewServer(grpc.NumStreamWorkers(128))
	milvuspb.RegisterMilvusServiceServer(g, s)
	defer g.Stop()
	failed := make(chan error, 1) // Serve's one error
	go func() { failed <- g.Serve(l) }()
	st.say("ready %s", l.Addr())
	st.in.Buffer(nil, 1<<20)
	for st.in.Scan() {
		resp := &milvuspb.DescribeCollectionResponse{}
		b, err := hex.DecodeString(st.in.Text())
		if err != nil {
			return errors.WithStack(err)
		}
		if err := proto.Unmarshal(b, resp); err != nil {
			return errors.WithStack(err)
		}
		s.prepared.Store(resp)
		st.say("ok")
	}
	g.Stop()
	if err := <-failed; err != nil && !errors.Is(err, grpc.ErrServerStopped) {
		return errors.WithStack(err)
	}
	return nil
}
