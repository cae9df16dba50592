package main

import (
	"fmt"
	"strconv"
	"time"

	"github.com/cockroachdb/errors"
	"google.golang.org/protobuf/proto"

	milvusv1 "github.com/taproot-db/taproot/proto/taproot/milvus/v1"
)

// template is what a collection of milvus.Schema takes in the store: one record, seven of fields, one of a partition. The ceiling
// writes these bytes again and again under new keys, so encoding costs it nothing.
type template struct {
	collection, partition []byte
	fields                [7][]byte
	fieldIDs              [7]string
}

const (
	keyRoot       = "by-dev/meta/root-coord/"
	collectionKey = keyRoot + "database/collection-info/1/"
	fieldKey      = keyRoot + "fields/"
	partitionKey  = keyRoot + "partitions/"
	// nameLength is that of every collection's name, so that all requests and records have one size.
	nameLength = 16
)

// collectionName returns a name of nameLength.
func collectionName(series string, n uint64) string {
	return fmt.Sprintf("%s_%0*d", series, nameLength-1-len(series), n)
}

// firstID looks like the ids that Milvus gives: the time in milliseconds and 18 bits.
func firstID() int64 { return time.Now().UnixMilli() << 18 }

func newTemplate() (*template, error) {
	id, ts := firstID(), uint64(firstID())
	kv := func(k, v string) []*milvusv1.KeyValuePair { return []*milvusv1.KeyValuePair{{Key: k, Value: v}} }
	fields := [7]*milvusv1.FieldSchema{
		{Name: "RowID", Description: "row id", DataType: 5},
		{FieldId: 1, Name: "Timestamp", Description: "time stamp", DataType: 5},
		{FieldId: 100, Name: "id", IsPrimaryKey: true, DataType: 5},
		{FieldId: 101, Name: "title", DataType: 21, TypeParams: kv("max_length", "256")},
		{FieldId: 102, Name: "views", DataType: 5},
		{FieldId: 103, Name: "extra", DataType: 23},
		{FieldId: 104, Name: "embedding", DataType: 101, TypeParams: kv("dim", "128")},
	}
	t := &template{}
	var err error
	marshal := func(m proto.Message) []byte {
		b, merr := proto.Marshal(m)
		err = errors.CombineErrors(err, merr)
		return b
	}
	for i, f := range fields {
		t.fields[i], t.fieldIDs[i] = marshal(f), strconv.FormatInt(f.GetFieldId(), 10)
	}
	t.collection = marshal(&milvusv1.CollectionInfo{
		Id: id, Schema: &milvusv1.CollectionSchema{Name: collectionName("p", 1), DbName: "default"}, CreateTime: ts,
		VirtualChannelNames:  []string{fmt.Sprintf("by-dev-rootcoord-dml_10_%dv0", id)},
		PhysicalChannelNames: []string{"by-dev-rootcoord-dml_10"},
		ShardsNum:            1, Properties: kv("timezone", "UTC"), DbId: 1, UpdateTimestamp: ts,
		ShardInfos: []*milvusv1.CollectionShardInfo{{}},
	})
	t.partition = marshal(&milvusv1.PartitionInfo{
		PartitionId: id + 1, PartitionName: "_default", PartitionCreatedTimestamp: ts, CollectionId: id,
	})
	return t, err
}

// records is how many keys one collection takes.
const records = 9

// each calls f with the nine keys of a collection and their values.
func (t *template) each(id int64, f func(key string, value []byte)) {
	own := strconv.FormatInt(id, 10)
	f(collectionKey+own, t.collection)
	for i := range t.fields {
		f(fieldKey+own+"/"+t.fieldIDs[i], t.fields[i])
	}
	f(partitionKey+own+"/"+strconv.FormatInt(id+1, 10), t.partition)
}

// size returns the bytes of the nine keys and values.
func (t *template) size() (n int) {
	t.each(firstID(), func(key string, value []byte) { n += len(key) + len(value) })
	return n
}
