package milvus

import (
	"github.com/milvus-io/milvus-proto/go-api/v3/schemapb"

	"github.com/taproot-db/taproot/metastore/model"
	taprootv1 "github.com/taproot-db/taproot/proto/taproot/v1"
)

func functionsOf(fs []*schemapb.FunctionSchema) []*model.Function {
	if len(fs) == 0 {
		return nil
	}
	out := make([]*model.Function, len(fs))
	for i, f := range fs {
		out[i] = functionOf(f)
	}
	return out
}

// functionOf leaves out ids, which clients may send and the planner gives.
func functionOf(f *schemapb.FunctionSchema) *model.Function {
	if f == nil {
		return nil
	}
	return &model.Function{
		Name:        f.GetName(),
		Description: f.GetDescription(),
		Type:        model.FunctionType(f.GetType()),
		Inputs:      f.GetInputFieldNames(),
		Outputs:     f.GetOutputFieldNames(),
		Params:      propertiesOf(f.GetParams()),
	}
}

func statementFunction(f *model.Function) *taprootv1.Function {
	return &taprootv1.Function{
		Name:         f.Name,
		Description:  f.Description,
		Type:         int32(f.Type),
		InputFields:  f.Inputs,
		OutputFields: f.Outputs,
		Params:       statementProperties(f.Params),
	}
}

func functionSchema(f *model.Function) *schemapb.FunctionSchema {
	s := &schemapb.FunctionSchema{
		Name:             f.Name,
		Id:               int64(f.ID),
		Description:      f.Description,
		Type:             schemapb.FunctionType(f.Type),
		InputFieldNames:  f.Inputs,
		InputFieldIds:    numbers(f.InputIDs),
		OutputFieldNames: f.Outputs,
		OutputFieldIds:   numbers(f.OutputIDs),
		Params:           keyValues(f.Params),
	}
	addExtra(s, f.Extra)
	return s
}

func numbers(ids []model.ID) []int64 {
	if len(ids) == 0 {
		return nil
	}
	out := make([]int64, len(ids))
	for i, id := range ids {
		out[i] = int64(id)
	}
	return out
}
