package schemayaml

import (
	"maps"
	"slices"
	"strconv"

	"github.com/cockroachdb/errors"
	"github.com/milvus-io/milvus-proto/go-api/v3/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"github.com/milvus-io/milvus-proto/go-api/v3/schemapb"
	"google.golang.org/protobuf/proto"
)

// Names of type parameters that have a key of their own in the file.
const (
	dim            = "dim"
	maxLength      = "max_length"
	maxCapacity    = "max_capacity"
	enableAnalyzer = "enable_analyzer"
	enableMatch    = "enable_match"
)

// Request returns what an SDK would send to create the collection.
func (c *Collection) Request() (*milvuspb.CreateCollectionRequest, error) {
	schema := &schemapb.CollectionSchema{Name: c.Name, Description: c.Description, EnableDynamicField: c.EnableDynamicField}
	for i := range c.Fields {
		schema.Fields = append(schema.Fields, c.Fields[i].wire())
	}
	for i := range c.Structs {
		schema.StructArrayFields = append(schema.StructArrayFields, c.Structs[i].wire())
	}
	for i := range c.Functions {
		schema.Functions = append(schema.Functions, c.Functions[i].wire())
	}
	body, err := proto.MarshalOptions{Deterministic: true}.Marshal(schema)
	if err != nil {
		return nil, errors.Wrapf(err, "collection %s", c.Name)
	}
	level := commonpb.ConsistencyLevel_Bounded
	if c.ConsistencyLevel != "" {
		level = commonpb.ConsistencyLevel(commonpb.ConsistencyLevel_value[c.ConsistencyLevel])
	}
	return &milvuspb.CreateCollectionRequest{
		CollectionName: c.Name, Schema: body, ShardsNum: c.ShardsNum, ConsistencyLevel: level,
		NumPartitions: c.NumPartitions, Properties: pairs(c.Properties),
	}, nil
}

func (f *Field) wire() *schemapb.FieldSchema {
	t := dataType(f.Type)
	return &schemapb.FieldSchema{
		Name: f.Name, Description: f.Description, DataType: t, ElementType: dataType(f.ElementType),
		IsPrimaryKey: f.PrimaryKey, AutoID: f.AutoID, IsPartitionKey: f.PartitionKey, IsClusteringKey: f.ClusteringKey,
		Nullable: f.Nullable, DefaultValue: f.Default.wire(t),
		TypeParams: f.typeParams(), IndexParams: pairs(f.IndexParams),
	}
}

func (f *Field) typeParams() []*commonpb.KeyValuePair {
	var out []*commonpb.KeyValuePair
	add := func(key, value string) { out = append(out, &commonpb.KeyValuePair{Key: key, Value: value}) }
	for _, p := range []struct {
		key   string
		value *int64
	}{{dim, f.Dim}, {maxLength, f.MaxLength}, {maxCapacity, f.MaxCapacity}} {
		if p.value != nil {
			add(p.key, strconv.FormatInt(*p.value, 10))
		}
	}
	for _, p := range []struct {
		key   string
		value *bool
	}{{enableAnalyzer, f.EnableAnalyzer}, {enableMatch, f.EnableMatch}} {
		if p.value != nil {
			add(p.key, strconv.FormatBool(*p.value))
		}
	}
	return append(out, pairs(f.TypeParams)...)
}

// wire makes arrays of the fields: the API knows a struct as columns of arrays.
func (s *Struct) wire() *schemapb.StructArrayFieldSchema {
	out := &schemapb.StructArrayFieldSchema{
		Name: s.Name, Description: s.Description, Nullable: s.Nullable, TypeParams: pairs(s.TypeParams),
	}
	for i := range s.Fields {
		f := s.Fields[i]
		if f.MaxCapacity == nil {
			f.MaxCapacity = s.MaxCapacity
		}
		w := f.wire()
		element := w.GetDataType()
		w.ElementType, w.DataType = element, schemapb.DataType_Array
		if vector(element) {
			w.DataType = schemapb.DataType_ArrayOfVector
		}
		out.Fields = append(out.Fields, w)
	}
	return out
}

func (f *Function) wire() *schemapb.FunctionSchema {
	return &schemapb.FunctionSchema{
		Name: f.Name, Description: f.Description, Type: schemapb.FunctionType(schemapb.FunctionType_value[f.Type]),
		InputFieldNames: f.Input, OutputFieldNames: f.Output, Params: pairs(f.Params),
	}
}

// dataType returns None for a type that is not given, which the server refuses where it matters.
func dataType(name string) schemapb.DataType { return schemapb.DataType(schemapb.DataType_value[name]) }

func vector(t schemapb.DataType) bool {
	return t >= schemapb.DataType_BinaryVector && t < schemapb.DataType_ArrayOfVector
}

// pairs are sorted, so that one file makes one request.
func pairs(m map[string]string) []*commonpb.KeyValuePair {
	var out []*commonpb.KeyValuePair
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, &commonpb.KeyValuePair{Key: k, Value: m[k]})
	}
	return out
}
