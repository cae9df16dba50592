package journal_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/errors"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/taproot-db/taproot/kvstore"
	"github.com/taproot-db/taproot/kvstore/kvfault"
	"github.com/taproot-db/taproot/kvstore/memory"
	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/codec"
	"github.com/taproot-db/taproot/metastore/journal"
	"github.com/taproot-db/taproot/metastore/model"
)

// film is a store that keeps what it was before each commit.
type film struct {
	store  *kvfault.Store
	inner  *memory.Store
	frames []*memory.Data
}

func newFilm(t *testing.T, l kvstore.Limits) *film {
	t.Helper()
	f := &film{inner: memory.Open(memory.NewData(), memory.WithLimits(l))}
	f.store = kvfault.New(f.inner, kvfault.Config{OnCommit: func(int, kvstore.Txn) kvfault.Action {
		f.frames = append(f.frames, duplicate(t, f.inner))
		return kvfault.Action{}
	}})
	return f
}

// roll forgets what was before.
func (f *film) roll() { f.frames = nil }

// states loads the catalog from each frame, and from the store as it is now, and returns the states that it went through.
func (f *film) states(t *testing.T) []catalog.Fingerprint {
	t.Helper()
	var out []catalog.Fingerprint
	for _, data := range append(slices.Clone(f.frames), duplicate(t, f.inner)) {
		_, st := load(t, memory.Open(data))
		require.NoError(t, st.Diverged)
		require.Empty(t, st.Snapshot.Quarantine())
		out = append(out, st.Snapshot.Fingerprint())
	}
	return slices.Compact(out)
}

// duplicate copies what is in a store.
func duplicate(t *testing.T, store kvstore.Store) *memory.Data {
	t.Helper()
	data := memory.NewData()
	txn := kvstore.Txn{}
	for key, value := range below(t, store, "") {
		txn.Puts = append(txn.Puts, kvstore.Item{Key: key, Value: []byte(value)})
	}
	require.NoError(t, memory.Open(data).Commit(t.Context(), txn))
	return data
}

func below(t *testing.T, store kvstore.Store, prefix string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for item, err := range mustView(t, store).Range(t.Context(), prefix, "") {
		require.NoError(t, err)
		out[strings.TrimPrefix(item.Key, prefix)] = string(item.Value)
	}
	return out
}

// records is all that lies in the store besides head, leader and journal, by keys relative to the root.
func records(t *testing.T, store kvstore.Store) map[string]string {
	t.Helper()
	out := below(t, store, root+"/")
	maps.DeleteFunc(out, func(key, _ string) bool {
		return strings.HasPrefix(key, codec.JournalPrefix) || key == codec.HeadKey || key == codec.LeaderKey
	})
	return out
}

// partitioned returns the changes of a create with n partitions.
func partitioned(id model.ID, n int) []catalog.Change {
	out := collection(id, 2)
	for i := range model.ID(n) {
		out = append(out, catalog.PutPartition(&model.Partition{ID: id + 1 + i, Collection: id, Name: fmt.Sprint("p", i)}))
	}
	return out
}

// loading returns the changes that load a collection with all its partitions.
func loading(c *catalog.Collection) []catalog.Change {
	out := []catalog.Change{
		catalog.PutLoad(&model.Load{Collection: c.ID, Replicas: 1, Status: model.Loaded}),
		catalog.PutReplica(&model.Replica{ID: 1 + c.ID*10, Collection: c.ID, Group: model.DefaultResourceGroup}),
	}
	for p := range c.Partitions() {
		out = append(out, catalog.PutPartitionLoad(&model.PartitionLoad{Collection: c.ID, Partition: p.ID, Status: model.Loaded}))
	}
	return out
}

// releasing returns the changes that take it all away again.
func releasing(c *catalog.Collection) []catalog.Change {
	out := []catalog.Change{catalog.Delete(catalog.LoadRef(c.ID))}
	for r := range c.Replicas() {
		out = append(out, catalog.Delete(catalog.ReplicaRef(r)))
	}
	for p := range c.PartitionLoads() {
		out = append(out, catalog.Delete(catalog.PartitionLoadRef(p)))
	}
	return out
}

func (w *writer) collection(id model.ID) *catalog.Collection {
	w.t.Helper()
	c, ok := w.snap.Find(id)
	require.True(w.t, ok)
	return c
}

// pains.md 10: to load and to release a thousand partitions is one step, at the limits of an etcd that nobody has configured.
func TestAThousandPartitionsAreLoadedAndReleasedInOneStep(t *testing.T) {
	t.Parallel()
	f := newFilm(t, kvstore.Limits{Ops: 128, Bytes: 1 << 20 * 3 / 2})
	w := found(t, f.store)
	w.commit(2000)
	w.commit(2000, partitioned(100, 1024)...)
	for _, changes := range []func(*catalog.Collection) []catalog.Change{loading, releasing} {
		before := w.snap.Fingerprint()
		f.roll()
		w.commit(2000, changes(w.collection(100))...)
		require.Greater(t, len(f.frames), 1026/128)
		require.Equal(t, []catalog.Fingerprint{before, w.snap.Fingerprint()}, f.states(t), "all of it, or nothing")
		require.Equal(t, w.want, records(t, f.store))
		require.Zero(t, w.log.Head().Redo)
		_, st := load(t, f.store)
		require.Equal(t, uint32(codec.Format), mustHead(t, f.store).Format, "older versions may open it again")
		require.Empty(t, st.Garbage)
		require.NoError(t, st.JournalDamage)
	}
	// It is a change set like any other to those who follow, and to those who look back.
	sets, err := tail(t, f.store, 3)
	require.NoError(t, err)
	require.Len(t, sets, 2)
	require.Len(t, sets[0].Changes, 1026)
	then := back(t, f.store, 4)
	c, ok := then.Find(100)
	require.True(t, ok)
	require.Equal(t, 1024, c.CountPartitionLoads())
}

func mustHead(t *testing.T, store kvstore.Store) *codec.Head {
	t.Helper()
	value, err := mustView(t, store).Get(t.Context(), root+"/"+codec.HeadKey)
	require.NoError(t, err)
	head, err := codec.DecodeHead(value)
	require.NoError(t, err)
	return head
}

// redone is a store in which a change set of puts and deletes, which does not fit one transaction, is about to be committed.
type redone struct {
	inner *memory.Store
	w     *writer // as it was loaded from the store
	set   *catalog.ChangeSet
	// before and after are the fingerprints around it, wantBefore and wantAfter the records.
	before, after         catalog.Fingerprint
	wantBefore, wantAfter map[string]string
}

// newRedone prepares it: a collection is released, and another one loaded, of 9 partitions each. What goes into a transaction is little; with few
// bytes the journal entry is in parts, besides.
func newRedone(t *testing.T, limits kvstore.Limits, config kvfault.Config) (*redone, *kvfault.Store) {
	t.Helper()
	data := memory.NewData()
	w := found(t, memory.Open(data))
	w.commit(1000, partitioned(100, 9)...)
	w.commit(1000, partitioned(200, 9)...)
	w.commit(1000, loading(w.collection(100))...)
	w.commit(1000, catalog.PutAlias(&model.Alias{Database: 1, Name: "a", Collection: 200}))
	// What a purge has not reached yet must not be mistaken for what is owed, nor the other way round.
	gone := collection(300, 1)
	w.commit(1000, gone...)
	w.commit(1000, w.dropping(300))
	want := w.want

	r := &redone{inner: memory.Open(data, memory.WithLimits(limits)), wantBefore: maps.Clone(want)}
	store := kvfault.New(r.inner, config)
	w = reload(t, store)
	w.want = want
	r.w, r.before = w, w.snap.Fingerprint()
	changes := append(releasing(w.collection(100)), loading(w.collection(200))...)
	changes = append(changes, catalog.Delete(catalog.Ref{Kind: catalog.KindAlias, Parent: 1, Name: "a"}))
	for i := range uint64(4) { // of a kind that is not known, and not to be compressed
		value := make([]byte, 1500)
		_, _ = rand.NewChaCha8([32]byte{byte(i)}).Read(value)
		changes = append(changes, catalog.Change{Stored: catalog.Stored{Key: fmt.Sprint("meta/later/", i), Value: value}})
	}
	r.set = w.set(1000, changes...)
	r.after = w.snap.Fingerprint()
	w.stored(r.set)
	r.wantAfter = maps.Clone(w.want)
	return r, store
}

var small = map[string]kvstore.Limits{
	"few operations":           {Ops: 8, Bytes: 20_000},
	"and a journal in parts":   {Ops: 8, Bytes: 8900},
	"one record a transaction": {Ops: 4, Bytes: 20_000},
}

// finish does what a process does that starts on the store: it loads the catalog, which is wholly before or wholly after the change set, takes the
// lead, purges, and commits something else. Then the store holds exactly the records, and no piece of a journal entry that nobody refers to.
func (r *redone) finish(t *testing.T, store kvstore.Store) (landed bool) {
	t.Helper()
	log, st := load(t, store)
	require.NoError(t, st.Diverged)
	require.NoError(t, st.JournalDamage)
	require.Empty(t, st.Snapshot.Quarantine())
	require.Contains(t, []catalog.Fingerprint{r.before, r.after}, st.Snapshot.Fingerprint())
	landed = st.Snapshot.Fingerprint() == r.after
	want := maps.Clone(r.wantBefore)
	if landed {
		want = maps.Clone(r.wantAfter)
	}
	for _, key := range st.Garbage {
		if !strings.HasPrefix(key, codec.JournalPrefix) {
			require.Contains(t, []string{"meta/root-coord/database/collection-info/1/300", "meta/root-coord/fields/300/100"}, key)
		}
	}
	stored := records(t, store)
	require.NoError(t, log.Claim(t.Context(), "n2", "", 60))
	require.Equal(t, stored, records(t, store), "a claim writes no record")
	keys, _ := log.Sizes().Excess(1<<62, 0, 100)
	require.NotContains(t, keys, codec.JournalKey(log.Head().Revision), "what is owed is not trimmed")

	w := &writer{t, log, st.Snapshot.At(catalog.Position{Revision: st.Snapshot.Revision(), Timestamp: 30, NextID: 1000, Epoch: 2}), want}
	w.commit(1000, catalog.PutResourceGroup(&model.ResourceGroup{Name: "after"}))
	require.Equal(t, w.want, records(t, store))
	for batch := range slices.Chunk(st.Garbage, log.RemoveLimit()) {
		require.NoError(t, log.Remove(t.Context(), batch))
		for _, key := range batch {
			delete(w.want, key)
		}
	}
	require.Equal(t, w.want, records(t, store))
	require.Zero(t, mustHead(t, store).Redo)
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
	return landed
}

// untilAskedInVain is a context that ends when the store does not even say what became of a commit.
func (r *redone) untilAskedInVain(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	r.w.log.Waiting = func(time.Duration, error) { cancel() }
	t.Cleanup(cancel)
	return ctx
}

// parts is in how many parts the entry of the change set lies in the store.
func (r *redone) parts(t *testing.T) uint32 {
	t.Helper()
	value, err := mustView(t, r.inner).Get(t.Context(), root+"/"+codec.JournalKey(r.set.Revision))
	require.NoError(t, err)
	e, err := codec.DecodeJournalEntry(value)
	require.NoError(t, err)
	return e.Parts
}

// writes is how many transactions the commit takes if all is well.
func (r *redone) writes(t *testing.T, store *kvfault.Store) int {
	t.Helper()
	require.NoError(t, r.w.log.Commit(t.Context(), []*catalog.ChangeSet{r.set}, 50))
	require.Equal(t, r.wantAfter, records(t, r.inner))
	n := store.Commits()
	require.Greater(t, n, 4)
	require.True(t, r.finish(t, r.inner))
	return n
}

// pains.md 8, 9, 10: whichever write is the last one of a process, who comes after it finds all of the change set or nothing of it.
func TestStoppingAtEveryWriteOfARedo(t *testing.T) {
	t.Parallel()
	for name, limits := range small {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, store := newRedone(t, limits, kvfault.Config{})
			n := r.writes(t, store)
			require.Equal(t, name == "and a journal in parts", r.parts(t) > 0)
			landed := 0
			for _, fault := range []kvfault.Fault{kvfault.CrashBefore, kvfault.CrashAfter} {
				for at := 1; at <= n; at++ {
					r, store := newRedone(t, limits, kvfault.Config{OnCommit: kvfault.Commit(at, fault)})
					err := r.w.log.Commit(r.untilAskedInVain(t), []*catalog.ChangeSet{r.set}, 50)
					require.True(t, store.Crashed())
					done := r.finish(t, r.inner)
					if err == nil {
						require.True(t, done, "%s at %d: what was acknowledged is there", fault, at)
					} else if errors.IsAny(err, journal.ErrNotLanded, journal.ErrTooLarge) {
						require.False(t, done, "%s at %d: what was refused is not", fault, at)
					}
					if done {
						landed++
					}
				}
			}
			require.Greater(t, landed, n, "nearly all of the writes come after the one that counts")
		})
	}
}

// Whatever becomes of one write or of two, the Log knows the outcome of the change set, and what it gave up never comes back.
func TestUncertainOutcomesOfARedo(t *testing.T) {
	t.Parallel()
	limits := small["and a journal in parts"]
	r, store := newRedone(t, limits, kvfault.Config{})
	n := r.writes(t, store)
	faults := []kvfault.Fault{kvfault.LoseAnswer, kvfault.LoseRequest, kvfault.ApplyLate, kvfault.Refuse}
	try := func(t *testing.T, actions map[int]kvfault.Action) {
		t.Helper()
		r, store := newRedone(t, limits, kvfault.Config{OnCommit: kvfault.Script(actions)})
		err := r.w.log.Commit(t.Context(), []*catalog.ChangeSet{r.set}, 50)
		if err != nil {
			require.True(t, errors.Is(err, journal.ErrNotLanded), "%v", err)
		}
		_, st := load(t, r.inner)
		require.NoError(t, st.Diverged)
		want := r.after
		if err != nil {
			want = r.before
		}
		require.Equal(t, want, st.Snapshot.Fingerprint(), "%v", actions)
		// The Log goes on; a fault that is still to come may meet it there.
		w := r.w
		w.want = maps.Clone(r.wantAfter)
		if err != nil {
			w.snap, w.want = st.Snapshot.At(catalog.Position{Revision: st.Snapshot.Revision(), Timestamp: 20, NextID: 1000, Epoch: 1}), maps.Clone(r.wantBefore)
		}
		left := w.log.Leftovers()
		cs := w.set(1000, catalog.PutDatabase(&model.Database{ID: 7, Name: "more", State: model.DatabaseCreated}))
		for tries := 0; ; tries++ {
			require.Less(t, tries, 3, "%v", actions)
			err := w.log.Commit(t.Context(), []*catalog.ChangeSet{cs}, 50)
			if err == nil {
				break
			}
			require.True(t, errors.Is(err, journal.ErrNotLanded), "%v", err)
		}
		w.stored(cs)
		for _, late := range store.Release(t.Context()) {
			require.True(t, errors.Is(late, kvstore.ErrGuard), "what was given up can never land: %v", late)
		}
		require.Equal(t, w.want, records(t, r.inner), "%v", actions)
		for batch := range slices.Chunk(left, w.log.RemoveLimit()) {
			for tries := 0; w.log.Remove(t.Context(), batch) != nil; tries++ {
				require.Less(t, tries, 3)
			}
		}
		_, st = load(t, r.inner)
		require.NoError(t, st.Diverged)
		require.NoError(t, st.JournalDamage)
		require.Equal(t, w.snap.Fingerprint(), st.Snapshot.Fingerprint())
		require.Len(t, st.Garbage, 2, "%v: nothing but what was there before", actions)
	}
	for _, one := range faults {
		for at := 1; at <= n; at++ {
			try(t, map[int]kvfault.Action{at: {Fault: one}})
			for _, two := range faults {
				for later := at + 1; later <= min(at+3, n+2); later++ {
					try(t, map[int]kvfault.Action{at: {Fault: one}, later: {Fault: two}})
				}
			}
		}
	}
}

// What is owed is there for whoever reads, and is written before anything else, be that a commit or a purge.
func TestWhatIsOwed(t *testing.T) {
	t.Parallel()
	refuse := false
	r, _ := newRedone(t, small["few operations"], kvfault.Config{OnCommit: func(_ int, txn kvstore.Txn) kvfault.Action {
		// Guards and puts of head only: the second of them ends the debt.
		if refuse && !slices.ContainsFunc(txn.Puts, func(p kvstore.Item) bool { return strings.HasPrefix(p.Key, root+"/"+codec.JournalPrefix) }) {
			return kvfault.Action{Fault: kvfault.Refuse}
		}
		return kvfault.Action{}
	}})
	log := r.w.log
	var told []int
	log.Owing = func(n int, err error) {
		require.True(t, errors.Is(err, journal.ErrNotLanded))
		told = append(told, n)
	}
	refuse = true
	require.NoError(t, log.Commit(t.Context(), []*catalog.ChangeSet{r.set}, 50), "it is durable")
	require.Equal(t, []int{len(r.set.Changes)}, told)
	require.Equal(t, r.wantBefore, records(t, r.inner))
	head := log.Head()
	require.Equal(t, r.set.Revision, head.Redo)
	require.Equal(t, r.set.Revision, head.Revision)
	require.Equal(t, uint32(codec.FormatRedo), mustHead(t, r.inner).Format, "older versions keep their hands off")

	read := func(key string) (string, error) {
		value, err := log.Read(t.Context(), key)
		all, err2 := log.ReadAll(t.Context(), []string{key})
		require.Equal(t, err == nil, err2 == nil)
		if err == nil {
			require.Equal(t, value, all[0])
		}
		return string(value), err
	}
	released, loaded := codec.Key(catalog.LoadRef(100)), codec.Key(catalog.LoadRef(200))
	_, err := read(released)
	require.True(t, errors.Is(err, kvstore.ErrNotFound))
	value, err := read(loaded)
	require.NoError(t, err)
	require.Equal(t, r.wantAfter[loaded], value)
	value, err = read("meta/root-coord/database/db-info/1")
	require.NoError(t, err)
	require.Equal(t, r.wantBefore["meta/root-coord/database/db-info/1"], value, "the rest is read from the store")

	more := r.w.set(1000, catalog.PutDatabase(&model.Database{ID: 7, Name: "more"}))
	err = log.Commit(t.Context(), []*catalog.ChangeSet{more}, 50)
	require.True(t, errors.Is(err, journal.ErrNotLanded), "%v", err)
	err = log.Commit(t.Context(), nil, 90)
	require.True(t, errors.Is(err, journal.ErrNotLanded), "%v", err)
	purged := []string{"meta/root-coord/database/collection-info/1/300", loaded}
	err = log.Remove(t.Context(), purged[:1])
	require.True(t, errors.Is(err, journal.ErrNotLanded), "%v", err)
	require.Equal(t, r.wantBefore, records(t, r.inner))

	refuse = false
	require.NoError(t, log.Remove(t.Context(), purged[:1]))
	delete(r.wantAfter, purged[0])
	require.Equal(t, r.wantAfter, records(t, r.inner))
	require.Zero(t, log.Head().Redo)
	_, err = read(released)
	require.True(t, errors.Is(err, kvstore.ErrNotFound))
	require.NoError(t, log.Commit(t.Context(), []*catalog.ChangeSet{more}, 50))
	_, st := load(t, r.inner)
	require.NoError(t, st.Diverged)
	require.Equal(t, r.w.snap.Fingerprint(), st.Snapshot.Fingerprint())
}

// Of two leaders the one that was fenced in the middle has its change set, and the other one pays.
func TestFencedInTheMiddleOfARedo(t *testing.T) {
	t.Parallel()
	var r *redone
	var other *writer
	r, _ = newRedone(t, small["few operations"], kvfault.Config{OnCommit: func(n int, _ kvstore.Txn) kvfault.Action {
		if n == 3 {
			other = reload(t, r.inner)
			require.NoError(t, other.log.Claim(t.Context(), "other", "", 60))
		}
		return kvfault.Action{}
	}})
	require.NoError(t, r.w.log.Commit(t.Context(), []*catalog.ChangeSet{r.set}, 50))
	require.Equal(t, r.after, other.snap.Fingerprint())
	err := r.w.log.Commit(t.Context(), []*catalog.ChangeSet{r.w.set(1000)}, 50)
	require.True(t, errors.Is(err, journal.ErrFenced), "%v", err)
	other.want = r.wantAfter
	other.commit(1000, catalog.PutDatabase(&model.Database{ID: 8, Name: "other"}))
	require.Equal(t, other.want, records(t, r.inner))
	require.True(t, errors.Is(r.w.log.Remove(t.Context(), []string{"x"}), journal.ErrFenced))
	require.Equal(t, other.want, records(t, r.inner), "whom nobody asks any more writes nothing")
}

// A change set that has landed is acknowledged, also if the store goes away for good before its records are written; but the Log does not know its
// own head any more.
func TestTheStoreGoesAwayInTheMiddleOfARedo(t *testing.T) {
	t.Parallel()
	r, store := newRedone(t, small["few operations"], kvfault.Config{OnCommit: kvfault.Commit(3, kvfault.CrashAfter)})
	require.NoError(t, r.w.log.Commit(r.untilAskedInVain(t), []*catalog.ChangeSet{r.set}, 50))
	store.Revive()
	err := r.w.log.Commit(t.Context(), []*catalog.ChangeSet{r.w.set(1000)}, 50)
	require.True(t, errors.Is(err, context.Canceled), "%v", err)
	require.True(t, errors.Is(r.w.log.Remove(t.Context(), []string{"x"}), context.Canceled))
	require.True(t, r.finish(t, r.inner))
}

// What can never be written is refused before anything is: it could not be paid.
func TestARedoThatCannotBePaidIsRefused(t *testing.T) {
	t.Parallel()
	r, store := newRedone(t, small["few operations"], kvfault.Config{})
	w := reload(t, store)
	huge := slices.Concat(releasing(w.collection(100)), loading(w.collection(200)), []catalog.Change{
		catalog.PutResourceGroup(&model.ResourceGroup{Name: "huge", Nodes: slices.Repeat([]int64{1 << 60}, 3000)}),
	})
	before := store.Commits()
	err := w.log.Commit(t.Context(), []*catalog.ChangeSet{w.set(1000, huge...)}, 50)
	require.True(t, errors.Is(err, journal.ErrTooLarge), "%v", err)
	twice := append(releasing(w.collection(200)), releasing(w.collection(200))...)
	cs := w.set(1000, twice...)
	cs.Revision = w.log.Head().Revision + 1
	err = w.log.Commit(t.Context(), []*catalog.ChangeSet{cs}, 50)
	require.True(t, errors.HasAssertionFailure(err), "a key twice: %v", err)
	require.Equal(t, before, store.Commits(), "nothing was written")
	require.Equal(t, r.wantBefore, records(t, store))
	require.False(t, r.finish(t, r.inner))
}

// stingy takes fewer writes than it says.
type stingy struct {
	kvstore.Store
	most int
}

func (s *stingy) Commit(ctx context.Context, t kvstore.Txn) error {
	if len(t.Puts)+len(t.Deletes) > s.most {
		return errors.Mark(errors.New("no"), kvstore.ErrTooLarge)
	}
	return s.Store.Commit(ctx, t)
}

// A store that counts in another way than we do is given less at once; one that takes nothing keeps the debt waiting.
func TestAStoreThatTakesLessThanItSays(t *testing.T) {
	t.Parallel()
	for _, most := range []int{3, 2, 1} {
		r, _ := newRedone(t, small["few operations"], kvfault.Config{})
		store := &stingy{r.inner, 100}
		w := reload(t, store)
		w.want = r.wantBefore
		store.most = max(most, 2) // the entry and head
		cs := w.set(1000, append(releasing(w.collection(100)), loading(w.collection(200))...)...)
		require.NoError(t, w.log.Commit(t.Context(), []*catalog.ChangeSet{cs}, 50))
		w.stored(cs)
		require.Equal(t, w.want, records(t, store))
		if most == 1 {
			cs := w.set(1000, releasing(w.collection(200))...)
			hold := &stingy{r.inner, 2}
			*store = *hold
			require.NoError(t, w.log.Commit(t.Context(), []*catalog.ChangeSet{cs}, 50))
			w.stored(cs)
			require.Equal(t, w.want, records(t, store))
		}
	}
}

// Where the journal entry of what is owed is damaged nobody can say what the catalog is: it is not written to.
func TestAnOwedEntryThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(rev catalog.Revision) kvstore.Txn{
		"gone": func(rev catalog.Revision) kvstore.Txn {
			return kvstore.Txn{Deletes: []string{root + "/" + codec.JournalKey(rev)}}
		},
		"a part gone": func(rev catalog.Revision) kvstore.Txn {
			return kvstore.Txn{Deletes: []string{root + "/" + codec.JournalPartKey(rev, 0)}}
		},
		"nonsense": func(rev catalog.Revision) kvstore.Txn {
			return kvstore.Txn{Puts: []kvstore.Item{{Key: root + "/" + codec.JournalKey(rev), Value: []byte{0xff}}}}
		},
		"empty": func(rev catalog.Revision) kvstore.Txn {
			entry, err := codec.EncodeJournalEntry(&codec.JournalEntry{Payload: []byte{2 << 3, 1}, Last: rev})
			require.NoError(t, err)
			return kvstore.Txn{Puts: []kvstore.Item{{Key: root + "/" + codec.JournalKey(rev), Value: entry}}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refuse := false
			r, _ := newRedone(t, small["and a journal in parts"], kvfault.Config{OnCommit: func(_ int, txn kvstore.Txn) kvfault.Action {
				if refuse && len(txn.Deletes) > 0 {
					return kvfault.Action{Fault: kvfault.Refuse}
				}
				return kvfault.Action{}
			}})
			refuse = true
			require.NoError(t, r.w.log.Commit(t.Context(), []*catalog.ChangeSet{r.set}, 50))
			require.NoError(t, r.inner.Commit(t.Context(), damage(r.set.Revision)))
			for range 2 { // also after somebody has claimed it
				log, st := load(t, r.inner)
				require.True(t, errors.Is(st.Diverged, catalog.ErrDiverged))
				require.ErrorContains(t, st.Diverged, fmt.Sprintf("the records of revision %d were not all written, and its journal entry cannot be read", r.set.Revision))
				require.NoError(t, log.Claim(t.Context(), "n2", "", 60))
				w := &writer{t, log, st.Snapshot, map[string]string{}}
				err := log.Commit(t.Context(), []*catalog.ChangeSet{w.set(1000)}, 50)
				require.True(t, errors.Is(err, journal.ErrNotLanded), "%v", err)
				require.True(t, errors.Is(log.Remove(t.Context(), []string{"x"}), journal.ErrNotLanded))
			}
			require.Equal(t, r.wantBefore, records(t, r.inner))
		})
	}

	// A store that does not answer is no damage.
	refuse := false
	var fail bool
	r, store := newRedone(t, small["few operations"], kvfault.Config{
		OnCommit: func(_ int, txn kvstore.Txn) kvfault.Action {
			if refuse && len(txn.Deletes) > 0 {
				return kvfault.Action{Fault: kvfault.Refuse}
			}
			return kvfault.Action{}
		},
		OnRead: func(_ int, read kvfault.Read) kvfault.Action {
			if fail && read.Op == kvfault.Get && strings.HasPrefix(read.Key, root+"/"+codec.JournalPrefix) {
				return kvfault.Action{Fault: kvfault.Refuse}
			}
			return kvfault.Action{}
		},
	})
	refuse = true
	require.NoError(t, r.w.log.Commit(t.Context(), []*catalog.ChangeSet{r.set}, 50))
	fail = true
	_, _, err := journal.Load(t.Context(), store, root)
	require.True(t, errors.Is(err, kvstore.ErrUnavailable), "%v", err)
}

// A version that covers other kinds, and knew of redo, has left something owed: there is no sum to compare with, and nothing is lost.
func TestWhatAnotherVersionOwes(t *testing.T) {
	t.Parallel()
	refuse := false
	r, _ := newRedone(t, small["few operations"], kvfault.Config{OnCommit: func(_ int, txn kvstore.Txn) kvfault.Action {
		if refuse && len(txn.Deletes) > 0 {
			return kvfault.Action{Fault: kvfault.Refuse}
		}
		return kvfault.Action{}
	}})
	refuse = true
	require.NoError(t, r.w.log.Commit(t.Context(), []*catalog.ChangeSet{r.set}, 50))
	head := mustHead(t, r.inner)
	require.NotZero(t, head.Redo)
	head.Covered, head.Sum = append(head.Covered, "role"), catalog.Fingerprint{Hi: 1}
	value, err := codec.EncodeHead(head)
	require.NoError(t, err)
	require.NoError(t, r.inner.Commit(t.Context(), kvstore.Txn{Puts: []kvstore.Item{{Key: root + "/" + codec.HeadKey, Value: value}}}))
	require.True(t, r.finish(t, r.inner))
}

// Whatever statements of whatever size meet whatever faults and restarts: the catalog is what was acknowledged, and so are the records.
func TestStatementsUnderFaults(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		rates := rapid.SampledFrom([]int{0, 3, 10}).Draw(rt, "faults")
		inner := memory.Open(memory.NewData(), memory.WithLimits(kvstore.Limits{Ops: rapid.IntRange(5, 20).Draw(rt, "ops"), Bytes: 10_000}))
		faults := []kvfault.Fault{kvfault.Refuse, kvfault.LoseAnswer, kvfault.LoseRequest, kvfault.ApplyLate}
		quiet := true
		store := kvfault.New(inner, kvfault.Config{OnCommit: func(int, kvstore.Txn) kvfault.Action {
			if quiet || rates == 0 || rapid.IntRange(0, rates).Draw(rt, "faulty") > 0 {
				return kvfault.Action{}
			}
			return kvfault.Action{Fault: rapid.SampledFrom(faults).Draw(rt, "fault")}
		}})
		w := found(t, inner)
		want := w.want
		w = reload(t, store)
		w.commit(1000)
		for id := model.ID(100); id <= 500; id += 100 {
			cs := w.set(1000, partitioned(id, 5)...)
			require.NoError(rt, w.log.Commit(t.Context(), []*catalog.ChangeSet{cs}, 50))
			w.stored(cs)
			maps.Copy(want, w.want)
		}
		w.want, quiet = want, false
		for range rapid.IntRange(1, 12).Draw(rt, "statements") {
			if rapid.IntRange(0, 4).Draw(rt, "restart") == 0 {
				want := w.want
				w = reload(t, store)
				w.want = want
				store.Release(t.Context())
			}
			var changes []catalog.Change
			for id := model.ID(100); id <= 500; id += 100 {
				c := w.collection(id)
				_, loaded := c.Load()
				switch what := rapid.IntRange(0, 2).Draw(rt, "what"); {
				case what == 0:
				case loaded:
					changes = append(changes, releasing(c)...)
				default:
					changes = append(changes, loading(c)...)
				}
			}
			before := w.snap
			cs := w.set(1000, changes...)
			if err := w.log.Commit(t.Context(), []*catalog.ChangeSet{cs}, 50); err == nil {
				w.stored(cs)
			} else {
				require.True(rt, errors.Is(err, journal.ErrNotLanded), "%v", err)
				w.snap = before
			}
			_, st := load(t, inner)
			require.NoError(rt, st.Diverged)
			require.NoError(rt, st.JournalDamage)
			require.Equal(rt, w.snap.Fingerprint(), st.Snapshot.Fingerprint())
			if w.log.Head().Redo == 0 {
				require.Equal(rt, w.want, records(t, inner))
			}
		}
		quiet = true
		require.NoError(rt, w.log.Commit(t.Context(), nil, 0))
		for _, late := range store.Release(t.Context()) {
			require.True(rt, errors.Is(late, kvstore.ErrGuard), "%v", late)
		}
		require.Equal(rt, w.want, records(t, inner))
	})
}
