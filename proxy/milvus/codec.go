package milvus

import (
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
	protobuf "google.golang.org/protobuf/proto"
)

// Codec returns the protobuf codec that a server needs for this service, with grpc.ForceServerCodecV2. It is gRPC's own
// but for two types of this package:
//
// A *request never fails to decode; it keeps the error. gRPC would answer INTERNAL before any handler is asked, and
// pymilvus would retry that for minutes.
//
// An *encoded reply is sent as it is.
func Codec() encoding.CodecV2 { return codec{encoding.GetCodecV2(proto.Name)} }

type codec struct{ encoding.CodecV2 }

// request is a message to decode into, and how that went.
type request struct {
	msg protobuf.Message
	err error
}

// encoded is a reply that has been marshalled already. It is shared and never changes.
type encoded []byte

func (c codec) Marshal(v any) (mem.BufferSlice, error) {
	if ready, ok := v.(encoded); ok {
		return mem.BufferSlice{mem.SliceBuffer(ready)}, nil
	}
	return c.CodecV2.Marshal(v)
}

func (c codec) Unmarshal(data mem.BufferSlice, v any) error {
	if r, ok := v.(*request); ok {
		r.err = c.CodecV2.Unmarshal(data, r.msg)
		return nil
	}
	return c.CodecV2.Unmarshal(data, v)
}
