package ddl_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
	"github.com/taproot-db/taproot/rootcoord/ddl"
)

func indexSpec(field, name string, kv ...string) model.IndexSpec {
	return model.IndexSpec{Field: field, Name: name, Params: props(kv...)}
}

func createIndex(field, name string, kv ...string) ddl.Planner {
	return ddl.CreateIndex("", "a", indexSpec(field, name, kv...), options())
}

// external is with a data plane that reports.
func external() ddl.Options { return limited(func(l *model.Limits) { l.ExternalDataPlane = true }) }

// index makes an index of the collection a and returns its id.
func (w *world) index(field, name string, kv ...string) model.ID {
	w.t.Helper()
	id := w.NextID()
	w.do(createIndex(field, name, kv...))
	require.Equal(w.t, id+1, w.NextID())
	return id
}

// load writes that the collection a is to be loaded, with its indexes.
func (w *world) load(fields ...model.ID) *world {
	w.t.Helper()
	c := a(w.t, w)
	l := &model.Load{Collection: c.ID, Database: 1, Replicas: 1, Status: model.Loaded, Type: model.LoadTypeCollection, Fields: fields}
	for i := range c.Indexes() {
		l.FieldIndexes = append(l.FieldIndexes, model.FieldIndex{Field: i.Field, Index: i.ID})
	}
	w.put(catalog.PutLoad(l))
	return w
}

// reported writes that an index of the collection a is done.
func (w *world) reported(index model.ID, spec uint64) {
	w.t.Helper()
	w.put(catalog.PutIndexReport(&model.IndexReport{Collection: a(w.t, w).ID, Index: index, Spec: spec, State: model.ReportDone, Indexed: 3, Total: 3}))
}

// copy returns a world of its own for what comes after rows, which run later.
func (w *world) copy() *world { return &world{Snapshot: w.Snapshot, t: w.t} }

// changes tells which records a plan puts (+) and deletes (-).
func changes(d ddl.Draft) string {
	var out []string
	for _, c := range d.Changes {
		sign := "+"
		if c.Deletes() {
			sign = "-"
		}
		out = append(out, sign+c.Ref.Kind.String())
	}
	return strings.Join(out, " ")
}

func TestCreateIndex(t *testing.T) {
	t.Parallel()
	w := varied(t)
	w.index("vec", "i", "index_type", "HNSW", "metric_type", "L2")
	w.index("text", "")
	no := func(p ddl.Planner, code int32, text string) row {
		return row{world: w, planner: p, code: code, text: text}
	}
	invalid := func(p ddl.Planner, text string) row { return no(p, 1100, text+": invalid parameter") }
	yes := func(p ddl.Planner) row { return row{world: w, planner: p, want: inA} }
	noop := func(p ddl.Planner) row { return row{world: w, planner: p, want: inA, noop: true} }
	in := func(db, collection string) ddl.Planner {
		return ddl.CreateIndex(db, collection, indexSpec("gone", "1"), options())
	}
	deny := func(key string) *world { return newWorld(t).create("a").properties(1, key, "true") }
	const denied = "quota exceeded[reason=access has been disabled by the administrator]"
	damage := varied(t)
	damage = damage.restart(catalog.Quarantined{Ref: catalog.Ref{Kind: catalog.KindIndex, Parent: firstID, ID: 7}, Key: "k", Reason: "broken"})
	run(t, map[string]row{
		// One rule after the other: the first that is broken is told.
		"missing database":   no(in("gone", "a"), 800, "database not found[database=gone]"),
		"missing collection": no(in("", "gone"), 100, "collection not found[database=default][collection=gone]"),
		"elsewhere":          no(in("other", "a"), 100, "collection not found[database=other][collection=a]"),
		"bad name":           invalid(in("", "a"), "Invalid index name: 1. The first character of a index name must be an underscore or letter."),
		"missing field":      invalid(createIndex("gone", "i", "a", "1", "a", "2"), "cannot create index on non-exist field: gone"),
		"key twice":          invalid(createIndex("vec", "i", "a", "1", "a", "2", "params", "x"), "duplicated index param (key=a) (value=2) found"),
		"unknown type": no(createIndex("vec", "i", "index_type", "BTREE", "M", "0"), 1100,
			"invalid parameter[expected=valid index][actual=invalid index type: BTREE]"),
		"no metric": no(createIndex("vec", "i", "index_type", "BITMAP", "nlist", "0"), 1100,
			"metric type not set for vector index: invalid parameter[expected=valid index params][actual=invalid index params]"),
		"other type": no(createIndex("vec", "i", "index_type", "BITMAP", "metric_type", "IP"), 1100,
			"data type FloatVector can't build with this index BITMAP: invalid parameter[expected=valid index params][actual=invalid index params]"),
		"range": no(createIndex("vec", "i", "index_type", "HNSW", "metric_type", "IP", "M", "0"), 1100,
			"param 'M' (0) should be in range [2, 2048]: invalid parameter[expected=valid index params][actual=invalid index params]"),
		"distinct":     invalid(createIndex("vec", "i", "index_type", "HNSW", "metric_type", "IP"), "at most one distinct index is allowed per field"),
		"another name": invalid(createIndex("vec", "j", "index_type", "HNSW", "metric_type", "L2"), "CreateIndex failed: creating multiple indexes on same field is not supported"),
		"denied":       {world: deny("database.force.deny.index"), planner: createIndex("gone", "1"), code: 9, text: denied},
		"denied, all":  {world: deny("database.force.deny.ddl"), planner: createIndex("vec", ""), code: 9, text: denied},
		"not denied":   {world: deny("database.force.deny.collectionDDL"), planner: createIndex("vec", ""), want: inA},
		"damaged": {
			world: damage, planner: createIndex("vec", ""), code: 5,
			text: "collection a has a damaged record, k (broken); it can only be dropped or repaired: service internal error",
		},

		"again":            noop(createIndex("vec", "i", "index_type", "HNSW", "metric_type", "L2")),
		"again, nameless":  noop(createIndex("vec", "", "index_type", "HNSW", "metric_type", "L2")),
		"again, by alias":  noop(ddl.CreateIndex("default", "b", indexSpec("text", "text"), options())),
		"another field":    yes(createIndex("free", "")),
		"through an alias": yes(ddl.CreateIndex("", "b", indexSpec("free", "k"), options())),
		"while loaded":     {world: varied(t).load(), planner: createIndex("vec", ""), want: inA},
	})
	d, _, err := w.plan(createIndex("st[x]", ""))
	require.NoError(t, err)
	require.Equal(t, w.NextID()+1, d.NextID)
	require.Equal(t, []catalog.Change{catalog.PutIndex(&model.Index{
		ID: w.NextID(), Collection: firstID, Field: 110, Name: "st[x]", TypeParams: props("max_capacity", "4", "max_length", "8"),
		IndexParams: props("index_type", "HYBRID", "bitmap_cardinality_limit", "100"), Auto: true, Created: now,
	})}, d.Changes)
	c := a(t, w)
	require.Equal(t, int32(0), c.SchemaVersion, "an index is no change of the schema")
}

func TestAlterIndex(t *testing.T) {
	t.Parallel()
	w := varied(t)
	w.index("vec", "i", "index_type", "HNSW", "metric_type", "L2", "warmup", "sync")
	w.index("order", "", "index_type", "STL_SORT")
	set := func(index string, kv ...string) ddl.Planner {
		return ddl.AlterIndex("", "a", index, model.Alteration{Set: props(kv...)}, options())
	}
	del := func(index string, keys ...string) ddl.Planner {
		return ddl.AlterIndex("", "a", index, model.Alteration{Delete: keys}, options())
	}
	no := func(p ddl.Planner, code int32, text string) row {
		return row{world: w, planner: p, code: code, text: text}
	}
	invalid := func(p ddl.Planner, text string) row { return no(p, 1100, text+": invalid parameter") }
	yes := func(p ddl.Planner) row { return row{world: w, planner: p, want: inA} }
	noop := func(p ddl.Planner) row { return row{world: w, planner: p, want: inA, noop: true} }
	loaded := varied(t)
	loaded.index("vec", "i")
	loaded.load()
	const already = "can't alter index on loaded collection, please release the collection first: collection already loaded[collection="
	mmap := model.Alteration{Set: props("mmap.enabled", "true")}
	run(t, map[string]row{
		"keys before the collection": invalid(ddl.AlterIndex("", "gone", "", model.Alteration{Set: props("M", "8")}, options()), "M is not a configable index property"),
		"both": invalid(ddl.AlterIndex("", "gone", "i", model.Alteration{Set: props("M", "8"), Delete: []string{"M"}}, options()),
			"cannot provide both DeleteKeys and ExtraParams"),
		"missing database":   no(ddl.AlterIndex("gone", "a", "i", mmap, options()), 800, "database not found[database=gone]"),
		"missing collection": no(ddl.AlterIndex("", "gone", "i", mmap, options()), 100, "collection not found[database=default][collection=gone]"),
		"denied": {
			world: newWorld(t).create("a").properties(1, "database.force.deny.index", "true"), planner: set("i", "warmup", "sync"),
			code: 9, text: "quota exceeded[reason=access has been disabled by the administrator]",
		},
		"no name":                {world: loaded, planner: set("", "warmup", "sync"), code: 1100, text: "index name is empty: invalid parameter"},
		"loaded":                 {world: loaded, planner: set("gone", "warmup", "sync"), code: 104, text: already + "a]"},
		"loaded, by alias":       {world: loaded, planner: ddl.AlterIndex("", "b", "i", mmap, options()), code: 104, text: already + "b]"},
		"missing":                no(set("gone", "warmup", "sync"), 700, "index not found[indexName=gone]"),
		"mmap of STL_SORT":       invalid(set("order", "mmap.enabled", "true"), "invalid mmap index params: index type STL_SORT does not support mmap"),
		"offset cache of others": invalid(set("i", "indexoffsetcache.enabled", "true"), "invalid offset cache index params: only BITMAP index support indexoffsetcache.enabled now"),

		"set":              yes(set("i", "mmap.enabled", "true")),
		"through an alias": yes(ddl.AlterIndex("", "b", "i", mmap, options())),
		"as it is":         noop(set("i", "warmup", "sync")),
		"nothing":          noop(set("i")),
		"delete":           yes(del("i", "warmup")),
		"delete none":      noop(del("i", "mmap.enabled")),
	})
}

func TestDropIndex(t *testing.T) {
	t.Parallel()
	w, one, loaded := varied(t), varied(t), varied(t)
	w.index("vec", "i")
	w.index("text", "")
	one.index("vec", "i")
	loaded.index("vec", "i")
	loaded.index("text", "t")
	loaded.load()
	drop := func(index string) ddl.Planner { return ddl.DropIndex("", "a", index, options()) }
	no := func(w *world, p ddl.Planner, code int32, text string) row {
		return row{world: w, planner: p, code: code, text: text}
	}
	run(t, map[string]row{
		"missing database":   no(w, ddl.DropIndex("gone", "a", "i", options()), 800, "database not found[database=gone]"),
		"missing collection": no(w, ddl.DropIndex("", "gone", "i", options()), 100, "collection not found[database=default][collection=gone]"),
		"denied":             no(newWorld(t).create("a").properties(1, "database.force.deny.index", "true"), drop("i"), 9, "quota exceeded[reason=access has been disabled by the administrator]"),
		"which":              no(w, drop(""), 702, "index duplicates[indexName=]"),
		"which of a loaded":  no(loaded, drop(""), 702, "index duplicates[indexName=]"),
		"loaded":             no(loaded, drop("i"), 1100, "vector index cannot be dropped on loaded collection: 1000: invalid parameter"),

		"by name":             {world: w, planner: drop("i"), want: inA},
		"through an alias":    {world: w, planner: ddl.DropIndex("", "b", "i", options()), want: inA},
		"the only one":        {world: one, planner: drop(""), want: inA},
		"missing":             {world: w, planner: drop("gone"), want: inA, noop: true},
		"none":                {world: varied(t), planner: drop(""), want: inA, noop: true},
		"scalar while loaded": {world: loaded, planner: drop("t"), want: inA},
	})
	loaded = loaded.copy()
	d, _, err := loaded.plan(drop("t"))
	require.NoError(t, err)
	require.Equal(t, "-index +load", changes(d))
	loaded.stage(d)
	l, _ := a(t, loaded).Load()
	require.Len(t, l.FieldIndexes, 1, "nothing names an index that is gone")
}

// With a data plane, the spec of an index is numbered by the revision in which it was written, and what was reported of another is not
// reported of it (decisions 19).
func TestIndexReports(t *testing.T) {
	t.Parallel()
	w := varied(t)
	id := w.NextID()
	report := func() *model.IndexReport {
		r, ok := a(t, w).IndexReport(id)
		require.True(t, ok)
		return r
	}
	d, _, err := w.plan(ddl.CreateIndex("", "a", indexSpec("text", "i", "index_type", "INVERTED"), external()))
	require.NoError(t, err)
	require.Equal(t, "+index +index_report", changes(d))
	w.stage(d)
	require.Equal(t, &model.IndexReport{Collection: firstID, Index: id, Spec: uint64(w.Revision())}, report())

	// What is said of it is kept when only a copy of the field's parameters changes: it is built.
	w.reported(id, uint64(w.Revision()))
	d, _, err = w.plan(ddl.AlterCollectionField("", "a", "text", model.Alteration{Set: props("max_length", "99")}, external()))
	require.NoError(t, err)
	require.Equal(t, "+collection +field +index +index_report", changes(d))
	w.stage(d)
	require.Equal(t, &model.IndexReport{Collection: firstID, Index: id, Spec: uint64(w.Revision()), State: model.ReportDone, Indexed: 3, Total: 3}, report())

	// An index that is to be another is not built.
	w.do(ddl.AlterIndex("", "a", "i", model.Alteration{Set: props("mmap.enabled", "true")}, external()))
	require.Equal(t, &model.IndexReport{Collection: firstID, Index: id, Spec: uint64(w.Revision())}, report())

	// Without a data plane nothing is reported; what once was is not of this index any more.
	none := w.copy()
	d, _, err = none.plan(ddl.AlterIndex("", "a", "i", model.Alteration{Delete: []string{"mmap.enabled"}}, options()))
	require.NoError(t, err)
	require.Equal(t, "+index -index_report", changes(d))

	d, _, err = w.plan(ddl.DropIndex("", "a", "i", external()))
	require.NoError(t, err)
	require.Equal(t, "-index -index_report", changes(d))
	w.stage(d)
	require.Zero(t, a(t, w).CountIndexes())
}

// decisions 22: what goes takes its indexes with it, in the same change set.
func TestIndexesGoWithTheirFields(t *testing.T) {
	t.Parallel()
	build := func() *world {
		w := varied(t)
		w.index("vec", "")
		w.index("free", "")
		w.reported(w.index("embedded", ""), 5)
		w.index("st[x]", "")
		w.put(catalog.PutLoadReport(&model.LoadReport{Collection: firstID, Spec: 5, State: model.ReportDone}))
		return w.load(100, 101, 106, 108, 109, 110, 111)
	}
	for name, c := range map[string]struct {
		field, function string
		options         ddl.Options
		changes         string
		indexes         []string
		fields          []model.ID
	}{
		"a field":          {"free", "", options(), "+collection -field -index +load", []string{"vec", "embedded", "st[x]"}, []model.ID{100, 101, 106, 109, 110, 111}},
		"without an index": {"tags", "", options(), "+collection -field", []string{"vec", "free", "embedded", "st[x]"}, []model.ID{100, 101, 106, 108, 109, 110, 111}},
		"a struct":         {"st", "", options(), "+collection -struct_field -index +load", []string{"vec", "free", "embedded"}, []model.ID{100, 101, 106, 108}},
		"a function":       {"", "embed", options(), "+collection -field -function -index -index_report +load", []string{"vec", "free", "st[x]"}, []model.ID{100, 101, 108, 109, 110, 111}},
		"external":         {"", "embed", external(), "+collection -field -function -index -index_report +load +load_report", []string{"vec", "free", "st[x]"}, []model.ID{100, 101, 108, 109, 110, 111}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := build()
			d, _, err := w.plan(ddl.DropCollectionField("", "a", c.field, 0, c.function, c.options))
			require.NoError(t, err)
			require.Equal(t, c.changes, changes(d))
			w.stage(d)
			coll := a(t, w)
			var names []string
			var left []model.ID
			for i := range coll.Indexes() {
				names = append(names, i.Name)
				left = append(left, i.ID)
			}
			require.Equal(t, c.indexes, names)
			l, _ := coll.Load()
			require.Equal(t, c.fields, l.Fields)
			for _, fi := range l.FieldIndexes {
				require.Contains(t, left, fi.Index)
			}
			require.Len(t, l.FieldIndexes, len(left))
			r, _ := coll.LoadReport()
			require.Equal(t, model.ReportDone, r.State, "what is loaded stays loaded")
			if c.options.Limits.ExternalDataPlane {
				require.Equal(t, uint64(w.Revision()), r.Spec)
			}
		})
	}
}

// decisions 23: repeating a CreateIndex stays a no-op when the field has changed.
func TestAlterFieldRefreshesIndexes(t *testing.T) {
	t.Parallel()
	w := varied(t)
	w.index("text", "", "index_type", "Trie")
	w.index("st[x]", "")
	w.index("vec", "")
	for _, c := range []struct {
		field, key, changes string
		again               ddl.Planner
	}{
		{"text", "max_length", "+collection +field +index", createIndex("text", "", "index_type", "Trie")},
		{"st[x]", "max_length", "+collection +struct_field +index", createIndex("st[x]", "")},
		{"text", "field.description", "+collection +field", createIndex("text", "", "index_type", "Trie")},
	} {
		d, _, err := w.plan(ddl.AlterCollectionField("", "a", c.field, model.Alteration{Set: props(c.key, "99")}, options()))
		require.NoError(t, err)
		require.Equal(t, c.changes, changes(d))
		w.stage(d)
		w = w.restart()
		d, _, err = w.plan(c.again)
		require.NoError(t, err)
		require.Empty(t, d.Changes)
	}
	// What only concerns storage is not copied.
	d, _, err := w.plan(ddl.AlterCollectionField("", "a", "vec", model.Alteration{Set: props("mmap.enabled", "true")}, options()))
	require.NoError(t, err)
	require.Equal(t, "+collection +field", changes(d))
}

func TestAddIndexedField(t *testing.T) {
	t.Parallel()
	w := varied(t)
	w.index("vec", "i")
	field := func(change ...func(*model.Field)) *model.Field {
		return added(append(change, func(f *model.Field) {
			f.Type, f.TypeParams, f.Nullable = model.SparseFloatVector, nil, false
		})...)
	}
	bm25 := &model.Function{Name: "again", Type: model.FunctionBM25, Inputs: []string{"text"}, Outputs: []string{"new"}}
	add := func(index *model.IndexSpec) ddl.Planner {
		return ddl.AddIndexedField("", "a", field(), bm25, index, options())
	}
	spec := func(name string, kv ...string) *model.IndexSpec {
		return &model.IndexSpec{Name: name, Params: props(kv...)}
	}
	denied := varied(t).properties(1, "database.force.deny.index", "true")
	run(t, map[string]row{
		"without":       {world: w, planner: add(nil), want: inA},
		"with":          {world: w, planner: add(spec("")), want: inA},
		"bad name":      {world: w, planner: add(spec("1")), code: 1100, text: "Invalid index name: 1. The first character of a index name must be an underscore or letter.: invalid parameter"},
		"taken name":    {world: w, planner: add(spec("i")), code: 1100, text: "at most one distinct index is allowed per field: invalid parameter"},
		"other metric":  {world: w, planner: add(spec("", "metric_type", "IP")), code: 1100, text: "index metric type of BM25 function output field must be BM25, got IP: invalid parameter"},
		"denied":        {world: denied, planner: add(spec("")), code: 9, text: "quota exceeded[reason=access has been disabled by the administrator]"},
		"denied, alone": {world: denied, planner: add(nil), want: inA},
		"the field before the index": {
			world: w, planner: ddl.AddIndexedField("", "a", field(func(f *model.Field) { f.Name = "vec" }), bm25, spec("1"), options()),
			code: 1100, text: "duplicate field name: vec: invalid parameter",
		},
	})
	w = w.copy()
	d, _, err := w.plan(add(spec("")))
	require.NoError(t, err)
	require.Equal(t, "+collection +field +function +index", changes(d))
	id := w.NextID()
	require.Equal(t, id+1, d.NextID)
	w.stage(d)
	i := slices.Collect(a(t, w).Indexes())[1]
	require.Equal(t, id, i.ID)
	require.Equal(t, model.ID(112), i.Field)
	require.Equal(t, "new", i.Name)
	require.Equal(t, props("index_type", "AUTOINDEX", "metric_type", "BM25"), i.UserParams)
}

func TestAlterCollectionUnderAnIndex(t *testing.T) {
	t.Parallel()
	w := varied(t)
	w.index("vec", "i")
	set := func(kv ...string) ddl.Planner {
		return ddl.AlterCollection("", "a", model.Alteration{Set: props(kv...)}, options())
	}
	const text = "can not alter partition key isolation mode if the collection already has a vector index. Please drop the index first: index duplicates[indexName=i]"
	run(t, map[string]row{
		"isolation":  {world: w, planner: set("partitionkey.isolation", "true"), code: 702, text: text},
		"no change":  {world: w, planner: set("partitionkey.isolation", "false"), want: inA},
		"others":     {world: w, planner: set("k", "v"), want: inA},
		"query mode": {world: w, planner: set("query_mode", "large_topk"), code: 702, text: "can not alter query mode if the collection already has a vector index. Please drop the index first: index duplicates[indexName=i]"},
	})
	w = w.copy()
	w.do(ddl.DropIndex("", "a", "", options()))
	w.do(set("partitionkey.isolation", "true"))
}

// A dry run names what it would write by the names that clients know, and no reports.
func TestDescribeIndexPlans(t *testing.T) {
	t.Parallel()
	w := varied(t)
	d, _, err := w.plan(ddl.CreateIndex("", "a", indexSpec("vec", ""), external()))
	require.NoError(t, err)
	require.Equal(t, []ddl.Planned{{Kind: catalog.KindIndex, Action: "create", Name: "vec"}}, ddl.Describe(w.Snapshot, d))
}
