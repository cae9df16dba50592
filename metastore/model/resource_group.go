package model

import (
	"cmp"
	"slices"
)

// DistributeNodes says which query nodes each resource group has, by the group's name; nodes are numbered 1 to n. A group gets as many as
// it requests, and what is left over is in the default group, so every node is in exactly one (decisions 26).
//
// A group keeps the nodes that its record names as far as it still requests them: a change of one group does not move the nodes of all
// others. Where there are fewer nodes than are requested, the groups come first whose names do. Each list is ascending; groups without nodes
// have no entry. The order of the groups does not matter, and the default group may be among them or not.
func DistributeNodes(groups []*ResourceGroup, n int) map[string][]int64 {
	asking := slices.DeleteFunc(slices.Clone(groups), func(g *ResourceGroup) bool { return g.Name == DefaultResourceGroup || g.requests() == 0 })
	slices.SortFunc(asking, func(a, b *ResourceGroup) int { return cmp.Compare(a.Name, b.Name) })
	taken := make([]bool, n+1)
	have := map[string][]int64{}
	take := func(g *ResourceGroup, id int64) {
		if id >= 1 && id <= int64(n) && !taken[id] && len(have[g.Name]) < g.requests() {
			taken[id] = true
			have[g.Name] = append(have[g.Name], id)
		}
	}
	for _, g := range asking {
		for _, id := range slices.Sorted(slices.Values(g.Nodes)) {
			take(g, id)
		}
	}
	// Ids only go up: what an earlier group left is looked at by the next one.
	next := int64(1)
	for _, g := range asking {
		for ; next <= int64(n) && len(have[g.Name]) < g.requests(); next++ {
			take(g, next)
		}
		slices.Sort(have[g.Name])
	}
	for id := int64(1); id <= int64(n); id++ {
		if !taken[id] {
			have[DefaultResourceGroup] = append(have[DefaultResourceGroup], id)
		}
	}
	return have
}

// requests is how many nodes the group is to have at least. Groups of Milvus up to 2.3 have no config; their capacity says it.
func (g *ResourceGroup) requests() int {
	if g.Config == nil {
		return max(int(g.Capacity), 0)
	}
	return max(int(g.Config.Requests), 0)
}

// SpreadNodes shares the nodes of a group out among replicas of one collection, each node to one of them, so that their numbers differ by
// one at the most. The lists are ascending if the nodes are; where there are fewer nodes than replicas, the last ones have none.
func SpreadNodes(nodes []int64, replicas int) [][]int64 {
	out := make([][]int64, replicas)
	if replicas == 0 {
		return out
	}
	for i, id := range nodes {
		out[i%replicas] = append(out[i%replicas], id)
	}
	return out
}
