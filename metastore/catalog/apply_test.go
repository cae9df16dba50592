package catalog_test

import (
	"testing"

	"github.com/cockroachdb/errors"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
)

func changed(c *model.Collection, change func(*model.Collection)) *model.Collection {
	out := *c
	change(&out)
	return &out
}

// Each row is a change set on the library that must be refused, and leaves it as it is.
func TestApplyRefuses(t *testing.T) {
	t.Parallel()
	s := library(t)
	before := dump(s)
	put := func(changes ...catalog.Change) *catalog.ChangeSet { return next(t, s, changes...) }
	at := func(r catalog.Revision) *catalog.ChangeSet {
		cs := put()
		cs.Revision = r
		return cs
	}
	gone := changed(collection(10, "books"), func(c *model.Collection) { c.State = model.Dropping })
	dropped := changed(collection(20, "authors"), func(c *model.Collection) { c.State = model.Dropping })
	rows := map[string]struct {
		cs   *catalog.ChangeSet
		kind error
		text string
	}{
		"a gap":                       {at(6), catalog.ErrGap, "revision 6 after revision 4"},
		"the same again":              {at(4), catalog.ErrGap, "revision 4 after revision 4"},
		"an earlier one":              {at(0), catalog.ErrGap, "revision 0 after revision 4"},
		"a wrong sum":                 {put(catalog.PutDatabase(database(2, "other"))), catalog.ErrDiverged, "revision 5: fingerprint is "},
		"a name that is taken":        {put(catalog.PutCollection(collection(30, "books"))), catalog.ErrDiverged, "collections 10 and 30 have the same name in database 1"},
		"a rename to it":              {put(catalog.PutCollection(collection(20, "books"))), catalog.ErrDiverged, "collections 10 and 20 have the same name in database 1"},
		"a field of no collection":    {put(catalog.PutField(30, field(100))), catalog.ErrDiverged, "field 100 of collection 30, which does not exist"},
		"a partition of none":         {put(catalog.PutPartition(partition(30, 31))), catalog.ErrDiverged, "partition 31 of collection 30, which does not exist"},
		"a function of none":          {put(catalog.PutFunction(30, function(100))), catalog.ErrDiverged, "function 100 of collection 30, which does not exist"},
		"a struct field of none":      {put(catalog.PutStructField(30, structField(200))), catalog.ErrDiverged, "struct_field 200 of collection 30, which does not exist"},
		"a move to a name taken":      {put(catalog.PutDatabase(database(2, "two")), catalog.PutCollection(changed(collection(30, "books"), func(c *model.Collection) { c.Database = 2 })), remove(catalog.CollectionRef(collection(10, "books"))), catalog.PutCollection(changed(collection(10, "books"), func(c *model.Collection) { c.Database = 2 }))), catalog.ErrDiverged, "collections 30 and 10 have the same name in database 2"},
		"children first":              {put(catalog.PutField(30, field(100)), catalog.PutCollection(collection(30, "c"))), catalog.ErrDiverged, "which does not exist"},
		"an alias of no collection":   {put(catalog.PutAlias(alias("x", 30))), catalog.ErrDiverged, "alias of collection 30, which does not exist"},
		"a record of another kind":    {put(catalog.Change{Ref: catalog.FieldRef(10, field(100)), Put: database(1, "x")}), catalog.ErrDiverged, "*model.Database cannot stand as a field"},
		"a kind out of range":         {put(catalog.Change{Ref: catalog.Ref{Kind: 99}}), catalog.ErrDiverged, "record kind 99"},
		"a drop before its aliases":   {put(catalog.PutCollection(gone)), catalog.ErrDiverged, "collection 10 goes before its aliases"},
		"a delete before its aliases": {put(remove(catalog.CollectionRef(gone))), catalog.ErrDiverged, "collection 10 goes before its aliases"},
		"an index of none":            {put(catalog.PutIndex(index(30, 31))), catalog.ErrDiverged, "index 31 of collection 30, which does not exist"},
		"a report of no collection":   {put(catalog.PutLoadReport(&model.LoadReport{Collection: 30})), catalog.ErrDiverged, "load_report 30 of collection 30, which does not exist"},
		"no index":                    {put(catalog.Change{Ref: catalog.IndexRef(index(10, 15)), Put: field(1)}), catalog.ErrDiverged, "*model.Field cannot stand as a index"},
		"no resource group":           {put(catalog.Change{Ref: catalog.ResourceGroupRef("rg"), Put: field(1)}), catalog.ErrDiverged, "*model.Field cannot stand as a resource_group"},
		// What a start would not find again: the planner has forgotten something.
		"an index marked deleted":  {put(catalog.PutIndex(&model.Index{ID: 15, Collection: 10, Deleted: true})), catalog.ErrDiverged, "index 15 of collection 10 is left behind: it is marked deleted"},
		"a report of no index":     {put(catalog.PutIndexReport(&model.IndexReport{Collection: 10, Index: 15})), catalog.ErrDiverged, "index_report 15 of collection 10 is left behind: there is no such index"},
		"a partition of no load":   {put(catalog.PutPartitionLoad(partitionLoad(10, 11))), catalog.ErrDiverged, "partition_load 11 of collection 10 is left behind: the collection is not loaded"},
		"a load of no partition":   {put(catalog.PutLoad(load(10)), catalog.PutPartitionLoad(partitionLoad(10, 19))), catalog.ErrDiverged, "partition_load 19 of collection 10 is left behind: there is no such partition"},
		"a replica of no load":     {put(catalog.PutReplica(replica(10, 16))), catalog.ErrDiverged, "replica 16 of collection 10 is left behind: the collection is not loaded"},
		"an index less its report": {put(catalog.PutIndex(index(10, 15)), catalog.PutIndexReport(&model.IndexReport{Collection: 10, Index: 15}), remove(catalog.IndexRef(index(10, 15)))), catalog.ErrDiverged, "there is no such index"},
		"half a release":           {put(catalog.PutLoad(load(10)), catalog.PutReplica(replica(10, 16)), catalog.PutField(20, field(101)), remove(catalog.LoadRef(10))), catalog.ErrDiverged, "replica 16 of collection 10 is left behind"},
		"a loaded partition gone":  {put(catalog.PutLoad(load(10)), catalog.PutPartitionLoad(partitionLoad(10, 11)), catalog.PutPartition(&model.Partition{ID: 11, Collection: 10, State: model.Dropping})), catalog.ErrDiverged, "partition_load 11 of collection 10 is left behind: there is no such partition"},
		"a field after the drop":   {put(catalog.PutField(20, field(101)), catalog.PutCollection(dropped), catalog.PutField(20, field(102))), catalog.ErrDiverged, "field 102 of collection 20, which does not exist"},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := library(t) // one of its own: a Snapshot may be applied to by one goroutine at a time
			got, err := s.Apply(row.cs)
			require.Error(t, err)
			assert.Nil(t, got)
			assert.True(t, errors.Is(err, row.kind), "%+v", err)
			assert.ErrorContains(t, err, row.text)
			assert.Equal(t, before, dump(s))
		})
	}
}

func TestApply(t *testing.T) {
	t.Parallel()
	s := catalog.Empty()
	cs := next(t, s, catalog.PutDatabase(database(1, "default")))
	staged, err := s.Stage(cs)
	require.NoError(t, err)
	cs.Sum = staged.Fingerprint()
	applied, err := s.Apply(cs)
	require.NoError(t, err)
	assert.Equal(t, dump(staged), dump(applied))
	assert.Equal(t, catalog.Revision(1), applied.Revision())
	assert.Equal(t, cs.Epoch, applied.Epoch())
	assert.Equal(t, cs.Timestamp, applied.Timestamp())
	assert.Equal(t, cs.NextID, applied.NextID())
	assert.Zero(t, s.CountDatabases(), "the one before stays")

	empty := next(t, applied)
	empty.Sum = applied.Fingerprint()
	reserved, err := applied.Apply(empty)
	require.NoError(t, err, "a reservation has no changes")
	assert.Equal(t, content(applied), content(reserved))
}

// A version that adds kinds writes a log that this one can follow.
func TestApplyUnknownKind(t *testing.T) {
	t.Parallel()
	s := library(t)
	c := catalog.Change{Ref: catalog.Ref{Kind: catalog.KindUnknown}, Stored: catalog.Stored{Key: "grants/1", Value: []byte("x"), Digest: catalog.Digest("grants/1", []byte("x"))}}
	cs := next(t, s)
	cs.Changes, cs.Sum = []catalog.Change{c}, s.Fingerprint()
	after, err := s.Apply(cs)
	require.NoError(t, err)
	assert.Equal(t, content(s), content(after))
}

// Each row changes the library and takes the change back, which must leave no trace in sums, counters and listings.
func TestApplyAndBack(t *testing.T) {
	t.Parallel()
	books, authors := collection(10, "books"), collection(20, "authors")
	type changes = []catalog.Change
	rows := map[string]struct{ do, undo changes }{
		"a database":   {changes{catalog.PutDatabase(database(2, "other"))}, changes{remove(catalog.DatabaseRef(database(2, "")))}},
		"its property": {changes{catalog.PutDatabase(&model.Database{ID: 1, Name: "default", Tenant: "x"})}, changes{catalog.PutDatabase(database(1, "default"))}},
		"a collection": {
			changes{catalog.PutCollection(collection(30, "c")), catalog.PutField(30, field(100)), catalog.PutPartition(partition(30, 31))},
			changes{catalog.PutCollection(changed(collection(30, "c"), func(c *model.Collection) { c.State = model.Dropping }))},
		},
		"a collection, deleted": {changes{catalog.PutCollection(collection(30, "c")), catalog.PutField(30, field(100))}, changes{remove(catalog.Ref{Kind: catalog.KindCollection, Parent: 1, ID: 30})}},
		"an unfinished one":     {changes{catalog.PutCollection(changed(collection(30, "c"), func(c *model.Collection) { c.State = model.Creating })), catalog.PutPartition(partition(30, 31))}, changes{catalog.PutCollection(changed(collection(30, "c"), func(c *model.Collection) { c.State = model.Dropping }))}},
		"a rename":              {changes{catalog.PutCollection(changed(books, func(c *model.Collection) { c.Name = "works" }))}, changes{catalog.PutCollection(books)}},
		"a rename in a circle":  {changes{catalog.PutCollection(changed(books, func(c *model.Collection) { c.Name = "tmp" })), catalog.PutCollection(changed(authors, func(c *model.Collection) { c.Name = "books" })), catalog.PutCollection(changed(books, func(c *model.Collection) { c.Name = "authors" }))}, changes{catalog.PutCollection(changed(books, func(c *model.Collection) { c.Name = "tmp" })), catalog.PutCollection(authors), catalog.PutCollection(books)}},
		"a move":                {changes{catalog.PutDatabase(database(2, "other")), catalog.PutCollection(changed(authors, func(c *model.Collection) { c.Database = 2 }))}, changes{catalog.PutCollection(authors), remove(catalog.DatabaseRef(database(2, "")))}},
		"a move, new key first": {
			changes{catalog.PutDatabase(database(2, "other")), catalog.PutCollection(changed(authors, func(c *model.Collection) { c.Database = 2 })), remove(catalog.CollectionRef(authors))},
			changes{catalog.PutCollection(authors), remove(catalog.CollectionRef(changed(authors, func(c *model.Collection) { c.Database = 2 }))), remove(catalog.DatabaseRef(database(2, "")))},
		},
		"a move, old key first": {
			changes{catalog.PutDatabase(database(2, "other")), remove(catalog.CollectionRef(authors)), catalog.PutField(20, field(101)), catalog.PutCollection(changed(authors, func(c *model.Collection) { c.Database, c.Name = 2, "writers" }))},
			changes{remove(catalog.CollectionRef(changed(authors, func(c *model.Collection) { c.Database = 2 }))), remove(catalog.FieldRef(20, field(101))), catalog.PutCollection(authors), remove(catalog.DatabaseRef(database(2, "")))},
		},
		"a function":              {changes{catalog.PutFunction(10, function(100))}, changes{remove(catalog.FunctionRef(10, function(100)))}},
		"a struct field":          {changes{catalog.PutStructField(10, structField(200))}, changes{remove(catalog.StructFieldRef(10, structField(200)))}},
		"both, and replaced":      {changes{catalog.PutFunction(10, function(101)), catalog.PutStructField(10, structField(200)), catalog.PutFunction(10, function(100)), catalog.PutFunction(10, &model.Function{ID: 101})}, changes{remove(catalog.FunctionRef(10, function(101))), remove(catalog.FunctionRef(10, function(100))), remove(catalog.StructFieldRef(10, structField(200)))}},
		"a collection with all":   {changes{catalog.PutCollection(collection(30, "c")), catalog.PutFunction(30, function(100)), catalog.PutStructField(30, structField(200))}, changes{catalog.PutCollection(changed(collection(30, "c"), func(c *model.Collection) { c.State = model.Dropping }))}},
		"more shards":             {changes{catalog.PutCollection(changed(books, func(c *model.Collection) { c.Shards, c.PhysicalChannels = 3, []string{"dml_0", "dml_1", "dml_2"} }))}, changes{catalog.PutCollection(books)}},
		"a field":                 {changes{catalog.PutField(10, field(101))}, changes{remove(catalog.FieldRef(10, field(101)))}},
		"a field in between":      {changes{catalog.PutField(10, field(50))}, changes{remove(catalog.FieldRef(10, field(50)))}},
		"a field replaced":        {changes{catalog.PutField(10, &model.Field{ID: 100, PartitionKey: true})}, changes{catalog.PutField(10, field(100))}},
		"a partition":             {changes{catalog.PutPartition(partition(10, 13))}, changes{catalog.PutPartition(&model.Partition{ID: 13, Collection: 10, State: model.Dropping})}},
		"a partition, deleted":    {changes{catalog.PutPartition(partition(10, 13))}, changes{remove(catalog.PartitionRef(partition(10, 13)))}},
		"an unfinished one in it": {changes{catalog.PutPartition(&model.Partition{ID: 13, Collection: 10, Name: "x", State: model.Creating})}, changes{remove(catalog.PartitionRef(partition(10, 13)))}},
		"an alias":                {changes{catalog.PutAlias(alias("a", 10))}, changes{remove(catalog.AliasRef(alias("a", 0)))}},
		"an alias moved":          {changes{catalog.PutAlias(alias("b", 20))}, changes{catalog.PutAlias(alias("b", 10))}},
		"an alias of a new one":   {changes{catalog.PutCollection(collection(30, "c")), catalog.PutAlias(alias("a", 30))}, changes{remove(catalog.AliasRef(alias("a", 0))), remove(catalog.Ref{Kind: catalog.KindCollection, Parent: 1, ID: 30})}},
		"an index":                {changes{catalog.PutIndex(index(10, 15))}, changes{remove(catalog.IndexRef(index(10, 15)))}},
		"an index with a report":  {changes{catalog.PutIndexReport(&model.IndexReport{Collection: 10, Index: 15}), catalog.PutIndex(index(10, 15)), catalog.PutIndexReport(&model.IndexReport{Collection: 10, Index: 15, State: model.ReportDone})}, changes{remove(catalog.IndexRef(index(10, 15))), remove(catalog.IndexReportRef(10, 15))}},
		"a load":                  {changes{catalog.PutPartitionLoad(partitionLoad(10, 12)), catalog.PutPartitionLoad(partitionLoad(10, 11)), catalog.PutReplica(replica(10, 16)), catalog.PutLoad(load(10))}, changes{remove(catalog.LoadRef(10)), remove(catalog.ReplicaRef(replica(10, 16))), remove(catalog.PartitionLoadRef(partitionLoad(10, 11))), remove(catalog.PartitionLoadRef(partitionLoad(10, 12)))}},
		"a load that failed":      {changes{catalog.PutLoad(load(10)), remove(catalog.LoadRef(10)), catalog.PutLoadReport(&model.LoadReport{Collection: 10, State: model.ReportFailed})}, changes{remove(catalog.LoadReportRef(10))}},
		"loads of two":            {changes{catalog.PutLoad(load(10)), catalog.PutLoad(load(20)), catalog.PutReplica(replica(10, 16))}, changes{remove(catalog.ReplicaRef(replica(10, 16))), remove(catalog.LoadRef(20)), remove(catalog.LoadRef(10))}},
		"a loaded collection":     {changes{catalog.PutCollection(collection(30, "c")), catalog.PutIndex(index(30, 32)), catalog.PutLoad(load(30))}, changes{catalog.PutCollection(changed(collection(30, "c"), func(c *model.Collection) { c.State = model.Dropping }))}},
		"resource groups":         {changes{catalog.PutResourceGroup(&model.ResourceGroup{Name: "b", Config: &model.ResourceGroupConfig{}}), catalog.PutResourceGroup(&model.ResourceGroup{Name: "a", Config: &model.ResourceGroupConfig{}}), catalog.PutResourceGroup(&model.ResourceGroup{Name: "b", Config: &model.ResourceGroupConfig{Limits: 1}})}, changes{remove(catalog.ResourceGroupRef("a")), remove(catalog.ResourceGroupRef("b"))}},
		"the default group":       {changes{catalog.PutResourceGroup(&model.ResourceGroup{Name: model.DefaultResourceGroup, Config: &model.ResourceGroupConfig{}})}, changes{remove(catalog.ResourceGroupRef(model.DefaultResourceGroup))}},
		"plane that is not":       {changes{remove(catalog.IndexRef(index(10, 15))), remove(catalog.LoadRef(10)), remove(catalog.LoadReportRef(99)), remove(catalog.ResourceGroupRef("x")), remove(catalog.ReplicaRef(replica(20, 1)))}, nil},
		"things that are not":     {changes{remove(catalog.DatabaseRef(database(9, ""))), remove(catalog.Ref{Kind: catalog.KindCollection, ID: 99}), remove(catalog.Ref{Kind: catalog.KindCollection, Parent: 2, ID: 10}), remove(catalog.FunctionRef(10, function(9))), remove(catalog.StructFieldRef(99, structField(9))), remove(catalog.FieldRef(99, field(1))), remove(catalog.FieldRef(10, field(1))), remove(catalog.PartitionRef(partition(10, 99))), remove(catalog.AliasRef(alias("z", 0)))}, nil},
		"nothing":                 {nil, nil},
		"in turns":                {changes{catalog.PutField(10, field(101)), catalog.PutField(20, field(101)), catalog.PutPartition(partition(10, 13))}, changes{remove(catalog.PartitionRef(partition(10, 13))), remove(catalog.FieldRef(20, field(101))), remove(catalog.FieldRef(10, field(101)))}},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := library(t)
			before := dump(s)
			there := stage(t, s, row.do...)
			middle := dump(there)
			back := stage(t, there, row.undo...)
			assert.Equal(t, before[1:], content(back))
			assert.Equal(t, before, dump(s), "the first Snapshot has not moved")
			assert.Equal(t, middle, dump(there), "nor has the second")
			if row.undo != nil {
				assert.NotEqual(t, before[1:], middle[1:])
			}
		})
	}
}

// pains.md 12 and 24: when a collection goes, nothing of it stays in what is visible, counted or summed up.
func TestDropTakesChildren(t *testing.T) {
	t.Parallel()
	s := library(t)
	without := stage(t, catalog.Empty(), catalog.PutDatabase(database(1, "default")))
	without = stage(t, without, catalog.PutCollection(collection(20, "authors")), catalog.PutField(20, field(100)), catalog.PutPartition(partition(20, 21)))

	assert.Equal(t, 2, s.CountCollections(1))
	assert.Equal(t, int64(2*2+1*2), s.Capacity())
	assert.Equal(t, 2, s.ChannelUse("dml_0"))
	dropped := changed(collection(10, "books"), func(c *model.Collection) { c.State = model.Dropping })
	s = stage(t, s, remove(catalog.AliasRef(alias("b", 10))), catalog.PutCollection(dropped))
	assert.Equal(t, without.Fingerprint(), s.Fingerprint())
	assert.Equal(t, content(without), content(s))
	assert.Equal(t, 1, s.CountCollections(1))
	assert.Equal(t, 1, s.CountAllCollections())
	assert.Equal(t, int64(2), s.Capacity())
	assert.Equal(t, 1, s.ChannelUse("dml_0"))

	// The purge's deletes, should they come through the log, find nothing to do.
	after := stage(t, s, remove(catalog.FieldRef(10, field(100))), remove(catalog.PartitionRef(partition(10, 11))), remove(catalog.CollectionRef(dropped)))
	assert.Equal(t, content(s), content(after))
}

// pains.md 25: what is dropped holds no name.
func TestDropFreesTheName(t *testing.T) {
	t.Parallel()
	s := library(t)
	dropped := changed(collection(20, "authors"), func(c *model.Collection) { c.State = model.Dropping })
	s = stage(t, s, catalog.PutCollection(dropped), catalog.PutCollection(collection(30, "authors")), catalog.PutAlias(alias("a", 30)))
	c, ok := s.Resolve(1, "authors")
	require.True(t, ok)
	assert.Equal(t, model.ID(30), c.ID)
}

func TestUnfinishedIsHidden(t *testing.T) {
	t.Parallel()
	creating := changed(collection(30, "c"), func(c *model.Collection) { c.State = model.Creating })
	before := library(t)
	s := stage(t, before, catalog.PutCollection(creating), catalog.PutPartition(partition(30, 31)))
	_, byName := s.Collection(1, "c")
	_, byID := s.CollectionByID(30)
	_, resolved := s.Resolve(1, "c")
	assert.False(t, byName || byID || resolved)
	_, pending := s.Pending(1, "c")
	assert.True(t, pending)
	_, pending = s.Pending(1, "books")
	assert.False(t, pending)
	assert.Equal(t, 2, s.CountCollections(1))
	assert.Equal(t, before.Capacity()+2, s.Capacity(), "its room is taken")
	assert.Equal(t, 3, s.ChannelUse("dml_0"), "and so are its channels")
	for c := range s.Collections(1) {
		assert.NotEqual(t, model.ID(30), c.ID)
	}
	n := 0
	for c := range s.Unfinished() {
		n++
		assert.Equal(t, model.ID(30), c.ID)
	}
	assert.Equal(t, 1, n)
	s = stage(t, s, catalog.PutCollection(collection(30, "c")))
	for range s.Unfinished() {
		t.Fatal("finished")
	}
	assert.Equal(t, 3, s.CountCollections(1))
}

// Aliases come before names: while both exist, which Apply does not prevent, the alias is meant.
func TestResolve(t *testing.T) {
	t.Parallel()
	s := stage(t, library(t), catalog.PutAlias(alias("authors", 10)))
	c, ok := s.Resolve(1, "authors")
	require.True(t, ok)
	assert.Equal(t, "books", c.Name)
	_, ok = s.Resolve(2, "books")
	assert.False(t, ok, "another database")
	_, ok = s.Resolve(1, "none")
	assert.False(t, ok)
	assert.Equal(t, []string{"authors", "b"}, c.Aliases())
}

// pains.md 30: whoever holds a collection of a Snapshot reads one moment of it, whatever happens since.
func TestEqualPointersMeanUnchanged(t *testing.T) {
	t.Parallel()
	s := library(t)
	books, _ := s.Collection(1, "books")
	authors, _ := s.Collection(1, "authors")
	later := stage(t, s, catalog.PutField(10, field(101)))
	same, _ := later.Collection(1, "authors")
	other, _ := later.Collection(1, "books")
	assert.Same(t, authors, same)
	assert.NotSame(t, books, other)
	assert.Equal(t, 2, books.CountFields())
	assert.Equal(t, 3, other.CountFields())
}

func TestListingOrder(t *testing.T) {
	t.Parallel()
	s := library(t)
	// By number, not by text; by creation, not by name (decisions 5).
	for id, name := range map[model.ID]string{9: "z", 100: "y", 30: "x"} {
		s = stage(t, s, catalog.PutCollection(collection(id, name)))
	}
	s = stage(t, s, catalog.PutPartition(partition(10, 9)), catalog.PutPartition(partition(10, 100)), catalog.PutAlias(alias("a", 10)))
	var ids []model.ID
	for c := range s.Collections(1) {
		ids = append(ids, c.ID)
	}
	assert.Equal(t, []model.ID{9, 10, 20, 30, 100}, ids)
	ids = nil
	books, _ := s.Collection(1, "books")
	for p := range books.Partitions() {
		ids = append(ids, p.ID)
	}
	assert.Equal(t, []model.ID{9, 11, 12, 100}, ids)
	assert.Equal(t, []string{"a", "b"}, books.Aliases())
}

// Every listing may be left early.
func TestIteratorsStop(t *testing.T) {
	t.Parallel()
	s := stage(t, library(t), catalog.PutDatabase(database(2, "other")), catalog.PutAlias(alias("c", 10)),
		catalog.PutCollection(changed(collection(40, "u1"), func(c *model.Collection) { c.State = model.Creating })),
		catalog.PutCollection(changed(collection(41, "u2"), func(c *model.Collection) { c.State = model.Creating })), catalog.PutField(10, field(101)))
	books, _ := s.Collection(1, "books")
	n := 0
	for range s.Databases() {
		n++
		break
	}
	for range s.Collections(1) {
		n++
		break
	}
	for range s.Aliases(1) {
		n++
		break
	}
	for range s.Unfinished() {
		n++
		break
	}
	for range books.Fields() {
		n++
		break
	}
	for range books.UserFields() {
		n++
		break
	}
	for range books.Partitions() {
		n++
		break
	}
	assert.Equal(t, 7, n)
}

func TestAt(t *testing.T) {
	t.Parallel()
	s := library(t)
	at := s.At(catalog.Position{Revision: 9, Epoch: 8, Timestamp: 7, NextID: 6})
	assert.Equal(t, content(s), content(at))
	assert.Equal(t, catalog.Revision(9), at.Revision())
	assert.Equal(t, uint64(8), at.Epoch())
	assert.Equal(t, model.Timestamp(7), at.Timestamp())
	assert.Equal(t, model.ID(6), at.NextID())
	assert.Equal(t, catalog.Revision(4), s.Revision())
}

func TestHighest(t *testing.T) {
	t.Parallel()
	assert.Zero(t, catalog.Empty().Highest())
	s := library(t)
	assert.Equal(t, catalog.Position{NextID: 21}, s.Highest())
	p := partition(10, 77)
	p.Created = 5
	s = stage(t, s, catalog.PutPartition(p))
	assert.Equal(t, catalog.Position{NextID: 77, Timestamp: 5}, s.Highest())
	s = stage(t, s, catalog.PutCollection(changed(collection(80, "x"), func(c *model.Collection) { c.State, c.Created, c.Updated = model.Creating, 6, 7 })))
	assert.Equal(t, catalog.Position{NextID: 80, Timestamp: 7}, s.Highest(), "what is being created counts")
	a := alias("x", 10)
	a.Created = 9
	s = stage(t, s, catalog.PutAlias(a), catalog.PutDatabase(database(90, "d")))
	assert.Equal(t, catalog.Position{NextID: 90, Timestamp: 9}, s.Highest())
}

func TestDeletes(t *testing.T) {
	t.Parallel()
	put, del := catalog.PutDatabase(database(1, "d")), remove(catalog.DatabaseRef(database(1, "d")))
	assert.False(t, put.Deletes())
	assert.True(t, del.Deletes())
	unknown := catalog.Change{Stored: catalog.Stored{Key: "k", Value: []byte{}}}
	assert.False(t, unknown.Deletes())
	unknown.Stored.Value = nil
	assert.True(t, unknown.Deletes())
}

func TestRecord(t *testing.T) {
	t.Parallel()
	s := library(t)
	for _, r := range []catalog.Ref{
		{},
		{Kind: 99},
		{Kind: catalog.KindDatabase, ID: 9},
		{Kind: catalog.KindCollection, ID: 9},
		{Kind: catalog.KindCollection, ID: 10},
		{Kind: catalog.KindCollection, Parent: 2, ID: 10},
		{Kind: catalog.KindFunction, Parent: 10, ID: 9},
		{Kind: catalog.KindStructField, Parent: 9, ID: 9},
		{Kind: catalog.KindField, Parent: 10, ID: 9},
		{Kind: catalog.KindField, Parent: 9, ID: 100},
		{Kind: catalog.KindPartition, Parent: 10, ID: 9},
		{Kind: catalog.KindAlias, Parent: 1, Name: "z"},
	} {
		rec, digest, ok := s.Record(r)
		assert.False(t, ok, "%+v", r)
		assert.Nil(t, rec)
		assert.Zero(t, digest)
	}
}

func TestEmpty(t *testing.T) {
	t.Parallel()
	s := catalog.Empty()
	assert.Equal(t, catalog.Fingerprint{}, s.Fingerprint())
	assert.Equal(t, []string{"0 databases, 0 collections, capacity 0, sum 00000000000000000000000000000000"}, content(s))
	_, ok := s.Database("default")
	assert.False(t, ok)
	_, ok = s.DatabaseByID(1)
	assert.False(t, ok)
	assert.Zero(t, s.CountCollections(1))
	assert.Zero(t, s.ChannelUse("x"))
}

func TestLookups(t *testing.T) {
	t.Parallel()
	s := library(t)
	d, ok := s.Database("default")
	require.True(t, ok)
	byID, ok := s.DatabaseByID(1)
	require.True(t, ok)
	assert.Same(t, d, byID)
	_, ok = s.Database("other")
	assert.False(t, ok)
	books, ok := s.CollectionByID(10)
	require.True(t, ok)
	_, ok = books.Partition("p11")
	assert.True(t, ok)
	_, ok = books.Partition("p21")
	assert.False(t, ok, "another collection's")
	a, ok := s.Alias(1, "b")
	require.True(t, ok)
	assert.Equal(t, model.ID(10), a.Collection)
	_, ok = s.Alias(2, "b")
	assert.False(t, ok)
}
