package catalog_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
)

// build makes a Snapshot from records as they lie in a store.
func build(t fataler, quarantine []catalog.Quarantined, records ...catalog.Change) (*catalog.Snapshot, []catalog.Ref) {
	t.Helper()
	b := catalog.NewBuilder()
	for _, q := range quarantine {
		b.Quarantine(q)
	}
	for _, c := range records {
		c = seal(t, c)
		b.Add(c.Ref, c.Put, c.Stored.Digest)
	}
	return b.Build(catalog.Position{Revision: 4, NextID: 1000})
}

func put(recs ...any) []catalog.Change {
	var out []catalog.Change
	for _, r := range recs {
		switch r := r.(type) {
		case *model.Database:
			out = append(out, catalog.PutDatabase(r))
		case *model.Collection:
			out = append(out, catalog.PutCollection(r))
		case *model.Partition:
			out = append(out, catalog.PutPartition(r))
		case *model.Alias:
			out = append(out, catalog.PutAlias(r))
		case catalog.Change:
			out = append(out, r)
		}
	}
	return out
}

// Each row is what a store may hold besides the database: which collections are served, what is garbage, what is quarantined.
func TestBuild(t *testing.T) {
	t.Parallel()
	state := func(c *model.Collection, s model.State) *model.Collection {
		return changed(c, func(c *model.Collection) { c.State = s })
	}
	books, authors := collection(10, "books"), collection(20, "authors")
	f := func(coll, id model.ID) catalog.Change { return catalog.PutField(coll, field(id)) }
	fieldRef := func(coll, id model.ID) catalog.Ref { return catalog.FieldRef(coll, field(id)) }
	partRef := func(coll, id model.ID) catalog.Ref { return catalog.PartitionRef(partition(coll, id)) }
	lost := catalog.Quarantined{Ref: catalog.CollectionRef(books), Key: "k", Reason: "cannot be decoded"}
	lostField := catalog.Quarantined{Ref: fieldRef(10, 101), Key: "k", Reason: "cannot be decoded"}
	lostLoad := catalog.Quarantined{Ref: catalog.LoadRef(10), Key: "k", Reason: "cannot be decoded"}
	lostIndex := catalog.Quarantined{Ref: catalog.IndexRef(index(10, 15)), Key: "k", Reason: "cannot be decoded"}
	lostPartition := catalog.Quarantined{Ref: partRef(10, 12), Key: "k", Reason: "cannot be decoded"}
	indexReport := func(coll, index model.ID) catalog.Change {
		return catalog.PutIndexReport(&model.IndexReport{Collection: coll, Index: index})
	}
	rows := map[string]struct {
		quarantine []catalog.Quarantined
		records    []catalog.Change
		served     []string
		garbage    []catalog.Ref
		found      []catalog.Quarantined
	}{
		"nothing":              {},
		"whole, children last": {records: put(books, f(10, 0), partition(10, 11)), served: []string{"books"}},
		"children first":       {records: put(partition(10, 12), f(10, 100), f(10, 0), partition(10, 11), books), served: []string{"books"}},
		"creating":             {records: put(state(books, model.Creating), f(10, 0))},
		// pains.md 3 and 16: what a drop has left does not come back, and is swept.
		"dropping":                {records: put(f(10, 0), partition(10, 11), state(books, model.Dropping), authors), served: []string{"authors"}, garbage: []catalog.Ref{catalog.CollectionRef(books), fieldRef(10, 0), partRef(10, 11)}},
		"dropped":                 {records: put(state(books, model.Dropped)), garbage: []catalog.Ref{catalog.CollectionRef(books)}},
		"dropping, its alias":     {records: put(state(books, model.Dropping), alias("b", 10)), garbage: []catalog.Ref{catalog.CollectionRef(books), catalog.AliasRef(alias("b", 10))}},
		"dropping and a namesake": {records: put(state(books, model.Dropping), collection(30, "books")), served: []string{"books"}, garbage: []catalog.Ref{catalog.CollectionRef(books)}},
		"a partition dropping":    {records: put(books, partition(10, 11), &model.Partition{ID: 12, Collection: 10, State: model.Dropping}), served: []string{"books"}, garbage: []catalog.Ref{partRef(10, 12)}},
		"orphans":                 {records: put(f(99, 0), partition(99, 11)), garbage: []catalog.Ref{fieldRef(99, 0), partRef(99, 11)}},
		"an alias of nothing":     {records: put(books, alias("z", 99)), served: []string{"books"}, garbage: []catalog.Ref{catalog.AliasRef(alias("z", 99))}},
		"unreadable: no garbage":  {quarantine: []catalog.Quarantined{lost}, records: put(f(10, 0), partition(10, 11), alias("b", 10)), found: []catalog.Quarantined{lost, {Ref: catalog.Ref{Kind: catalog.KindAlias, Parent: 1, Name: "b"}, Reason: "its collection cannot be read"}}},
		"an unreadable field":     {quarantine: []catalog.Quarantined{lostField}, records: put(books, f(10, 100)), served: []string{"books"}, found: []catalog.Quarantined{lostField}},
		// What a data plane would act on, and nothing refers to: of Milvus's drops and releases, whose keys go one by one.
		"an index marked deleted": {records: put(books, catalog.PutIndex(&model.Index{ID: 15, Collection: 10, Deleted: true}), indexReport(10, 15), catalog.PutIndex(index(10, 16)), indexReport(10, 16)), served: []string{"books"}, garbage: []catalog.Ref{catalog.IndexRef(index(10, 15)), catalog.IndexReportRef(10, 15)}},
		"a report of no index":    {records: put(indexReport(10, 15), books), served: []string{"books"}, garbage: []catalog.Ref{catalog.IndexReportRef(10, 15)}},
		"what a release has left": {records: put(catalog.PutPartitionLoad(partitionLoad(10, 11)), books, partition(10, 11), catalog.PutReplica(replica(10, 17))), served: []string{"books"}, garbage: []catalog.Ref{catalog.PartitionLoadRef(partitionLoad(10, 11)), catalog.ReplicaRef(replica(10, 17))}},
		"a loaded partition gone": {records: put(books, partition(10, 11), &model.Partition{ID: 12, Collection: 10, State: model.Dropping}, catalog.PutLoad(load(10)), catalog.PutPartitionLoad(partitionLoad(10, 11)), catalog.PutPartitionLoad(partitionLoad(10, 12))), served: []string{"books"}, garbage: []catalog.Ref{partRef(10, 12), catalog.PartitionLoadRef(partitionLoad(10, 12))}},
		"a load that failed":      {records: put(books, catalog.PutLoadReport(&model.LoadReport{Collection: 10, State: model.ReportFailed})), served: []string{"books"}},
		"loads of nothing":        {records: put(catalog.PutLoad(load(99)), catalog.PutReplica(replica(99, 17)), catalog.PutLoadReport(&model.LoadReport{Collection: 99})), garbage: []catalog.Ref{catalog.LoadRef(99), catalog.ReplicaRef(replica(99, 17)), catalog.LoadReportRef(99)}},
		"dropping, and loaded":    {records: put(state(books, model.Dropping), catalog.PutIndex(index(10, 15)), catalog.PutLoad(load(10)), catalog.PutReplica(replica(10, 17))), garbage: []catalog.Ref{catalog.CollectionRef(books), catalog.IndexRef(index(10, 15)), catalog.LoadRef(10), catalog.ReplicaRef(replica(10, 17))}},
		"resource groups":         {records: put(catalog.PutResourceGroup(&model.ResourceGroup{Name: "rg"}), catalog.PutResourceGroup(&model.ResourceGroup{Name: "a"}))},
		// What cannot be read may refer to it.
		"an unreadable load":       {quarantine: []catalog.Quarantined{lostLoad}, records: put(books, partition(10, 11), catalog.PutPartitionLoad(partitionLoad(10, 11)), catalog.PutReplica(replica(10, 17))), served: []string{"books"}, found: []catalog.Quarantined{lostLoad}},
		"an unreadable index":      {quarantine: []catalog.Quarantined{lostIndex}, records: put(books, indexReport(10, 15), indexReport(10, 16)), served: []string{"books"}, garbage: []catalog.Ref{catalog.IndexReportRef(10, 16)}, found: []catalog.Quarantined{lostIndex}},
		"an unreadable partition":  {quarantine: []catalog.Quarantined{lostPartition}, records: put(books, catalog.PutLoad(load(10)), catalog.PutPartitionLoad(partitionLoad(10, 12))), served: []string{"books"}, found: []catalog.Quarantined{lostPartition}},
		"a record of another kind": {records: put(catalog.Change{Ref: catalog.Ref{Kind: catalog.KindField, Parent: 10}, Put: &model.Value{}})},

		// pains.md 14, 16 and 17: what contradicts is set aside, named, and never swept; the rest is served.
		"no such database": {records: put(changed(books, func(c *model.Collection) { c.Database = 7 }), f(10, 0)), found: []catalog.Quarantined{{Ref: catalog.Ref{Kind: catalog.KindCollection, Parent: 7, ID: 10}, Reason: "its database does not exist"}}},
		"two of one name":  {records: put(collection(30, "books"), f(30, 0), books), served: []string{"books"}, found: []catalog.Quarantined{{Ref: catalog.CollectionRef(collection(30, "")), Reason: "collections 10 and 30 have the same name in database 1"}}},
		"two of one id":    {records: put(f(10, 0), books, changed(books, func(c *model.Collection) { c.Database, c.Name = 2, "twin" }), f(10, 100)), served: []string{"books"}, found: []catalog.Quarantined{{Ref: catalog.Ref{Kind: catalog.KindCollection, Parent: 2, ID: 10}, Reason: "another collection has the same id"}}},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, garbage := build(t, row.quarantine, append(put(database(1, "default")), row.records...)...)
			var served []string
			for c := range s.Collections(1) {
				served = append(served, c.Name)
			}
			assert.Equal(t, row.served, served)
			assert.ElementsMatch(t, row.garbage, garbage)
			assert.ElementsMatch(t, row.found, s.Quarantine())
			for _, r := range garbage {
				_, _, reachable := s.Record(r)
				assert.False(t, reachable, "%+v is garbage and reachable", r)
			}
		})
	}
}

// Nothing quarantined, and nothing that belongs to it, is in the fingerprint: the rest can still be compared with a head.
func TestBuildLeavesQuarantineOutOfTheSum(t *testing.T) {
	t.Parallel()
	clean, _ := build(t, nil, put(database(1, "default"), collection(10, "books"))...)
	dirty, _ := build(t, []catalog.Quarantined{{Ref: catalog.CollectionRef(collection(40, ""))}},
		put(database(1, "default"), collection(10, "books"), collection(30, "books"), catalog.PutField(30, field(0)), partition(40, 41), alias("x", 40))...)
	assert.Equal(t, clean.Fingerprint(), dirty.Fingerprint())
	assert.Equal(t, clean.Capacity(), dirty.Capacity())
}

// The children of one that was set aside for its name stay where they are until somebody decides.
func TestBuildKeepsChildrenOfQuarantine(t *testing.T) {
	t.Parallel()
	_, garbage := build(t, nil, put(database(1, "default"), collection(10, "books"), collection(30, "books"),
		catalog.PutField(30, field(0)), partition(30, 31), alias("x", 30))...)
	assert.Empty(t, garbage)
}

func TestDamage(t *testing.T) {
	t.Parallel()
	q := []catalog.Quarantined{
		{Ref: catalog.Ref{Kind: catalog.KindField, Parent: 10, ID: 101}},
		{Ref: catalog.Ref{Kind: catalog.KindPartition, Parent: 10, ID: 12}},
		{Ref: catalog.Ref{Kind: catalog.KindCollection, Parent: 1, ID: 20}},
		{Ref: catalog.Ref{Kind: catalog.KindAlias, Parent: 10, Name: "x"}},
		{Ref: catalog.Ref{Kind: catalog.KindUnknown, Parent: 10}},
	}
	s, _ := build(t, q, put(database(1, "default"), collection(10, "books"))...)
	assert.Equal(t, q[:2], s.Damage(10))
	assert.Equal(t, q[2:3], s.Damage(20))
	assert.Empty(t, s.Damage(1))
}
