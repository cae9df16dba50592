package rootcoord_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/kvstore/memory"
)

// Planners run one after the other: a long list, which only a hostile client sends, must not hold up everybody else.
func TestALongListOfPropertiesHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	n := start(t, memory.New())
	shop := in("shop")
	n.must(shop.createDatabase())
	set := make(map[string]string, 200_000)
	for i := range 200_000 {
		set[fmt.Sprintf("k%d", i)] = "v"
	}
	began := time.Now()
	require.True(t, n.must(shop.alterDatabase(set)).GetChanged())
	require.True(t, n.must(shop.alterDatabase(nil, slices.Collect(maps.Keys(set))...)).GetChanged())
	require.Less(t, time.Since(began), 20*time.Second, "each with each takes minutes")
	d, _ := n.Snapshot().Database("shop")
	require.Empty(t, d.Properties)
	require.Error(t, n.stop())
}
