package main

import (
	"bytes"
	"encoding/binary"

	"github.com/cockroachdb/errors"
	"github.com/milvus-io/milvus-proto/go-api/v3/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/taproot-db/taproot/tests/internal/milvus"
)

// series is that of the collections that floods create and describe.
const series = "p"

// prefixLength is that of what gRPC puts before each message: whether it is compressed, and its length.
const prefixLength = 5

// request is what a flood sends over and over. It is encoded once: from call to call only the collection's name changes, which always
// has the same length.
type request struct {
	path  string
	body  []byte // with its prefix
	at    []int  // where the name stands in it
	name  func(n uint64) string
	check func(answer []byte) error
}

// prepare encodes a request that names the collection mould.
func prepare(path string, m proto.Message, mould string, name func(n uint64) string, check func(answer []byte) error) (*request, error) {
	b, err := proto.Marshal(m)
	if err != nil {
		return nil, errors.WithStack(err)
	}
	r := &request{path: path, name: name, check: check}
	r.body = append(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(b))), b...)
	for from := 0; ; from += len(mould) {
		i := bytes.Index(r.body[from:], []byte(mould))
		if i < 0 {
			return r, nil
		}
		from += i
		r.at = append(r.at, from)
	}
}

// patch makes a copy of the body into that of call n.
func (r *request) patch(body []byte, n uint64) {
	name := r.name(n)
	for _, at := range r.at {
		copy(body[at:], name)
	}
}

// creates makes collections of five fields in a database, as create does in the default one.
func creates(db string) (*request, error) {
	mould := collectionName(series, 0)
	m, err := milvus.CreateRequest(milvus.Schema(mould))
	if err != nil {
		return nil, err
	}
	m.DbName = db
	name := func(n uint64) string { return collectionName(series, n) }
	return prepare(milvuspb.MilvusService_CreateCollection_FullMethodName, m, mould, name, checkStatus)
}

// describes asks for the first collections of the series, as describe does, at a time_stamp; 0: as they are.
func describes(of int, at uint64) (*request, error) {
	mould := collectionName(series, 0)
	m := &milvuspb.DescribeCollectionRequest{CollectionName: mould, TimeStamp: at}
	name := func(n uint64) string { return describedName(series, n, of) }
	return prepare(milvuspb.MilvusService_DescribeCollection_FullMethodName, m, mould, name, checkDescribed)
}

// checkStatus returns what an encoded Status says.
func checkStatus(answer []byte) error {
	if len(answer) == 0 {
		return nil // all fields have their defaults: success
	}
	var s commonpb.Status
	if err := proto.Unmarshal(answer, &s); err != nil {
		return errors.WithStack(err)
	}
	return milvus.Check(&s, nil)
}

// checkDescribed returns what the Status in an answer says, without decoding the rest of it: no more than that its outermost fields
// are whole, and that there is a schema.
func checkDescribed(answer []byte) error {
	const status, schema = 1, 2 // fields of DescribeCollectionResponse
	found := false
	for len(answer) > 0 {
		field, _, size := protowire.ConsumeField(answer)
		if size < 0 {
			return errors.WithStack(protowire.ParseError(size))
		}
		if field == status {
			_, _, tag := protowire.ConsumeTag(answer)
			s, _ := protowire.ConsumeBytes(answer[tag:])
			if err := checkStatus(s); err != nil {
				return err
			}
		}
		found = found || field == schema
		answer = answer[size:]
	}
	if !found {
		return errors.New("the answer has no schema")
	}
	return nil
}
