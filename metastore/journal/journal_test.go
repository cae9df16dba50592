package journal_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/errors"
	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/kvstore"
	"github.com/taproot-db/taproot/kvstore/kvfault"
	"github.com/taproot-db/taproot/kvstore/memory"
	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/codec"
	"github.com/taproot-db/taproot/metastore/journal"
	"github.com/taproot-db/taproot/metastore/model"
)

const root = "by-dev"

// writer is a leader without a committer: it makes change sets by hand.
type writer struct {
	t    *testing.T
	log  *journal.Log
	snap *catalog.Snapshot
	want map[string]string // the records that were committed by commit
}

// found writes the first head of a store, with a database in it.
func found(t *testing.T, store kvstore.Store) *writer {
	t.Helper()
	log, st, err := journal.Load(t.Context(), store, root)
	require.NoError(t, err)
	require.True(t, st.New)
	w := &writer{t, log, st.Snapshot.At(catalog.Position{NextID: 100}), map[string]string{}}
	first := w.set(100, catalog.PutDatabase(&model.Database{ID: 1, Name: "default", State: model.DatabaseCreated}))
	require.NoError(t, log.Found(t.Context(), journal.Founding{ClusterID: "c", Node: "n", First: first, Bound: 10}))
	w.stored(first)
	return w
}

// set stages a change set on the writer's snapshot.
func (w *writer) set(nextID model.ID, changes ...catalog.Change) *catalog.ChangeSet {
	w.t.Helper()
	cs := &catalog.ChangeSet{
		Revision: w.snap.Revision() + 1, Epoch: 1, Timestamp: w.snap.Timestamp() + 1, NextID: nextID,
		RequestID: fmt.Sprintf("r%d", w.snap.Revision()+1), Statement: "Test", Changes: changes,
	}
	for i := range cs.Changes {
		exact, err := codec.Seal(w.snap, &cs.Changes[i])
		require.NoError(w.t, err)
		require.True(w.t, exact)
	}
	inexact, err := codec.SealLeft(w.snap, cs)
	require.NoError(w.t, err)
	require.Empty(w.t, inexact)
	snap, err := w.snap.Stage(cs)
	require.NoError(w.t, err)
	cs.Sum = snap.Fingerprint()
	w.snap = snap
	return cs
}

// stored notes what the store must hold after a change set.
func (w *writer) stored(cs *catalog.ChangeSet) {
	for i := range cs.Changes {
		if c := &cs.Changes[i]; c.Deletes() {
			delete(w.want, c.Stored.Key)
		} else {
			w.want[c.Stored.Key] = string(c.Stored.Value)
		}
	}
}

// collection returns the changes of a create with so many fields.
func collection(id model.ID, fields int) []catalog.Change {
	out := []catalog.Change{catalog.PutCollection(&model.Collection{ID: id, Database: 1, Name: fmt.Sprintf("c%d", id), Shards: 1})}
	for i := range fields {
		out = append(out, catalog.PutField(id, &model.Field{ID: 100 + model.ID(i), Name: fmt.Sprintf("f%d", i), Type: model.Int64}))
	}
	return out
}

func load(t *testing.T, store kvstore.Store) (*journal.Log, *journal.State) {
	t.Helper()
	log, st, err := journal.Load(t.Context(), store, root)
	require.NoError(t, err)
	return log, st
}

func tail(t *testing.T, store kvstore.Store, after catalog.Revision) ([]*catalog.ChangeSet, error) {
	t.Helper()
	var out []*catalog.ChangeSet
	for cs, err := range journal.Tail(t.Context(), store, root, after) {
		if err != nil {
			return out, err
		}
		out = append(out, cs)
	}
	return out, nil
}

func TestWhatIsCommittedIsLoaded(t *testing.T) {
	t.Parallel()
	store := memory.New()
	w := found(t, store)
	batch := []*catalog.ChangeSet{w.set(101, collection(100, 3)...), w.set(102, collection(101, 2)...)}
	require.NoError(t, w.log.Commit(t.Context(), batch, 50))
	// Two statements of one batch on one record: the last word counts in the store, both stand in the journal.
	renamed := model.Collection{ID: 101, Database: 1, Name: "x", Shards: 1}
	gone := renamed
	gone.State = model.Dropping
	batch = []*catalog.ChangeSet{w.set(102, catalog.PutCollection(&renamed)), w.set(102, catalog.PutCollection(&gone))}
	require.NoError(t, w.log.Commit(t.Context(), batch, 40))

	log, st := load(t, store)
	require.Equal(t, w.snap.Fingerprint(), st.Snapshot.Fingerprint())
	require.Equal(t, w.log.Head(), log.Head())
	require.Equal(t, model.Timestamp(50), log.Head().Timestamp, "the bound never goes down")
	require.Equal(t, model.ID(102), st.Snapshot.NextID())
	require.Len(t, st.Requests, 5)
	require.Equal(t, "r3", st.Requests[2].ID)
	require.Len(t, st.Garbage, 3, "the dropped collection and its fields")

	sets, err := tail(t, store, 0)
	require.NoError(t, err)
	require.Len(t, sets, 5)
	snap := catalog.Empty()
	for _, cs := range sets {
		snap, err = snap.Apply(cs)
		require.NoError(t, err)
	}
	require.Equal(t, w.snap.Fingerprint(), snap.Fingerprint())
	require.Equal(t, sets[3].Changes[0].Stored.Value, sets[4].Changes[0].Stored.Before, "each change carries what it replaced")
}

func TestTail(t *testing.T) {
	t.Parallel()
	store := memory.New()
	w := found(t, store)
	for i := range model.ID(3) {
		batch := []*catalog.ChangeSet{w.set(102+2*i, collection(100+2*i, 1)...), w.set(102+2*i, collection(101+2*i, 1)...)}
		require.NoError(t, w.log.Commit(t.Context(), batch, 50))
	}
	for after := range catalog.Revision(8) {
		sets, err := tail(t, store, after)
		require.NoError(t, err)
		require.Len(t, sets, 7-int(after))
		for i, cs := range sets {
			require.Equal(t, after+1+catalog.Revision(i), cs.Revision, "in the middle of a batch too")
		}
	}
	keys, upTo := w.log.Sizes().Excess(0, 1, 2)
	require.Len(t, keys, 2)
	require.NoError(t, w.log.Remove(t.Context(), keys))
	w.log.Sizes().Forget(upTo)
	oldest, _, bytes := w.log.Sizes().Reach()
	require.Equal(t, catalog.Revision(4), oldest)
	require.Positive(t, bytes)
	_, err := tail(t, store, 0)
	require.True(t, errors.Is(err, journal.ErrTrimmed))
	sets, err := tail(t, store, 3)
	require.NoError(t, err)
	require.Len(t, sets, 4)
	_, st := load(t, store)
	require.Equal(t, w.snap.Fingerprint(), st.Snapshot.Fingerprint(), "trimming changes no read") // pains.md 5
	require.Len(t, st.Requests, 4)
}

// pains.md 8, 10: an object of many records is written at any size, in one step; what cannot be is refused before anything is written.
func TestALargeChangeSetIsWrittenAhead(t *testing.T) {
	t.Parallel()
	data := memory.NewData()
	limits := memory.WithLimits(kvstore.Limits{Ops: 8, Bytes: 10_000})
	store := kvfault.New(memory.Open(data, limits), kvfault.Config{})
	w := found(t, store)
	big := w.set(101, collection(100, 50)...)
	err := w.log.Commit(t.Context(), []*catalog.ChangeSet{big}, 50)
	require.True(t, errors.HasAssertionFailure(err), "its ids are not reserved: %v", err)

	w = reload(t, store)
	require.NoError(t, w.log.Commit(t.Context(), []*catalog.ChangeSet{w.set(101)}, 50))
	before := store.Commits()
	big = w.set(101, collection(100, 50)...)
	require.NoError(t, w.log.Commit(t.Context(), []*catalog.ChangeSet{big}, 50))
	require.Greater(t, store.Commits()-before, 9)
	_, st := load(t, store)
	require.Equal(t, w.snap.Fingerprint(), st.Snapshot.Fingerprint())
	require.Empty(t, st.Garbage)
	sets, err := tail(t, store, 2)
	require.NoError(t, err)
	require.Len(t, sets, 1)
	require.Len(t, sets[0].Changes, 51)

	before = store.Commits()
	huge := w.set(101, catalog.PutDatabase(&model.Database{ID: 5, Name: string(make([]byte, 20_000))}))
	require.True(t, errors.Is(w.log.Commit(t.Context(), []*catalog.ChangeSet{huge}, 50), journal.ErrTooLarge))
	require.Equal(t, before, store.Commits(), "nothing was written")
}

// The journal entry makes room for records that cannot be written ahead: what holds them holds the change, however well the entry
// can be compressed.
func TestAnEntryMakesRoomForRecords(t *testing.T) {
	t.Parallel()
	const most = 100_000
	store := memory.Open(memory.NewData(), memory.WithLimits(kvstore.Limits{Ops: 8, Bytes: most}))
	noise := make([]byte, most)
	_, _ = rand.NewChaCha8([32]byte{}).Read(noise) // never fails
	text := base64.StdEncoding.EncodeToString(noise)
	for random := 0; random <= 90_000; random += 10_000 { // of 90,000 bytes, so many do not get shorter
		w := found(t, store)
		d := &model.Database{ID: 9, Name: text[:random] + strings.Repeat("x", 90_000-random)}
		cs := w.set(100, catalog.PutDatabase(d))
		require.NoError(t, w.log.Holds(cs), random)
		require.NoError(t, w.log.Commit(t.Context(), []*catalog.ChangeSet{cs}, 50), random)
		sets, err := tail(t, store, cs.Revision-1)
		require.NoError(t, err)
		require.Len(t, sets, 1)
		require.Equal(t, d, sets[0].Changes[0].Put)
		store = memory.Open(memory.NewData(), memory.WithLimits(kvstore.Limits{Ops: 8, Bytes: most}))
	}
}

// What Holds says is what Commit does, once ids are reserved.
func TestHolds(t *testing.T) {
	t.Parallel()
	put := func(size int) catalog.Change {
		return catalog.PutDatabase(&model.Database{ID: model.ID(10 + size), Name: strings.Repeat("x", size)})
	}
	field := func(size int) catalog.Change {
		return catalog.PutField(100, &model.Field{ID: model.ID(200 + size), Name: strings.Repeat("x", size), Type: model.Int64})
	}
	for name, c := range map[string]struct {
		changes []catalog.Change
		holds   bool
	}{
		"nothing":                       {nil, true},
		"one record":                    {[]catalog.Change{put(5000)}, true},
		"one record that is too large":  {[]catalog.Change{put(7000)}, false},
		"several that belong together":  {[]catalog.Change{put(2000), put(2001)}, true},
		"too many, which are redone":    {[]catalog.Change{put(1), put(2), put(3), put(4), put(5), put(6)}, true},
		"too much, which is redone":     {[]catalog.Change{put(4000), put(4001)}, true},
		"many that may come ahead":      {collection(100, 50), true},
		"much that may come ahead":      {append(collection(100, 50), field(5000), field(5001), field(5002)), true},
		"one of them that is too large": {append(collection(100, 50), field(7000)), false},
	} {
		store := kvfault.New(memory.Open(memory.NewData(), memory.WithLimits(kvstore.Limits{Ops: 8, Bytes: 10_000})), kvfault.Config{})
		w := found(t, store)
		require.NoError(t, w.log.Commit(t.Context(), []*catalog.ChangeSet{w.set(101)}, 50))
		before := store.Commits()
		cs := w.set(101, c.changes...)
		held := w.log.Holds(cs)
		require.Equal(t, before, store.Commits(), name)
		err := w.log.Commit(t.Context(), []*catalog.ChangeSet{cs}, 50)
		if c.holds {
			require.NoError(t, held, name)
			require.NoError(t, err, name)
			continue
		}
		require.True(t, errors.Is(held, journal.ErrTooLarge), "%s: %v", name, held)
		require.True(t, errors.Is(err, journal.ErrTooLarge), "%s: %v", name, err)
		require.Equal(t, before, store.Commits(), name)
	}
}

// A drop, and whatever else is larger than an entry may be, is refused and no fault of ours.
func TestAnEntryThatIsTooLarge(t *testing.T) {
	t.Parallel()
	w := found(t, memory.New())
	cs := w.set(101)
	cs.Left = []catalog.Left{{Key: "meta/x", Before: make([]byte, codec.MaxChangeSets)}}
	require.True(t, errors.Is(w.log.Holds(cs), journal.ErrTooLarge))
	require.True(t, errors.Is(w.log.Commit(t.Context(), []*catalog.ChangeSet{cs}, 50), journal.ErrTooLarge))
}

// reload starts again from what is in the store.
func reload(t *testing.T, store kvstore.Store) *writer {
	t.Helper()
	log, st := load(t, store)
	return &writer{t, log, st.Snapshot.At(catalog.Position{
		Revision: st.Snapshot.Revision(), Timestamp: 20, NextID: st.Snapshot.NextID(), Epoch: 1,
	}), map[string]string{}}
}

func TestAJournalEntryInParts(t *testing.T) {
	t.Parallel()
	data := memory.NewData()
	store := memory.Open(data, memory.WithLimits(kvstore.Limits{Ops: 1000, Bytes: 9000}))
	w := found(t, store)
	require.NoError(t, w.log.Commit(t.Context(), []*catalog.ChangeSet{w.set(101)}, 50))
	// Names that do not compress.
	changes := collection(100, 0)
	for i := range 100 {
		name := fmt.Sprintf("%x", catalog.Digest(fmt.Sprint(i), nil))
		changes = append(changes, catalog.PutField(100, &model.Field{ID: 100 + model.ID(i), Name: name, Type: model.Int64}))
	}
	require.NoError(t, w.log.Commit(t.Context(), []*catalog.ChangeSet{w.set(101, changes...)}, 50))
	_, st := load(t, store)
	require.Equal(t, w.snap.Fingerprint(), st.Snapshot.Fingerprint())
	require.Empty(t, st.Garbage)
	require.Len(t, st.Requests, 3)
	sets, err := tail(t, store, 2)
	require.NoError(t, err)
	require.Len(t, sets[0].Changes, 101)
	keys, _ := w.log.Sizes().Excess(1<<60, 0, 10)
	require.Len(t, keys, 2, "the newest entry stays")
}

func TestOutcomes(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		fault  kvfault.Fault
		landed bool
		kind   error
	}{
		{kvfault.None, true, nil},
		{kvfault.LoseAnswer, true, nil},
		{kvfault.LoseRequest, false, journal.ErrNotLanded},
		{kvfault.ApplyLate, false, journal.ErrNotLanded},
		{kvfault.Refuse, false, journal.ErrNotLanded},
	} {
		t.Run(tc.fault.String(), func(t *testing.T) {
			t.Parallel()
			store := kvfault.New(memory.New(), kvfault.Config{OnCommit: kvfault.Commit(2, tc.fault)})
			w := found(t, store)
			base := w.snap
			err := w.log.Commit(t.Context(), []*catalog.ChangeSet{w.set(101, collection(100, 1)...)}, 50)
			if tc.kind != nil {
				require.True(t, errors.Is(err, tc.kind), "%v", err)
				w.snap = base
			} else {
				require.NoError(t, err)
			}
			for _, late := range store.Release(t.Context()) {
				require.True(t, errors.Is(late, kvstore.ErrGuard), "what was given up can never land: %v", late)
			}
			require.NoError(t, w.log.Commit(t.Context(), []*catalog.ChangeSet{w.set(102, collection(101, 1)...)}, 50), "the log goes on")
			_, st := load(t, store)
			require.Equal(t, w.snap.Fingerprint(), st.Snapshot.Fingerprint())
			_, ok := st.Snapshot.CollectionByID(100)
			require.Equal(t, tc.landed, ok)
			require.Empty(t, st.Garbage)
		})
	}
}

// pains.md 39, 40: a store that is away for long neither loses nor invents a commit, and another leader's head is told from a lost one's.
func TestTheOutcomeOfALostCommitIsAwaited(t *testing.T) {
	t.Parallel()
	data := memory.NewData()
	away := 0
	store := kvfault.New(memory.Open(data), kvfault.Config{
		OnCommit: kvfault.Commit(2, kvfault.LoseAnswer),
		OnRead: func(int, kvfault.Read) kvfault.Action {
			if away > 0 {
				away--
				return kvfault.Action{Fault: kvfault.Refuse}
			}
			return kvfault.Action{}
		},
	})
	w := found(t, store)
	away = 3 // the store does not answer questions either, for a while
	require.NoError(t, w.log.Commit(t.Context(), []*catalog.ChangeSet{w.set(101, collection(100, 1)...)}, 50))
	require.Zero(t, away)

	store = kvfault.New(memory.Open(data), kvfault.Config{OnCommit: kvfault.Commit(1, kvfault.ApplyLate)})
	w = reload(t, store)
	other := reload(t, memory.Open(data))
	require.NoError(t, other.log.Claim(t.Context(), "other", "", 60))
	err := w.log.Commit(t.Context(), []*catalog.ChangeSet{w.set(102, collection(101, 1)...)}, 50)
	require.True(t, errors.Is(err, journal.ErrFenced), "%v", err)

	store = kvfault.New(memory.Open(data), kvfault.Config{OnCommit: kvfault.Commit(1, kvfault.CrashAfter)})
	w = reload(t, store)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err = w.log.Commit(ctx, []*catalog.ChangeSet{w.set(102, collection(101, 1)...)}, 50)
	require.True(t, errors.Is(err, context.DeadlineExceeded), "%v", err)
}

func TestFoundingUnderFaults(t *testing.T) {
	t.Parallel()
	for _, fault := range []kvfault.Fault{kvfault.LoseAnswer, kvfault.LoseRequest, kvfault.ApplyLate} {
		store := kvfault.New(memory.New(), kvfault.Config{OnCommit: kvfault.Commit(1, fault)})
		w := found(t, store)
		store.Release(t.Context())
		require.NoError(t, w.log.Commit(t.Context(), []*catalog.ChangeSet{w.set(101, collection(100, 1)...)}, 50))
		_, st := load(t, store)
		require.Equal(t, w.snap.Fingerprint(), st.Snapshot.Fingerprint())
	}
	data := memory.NewData()
	one, _, err := journal.Load(t.Context(), memory.Open(data), root)
	require.NoError(t, err)
	found(t, memory.Open(data))
	w := &writer{t, one, catalog.Empty(), nil}
	err = one.Found(t.Context(), journal.Founding{ClusterID: "d", First: w.set(1), Bound: 10})
	require.True(t, errors.Is(err, journal.ErrFenced), "%v", err)
}

func TestChildrenAndRemove(t *testing.T) {
	t.Parallel()
	store := memory.New()
	w := found(t, store)
	require.NoError(t, w.log.Commit(t.Context(), []*catalog.ChangeSet{
		w.set(101, collection(44, 2)...), w.set(101, collection(440, 2)...),
	}, 50))
	keys, err := w.log.Children(t.Context(), 1, 44)
	require.NoError(t, err)
	require.Equal(t, []string{
		"meta/root-coord/fields/44/100", "meta/root-coord/fields/44/101", "meta/root-coord/database/collection-info/1/44",
	}, keys, "not those of collection 440; its own key last")
	require.NoError(t, w.log.Remove(t.Context(), keys))
	_, err = w.log.Read(t.Context(), keys[0])
	require.True(t, errors.Is(err, kvstore.ErrNotFound))
	newcomer := reload(t, store)
	require.NoError(t, newcomer.log.Claim(t.Context(), "n2", "", 60))
	require.True(t, errors.Is(w.log.Remove(t.Context(), keys), journal.ErrFenced))
}

func TestDamageMakesTheCatalogDiverge(t *testing.T) {
	t.Parallel()
	store := memory.New()
	w := found(t, store)
	require.NoError(t, w.log.Commit(t.Context(), []*catalog.ChangeSet{w.set(101, collection(100, 2)...)}, 50))
	require.NoError(t, store.Commit(t.Context(), kvstore.Txn{Deletes: []string{root + "/meta/root-coord/fields/100/101"}}))
	_, st := load(t, store)
	require.True(t, errors.Is(st.Diverged, catalog.ErrDiverged))
	require.NoError(t, store.Commit(t.Context(), kvstore.Txn{Puts: []kvstore.Item{
		{Key: root + "/meta/root-coord/functions/100/100", Value: []byte("x")},
		{Key: root + "/meta/root-coord/database/aliases/1/old", Value: []byte("\xe2\x9b\xbc")},
		{Key: root + "/meta/root-coord/fields/7/100", Value: []byte{0x08, 100}},
	}}))
	_, st = load(t, store)
	require.Len(t, st.Snapshot.Damage(100), 1, "a function that does not decode")
	require.ElementsMatch(t, []string{"meta/root-coord/database/aliases/1/old", "meta/root-coord/fields/7/100"}, st.Garbage, "pains.md 14")
}

// Parts that were written ahead for a commit that did not land are garbage, also when a later entry gets their key.
func TestStrayPartsAreNotRead(t *testing.T) {
	t.Parallel()
	store := memory.New()
	w := found(t, store)
	require.NoError(t, store.Commit(t.Context(), kvstore.Txn{Puts: []kvstore.Item{
		{Key: root + "/" + codec.JournalPartKey(2, 0), Value: []byte("stray")},
		{Key: root + "/" + codec.JournalPartKey(3, 0), Value: []byte("stray")},
	}}))
	require.NoError(t, w.log.Commit(t.Context(), []*catalog.ChangeSet{w.set(101, collection(100, 1)...)}, 50))
	_, st := load(t, store)
	require.NoError(t, st.JournalDamage)
	require.Equal(t, []string{codec.JournalPartKey(2, 0), codec.JournalPartKey(3, 0)}, st.Garbage)
	require.Len(t, st.Requests, 2)
	sets, err := tail(t, store, 0)
	require.NoError(t, err)
	require.Len(t, sets, 2)
}
