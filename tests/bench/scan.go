package main

import (
	"context"
	"strings"

	"github.com/cockroachdb/errors"
	"go.etcd.io/etcd/api/v3/etcdserverpb"
	clientv3 "go.etcd.io/etcd/client/v3"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	milvusv1 "github.com/taproot-db/taproot/proto/taproot/milvus/v1"
)

// scan is the ceiling of a restart: etcd starts on a store that holds a catalog, and every record is read, in bounded
// pieces and by function calls, and decoded into the generated types. Nothing is kept, linked or checked.
func scan(ctx context.Context, st station) error {
	e, err := startEtcd(ctx, st.dir)
	if err != nil {
		return err
	}
	defer e.Close()
	s := &scanner{ctx: ctx}
	prefixes := []struct {
		prefix string
		into   func() proto.Message
	}{
		{"database/db-info/", func() proto.Message { return new(milvusv1.DatabaseInfo) }},
		{"database/collection-info/", func() proto.Message { return new(milvusv1.CollectionInfo) }},
		{"fields/", func() proto.Message { return new(milvusv1.FieldSchema) }},
		{"partitions/", func() proto.Message { return new(milvusv1.PartitionInfo) }},
		{"database/aliases/", func() proto.Message { return new(milvusv1.AliasInfo) }},
	}
	for _, p := range prefixes {
		s.into = p.into
		req := &etcdserverpb.RangeRequest{
			Key: []byte(keyRoot + p.prefix), RangeEnd: []byte(clientv3.GetPrefixRangeEnd(keyRoot + p.prefix)), Serializable: true,
		}
		if err := e.Server.RangeStream(req, s); err != nil {
			return errors.Wrapf(err, "scan %s", p.prefix)
		}
	}
	st.say("ready %d", s.records)
	for st.in.Scan() { // until the parent has read it
	}
	return nil
}

// scanner receives what a range yields, chunk by chunk.
type scanner struct {
	grpc.ServerStream                 // nothing of it is called but Context
	ctx               context.Context //nolint:containedctx // this is what a stream has
	into              func() proto.Message
	records           int
}

// Context returns the scan's context.
func (s *scanner) Context() context.Context { return s.ctx }

// Send decodes a chunk.
func (s *scanner) Send(r *etcdserverpb.RangeStreamResponse) error {
	for _, kv := range r.GetRangeResponse().GetKvs() {
		if err := proto.Unmarshal(kv.GetValue(), s.into()); err != nil {
			return errors.Wrapf(err, "%s", strings.TrimPrefix(string(kv.GetKey()), keyRoot))
		}
		s.records++
	}
	return nil
}
