package ddl_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
	"github.com/taproot-db/taproot/rootcoord/ddl"
)

// The ids and times of a world: small, so that tests can name them.
const (
	firstID = 1000
	now     = model.Timestamp(5_000_000)
)

// world is a catalog that statements are planned on, one after the other, as the committer does.
type world struct {
	*catalog.Snapshot
	t *testing.T
}

// newWorld has the databases default (1) and other (2), and no collections.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{Snapshot: catalog.Empty().At(catalog.Position{NextID: firstID}), t: t}
	w.put(catalog.PutDatabase(&model.Database{ID: 1, Name: "default", State: model.DatabaseCreated}))
	w.put(catalog.PutDatabase(&model.Database{ID: 2, Name: "other", State: model.DatabaseCreated}))
	return w
}

func (w *world) put(changes ...catalog.Change) {
	w.t.Helper()
	w.stage(ddl.Draft{Changes: changes, NextID: w.NextID()})
}

func (w *world) stage(d ddl.Draft) {
	w.t.Helper()
	next, err := w.Stage(&catalog.ChangeSet{Revision: w.Revision() + 1, Timestamp: now, NextID: d.NextID, Changes: d.Changes})
	require.NoError(w.t, err)
	w.Snapshot = next
}

// properties sets the properties of a database.
func (w *world) properties(db model.ID, kv ...string) *world {
	w.t.Helper()
	old, ok := w.DatabaseByID(db)
	require.True(w.t, ok)
	d := *old
	d.Properties = props(kv...)
	w.put(catalog.PutDatabase(&d))
	return w
}

// alias gives the collection a another name.
func (w *world) alias(name string) *world {
	w.t.Helper()
	c, ok := w.Collection(1, "a")
	require.True(w.t, ok)
	w.put(catalog.PutAlias(&model.Alias{Database: 1, Name: name, Collection: c.ID}))
	return w
}

func (w *world) plan(p ddl.Planner) (ddl.Draft, catalog.Result, error) {
	return p(w.Snapshot, ddl.Input{Now: now})
}

// do plans and applies a statement that must succeed.
func (w *world) do(p ddl.Planner) catalog.Result {
	w.t.Helper()
	d, r, err := w.plan(p)
	require.NoError(w.t, err)
	if len(d.Changes) > 0 {
		w.stage(d)
	}
	return r
}

// create makes the smallest collection of that name.
func (w *world) create(name string) *world {
	w.t.Helper()
	w.do(ddl.CreateCollection("default", spec(name), options()))
	return w
}

// restart returns the world as it is loaded from a store, where records come in no order that means anything.
func (w *world) restart(damage ...catalog.Quarantined) *world {
	w.t.Helper()
	var add []func(*catalog.Builder)
	record := func(r catalog.Ref) {
		rec, digest, ok := w.Record(r)
		require.True(w.t, ok)
		add = append(add, func(b *catalog.Builder) { b.Add(r, rec, digest) })
	}
	for d := range w.Databases() {
		record(catalog.DatabaseRef(d))
		for c := range w.Collections(d.ID) {
			record(catalog.CollectionRef(c.Collection))
			for f := range c.Fields() {
				record(catalog.FieldRef(c.ID, f))
			}
			for f := range c.StructFields() {
				record(catalog.StructFieldRef(c.ID, f))
			}
			for f := range c.Functions() {
				record(catalog.FunctionRef(c.ID, f))
			}
			for p := range c.Partitions() {
				record(catalog.PartitionRef(p))
			}
			for i := range c.Indexes() {
				record(catalog.IndexRef(i))
				if _, reported := c.IndexReport(i.ID); reported {
					record(catalog.IndexReportRef(c.ID, i.ID))
				}
			}
			if _, loaded := c.Load(); loaded {
				record(catalog.LoadRef(c.ID))
			}
		}
		for a := range w.Aliases(d.ID) {
			record(catalog.AliasRef(a))
		}
	}
	rand.Shuffle(len(add), func(i, j int) { add[i], add[j] = add[j], add[i] })
	b := catalog.NewBuilder()
	for _, f := range add {
		f(b)
	}
	for _, q := range damage {
		b.Quarantine(q)
	}
	s, garbage := b.Build(catalog.Position{Revision: w.Revision(), Timestamp: w.Timestamp(), NextID: w.NextID()})
	require.Empty(w.t, garbage)
	return &world{Snapshot: s, t: w.t}
}

func options() ddl.Options { return ddl.Options{Limits: model.DefaultLimits()} }

func limited(change func(*model.Limits)) ddl.Options {
	o := options()
	change(&o.Limits)
	return o
}

func props(kv ...string) []model.Property {
	var ps []model.Property
	for i := 0; i < len(kv); i += 2 {
		ps = append(ps, model.Property{Key: kv[i], Value: kv[i+1]})
	}
	return ps
}

// spec returns the smallest valid collection, changed.
func spec(name string, changes ...func(*model.CollectionSpec)) *model.CollectionSpec {
	s := &model.CollectionSpec{
		Name: name, SchemaName: name, Consistency: model.Bounded,
		Fields: []*model.Field{
			{Name: "pk", Type: model.Int64, PrimaryKey: true},
			{Name: "vec", Type: model.FloatVector, TypeParams: props("dim", "8")},
		},
	}
	for _, change := range changes {
		change(s)
	}
	return s
}

func shards(n int32) func(*model.CollectionSpec) {
	return func(s *model.CollectionSpec) { s.Shards = n }
}

func dynamic(s *model.CollectionSpec) { s.DynamicField = true }

func with(kv ...string) func(*model.CollectionSpec) {
	return func(s *model.CollectionSpec) { s.Properties = append(s.Properties, props(kv...)...) }
}

func keyed(partitions int64) func(*model.CollectionSpec) {
	return func(s *model.CollectionSpec) {
		s.Fields = append(s.Fields, &model.Field{Name: "key", Type: model.Int64, PartitionKey: true})
		s.Partitions = partitions
	}
}

// row is one statement on one world: what it answers, and whether it changes anything.
type row struct {
	world   *world
	planner ddl.Planner
	// code and text of the refusal; 0: it succeeds.
	code int32
	text string
	want catalog.Result
	// noop: it succeeds without a change.
	noop bool
}

func run(t *testing.T, rows map[string]row) {
	t.Helper()
	for name, r := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, result, err := r.world.plan(r.planner)
			s := errs.Of(err)
			assert.Equal(t, r.code, s.Code)
			assert.Equal(t, r.text, s.Reason)
			assert.Equal(t, r.want, result)
			if err != nil {
				assert.Equal(t, ddl.Draft{}, d)
				return
			}
			assert.Equal(t, r.noop, len(d.Changes) == 0)
			if r.noop {
				assert.Equal(t, r.world.NextID(), d.NextID, "a no-op takes no ids")
				return
			}
			_, err = r.world.Stage(&catalog.ChangeSet{Revision: r.world.Revision() + 1, NextID: d.NextID, Changes: d.Changes})
			assert.NoError(t, err, "what is planned can be applied")
		})
	}
}
