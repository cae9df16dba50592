package ddl

import (
	"maps"
	"math"
	"slices"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
)

// The statements of this file are about resource groups (index-load-semantics §6). The default group is always there, and is stored as soon
// as something of it changes.

// CreateResourceGroup makes a resource group. One of the same name with an equal config makes it a no-op.
func CreateResourceGroup(name string, spec *model.ResourceGroupSpec, opt Options) Planner {
	return func(s *catalog.Snapshot, _ Input) (Draft, catalog.Result, error) {
		if err := model.ValidateResourceGroupName(name, opt.Limits); err != nil {
			return refused(err)
		}
		if err := damagedGroup(s, name); err != nil {
			return refused(err)
		}
		if g, ok := s.ResourceGroup(name); ok {
			if have := g.Configuration(); spec.HasRequests && spec.HasLimits && have.Equal(&spec.Config) {
				return unchanged(s, catalog.Result{})
			}
			return refused(errs.GroupTaken(name))
		}
		if n := countGroups(s); n >= opt.Limits.MaxResourceGroups {
			return refused(errs.TooManyGroups(name, opt.Limits.MaxResourceGroups))
		}
		if err := spec.Validate(name, groups(s)); err != nil {
			return refused(err)
		}
		g := &model.ResourceGroup{Name: name}
		return change(s, catalog.Result{}, regrouped(s, opt, g.With(spec.Config))...)
	}
}

// UpdateResourceGroups gives groups other configs, all of them or none.
func UpdateResourceGroups(specs map[string]*model.ResourceGroupSpec, opt Options) Planner {
	names := slices.Sorted(maps.Keys(specs)) // of several refusals always the same one is answered
	return func(s *catalog.Snapshot, _ Input) (Draft, catalog.Result, error) {
		for _, name := range names {
			if err := model.ValidateResourceGroupName(name, opt.Limits); err != nil {
				return refused(err)
			}
		}
		var next []*model.ResourceGroup
		for _, name := range names {
			g, ok := s.ResourceGroup(name)
			if !ok {
				return refused(errs.NoResourceGroup(name))
			}
			if err := damagedGroup(s, name); err != nil {
				return refused(err)
			}
			if err := specs[name].Validate(name, groups(s)); err != nil {
				return refused(err)
			}
			next = append(next, reconfigured(g, specs[name].Config)...)
		}
		return change(s, catalog.Result{}, regrouped(s, opt, next...)...)
	}
}

// DropResourceGroup removes a group that nothing needs. One that is not there is dropped already; its name is not looked at.
func DropResourceGroup(name string) Planner {
	return func(s *catalog.Snapshot, _ Input) (Draft, catalog.Result, error) {
		if c, ok := holder(s, name); ok {
			return refused(errs.InvalidExpected("empty resource group", inUse(name, c.ID),
				"some replicas still loaded in resource group[%s], release it first", name))
		}
		if err := damagedGroup(s, name); err != nil {
			return refused(err)
		}
		g, ok := s.ResourceGroup(name)
		if !ok {
			return unchanged(s, catalog.Result{})
		}
		if name == model.DefaultResourceGroup {
			return refused(errs.InvalidExpected("not default resource group", name, "default resource group is not deletable"))
		}
		if c := g.Configuration(); c.Limits != 0 {
			return refused(errs.InvalidExpected("not empty resource group", name, "resource group's limits node num is not 0"))
		}
		if err := referred(s, name); err != nil {
			return refused(err)
		}
		return change(s, catalog.Result{}, catalog.Delete(catalog.ResourceGroupRef(name)))
	}
}

// TransferNode moves n nodes from one group to another, which it does by their requests. The nodes of the default group are whatever is
// left, so its limit stays.
func TransferNode(source, target string, n int32, opt Options) Planner {
	return func(s *catalog.Snapshot, _ Input) (Draft, catalog.Result, error) {
		for _, name := range []string{source, target} {
			if err := model.ValidateResourceGroupName(name, opt.Limits); err != nil {
				return refused(err)
			}
		}
		if source == target {
			return refused(sameGroup(source))
		}
		if n <= 0 {
			return refused(errs.InvalidExpected("NumNode > 0", number("NumNode", int64(n)), ""))
		}
		from, ok := s.ResourceGroup(source)
		if !ok {
			return refused(errs.NoResourceGroup(source))
		}
		to, ok := s.ResourceGroup(target)
		if !ok {
			return refused(errs.NoResourceGroup(target))
		}
		for _, name := range []string{source, target} {
			if err := damagedGroup(s, name); err != nil {
				return refused(err)
			}
		}
		nodes := nodesOf(s, opt)
		have := nodes[source]
		if len(have) < int(n) {
			return refused(errs.FewNodes(source, len(have), int(n)))
		}
		less, more := from.Configuration(), to.Configuration()
		less.Requests = max(less.Requests-n, 0)
		if source != model.DefaultResourceGroup {
			less.Limits = max(less.Limits-n, 0)
		}
		more.Requests = int32(min(int64(more.Requests)+int64(n), math.MaxInt32))
		more.Limits = max(more.Limits, more.Requests)
		stay, move := have[:len(have)-int(n)], have[len(have)-int(n):]
		return change(s, catalog.Result{}, append(
			moved(from, less, stay), moved(to, more, slices.Sorted(slices.Values(slices.Concat(nodes[target], move))))...)...)
	}
}

// moved is the change that gives a group another config and other nodes; none if it has both.
func moved(g *model.ResourceGroup, c model.ResourceGroupConfig, nodes []int64) []catalog.Change {
	next := g.With(c)
	if g.Name != model.DefaultResourceGroup {
		next.Nodes = nodes
	}
	if next.Equal(g) {
		return nil
	}
	return []catalog.Change{catalog.PutResourceGroup(next)}
}

// nodesOf says which nodes each group has.
func nodesOf(s *catalog.Snapshot, opt Options) map[string][]int64 {
	return model.DistributeNodes(slices.Collect(s.ResourceGroups()), opt.Limits.QueryNodes)
}

// regrouped is the changes that write groups, each with the nodes that it gets by all groups' requests. It will keep these from then on.
// The nodes of the default group are those that no other has, and are not written.
func regrouped(s *catalog.Snapshot, opt Options, next ...*model.ResourceGroup) []catalog.Change {
	all := slices.DeleteFunc(slices.Collect(s.ResourceGroups()), func(g *model.ResourceGroup) bool {
		return slices.ContainsFunc(next, func(n *model.ResourceGroup) bool { return n.Name == g.Name })
	})
	nodes := model.DistributeNodes(append(all, next...), opt.Limits.QueryNodes)
	var changes []catalog.Change
	for _, g := range next {
		if g.Name != model.DefaultResourceGroup {
			g.Nodes = nodes[g.Name]
		}
		changes = append(changes, catalog.PutResourceGroup(g))
	}
	return changes
}

// reconfigured is the group with another config; none if it has it.
func reconfigured(g *model.ResourceGroup, c model.ResourceGroupConfig) []*model.ResourceGroup {
	have := g.Configuration()
	c.Extra = have.Extra // what this version does not know is nothing that it could have been asked to change
	if have.Equal(&c) {
		return nil
	}
	return []*model.ResourceGroup{g.With(c)}
}

func groups(s *catalog.Snapshot) func(name string) bool {
	return func(name string) bool {
		_, ok := s.ResourceGroup(name)
		return ok
	}
}

func countGroups(s *catalog.Snapshot) int {
	n := 0
	for range s.ResourceGroups() {
		n++
	}
	return n
}

// holder returns the first collection that has a replica in the group.
func holder(s *catalog.Snapshot, group string) (*catalog.Collection, bool) {
	for c := range s.Loaded() {
		for r := range c.Replicas() {
			if r.Group == group {
				return c, true
			}
		}
	}
	return nil, false
}

// referred refuses the drop of a group that stands in the config of another one.
func referred(s *catalog.Snapshot, name string) error {
	for g := range s.ResourceGroups() {
		c := g.Configuration()
		switch {
		case slices.Contains(c.TransferFrom, name):
			return errs.InvalidExpected("not `TransferFrom` of resource group", name,
				"resource group %s is used by %s's `TransferFrom`, remove that configuration first", name, g.Name)
		case slices.Contains(c.TransferTo, name):
			return errs.InvalidExpected("not `TransferTo` of resource group", name,
				"resource group %s is used by %s's `TransferTo`, remove that configuration first", name, g.Name)
		}
	}
	return nil
}

func sameGroup(name string) error {
	return errs.Invalid("source resource group and target resource group should not be the same, resource group: %s", name)
}

// damagedGroup refuses to write over a record that could not be read.
func damagedGroup(s *catalog.Snapshot, name string) error {
	for _, q := range s.Quarantine() {
		if q.Ref.Kind == catalog.KindResourceGroup && q.Ref.Name == name {
			return errs.Internal.New("the record of resource group " + name + " is damaged, " + nameOf(q) + " (" + q.Reason + "); it must be repaired first")
		}
	}
	return nil
}
