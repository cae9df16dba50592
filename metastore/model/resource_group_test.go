package model_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/metastore/model"
)

func TestDistributeNodes(t *testing.T) {
	t.Parallel()
	group := func(name string, requests int32, nodes ...int64) *model.ResourceGroup {
		return &model.ResourceGroup{Name: name, Nodes: nodes, Config: &model.ResourceGroupConfig{Requests: requests, Limits: requests}}
	}
	const rest = model.DefaultResourceGroup
	for name, r := range map[string]struct {
		groups []*model.ResourceGroup
		n      int
		want   map[string][]int64
	}{
		"no groups":                        {nil, 2, map[string][]int64{rest: {1, 2}}},
		"no nodes":                         {[]*model.ResourceGroup{group("a", 2)}, 0, map[string][]int64{}},
		"the default takes the rest":       {[]*model.ResourceGroup{group("a", 1)}, 3, map[string][]int64{"a": {1}, rest: {2, 3}}},
		"by name, not by place":            {[]*model.ResourceGroup{group("b", 1), group("a", 2)}, 3, map[string][]int64{"a": {1, 2}, "b": {3}}},
		"too few":                          {[]*model.ResourceGroup{group("a", 2), group("b", 2)}, 3, map[string][]int64{"a": {1, 2}, "b": {3}}},
		"nothing requested":                {[]*model.ResourceGroup{group("a", 0, 1)}, 1, map[string][]int64{rest: {1}}},
		"what it has, it keeps":            {[]*model.ResourceGroup{group("a", 1), group("b", 1, 1)}, 2, map[string][]int64{"a": {2}, "b": {1}}},
		"it keeps no more than it wants":   {[]*model.ResourceGroup{group("a", 1, 3, 2), group("b", 1)}, 3, map[string][]int64{"a": {2}, "b": {1}, rest: {3}}},
		"the default keeps nothing":        {[]*model.ResourceGroup{group(rest, 1, 1), group("b", 2)}, 2, map[string][]int64{"b": {1, 2}}},
		"nodes that are gone":              {[]*model.ResourceGroup{group("a", 1, 9, 0, -1)}, 2, map[string][]int64{"a": {1}, rest: {2}}},
		"a node that two claim":            {[]*model.ResourceGroup{group("a", 1, 2), group("b", 1, 2)}, 2, map[string][]int64{"a": {2}, "b": {1}}},
		"negative requests":                {[]*model.ResourceGroup{group("a", -1)}, 1, map[string][]int64{rest: {1}}},
		"of Milvus 2.3, by capacity":       {[]*model.ResourceGroup{{Name: "a", Capacity: 1}}, 2, map[string][]int64{"a": {1}, rest: {2}}},
		"of Milvus 2.3, the default group": {[]*model.ResourceGroup{{Name: rest, Capacity: 1_000_000}}, 1, map[string][]int64{rest: {1}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, r.want, model.DistributeNodes(r.groups, r.n))
			slices.Reverse(r.groups)
			require.Equal(t, r.want, model.DistributeNodes(r.groups, r.n))
		})
	}
}

func TestSpreadNodes(t *testing.T) {
	t.Parallel()
	require.Equal(t, [][]int64{{1, 3, 5}, {2, 4}}, model.SpreadNodes([]int64{1, 2, 3, 4, 5}, 2))
	require.Equal(t, [][]int64{{7}, nil, nil}, model.SpreadNodes([]int64{7}, 3))
	require.Equal(t, [][]int64{nil}, model.SpreadNodes(nil, 1))
	require.Empty(t, model.SpreadNodes([]int64{1}, 0))
}
