package server

import (
	taprootv1 "github.com/taproot-db/taproot/proto/taproot/v1"
	"github.com/taproot-db/taproot/rootcoord/ddl"
)

func planned(ps []ddl.Planned) []*taprootv1.PlannedChange {
	if len(ps) == 0 {
		return nil
	}
	out := make([]*taprootv1.PlannedChange, len(ps))
	for i, p := range ps {
		out[i] = &taprootv1.PlannedChange{Kind: p.Kind.String(), Action: p.Action, Name: p.Name, Id: int64(p.ID)}
	}
	return out
}
