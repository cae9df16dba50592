package journal_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/cockroachdb/errors"
	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/kvstore"
	"github.com/taproot-db/taproot/kvstore/kvfault"
	"github.com/taproot-db/taproot/kvstore/memory"
	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/codec"
	"github.com/taproot-db/taproot/metastore/model"
)

// rich returns the changes of a create with a function and a struct field.
func rich(id model.ID) []catalog.Change {
	return append(collection(id, 2),
		catalog.PutFunction(id, &model.Function{ID: 100, Name: "bm25", Type: model.FunctionBM25, Inputs: []string{"f0"}, InputIDs: []model.ID{100}}),
		catalog.PutStructField(id, &model.StructField{ID: 110, Name: "s", Fields: []*model.Field{{ID: 111, Name: "s[a]", Type: model.Array}}}))
}

func (w *writer) commit(nextID model.ID, changes ...catalog.Change) {
	w.t.Helper()
	cs := w.set(nextID, changes...)
	require.NoError(w.t, w.log.Commit(w.t.Context(), []*catalog.ChangeSet{cs}, 50))
	w.stored(cs)
}

// dropping returns the change that drops a collection.
func (w *writer) dropping(id model.ID) catalog.Change {
	w.t.Helper()
	c, ok := w.snap.Find(id)
	require.True(w.t, ok)
	gone := *c.Collection
	gone.State = model.Dropping
	return catalog.PutCollection(&gone)
}

// back walks from what is in the store to the state after a revision, by the journal alone.
func back(t *testing.T, store kvstore.Store, to catalog.Revision) *catalog.Snapshot {
	t.Helper()
	_, st := load(t, store)
	sets, err := tail(t, store, to-1)
	require.NoError(t, err)
	w := st.Snapshot.Work()
	for i := len(sets) - 1; i > 0; i-- {
		undo, err := codec.Undo(sets[i])
		require.NoError(t, err)
		require.NoError(t, w.Revert(sets[i], undo, sets[i-1].Mark()))
	}
	require.Equal(t, to, w.Snapshot().Revision())
	return w.Snapshot()
}

// pains.md 12: a drop leaves nothing behind, functions included.
func TestFunctionsAndStructFields(t *testing.T) {
	t.Parallel()
	store := memory.New()
	w := found(t, store)
	w.commit(200, rich(100)...)
	w.commit(200, catalog.Delete(catalog.Ref{Kind: catalog.KindFunction, Parent: 100, ID: 100}))
	w.commit(200, catalog.PutFunction(100, &model.Function{ID: 101, Name: "other"}))
	_, st := load(t, store)
	require.NoError(t, st.Diverged)
	require.Empty(t, st.Snapshot.Quarantine())
	require.Empty(t, st.Garbage)
	require.Equal(t, w.snap.Fingerprint(), st.Snapshot.Fingerprint())
	c, ok := st.Snapshot.CollectionByID(100)
	require.True(t, ok)
	fs, ss := slices.Collect(c.Functions()), slices.Collect(c.StructFields())
	require.Len(t, fs, 1)
	require.Equal(t, "other", fs[0].Name)
	require.Len(t, ss, 1)
	require.Equal(t, "s[a]", ss[0].Fields[0].Name)

	w.commit(200, w.dropping(100))
	keys, err := w.log.Children(t.Context(), 1, 100)
	require.NoError(t, err)
	_, st = load(t, store)
	require.ElementsMatch(t, keys, st.Garbage)
	require.Len(t, keys, 5)
	require.NoError(t, w.log.Remove(t.Context(), keys))
	for item, err := range mustView(t, store).Range(t.Context(), root+"/meta/root-coord/", "") {
		require.NoError(t, err)
		require.Equal(t, root+"/meta/root-coord/database/db-info/1", item.Key)
	}

	// What was purged is in the journal still.
	then := back(t, store, 2)
	c, ok = then.CollectionByID(100)
	require.True(t, ok)
	require.Len(t, slices.Collect(c.Functions()), 1)
	require.Len(t, slices.Collect(c.StructFields()), 1)
	require.Equal(t, 2, c.CountFields())
}

func mustView(t *testing.T, store kvstore.Store) kvstore.Reader {
	t.Helper()
	view, err := store.View(t.Context())
	require.NoError(t, err)
	return view
}

// decisions 35: head lists the kinds that its fingerprint covers, so that a version which adds kinds can start.
func TestAHeadOfFewerKinds(t *testing.T) {
	t.Parallel()
	old := []string{"alias", "collection", "database", "field", "partition"}
	for name, tc := range map[string]struct {
		changes []catalog.Change
		foreign bool // functions lie in the store that the old version did not know of
	}{
		"the same records": {collection(100, 2), false},
		"functions in it":  {rich(100), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := memory.New()
			w := found(t, store)
			w.commit(200, tc.changes...)

			// The old version's head: its sum is over what it knew.
			head := w.log.Head()
			head.Covered = old
			for _, c := range tc.changes {
				if c.Ref.Kind == catalog.KindFunction || c.Ref.Kind == catalog.KindStructField {
					_, digest, ok := w.snap.Record(c.Ref)
					require.True(t, ok)
					head.Sum.Hi -= digest.Hi
					head.Sum.Lo -= digest.Lo
				}
			}
			require.Equal(t, tc.foreign, head.Sum != w.snap.Fingerprint())
			value, err := codec.EncodeHead(&head)
			require.NoError(t, err)
			require.NoError(t, store.Commit(t.Context(), kvstore.Txn{Puts: []kvstore.Item{{Key: root + "/" + codec.HeadKey, Value: value}}}))

			log, st := load(t, store)
			require.NoError(t, st.Diverged)
			require.Equal(t, codec.Covered(), log.Head().Covered)
			require.Equal(t, w.snap.Fingerprint(), st.Snapshot.Fingerprint())
			c, ok := st.Snapshot.CollectionByID(100)
			require.True(t, ok)
			require.Equal(t, tc.foreign, len(slices.Collect(c.Functions())) > 0)

			// It is led under a head of all kinds from then on.
			require.NoError(t, log.Claim(t.Context(), "n2", "", 60))
			_, st = load(t, store)
			require.NoError(t, st.Diverged)
			w = reload(t, store)
			require.Equal(t, codec.Covered(), w.log.Head().Covered)
			w.commit(300, rich(200)...)
			_, st = load(t, store)
			require.NoError(t, st.Diverged)
			require.Equal(t, w.snap.Fingerprint(), st.Snapshot.Fingerprint())

			// And a wrong sum is seen again.
			require.NoError(t, store.Commit(t.Context(), kvstore.Txn{Deletes: []string{root + "/meta/root-coord/functions/200/100"}}))
			_, st = load(t, store)
			require.True(t, errors.Is(st.Diverged, catalog.ErrDiverged))
		})
	}
}

// A collection moves to another database: two keys, and nothing of what belongs to it is written.
func TestARenameAcrossDatabases(t *testing.T) {
	t.Parallel()
	for _, first := range []string{"put", "delete"} {
		t.Run(first+" first", func(t *testing.T) {
			t.Parallel()
			store := memory.New()
			w := found(t, store)
			w.commit(200, catalog.PutDatabase(&model.Database{ID: 2, Name: "two", State: model.DatabaseCreated}))
			w.commit(200, rich(100)...)
			was, _ := w.snap.Find(100)
			there := *was.Collection
			there.Database, there.Name = 2, "moved"
			home := *was.Collection
			home.Name = "home again"
			changes := func(from, to *model.Collection) []catalog.Change {
				out := []catalog.Change{catalog.PutCollection(to), catalog.Delete(catalog.CollectionRef(from))}
				if first == "delete" {
					slices.Reverse(out)
				}
				return out
			}
			w.commit(200, changes(was.Collection, &there)...)
			_, st := load(t, store)
			require.NoError(t, st.Diverged)
			require.Empty(t, st.Garbage)
			require.Empty(t, st.Snapshot.Quarantine())
			c, ok := st.Snapshot.Collection(2, "moved")
			require.True(t, ok)
			require.Equal(t, was.CountFields(), c.CountFields())
			_, err := w.log.Read(t.Context(), codec.Key(catalog.CollectionRef(was.Collection)))
			require.True(t, errors.Is(err, kvstore.ErrNotFound))

			// There and back within one batch: the last word on each key counts.
			here, again := changes(&there, &home), changes(&home, &there)
			require.NoError(t, w.log.Commit(t.Context(), []*catalog.ChangeSet{w.set(200, here...), w.set(200, again...)}, 50))
			_, st = load(t, store)
			require.NoError(t, st.Diverged)
			require.Equal(t, w.snap.Fingerprint(), st.Snapshot.Fingerprint())
			require.Empty(t, st.Garbage)

			replayed := catalog.Empty()
			sets, err := tail(t, store, 0)
			require.NoError(t, err)
			for _, cs := range sets {
				replayed, err = replayed.Apply(cs)
				require.NoError(t, err)
			}
			require.Equal(t, w.snap.Fingerprint(), replayed.Fingerprint())
			then := back(t, store, 3)
			_, ok = then.Collection(1, "c100")
			require.True(t, ok)

			// Its keys are found where it is now.
			w.commit(200, w.dropping(100))
			keys, err := w.log.Children(t.Context(), 2, 100)
			require.NoError(t, err)
			_, st = load(t, store)
			require.ElementsMatch(t, keys, st.Garbage)
		})
	}
}

// A collection that moves is not one that is created: what is new in it must not be seen before it has moved.
func TestNothingIsWrittenAheadOfAMove(t *testing.T) {
	t.Parallel()
	f := newFilm(t, kvstore.Limits{Ops: 8, Bytes: 10_000})
	w := found(t, f.store)
	w.commit(200, catalog.PutDatabase(&model.Database{ID: 2, Name: "two", State: model.DatabaseCreated}))
	w.commit(200, collection(100, 1)...)
	was, _ := w.snap.Find(100)
	there := *was.Collection
	there.Database = 2
	changes := []catalog.Change{catalog.PutCollection(&there), catalog.Delete(catalog.CollectionRef(was.Collection))}
	for i := range model.ID(20) {
		changes = append(changes, catalog.PutField(100, &model.Field{ID: 101 + i, Name: fmt.Sprint("g", i), Type: model.Int64}))
	}
	before := w.snap.Fingerprint()
	f.roll()
	w.commit(200, changes...)
	require.Equal(t, []catalog.Fingerprint{before, w.snap.Fingerprint()}, f.states(t), "all of it, or nothing")
	require.Equal(t, w.want, records(t, f.store))
}

// pains.md 10: a drop is one step at any size, though the journal remembers each of a thousand partitions.
func TestADropOfManyPartitionsIsOneStep(t *testing.T) {
	t.Parallel()
	for name, bytes := range map[string]int{"etcd's limits": 1 << 20 * 3 / 2, "so little that the journal entry is cut": 20_000} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := kvfault.New(memory.Open(memory.NewData(), memory.WithLimits(kvstore.Limits{Ops: 128, Bytes: bytes})), kvfault.Config{})
			w := found(t, store)
			w.commit(5000)
			changes := collection(100, 5)
			for i := range model.ID(1024) {
				name := catalog.Digest(fmt.Sprint(i), nil).String() // does not compress
				changes = append(changes, catalog.PutPartition(&model.Partition{ID: 1000 + i, Collection: 100, Name: name}))
			}
			w.commit(5000, changes...)
			want := w.snap.Fingerprint()

			drop := w.dropping(100)
			cs := w.set(5000, drop)
			require.Len(t, cs.Left, 1029)
			ops, cost := w.log.Cost(cs)
			require.Equal(t, 1, ops)
			require.Equal(t, bytes > 100_000, w.log.Fits(ops, cost))
			before := store.Commits()
			require.NoError(t, w.log.Commit(t.Context(), []*catalog.ChangeSet{cs}, 50))
			require.Equal(t, bytes > 100_000, store.Commits() == before+1)

			_, st := load(t, store)
			require.NoError(t, st.Diverged)
			require.NoError(t, st.JournalDamage)
			require.Zero(t, st.Snapshot.CountAllCollections())
			then := back(t, store, 3)
			require.Equal(t, want, then.Fingerprint())
			c, ok := then.CollectionByID(100)
			require.True(t, ok)
			require.Equal(t, 1024, c.CountPartitions())
		})
	}
}
