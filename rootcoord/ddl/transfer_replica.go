package ddl

import (
	"fmt"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
)

// Transfer is a wish to move replicas of a collection, which may be named by an alias, from one resource group to another.
type Transfer struct {
	Database, Collection string
	Source, Target       string
	Replicas             int64
}

// TransferReplica moves replicas to another resource group, those of the lowest ids first. That the group has too few nodes for them, or
// none, is no reason to refuse, as in Milvus: it may get some.
func TransferReplica(q Transfer, opt Options) Planner {
	return func(s *catalog.Snapshot, _ Input) (Draft, catalog.Result, error) {
		for _, name := range []string{q.Source, q.Target} {
			if err := model.ValidateResourceGroupName(name, opt.Limits); err != nil {
				return refused(err)
			}
		}
		d, ok := database(s, q.Database)
		if !ok {
			return refused(errs.NoDatabase(databaseName(q.Database)))
		}
		c, ok := s.Resolve(d.ID, q.Collection)
		if !ok {
			return refused(errs.NoCollection(d.Name, q.Collection))
		}
		if err := damaged(s, c); err != nil {
			return refused(err)
		}
		changes, err := q.move(s, c, opt)
		if err != nil {
			return refused(err)
		}
		return change(s, catalog.Result{Database: d.ID, Collection: c.ID}, changes...)
	}
}

func (q Transfer) move(s *catalog.Snapshot, c *catalog.Collection, opt Options) ([]catalog.Change, error) {
	if _, ok := s.ResourceGroup(q.Source); !ok {
		return nil, errs.MissingGroup(q.Source, "the source resource group[%s] doesn't exist", q.Source)
	}
	if _, ok := s.ResourceGroup(q.Target); !ok {
		return nil, errs.MissingGroup(q.Target, "the target resource group[%s] doesn't exist", q.Target)
	}
	if q.Source == q.Target {
		return nil, sameGroup(q.Source)
	}
	if q.Replicas <= 0 {
		return nil, errs.InvalidExpected("NumReplica > 0", number("NumReplica", q.Replicas), "")
	}
	if _, ok := c.Load(); !ok {
		return nil, errs.NotLoaded(fmt.Sprint(c.ID))
	}
	var source, target []*model.Replica
	for r := range c.Replicas() {
		switch r.Group {
		case q.Source:
			source = append(source, r)
		case q.Target:
			target = append(target, r)
		}
	}
	if int64(len(source)) < q.Replicas {
		return nil, errs.InvalidExpected("NumReplica not greater than the number of replica in source resource group",
			fmt.Sprintf("only found [%d] replicas in source resource group[%s]", len(source), q.Source), "")
	}
	going, stay := source[:q.Replicas], source[q.Replicas:]
	nodes := nodesOf(s, opt)
	changes := placed(stay, q.Source, nodes[q.Source])
	return append(changes, placed(append(target, going...), q.Target, nodes[q.Target])...), nil
}

// placed is the changes by which the replicas that a collection has in one group share its nodes.
func placed(rs []*model.Replica, group string, nodes []int64) []catalog.Change {
	var changes []catalog.Change
	for i, share := range model.SpreadNodes(nodes, len(rs)) {
		next := *rs[i]
		next.Group, next.Nodes = group, share
		if !next.Equal(rs[i]) {
			changes = append(changes, catalog.PutReplica(&next))
		}
	}
	return changes
}

// number is how Milvus quotes a number that is too small.
func number(name string, n int64) string { return fmt.Sprintf("invalid %s %d", name, n) }

// inUse is how Milvus says that a group is not empty.
func inUse(group string, collection model.ID) string {
	return fmt.Sprintf("resource group %s has collection %d loaded", group, collection)
}
