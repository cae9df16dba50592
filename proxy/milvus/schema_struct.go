package milvus

import (
	"github.com/milvus-io/milvus-proto/go-api/v3/schemapb"

	"github.com/taproot-db/taproot/metastore/model"
	taprootv1 "github.com/taproot-db/taproot/proto/taproot/v1"
)

// structFieldOf keeps the plain names of sub-fields, as clients send them.
func structFieldOf(f *schemapb.StructArrayFieldSchema) *model.StructField {
	if f == nil {
		return nil
	}
	out := &model.StructField{
		Name:        f.GetName(),
		Description: f.GetDescription(),
		TypeParams:  propertiesOf(f.GetTypeParams()),
		Nullable:    f.GetNullable(),
		Fields:      make([]*model.Field, 0, len(f.GetFields())),
	}
	for _, sub := range f.GetFields() {
		out.Fields = append(out.Fields, fieldOf(sub))
	}
	return out
}

func statementStructField(f *model.StructField) *taprootv1.StructField {
	out := &taprootv1.StructField{
		Name:        f.Name,
		Description: f.Description,
		TypeParams:  statementProperties(f.TypeParams),
		Nullable:    f.Nullable,
		Fields:      make([]*taprootv1.Field, 0, len(f.Fields)),
	}
	for _, sub := range f.Fields {
		out.Fields = append(out.Fields, statementField(sub))
	}
	return out
}

// structFieldSchema shows sub-fields by their plain names, as Milvus does.
func structFieldSchema(f *model.StructField) *schemapb.StructArrayFieldSchema {
	s := &schemapb.StructArrayFieldSchema{
		FieldID:     int64(f.ID),
		Name:        f.Name,
		Description: f.Description,
		TypeParams:  keyValues(f.TypeParams),
		Nullable:    f.Nullable,
		Fields:      make([]*schemapb.FieldSchema, 0, len(f.Fields)),
	}
	for _, sub := range f.Fields {
		out := fieldSchema(sub)
		out.Name = model.PlainSubName(f.Name, sub.Name)
		s.Fields = append(s.Fields, out)
	}
	addExtra(s, f.Extra)
	return s
}
