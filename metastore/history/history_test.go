package history_test

import (
	"context"
	"fmt"
	"iter"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/errors"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/taproot-db/taproot/kvstore/memory"
	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/history"
	"github.com/taproot-db/taproot/metastore/model"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func create(id model.ID, name string) []catalog.Change {
	return []catalog.Change{
		catalog.PutCollection(&model.Collection{ID: id, Database: 1, Name: name, Shards: 1, PhysicalChannels: []string{"p"}, State: model.Created}),
		catalog.PutField(id, &model.Field{ID: 100, Name: "f", Type: model.Int64}),
		catalog.PutPartition(&model.Partition{ID: id + 1, Collection: id, Name: "_default", State: model.Created}),
	}
}

func dropped(c *model.Collection) catalog.Change {
	gone := *c
	gone.State = model.Dropping
	return catalog.PutCollection(&gone)
}

// statement stages one statement at random on few names, so that names come back.
func (w *world) statement(t *rapid.T) {
	name := fmt.Sprintf("c%d", rapid.IntRange(0, 4).Draw(t, "name"))
	c, ok := w.snap.Resolve(1, name)
	if !ok {
		if rapid.Bool().Draw(t, "empty") {
			w.stage() // a reservation
		}
		w.stage(create(w.snap.NextID(), name)...)
		return
	}
	switch rapid.IntRange(0, 9).Draw(t, "what") {
	case 6, 7, 8, 9:
		w.plane(t, c)
	case 0:
		var changes []catalog.Change
		for _, a := range c.Aliases() {
			changes = append(changes, catalog.Delete(catalog.Ref{Kind: catalog.KindAlias, Parent: 1, Name: a}))
		}
		w.stage(append(changes, dropped(c.Collection))...)
	case 1:
		altered := *c.Collection
		altered.Description = fmt.Sprint(w.snap.Revision())
		w.stage(catalog.PutCollection(&altered))
	case 2:
		id := w.snap.NextID()
		w.stage(catalog.PutPartition(&model.Partition{ID: id, Collection: c.ID, Name: fmt.Sprintf("p%d", id), State: model.Created}))
	case 3:
		last := slices.Collect(c.Partitions())[c.CountPartitions()-1]
		gone := *last
		gone.State = model.Dropping
		changes := []catalog.Change{catalog.PutPartition(&gone)}
		if l, ok := c.PartitionLoad(last.ID); ok {
			changes = append(changes, catalog.Delete(catalog.PartitionLoadRef(l)))
		}
		w.stage(changes...)
		w.stage(catalog.PutPartition(last)) // and back, so that there is always one
	case 4:
		alias := fmt.Sprintf("a%d", rapid.IntRange(0, 2).Draw(t, "alias"))
		w.stage(catalog.PutAlias(&model.Alias{Database: 1, Name: alias, Collection: c.ID}))
	case 5:
		renamed := *c.Collection
		renamed.Name = fmt.Sprintf("r%d", w.snap.Revision())
		changes := []catalog.Change{catalog.PutCollection(&renamed)}
		if len(c.Aliases()) == 0 && rapid.Bool().Draw(t, "across") {
			renamed.Database = 2
			changes = []catalog.Change{catalog.PutCollection(&renamed), catalog.Delete(catalog.CollectionRef(c.Collection))}
		}
		w.stage(changes...)
	}
}

// plane stages a statement about indexes, loads or resource groups, or a report.
func (w *world) plane(t *rapid.T, c *catalog.Collection) {
	n := rapid.IntRange(0, 2).Draw(t, "n")
	indexes := slices.Collect(c.Indexes())
	_, loaded := c.Load()
	switch what := rapid.IntRange(0, 4).Draw(t, "what of the plane"); {
	case what == 0:
		g := &model.ResourceGroup{Name: fmt.Sprint("rg", n), Nodes: []int64{int64(w.snap.Revision())}}
		if _, there := w.snap.ResourceGroup(g.Name); there {
			w.stage(catalog.Delete(catalog.ResourceGroupRef(g.Name)))
			return
		}
		w.stage(catalog.PutResourceGroup(g))
	case what == 1 || len(indexes) == 0:
		w.stage(catalog.PutIndex(&model.Index{ID: w.snap.NextID(), Collection: c.ID, Field: 100, Name: fmt.Sprint("i", w.snap.Revision())}))
	case what == 2:
		i := indexes[n%len(indexes)]
		if _, reported := c.IndexReport(i.ID); reported {
			w.stage(catalog.Delete(catalog.IndexRef(i)), catalog.Delete(catalog.IndexReportRef(c.ID, i.ID)))
			return
		}
		w.stage(catalog.PutIndexReport(&model.IndexReport{Collection: c.ID, Index: i.ID, Indexed: int64(n)}))
	case !loaded:
		changes := []catalog.Change{
			catalog.PutLoad(&model.Load{Collection: c.ID, Replicas: int32(n)}), catalog.PutReplica(&model.Replica{ID: w.snap.NextID(), Collection: c.ID}),
		}
		for p := range c.Partitions() {
			changes = append(changes, catalog.PutPartitionLoad(&model.PartitionLoad{Collection: c.ID, Partition: p.ID}))
		}
		w.stage(changes...)
	case what == 3:
		w.stage(catalog.PutLoadReport(&model.LoadReport{Collection: c.ID, Spec: uint64(w.snap.Revision())}))
	default:
		changes := []catalog.Change{catalog.Delete(catalog.LoadRef(c.ID)), catalog.Delete(catalog.LoadReportRef(c.ID))}
		for p := range c.PartitionLoads() {
			changes = append(changes, catalog.Delete(catalog.PartitionLoadRef(p)))
		}
		for r := range c.Replicas() {
			changes = append(changes, catalog.Delete(catalog.ReplicaRef(r)))
		}
		w.stage(changes...)
	}
}

// Whatever was done, and however often the process was restarted since, which also purges the keys of what was dropped: each
// time has the catalog that it had then, as far as the journal reaches, and a refusal before.
func TestEveryTimeHasTheCatalogItHad(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		w := found(t.Context(), rt, memory.New(), history.Config{
			Recent: rapid.IntRange(1, 12).Draw(rt, "recent"), Older: rapid.IntRange(1, 8).Draw(rt, "older"),
		})
		w.stage(catalog.PutDatabase(&model.Database{ID: 2, Name: "other", State: model.DatabaseCreated}))
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			switch rapid.IntRange(0, 11).Draw(rt, "step") {
			case 0:
				w.restart()
			case 1, 2, 3, 4, 5:
				w.commit()
			default:
				w.statement(rt)
			}
		}
		w.commit()
		w.trim(rapid.IntRange(0, 3).Draw(rt, "trimmed"))
		if rapid.Bool().Draw(rt, "restarted") {
			w.restart()
		}
		oldest := w.history.Reach()
		require.Equal(rt, w.seen[oldest.Revision-1].at, oldest.Timestamp)
		order := rapid.Permutation(w.seen).Draw(rt, "order")
		for _, m := range append(order, order...) {
			revision := slices.IndexFunc(w.seen, func(s moment) bool { return s.at == m.at }) + 1
			if m.at < oldest.Timestamp {
				_, err := w.history.At(w.ctx, m.at)
				require.True(rt, errs.ParameterInvalid.Is(err), "%v", err)
				continue
			}
			w.check(revision, m.at)
			w.check(revision, m.at+9)
		}
		for _, ts := range []model.Timestamp{0, w.snap.Timestamp(), 1 << 40, math.MaxUint64} {
			w.check(len(w.seen), ts)
		}
	})
}

// library makes n change sets, each in a commit of its own, after the first: create and drop of one name in turn.
func library(t *testing.T, n int, c history.Config) *world {
	t.Helper()
	w := found(t.Context(), t, memory.New(), c)
	for range n {
		if c, ok := w.snap.Collection(1, "books"); ok {
			w.stage(dropped(c.Collection))
		} else {
			w.stage(create(w.snap.NextID(), "books")...)
		}
		w.commit()
	}
	return w
}

func TestATimeBeforeTheReachIsRefusedByName(t *testing.T) {
	t.Parallel()
	w := library(t, 10, history.Config{})
	w.trim(4)
	oldest := w.history.Reach()
	require.Equal(t, catalog.Revision(5), oldest.Revision)
	require.Equal(t, w.seen[4].at, oldest.Timestamp)
	require.Positive(t, oldest.JournalBytes)
	for range 2 { // the ring knows more than the journal, which must make no difference
		w.check(5, oldest.Timestamp)
		_, err := w.history.At(t.Context(), oldest.Timestamp-1)
		require.EqualError(t, err, "no catalog is kept for time_stamp 1049 (1970-01-01T00:00:00.000Z): "+
			"the oldest time there is is 1050 (1970-01-01T00:00:00.000Z), at revision 5: invalid parameter")
		require.Equal(t, int32(1100), errs.Of(err).Code)
		w.restart()
	}
	w.trim(100)
	require.Equal(t, catalog.Revision(11), w.history.Reach().Revision, "the newest entry stays")
	w.check(11, w.seen[10].at)
}

func TestRecentTimesNeedNoJournal(t *testing.T) {
	t.Parallel()
	w := found(t.Context(), t, memory.New(), history.Config{})
	w.sumsOnly = true
	for range 8 { // batches as large as they get
		for range 256 {
			w.stage(create(w.snap.NextID(), fmt.Sprint("c", w.snap.Revision()))...)
		}
		w.commit()
	}
	for r := len(w.seen) - 1000; r <= len(w.seen); r += 37 {
		w.check(r, w.seen[r-1].at)
		a, err := w.history.At(t.Context(), w.seen[r-1].at)
		require.NoError(t, err)
		b, err := w.history.At(t.Context(), w.seen[r-1].at+1)
		require.NoError(t, err)
		require.Same(t, a, b, "made once")
	}
	require.Zero(t, w.undone)
	w.check(2, w.seen[1].at)
	require.Positive(t, w.undone, "older ones do")
}

func TestAnOldTimeIsRebuiltOnce(t *testing.T) {
	t.Parallel()
	w := library(t, 300, history.Config{})
	w.restart()
	w.check(200, w.seen[199].at)
	require.Equal(t, 101, w.undone)
	w.check(200, w.seen[199].at+5)
	require.Equal(t, 101, w.undone, "kept")
	w.check(190, w.seen[189].at)
	require.Equal(t, 111, w.undone, "continued from there")
	w.check(240, w.seen[239].at)
	require.Less(t, w.undone, 111+64, "from what was left on the way")
}

func TestManyWaitForOneRebuild(t *testing.T) {
	t.Parallel()
	w := library(t, 500, history.Config{})
	w.restart()
	var all sync.WaitGroup
	got := make([]*catalog.Snapshot, 32)
	for i := range got {
		all.Go(func() {
			s, err := w.history.At(t.Context(), w.seen[99].at+model.Timestamp(i%10))
			if err == nil {
				got[i] = s
			}
		})
	}
	all.Wait()
	for _, s := range got {
		require.NotNil(t, s)
		require.Same(t, got[0], s)
	}
	require.Equal(t, 401, w.undone)
}

// Readers go back while the leader goes forward from the same Snapshots: to be run with the race detector.
func TestBackAndForthAtOnce(t *testing.T) {
	t.Parallel()
	w := library(t, 60, history.Config{Recent: 8, Older: 4})
	w.restart()
	known := slices.Clone(w.seen)
	var done atomic.Bool
	var all sync.WaitGroup
	failed := make(chan string, 4)
	for g := range 4 {
		all.Go(func() {
			for n := g; !done.Load(); n += 7 {
				m := known[n%len(known)]
				s, err := w.history.At(t.Context(), m.at)
				if err != nil || s.Fingerprint() != m.sum || !slices.Equal(content(s), m.content) {
					failed <- fmt.Sprintf("revision %d: %v", n%len(known)+1, err)
					return
				}
			}
		})
	}
	for i := range 50 {
		w.stage(create(w.snap.NextID(), fmt.Sprint("new", i))...)
		w.stage(create(w.snap.NextID(), fmt.Sprint("newer", i))...)
		w.commit()
	}
	done.Store(true)
	all.Wait()
	close(failed)
	for f := range failed {
		t.Error(f)
	}
	w.check(len(w.seen), 0)
}

// slow is a journal that stops in the middle until it is told to go on.
type slow struct {
	history.Journal
	after   int
	reached chan struct{}
	err     error
}

func (s *slow) Back(ctx context.Context, from catalog.Revision) iter.Seq2[*catalog.ChangeSet, error] {
	return func(yield func(*catalog.ChangeSet, error) bool) {
		n := 0
		for cs, err := range s.Journal.Back(ctx, from) {
			if n++; n == s.after {
				if s.err != nil {
					yield(nil, s.err)
					return
				}
				close(s.reached)
				<-ctx.Done()
			}
			if !yield(cs, err) {
				return
			}
		}
	}
}

func TestWhoGivesUpLeavesWhatHasBeenDone(t *testing.T) {
	t.Parallel()
	w := library(t, 40, history.Config{})
	w.restart()
	j := &slow{Journal: w.log.Past(), after: 21, reached: make(chan struct{})}
	w.config.Journal = j
	w.history = history.New(w.config)
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan error, 2)
	go func() {
		_, err := w.history.At(ctx, w.seen[1].at)
		gone <- err
	}()
	<-j.reached
	waiting, leave := context.WithCancel(t.Context())
	go func() {
		_, err := w.history.At(waiting, w.seen[2].at)
		gone <- err
	}()
	leave()
	require.ErrorIs(t, <-gone, context.Canceled, "who waits for another one's rebuild may leave, too")
	cancel()
	require.ErrorIs(t, <-gone, context.Canceled)
	require.Equal(t, 19, w.undone)
	j.after = 0
	w.check(2, w.seen[1].at)
	require.Equal(t, 39, w.undone, "nothing is done twice")
}

func TestAStoreThatIsAway(t *testing.T) {
	t.Parallel()
	w := library(t, 40, history.Config{})
	w.restart()
	away := errors.New("away")
	j := &slow{Journal: w.log.Past(), after: 10, err: away}
	w.config.Journal = j
	w.history = history.New(w.config)
	_, err := w.history.At(t.Context(), w.seen[1].at)
	require.ErrorIs(t, err, away)
	require.Equal(t, catalog.Revision(1), w.history.Reach().Revision, "that is no end of the way")
	j.after = 0
	w.check(2, w.seen[1].at)
}

// An earlier version wrote drops that do not tell what left with them: there the way back ends, and is said to.
func TestWhereTheJournalDoesNotTellTheWayBackEnds(t *testing.T) {
	t.Parallel()
	w := found(t.Context(), t, memory.New(), history.Config{})
	w.stage(create(w.snap.NextID(), "books")...)
	w.commit()
	c, _ := w.snap.Collection(1, "books")
	w.stage(dropped(c.Collection))
	w.pending[0].Left = nil
	w.commit()
	w.stage(create(w.snap.NextID(), "books")...)
	w.commit()
	w.restart()
	for range 2 {
		_, err := w.history.At(t.Context(), w.seen[1].at)
		require.ErrorContains(t, err, "the oldest time there is is 1030 (")
		require.True(t, errs.ParameterInvalid.Is(err))
		w.check(3, w.seen[2].at)
		require.Equal(t, catalog.Revision(3), w.history.Reach().Revision)
	}
}
