package model

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestGroupsOfBefore(t *testing.T) {
	t.Parallel()
	old := &ResourceGroup{Name: "a", Capacity: 3, Nodes: []int64{7}, Extra: "x"}
	require.Equal(t, ResourceGroupConfig{Requests: 3, Limits: 3}, old.Configuration())
	require.Equal(t, int32(3), old.ReportedCapacity())
	next := old.With(ResourceGroupConfig{Requests: 1, Limits: 2})
	require.Equal(t, &ResourceGroup{Name: "a", Capacity: 1, Nodes: []int64{7}, Extra: "x", Config: &ResourceGroupConfig{Requests: 1, Limits: 2}}, next)
	require.Equal(t, int32(3), old.Capacity, "the record that is replaced is another one")
	def := &ResourceGroup{Name: DefaultResourceGroup, Config: &ResourceGroupConfig{Requests: 5}}
	require.Equal(t, int32(1_000_000), def.ReportedCapacity())
}
