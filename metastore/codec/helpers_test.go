package codec

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/cockroachdb/errors"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
	metav1 "github.com/taproot-db/taproot/proto/taproot/meta/v1"
	milvusv1 "github.com/taproot-db/taproot/proto/taproot/milvus/v1"
)

// marshal is what the generated types make of a message.
func marshal(t require.TestingT, m proto.Message) []byte {
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	require.NoError(t, err)
	return b
}

// toMessage returns the generated message that a record without Extra is stored as.
func toMessage(rec any) proto.Message {
	switch r := rec.(type) {
	case *model.Database:
		return &milvusv1.DatabaseInfo{
			TenantId: r.Tenant, Name: r.Name, Id: int64(r.ID), State: int32(r.State), CreatedTime: r.Created, Properties: pairs(r.Properties),
		}
	case *model.Collection:
		m := &milvusv1.CollectionInfo{
			Id: int64(r.ID),
			Schema: &milvusv1.CollectionSchema{
				Name: r.Name, Description: r.Description, AutoId: r.AutoID, EnableDynamicField: r.DynamicField,
				DbName: r.StoredDatabaseName, Version: r.SchemaVersion, EnableNamespace: r.Namespace,
			},
			CreateTime: uint64(r.Created), VirtualChannelNames: r.VirtualChannels, PhysicalChannelNames: r.PhysicalChannels,
			ShardsNum: r.Shards, ConsistencyLevel: int32(r.Consistency), State: int32(r.State), Properties: pairs(r.Properties),
			DbId: int64(r.Database), UpdateTimestamp: uint64(r.Updated),
		}
		for _, p := range r.StartPositions {
			m.StartPositions = append(m.StartPositions, &milvusv1.KeyDataPair{Key: p.Channel, Data: []byte(p.Data)})
		}
		for _, ts := range r.TruncatedAt {
			m.ShardInfos = append(m.ShardInfos, &milvusv1.CollectionShardInfo{LastTruncateTimeTick: uint64(ts)})
		}
		return m
	case *model.Field:
		return fieldMessage(r)
	case *model.Function:
		return &milvusv1.FunctionSchema{
			Name: r.Name, Id: int64(r.ID), Description: r.Description, Type: int32(r.Type), InputFieldNames: r.Inputs, InputFieldIds: numbers(r.InputIDs),
			OutputFieldNames: r.Outputs, OutputFieldIds: numbers(r.OutputIDs), Params: pairs(r.Params),
		}
	case *model.StructField:
		m := &milvusv1.StructArrayFieldSchema{
			FieldId: int64(r.ID), Name: r.Name, Description: r.Description, TypeParams: pairs(r.TypeParams), Nullable: r.Nullable,
		}
		for _, f := range r.Fields {
			m.Fields = append(m.Fields, fieldMessage(f))
		}
		return m
	case *model.Partition:
		return &milvusv1.PartitionInfo{
			PartitionId: int64(r.ID), PartitionName: r.Name, PartitionCreatedTimestamp: uint64(r.Created),
			CollectionId: int64(r.Collection), State: int32(r.State),
		}
	case *model.Alias:
		return &milvusv1.AliasInfo{
			AliasName: r.Name, CollectionId: int64(r.Collection), CreatedTime: uint64(r.Created), State: int32(r.State), DbId: int64(r.Database),
		}
	default:
		return planeMessage(rec)
	}
}

// planeMessage is toMessage of what a data plane acts on.
func planeMessage(rec any) proto.Message {
	switch r := rec.(type) {
	case *model.Index:
		return &milvusv1.FieldIndex{
			IndexInfo: &milvusv1.IndexInfo{
				CollectionId: int64(r.Collection), FieldId: int64(r.Field), IndexName: r.Name, IndexId: int64(r.ID), TypeParams: pairs(r.TypeParams),
				IndexParams: pairs(r.IndexParams), IsAutoIndex: r.Auto, UserIndexParams: pairs(r.UserParams),
			},
			Deleted: r.Deleted, CreateTime: uint64(r.Created),
		}
	case *model.Load:
		m := &milvusv1.CollectionLoadInfo{
			CollectionId: int64(r.Collection), ReplicaNumber: r.Replicas, Status: int32(r.Status), FieldIndexId: map[int64]int64{}, LoadType: int32(r.Type),
			LoadFields: numbers(r.Fields), DbId: int64(r.Database), UserSpecifiedReplicaMode: r.Explicit,
		}
		for _, fi := range r.FieldIndexes {
			m.FieldIndexId[int64(fi.Field)] = int64(fi.Index)
		}
		return m
	case *model.PartitionLoad:
		return &milvusv1.PartitionLoadInfo{CollectionId: int64(r.Collection), PartitionId: int64(r.Partition), Status: int32(r.Status)}
	case *model.Replica:
		return &milvusv1.Replica{Id: int64(r.ID), CollectionId: int64(r.Collection), Nodes: r.Nodes, ResourceGroup: r.Group}
	case *model.ResourceGroup:
		m := &milvusv1.ResourceGroup{Name: r.Name, Capacity: r.Capacity, Nodes: r.Nodes}
		if c := r.Config; c != nil {
			m.Config = &milvusv1.ResourceGroupConfig{
				Requests: &milvusv1.ResourceGroupLimit{NodeNum: c.Requests}, Limits: &milvusv1.ResourceGroupLimit{NodeNum: c.Limits},
				TransferFrom: transfers(c.TransferFrom), TransferTo: transfers(c.TransferTo),
			}
			if len(c.NodeLabels) > 0 {
				m.Config.NodeFilter = &milvusv1.ResourceGroupNodeFilter{NodeLabels: pairs(c.NodeLabels)}
			}
		}
		return m
	case *model.IndexReport:
		return &metav1.IndexReport{
			Collection: int64(r.Collection), Index: int64(r.Index), Spec: r.Spec, State: int32(r.State), IndexedRows: r.Indexed, TotalRows: r.Total, Reason: r.Reason,
		}
	case *model.LoadReport:
		return &metav1.LoadReport{Collection: int64(r.Collection), Spec: r.Spec, State: int32(r.State), Reason: r.Reason}
	default:
		panic(fmt.Sprintf("%T", rec))
	}
}

func transfers(names []string) []*milvusv1.ResourceGroupTransfer {
	var out []*milvusv1.ResourceGroupTransfer
	for _, n := range names {
		out = append(out, &milvusv1.ResourceGroupTransfer{ResourceGroup: n})
	}
	return out
}

func numbers(ids []model.ID) []int64 {
	var out []int64
	for _, id := range ids {
		out = append(out, int64(id))
	}
	return out
}

func fieldMessage(r *model.Field) *milvusv1.FieldSchema {
	m := &milvusv1.FieldSchema{
		FieldId: int64(r.ID), Name: r.Name, IsPrimaryKey: r.PrimaryKey, Description: r.Description, DataType: int32(r.Type),
		TypeParams: pairs(r.TypeParams), IndexParams: pairs(r.IndexParams), AutoId: r.AutoID, ElementType: int32(r.ElementType),
		IsDynamic: r.Dynamic, IsPartitionKey: r.PartitionKey, IsClusteringKey: r.ClusteringKey, Nullable: r.Nullable,
		IsFunctionOutput: r.FunctionOutput,
	}
	if r.Default != nil {
		m.DefaultValue = toValue(r.Default)
	}
	return m
}

func toValue(v *model.Value) *milvusv1.ValueField {
	switch v.Kind {
	case model.ValueBool:
		return &milvusv1.ValueField{Data: &milvusv1.ValueField_BoolData{BoolData: v.Bool}}
	case model.ValueInt:
		return &milvusv1.ValueField{Data: &milvusv1.ValueField_IntData{IntData: int32(v.Int)}}
	case model.ValueLong:
		return &milvusv1.ValueField{Data: &milvusv1.ValueField_LongData{LongData: v.Int}}
	case model.ValueFloat:
		return &milvusv1.ValueField{Data: &milvusv1.ValueField_FloatData{FloatData: float32(v.Float)}}
	case model.ValueDouble:
		return &milvusv1.ValueField{Data: &milvusv1.ValueField_DoubleData{DoubleData: v.Float}}
	case model.ValueString:
		return &milvusv1.ValueField{Data: &milvusv1.ValueField_StringData{StringData: v.String}}
	case model.ValueBytes:
		return &milvusv1.ValueField{Data: &milvusv1.ValueField_BytesData{BytesData: []byte(v.String)}}
	case model.ValueTimestamptz:
		return &milvusv1.ValueField{Data: &milvusv1.ValueField_TimestamptzData{TimestamptzData: v.Int}}
	default:
		return &milvusv1.ValueField{}
	}
}

func pairs(ps []model.Property) []*milvusv1.KeyValuePair {
	var out []*milvusv1.KeyValuePair
	for _, p := range ps {
		out = append(out, &milvusv1.KeyValuePair{Key: p.Key, Value: p.Value})
	}
	return out
}

// emptyMessage returns a message of the type that records of the kind are stored as.
func emptyMessage(k catalog.Kind) proto.Message {
	switch k {
	case catalog.KindDatabase:
		return &milvusv1.DatabaseInfo{}
	case catalog.KindCollection:
		return &milvusv1.CollectionInfo{}
	case catalog.KindField:
		return &milvusv1.FieldSchema{}
	case catalog.KindPartition:
		return &milvusv1.PartitionInfo{}
	case catalog.KindAlias:
		return &milvusv1.AliasInfo{}
	case catalog.KindFunction:
		return &milvusv1.FunctionSchema{}
	case catalog.KindStructField:
		return &milvusv1.StructArrayFieldSchema{}
	case catalog.KindIndex:
		return &milvusv1.FieldIndex{}
	case catalog.KindLoad:
		return &milvusv1.CollectionLoadInfo{}
	case catalog.KindPartitionLoad:
		return &milvusv1.PartitionLoadInfo{}
	case catalog.KindReplica:
		return &milvusv1.Replica{}
	case catalog.KindResourceGroup:
		return &milvusv1.ResourceGroup{}
	case catalog.KindIndexReport:
		return &metav1.IndexReport{}
	case catalog.KindLoadReport:
		return &metav1.LoadReport{}
	default:
		return nil
	}
}

// refOfMessage returns the Ref under which a message can lie.
func refOfMessage(m proto.Message, parent model.ID) catalog.Ref {
	switch m := m.(type) {
	case *milvusv1.DatabaseInfo:
		return catalog.Ref{Kind: catalog.KindDatabase, ID: model.ID(m.Id)}
	case *milvusv1.CollectionInfo:
		return catalog.Ref{Kind: catalog.KindCollection, Parent: parent, ID: model.ID(m.Id)}
	case *milvusv1.FieldSchema:
		return catalog.Ref{Kind: catalog.KindField, Parent: parent, ID: model.ID(m.FieldId)}
	case *milvusv1.PartitionInfo:
		if m.CollectionId != 0 {
			parent = model.ID(m.CollectionId)
		}
		return catalog.Ref{Kind: catalog.KindPartition, Parent: parent, ID: model.ID(m.PartitionId)}
	case *milvusv1.AliasInfo:
		return catalog.Ref{Kind: catalog.KindAlias, Parent: parent, Name: m.AliasName}
	case *milvusv1.FunctionSchema:
		return catalog.Ref{Kind: catalog.KindFunction, Parent: parent, ID: model.ID(m.Id)}
	case *milvusv1.StructArrayFieldSchema:
		return catalog.Ref{Kind: catalog.KindStructField, Parent: parent, ID: model.ID(m.FieldId)}
	case *milvusv1.FieldIndex:
		return catalog.Ref{Kind: catalog.KindIndex, Parent: model.ID(m.GetIndexInfo().GetCollectionId()), ID: model.ID(m.GetIndexInfo().GetIndexId())}
	case *milvusv1.CollectionLoadInfo:
		return catalog.LoadRef(model.ID(m.CollectionId))
	case *milvusv1.PartitionLoadInfo:
		return catalog.Ref{Kind: catalog.KindPartitionLoad, Parent: model.ID(m.CollectionId), ID: model.ID(m.PartitionId)}
	case *milvusv1.Replica:
		return catalog.Ref{Kind: catalog.KindReplica, Parent: model.ID(m.CollectionId), ID: model.ID(m.Id)}
	case *milvusv1.ResourceGroup:
		return catalog.ResourceGroupRef(m.Name)
	case *metav1.IndexReport:
		return catalog.IndexReportRef(model.ID(m.Collection), model.ID(m.Index))
	case *metav1.LoadReport:
		return catalog.LoadReportRef(model.ID(m.Collection))
	default:
		panic(fmt.Sprintf("%T", m))
	}
}

func equalRecords(t require.TestingT, want, got any) {
	var same bool
	switch w := want.(type) {
	case *model.Database:
		same = equal(w, got)
	case *model.Collection:
		same = equal(w, got)
	case *model.Field:
		same = equal(w, got)
	case *model.Partition:
		same = equal(w, got)
	case *model.Alias:
		same = equal(w, got)
	case *model.Function:
		same = equal(w, got)
	case *model.StructField:
		same = equal(w, got)
	case *model.Index:
		same = equal(w, got)
	case *model.Load:
		same = equal(w, got)
	case *model.PartitionLoad:
		same = equal(w, got)
	case *model.Replica:
		same = equal(w, got)
	case *model.ResourceGroup:
		same = equal(w, got)
	case *model.IndexReport:
		same = equal(w, got)
	case *model.LoadReport:
		same = equal(w, got)
	}
	require.True(t, same, "want %+v\n got %+v", want, got)
}

func equal[T interface{ Equal(o T) bool }](want T, got any) bool {
	g, ok := got.(T)
	return ok && want.Equal(g)
}

func requireMalformed(t require.TestingT, err error) {
	require.Error(t, err)
	require.True(t, errors.Is(err, ErrMalformed), "%+v", err)
}

// The generators of random records. Strings are short and few, so that they repeat, or any valid UTF-8.

func genText() *rapid.Generator[string] {
	return rapid.OneOf(rapid.SampledFrom([]string{"", "dim", "768", "max_length", "mmap.enabled", "true"}), rapid.String())
}

func genProperties() *rapid.Generator[[]model.Property] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) model.Property {
		return model.Property{Key: genText().Draw(t, "key"), Value: genText().Draw(t, "value")}
	}), 0, 4)
}

func genID() *rapid.Generator[model.ID] {
	return rapid.Map(rapid.Int64Min(1), func(n int64) model.ID { return model.ID(n) })
}

func genTime() *rapid.Generator[model.Timestamp] {
	return rapid.Map(rapid.Uint64(), func(n uint64) model.Timestamp { return model.Timestamp(n) })
}

func genInt32[T ~int32]() *rapid.Generator[T] {
	return rapid.Map(rapid.OneOf(rapid.Int32Range(0, 5), rapid.Int32()), func(n int32) T { return T(n) })
}

func genValue() *rapid.Generator[*model.Value] {
	return rapid.Custom(func(t *rapid.T) *model.Value {
		v := &model.Value{Kind: model.ValueKind(rapid.IntRange(0, int(model.ValueTimestamptz)).Draw(t, "kind"))}
		switch v.Kind {
		case model.ValueBool:
			v.Bool = rapid.Bool().Draw(t, "bool")
		case model.ValueInt:
			v.Int = int64(rapid.Int32().Draw(t, "int"))
		case model.ValueLong, model.ValueTimestamptz:
			v.Int = rapid.Int64().Draw(t, "long")
		case model.ValueFloat:
			v.Float = float64(rapid.Float32().Draw(t, "float"))
		case model.ValueDouble:
			v.Float = rapid.Float64().Draw(t, "double")
		case model.ValueString:
			v.String = genText().Draw(t, "string")
		case model.ValueBytes:
			v.String = string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"))
		default:
		}
		return v
	})
}

// genRecord draws a record of the kind, with the Ref it lies under.
func genRecord(t *rapid.T, k catalog.Kind) (catalog.Ref, any) {
	name := func(label string) string { return genText().Draw(t, label) }
	flag := func(label string) bool { return rapid.Bool().Draw(t, label) }
	switch k {
	case catalog.KindDatabase:
		d := &model.Database{
			ID: genID().Draw(t, "id"), Name: name("name"), Tenant: name("tenant"), State: genInt32[model.DatabaseState]().Draw(t, "state"),
			Created: rapid.Uint64().Draw(t, "created"), Properties: genProperties().Draw(t, "properties"),
		}
		return catalog.DatabaseRef(d), d
	case catalog.KindCollection:
		texts := rapid.SliceOfN(genText(), 0, 3)
		c := &model.Collection{
			ID: genID().Draw(t, "id"), Database: genID().Draw(t, "database"), Name: name("name"), Description: name("description"),
			AutoID: flag("autoID"), DynamicField: flag("dynamic"), Namespace: flag("namespace"), SchemaVersion: genInt32[int32]().Draw(t, "version"),
			Shards: genInt32[int32]().Draw(t, "shards"), Consistency: genInt32[model.ConsistencyLevel]().Draw(t, "consistency"),
			State: genInt32[model.State]().Draw(t, "state"), Created: genTime().Draw(t, "created"), Updated: genTime().Draw(t, "updated"),
			VirtualChannels: texts.Draw(t, "virtual"), PhysicalChannels: texts.Draw(t, "physical"), Properties: genProperties().Draw(t, "properties"),
			TruncatedAt:        rapid.SliceOfN(genTime(), 0, 3).Draw(t, "truncated"),
			StoredDatabaseName: name("db"),
			StartPositions: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) model.StartPosition {
				return model.StartPosition{Channel: genText().Draw(t, "channel"), Data: string(rapid.SliceOf(rapid.Byte()).Draw(t, "data"))}
			}), 0, 2).Draw(t, "positions"),
		}
		return catalog.CollectionRef(c), c
	case catalog.KindField:
		f := genField(t)
		return catalog.FieldRef(genID().Draw(t, "collection"), f), f
	case catalog.KindFunction:
		texts, ids := rapid.SliceOfN(genText(), 0, 3), rapid.SliceOfN(genID(), 0, 3)
		f := &model.Function{
			ID: genID().Draw(t, "id"), Name: name("name"), Description: name("description"), Type: genInt32[model.FunctionType]().Draw(t, "type"),
			Inputs: texts.Draw(t, "inputs"), Outputs: texts.Draw(t, "outputs"), InputIDs: ids.Draw(t, "input ids"), OutputIDs: ids.Draw(t, "output ids"),
			Params: genProperties().Draw(t, "params"),
		}
		return catalog.FunctionRef(genID().Draw(t, "collection"), f), f
	case catalog.KindStructField:
		f := &model.StructField{
			ID: genID().Draw(t, "id"), Name: name("name"), Description: name("description"), Nullable: flag("nullable"),
			Fields: rapid.SliceOfN(rapid.Custom(genField), 0, 3).Draw(t, "fields"), TypeParams: genProperties().Draw(t, "type params"),
		}
		return catalog.StructFieldRef(genID().Draw(t, "collection"), f), f
	case catalog.KindPartition:
		p := &model.Partition{
			ID: genID().Draw(t, "id"), Collection: genID().Draw(t, "collection"), Name: name("name"), Created: genTime().Draw(t, "created"),
			State: genInt32[model.State]().Draw(t, "state"),
		}
		return catalog.PartitionRef(p), p
	case catalog.KindAlias:
		a := &model.Alias{
			Database: genID().Draw(t, "database"), Name: name("name"), Collection: genID().Draw(t, "collection"),
			Created: genTime().Draw(t, "created"), State: genInt32[model.State]().Draw(t, "state"),
		}
		return catalog.AliasRef(a), a
	default:
		return genPlane(t, k)
	}
}

// genPlane is genRecord for the kinds that a data plane acts on.
func genPlane(t *rapid.T, k catalog.Kind) (catalog.Ref, any) {
	name := func(label string) string { return genText().Draw(t, label) }
	flag := func(label string) bool { return rapid.Bool().Draw(t, label) }
	id := func(label string) model.ID { return genID().Draw(t, label) }
	nodes := rapid.SliceOfN(rapid.Int64(), 0, 3)
	switch k {
	case catalog.KindIndex:
		i := &model.Index{
			ID: id("id"), Collection: id("collection"), Field: id("field"), Name: name("name"), TypeParams: genProperties().Draw(t, "type params"),
			IndexParams: genProperties().Draw(t, "index params"), UserParams: genProperties().Draw(t, "user params"), Auto: flag("auto"),
			Created: genTime().Draw(t, "created"), Deleted: flag("deleted"),
		}
		return catalog.IndexRef(i), i
	case catalog.KindLoad:
		l := &model.Load{
			Collection: id("collection"), Database: id("database"), Replicas: genInt32[int32]().Draw(t, "replicas"), Status: genInt32[model.LoadStatus]().Draw(t, "status"),
			Type: genInt32[model.LoadType]().Draw(t, "type"), Fields: rapid.SliceOfN(genID(), 0, 3).Draw(t, "fields"), Explicit: flag("explicit"),
		}
		entries := rapid.MapOfN(rapid.Int64(), rapid.Int64(), 0, 4).Draw(t, "field indexes")
		for _, f := range slices.Sorted(maps.Keys(entries)) {
			l.FieldIndexes = append(l.FieldIndexes, model.FieldIndex{Field: model.ID(f), Index: model.ID(entries[f])})
		}
		return catalog.LoadRef(l.Collection), l
	case catalog.KindPartitionLoad:
		p := &model.PartitionLoad{Collection: id("collection"), Partition: id("partition"), Status: genInt32[model.LoadStatus]().Draw(t, "status")}
		return catalog.PartitionLoadRef(p), p
	case catalog.KindReplica:
		r := &model.Replica{ID: id("id"), Collection: id("collection"), Group: name("group"), Nodes: nodes.Draw(t, "nodes")}
		return catalog.ReplicaRef(r), r
	case catalog.KindResourceGroup:
		g := &model.ResourceGroup{Name: name("name"), Capacity: genInt32[int32]().Draw(t, "capacity"), Nodes: nodes.Draw(t, "nodes")}
		if flag("config") {
			names := rapid.SliceOfN(genText(), 0, 3)
			g.Config = &model.ResourceGroupConfig{
				Requests: genInt32[int32]().Draw(t, "requests"), Limits: genInt32[int32]().Draw(t, "limits"), TransferFrom: names.Draw(t, "from"),
				TransferTo: names.Draw(t, "to"), NodeLabels: genProperties().Draw(t, "labels"),
			}
		}
		return catalog.ResourceGroupRef(g.Name), g
	case catalog.KindIndexReport:
		r := &model.IndexReport{
			Collection: id("collection"), Index: id("index"), Spec: rapid.Uint64().Draw(t, "spec"), State: genInt32[model.ReportState]().Draw(t, "state"),
			Indexed: rapid.Int64().Draw(t, "indexed"), Total: rapid.Int64().Draw(t, "total"), Reason: name("reason"),
		}
		return catalog.IndexReportRef(r.Collection, r.Index), r
	case catalog.KindLoadReport:
		r := &model.LoadReport{
			Collection: id("collection"), Spec: rapid.Uint64().Draw(t, "spec"), State: genInt32[model.ReportState]().Draw(t, "state"), Reason: name("reason"),
		}
		return catalog.LoadReportRef(r.Collection), r
	default:
		panic(k.String())
	}
}

func genField(t *rapid.T) *model.Field {
	name := func(label string) string { return genText().Draw(t, label) }
	flag := func(label string) bool { return rapid.Bool().Draw(t, label) }
	return &model.Field{
		ID: genID().Draw(t, "id"), Name: name("name"), Description: name("description"), Type: genInt32[model.DataType]().Draw(t, "type"),
		ElementType: genInt32[model.DataType]().Draw(t, "element"), PrimaryKey: flag("pk"), AutoID: flag("autoID"), Dynamic: flag("dynamic"),
		PartitionKey: flag("partitionKey"), ClusteringKey: flag("clusteringKey"), Nullable: flag("nullable"), FunctionOutput: flag("output"),
		TypeParams: genProperties().Draw(t, "type params"), IndexParams: genProperties().Draw(t, "index params"),
		Default: rapid.OneOf(rapid.Just[*model.Value](nil), genValue()).Draw(t, "default"),
	}
}

func forEachKind(t *testing.T, f func(t *testing.T, k catalog.Kind)) {
	t.Helper()
	for _, k := range catalog.Kinds() {
		t.Run(k.String(), func(t *testing.T) {
			t.Parallel()
			f(t, k)
		})
	}
}

// books is the collection of the examples: nine records, as of a CreateCollection with five fields of the user.
func books(id model.ID, name string) []catalog.Change {
	const ts = 453509120000000000
	channel := "by-dev-rootcoord-dml_" + fmt.Sprint(id%16)
	c := &model.Collection{
		ID: id, Database: model.DefaultDatabaseID, Name: name, Shards: 1, Consistency: model.Bounded, Created: ts, Updated: ts,
		VirtualChannels: []string{fmt.Sprintf("%s_%dv0", channel, id)}, PhysicalChannels: []string{channel},
		Properties: []model.Property{{Key: "timezone", Value: "UTC"}}, TruncatedAt: []model.Timestamp{0}, StoredDatabaseName: "default",
	}
	out := []catalog.Change{catalog.PutCollection(c)}
	for _, f := range []*model.Field{
		{ID: 0, Name: model.RowIDField, Description: "row id", Type: model.Int64},
		{ID: 1, Name: model.TimestampField, Description: "time stamp", Type: model.Int64},
		{ID: 100, Name: "id", Type: model.Int64, PrimaryKey: true, AutoID: true},
		{ID: 101, Name: "title", Description: "as on the cover", Type: model.VarChar, Nullable: true, TypeParams: []model.Property{{Key: "max_length", Value: "256"}}},
		{ID: 102, Name: "year", Type: model.Int32},
		{ID: 103, Name: "tags", Type: model.Array, ElementType: model.VarChar, TypeParams: []model.Property{{Key: "max_length", Value: "64"}, {Key: "max_capacity", Value: "16"}}},
		{ID: 104, Name: "embedding", Type: model.FloatVector, TypeParams: []model.Property{{Key: "dim", Value: "768"}}},
	} {
		out = append(out, catalog.PutField(id, f))
	}
	return append(out, catalog.PutPartition(&model.Partition{ID: id + 1, Collection: id, Name: model.DefaultPartition, Created: ts}))
}
