package server

import (
	"github.com/taproot-db/taproot/metastore/model"
	taprootv1 "github.com/taproot-db/taproot/proto/taproot/v1"
)

func indexSpec(m *taprootv1.CreateIndex) model.IndexSpec {
	return model.IndexSpec{Field: m.GetField(), Name: m.GetIndex(), Params: properties(m.GetParams())}
}

// fieldIndex is nil for a field that comes without an index.
func fieldIndex(m *taprootv1.FieldIndex) *model.IndexSpec {
	if m == nil {
		return nil
	}
	return &model.IndexSpec{Name: m.GetIndex(), Params: properties(m.GetParams())}
}
