package server

import (
	"github.com/taproot-db/taproot/metastore/model"
	taprootv1 "github.com/taproot-db/taproot/proto/taproot/v1"
)

// spec turns the wire form of a collection that is asked for into the model's.
func spec(m *taprootv1.CollectionSpec) *model.CollectionSpec {
	s := &model.CollectionSpec{
		Name: m.GetName(), SchemaName: m.GetSchemaName(), Description: m.GetDescription(),
		DynamicField: m.GetEnableDynamicField(), Properties: properties(m.GetProperties()),
		Shards: m.GetShardsNum(), Consistency: model.ConsistencyLevel(m.GetConsistencyLevel()), Partitions: m.GetNumPartitions(),
		Fields: make([]*model.Field, 0, len(m.GetFields())),
	}
	if s.SchemaName == "" {
		s.SchemaName = s.Name
	}
	for _, f := range m.GetFields() {
		s.Fields = append(s.Fields, field(f))
	}
	for _, f := range m.GetFunctions() {
		s.Functions = append(s.Functions, function(f))
	}
	for _, f := range m.GetStructFields() {
		s.StructFields = append(s.StructFields, structField(f))
	}
	return s
}

// field returns the field that is asked for; nil, which the rules refuse, for one that is absent.
func field(f *taprootv1.Field) *model.Field {
	if f == nil {
		return nil
	}
	return &model.Field{
		Name: f.GetName(), Description: f.GetDescription(),
		Type: model.DataType(f.GetDataType()), ElementType: model.DataType(f.GetElementType()),
		PrimaryKey: f.GetPrimaryKey(), AutoID: f.GetAutoId(), PartitionKey: f.GetPartitionKey(),
		ClusteringKey: f.GetClusteringKey(), Nullable: f.GetNullable(), Dynamic: f.GetDynamic(),
		TypeParams: properties(f.GetTypeParams()), IndexParams: properties(f.GetIndexParams()), Default: value(f.GetDefaultValue()),
	}
}

func function(f *taprootv1.Function) *model.Function {
	if f == nil {
		return nil
	}
	return &model.Function{
		Name: f.GetName(), Description: f.GetDescription(), Type: model.FunctionType(f.GetType()),
		Inputs: f.GetInputFields(), Outputs: f.GetOutputFields(), Params: properties(f.GetParams()),
	}
}

func structField(f *taprootv1.StructField) *model.StructField {
	if f == nil {
		return nil
	}
	out := &model.StructField{
		Name: f.GetName(), Description: f.GetDescription(), Nullable: f.GetNullable(), TypeParams: properties(f.GetTypeParams()),
		Fields: make([]*model.Field, 0, len(f.GetFields())),
	}
	for _, sub := range f.GetFields() {
		out.Fields = append(out.Fields, field(sub))
	}
	return out
}

func properties(ps []*taprootv1.Property) []model.Property {
	if len(ps) == 0 {
		return nil
	}
	out := make([]model.Property, len(ps))
	for i, p := range ps {
		out[i] = model.Property{Key: p.GetKey(), Value: p.GetValue()}
	}
	return out
}

func value(v *taprootv1.Value) *model.Value {
	switch x := v.GetValue().(type) {
	case *taprootv1.Value_BoolValue:
		return &model.Value{Kind: model.ValueBool, Bool: x.BoolValue}
	case *taprootv1.Value_IntValue:
		return &model.Value{Kind: model.ValueInt, Int: int64(x.IntValue)}
	case *taprootv1.Value_LongValue:
		return &model.Value{Kind: model.ValueLong, Int: x.LongValue}
	case *taprootv1.Value_FloatValue:
		return &model.Value{Kind: model.ValueFloat, Float: float64(x.FloatValue)}
	case *taprootv1.Value_DoubleValue:
		return &model.Value{Kind: model.ValueDouble, Float: x.DoubleValue}
	case *taprootv1.Value_StringValue:
		return &model.Value{Kind: model.ValueString, String: x.StringValue}
	case *taprootv1.Value_BytesValue:
		return &model.Value{Kind: model.ValueBytes, String: string(x.BytesValue)}
	default:
		if v == nil {
			return nil
		}
		return &model.Value{} // a default value without a value, which validation refuses
	}
}
