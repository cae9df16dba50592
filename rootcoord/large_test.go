package rootcoord_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/errors"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/taproot-db/taproot/kvstore"
	"github.com/taproot-db/taproot/kvstore/kvfault"
	"github.com/taproot-db/taproot/kvstore/memory"
	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/journal"
	"github.com/taproot-db/taproot/metastore/model"
	taprootv1 "github.com/taproot-db/taproot/proto/taproot/v1"
	"github.com/taproot-db/taproot/rootcoord"
)

// etcdLimits are those of an etcd that nobody has configured.
var etcdLimits = memory.WithLimits(kvstore.Limits{Ops: 128, Bytes: 3 << 19})

// largeSteps is at how many of the commits of each statement something happens, evenly spread, unless TAPROOT_LARGE_STEPS says
// otherwise; 0 means at every one, and every fault that there is. The race detector makes a mebibyte slow.
const largeSteps = 3

// noise is text that does not get shorter when it is compressed, as journal entries are.
func noise(size int, seed uint64) string {
	var key [32]byte
	key[0], key[1] = byte(seed), byte(seed>>8)
	raw := make([]byte, size)
	_, _ = rand.NewChaCha8(key).Read(raw) // never fails
	return base64.StdEncoding.EncodeToString(raw)[:size]
}

// largeSpec describes a collection by what is large in it.
func largeSpec(fields, descriptions, partitions, shards int) *taprootv1.CollectionSpec {
	s := spec("large")
	s.ShardsNum = int32(shards)
	for i := len(s.GetFields()); i < fields; i++ {
		s.Fields = append(s.Fields, field(fmt.Sprintf("f%d", i)))
	}
	for i, f := range s.GetFields() {
		f.Description = noise(descriptions/fields, uint64(i))
	}
	if partitions > 0 {
		s.NumPartitions = int64(partitions)
		s.Fields[len(s.GetFields())-1].DataType = int32(model.Int64)
		s.Fields[len(s.GetFields())-1].PartitionKey = true
	}
	return s
}

// largeStory is a statement on an object that no transaction of etcd holds.
type largeStory struct {
	name  string
	given []*taprootv1.ExecuteRequest
	do    *taprootv1.ExecuteRequest
}

func largeStories() []largeStory {
	const (
		mib        = 1 << 20
		fields     = 64
		partitions = 1024
		shards     = 16
	)
	everything := createSpec(largeSpec(fields, mib, partitions, shards))
	oneField := largeSpec(2, 0, 0, 1)
	oneField.Fields[0].Description = noise(mib, 0)
	keyed := createSpec(largeSpec(3, 0, partitions, 1))
	alter := func(size int, seed uint64) *taprootv1.ExecuteRequest {
		return &taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_AlterCollection{AlterCollection: &taprootv1.AlterCollection{
			Database: "default", Collection: "large", Set: []*taprootv1.Property{{Key: "k", Value: noise(size, seed)}},
		}}}
	}
	given := func(reqs ...*taprootv1.ExecuteRequest) []*taprootv1.ExecuteRequest { return reqs }
	return []largeStory{
		{"create with 1024 partitions by partition key", nil, keyed},
		{"create with a schema of 1 MiB", nil, createSpec(largeSpec(fields, mib, 0, 1))},
		{"create with one field of 1 MiB", nil, createSpec(oneField)},
		{"create with 64 fields and 16 shards", nil, createSpec(largeSpec(fields, 0, 0, shards))},
		{"create with all of that", nil, everything},
		{"drop with 1024 partitions", given(keyed), drop("large")},
		{"drop with all of that", given(everything), drop("large")},
		{"rename with all of that to another database", given(everything), in("default").rename("large", "shop", "moved")},
		{"alter by 1 MiB what has half of it", given(create("large"), alter(mib/2, 1)), alter(mib, 2)},
	}
}

// pains.md 1, 2, 10, 12, 63: on a store that takes no more than etcd does, a statement on something larger than a transaction
// is done or not done, whichever of its commits, its purge's among them, is the last thing that happens; and whatever is left of it is purged.
func TestLargeObjectsAreWholeOrAbsent(t *testing.T) {
	t.Parallel()
	most := number(t, "TAPROOT_LARGE_STEPS", largeSteps)
	for _, st := range largeStories() {
		t.Run(st.name, func(t *testing.T) {
			t.Parallel()
			b := &bench{t: t, largeStory: st}
			b.prepare()
			crashes, errs := []kvfault.Fault{kvfault.CrashAfter, kvfault.ApplyLate}, []kvfault.Fault{kvfault.LoseAnswer}
			if most == 0 {
				crashes, errs = append(crashes, kvfault.CrashBefore), append(errs, kvfault.Refuse, kvfault.LoseRequest)
			}
			steps := spread(b.commits, most)
			for _, step := range steps {
				for _, f := range crashes {
					b.crash(step, f)
				}
				for _, f := range errs {
					b.disturb(step, f)
				}
			}
			t.Logf("%d commits, tried at %v", b.commits, steps)
		})
	}
}

// spread returns at most that many of the numbers 1 to n, the first and the last among them; all of them for 0.
func spread(n, most int) []int {
	var out []int
	for i := range n {
		if most <= 0 || n <= most || i == 0 || i*(most-1)/(n-1) != (i-1)*(most-1)/(n-1) {
			out = append(out, i+1)
		}
	}
	return out
}

// bench plays one story on copies of one store.
type bench struct {
	t *testing.T
	largeStory
	base          map[string]string // the store before the statement
	commits       int               // of the statement and the purge after it
	before, after outline
	metrics       *prometheus.Registry // of the coordinator that was started last
}

func (b *bench) start(store kvstore.Store) *node {
	b.t.Helper()
	b.metrics = prometheus.NewRegistry()
	return start(b.t, store, func(_ *rootcoord.Config, d *rootcoord.Deps) { d.Registerer = b.metrics })
}

// purged waits until the coordinator that was started last has nothing to purge.
func (b *bench) purged(n *node) {
	b.t.Helper()
	n.await("purge", func() bool {
		families, err := b.metrics.Gather()
		if err != nil {
			return false
		}
		i := slices.IndexFunc(families, func(f *dto.MetricFamily) bool { return f.GetName() == "taproot_purge_backlog" })
		return i >= 0 && families[i].GetMetric()[0].GetGauge().GetValue() == 0
	})
}

// outline is what a catalog holds, without the ids, which differ from try to try, and how many records it takes in the store.
type outline struct {
	holds   map[string]string
	records map[string]int // by kind
}

func (b *bench) prepare() {
	b.t.Helper()
	data := memory.NewData()
	n := start(b.t, memory.Open(data, etcdLimits))
	n.must(in("shop").createDatabase())
	n.must(create("stays"))
	for _, req := range b.given {
		n.must(req)
	}
	require.Error(b.t, n.stop())
	b.base = keys(b.t, memory.Open(data))
	b.before = outline{holds(check(b.t, memory.Open(data))), records(b.t, data, nil)}

	data = b.copy()
	store := kvfault.New(memory.Open(data, etcdLimits), kvfault.Config{})
	n = b.start(store)
	started := store.Commits()
	require.True(b.t, n.must(b.do).GetChanged())
	b.purged(n)
	b.commits = store.Commits() - started
	require.Error(b.t, n.stop())
	b.after = outline{holds(check(b.t, memory.Open(data))), records(b.t, data, nil)}
	require.NotEqual(b.t, b.before, b.after)
}

// copy returns another store with what was there before the statement.
func (b *bench) copy() *memory.Data {
	b.t.Helper()
	data := memory.NewData()
	put(b.t, data, b.base)
	return data
}

// outline reads the store as a start does.
func (b *bench) outline(data *memory.Data) outline {
	b.t.Helper()
	_, st, err := journal.Load(b.t.Context(), memory.Open(data), root)
	require.NoError(b.t, err)
	require.NoError(b.t, st.Diverged)
	require.NoError(b.t, st.JournalDamage)
	require.Empty(b.t, st.Snapshot.Quarantine())
	return outline{holds(st.Snapshot), records(b.t, data, st.Garbage)}
}

// records counts the records in a store by kind, without those that are garbage.
func records(t *testing.T, data *memory.Data, garbage []string) map[string]int {
	t.Helper()
	dead := make(map[string]bool, len(garbage))
	for _, k := range garbage {
		dead[k] = true
	}
	n := map[string]int{}
	for k := range keys(t, memory.Open(data)) {
		if kind, ok := strings.CutPrefix(k, "meta/root-coord/"); ok && !dead[k] {
			n[strings.TrimRight(kind, "/0123456789")]++
		}
	}
	return n
}

// holds tells all of a catalog but ids and times, long texts by their length and end.
func holds(s *catalog.Snapshot) map[string]string {
	out := map[string]string{}
	for d := range s.Databases() {
		for c := range s.Collections(d.ID) {
			var text strings.Builder
			for f := range c.Fields() {
				fmt.Fprintln(&text, f.ID, f.Name, f.Type, len(f.Description), f.Description[max(0, len(f.Description)-9):])
			}
			for p := range c.Partitions() {
				fmt.Fprintln(&text, p.Name)
			}
			for _, p := range c.Properties {
				fmt.Fprintln(&text, p.Key, len(p.Value), p.Value[max(0, len(p.Value)-9):])
			}
			out[d.Name+"/"+c.Name] = text.String() + fmt.Sprintln(c.State, c.Shards, len(c.PhysicalChannels), len(c.VirtualChannels), c.Aliases())
		}
	}
	return out
}

// trial is one try of the statement.
type trial struct {
	*node
	data  *memory.Data
	store *kvfault.Store
	err   error // what the client got; that it gave up, where the store died under it
}

// try gives the statement to a coordinator, at one of whose commits from then on something happens.
func (b *bench) try(step int, f kvfault.Fault) *trial {
	b.t.Helper()
	tr := &trial{data: b.copy()}
	var start atomic.Int64
	tr.store = kvfault.New(memory.Open(tr.data, etcdLimits), kvfault.Config{OnCommit: func(i int, _ kvstore.Txn) kvfault.Action {
		if from := start.Load(); from == 0 || int64(i) != from+int64(step) {
			return kvfault.Action{}
		}
		if f == kvfault.ApplyLate {
			tr.store.Crash() // the transaction is on its way when its sender dies
		}
		return kvfault.Action{Fault: f}
	}})
	tr.node = b.start(tr.store)
	start.Store(int64(tr.store.Commits()))
	ctx, cancel := context.WithCancel(b.t.Context())
	defer cancel()
	answers := make(chan error, 1)
	go func() {
		_, err := tr.Statements().Execute(ctx, b.do)
		answers <- err
	}()
	tr.await("an answer, or a dead store", func() bool { return len(answers) > 0 || tr.store.Crashed() })
	if tr.store.Crashed() {
		cancel() // the statement waits for the store; nobody waits for the statement
	}
	tr.err = <-answers
	return tr
}

// crash has the process die at a commit.
func (b *bench) crash(step int, f kvfault.Fault) {
	b.t.Helper()
	what := fmt.Sprintf("%v at commit %d of %d", f, step, b.commits)
	tr := b.try(step, f)
	tr.await("a dead store", tr.store.Crashed)
	require.Error(b.t, tr.stop())
	now := b.outline(tr.data)
	landed := maps.Equal(now.holds, b.after.holds)
	require.True(b.t, landed || tr.err != nil, "%s: what was acknowledged is there", what)
	b.is(now, landed, what)

	n := b.start(memory.Open(tr.data, etcdLimits))
	for _, err := range tr.store.Release(b.t.Context()) {
		require.True(b.t, errors.Is(err, kvstore.ErrGuard), "%s: what a dead process has sent comes too late: %v", what, err)
	}
	b.finish(n, tr.data, landed, what)
}

// disturb has the store answer a commit with an error, and go on.
func (b *bench) disturb(step int, f kvfault.Fault) {
	b.t.Helper()
	what := fmt.Sprintf("%v at commit %d of %d", f, step, b.commits)
	tr := b.try(step, f)
	landed := tr.err == nil
	require.True(b.t, landed || status.Code(tr.err) == codes.Unavailable, "%s: %v", what, tr.err)
	b.is(b.outline(tr.data), landed, what)
	b.finish(tr.node, tr.data, landed, what)
}

// finish waits for the purge, asks again for what has not been done, and ends the coordinator; nothing may be left behind.
func (b *bench) finish(n *node, data *memory.Data, landed bool, what string) {
	b.t.Helper()
	b.purged(n)
	if !landed {
		b.is(b.outline(data), false, what)
		require.True(b.t, n.must(b.do).GetChanged(), what)
		b.purged(n)
	}
	require.Equal(b.t, b.after.holds, holds(n.Snapshot()), what)
	require.Error(b.t, n.stop())
	b.is(outline{holds(check(b.t, memory.Open(data))), records(b.t, data, nil)}, true, what)
}

// is compares an outline with the one that it must have.
func (b *bench) is(now outline, landed bool, what string) {
	b.t.Helper()
	want := b.before
	if landed {
		want = b.after
	}
	require.Equal(b.t, want, now, what)
}
