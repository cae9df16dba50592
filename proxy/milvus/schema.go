package milvus

import (
	"github.com/milvus-io/milvus-proto/go-api/v3/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"github.com/milvus-io/milvus-proto/go-api/v3/schemapb"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
	taprootv1 "github.com/taproot-db/taproot/proto/taproot/v1"
)

// This file translates schemas between three forms: the API's (schemapb), the model's, and that of our own statements.
// Field ids that a client sends are ignored: the planner gives them. What the model has no place for is counted on the
// way in, so that validation can refuse it, and passed on from the Extra of a record on the way out.

// specOf returns what a request asks for. The only error is that of schema bytes which are no message, untyped as in
// Milvus.
func specOf(req *milvuspb.CreateCollectionRequest) (*model.CollectionSpec, error) {
	var schema schemapb.CollectionSchema
	if err := proto.Unmarshal(req.GetSchema(), &schema); err != nil {
		return nil, errs.Untyped(err.Error())
	}
	spec := &model.CollectionSpec{
		Name:         req.GetCollectionName(),
		SchemaName:   schema.GetName(),
		Description:  schema.GetDescription(),
		DynamicField: schema.GetEnableDynamicField(),
		Fields:       make([]*model.Field, 0, len(schema.GetFields())),
		Properties:   propertiesOf(req.GetProperties()),
		Shards:       req.GetShardsNum(),
		Consistency:  model.ConsistencyLevel(req.GetConsistencyLevel()),
		Partitions:   req.GetNumPartitions(),
		Functions:    functionsOf(schema.GetFunctions()),
		Namespace:    schema.GetEnableNamespace(),
		External:     schema.GetExternalSource() != "" || schema.GetExternalSpec() != "",
	}
	for _, f := range schema.GetFields() {
		spec.Fields = append(spec.Fields, fieldOf(f))
		spec.External = spec.External || f.GetExternalField() != ""
	}
	for _, f := range schema.GetStructArrayFields() {
		spec.StructFields = append(spec.StructFields, structFieldOf(f))
		for _, sub := range f.GetFields() {
			spec.External = spec.External || sub.GetExternalField() != ""
		}
	}
	return spec, nil
}

// fieldOf leaves out is_function_output, which clients may send and Milvus works out by itself.
func fieldOf(f *schemapb.FieldSchema) *model.Field {
	if f == nil {
		return nil
	}
	return &model.Field{
		Name:          f.GetName(),
		Description:   f.GetDescription(),
		Type:          model.DataType(f.GetDataType()),
		ElementType:   model.DataType(f.GetElementType()),
		PrimaryKey:    f.GetIsPrimaryKey(),
		AutoID:        f.GetAutoID(),
		Dynamic:       f.GetIsDynamic(),
		PartitionKey:  f.GetIsPartitionKey(),
		ClusteringKey: f.GetIsClusteringKey(),
		Nullable:      f.GetNullable(),
		TypeParams:    propertiesOf(f.GetTypeParams()),
		IndexParams:   propertiesOf(f.GetIndexParams()),
		Default:       valueOf(f.GetDefaultValue()),
	}
}

func propertiesOf(pairs []*commonpb.KeyValuePair) []model.Property {
	if len(pairs) == 0 {
		return nil
	}
	ps := make([]model.Property, 0, len(pairs))
	for _, kv := range pairs {
		if kv != nil {
			ps = append(ps, model.Property{Key: kv.GetKey(), Value: kv.GetValue()})
		}
	}
	return ps
}

func valueOf(v *schemapb.ValueField) *model.Value {
	if v == nil {
		return nil
	}
	switch d := v.GetData().(type) {
	case *schemapb.ValueField_BoolData:
		return &model.Value{Kind: model.ValueBool, Bool: d.BoolData}
	case *schemapb.ValueField_IntData:
		return &model.Value{Kind: model.ValueInt, Int: int64(d.IntData)}
	case *schemapb.ValueField_LongData:
		return &model.Value{Kind: model.ValueLong, Int: d.LongData}
	case *schemapb.ValueField_FloatData:
		return &model.Value{Kind: model.ValueFloat, Float: float64(d.FloatData)}
	case *schemapb.ValueField_DoubleData:
		return &model.Value{Kind: model.ValueDouble, Float: d.DoubleData}
	case *schemapb.ValueField_StringData:
		return &model.Value{Kind: model.ValueString, String: d.StringData}
	case *schemapb.ValueField_BytesData:
		return &model.Value{Kind: model.ValueBytes, String: string(d.BytesData)}
	case *schemapb.ValueField_TimestamptzData:
		return &model.Value{Kind: model.ValueTimestamptz, Int: d.TimestamptzData}
	default:
		return &model.Value{} // of no type that validation accepts
	}
}

// statementOf returns a spec that has been validated in the form of our own statement.
func statementOf(s *model.CollectionSpec) *taprootv1.CollectionSpec {
	out := &taprootv1.CollectionSpec{
		Name:               s.Name,
		SchemaName:         s.SchemaName,
		Description:        s.Description,
		EnableDynamicField: s.DynamicField,
		Fields:             make([]*taprootv1.Field, 0, len(s.Fields)),
		Properties:         statementProperties(s.Properties),
		ShardsNum:          s.Shards,
		ConsistencyLevel:   int32(s.Consistency),
		NumPartitions:      s.Partitions,
	}
	for _, f := range s.Fields {
		out.Fields = append(out.Fields, statementField(f))
	}
	for _, f := range s.Functions {
		out.Functions = append(out.Functions, statementFunction(f))
	}
	for _, f := range s.StructFields {
		out.StructFields = append(out.StructFields, statementStructField(f))
	}
	return out
}

func statementField(f *model.Field) *taprootv1.Field {
	return &taprootv1.Field{
		Name:          f.Name,
		Description:   f.Description,
		DataType:      int32(f.Type),
		ElementType:   int32(f.ElementType),
		PrimaryKey:    f.PrimaryKey,
		AutoId:        f.AutoID,
		PartitionKey:  f.PartitionKey,
		ClusteringKey: f.ClusteringKey,
		Nullable:      f.Nullable,
		TypeParams:    statementProperties(f.TypeParams),
		IndexParams:   statementProperties(f.IndexParams),
		DefaultValue:  statementValue(f.Default),
		Dynamic:       f.Dynamic,
	}
}

func statementProperties(ps []model.Property) []*taprootv1.Property {
	if len(ps) == 0 {
		return nil
	}
	out := make([]*taprootv1.Property, len(ps))
	for i, p := range ps {
		out[i] = &taprootv1.Property{Key: p.Key, Value: p.Value}
	}
	return out
}

func statementValue(v *model.Value) *taprootv1.Value {
	if v == nil {
		return nil
	}
	switch v.Kind {
	case model.ValueBool:
		return &taprootv1.Value{Value: &taprootv1.Value_BoolValue{BoolValue: v.Bool}}
	case model.ValueInt:
		return &taprootv1.Value{Value: &taprootv1.Value_IntValue{IntValue: int32(v.Int)}} // that is what it was
	case model.ValueLong:
		return &taprootv1.Value{Value: &taprootv1.Value_LongValue{LongValue: v.Int}}
	case model.ValueFloat:
		return &taprootv1.Value{Value: &taprootv1.Value_FloatValue{FloatValue: float32(v.Float)}}
	case model.ValueDouble:
		return &taprootv1.Value{Value: &taprootv1.Value_DoubleValue{DoubleValue: v.Float}}
	case model.ValueString:
		return &taprootv1.Value{Value: &taprootv1.Value_StringValue{StringValue: v.String}}
	case model.ValueBytes:
		return &taprootv1.Value{Value: &taprootv1.Value_BytesValue{BytesValue: []byte(v.String)}}
	case model.ValueTimestamptz: // as text, which says the same
		return &taprootv1.Value{Value: &taprootv1.Value_StringValue{StringValue: model.FormatTimestamptz(v.Int, "UTC")}}
	case model.ValueNone: // refused by validation, here and there
		return &taprootv1.Value{}
	default:
		return &taprootv1.Value{}
	}
}

// schemaOf returns the schema as clients see it: the fields that users declared, without the system's and $meta.
func schemaOf(db *model.Database, c *catalog.Collection, properties []*commonpb.KeyValuePair) *schemapb.CollectionSchema {
	s := &schemapb.CollectionSchema{
		Name:               c.Name,
		Description:        c.Description,
		Fields:             make([]*schemapb.FieldSchema, 0, c.CountFields()),
		EnableDynamicField: c.DynamicField,
		Properties:         properties,
		DbName:             db.Name,
		Version:            c.SchemaVersion,
		EnableNamespace:    c.Namespace,
	}
	for f := range c.UserFields() {
		if f.Name != model.NamespaceField {
			s.Fields = append(s.Fields, fieldSchema(f))
			if d := f.Default; d != nil && d.Kind == model.ValueTimestamptz {
				zone, _ := model.FindProperty(c.Properties, model.TimezoneProperty)
				s.Fields[len(s.Fields)-1].DefaultValue = &schemapb.ValueField{
					Data: &schemapb.ValueField_StringData{StringData: model.FormatTimestamptz(d.Int, zone)},
				}
			}
		}
	}
	for f := range c.StructFields() {
		s.StructArrayFields = append(s.StructArrayFields, structFieldSchema(f))
	}
	for f := range c.Functions() {
		s.Functions = append(s.Functions, functionSchema(f))
	}
	addExtra(s, c.SchemaExtra)
	return s
}

func fieldSchema(f *model.Field) *schemapb.FieldSchema {
	s := &schemapb.FieldSchema{
		FieldID:          int64(f.ID),
		Name:             f.Name,
		IsPrimaryKey:     f.PrimaryKey,
		Description:      f.Description,
		DataType:         schemapb.DataType(f.Type),
		TypeParams:       keyValues(f.TypeParams),
		IndexParams:      keyValues(f.IndexParams),
		AutoID:           f.AutoID,
		ElementType:      schemapb.DataType(f.ElementType),
		DefaultValue:     valueField(f.Default),
		IsDynamic:        f.Dynamic,
		IsPartitionKey:   f.PartitionKey,
		IsClusteringKey:  f.ClusteringKey,
		Nullable:         f.Nullable,
		IsFunctionOutput: f.FunctionOutput,
	}
	addExtra(s, f.Extra)
	return s
}

func valueField(v *model.Value) *schemapb.ValueField {
	if v == nil {
		return nil
	}
	out := &schemapb.ValueField{}
	switch v.Kind {
	case model.ValueBool:
		out.Data = &schemapb.ValueField_BoolData{BoolData: v.Bool}
	case model.ValueInt:
		out.Data = &schemapb.ValueField_IntData{IntData: int32(v.Int)} // that is what it was
	case model.ValueLong:
		out.Data = &schemapb.ValueField_LongData{LongData: v.Int}
	case model.ValueFloat:
		out.Data = &schemapb.ValueField_FloatData{FloatData: float32(v.Float)}
	case model.ValueDouble:
		out.Data = &schemapb.ValueField_DoubleData{DoubleData: v.Float}
	case model.ValueString:
		out.Data = &schemapb.ValueField_StringData{StringData: v.String}
	case model.ValueBytes:
		out.Data = &schemapb.ValueField_BytesData{BytesData: []byte(v.String)}
	case model.ValueTimestamptz:
		out.Data = &schemapb.ValueField_TimestamptzData{TimestamptzData: v.Int}
	case model.ValueNone:
	}
	addExtra(out, v.Extra)
	return out
}

// addExtra appends what a stored record holds beyond the model. The stored messages have the field numbers of the
// API's, so a client that knows more than this version sees all there is.
func addExtra(m proto.Message, extra string) {
	if extra != "" {
		m.ProtoReflect().SetUnknown(protoreflect.RawFields(extra))
	}
}
