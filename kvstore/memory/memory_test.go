package memory_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/taproot-db/taproot/kvstore"
	"github.com/taproot-db/taproot/kvstore/kvstoretest"
	"github.com/taproot-db/taproot/kvstore/memory"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestConformance(t *testing.T) {
	for _, c := range []struct {
		name string
		opts []memory.Option
	}{
		{"unlimited", nil},
		{"limited", []memory.Option{memory.WithLimits(kvstore.Limits{Ops: 128, Bytes: 1 << 20})}},
	} {
		t.Run(c.name, func(t *testing.T) {
			kvstoretest.Run(t, func(*testing.T) func() kvstore.Store {
				data := memory.NewData()
				return func() kvstore.Store { return memory.Open(data, c.opts...) }
			})
		})
	}
}
