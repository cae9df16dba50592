package model

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNodesOf(t *testing.T) {
	t.Parallel()
	group := func(name string, requests int32) *ResourceGroup {
		return &ResourceGroup{Name: name, Config: &ResourceGroupConfig{Requests: requests, Limits: requests}}
	}
	const def = DefaultResourceGroup
	type nodes = map[string][]int64
	for what, c := range map[string]struct {
		n      int
		groups []*ResourceGroup
		want   nodes
	}{
		"nobody asks":                     {3, []*ResourceGroup{group(def, 0), group("a", 0)}, nodes{def: {1, 2, 3}}},
		"the rest":                        {3, []*ResourceGroup{group(def, 0), group("a", 2)}, nodes{"a": {1, 2}, def: {3}}},
		"too few":                         {3, []*ResourceGroup{group("Z", 2), group(def, 0), group("a", 2)}, nodes{"Z": {1, 2}, "a": {3}}},
		"the default one asks first":      {2, []*ResourceGroup{group("Z", 2), group(def, 1)}, nodes{def: {1}, "Z": {2}}},
		"and gets the rest too":           {4, []*ResourceGroup{group("Z", 1), group(def, 1)}, nodes{def: {1, 3, 4}, "Z": {2}}},
		"nobody has a record":             {1, nil, nodes{def: {1}}},
		"no nodes":                        {0, []*ResourceGroup{group("a", 1)}, nodes{}},
		"what no client can have written": {2, []*ResourceGroup{group("a", -5)}, nodes{def: {1, 2}}},
		"a record of Milvus 2.3":          {2, []*ResourceGroup{{Name: "a", Capacity: 1, Nodes: []int64{7}}}, nodes{"a": {1}, def: {2}}},
		"the default one of Milvus 2.3":   {2, []*ResourceGroup{{Name: def, Capacity: 1_000_000}}, nodes{def: {1, 2}}},
	} {
		require.Equal(t, c.want, NodesOf(slices.Values(c.groups), c.n), what)
	}
}

func TestSpread(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		nodes    []int64
		replicas int
		want     [][]int64
	}{
		{nil, 2, [][]int64{nil, nil}},
		{[]int64{1}, 0, [][]int64{}},
		{[]int64{1, 2, 3}, 1, [][]int64{{1, 2, 3}}},
		{[]int64{1, 2, 3}, 2, [][]int64{{1, 3}, {2}}},
		{[]int64{1, 2}, 3, [][]int64{{1}, {2}, {1}}},
	} {
		require.Equal(t, c.want, Spread(c.nodes, c.replicas), "%v among %d", c.nodes, c.replicas)
	}
}

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
