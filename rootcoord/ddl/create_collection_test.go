package ddl_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
	"github.com/taproot-db/taproot/rootcoord/ddl"
)

func TestCreateCollection(t *testing.T) {
	t.Parallel()
	create := func(s *model.CollectionSpec) ddl.Planner { return ddl.CreateCollection("default", s, options()) }
	under := func(s *model.CollectionSpec, change func(*model.Limits)) ddl.Planner {
		return ddl.CreateCollection("default", s, limited(change))
	}
	empty, one := newWorld(t), newWorld(t).create("a")
	made := catalog.Result{Database: 1, Collection: firstID}
	second := catalog.Result{Database: 1, Collection: firstID + 2}
	const different = "create duplicate collection with different parameters, collection: a: invalid parameter"
	const denied = "quota exceeded[reason=access has been disabled by the administrator]"
	run(t, map[string]row{
		"created":                    {world: empty, planner: create(spec("a")), want: made},
		"no database is the default": {world: empty, planner: ddl.CreateCollection("", spec("a"), options()), want: made},
		"another database":           {world: one, planner: ddl.CreateCollection("other", spec("a"), options()), want: catalog.Result{Database: 2, Collection: firstID + 2}},
		"no spec":                    {world: empty, planner: create(nil), code: 1101, text: "collection schema is not specified: missing parameter"},
		"bad spec":                   {world: empty, planner: create(spec("1")), code: 1100, text: "Invalid collection name: 1.  the first character of a collection name must be an underscore or letter: invalid parameter"},
		"missing database":           {world: empty, planner: ddl.CreateCollection("none", spec("a"), options()), code: 800, text: "database not found[database=none]"},
		"spec before database":       {world: empty, planner: ddl.CreateCollection("none", spec("a", shards(17)), options()), code: 1100, text: "maximum shards's number should be limited to 16: invalid parameter"},

		"denied by ddl":        {world: newWorld(t).properties(1, "database.force.deny.ddl", "true"), planner: create(spec("a")), code: 9, text: denied},
		"denied by group":      {world: newWorld(t).properties(1, "database.force.deny.collectionDDL", "True"), planner: create(spec("a")), code: 9, text: denied},
		"other group denied":   {world: newWorld(t).properties(1, "database.force.deny.partitionDDL", "true"), planner: create(spec("a")), want: made},
		"denial switched off":  {world: newWorld(t).properties(1, "database.force.deny.ddl", "false"), planner: create(spec("a")), want: made},
		"denial not readable":  {world: newWorld(t).properties(1, "database.force.deny.ddl", "sure"), planner: create(spec("a")), want: made},
		"denied in another db": {world: newWorld(t).properties(2, "database.force.deny.ddl", "true"), planner: create(spec("a")), want: made},

		"limit per database":             {world: one, planner: under(spec("b"), func(l *model.Limits) { l.MaxCollectionsPerDatabase = 1 }), code: 102, text: "exceeded the limit number of collections[dbName=default][limit=1]"},
		"limit per database, room":       {world: one, planner: under(spec("b"), func(l *model.Limits) { l.MaxCollectionsPerDatabase = 2 }), want: second},
		"limit of the other database":    {world: one, planner: ddl.CreateCollection("other", spec("b"), limited(func(l *model.Limits) { l.MaxCollectionsPerDatabase = 1 })), want: catalog.Result{Database: 2, Collection: firstID + 2}},
		"limit by property":              {world: newWorld(t).create("a").properties(1, "database.max.collections", "1"), planner: create(spec("b")), code: 102, text: "exceeded the limit number of collections[dbName=default][limit=1]"},
		"limit by property, none at all": {world: newWorld(t).properties(1, "database.max.collections", "0"), planner: create(spec("b")), code: 102, text: "exceeded the limit number of collections[dbName=default][limit=0]"},
		"property overrides":             {world: newWorld(t).create("a").properties(1, "database.max.collections", "9"), planner: under(spec("b"), func(l *model.Limits) { l.MaxCollectionsPerDatabase = 1 }), want: second},
		"property unreadable":            {world: newWorld(t).properties(1, "database.max.collections", "few"), planner: create(spec("b")), code: 65535, text: "parse value of property fail, key:database.max.collections, value:few"},
		"limit overall":                  {world: one, planner: ddl.CreateCollection("other", spec("b"), limited(func(l *model.Limits) { l.MaxCollections = 1 })), code: 102, text: "exceeded the limit number of collections[dbName=other][limit=1]"},
		"capacity":                       {world: one, planner: under(spec("b", shards(4), keyed(5)), func(l *model.Limits) { l.MaxCapacity = 20 }), code: 250, text: "general capacity exceeded[newGeneralSize=21][generalCapacity=20]"},
		"capacity just enough":           {world: one, planner: under(spec("b", shards(4), keyed(5)), func(l *model.Limits) { l.MaxCapacity = 21 }), want: second},

		// pains.md 23: collections and aliases of a database share one name space.
		"an alias has the name":  {world: newWorld(t).create("a").alias("b"), planner: create(spec("b")), code: 1601, text: "please choose a unique name: alias and collection name conflict[database=default][alias=b]"},
		"an alias in another db": {world: newWorld(t).create("a").alias("b"), planner: ddl.CreateCollection("other", spec("b"), options()), want: catalog.Result{Database: 2, Collection: firstID + 2}},

		"again":                     {world: one, planner: create(spec("a")), want: made, noop: true},
		"again, defaults spelt out": {world: one, planner: create(spec("a", shards(1), with("consistency_level", "Bounded", "timezone", "UTC"))), want: made, noop: true},
		"again, at the limit":       {world: one, planner: under(spec("a"), func(l *model.Limits) { l.MaxCollections, l.MaxCapacity = 1, 1 }), want: made, noop: true},
		"again, denied":             {world: newWorld(t).create("a").properties(1, "database.force.deny.ddl", "1"), planner: create(spec("a")), code: 9, text: denied},
		"different":                 {world: one, planner: create(spec("a", shards(2))), code: 1100, text: different},
		"different, at the limit":   {world: one, planner: under(spec("a", shards(2)), func(l *model.Limits) { l.MaxCollections = 1 }), code: 102, text: "exceeded the limit number of collections[dbName=default][limit=1]"},
		"damaged": {
			world:   newWorld(t).create("a").restart(catalog.Quarantined{Ref: catalog.Ref{Kind: catalog.KindField, Parent: firstID, ID: 101}, Key: "root-coord/fields/1000/101", Reason: "unexpected EOF"}),
			planner: create(spec("a")), code: 5,
			text: "collection a has a damaged record, root-coord/fields/1000/101 (unexpected EOF); it can only be dropped or repaired: service internal error",
		},
	})
}

// What is written, to the last member: 2.6's records for a collection with everything that this version has.
func TestCreateCollectionRecords(t *testing.T) {
	t.Parallel()
	w := newWorld(t).properties(1, "timezone", "Asia/Tokyo")
	w.create("before") // takes channel 0, ids 1000 and 1001
	def := &model.Value{Kind: model.ValueString, String: "x"}
	in := spec("a", dynamic, shards(2), keyed(2), with("consistency_level", "Strong", "mmap.enabled", "true"), func(s *model.CollectionSpec) {
		s.Description = "all of it"
		s.Fields[0].AutoID = true
		s.Fields = append(s.Fields, &model.Field{
			ID: 777, Name: "text", Description: "words", Type: model.VarChar, Nullable: true, Default: def, FunctionOutput: true,
			TypeParams: props("max_length", "9"), IndexParams: props("i", "1"), Extra: "smuggled",
		})
	})
	d, r, err := w.plan(ddl.CreateCollection("default", in, options()))
	require.NoError(t, err)
	const id = firstID + 2
	assert.Equal(t, catalog.Result{Database: 1, Collection: id}, r)
	assert.Equal(t, model.ID(id+3), d.NextID)
	want := []catalog.Change{
		catalog.PutCollection(&model.Collection{
			ID: id, Database: 1, Name: "a", Description: "all of it", DynamicField: true, Shards: 2, Consistency: model.Strong,
			State: model.Created, Created: now, Updated: now,
			PhysicalChannels: []string{"by-dev-rootcoord-dml_1", "by-dev-rootcoord-dml_2"},
			VirtualChannels:  []string{"by-dev-rootcoord-dml_1_1002v0", "by-dev-rootcoord-dml_2_1002v1"},
			Properties:       props("mmap.enabled", "true", "timezone", "Asia/Tokyo"),
			TruncatedAt:      []model.Timestamp{0, 0}, StoredDatabaseName: "default",
		}),
		catalog.PutField(id, &model.Field{ID: 0, Name: "RowID", Description: "row id", Type: model.Int64}),
		catalog.PutField(id, &model.Field{ID: 1, Name: "Timestamp", Description: "time stamp", Type: model.Int64}),
		catalog.PutField(id, &model.Field{ID: 100, Name: "pk", Type: model.Int64, PrimaryKey: true, AutoID: true}),
		catalog.PutField(id, &model.Field{ID: 101, Name: "vec", Type: model.FloatVector, TypeParams: props("dim", "8")}),
		catalog.PutField(id, &model.Field{ID: 102, Name: "key", Type: model.Int64, PartitionKey: true}),
		catalog.PutField(id, &model.Field{
			ID: 103, Name: "text", Description: "words", Type: model.VarChar, Nullable: true, Default: def,
			TypeParams: props("max_length", "9"), IndexParams: props("i", "1"),
		}),
		catalog.PutField(id, &model.Field{
			ID: 104, Name: "$meta", Description: "dynamic schema", Type: model.JSON, Dynamic: true, Nullable: true,
			Default: &model.Value{Kind: model.ValueBytes, String: "{}"},
		}),
		catalog.PutPartition(&model.Partition{ID: id + 1, Collection: id, Name: "_default_0", Created: now}),
		catalog.PutPartition(&model.Partition{ID: id + 2, Collection: id, Name: "_default_1", Created: now}),
	}
	assert.Empty(t, cmp.Diff(want, d.Changes))
	assert.Equal(t, model.ID(777), in.Fields[3].ID, "the request stays as it is")

	again, _, err := w.plan(ddl.CreateCollection("default", in, options()))
	require.NoError(t, err)
	assert.Empty(t, cmp.Diff(d, again), "a planner may run again, and decides the same")
}

func TestCreateCollectionDefaults(t *testing.T) {
	t.Parallel()
	opt := limited(func(l *model.Limits) {
		l.ChannelPrefix, l.DefaultPartition, l.PhysicalChannels = "prod-dml", "main", 1
	})
	w := newWorld(t)
	r := w.do(ddl.CreateCollection("", spec("a"), opt))
	c, ok := w.CollectionByID(r.Collection)
	require.True(t, ok)
	assert.Equal(t, int32(1), c.Shards)
	assert.Equal(t, []string{"prod-dml_0"}, c.PhysicalChannels)
	assert.Equal(t, []string{fmt.Sprintf("prod-dml_0_%dv0", r.Collection)}, c.VirtualChannels)
	assert.Equal(t, props("timezone", "UTC"), c.Properties)
	assert.Equal(t, "default", c.StoredDatabaseName)
	_, ok = c.Partition("main")
	assert.True(t, ok)

	r = w.do(ddl.CreateCollection("", spec("b", keyed(0)), opt))
	c, _ = w.CollectionByID(r.Collection)
	assert.Equal(t, 16, c.CountPartitions())
	_, ok = c.Partition("main_15")
	assert.True(t, ok)
}

func TestCreateCollectionSharesSystemFields(t *testing.T) {
	t.Parallel()
	w := newWorld(t).create("a").create("b")
	var first []*model.Field
	for c := range w.Collections(1) {
		for f := range c.Fields() {
			if f.ID < 2 {
				first = append(first, f)
			}
		}
	}
	require.Len(t, first, 4)
	assert.Same(t, first[0], first[2])
	assert.Same(t, first[1], first[3])
}

// Shards go where the fewest lie, to lower numbers first, and never twice to one channel.
func TestCreateCollectionSpreadsChannels(t *testing.T) {
	t.Parallel()
	opt := limited(func(l *model.Limits) { l.PhysicalChannels, l.ChannelPrefix = 3, "c" })
	w := newWorld(t)
	for i, row := range []struct {
		shards int32
		want   []string
	}{
		{1, []string{"c_0"}},
		{1, []string{"c_1"}},
		{3, []string{"c_2", "c_0", "c_1"}},
		{2, []string{"c_2", "c_0"}},
		{1, []string{"c_1"}},
	} {
		r := w.do(ddl.CreateCollection("", spec(fmt.Sprintf("c%d", i), shards(row.shards)), opt))
		c, _ := w.CollectionByID(r.Collection)
		assert.Equal(t, row.want, c.PhysicalChannels)
	}
	w.do(ddl.DropCollection("", "c2"))
	assert.Equal(t, []int{2, 2, 1}, []int{w.ChannelUse("c_0"), w.ChannelUse("c_1"), w.ChannelUse("c_2")}, "a drop frees them")
}

func TestCreateCollectionPending(t *testing.T) {
	t.Parallel()
	pending := options()
	pending.Pending = true
	w := newWorld(t)
	r := w.do(ddl.CreateCollection("", spec("a"), pending))
	_, ok := w.Collection(1, "a")
	assert.False(t, ok, "not to be seen yet")

	for name, p := range map[string]ddl.Planner{
		"equal": ddl.CreateCollection("", spec("a"), pending), "different": ddl.CreateCollection("", spec("a", shards(2)), options()),
	} {
		_, _, err := w.plan(p)
		s := errs.Of(err)
		assert.Equal(t, errs.Status{Code: 2, Legacy: 1, Reason: "collection a is being created, try again: service unavailable", Retriable: true}, s, name)
	}
	w.do(ddl.FinishCreate(r.Collection))
	assert.Equal(t, r, w.do(ddl.CreateCollection("", spec("a"), pending)), "then repeating it is a no-op")
}

// pains.md 26: whether a repeated create is the same is decided on the stored form, so a restart does not change the answer.
func TestCreateCollectionAgain(t *testing.T) {
	t.Parallel()
	full := func(changes ...func(*model.CollectionSpec)) *model.CollectionSpec {
		return spec("a", append([]func(*model.CollectionSpec){dynamic, shards(3), keyed(12), with("p", "1", "q", "2"), func(s *model.CollectionSpec) {
			s.Description = "d"
			s.Fields = append(s.Fields, &model.Field{
				Name: "f", Type: model.Double, Nullable: true, Default: &model.Value{Kind: model.ValueDouble, Float: math.NaN()},
				TypeParams: props("t", "1", "u", "2"), IndexParams: props("i", "1", "j", "2"),
			})
		}}, changes...)...)
	}
	last := func(change func(*model.Field)) *model.CollectionSpec {
		return full(func(s *model.CollectionSpec) { change(s.Fields[len(s.Fields)-1]) })
	}
	rows := map[string]struct {
		spec  *model.CollectionSpec
		equal bool
	}{
		"the same":             {full(), true},
		"client's field ids":   {full(func(s *model.CollectionSpec) { s.Fields[0].ID = 5 }), true},
		"properties in order":  {full(func(s *model.CollectionSpec) { s.Properties = props("q", "2", "p", "1") }), true},
		"property twice":       {full(func(s *model.CollectionSpec) { s.Properties = props("q", "7", "p", "1", "q", "2") }), true},
		"timezone spelt out":   {full(with("timezone", "UTC")), true},
		"consistency as key":   {full(with("consistency_level", "2")), true},
		"type params in order": {last(func(f *model.Field) { f.TypeParams = props("u", "2", "t", "1") }), true},
		"index params order":   {last(func(f *model.Field) { f.IndexParams = props("j", "2", "i", "1") }), true},
		"claims to be output":  {last(func(f *model.Field) { f.FunctionOutput = true }), true},

		"description":        {full(func(s *model.CollectionSpec) { s.Description = "e" }), false},
		"shards":             {full(shards(4)), false},
		"partitions":         {full(func(s *model.CollectionSpec) { s.Partitions = 13 }), false},
		"consistency":        {full(func(s *model.CollectionSpec) { s.Consistency = model.Strong }), false},
		"dynamic":            {full(func(s *model.CollectionSpec) { s.DynamicField = false }), false},
		"timezone":           {full(with("timezone", "Asia/Tokyo")), false},
		"property value":     {full(func(s *model.CollectionSpec) { s.Properties = props("p", "1", "q", "3") }), false},
		"property more":      {full(with("r", "3")), false},
		"property less":      {full(func(s *model.CollectionSpec) { s.Properties = props("p", "1") }), false},
		"fields in order":    {full(func(s *model.CollectionSpec) { s.Fields[0], s.Fields[1] = s.Fields[1], s.Fields[0] }), false},
		"field more":         {full(func(s *model.CollectionSpec) { s.Fields = append(s.Fields, &model.Field{Name: "z", Type: model.Bool}) }), false},
		"field less":         {full(func(s *model.CollectionSpec) { s.Fields = s.Fields[:3] }), false},
		"field name":         {last(func(f *model.Field) { f.Name = "g" }), false},
		"field description":  {last(func(f *model.Field) { f.Description = "g" }), false},
		"field type":         {last(func(f *model.Field) { f.Type, f.Default = model.Float, nil }), false},
		"field nullable":     {last(func(f *model.Field) { f.Nullable = false }), false},
		"field default":      {last(func(f *model.Field) { f.Default = &model.Value{Kind: model.ValueDouble, Float: 1} }), false},
		"field no default":   {last(func(f *model.Field) { f.Default = nil }), false},
		"field type params":  {last(func(f *model.Field) { f.TypeParams = props("t", "1", "u", "3") }), false},
		"field index params": {last(func(f *model.Field) { f.IndexParams = props("i", "1") }), false},
		"field auto id":      {full(func(s *model.CollectionSpec) { s.Fields[0].AutoID = true }), false},
		"no partition key":   {full(func(s *model.CollectionSpec) { s.Fields[2].PartitionKey, s.Partitions = false, 0 }), false},
	}
	before := newWorld(t)
	made := before.do(ddl.CreateCollection("", full(), options()))
	after := before.restart()
	for name, row := range rows {
		for when, w := range map[string]*world{"before": before, "after": after} {
			t.Run(name+", "+when+" a restart", func(t *testing.T) {
				t.Parallel()
				d, r, err := w.plan(ddl.CreateCollection("", row.spec, options()))
				if row.equal {
					require.NoError(t, err)
					assert.Empty(t, d.Changes)
					assert.Equal(t, made, r)
				} else {
					assert.EqualError(t, err, "create duplicate collection with different parameters, collection: a: invalid parameter")
				}
			})
		}
	}
}

// After the catalog has changed, the same request may or may not be the same collection.
func TestCreateCollectionAgainAfter(t *testing.T) {
	t.Parallel()
	change := func(w *world, edit func(*model.Collection)) {
		old, ok := w.Collection(1, "a")
		require.True(t, ok)
		c := *old.Collection
		edit(&c)
		w.put(catalog.PutCollection(&c))
	}
	rows := map[string]struct {
		then  func(*world)
		equal bool
	}{
		"nothing": {func(*world) {}, true},
		"max_field_id": {func(w *world) {
			change(w, func(c *model.Collection) { c.Properties = append(props("max_field_id", "107"), c.Properties...) })
		}, true},
		"no time zone stored": {func(w *world) { change(w, func(c *model.Collection) { c.Properties = nil }) }, true},
		"schema version":      {func(w *world) { change(w, func(c *model.Collection) { c.SchemaVersion, c.Updated = 3, now+1 }) }, true},
		"an alias":            {func(w *world) { w.alias("b") }, true},
		"a property": {func(w *world) {
			change(w, func(c *model.Collection) { c.Properties = append(props("k", "v"), c.Properties...) })
		}, false},
		"a description": {func(w *world) { change(w, func(c *model.Collection) { c.Description = "new" }) }, false},
		"a partition":   {func(w *world) { w.do(ddl.CreatePartition("", "a", "p", options())) }, false},
		"a partition come gone": {func(w *world) {
			w.do(ddl.CreatePartition("", "a", "p", options()))
			w.do(ddl.DropPartition("", "a", "p", options()))
		}, true},
		"a field": {func(w *world) {
			w.put(catalog.PutField(firstID, &model.Field{ID: 102, Name: "f", Type: model.Bool, Nullable: true}))
		}, false},
		"database's time zone": {func(w *world) { w.properties(1, "timezone", "Asia/Tokyo") }, false},
	}
	for name, row := range rows {
		w := newWorld(t).create("a")
		row.then(w)
		for when, w := range map[string]*world{"before": w, "after": w.restart()} {
			t.Run(name+", "+when+" a restart", func(t *testing.T) {
				t.Parallel()
				d, _, err := w.plan(ddl.CreateCollection("", spec("a"), options()))
				if row.equal {
					require.NoError(t, err)
					assert.Empty(t, d.Changes)
				} else {
					assert.Equal(t, int32(1100), errs.Of(err).Code)
				}
			})
		}
	}
}

// Partitions are compared as a set: another Milvus may have given their ids in any order.
func TestCreateCollectionAgainPartitionsAsSet(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.do(ddl.CreateCollection("", spec("a", keyed(2)), options()))
	c, _ := w.CollectionByID(r.Collection)
	p0, _ := c.Partition("_default_0")
	p1, _ := c.Partition("_default_1")
	q0, q1 := *p0, *p1
	q0.Name, q1.Name = q1.Name, q0.Name
	w.put(catalog.PutPartition(&q0), catalog.PutPartition(&q1))
	assert.Equal(t, r, w.do(ddl.CreateCollection("", spec("a", keyed(2)), options())))
	q0.Name = "stranger"
	w.put(catalog.PutPartition(&q0))
	_, _, err := w.plan(ddl.CreateCollection("", spec("a", keyed(2)), options()))
	assert.Error(t, err)
}

func BenchmarkCreateCollection(b *testing.B) {
	s := catalog.Empty().At(catalog.Position{NextID: 447_000_000_000_000_000})
	s, err := s.Stage(&catalog.ChangeSet{Revision: 1, NextID: s.NextID(), Changes: []catalog.Change{
		catalog.PutDatabase(&model.Database{ID: 1, Name: "default", State: model.DatabaseCreated}),
	}})
	require.NoError(b, err)
	in := spec("a", dynamic, func(s *model.CollectionSpec) {
		s.Fields = append(s.Fields, &model.Field{Name: "f", Type: model.VarChar, TypeParams: props("max_length", "64")}, &model.Field{Name: "g", Type: model.Int32})
	})
	p := ddl.CreateCollection("default", in, options())
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := p(s, ddl.Input{Now: now}); err != nil {
			b.Fatal(err)
		}
	}
}
