package ddl_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
	"github.com/taproot-db/taproot/rootcoord/ddl"
)

// varied returns a world with the collection a, which has one of everything, under the alias b.
func varied(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	s := spec("a", with("collection.ttl.seconds", "60"))
	s.Description = "old"
	s.Fields[0].AutoID = true
	s.Fields = append(s.Fields,
		&model.Field{Name: "key", Type: model.Int64, PartitionKey: true},
		&model.Field{Name: "order", Type: model.Int64, ClusteringKey: true},
		&model.Field{Name: "text", Type: model.VarChar, TypeParams: props("max_length", "64", "enable_analyzer", "true", "mmap.enabled", "true")},
		&model.Field{Name: "sparse", Type: model.SparseFloatVector},
		&model.Field{Name: "embedded", Type: model.FloatVector, TypeParams: props("dim", "8")},
		&model.Field{Name: "tags", Type: model.Array, ElementType: model.VarChar, TypeParams: props("max_length", "8", "max_capacity", "4")},
		&model.Field{Name: "free", Type: model.FloatVector, TypeParams: props("dim", "8")},
	)
	s.Functions = []*model.Function{
		{Name: "bm25", Type: model.FunctionBM25, Inputs: []string{"text"}, Outputs: []string{"sparse"}},
		embedding("embed", "embedded", "m"),
	}
	s.StructFields = []*model.StructField{{Name: "st", Fields: []*model.Field{
		{Name: "x", Type: model.Array, ElementType: model.VarChar, TypeParams: props("max_capacity", "4", "max_length", "8")},
		{Name: "y", Type: model.Array, ElementType: model.Int32, TypeParams: props("max_capacity", "4")},
	}}}
	w.do(ddl.CreateCollection("default", s, options()))
	return w.alias("b")
}

func embedding(name, output, m string) *model.Function {
	return &model.Function{
		Name: name, Type: model.FunctionTextEmbedding, Inputs: []string{"text"}, Outputs: []string{output}, Params: props("model_name", m),
	}
}

func a(t *testing.T, w *world) *catalog.Collection {
	t.Helper()
	c, ok := w.Collection(1, "a")
	require.True(t, ok)
	return c
}

// wrote tells which records a plan puts (+) and deletes (-).
func wrote(t *testing.T, w *world, p ddl.Planner) string {
	t.Helper()
	d, _, err := w.plan(p)
	require.NoError(t, err)
	var out []string
	for _, c := range d.Changes {
		sign := "+"
		if c.Deletes() {
			sign = "-"
		}
		out = append(out, sign+c.Ref.Kind.String())
	}
	require.Equal(t, w.NextID(), d.NextID, "a schema change takes no ids of the catalog's")
	return strings.Join(out, " ")
}

var inA = catalog.Result{Database: 1, Collection: firstID}

func TestAlterCollection(t *testing.T) {
	t.Parallel()
	w := varied(t)
	plain := newWorld(t).create("a")
	set := func(kv ...string) ddl.Planner {
		return ddl.AlterCollection("", "a", model.Alteration{Set: props(kv...)}, options())
	}
	del := func(keys ...string) ddl.Planner {
		return ddl.AlterCollection("", "a", model.Alteration{Delete: keys}, options())
	}
	no := func(w *world, p ddl.Planner, code int32, text string) row {
		return row{world: w, planner: p, code: code, text: text}
	}
	invalid := func(p ddl.Planner, text string) row { return no(w, p, 1100, text+": invalid parameter") }
	yes := func(w *world, p ddl.Planner) row { return row{world: w, planner: p, want: inA} }
	noop := func(w *world, p ddl.Planner) row { return row{world: w, planner: p, want: inA, noop: true} }
	denied := newWorld(t).create("a").properties(1, "database.force.deny.collectionDDL", "true")
	run(t, map[string]row{
		"both, before the name": invalid(ddl.AlterCollection("", "gone", model.Alteration{Set: props("k", "v"), Delete: []string{"k"}}, options()),
			"cannot provide both DeleteKeys and ExtraParams"),
		"missing database":   no(w, ddl.AlterCollection("gone", "a", model.Alteration{}, options()), 800, "database not found[database=gone]"),
		"missing collection": no(w, ddl.AlterCollection("", "gone", model.Alteration{}, options()), 100, "collection not found[database=default][collection=gone]"),
		"denied":             no(denied, set("k", "v"), 9, "quota exceeded[reason=access has been disabled by the administrator]"),
		"neither":            invalid(set(), "no properties or delete keys provided"),

		"set":              yes(w, set("k", "v")),
		"through an alias": yes(w, ddl.AlterCollection("", "b", model.Alteration{Set: props("k", "v")}, options())),
		"set as it is":     noop(w, set("collection.ttl.seconds", "60")),
		"the last counts":  noop(w, set("collection.ttl.seconds", "61", "collection.ttl.seconds", "60")),
		"delete":           yes(w, del("collection.ttl.seconds")),
		"delete unknown":   noop(w, del("unknown")),

		"ttl just": yes(w, set("collection.ttl.seconds", "3155760000")),
		"ttl none": yes(w, set("collection.ttl.seconds", "-1")),
		"ttl over": invalid(set("collection.ttl.seconds", "3155760001"),
			"collection TTL is out of range, expect [-1, 3155760000], got 3155760001"),
		"ttl words":         invalid(set("collection.ttl.seconds", "x"), "collection TTL is not a valid positive integer"),
		"timezone":          yes(w, set("timezone", "Asia/Tokyo")),
		"timezone of none":  invalid(set("timezone", "Asia/None"), "unknown or invalid IANA Time Zone ID: Asia/None"),
		"warmup":            yes(w, set("warmup.vectorIndex", "sync")),
		"warmup otherwise":  invalid(set("warmup.vectorIndex", "now"), "invalid warmup policy: now, must be 'disable' or 'sync'"),
		"query mode":        yes(w, set("query_mode", "large_topk")),
		"query mode bad":    invalid(set("query_mode", "x"), `invalid query_mode value "x", valid values: [large_topk]`),
		"isolation":         yes(w, set("partitionkey.isolation", "true")),
		"isolation keyless": no(plain, set("partitionkey.isolation", "true"), 105, "partition key isolation mode is enabled but no partition key field is set. Please set the partition key first: illegal collection schema[collection=a]"),
		"insert auto id":    yes(w, set("allow_insert_auto_id", "true")),
		"insert no auto id": no(plain, set("allow_insert_auto_id", "true"), 1100,
			"the value for allow_insert_auto_id must be false when autoID is false: invalid parameter"),
		"insert auto id off":  yes(plain, set("allow_insert_auto_id", "false")),
		"replicate id":        invalid(set("replicate.id", "x"), "can't set the replicate.id property"),
		"cipher":              invalid(set("cipher.enabled", "true"), "can not alter cipher related properties"),
		"cipher gone":         invalid(del("cipher.key"), "can not alter cipher related properties"),
		"max field id":        invalid(set("max_field_id", "1"), "property max_field_id is kept by the server and cannot be set"),
		"max field id gone":   invalid(del("max_field_id"), "property max_field_id is kept by the server and cannot be deleted"),
		"ttl field":           no(w, set("ttl_field", "text"), 10, "property ttl_field is not supported: service unimplemented"),
		"namespace":           no(w, set("namespace.enabled", "true"), 10, "property namespace.enabled is not supported: service unimplemented"),
		"namespace off":       yes(w, set("namespace.enabled", "false")),
		"description":         yes(w, set("collection.description", strings.Repeat("d", 1024))),
		"description as is":   noop(w, set("collection.description", "old")),
		"description long":    invalid(set("collection.description", strings.Repeat("d", 1025)), "the length of a collection description must not exceed 1024 bytes"),
		"consistency name":    yes(w, set("consistency_level", "Strong")),
		"consistency number":  yes(w, set("consistency_level", "0")),
		"consistency as is":   noop(w, set("consistency_level", "Bounded")),
		"consistency of none": noop(w, set("consistency_level", "Odd")),

		"dynamic":           yes(plain, set("dynamicfield.enabled", "true")),
		"dynamic off still": noop(plain, set("dynamicfield.enabled", "false")),
		"dynamic and other": no(plain, set("dynamicfield.enabled", "true", "k", "v"), 1100, "cannot alter dynamic schema with other properties at the same time: invalid parameter"),
		"dynamic words":     no(plain, set("dynamicfield.enabled", "x"), 1100, "invalid dynamic schema property value: x: invalid parameter"),
		"dynamic gone": invalid(del("dynamicfield.enabled"), "cannot delete key dynamicfield.enabled, dynamic field schema could support set to true/false"+
			" (to false only as long as it has never been true)"),
	})
}

func TestAlterCollectionEffect(t *testing.T) {
	t.Parallel()
	w := newWorld(t).create("a")
	c := *a(t, w).Collection
	c.Updated = 1
	w.put(catalog.PutCollection(&c))
	alter := func(kv ...string) ddl.Planner {
		return ddl.AlterCollection("", "a", model.Alteration{Set: props(kv...)}, options())
	}
	w.do(alter("timezone", "UTC"))
	require.Equal(t, model.Timestamp(1), a(t, w).Updated, "nothing changed")

	require.Equal(t, "+collection", wrote(t, w, alter("k", "v")), "decisions 32")
	w.do(alter("k", "v", "timezone", "Asia/Tokyo", "collection.description", "new", "consistency_level", "Strong"))
	got := a(t, w)
	require.Equal(t, props("timezone", "Asia/Tokyo", "k", "v"), got.Properties)
	require.Equal(t, "new", got.Description)
	require.Equal(t, model.Strong, got.Consistency)
	require.Equal(t, now, got.Updated)
	require.Zero(t, got.SchemaVersion)

	require.Equal(t, "+collection +field", wrote(t, w, alter("dynamicfield.enabled", "true")))
	w.do(alter("dynamicfield.enabled", "true"))
	got = a(t, w)
	require.True(t, got.DynamicField)
	require.Equal(t, int32(1), got.SchemaVersion)
	meta := got.Schema().Fields[4]
	require.Equal(t, model.ID(102), meta.ID)
	require.True(t, meta.Dynamic && meta.Nullable)
	require.Equal(t, &model.Value{Kind: model.ValueBytes, String: "{}"}, meta.Default)
	require.Equal(t, "102", property(t, got, "max_field_id"))

	run(t, map[string]row{
		"on again": {world: w, planner: alter("dynamicfield.enabled", "true"), want: inA, noop: true},
		"off":      {world: w, planner: alter("dynamicfield.enabled", "false"), code: 1100, text: "dynamic schema cannot supported to be disabled: invalid parameter"},
	})
}

func property(t *testing.T, c *catalog.Collection, key string) string {
	t.Helper()
	value, ok := model.FindProperty(c.Properties, key)
	require.True(t, ok)
	return value
}

func TestAlterCollectionField(t *testing.T) {
	t.Parallel()
	w := varied(t)
	set := func(field string, kv ...string) row {
		return row{world: w, planner: ddl.AlterCollectionField("", "b", field, model.Alteration{Set: props(kv...)}, options()), want: inA}
	}
	del := func(field string, keys ...string) row {
		return row{world: w, planner: ddl.AlterCollectionField("", "a", field, model.Alteration{Delete: keys}, options()), want: inA}
	}
	invalid := func(r row, text string) row {
		r.code, r.text, r.want = 1100, text+": invalid parameter", catalog.Result{}
		return r
	}
	noop := func(r row) row {
		r.noop = true
		return r
	}
	run(t, map[string]row{
		"missing collection": {
			world: w, planner: ddl.AlterCollectionField("", "gone", "f", model.Alteration{}, options()), code: 100,
			text: "collection not found[database=default][collection=gone]",
		},
		"unknown key":       invalid(set("gone", "dim", "9"), "dim does not allow update in collection field param"),
		"unknown key first": invalid(set("vec", "max_length", "9", "dim", "9"), "dim does not allow update in collection field param"),
		"undeletable key":   invalid(del("gone", "max_length"), "max_length is not allowed to drop in collection field param"),
		"missing field":     invalid(set("gone", "mmap.enabled", "true"), "field gone does not exist in collection"),
		"system field":      invalid(set("RowID", "mmap.enabled", "true"), "field RowID does not exist in collection"),
		"nothing":           noop(set("vec")),

		"length":           set("text", "max_length", "65535"),
		"length as is":     noop(set("text", "max_length", "64")),
		"length shorter":   set("text", "max_length", "1"),
		"length none":      set("text", "max_length", "0"), // as 2.6
		"length over":      invalid(set("text", "max_length", "65536"), "65536 exceeds the maximum allowed value 65535"),
		"length words":     invalid(set("text", "max_length", "x"), `max_length should be an integer, but got "x"`),
		"length of number": invalid(set("vec", "max_length", "9"), " can not modify the maxlength for non-string types"),
		"length of array":  set("tags", "max_length", "9"),
		"capacity":         set("tags", "max_capacity", "4096"),
		"capacity over":    invalid(set("tags", "max_capacity", "4097"), "the maximum capacity specified for a Array should be in (0, 4096]"),
		"capacity none":    invalid(set("tags", "max_capacity", "0"), "the maximum capacity specified for a Array should be in (0, 4096]"),
		"capacity words":   invalid(set("tags", "max_capacity", "x"), "the value for max_capacity of field tags must be an integer"),
		"capacity of text": invalid(set("text", "max_capacity", "9"), " can not modify the maxcapacity for non-array types"),
		"mmap":             set("vec", "mmap.enabled", "true"),
		"mmap otherwise":   set("vec", "mmap_enabled", "true"),
		"mmap gone":        del("text", "mmap.enabled"),
		"mmap not there":   noop(del("vec", "mmap.enabled", "warmup")),
		"warmup":           set("vec", "warmup", "sync"),
		"warmup bad":       invalid(set("vec", "warmup", "x"), "invalid warmup policy: x, must be 'disable' or 'sync'"),
		"description":      set("vec", "field.description", "d"),
		"no description":   noop(set("vec", "field.description", "")),
		"of a struct":      set("st[x]", "max_length", "9"),
		"capacity of one of a struct": invalid(set("st[x]", "max_capacity", "5"),
			"all sub-fields in struct array field must have the same max_capacity: st[x] has 5, st[y] has 4"),
	})

	// A world of its own: the rows run later.
	w2 := varied(t)
	p := ddl.AlterCollectionField("", "a", "text", model.Alteration{Set: props("max_length", "65", "field.description", "d")}, options())
	require.Equal(t, "+collection +field", wrote(t, w2, p))
	w2.do(p)
	f := a(t, w2).Schema().Fields[6]
	require.Equal(t, "d", f.Description)
	require.Equal(t, props("max_length", "65", "enable_analyzer", "true", "mmap.enabled", "true"), f.TypeParams)
	require.Equal(t, int32(1), a(t, w2).SchemaVersion)

	p = ddl.AlterCollectionField("", "a", "st[x]", model.Alteration{Set: props("max_length", "9")}, options())
	require.Equal(t, "+collection +struct_field", wrote(t, w2, p))
	w2.do(p)
	require.Equal(t, props("max_capacity", "4", "max_length", "9"), a(t, w2).Schema().StructFields[0].Fields[0].TypeParams)
	require.Equal(t, int32(2), a(t, w2).SchemaVersion)
}

func TestTruncateCollection(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.do(ddl.CreateCollection("default", spec("a", shards(3)), options()))
	c := *a(t, w).Collection
	c.Updated, c.TruncatedAt = 1, nil // as Milvus before 2.6 left it
	w.put(catalog.PutCollection(&c))
	w.alias("b")
	truncate := func(db, name string) ddl.Planner { return ddl.TruncateCollection(db, name, options()) }
	run(t, map[string]row{
		"bad name": {
			world: w, planner: truncate("", "a b"), code: 1100,
			text: "Invalid collection name: a b.  collection name can only contain numbers, letters and underscores: invalid parameter",
		},
		"missing":          {world: w, planner: truncate("", "gone"), code: 100, text: "collection not found[database=default][collection=gone]"},
		"missing database": {world: w, planner: truncate("gone", "a"), code: 800, text: "database not found[database=gone]"},
		"alias":            {world: w, planner: truncate("", "b"), want: inA},
	})
	require.Equal(t, "+collection", wrote(t, w, truncate("", "a")))
	w = &world{Snapshot: w.Snapshot, t: t} // the rows run later, on what was
	w.do(truncate("", "a"))
	require.Equal(t, []model.Timestamp{now, now, now}, a(t, w).TruncatedAt)
	require.Equal(t, model.Timestamp(1), a(t, w).Updated)
}
