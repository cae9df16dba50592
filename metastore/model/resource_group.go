package model

import (
	"iter"

	"github.com/taproot-db/taproot/metastore/errs"
)

// ResourceGroupSpec is a config as a client sends it. What it leaves out is not the same as 0 then: it is refused.
type ResourceGroupSpec struct {
	Config ResourceGroupConfig
	// HasRequests and HasLimits: they were sent at all.
	HasRequests, HasLimits bool
}

// NoNodes is what a client asks for that sends no config.
func NoNodes() *ResourceGroupSpec { return &ResourceGroupSpec{HasRequests: true, HasLimits: true} }

// ValidateResourceGroupName refuses what cannot name a resource group, with code 1101 where there is no name and 1100 otherwise.
func ValidateResourceGroupName(name string, l Limits) error {
	switch {
	case name == "":
		return errs.Missing("resource group name couldn't be empty")
	case len(name) > l.MaxNameLength:
		return errs.Invalid("Invalid resource group name %s. The length of a resource group name must be less than %d characters.",
			name, l.MaxNameLength)
	case !letter(name[0]):
		return errs.Invalid("Invalid resource group name %s. The first character of a resource group name must be an underscore or letter.", name)
	case !only(name, letterOrDigit):
		return errs.Invalid("Invalid resource group name %s. Resource group name can only contain numbers, letters and underscores.", name)
	}
	return nil
}

// Validate refuses a config that the group of that name cannot have, with code 303. exists tells which groups there are; the group itself
// need not be among them.
func (s *ResourceGroupSpec) Validate(name string, exists func(name string) bool) error {
	c := &s.Config
	switch {
	case !s.HasRequests || !s.HasLimits:
		return errs.BadGroup(name, "requests or limits is required")
	case c.Requests < 0 || c.Limits < 0:
		return errs.BadGroup(name, "node num in `requests` or `limits` should not less than 0")
	case c.Limits < c.Requests:
		return errs.BadGroup(name, "limits node num should not less than requests node num")
	}
	for _, others := range [...]struct {
		field string
		names []string
	}{{"transfer_from", c.TransferFrom}, {"transfer_to", c.TransferTo}} {
		for _, other := range others.names {
			switch {
			case other == name:
				return errs.BadGroup(name, "resource group in `%s` should not be itself", others.field)
			case !exists(other):
				return errs.BadGroup(name, "resource group in `%s` not exist", others.field)
			}
		}
	}
	return nil
}

// Configuration returns what governs the group. Records of Milvus up to 2.3 have a capacity instead of a config; it means what it meant
// there, as in the versions after.
func (g *ResourceGroup) Configuration() ResourceGroupConfig {
	switch {
	case g.Config != nil:
		return *g.Config
	case g.Name == DefaultResourceGroup:
		return ResourceGroupConfig{Limits: DefaultGroupLimit}
	default:
		return ResourceGroupConfig{Requests: g.Capacity, Limits: g.Capacity}
	}
}

// ReportedCapacity is the capacity that clients are told, which is older than requests and limits.
func (g *ResourceGroup) ReportedCapacity() int32 {
	if g.Name == DefaultResourceGroup {
		return DefaultGroupLimit
	}
	c := g.Configuration()
	return c.Requests
}

// With returns the group with another config; what else is stored of it stays.
func (g *ResourceGroup) With(c ResourceGroupConfig) *ResourceGroup {
	next := *g
	next.Config = &c
	next.Capacity = next.ReportedCapacity()
	return &next
}

// NodesOf says which of the query nodes 1..n each group has: the groups take as many as they request, the default group first and then in
// the order in which they come, and the default group has the rest. A group without nodes has no entry. The order of groups must not
// depend on when they were made, or the answer would be another one after a restart; Snapshot.ResourceGroups has such an order.
func NodesOf(groups iter.Seq[*ResourceGroup], n int) map[string][]int64 {
	left := make([]int64, n)
	for i := range left {
		left[i] = int64(i) + 1
	}
	out := map[string][]int64{}
	take := func(g *ResourceGroup) {
		c := g.Configuration()
		if k := min(max(int(c.Requests), 0), len(left)); k > 0 {
			out[g.Name] = left[:k:k]
			left = left[k:]
		}
	}
	for g := range groups {
		if g.Name == DefaultResourceGroup {
			take(g)
		}
	}
	for g := range groups {
		if g.Name != DefaultResourceGroup {
			take(g)
		}
	}
	if len(left) > 0 {
		out[DefaultResourceGroup] = append(out[DefaultResourceGroup], left...)
	}
	return out
}

// Spread shares the nodes of a group out among the replicas of one collection in it: as evenly as can be, and the same node to several
// where there are more replicas than nodes. Without nodes nobody has any.
func Spread(nodes []int64, replicas int) [][]int64 {
	out := make([][]int64, replicas)
	for i := range max(len(nodes), replicas) {
		if len(nodes) == 0 || replicas == 0 {
			break
		}
		out[i%replicas] = append(out[i%replicas], nodes[i%len(nodes)])
	}
	return out
}
