package ddl

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
)

// LoadOptions is how a client wants something to be loaded.
type LoadOptions struct {
	// Replicas is how many copies; 0 or less: as properties say, or one.
	Replicas int32
	// Groups are the resource groups that hold them: none, one for all, or one for each.
	Groups []string
	// Refresh: what is loaded is to be looked through for new data, and nothing else is to change.
	Refresh bool
	// Fields are names; none: all that are not marked to be skipped.
	Fields []string
	// SkipDynamicField leaves the dynamic field out.
	SkipDynamicField bool
}

// explicit reports whether the client itself said how many copies, or where. Then properties do not change the load later.
func (o LoadOptions) explicit() bool { return o.Replicas > 0 || len(o.Groups) > 0 }

// loading is a collection on its way to another load.
type loading struct {
	s   *catalog.Snapshot
	c   *catalog.Collection
	opt Options
	old *model.Load // nil: nothing is loaded
}

func newLoading(s *catalog.Snapshot, c *catalog.Collection, opt Options) *loading {
	l := &loading{s: s, c: c, opt: opt}
	l.old, _ = c.Load()
	return l
}

// wish is what a load is to come to.
type wish struct {
	placement  placement
	explicit   bool
	fields     []model.ID         // ascending
	indexes    []model.FieldIndex // ascending by field
	partitions []model.ID         // that are to be loaded; those that are already need not be among them
}

// content checks which fields are to be loaded, and that there is an index for what cannot be searched without: the first part of every
// load (index-load-semantics §4.1). collection is its name as the client gave it.
func (l *loading) content(collection string, o LoadOptions) (fields []model.ID, indexes []model.FieldIndex, err error) {
	chosen, err := l.c.Schema().LoadFields(o.Fields, o.SkipDynamicField)
	if err != nil {
		return nil, nil, err
	}
	if l.c.CountIndexes() == 0 {
		return nil, nil, errs.NoIndexOf(collection)
	}
	// Of several indexes of a JSON field Milvus notes any one; here it is the first, so that another one later makes no difference.
	first := map[model.ID]model.ID{}
	for i := range l.c.Indexes() {
		if _, found := first[i.Field]; !found {
			first[i.Field] = i.ID
		}
	}
	var bare []string
	for _, f := range chosen {
		fields = append(fields, f.ID)
		if index, found := first[f.ID]; found {
			indexes = append(indexes, model.FieldIndex{Field: f.ID, Index: index})
		} else if f.Type.Vector() {
			bare = append(bare, f.Name)
		}
	}
	if len(bare) > 0 {
		return nil, nil, errs.Invalid("there is no vector index on field: %v, please create index firstly", bare)
	}
	return fields, indexes, nil
}

// changes are those that bring the load to what is wished, and the id counter afterwards. There are none if it is so already.
//
// Without an external data plane what is wished is loaded. With one the load goes back to Loading, under a new spec, when there is
// something to do for it: partitions that are added begin at nothing, and all do when the copies, the fields or the indexes change.
func (l *loading) changes(w wish) ([]catalog.Change, model.ID) {
	replicas, nextID := placeReplicas(l.c, w.placement, l.nodes(), l.s.NextID())
	next := &model.Load{
		Collection: l.c.ID, Database: l.c.Database, Replicas: w.placement.replicas(), Type: model.LoadTypeCollection,
		FieldIndexes: w.indexes, Fields: w.fields, Explicit: w.explicit,
	}
	anew := l.old == nil || len(replicas) > 0 || next.Replicas != l.old.Replicas ||
		!slices.Equal(next.FieldIndexes, l.old.FieldIndexes) || !slices.Equal(next.Fields, l.old.Fields)
	report, reported := l.c.LoadReport()
	added := slices.DeleteFunc(slices.Clone(w.partitions), func(p model.ID) bool { _, has := l.c.PartitionLoad(p); return has })
	slices.Sort(added)
	if l.opt.Limits.ExternalDataPlane && (!reported || report.State == model.ReportFailed) {
		anew = true // nobody was asked, or who was asked has given up
	}
	var reports []catalog.Change
	switch {
	case !l.opt.Limits.ExternalDataPlane:
		next.Status = model.Loaded
		if reported { // of a data plane that is no more; it must not speak of this load if there is one again
			reports = append(reports, catalog.Delete(catalog.LoadReportRef(l.c.ID)))
		}
	case anew || len(added) > 0:
		next.Status = model.Loading
		reports = append(reports, l.newSpec())
	default:
		next.Status = l.old.Status
	}
	var changes []catalog.Change
	if l.old != nil {
		next.Extra = l.old.Extra
	}
	if l.old == nil || !next.Equal(l.old) {
		changes = append(changes, catalog.PutLoad(next))
	}
	for p := range l.c.PartitionLoads() {
		if !l.opt.Limits.ExternalDataPlane || anew {
			changes = append(changes, withStatus(p, next.Status)...)
		}
	}
	for _, p := range slices.Compact(added) {
		changes = append(changes, catalog.PutPartitionLoad(&model.PartitionLoad{Collection: l.c.ID, Partition: p, Status: next.Status}))
	}
	return slices.Concat(changes, replicas, reports), nextID
}

// newSpec says that the load is to be looked at by the data plane, from this change set on.
func (l *loading) newSpec() catalog.Change {
	return catalog.PutLoadReport(&model.LoadReport{Collection: l.c.ID, Spec: uint64(l.s.Revision() + 1)})
}

// withStatus is the change that gives a partition's load another status; none if it has it.
func withStatus(p *model.PartitionLoad, status model.LoadStatus) []catalog.Change {
	if p.Status == status {
		return nil
	}
	next := *p
	next.Status = status
	return []catalog.Change{catalog.PutPartitionLoad(&next)}
}

// refresh is the plan of a refresh. Without an external data plane there is no new data, and nothing to do. With one the load gets a new
// spec and stays as it is until that is reported: what is loaded can be searched meanwhile.
func (l *loading) refresh() (Draft, catalog.Result, error) {
	found := catalog.Result{Database: l.c.Database, Collection: l.c.ID}
	if l.old == nil {
		return refused(errs.NotLoaded(strconv.FormatInt(int64(l.c.ID), 10)))
	}
	if !l.opt.Limits.ExternalDataPlane {
		return unchanged(l.s, found)
	}
	changes := []catalog.Change{l.newSpec()}
	if _, reported := l.c.LoadReport(); !reported {
		// It was written as Loaded when there was no data plane. Nothing is loaded yet that could stay so.
		next := *l.old
		next.Status = model.Loading
		changes = append(changes, catalog.PutLoad(&next))
		for p := range l.c.PartitionLoads() {
			changes = append(changes, withStatus(p, model.Loading)...)
		}
	}
	return change(l.s, found, changes...)
}

// draft is the plan of a load.
func (l *loading) draft(w wish) (Draft, catalog.Result, error) {
	found := catalog.Result{Database: l.c.Database, Collection: l.c.ID}
	changes, nextID := l.changes(w)
	if len(changes) == 0 {
		return unchanged(l.s, found)
	}
	return Draft{Changes: changes, NextID: nextID}, found, nil
}

func (l *loading) nodes() map[string][]int64 { return nodesOf(l.s, l.opt) }

// partitionsNamed returns the ids of partitions, ascending, or refuses the first name that is none's.
func partitionsNamed(c *catalog.Collection, names []string) ([]model.ID, error) {
	out := make([]model.ID, 0, len(names))
	byName := make(map[string]model.ID, c.CountPartitions())
	for p := range c.Partitions() {
		byName[p.Name] = p.ID
	}
	for _, name := range names {
		id, ok := byName[name]
		if !ok {
			return nil, errs.NoPartition(name)
		}
		out = append(out, id)
	}
	slices.SortFunc(out, cmp.Compare[model.ID])
	return slices.Compact(out), nil
}
