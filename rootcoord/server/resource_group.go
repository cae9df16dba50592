package server

import (
	"github.com/taproot-db/taproot/metastore/model"
	taprootv1 "github.com/taproot-db/taproot/proto/taproot/v1"
)

// newGroup reads the config of a group that is to be made, which may be left out.
func newGroup(m *taprootv1.ResourceGroupConfig) *model.ResourceGroupSpec {
	if m == nil {
		return model.NoNodes()
	}
	return groupSpec(m)
}

// groupSpec reads a config. One that is left out asks for neither requests nor limits.
func groupSpec(m *taprootv1.ResourceGroupConfig) *model.ResourceGroupSpec {
	return &model.ResourceGroupSpec{
		Config: model.ResourceGroupConfig{
			Requests: m.GetRequests(), Limits: m.GetLimits(), TransferFrom: m.GetTransferFrom(), TransferTo: m.GetTransferTo(),
			NodeLabels: properties(m.GetNodeLabels()),
		},
		HasRequests: m.GetHasRequests(), HasLimits: m.GetHasLimits(),
	}
}

func groupSpecs(ms map[string]*taprootv1.ResourceGroupConfig) map[string]*model.ResourceGroupSpec {
	out := make(map[string]*model.ResourceGroupSpec, len(ms))
	for name, m := range ms {
		out[name] = groupSpec(m)
	}
	return out
}
