package server

import (
	"github.com/taproot-db/taproot/metastore/model"
	taprootv1 "github.com/taproot-db/taproot/proto/taproot/v1"
)

// alteration turns the wire form of properties to set and keys to delete into the model's.
func alteration(m interface {
	GetSet() []*taprootv1.Property
	GetDelete() []string
},
) model.Alteration {
	return model.Alteration{Set: properties(m.GetSet()), Delete: m.GetDelete()}
}
