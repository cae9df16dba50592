package ddl

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
)

// maxReplicas bounds the copies of a collection that is loaded, for which Milvus looks at no number of nodes: each is a record.
const maxReplicas = 1024

// placement says how many replicas each of some resource groups is to hold, in the order in which they were named.
type placement []share

type share struct {
	group    string
	replicas int
}

func (p placement) replicas() (n int32) {
	for _, s := range p {
		n += int32(s.replicas)
	}
	return n
}

// place says where a number of replicas goes, both as a client or properties gave them: no group is the default one; one group takes all;
// several take one each.
func place(replicas int32, groups []string) (placement, error) {
	replicas = max(replicas, 1)
	if len(groups) == 0 {
		groups = []string{model.DefaultResourceGroup}
	}
	if len(groups) == 1 {
		return placement{{groups[0], int(replicas)}}, nil
	}
	if int64(len(groups)) != int64(replicas) {
		return nil, errs.Invalid("replica=[%d] resource group=[%s], resource group num can only be 0, 1 or same as replica number",
			replicas, strings.Join(groups, ","))
	}
	var p placement
	at := make(map[string]int, len(groups))
	for _, g := range groups {
		i, seen := at[g]
		if !seen {
			i = len(p)
			at[g] = i
			p = append(p, share{group: g})
		}
		p[i].replicas++
	}
	return p, nil
}

// placement works out where a load's replicas go, and refuses what cannot be (index-load-semantics §4.1 rows 6 to 9). countNodes: the
// groups must have as many nodes as replicas, which Milvus does not ask for each time.
func (l *loading) placement(o LoadOptions, countNodes bool) (placement, error) {
	if !o.explicit() {
		d, _ := l.s.DatabaseByID(l.c.Database)
		given := model.DefaultsOf(l.c.Collection, d)
		o.Replicas, o.Groups = given.Replicas, given.Groups
	}
	p, err := place(o.Replicas, o.Groups)
	if err != nil {
		return nil, err
	}
	replicas := max(o.Replicas, 1)
	if n := l.opt.Limits.QueryNodes; l.old == nil && replicas > int32(n) {
		return nil, errs.FewStreamingNodes(n, int(replicas))
	}
	if err := p.check(l.s, l.nodes(), countNodes); err != nil {
		return nil, err
	}
	if replicas > maxReplicas {
		return nil, errs.Invalid("replica number %d exceeds the maximum value %d", replicas, maxReplicas)
	}
	return p, nil
}

// check refuses groups that do not exist and, if they are to be counted, such as have too few nodes.
func (p placement) check(s *catalog.Snapshot, nodes map[string][]int64, countNodes bool) error {
	for _, at := range p {
		if _, ok := s.ResourceGroup(at.group); !ok {
			return errs.NoResourceGroup(at.group)
		}
		if n := len(nodes[at.group]); countNodes && n < at.replicas {
			return errs.FewNodes(at.group, n, at.replicas)
		}
	}
	return nil
}

// placeReplicas returns the changes that bring the replicas of a collection to a placement, and the id counter afterwards. Those that are
// where they shall be stay; others move before new ones are made. In groups where something changes, and only there, the nodes are shared
// out anew: a placement that is met already changes nothing, whatever nodes another Milvus noted.
func placeReplicas(c *catalog.Collection, want placement, nodes map[string][]int64, nextID model.ID) ([]catalog.Change, model.ID) {
	wanted := map[string]int{}
	for _, at := range want {
		wanted[at.group] = at.replicas
	}
	have, touched := map[string][]*model.Replica{}, map[string]bool{}
	var over []*model.Replica
	for r := range c.Replicas() {
		if len(have[r.Group]) < wanted[r.Group] {
			have[r.Group] = append(have[r.Group], r)
		} else {
			over, touched[r.Group] = append(over, r), true
		}
	}
	for _, at := range want {
		for len(have[at.group]) < at.replicas {
			r := &model.Replica{ID: nextID, Collection: c.ID}
			if len(over) > 0 {
				r, over = over[0], over[1:]
			} else {
				nextID++
			}
			have[at.group], touched[at.group] = append(have[at.group], r), true
		}
	}
	var changes []catalog.Change
	for _, r := range over {
		changes = append(changes, catalog.Delete(catalog.ReplicaRef(r)))
	}
	for _, group := range slices.Sorted(maps.Keys(touched)) {
		changes = append(changes, spread(group, have[group], nodes[group])...)
	}
	return changes, nextID
}

// spread gives the replicas of one collection that are, or shall be, in a group their shares of its nodes.
func spread(group string, replicas []*model.Replica, nodes []int64) []catalog.Change {
	slices.SortFunc(replicas, func(a, b *model.Replica) int { return cmp.Compare(a.ID, b.ID) })
	var changes []catalog.Change
	for i, share := range model.SpreadNodes(nodes, len(replicas)) {
		r := replicas[i]
		if r.Group != group || !slices.Equal(r.Nodes, share) {
			// What else a Milvus noted of a replica is about the nodes that it had.
			changes = append(changes, catalog.PutReplica(&model.Replica{ID: r.ID, Collection: r.Collection, Group: group, Nodes: share}))
		}
	}
	return changes
}

// AdjustLoad brings the load of a collection to what properties say now of its replicas, those of the collection or of its database. A load
// whose client said it itself stays, and so does one of which nothing is said, or nothing that can be met (decisions 25): it is a no-op
// then, as it is where there is no such collection.
func AdjustLoad(collection model.ID, opt Options) Planner {
	return func(s *catalog.Snapshot, _ Input) (Draft, catalog.Result, error) {
		c, ok := s.CollectionByID(collection)
		if !ok || damaged(s, c) != nil {
			return unchanged(s, catalog.Result{})
		}
		d, _ := s.DatabaseByID(c.Database)
		found := catalog.Result{Database: c.Database, Collection: c.ID}
		changes, nextID := adjusted(s, c, model.DefaultsOf(c.Collection, d), opt)
		if len(changes) == 0 {
			return unchanged(s, found)
		}
		return Draft{Changes: changes, NextID: nextID}, found, nil
	}
}

// adjusted are the changes that bring the load of a collection to what is given, and the id counter afterwards.
func adjusted(s *catalog.Snapshot, c *catalog.Collection, given model.LoadDefaults, opt Options) ([]catalog.Change, model.ID) {
	l := newLoading(s, c, opt)
	if l.old == nil || l.old.Explicit || !given.Given() {
		return nil, s.NextID()
	}
	p, err := place(given.Replicas, given.Groups)
	if err != nil || p.check(s, l.nodes(), true) != nil || l.placed(p) {
		return nil, s.NextID()
	}
	return l.changes(wish{placement: p, fields: l.old.Fields, indexes: l.old.FieldIndexes})
}

// placed reports whether the replicas are where they shall be.
func (l *loading) placed(p placement) bool {
	have := map[string]int{}
	for r := range l.c.Replicas() {
		have[r.Group]++
	}
	for _, at := range p {
		if have[at.group] != at.replicas {
			return false
		}
	}
	return l.old.Replicas == p.replicas() && len(have) == len(p)
}
