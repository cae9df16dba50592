package codec

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/milvus-io/milvus-proto/go-api/v3/rgpb"
	"github.com/milvus-io/milvus-proto/go-api/v3/schemapb"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
	metav1 "github.com/taproot-db/taproot/proto/taproot/meta/v1"
	milvusv1 "github.com/taproot-db/taproot/proto/taproot/milvus/v1"
)

func TestEncodeGivesTheBytesOfTheGeneratedMessages(t *testing.T) {
	t.Parallel()
	forEachKind(t, func(t *testing.T, k catalog.Kind) {
		t.Helper()
		rapid.Check(t, func(t *rapid.T) {
			ref, rec := genRecord(t, k)
			got, err := Encode(rec)
			require.NoError(t, err)
			require.Equal(t, marshal(t, toMessage(rec)), got)

			back, err := Decode(ref, got)
			require.NoError(t, err)
			equalRecords(t, rec, back)
		})
	})
}

// The 2.6 form of a collection, as a real reader of Milvus's metadata showed it (etcd-layout §5.1).
const booksHex = `08e5809a81f0e3ca9d06121d0a05626f6f6b73120968616e64206d616465280142076c696272617279188080
8080c584cca5063a2b62792d6465762d726f6f74636f6f72642d646d6c5f305f343439303030303030303030
3030303130317630421662792d6465762d726f6f74636f6f72642d646d6c5f3050015a1d0a1662792d646576
2d726f6f74636f6f72642d646d6c5f3012030102036002721e0a16636f6c6c656374696f6e2e74746c2e7365
636f6e64731204333630307881809a81f0e3ca9d06800180808080c584cca5068a0100`

func TestCollectionOfMilvus26(t *testing.T) {
	t.Parallel()
	value, err := hex.DecodeString(strings.ReplaceAll(booksHex, "\n", ""))
	require.NoError(t, err)
	ref, ok := ParseKey("meta/root-coord/database/collection-info/449000000000000001/449000000000000101")
	require.True(t, ok)
	rec, err := Decode(ref, value)
	require.NoError(t, err)
	equalRecords(t, &model.Collection{
		ID: 449000000000000101, Database: 449000000000000001, Name: "books", Description: "hand made", DynamicField: true,
		StoredDatabaseName: "library", Shards: 1, Consistency: model.Bounded, State: model.Created,
		Created: 453509120000000000, Updated: 453509120000000000,
		VirtualChannels: []string{"by-dev-rootcoord-dml_0_449000000000000101v0"}, PhysicalChannels: []string{"by-dev-rootcoord-dml_0"},
		StartPositions: []model.StartPosition{{Channel: "by-dev-rootcoord-dml_0", Data: "\x01\x02\x03"}},
		Properties:     []model.Property{{Key: "collection.ttl.seconds", Value: "3600"}}, TruncatedAt: []model.Timestamp{0},
	}, rec)
	back, err := Encode(rec)
	require.NoError(t, err)
	require.Equal(t, value, back)
}

// What a real Milvus 2.3.5 left in etcd.
func TestRecordsOfMilvus235(t *testing.T) {
	t.Parallel()
	file, err := os.Open("testdata/milvus-2.3.5.jsonl")
	require.NoError(t, err)
	defer func() { require.NoError(t, file.Close()) }()

	seen := map[catalog.Kind]int{}
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		var item struct {
			Key   string
			Value []byte
		}
		require.NoError(t, json.Unmarshal(lines.Bytes(), &item))
		key := strings.TrimPrefix(item.Key, "by-dev/")
		ref, ok := ParseKey(key)
		require.True(t, ok, key)
		require.Equal(t, key, Key(ref))
		rec, err := Decode(ref, item.Value)
		require.NoError(t, err)
		back, err := Encode(rec)
		require.NoError(t, err)
		require.Equal(t, item.Value, back, key)
		seen[ref.Kind]++
	}
	require.NoError(t, lines.Err())
	require.Equal(t, map[catalog.Kind]int{
		catalog.KindDatabase: 2, catalog.KindCollection: 5, catalog.KindField: 34, catalog.KindPartition: 70, catalog.KindAlias: 3,
		catalog.KindIndex: 2, catalog.KindLoad: 1, catalog.KindPartitionLoad: 1, catalog.KindReplica: 1, catalog.KindResourceGroup: 1,
	}, seen)
}

// What a data plane of Milvus 2.3.5 was told to do: each record as it is modeled.
func TestThePlaneOfMilvus235(t *testing.T) {
	t.Parallel()
	const coll, part, index, replica = 470667958033842198, 470667958033842199, 470667958033842203, 470667958191915009
	want := map[string]any{
		"field-index/470667958033842198/470667958033842203": &model.Index{
			ID: index, Collection: coll, Field: 104, Name: "idx_embedding", Created: 0x6882603db980009,
			TypeParams:  []model.Property{{Key: "dim", Value: "1536"}},
			IndexParams: []model.Property{{Key: "index_type", Value: "HNSW"}, {Key: "metric_type", Value: "COSINE"}, {Key: "M", Value: "16"}, {Key: "efConstruction", Value: "200"}},
			UserParams:  []model.Property{{Key: "index_type", Value: "HNSW"}, {Key: "metric_type", Value: "COSINE"}, {Key: "params", Value: `{"M":16,"efConstruction":200}`}},
		},
		"queryCoord-ResourceGroup/__default_resource_group": &model.ResourceGroup{Name: model.DefaultResourceGroup, Capacity: 1_000_000, Nodes: []int64{1}},
		"querycoord-collection-loadinfo/470667958033842198": &model.Load{
			Collection: coll, Replicas: 1, Status: model.Loading, Type: model.LoadTypeCollection, FieldIndexes: []model.FieldIndex{{Field: 104, Index: index}},
		},
		"querycoord-partition-loadinfo/470667958033842198/470667958033842199": &model.PartitionLoad{
			Collection: coll, Partition: part, Status: model.Loading, Extra: "\x18\x01\x2a\x0c\x08\x68\x10\x9b\x80\x90\xee\xb9\xc0\x89\xc4\x06", // as 2.3 has it: replicas, indexes
		},
		"querycoord-replica/470667958033842198/470667958191915009": &model.Replica{ID: replica, Collection: coll, Group: model.DefaultResourceGroup, Nodes: []int64{1}},
	}
	raw, err := os.ReadFile("testdata/milvus-2.3.5.jsonl")
	require.NoError(t, err)
	for line := range strings.Lines(string(raw)) {
		var item struct {
			Key   string
			Value []byte
		}
		require.NoError(t, json.Unmarshal([]byte(line), &item))
		rel := strings.TrimPrefix(item.Key, "by-dev/meta/")
		if w, ok := want[rel]; ok {
			delete(want, rel)
			ref, ok := ParseKey("meta/" + rel)
			require.True(t, ok)
			rec, err := Decode(ref, item.Value)
			require.NoError(t, err)
			equalRecords(t, w, rec)
		}
	}
	require.Empty(t, want)
}

// The configuration of a resource group is a message of the public API.
func TestMilvusReadsConfigurationsOfResourceGroups(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		_, rec := genRecord(t, catalog.KindResourceGroup)
		g, ok := rec.(*model.ResourceGroup)
		require.True(t, ok)
		if g.Config == nil {
			return
		}
		ours, err := appendResourceGroupConfig(nil, g.Config)
		require.NoError(t, err)
		theirs := &rgpb.ResourceGroupConfig{}
		require.NoError(t, proto.Unmarshal(ours, theirs))
		require.Equal(t, ours, marshal(t, theirs))
		require.Equal(t, g.Config.Requests, theirs.GetRequests().GetNodeNum())
		require.Equal(t, g.Config.Limits, theirs.GetLimits().GetNodeNum())
		require.Len(t, theirs.GetTransferTo(), len(g.Config.TransferTo))
		require.Len(t, theirs.GetNodeFilter().GetNodeLabels(), len(g.Config.NodeLabels))
	})
}

// A map may hold an entry without its zeros, or two of one key; and what it holds has no order.
func TestIndexesOfALoad(t *testing.T) {
	t.Parallel()
	const index = "08641007" // field 100, index 7
	for name, c := range map[string]struct{ stored, want string }{
		"as written":     {"2a04" + index, "2a04" + index},
		"without zeros":  {"2a00", "2a0408001000"},
		"out of order":   {"2a0408651008" + "2a04" + index, "2a04" + index + "2a0408651008"},
		"one key twice":  {"2a0408641009" + "2a0408651008" + "2a04" + index, "2a04" + index + "2a0408651008"},
		"fields in turn": {"40644065", "42026465"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			value, err := hex.DecodeString("0805" + c.stored)
			require.NoError(t, err)
			rec, err := Decode(catalog.LoadRef(5), value)
			require.NoError(t, err)
			back, err := Encode(rec)
			require.NoError(t, err)
			require.Equal(t, "0805"+c.want, hex.EncodeToString(back))
		})
	}
}

// Milvus's own types read what is written, and know every field of it.
func TestMilvusReadsSchemas(t *testing.T) {
	t.Parallel()
	for kind, theirs := range map[catalog.Kind]proto.Message{
		catalog.KindField: &schemapb.FieldSchema{}, catalog.KindFunction: &schemapb.FunctionSchema{}, catalog.KindStructField: &schemapb.StructArrayFieldSchema{},
	} {
		t.Run(kind.String(), func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				_, rec := genRecord(t, kind)
				ours, err := Encode(rec)
				require.NoError(t, err)
				proto.Reset(theirs)
				require.NoError(t, proto.Unmarshal(ours, theirs))
				require.Empty(t, theirs.ProtoReflect().GetUnknown())
				require.Equal(t, ours, marshal(t, theirs))
			})
		})
	}
}

// A repeated number may also come one by one, or in several packs; it is written in one.
func TestIDsOfAFunction(t *testing.T) {
	t.Parallel()
	ref := catalog.Ref{Kind: catalog.KindFunction, Parent: 1, ID: 100}
	for name, ids := range map[string]string{"packed": "32026566", "one by one": "30653066", "in packs": "320165320166", "mixed": "3201653066"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			value, err := hex.DecodeString("1064" + ids)
			require.NoError(t, err)
			rec, err := Decode(ref, value)
			require.NoError(t, err)
			equalRecords(t, &model.Function{ID: 100, InputIDs: []model.ID{101, 102}}, rec)
			back, err := Encode(rec)
			require.NoError(t, err)
			require.Equal(t, "106432026566", hex.EncodeToString(back))
		})
	}
	_, err := Decode(ref, []byte{0x10, 100, 0x32, 1, 0x80})
	requireMalformed(t, err)
}

func TestZerosThatAreWritten(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rec  any
		want string
	}{
		"nothing else":                     {&model.Alias{}, ""},
		"schema":                           {&model.Collection{}, "1200"},
		"a shard that was never truncated": {&model.Collection{TruncatedAt: []model.Timestamp{0, 0}}, "12008a01008a0100"},
		"no shards before 2.6":             {&model.Collection{TruncatedAt: []model.Timestamp{}, StartPositions: []model.StartPosition{}}, "1200"},
		"empty start position":             {&model.Collection{StartPositions: []model.StartPosition{{}}}, "12005a00"},
		"empty property":                   {&model.Field{TypeParams: []model.Property{{}}}, "3200"},
		"empty channel":                    {&model.Collection{VirtualChannels: []string{""}}, "12003a00"},
		"empty names of a function":        {&model.Function{Inputs: []string{""}, Outputs: []string{"", ""}}, "2a003a003a00"},
		"empty parameter":                  {&model.Function{Params: []model.Property{{}}}, "4a00"},
		"empty sub-field":                  {&model.StructField{Fields: []*model.Field{{}}, TypeParams: []model.Property{{}}}, "22002a00"},
		"default false":                    {&model.Field{Default: &model.Value{Kind: model.ValueBool}}, "5a020800"},
		"default 0":                        {&model.Field{Default: &model.Value{Kind: model.ValueInt}}, "5a021000"},
		"default 0 long":                   {&model.Field{Default: &model.Value{Kind: model.ValueLong}}, "5a021800"},
		"default 0.0 float":                {&model.Field{Default: &model.Value{Kind: model.ValueFloat}}, "5a052500000000"},
		"default 0.0 double":               {&model.Field{Default: &model.Value{Kind: model.ValueDouble}}, "5a09290000000000000000"},
		"default empty string":             {&model.Field{Default: &model.Value{Kind: model.ValueString}}, "5a023200"},
		"default empty bytes":              {&model.Field{Default: &model.Value{Kind: model.ValueBytes}}, "5a023a00"},
		"default 0 time":                   {&model.Field{Default: &model.Value{Kind: model.ValueTimestamptz}}, "5a024000"},
		"default without member":           {&model.Field{Default: &model.Value{}}, "5a00"},
		"what an index is":                 {&model.Index{}, "0a00"},
		"empty parameter of an index":      {&model.Index{IndexParams: []model.Property{{}}}, "0a023200"},
		"the index of a field":             {&model.Load{FieldIndexes: []model.FieldIndex{{}}}, "2a0408001000"},
		"node 0":                           {&model.Replica{Nodes: []int64{0}}, "1a0100"},
		"no configuration":                 {&model.ResourceGroup{}, ""},
		"an empty configuration":           {&model.ResourceGroup{Config: &model.ResourceGroupConfig{}}, "22040a001200"},
		"a group without a name":           {&model.ResourceGroup{Config: &model.ResourceGroupConfig{TransferTo: []string{""}}}, "22060a0012002200"},
		"nothing reported":                 {&model.IndexReport{}, ""},
		"nothing reported of a load":       {&model.LoadReport{}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Encode(c.rec)
			require.NoError(t, err)
			require.Equal(t, c.want, hex.EncodeToString(got))
			require.NotNil(t, got)
		})
	}
}

// The numbers of states are Milvus's, and a database counts otherwise.
func TestStates(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rec  any
		want string
	}{
		"database created":    {&model.Database{State: model.DatabaseCreated}, "2001"},
		"database dropping":   {&model.Database{State: model.DatabaseDropping}, "2003"},
		"collection created":  {&model.Collection{State: model.Created}, "1200"},
		"collection dropping": {&model.Collection{State: model.Dropping}, "12006802"},
		"partition creating":  {&model.Partition{State: model.Creating}, "2801"},
		"alias dropped":       {&model.Alias{State: model.Dropped}, "2003"},
		"a negative number":   {&model.Alias{State: -1}, "20ffffffffffffffffff01"},
		"loading":             {&model.Load{Status: model.Loading, Type: model.LoadTypeCollection}, "20013002"},
		"loaded":              {&model.PartitionLoad{Status: model.Loaded}, "2002"},
		"index failed":        {&model.IndexReport{State: model.ReportFailed}, "2002"},
		"load done":           {&model.LoadReport{State: model.ReportDone}, "1801"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Encode(c.rec)
			require.NoError(t, err)
			require.Equal(t, c.want, hex.EncodeToString(got))
		})
	}
}

func TestTombstone(t *testing.T) {
	t.Parallel()
	require.True(t, Tombstone([]byte("⛼")))
	require.True(t, Tombstone([]byte{0xE2, 0x9B, 0xBC}))
	for _, v := range [][]byte{nil, {}, {0xE2, 0x9B}, {0xE2, 0x9B, 0xBC, 0}} {
		require.False(t, Tombstone(v))
	}
	_, err := Decode(catalog.Ref{Kind: catalog.KindDatabase, ID: 1}, tombstone)
	requireMalformed(t, err)
}

// unknown is fields of every wire type under numbers that no version of a message declares.
func unknown(num protowire.Number) []byte {
	b := protowire.AppendVarint(protowire.AppendTag(nil, num, protowire.VarintType), 77)
	b = protowire.AppendFixed32(protowire.AppendTag(b, num+1, protowire.Fixed32Type), 78)
	b = protowire.AppendFixed64(protowire.AppendTag(b, num+2, protowire.Fixed64Type), 79)
	b = protowire.AppendString(protowire.AppendTag(b, num+3, protowire.BytesType), "later")
	b = protowire.AppendTag(b, num+4, protowire.StartGroupType)
	b = protowire.AppendVarint(protowire.AppendTag(b, 1, protowire.VarintType), 1)
	return protowire.AppendTag(b, num+4, protowire.EndGroupType)
}

func TestUnknownFieldsSurviveAChange(t *testing.T) {
	t.Parallel()
	pair := func(key string) *milvusv1.KeyValuePair {
		m := &milvusv1.KeyValuePair{Key: key, Value: "v"}
		m.ProtoReflect().SetUnknown(unknown(30))
		return m
	}
	value := &milvusv1.ValueField{Data: &milvusv1.ValueField_IntData{IntData: 1}}
	value.ProtoReflect().SetUnknown(unknown(40))
	schema := &milvusv1.CollectionSchema{Name: "before"}
	schema.ProtoReflect().SetUnknown(unknown(50))
	position := &milvusv1.KeyDataPair{Key: "ch"}
	position.ProtoReflect().SetUnknown(unknown(60))
	shard := &milvusv1.CollectionShardInfo{LastTruncateTimeTick: 5}
	shard.ProtoReflect().SetUnknown(unknown(70))
	sub := &milvusv1.FieldSchema{FieldId: 107, Name: "s[b]", DefaultValue: value, TypeParams: []*milvusv1.KeyValuePair{pair("b")}}
	sub.ProtoReflect().SetUnknown(unknown(80))

	info := &milvusv1.IndexInfo{
		CollectionId: 7, IndexId: 5, IndexName: "before", TypeParams: []*milvusv1.KeyValuePair{pair("a")}, IndexParams: []*milvusv1.KeyValuePair{pair("a"), pair("b")},
		UserIndexParams: []*milvusv1.KeyValuePair{pair("a")},
	}
	info.ProtoReflect().SetUnknown(unknown(30))
	limit := func(n int32) *milvusv1.ResourceGroupLimit {
		m := &milvusv1.ResourceGroupLimit{NodeNum: n}
		m.ProtoReflect().SetUnknown(unknown(30 + protowire.Number(n)))
		return m
	}
	transfer := &milvusv1.ResourceGroupTransfer{ResourceGroup: "b"}
	transfer.ProtoReflect().SetUnknown(unknown(40))
	filter := &milvusv1.ResourceGroupNodeFilter{NodeLabels: []*milvusv1.KeyValuePair{pair("")}}
	filter.ProtoReflect().SetUnknown(unknown(50))
	config := &milvusv1.ResourceGroupConfig{
		Requests: limit(1), Limits: limit(2), NodeFilter: filter,
		TransferFrom: []*milvusv1.ResourceGroupTransfer{{ResourceGroup: "a"}, transfer}, TransferTo: []*milvusv1.ResourceGroupTransfer{transfer},
	}
	config.ProtoReflect().SetUnknown(unknown(60))

	for name, c := range map[string]struct {
		stored proto.Message
		change func(rec any)
		want   func(m proto.Message)
	}{
		"index": {
			&milvusv1.FieldIndex{IndexInfo: info, CreateTime: 9},
			func(rec any) { i := rec.(*model.Index); i.Name, i.IndexParams = "after", i.IndexParams[1:] },
			func(m proto.Message) {
				i := m.(*milvusv1.FieldIndex).IndexInfo
				i.IndexName, i.IndexParams = "after", i.IndexParams[1:]
			},
		},
		"load": {
			&milvusv1.CollectionLoadInfo{CollectionId: 7, FieldIndexId: map[int64]int64{100: 5}, Status: 1},
			func(rec any) { rec.(*model.Load).Status = model.Loaded },
			func(m proto.Message) { m.(*milvusv1.CollectionLoadInfo).Status = 2 },
		},
		"partition load": {
			&milvusv1.PartitionLoadInfo{CollectionId: 7, PartitionId: 5, Status: 1},
			func(rec any) { rec.(*model.PartitionLoad).Status = model.Loaded },
			func(m proto.Message) { m.(*milvusv1.PartitionLoadInfo).Status = 2 },
		},
		"replica": {
			&milvusv1.Replica{Id: 5, CollectionId: 7, ResourceGroup: "before", Nodes: []int64{1}},
			func(rec any) { rec.(*model.Replica).Group = "after" },
			func(m proto.Message) { m.(*milvusv1.Replica).ResourceGroup = "after" },
		},
		"resource group": {
			&milvusv1.ResourceGroup{Name: "rg", Config: config},
			func(rec any) {
				g := rec.(*model.ResourceGroup)
				g.Nodes, g.Config.Limits, g.Config.TransferFrom = []int64{7}, 9, g.Config.TransferFrom[1:]
			},
			func(m proto.Message) {
				g := m.(*milvusv1.ResourceGroup)
				g.Nodes, g.Config.Limits.NodeNum, g.Config.TransferFrom = []int64{7}, 9, g.Config.TransferFrom[1:]
			},
		},
		"the filter of a resource group goes": {
			&milvusv1.ResourceGroup{Name: "rg", Config: &milvusv1.ResourceGroupConfig{
				Requests: limit(1), Limits: limit(2), NodeFilter: &milvusv1.ResourceGroupNodeFilter{NodeLabels: []*milvusv1.KeyValuePair{{Key: "a"}}},
			}},
			func(rec any) { rec.(*model.ResourceGroup).Config.NodeLabels = nil },
			func(m proto.Message) { m.(*milvusv1.ResourceGroup).Config.NodeFilter = nil },
		},
		"a filter that holds nothing": {
			&milvusv1.ResourceGroup{Name: "rg", Config: &milvusv1.ResourceGroupConfig{
				Requests: limit(1), Limits: limit(2), NodeFilter: &milvusv1.ResourceGroupNodeFilter{},
			}},
			func(any) {}, func(proto.Message) {},
		},
		"index report": {
			&metav1.IndexReport{Collection: 7, Index: 5, Reason: "before"},
			func(rec any) { rec.(*model.IndexReport).Reason = "after" },
			func(m proto.Message) { m.(*metav1.IndexReport).Reason = "after" },
		},
		"load report": {
			&metav1.LoadReport{Collection: 7, Reason: "before"},
			func(rec any) { rec.(*model.LoadReport).Reason = "after" },
			func(m proto.Message) { m.(*metav1.LoadReport).Reason = "after" },
		},
		"database": {
			&milvusv1.DatabaseInfo{Id: 5, Name: "before", Properties: []*milvusv1.KeyValuePair{pair("a"), pair("b")}},
			func(rec any) {
				d := rec.(*model.Database)
				d.Name, d.Properties = "after", append(d.Properties, model.Property{Key: "c"})
			},
			func(m proto.Message) {
				d := m.(*milvusv1.DatabaseInfo)
				d.Name, d.Properties = "after", append(d.Properties, &milvusv1.KeyValuePair{Key: "c"})
			},
		},
		"a property goes, its neighbors keep theirs": {
			&milvusv1.DatabaseInfo{Id: 5, Properties: []*milvusv1.KeyValuePair{{Key: "x"}, pair("a"), pair("b")}},
			func(rec any) { d := rec.(*model.Database); d.Properties = d.Properties[2:] },
			func(m proto.Message) { d := m.(*milvusv1.DatabaseInfo); d.Properties = d.Properties[2:] },
		},
		"collection": {
			&milvusv1.CollectionInfo{
				Id: 5, Schema: schema, DbId: 7, Properties: []*milvusv1.KeyValuePair{pair("a")}, StartPositions: []*milvusv1.KeyDataPair{position},
				ShardInfos: []*milvusv1.CollectionShardInfo{{}, shard},
			},
			func(rec any) { c := rec.(*model.Collection); c.Name, c.TruncatedAt = "after", []model.Timestamp{0, 6} },
			func(m proto.Message) {
				c := m.(*milvusv1.CollectionInfo)
				c.Schema.Name, c.ShardInfos[1].LastTruncateTimeTick = "after", 6
			},
		},
		"field": {
			&milvusv1.FieldSchema{
				FieldId: 100, Name: "before", DefaultValue: value, TypeParams: []*milvusv1.KeyValuePair{pair("a")},
				IndexParams: []*milvusv1.KeyValuePair{pair("a")},
			},
			func(rec any) { rec.(*model.Field).Name = "after" },
			func(m proto.Message) { m.(*milvusv1.FieldSchema).Name = "after" },
		},
		"partition": {
			&milvusv1.PartitionInfo{PartitionId: 5, PartitionName: "before", CollectionId: 7},
			func(rec any) { rec.(*model.Partition).Name = "after" },
			func(m proto.Message) { m.(*milvusv1.PartitionInfo).PartitionName = "after" },
		},
		"function": {
			&milvusv1.FunctionSchema{Id: 100, Name: "before", InputFieldIds: []int64{101}, Params: []*milvusv1.KeyValuePair{pair("a")}},
			func(rec any) { rec.(*model.Function).Name = "after" },
			func(m proto.Message) { m.(*milvusv1.FunctionSchema).Name = "after" },
		},
		"struct field": {
			&milvusv1.StructArrayFieldSchema{
				FieldId: 105, Name: "before", TypeParams: []*milvusv1.KeyValuePair{pair("a")},
				Fields: []*milvusv1.FieldSchema{{FieldId: 106, Name: "s[a]"}, sub},
			},
			func(rec any) { f := rec.(*model.StructField); f.Name, f.Fields = "after", f.Fields[1:] },
			func(m proto.Message) {
				f := m.(*milvusv1.StructArrayFieldSchema)
				f.Name, f.Fields = "after", f.Fields[1:]
			},
		},
		"alias": {
			&milvusv1.AliasInfo{AliasName: "a", CollectionId: 5, DbId: 7},
			func(rec any) { rec.(*model.Alias).Collection = 6 },
			func(m proto.Message) { m.(*milvusv1.AliasInfo).CollectionId = 6 },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stored := proto.Clone(c.stored)
			stored.ProtoReflect().SetUnknown(unknown(20))
			rec, err := Decode(refOfMessage(stored, 7), marshal(t, stored))
			require.NoError(t, err)
			if f, ok := rec.(*model.Field); ok { // may be shared
				clone := *f
				rec = &clone
			}
			c.change(rec)
			b, err := Encode(rec)
			require.NoError(t, err)
			got := stored.ProtoReflect().New().Interface()
			require.NoError(t, proto.Unmarshal(b, got))
			c.want(stored)
			require.True(t, proto.Equal(stored, got), "want %v\n got %v", stored, got)
		})
	}
}

// A canonical writer that knows more fields than we do gets its very bytes back.
func TestFieldsOfLaterVersionsKeepTheirPlace(t *testing.T) {
	t.Parallel()
	field := &schemapb.FieldSchema{FieldID: 100, Name: "x", DataType: schemapb.DataType_Array, State: schemapb.FieldState_FieldDropping, ElementType: schemapb.DataType_Int8, IsDynamic: true}
	value := marshal(t, field)
	rec, err := Decode(catalog.Ref{Kind: catalog.KindField, Parent: 1, ID: 100}, value)
	require.NoError(t, err)
	back, err := Encode(rec)
	require.NoError(t, err)
	require.Equal(t, value, back)

	schema := &schemapb.CollectionSchema{
		Name: "x", Fields: []*schemapb.FieldSchema{field}, EnableDynamicField: true, DbName: "db", Version: 3, EnableNamespace: true,
		Functions: []*schemapb.FunctionSchema{{Name: "f"}},
	}
	value = protowire.AppendVarint([]byte{1 << 3}, 5)
	value = protowire.AppendBytes(append(value, 2<<3|2), marshal(t, schema))
	value = append(value, 4<<3|2, 2, 1, 2, 5<<3|2, 1, 'p', 7<<3|2, 1, 'v', 9<<3|2, 1, 9, 10<<3, 1, 15<<3, 7)
	rec, err = Decode(catalog.Ref{Kind: catalog.KindCollection, Parent: 7, ID: 5}, value)
	require.NoError(t, err)
	back, err = Encode(rec)
	require.NoError(t, err)
	require.Equal(t, value, back)
}

func TestTheKeyDecides(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		ref   catalog.Ref
		value proto.Message
		ok    bool
	}{
		"database":                       {catalog.Ref{Kind: catalog.KindDatabase, ID: 5}, &milvusv1.DatabaseInfo{Id: 5}, true},
		"another database":               {catalog.Ref{Kind: catalog.KindDatabase, ID: 5}, &milvusv1.DatabaseInfo{Id: 6}, false},
		"another collection":             {catalog.Ref{Kind: catalog.KindCollection, Parent: 1, ID: 5}, &milvusv1.CollectionInfo{Id: 6}, false},
		"collection of another database": {catalog.Ref{Kind: catalog.KindCollection, Parent: 1, ID: 5}, &milvusv1.CollectionInfo{Id: 5, DbId: 9}, true},
		"collection of no database":      {catalog.Ref{Kind: catalog.KindCollection, Parent: 1, ID: 5}, &milvusv1.CollectionInfo{Id: 5}, true},
		"another field":                  {catalog.Ref{Kind: catalog.KindField, Parent: 1, ID: 5}, &milvusv1.FieldSchema{}, false},
		"RowID":                          {catalog.Ref{Kind: catalog.KindField, Parent: 1}, &milvusv1.FieldSchema{}, true},
		"another partition":              {catalog.Ref{Kind: catalog.KindPartition, Parent: 1, ID: 5}, &milvusv1.PartitionInfo{PartitionId: 4, CollectionId: 1}, false},
		"partition of another":           {catalog.Ref{Kind: catalog.KindPartition, Parent: 1, ID: 5}, &milvusv1.PartitionInfo{PartitionId: 5, CollectionId: 2}, false},
		"partition of none":              {catalog.Ref{Kind: catalog.KindPartition, Parent: 1, ID: 5}, &milvusv1.PartitionInfo{PartitionId: 5}, true},
		"another alias":                  {catalog.Ref{Kind: catalog.KindAlias, Parent: 1, Name: "a"}, &milvusv1.AliasInfo{AliasName: "b"}, false},
		"alias of another database":      {catalog.Ref{Kind: catalog.KindAlias, Parent: 1, Name: "a"}, &milvusv1.AliasInfo{AliasName: "a", DbId: 9}, true},
		"another function":               {catalog.Ref{Kind: catalog.KindFunction, Parent: 1, ID: 5}, &milvusv1.FunctionSchema{Id: 6}, false},
		"a function":                     {catalog.Ref{Kind: catalog.KindFunction, Parent: 1, ID: 5}, &milvusv1.FunctionSchema{Id: 5}, true},
		"another struct field":           {catalog.Ref{Kind: catalog.KindStructField, Parent: 1, ID: 5}, &milvusv1.StructArrayFieldSchema{FieldId: 6}, false},
		"a struct field":                 {catalog.Ref{Kind: catalog.KindStructField, Parent: 1, ID: 5}, &milvusv1.StructArrayFieldSchema{FieldId: 5}, true},
		"an index":                       {catalog.Ref{Kind: catalog.KindIndex, Parent: 1, ID: 5}, &milvusv1.FieldIndex{IndexInfo: &milvusv1.IndexInfo{CollectionId: 1, IndexId: 5}}, true},
		"another index":                  {catalog.Ref{Kind: catalog.KindIndex, Parent: 1, ID: 5}, &milvusv1.FieldIndex{IndexInfo: &milvusv1.IndexInfo{CollectionId: 1, IndexId: 6}}, false},
		"index of another":               {catalog.Ref{Kind: catalog.KindIndex, Parent: 1, ID: 5}, &milvusv1.FieldIndex{IndexInfo: &milvusv1.IndexInfo{CollectionId: 2, IndexId: 5}}, false},
		"no index":                       {catalog.Ref{Kind: catalog.KindIndex, Parent: 1, ID: 5}, &milvusv1.FieldIndex{}, false},
		"a load":                         {catalog.LoadRef(5), &milvusv1.CollectionLoadInfo{CollectionId: 5}, true},
		"load of another":                {catalog.LoadRef(5), &milvusv1.CollectionLoadInfo{CollectionId: 6}, false},
		"a partition load":               {catalog.Ref{Kind: catalog.KindPartitionLoad, Parent: 1, ID: 5}, &milvusv1.PartitionLoadInfo{CollectionId: 1, PartitionId: 5}, true},
		"another partition load":         {catalog.Ref{Kind: catalog.KindPartitionLoad, Parent: 1, ID: 5}, &milvusv1.PartitionLoadInfo{CollectionId: 1, PartitionId: 6}, false},
		"partition load of another":      {catalog.Ref{Kind: catalog.KindPartitionLoad, Parent: 1, ID: 5}, &milvusv1.PartitionLoadInfo{CollectionId: 2, PartitionId: 5}, false},
		"a replica":                      {catalog.Ref{Kind: catalog.KindReplica, Parent: 1, ID: 5}, &milvusv1.Replica{CollectionId: 1, Id: 5}, true},
		"another replica":                {catalog.Ref{Kind: catalog.KindReplica, Parent: 1, ID: 5}, &milvusv1.Replica{CollectionId: 1, Id: 6}, false},
		"replica of another":             {catalog.Ref{Kind: catalog.KindReplica, Parent: 1, ID: 5}, &milvusv1.Replica{CollectionId: 2, Id: 5}, false},
		"a resource group":               {catalog.ResourceGroupRef("rg"), &milvusv1.ResourceGroup{Name: "rg"}, true},
		"another resource group":         {catalog.ResourceGroupRef("rg"), &milvusv1.ResourceGroup{Name: "other"}, false},
		"a report of an index":           {catalog.IndexReportRef(1, 5), &metav1.IndexReport{Collection: 1, Index: 5}, true},
		"report of another index":        {catalog.IndexReportRef(1, 5), &metav1.IndexReport{Collection: 1, Index: 6}, false},
		"of an index of another":         {catalog.IndexReportRef(1, 5), &metav1.IndexReport{Collection: 2, Index: 5}, false},
		"a report of a load":             {catalog.LoadReportRef(5), &metav1.LoadReport{Collection: 5}, true},
		"report of another load":         {catalog.LoadReportRef(5), &metav1.LoadReport{Collection: 6}, false},
		"no kind":                        {catalog.Ref{}, &milvusv1.AliasInfo{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rec, err := Decode(c.ref, marshal(t, c.value))
			if !c.ok {
				requireMalformed(t, err)
				return
			}
			require.NoError(t, err)
			ref, ok := refOf(c.ref, rec)
			require.True(t, ok)
			require.Equal(t, c.ref, ref)
		})
	}
}

func TestMalformedBytes(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{
		"cut tag":                "80",
		"cut varint":             "0880",
		"varint of eleven bytes": "088080808080808080808001",
		"cut string":             "120561",
		"huge string":            "12ffffffffffffffff7f61",
		"cut fixed32":            "25000000",
		"cut fixed64":            "210000",
		"end of no group":        "0c",
		"group without end":      "0b0801",
		"group with another end": "0b14",
		"wire type 7":            "0f",
		"field number 0":         "0001",
		"field number 2^29":      "808080801001",
		"not UTF-8":              "1201ff",
		"a number reserved":      "c0a30900",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, err := hex.DecodeString(value)
			require.NoError(t, err)
			_, err = Decode(catalog.Ref{Kind: catalog.KindField, Parent: 1}, b)
			requireMalformed(t, err)
		})
	}
}

func TestEncodeRefuses(t *testing.T) {
	t.Parallel()
	bad := "\xff"
	for name, rec := range map[string]any{
		"not a record":         "x",
		"nothing":              nil,
		"database name":        &model.Database{Name: bad},
		"tenant":               &model.Database{Tenant: bad},
		"property key":         &model.Database{Properties: []model.Property{{Key: bad}}},
		"property value":       &model.Field{IndexParams: []model.Property{{Value: bad}}},
		"collection name":      &model.Collection{Name: bad},
		"virtual channel":      &model.Collection{VirtualChannels: []string{bad}},
		"physical channel":     &model.Collection{PhysicalChannels: []string{bad}},
		"start position":       &model.Collection{StartPositions: []model.StartPosition{{Channel: bad}}},
		"field name":           &model.Field{Name: bad},
		"field description":    &model.Field{Description: bad},
		"default string":       &model.Field{Default: &model.Value{Kind: model.ValueString, String: bad}},
		"default out of range": &model.Field{Default: &model.Value{Kind: model.ValueInt, Int: 1 << 31}},
		"default of no kind":   &model.Field{Default: &model.Value{Kind: 99}},
		"partition":            &model.Partition{Name: bad},
		"alias":                &model.Alias{Name: bad},
		"extra":                &model.Alias{Extra: "\x80"},
		"function name":        &model.Function{Name: bad},
		"function description": &model.Function{Description: bad},
		"function input":       &model.Function{Inputs: []string{bad}},
		"function output":      &model.Function{Outputs: []string{bad}},
		"function parameter":   &model.Function{Params: []model.Property{{Key: bad}}},
		"function extra":       &model.Function{Extra: "\x80"},
		"struct name":          &model.StructField{Name: bad},
		"struct description":   &model.StructField{Description: bad},
		"struct parameter":     &model.StructField{TypeParams: []model.Property{{Key: bad}}},
		"struct extra":         &model.StructField{Extra: "\x80"},
		"index name":           &model.Index{Name: bad},
		"index type parameter": &model.Index{TypeParams: []model.Property{{Key: bad}}},
		"index parameter":      &model.Index{IndexParams: []model.Property{{Value: bad}}},
		"user parameter":       &model.Index{UserParams: []model.Property{{Value: bad}}},
		"index extra":          &model.Index{Extra: "\x80"},
		"index info extra":     &model.Index{InfoExtra: "\x80"},
		"load extra":           &model.Load{Extra: "\x80"},
		"partition load extra": &model.PartitionLoad{Extra: "\x80"},
		"group of a replica":   &model.Replica{Group: bad},
		"replica extra":        &model.Replica{Extra: "\x80"},
		"group name":           &model.ResourceGroup{Name: bad},
		"group extra":          &model.ResourceGroup{Extra: "\x80"},
		"group to take from":   &model.ResourceGroup{Config: &model.ResourceGroupConfig{TransferFrom: []string{bad}}},
		"group label":          &model.ResourceGroup{Config: &model.ResourceGroupConfig{NodeLabels: []model.Property{{Key: bad}}}},
		"group config extra":   &model.ResourceGroup{Config: &model.ResourceGroupConfig{Extra: "\x80"}},
		"index reason":         &model.IndexReport{Reason: bad},
		"index report extra":   &model.IndexReport{Extra: "\x80"},
		"load reason":          &model.LoadReport{Reason: bad},
		"load report extra":    &model.LoadReport{Extra: "\x80"},
		"sub-field":            &model.StructField{Fields: []*model.Field{{Name: bad}}},
		"extra of a list":      &model.Field{Extra: "\x80"},
		"extra of a schema":    &model.Collection{SchemaExtra: "\x80"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Encode(rec)
			require.Error(t, err)
		})
	}
}

func TestDecodeKeepsNothingOfItsInput(t *testing.T) {
	t.Parallel()
	forEachKind(t, func(t *testing.T, k catalog.Kind) {
		t.Helper()
		rapid.Check(t, func(t *rapid.T) {
			ref, rec := genRecord(t, k)
			value, err := Encode(rec)
			require.NoError(t, err)
			got, err := Decode(ref, value)
			require.NoError(t, err)
			for i := range value {
				value[i] = 0xAA
			}
			equalRecords(t, rec, got)
		})
	})
}

func TestEqualFieldsAreOne(t *testing.T) { // alone: others would use the same tables
	value := marshal(t, &milvusv1.FieldSchema{FieldId: 1, Name: model.TimestampField, Description: "time stamp", DataType: 5})
	a, err := Decode(catalog.Ref{Kind: catalog.KindField, Parent: 7, ID: 1}, value)
	require.NoError(t, err)
	b, err := Decode(catalog.Ref{Kind: catalog.KindField, Parent: 8, ID: 1}, bytes.Clone(value))
	require.NoError(t, err)
	require.Same(t, a, b)
	_, err = Decode(catalog.Ref{Kind: catalog.KindField, Parent: 8, ID: 2}, value)
	requireMalformed(t, err)
}

// The length of a message takes several bytes.
func TestLongMessages(t *testing.T) {
	t.Parallel()
	for _, n := range []int{100, 120, 125, 126, 127, 128, 129, 200, 16380, 16384, 16390, 1 << 21} {
		long := base64.StdEncoding.EncodeToString(make([]byte, n))[:n]
		d := &model.Database{ID: 1, Name: long, Properties: []model.Property{{Key: "k", Value: long}, {Key: long, Value: "v"}}}
		b, err := Encode(d)
		require.NoError(t, err)
		require.Equal(t, marshal(t, toMessage(d)), b)
		back, err := Decode(catalog.DatabaseRef(d), b)
		require.NoError(t, err)
		equalRecords(t, d, back)
	}
}
