package kvfault_test

import (
	"testing"

	"github.com/taproot-db/taproot/kvstore"
	"github.com/taproot-db/taproot/kvstore/kvfault"
	"github.com/taproot-db/taproot/kvstore/kvstoretest"
	"github.com/taproot-db/taproot/kvstore/memory"
)

// A wrapper that is asked to do nothing keeps the contract.
func TestConformance(t *testing.T) {
	for name, cfg := range map[string]kvfault.Config{
		"no functions": {},
		"no faults": {
			OnCommit: func(int, kvstore.Txn) kvfault.Action { return kvfault.Action{} },
			OnRead:   func(int, kvfault.Read) kvfault.Action { return kvfault.Action{} },
		},
	} {
		t.Run(name, func(t *testing.T) {
			kvstoretest.Run(t, func(*testing.T) func() kvstore.Store {
				data := memory.NewData()
				return func() kvstore.Store { return kvfault.New(memory.Open(data), cfg) }
			}, kvstoretest.WithKeys(10_000))
		})
	}
}
