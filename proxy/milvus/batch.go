package milvus

import (
	"context"

	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/taproot-db/taproot/metastore/errs"
)

// maxBatchBytes bounds the answer of BatchDescribeCollection, in which a few bytes of the request call for a thousand. It is what
// clients of the API receive at most.
const maxBatchBytes = 64 << 20

// batchDescribeCollection answers for each name by itself, in the order of the request; the status of the whole is a success as soon as
// there is a name. Ids are ignored (decisions 7). All answers are of one catalog (pains.md 30), and put together in the form in which
// they are kept.
func (s *Service) batchDescribeCollection(_ context.Context, req *milvuspb.BatchDescribeCollectionRequest) (encoded, error) {
	names := req.GetCollectionName()
	if len(names) == 0 {
		return nil, errs.Missing("collection names cannot be empty")
	}
	const status, responses = 1, 2 // the fields of BatchDescribeCollectionResponse
	reply := protowire.AppendTag(nil, status, protowire.BytesType)
	reply = protowire.AppendBytes(reply, nil)
	snap := s.source.Snapshot()
	for _, name := range names {
		one, err := s.describeIn(snap, false, &milvuspb.DescribeCollectionRequest{DbName: req.GetDbName(), CollectionName: name})
		if err != nil {
			refusal := &milvuspb.DescribeCollectionResponse{Status: inBand(errs.Of(err))}
			if one, err = proto.Marshal(refusal); err != nil {
				return nil, err
			}
		}
		if len(reply)+len(one) > maxBatchBytes {
			return nil, errs.TooLarge("the descriptions of %d collections are more than %d bytes", len(names), maxBatchBytes)
		}
		reply = protowire.AppendTag(reply, responses, protowire.BytesType)
		reply = protowire.AppendBytes(reply, one)
	}
	return reply, nil
}
