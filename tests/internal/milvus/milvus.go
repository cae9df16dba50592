// Package milvus is the little of a Milvus SDK that stories and benchmarks need: connections, requests, and answers turned
// into errors. It speaks the public API over real connections, and adds no retries that would hide what a server does.
package milvus

import (
	"context"

	"github.com/cockroachdb/errors"
	"github.com/milvus-io/milvus-proto/go-api/v3/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"github.com/milvus-io/milvus-proto/go-api/v3/schemapb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/proto"
)

// Conn is a connection with the client on it.
type Conn struct {
	milvuspb.MilvusServiceClient
	conn *grpc.ClientConn
}

// Dial returns a connection to host:port. It does not connect before the first call, and makes no second try on its own
// but those that gRPC makes of calls that never left.
func Dial(addr string) (*Conn, error) {
	conn, err := grpc.NewClient("passthrough:///"+addr, grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithDisableServiceConfig())
	if err != nil {
		return nil, errors.WithStack(err)
	}
	return &Conn{milvuspb.NewMilvusServiceClient(conn), conn}, nil
}

// Close closes the connection.
func (c *Conn) Close() error { return c.conn.Close() }

// RefusedError is an answer that says no: the server has looked at the request and has not done it.
type RefusedError struct {
	Code      int32
	Reason    string
	Retriable bool
}

// Error returns the server's words.
func (r *RefusedError) Error() string { return r.Reason }

// Check returns what a call came to: nil, a *RefusedError, or the error of the transport, after which nobody knows.
func Check(status *commonpb.Status, err error) error {
	switch {
	case err != nil:
		return err
	case status.GetCode() != 0 || status.GetErrorCode() != commonpb.ErrorCode_Success:
		return &RefusedError{Code: status.GetCode(), Reason: status.GetReason(), Retriable: status.GetRetriable()}
	}
	return nil
}

// NotFound reports whether a refusal says that a collection, or a partition, does not exist.
func NotFound(err error) bool {
	var r *RefusedError
	return errors.As(err, &r) && (r.Code == 100 || r.Code == 200)
}

// Schema returns a schema of five user fields, which the server stores as seven: nine records in all with the
// collection and its one partition.
func Schema(name string) *schemapb.CollectionSchema {
	return &schemapb.CollectionSchema{Name: name, Fields: []*schemapb.FieldSchema{
		{Name: "id", IsPrimaryKey: true, DataType: schemapb.DataType_Int64},
		{Name: "title", DataType: schemapb.DataType_VarChar, TypeParams: []*commonpb.KeyValuePair{{Key: "max_length", Value: "256"}}},
		{Name: "views", DataType: schemapb.DataType_Int64},
		{Name: "extra", DataType: schemapb.DataType_JSON},
		{Name: "embedding", DataType: schemapb.DataType_FloatVector, TypeParams: []*commonpb.KeyValuePair{{Key: "dim", Value: "128"}}},
	}}
}

// CreateRequest returns the request for a collection of that schema, in the default database.
func CreateRequest(schema *schemapb.CollectionSchema) (*milvuspb.CreateCollectionRequest, error) {
	b, err := proto.Marshal(schema)
	if err != nil {
		return nil, errors.WithStack(err)
	}
	return &milvuspb.CreateCollectionRequest{CollectionName: schema.GetName(), Schema: b, ShardsNum: 1}, nil
}

// Create creates a collection of that schema.
func Create(ctx context.Context, c milvuspb.MilvusServiceClient, schema *schemapb.CollectionSchema) error {
	req, err := CreateRequest(schema)
	if err != nil {
		return err
	}
	return Check(c.CreateCollection(ctx, req))
}

// Describe describes a collection by name. Answers that say no become errors.
func Describe(ctx context.Context, c milvuspb.MilvusServiceClient, name string) (*milvuspb.DescribeCollectionResponse, error) {
	resp, err := c.DescribeCollection(ctx, &milvuspb.DescribeCollectionRequest{CollectionName: name})
	if err := Check(resp.GetStatus(), err); err != nil {
		return nil, err
	}
	return resp, nil
}
