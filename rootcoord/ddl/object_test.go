package ddl_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
	"github.com/taproot-db/taproot/rootcoord/ddl"
)

// Which changes count as changes of which object. Revisions 1 and 2 make the databases, 3 the collection a, and so on.
func TestWhatChangesAnObject(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	field := &model.Field{ID: 100, Name: "id"}
	a := &model.Collection{ID: 10, Database: 1, Name: "a", Shards: 1}
	b := &model.Collection{ID: 20, Database: 1, Name: "b", Shards: 1}
	p := &model.Partition{ID: 11, Collection: 10, Name: "p"}
	w.put(catalog.PutCollection(a), catalog.PutField(10, field), catalog.PutPartition(p)) // 3
	w.put(catalog.PutCollection(b))                                                       // 4
	w.put(catalog.PutAlias(&model.Alias{Database: 1, Name: "x", Collection: 10}))         // 5
	coll, part := ddl.CollectionObject("", "a"), ddl.PartitionObject("", "a", "p")
	alias, via, viaPart := ddl.AliasObject("", "x"), ddl.CollectionObject("", "x"), ddl.PartitionObject("", "x", "p")
	steps := []struct {
		what   string
		change catalog.Change
		want   map[ddl.Object]catalog.Revision // of the last change
	}{
		{"an alias is an object of its own", catalog.Change{}, map[ddl.Object]catalog.Revision{coll: 3, part: 3, alias: 5, via: 5, viaPart: 5}},
		{"a field", catalog.PutField(10, field), map[ddl.Object]catalog.Revision{coll: 6, part: 3, alias: 5, via: 6, viaPart: 5}},
		{"another partition", catalog.PutPartition(&model.Partition{ID: 12, Collection: 10, Name: "q"}), map[ddl.Object]catalog.Revision{coll: 7, part: 3, via: 7}},
		{"a function", catalog.PutFunction(10, &model.Function{ID: 1, Name: "f"}), map[ddl.Object]catalog.Revision{coll: 8, part: 3}},
		{"the collection itself", catalog.PutCollection(a), map[ddl.Object]catalog.Revision{coll: 9, part: 3, alias: 5}},
		{"another collection", catalog.PutCollection(b), map[ddl.Object]catalog.Revision{coll: 9, ddl.CollectionObject("", "b"): 10}},
		{"the alias moves", catalog.PutAlias(&model.Alias{Database: 1, Name: "x", Collection: 20}), map[ddl.Object]catalog.Revision{
			coll: 9, alias: 11, via: 11, ddl.DatabaseObject("default"): 1, ddl.DatabaseObject("other"): 2,
		}},
		{"the database", catalog.PutDatabase(&model.Database{ID: 1, Name: "default"}), map[ddl.Object]catalog.Revision{coll: 9, ddl.DatabaseObject(""): 12}},
	}
	none := func(s *catalog.Snapshot, _ ddl.Input) (ddl.Draft, catalog.Result, error) {
		return ddl.Draft{NextID: s.NextID()}, catalog.Result{}, nil
	}
	for i, step := range steps {
		if i > 0 {
			w.put(step.change)
		}
		for object, at := range step.want {
			check := func(given, oldest catalog.Revision) error {
				_, _, err := ddl.IfRevision(object, given, none)(w.Snapshot, ddl.Input{Now: now, Oldest: oldest})
				return err
			}
			require.NoError(t, check(at, 0), "%s: %s", step.what, object)
			require.NoError(t, check(w.Revision(), at+1), "%s: %s", step.what, object)
			require.True(t, errs.ParameterInvalid.Is(check(w.Revision()+1, 0)))
			require.True(t, errs.ObjectChanged.Is(check(0, 0)), "%s: %s", step.what, object)
			if at > 1 {
				require.True(t, errs.ObjectChanged.Is(check(at-1, 0)), "%s: %s", step.what, object)
			}
			require.NoError(t, check(at, at+1), "the journal begins right after it")
			require.True(t, errs.RevisionTooOld.Is(check(at, at+2)), "%s: %s", step.what, object)
		}
	}
	for _, gone := range []ddl.Object{
		ddl.DatabaseObject("none"), ddl.CollectionObject("none", "a"), ddl.CollectionObject("", "none"), ddl.AliasObject("", "none"), ddl.PartitionObject("", "a", "none"),
	} {
		_, _, err := ddl.IfRevision(gone, 1, none)(w.Snapshot, ddl.Input{})
		require.True(t, errs.ObjectChanged.Is(err), "%s", gone)
		_, _, err = ddl.IfRevision(gone, 0, none)(w.Snapshot, ddl.Input{})
		require.NoError(t, err)
	}
}

// The answer must not depend on how long the process has been running: what is older than the journal is not known after a restart.
func TestWhatIsOlderThanTheJournalIsNotTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t).create("a").alias("x").create("b") // in revisions 3, 4 and 5
	none := func(s *catalog.Snapshot, _ ddl.Input) (ddl.Draft, catalog.Result, error) {
		return ddl.Draft{NextID: s.NextID()}, catalog.Result{}, nil
	}
	for _, o := range []ddl.Object{
		ddl.DatabaseObject("default"), ddl.CollectionObject("", "a"), ddl.CollectionObject("", "x"), ddl.AliasObject("", "x"),
		ddl.PartitionObject("", "x", "_default"),
	} {
		for given := range catalog.Revision(6) {
			ask := func(w *world) errs.Status {
				_, _, err := ddl.IfRevision(o, given, none)(w.Snapshot, ddl.Input{Oldest: 6})
				return errs.Of(err)
			}
			require.Equal(t, ask(w.restart()), ask(w), "%s, revision %d", o, given)
		}
	}
}

// A create that waits for others is repeated by its own client, too: it must not be told for good that the collection is there.
func TestWhatIsBeingCreatedMayYetNotBe(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	opt := options()
	opt.Pending = true
	create := ddl.CreateCollection("default", spec("a"), opt)
	id := w.do(create).Collection
	_, _, want := w.plan(create)
	require.True(t, errs.Unavailable.Is(want))
	again := ddl.IfRevision(ddl.CollectionObject("", "a"), 0, create)
	_, _, err := w.plan(again)
	require.Equal(t, errs.Of(want), errs.Of(err))
	w.do(ddl.FinishCreate(id))
	_, _, err = w.plan(again)
	require.True(t, errs.ObjectChanged.Is(err))
}
