package catalog_test

import (
	"cmp"
	"maps"
	"slices"

	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/codec"
	"github.com/taproot-db/taproot/metastore/model"
)

// acted is what a data plane acts on of one collection.
type acted struct {
	indexes        map[model.ID]*model.Index
	load           *model.Load
	partitionLoads map[model.ID]*model.PartitionLoad
	replicas       map[model.ID]*model.Replica
	indexReports   map[model.ID]*model.IndexReport
	loadReport     *model.LoadReport
}

func newActed() acted {
	return acted{
		indexes: map[model.ID]*model.Index{}, partitionLoads: map[model.ID]*model.PartitionLoad{}, replicas: map[model.ID]*model.Replica{},
		indexReports: map[model.ID]*model.IndexReport{},
	}
}

// each calls add for the changes that write all of it.
func (a *acted) each(add func(catalog.Change)) {
	for _, i := range a.indexes {
		add(catalog.PutIndex(i))
	}
	if a.load != nil {
		add(catalog.PutLoad(a.load))
	}
	for _, p := range a.partitionLoads {
		add(catalog.PutPartitionLoad(p))
	}
	for _, r := range a.replicas {
		add(catalog.PutReplica(r))
	}
	for _, r := range a.indexReports {
		add(catalog.PutIndexReport(r))
	}
	if a.loadReport != nil {
		add(catalog.PutLoadReport(a.loadReport))
	}
}

// sortedValues returns the values of a map in the order of their keys.
func sortedValues[K cmp.Ordered, V any](m map[K]V) []V {
	var out []V
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, m[k])
	}
	return out
}

func (h *history) text(what string, n int) string { return string(rune('0' + h.pick(what, n))) }

// changePlane is what the statements about indexes and loads, and the reports of a data plane, do to one collection.
func (h *history) changePlane() {
	c, ok := one(h, "collection", h.collections)
	if !ok {
		return
	}
	switch h.pick("what of the plane", 8) { // low numbers are drawn more often
	case 0:
		h.putIndex(c)
	case 1:
		h.loadPartitions(c)
	case 2:
		if i, ok := one(h, "reported index", c.indexes); ok {
			r := &model.IndexReport{Collection: c.ID, Index: i.ID, Spec: uint64(h.snap.Revision()), State: model.ReportState(h.pick("state", 3)), Indexed: int64(h.pick("rows", 3))}
			c.indexReports[i.ID] = r
			h.write(catalog.PutIndexReport(r))
		}
	case 3:
		h.reportLoad(c)
	case 4:
		if i, ok := one(h, "index", c.indexes); ok {
			h.dropIndex(c, i)
		}
	case 5:
		h.putReplicas(c)
	case 6:
		h.releaseOne(c)
	case 7:
		h.release(c)
	}
}

func (h *history) putIndex(c *member) {
	i := &model.Index{Collection: c.ID, ID: h.id(), Field: model.ID(100 + h.pick("field", 4)), Name: h.text("name of an index", 8)}
	if old, ok := one(h, "index", c.indexes); ok && h.pick("new", 2) == 0 {
		altered := *old
		altered.UserParams = []model.Property{{Key: "M", Value: h.text("M", 4)}}
		i = &altered
	}
	c.indexes[i.ID] = i
	h.write(catalog.PutIndex(i))
}

func (h *history) dropIndex(c *member, i *model.Index) {
	delete(c.indexes, i.ID)
	gone := []catalog.Change{remove(catalog.IndexRef(i))}
	if _, ok := c.indexReports[i.ID]; ok {
		delete(c.indexReports, i.ID)
		gone = append(gone, remove(catalog.IndexReportRef(c.ID, i.ID)))
	}
	h.inAnyOrder(gone)
}

// inAnyOrder writes changes, of which none depends on another one.
func (h *history) inAnyOrder(changes []catalog.Change) {
	if h.pick("backwards", 2) == 1 {
		slices.Reverse(changes)
	}
	for _, c := range changes {
		h.write(c)
	}
}

func (h *history) loadPartitions(c *member) {
	var out []catalog.Change
	if c.load == nil || h.pick("load again", 3) == 0 {
		c.load = &model.Load{
			Collection: c.ID, Database: c.Database, Replicas: int32(h.pick("replicas", 3) + 1), Status: model.LoadStatus(h.pick("status", 2) + 1),
			Fields: []model.ID{100}, FieldIndexes: []model.FieldIndex{{Field: 100, Index: model.ID(h.pick("index to load", 3))}},
		}
		out = append(out, catalog.PutLoad(c.load))
	}
	for _, p := range sortedValues(c.partitions) {
		if _, loaded := c.partitionLoads[p.ID]; loaded || h.pick("load partition", 3) == 0 {
			continue
		}
		l := &model.PartitionLoad{Collection: c.ID, Partition: p.ID, Status: c.load.Status}
		c.partitionLoads[p.ID] = l
		out = append(out, catalog.PutPartitionLoad(l))
	}
	h.inAnyOrder(out)
}

func (h *history) putReplicas(c *member) {
	if c.load == nil {
		return
	}
	if r, ok := one(h, "replica", c.replicas); ok && h.pick("fewer", 2) == 0 {
		delete(c.replicas, r.ID)
		h.write(remove(catalog.ReplicaRef(r)))
		return
	}
	r := &model.Replica{ID: h.id(), Collection: c.ID, Group: h.text("group", 3), Nodes: []int64{1}}
	c.replicas[r.ID] = r
	h.write(catalog.PutReplica(r))
}

// unload returns the changes that take the load away with all that needs it.
func (c *member) unload() []catalog.Change {
	var out []catalog.Change
	for _, p := range sortedValues(c.partitionLoads) {
		out = append(out, remove(catalog.PartitionLoadRef(p)))
	}
	for _, r := range sortedValues(c.replicas) {
		out = append(out, remove(catalog.ReplicaRef(r)))
	}
	if c.load != nil {
		out = append(out, remove(catalog.LoadRef(c.ID)))
	}
	c.load = nil
	clear(c.partitionLoads)
	clear(c.replicas)
	return out
}

func (h *history) release(c *member) {
	out := c.unload()
	if c.loadReport != nil {
		c.loadReport = nil
		out = append(out, remove(catalog.LoadReportRef(c.ID)))
	}
	h.inAnyOrder(out)
}

func (h *history) releaseOne(c *member) {
	p, ok := one(h, "loaded partition", c.partitionLoads)
	switch {
	case !ok:
	case len(c.partitionLoads) == 1:
		h.release(c)
	default:
		delete(c.partitionLoads, p.Partition)
		h.write(remove(catalog.PartitionLoadRef(p)))
	}
}

// reportLoad is what a data plane says of a load; when that failed, the load goes and the report stays.
func (h *history) reportLoad(c *member) {
	if c.load == nil {
		return
	}
	c.loadReport = &model.LoadReport{Collection: c.ID, Spec: uint64(h.snap.Revision()), State: model.ReportState(h.pick("state of the load", 3))}
	out := []catalog.Change{catalog.PutLoadReport(c.loadReport)}
	if c.loadReport.State == model.ReportFailed {
		c.loadReport.Reason = h.text("reason", 3)
		out = append(out, c.unload()...)
	}
	h.inAnyOrder(out)
}

// unloadPartition goes with the drop of a partition.
func (h *history) unloadPartition(c *member, id model.ID) {
	if p, ok := c.partitionLoads[id]; ok {
		delete(c.partitionLoads, id)
		h.write(remove(catalog.PartitionLoadRef(p)))
	}
}

func (h *history) changeGroup() {
	if g, ok := one(h, "group", h.groups); ok && h.pick("drop", 3) == 0 {
		delete(h.groups, g.Name)
		h.write(remove(catalog.ResourceGroupRef(g.Name)))
		return
	}
	name := "rg" + h.text("name of a group", 4)
	if h.pick("default", 4) == 0 {
		name = model.DefaultResourceGroup
	}
	g := &model.ResourceGroup{Name: name, Config: &model.ResourceGroupConfig{Limits: int32(h.pick("limits", 3))}}
	h.groups[g.Name] = g
	h.write(catalog.PutResourceGroup(g))
}

// checkPlane compares what a Snapshot finds of the plane with the model.
func (h *history) checkPlane() {
	var loaded []model.ID
	for _, c := range sortedValues(h.collections) {
		got, ok := h.snap.Find(c.ID)
		require.True(h.t, ok)
		load, has := got.Load()
		require.Equal(h.t, c.load != nil, has)
		if has {
			require.Equal(h.t, c.load, load)
			if c.State == model.Created {
				loaded = append(loaded, c.ID)
			}
		}
		require.Equal(h.t, sortedValues(c.indexes), slices.Collect(got.Indexes()))
		require.Equal(h.t, len(c.indexes), got.CountIndexes())
		require.Equal(h.t, sortedValues(c.partitionLoads), slices.Collect(got.PartitionLoads()))
		require.Equal(h.t, len(c.partitionLoads), got.CountPartitionLoads())
		require.Equal(h.t, sortedValues(c.replicas), slices.Collect(got.Replicas()))
		for id := range c.partitions {
			p, _ := got.PartitionLoad(id)
			require.Equal(h.t, c.partitionLoads[id], p)
		}
		for id := range c.indexes {
			r, _ := got.IndexReport(id)
			require.Equal(h.t, c.indexReports[id], r)
		}
		r, _ := got.LoadReport()
		require.Equal(h.t, c.loadReport, r)
	}
	var got []model.ID
	for c := range h.snap.Loaded() {
		got = append(got, c.ID)
	}
	require.Equal(h.t, loaded, got)

	groups := maps.Clone(h.groups)
	if _, stored := groups[model.DefaultResourceGroup]; !stored {
		groups[model.DefaultResourceGroup], _ = h.snap.ResourceGroup(model.DefaultResourceGroup)
		require.NotNil(h.t, groups[model.DefaultResourceGroup], "it is always there")
	}
	require.Equal(h.t, sortedValues(groups), slices.Collect(h.snap.ResourceGroups()))
	for name, g := range groups {
		found, ok := h.snap.ResourceGroup(name)
		require.True(h.t, ok)
		require.Equal(h.t, g, found)
	}
}

// touch notes the revision of the objects that a change set changes. Of what a data plane reports it changes none (decisions 16).
func (h *history) touch(cs *catalog.ChangeSet) {
	for i := range cs.Changes {
		r := cs.Changes[i].Ref
		switch r.Kind {
		case catalog.KindIndexReport, catalog.KindLoadReport:
			continue
		case catalog.KindCollection:
			r.Parent = 0 // wherever it is
		case catalog.KindPartition:
			h.revisions[r] = cs.Revision
		default:
		}
		if r.Kind.Belongs() {
			r = catalog.Ref{Kind: catalog.KindCollection, ID: r.Parent}
		}
		h.revisions[r] = cs.Revision
	}
}

// checkRevisions compares the revisions that a Snapshot tells with those that the objects were changed in.
func (h *history) checkRevisions(s *catalog.Snapshot) {
	check := func(r catalog.Ref) {
		got, ok := s.RevisionOf(r)
		require.True(h.t, ok, "%+v", r)
		if r.Kind == catalog.KindCollection {
			r.Parent = 0
		}
		require.Equal(h.t, h.revisions[r], got, "%+v", r)
	}
	for _, d := range h.databases {
		check(catalog.DatabaseRef(d))
	}
	for _, c := range h.collections {
		check(catalog.CollectionRef(c.Collection))
		for _, p := range c.partitions {
			check(catalog.PartitionRef(p))
		}
	}
	for _, a := range h.aliases {
		check(catalog.AliasRef(a))
	}
	for name := range h.groups {
		check(catalog.ResourceGroupRef(name))
	}
}

// touched notes in a Snapshot that was loaded what the journal tells of revisions.
func (h *history) touched(s *catalog.Snapshot) {
	for _, cs := range h.log {
		payload, err := codec.EncodeChangeSets([]*catalog.ChangeSet{cs})
		require.NoError(h.t, err)
		_, err = codec.DecodeRequests(payload, s.Touched)
		require.NoError(h.t, err)
	}
}
