package server

import (
	taprootv1 "github.com/taproot-db/taproot/proto/taproot/v1"
	"github.com/taproot-db/taproot/rootcoord/ddl"
)

func loadOptions(m *taprootv1.LoadOptions) ddl.LoadOptions {
	return ddl.LoadOptions{
		Replicas: m.GetReplicas(), Groups: m.GetResourceGroups(), Refresh: m.GetRefresh(),
		Fields: m.GetFields(), SkipDynamicField: m.GetSkipDynamicField(),
	}
}
