package schemayaml

import (
	"io"
	"slices"
	"strconv"

	"github.com/milvus-io/milvus-proto/go-api/v3/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"github.com/milvus-io/milvus-proto/go-api/v3/schemapb"
	"go.yaml.in/yaml/v3"
)

// maintained are properties that the server keeps by itself and takes from nobody.
var maintained = []string{"max_field_id"}

// Describe returns the collection that a server described, in the form of a file.
func Describe(d *milvuspb.DescribeCollectionResponse) Collection {
	schema := d.GetSchema()
	c := Collection{
		Name: schema.GetName(), Description: schema.GetDescription(), EnableDynamicField: schema.GetEnableDynamicField(),
		ConsistencyLevel: d.GetConsistencyLevel().String(), ShardsNum: d.GetShardsNum(),
	}
	for _, p := range d.GetProperties() {
		if !slices.Contains(maintained, p.GetKey()) {
			put(&c.Properties, p)
		}
	}
	for _, f := range schema.GetFields() {
		c.Fields = append(c.Fields, describeField(f))
		if f.GetIsPartitionKey() {
			// Without a partition key the number is that of the partitions there are, and no part of the schema.
			c.NumPartitions = d.GetNumPartitions()
		}
	}
	for _, s := range schema.GetStructArrayFields() {
		c.Structs = append(c.Structs, describeStruct(s))
	}
	for _, f := range schema.GetFunctions() {
		out := Function{
			Name: f.GetName(), Description: f.GetDescription(), Type: f.GetType().String(),
			Input: f.GetInputFieldNames(), Output: f.GetOutputFieldNames(),
		}
		for _, p := range f.GetParams() {
			put(&out.Params, p)
		}
		c.Functions = append(c.Functions, out)
	}
	return c
}

func describeField(f *schemapb.FieldSchema) Field {
	out := Field{
		Name: f.GetName(), Description: f.GetDescription(), Type: f.GetDataType().String(),
		PrimaryKey: f.GetIsPrimaryKey(), AutoID: f.GetAutoID(), PartitionKey: f.GetIsPartitionKey(),
		ClusteringKey: f.GetIsClusteringKey(), Nullable: f.GetNullable(), Default: fromWire(f.GetDefaultValue()),
	}
	if t := f.GetElementType(); t != schemapb.DataType_None {
		out.ElementType = t.String()
	}
	for _, p := range f.GetTypeParams() {
		if !out.take(p) {
			put(&out.TypeParams, p)
		}
	}
	for _, p := range f.GetIndexParams() {
		put(&out.IndexParams, p)
	}
	return out
}

// take puts a type parameter under its own key if there is one and nothing of its spelling is lost.
func (f *Field) take(p *commonpb.KeyValuePair) bool {
	switch p.GetKey() {
	case dim:
		return number(&f.Dim, p.GetValue())
	case maxLength:
		return number(&f.MaxLength, p.GetValue())
	case maxCapacity:
		return number(&f.MaxCapacity, p.GetValue())
	case enableAnalyzer:
		return truth(&f.EnableAnalyzer, p.GetValue())
	case enableMatch:
		return truth(&f.EnableMatch, p.GetValue())
	default:
		return false
	}
}

func number(to **int64, text string) bool {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || strconv.FormatInt(n, 10) != text {
		return false
	}
	*to = &n
	return true
}

func truth(to **bool, text string) bool {
	b := text == "true"
	if !b && text != "false" {
		return false
	}
	*to = &b
	return true
}

func describeStruct(s *schemapb.StructArrayFieldSchema) Struct {
	out := Struct{Name: s.GetName(), Description: s.GetDescription(), Nullable: s.GetNullable()}
	for _, p := range s.GetTypeParams() {
		put(&out.TypeParams, p)
	}
	for _, f := range s.GetFields() {
		d := describeField(f)
		d.Type, d.ElementType = d.ElementType, ""
		if s.GetNullable() {
			d.Nullable = false // a struct is null as a whole, and its fields are not to be marked each
		}
		out.Fields = append(out.Fields, d)
	}
	if len(out.Fields) == 0 || out.Fields[0].MaxCapacity == nil {
		return out
	}
	common := *out.Fields[0].MaxCapacity
	if slices.ContainsFunc(out.Fields, func(f Field) bool { return f.MaxCapacity == nil || *f.MaxCapacity != common }) {
		return out
	}
	out.MaxCapacity = &common
	for i := range out.Fields {
		out.Fields[i].MaxCapacity = nil
	}
	return out
}

func put(m *map[string]string, p *commonpb.KeyValuePair) {
	if *m == nil {
		*m = map[string]string{}
	}
	(*m)[p.GetKey()] = p.GetValue()
}

// Write writes the collection as a file that Parse reads.
func (c *Collection) Write(w io.Writer) error {
	enc := yaml.NewEncoder(w)
	enc.SetIndent(2)
	if err := enc.Encode(c); err != nil {
		return err
	}
	return enc.Close()
}
