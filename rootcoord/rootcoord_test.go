package rootcoord_test

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cockroachdb/errors"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
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
	"github.com/taproot-db/taproot/rootcoord/steps"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const root = "by-dev"

// node is a running coordinator.
type node struct {
	t *testing.T
	*rootcoord.Coordinator
	cancel context.CancelCauseFunc
	ended  chan error
}

var errStop = errors.New("stopped by the test")

func start(t *testing.T, store kvstore.Store, more ...func(*rootcoord.Config, *rootcoord.Deps)) *node {
	t.Helper()
	n := startAnyway(t, store, more...)
	n.await("ready", func() bool { return n.Ready() == nil })
	return n
}

func startAnyway(t *testing.T, store kvstore.Store, more ...func(*rootcoord.Config, *rootcoord.Deps)) *node {
	t.Helper()
	cfg := rootcoord.Config{StopGrace: 20 * time.Millisecond}
	deps := rootcoord.Deps{Store: store, Root: root, Logger: slog.New(slog.DiscardHandler), Registerer: prometheus.NewRegistry()}
	for _, f := range more {
		f(&cfg, &deps)
	}
	c, err := rootcoord.New(cfg, deps)
	require.NoError(t, err)
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(t.Context()))
	n := &node{t: t, Coordinator: c, cancel: cancel, ended: make(chan error, 1)}
	go func() { n.ended <- c.Run(ctx) }()
	t.Cleanup(func() { n.cancel(errStop) })
	return n
}

// stop ends the node and returns why it ended.
func (n *node) stop() error {
	n.t.Helper()
	n.cancel(errStop)
	return n.wait()
}

func (n *node) wait() error {
	n.t.Helper()
	select {
	case err := <-n.ended:
		return err
	case <-time.After(20 * time.Second):
		n.t.Fatal("the coordinator does not end")
		return nil
	}
}

// await polls for a condition of another goroutine.
func (n *node) await(what string, ok func() bool) {
	n.t.Helper()
	require.Eventually(n.t, ok, 20*time.Second, time.Millisecond, what)
}

func (n *node) execute(req *taprootv1.ExecuteRequest) (*taprootv1.ExecuteResponse, error) {
	return n.Statements().Execute(n.t.Context(), req)
}

func (n *node) must(req *taprootv1.ExecuteRequest) *taprootv1.ExecuteResponse {
	n.t.Helper()
	resp, err := n.execute(req)
	require.NoError(n.t, err)
	return resp
}

func spec(name string, fields ...*taprootv1.Field) *taprootv1.CollectionSpec {
	all := append([]*taprootv1.Field{
		{Name: "id", DataType: int32(model.Int64), PrimaryKey: true},
		{Name: "vec", DataType: int32(model.FloatVector), TypeParams: []*taprootv1.Property{{Key: "dim", Value: "8"}}},
	}, fields...)
	return &taprootv1.CollectionSpec{Name: name, Fields: all, ConsistencyLevel: int32(model.Bounded)}
}

func create(name string) *taprootv1.ExecuteRequest {
	return createSpec(spec(name))
}

func createSpec(s *taprootv1.CollectionSpec) *taprootv1.ExecuteRequest {
	return &taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_CreateCollection{
		CreateCollection: &taprootv1.CreateCollection{Database: "default", Spec: s},
	}}
}

func drop(name string) *taprootv1.ExecuteRequest {
	return &taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_DropCollection{
		DropCollection: &taprootv1.DropCollection{Database: "default", Collection: name},
	}}
}

func createPartition(coll, name string) *taprootv1.ExecuteRequest {
	return &taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_CreatePartition{
		CreatePartition: &taprootv1.CreatePartition{Database: "default", Collection: coll, Partition: name},
	}}
}

func dropPartition(coll, name string) *taprootv1.ExecuteRequest {
	return &taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_DropPartition{
		DropPartition: &taprootv1.DropPartition{Database: "default", Collection: coll, Partition: name},
	}}
}

func withID(id string, req *taprootv1.ExecuteRequest) *taprootv1.ExecuteRequest {
	req.RequestId = id
	return req
}

// refusal returns what a client would see of an error.
func refusal(t *testing.T, err error) *taprootv1.ErrorInfo {
	t.Helper()
	for _, d := range status.Convert(err).Details() {
		if info, ok := d.(*taprootv1.ErrorInfo); ok {
			return info
		}
	}
	require.Failf(t, "no refusal", "%v", err)
	return nil
}

// keys returns every key of the store below root, relative to it, with its value.
func keys(t *testing.T, store kvstore.Store) map[string]string {
	t.Helper()
	view, err := store.View(t.Context())
	require.NoError(t, err)
	out := map[string]string{}
	for it, err := range view.Range(t.Context(), root+"/", "") {
		require.NoError(t, err)
		out[strings.TrimPrefix(it.Key, root+"/")] = string(it.Value)
	}
	return out
}

// catalogKeys are those of records: what must not be there any more once everything is dropped.
func catalogKeys(t *testing.T, store kvstore.Store) []string {
	t.Helper()
	var out []string
	for k := range keys(t, store) {
		if strings.HasPrefix(k, "meta/") && k != "meta/root-coord/database/db-info/1" {
			out = append(out, k)
		}
	}
	return out
}

// check holds the store to what a coordinator promises: it loads without garbage, and its journal replays to the same fingerprint.
func check(t *testing.T, store kvstore.Store) *catalog.Snapshot {
	t.Helper()
	log, st, err := journal.Load(t.Context(), store, root)
	require.NoError(t, err)
	require.NoError(t, st.Diverged)
	require.Empty(t, st.Garbage)
	require.Empty(t, st.Snapshot.Quarantine())
	replayed := catalog.Empty()
	for cs, err := range journal.Tail(t.Context(), store, root, 0) {
		require.NoError(t, err)
		replayed, err = replayed.Apply(cs)
		require.NoError(t, err)
	}
	require.Equal(t, log.Head().Sum, replayed.Fingerprint())
	require.Equal(t, log.Head().Revision, replayed.Revision())
	return st.Snapshot
}

func TestCreateReadRestart(t *testing.T) {
	t.Parallel()
	data := memory.NewData()
	n := start(t, memory.Open(data))
	resp := n.must(create("books"))
	require.True(t, resp.GetChanged())
	c, ok := n.Snapshot().Resolve(model.DefaultDatabaseID, "books")
	require.True(t, ok, "who has the answer reads its own write")
	require.Equal(t, resp.GetCollectionId(), int64(c.ID))
	require.Equal(t, resp.GetTimestamp(), uint64(c.Created))
	require.Equal(t, catalog.Revision(resp.GetRevision()), n.Snapshot().Revision())

	again := n.must(create("books"))
	require.False(t, again.GetChanged())
	require.Equal(t, resp.GetCollectionId(), again.GetCollectionId())
	before := n.Snapshot()
	require.True(t, errors.Is(n.stop(), errStop))

	// pains.md 3, 4, 26, 35: after a restart everything is as it was, and the same request is as equal as before.
	n = start(t, memory.Open(data))
	require.Equal(t, before.Fingerprint(), n.Snapshot().Fingerprint())
	require.Equal(t, before.Revision(), n.Snapshot().Revision())
	again = n.must(create("books"))
	require.False(t, again.GetChanged())
	require.Equal(t, resp.GetCollectionId(), again.GetCollectionId())
	other := n.must(create("films"))
	require.Greater(t, other.GetCollectionId(), resp.GetCollectionId())
	require.Greater(t, other.GetTimestamp(), resp.GetTimestamp())
	require.True(t, errors.Is(n.stop(), errStop))
	check(t, memory.Open(data))
}

// pains.md 42: a start writes its leader key and head, and nothing else.
func TestAStartWritesLeadershipOnly(t *testing.T) {
	t.Parallel()
	data := memory.NewData()
	n := start(t, memory.Open(data))
	n.must(create("books"))
	require.Error(t, n.stop())
	before := keys(t, memory.Open(data))
	faulty := kvfault.New(memory.Open(data), kvfault.Config{})
	n = start(t, faulty)
	require.Error(t, n.stop())
	require.Equal(t, 1, faulty.Commits())
	after := keys(t, memory.Open(data))
	for _, k := range []string{"taproot/head", "taproot/leader"} {
		require.NotEqual(t, before[k], after[k])
		delete(before, k)
		delete(after, k)
	}
	require.Equal(t, before, after)
}

// pains.md 12, 13, 25: after a drop the name is free at once, and after the purge no key is left.
func TestDropLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	data := memory.NewData()
	n := start(t, memory.Open(data))
	first := n.must(create("books"))
	n.must(createPartition("books", "p1"))
	n.must(createPartition("books", "p2"))
	n.must(dropPartition("books", "p1"))
	n.must(drop("books"))
	_, ok := n.Snapshot().Resolve(model.DefaultDatabaseID, "books")
	require.False(t, ok)
	second := n.must(create("books"))
	require.Greater(t, second.GetCollectionId(), first.GetCollectionId(), "ids are never used again")
	n.must(drop("books"))
	n.await("purge", func() bool { return len(catalogKeys(t, memory.Open(data))) == 0 })
	require.Error(t, n.stop())
	check(t, memory.Open(data))
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	n := start(t, memory.New())
	n.must(create("books"))
	for _, tc := range []struct {
		name string
		req  *taprootv1.ExecuteRequest
		code int32
		text string
	}{
		{
			"another schema", createSpec(spec("books", &taprootv1.Field{Name: "x", DataType: int32(model.Int32)})), 1100,
			"create duplicate collection with different parameters, collection: books: invalid parameter",
		},
		{"bad name", create("1books"), 1100, "Invalid collection name: 1books."},
		{"no such collection", createPartition("films", "p"), 100, "collection not found[database=default][collection=films]"},
		{"no such database", &taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_CreateCollection{
			CreateCollection: &taprootv1.CreateCollection{Database: "nowhere", Spec: spec("x")},
		}}, 800, "database not found[database=nowhere]"},
		{"request id that is no text", withID("\xff", create("x")), 1100, "request id"},
		{"no statement", &taprootv1.ExecuteRequest{}, 10, "does not know"},
		{"default partition", dropPartition("books", "_default"), 1100, "default partition cannot be deleted"},
	} {
		_, err := n.execute(tc.req)
		info := refusal(t, err)
		require.Equal(t, tc.code, info.GetCode(), tc.name)
		require.Contains(t, info.GetReason(), tc.text, tc.name)
		require.NotContains(t, info.GetReason(), "addCollectionMeta", "a refusal's text is Milvus's, without our step's name")
	}
	require.Error(t, n.stop())
}

// pains.md 23: many creators of one name give one collection.
func TestConcurrentEqualCreates(t *testing.T) {
	t.Parallel()
	n := start(t, memory.New())
	ids := make([]int64, 64)
	var wg sync.WaitGroup
	for i := range ids {
		wg.Go(func() {
			resp, err := n.execute(create("books"))
			if err != nil {
				t.Error(err)
				return
			}
			ids[i] = resp.GetCollectionId()
		})
	}
	wg.Wait()
	for _, id := range ids {
		require.Equal(t, ids[0], id)
	}
	require.Equal(t, 1, n.Snapshot().CountAllCollections())
	require.Error(t, n.stop())
}

func TestRequestIDs(t *testing.T) {
	t.Parallel()
	data := memory.NewData()
	n := start(t, memory.Open(data))
	first := n.must(withID("r1", create("books")))
	require.True(t, n.must(withID("r1", create("books"))).GetChanged(), "a repetition answers like the first")
	n.must(drop("books"))
	again := n.must(withID("r1", create("books")))
	require.Equal(t, first.GetCollectionId(), again.GetCollectionId(), "a late repetition does not create anew")
	require.Equal(t, 0, n.Snapshot().CountAllCollections())

	_, err := n.execute(withID("r1", create("films")))
	require.Contains(t, refusal(t, err).GetReason(), `request id "r1" was used for another statement`)
	_, err = n.execute(withID("r2", createPartition("nothing", "p")))
	require.Equal(t, int32(100), refusal(t, err).GetCode())
	n.must(create("nothing"))
	_, err = n.execute(withID("r2", createPartition("nothing", "p")))
	require.Equal(t, int32(100), refusal(t, err).GetCode(), "a refusal is remembered too")
	require.Error(t, n.stop())

	n = start(t, memory.Open(data))
	again = n.must(withID("r1", create("books")))
	require.Equal(t, first.GetCollectionId(), again.GetCollectionId(), "the journal remembers over a restart")
	require.Equal(t, first.GetTimestamp(), again.GetTimestamp())
	require.Error(t, n.stop())
}

// pains.md 39: whoever claimed the catalog last owns it; the one before can write nothing any more.
func TestTheNewcomerTakesOver(t *testing.T) {
	t.Parallel()
	data := memory.NewData()
	old := start(t, memory.Open(data))
	old.must(create("books"))
	young := start(t, memory.Open(data))
	_, err := old.execute(create("films"))
	require.Equal(t, codes.Unavailable, status.Code(err))
	require.True(t, errors.Is(old.wait(), journal.ErrFenced))
	require.True(t, errors.Is(old.Ready(), rootcoord.ErrNotRunning))
	_, err = old.execute(create("films"))
	require.Equal(t, codes.Unavailable, status.Code(err))

	young.must(create("films"))
	require.Equal(t, 2, young.Snapshot().CountAllCollections())
	require.Error(t, young.stop())
	check(t, memory.Open(data))
}

func TestTimestamps(t *testing.T) {
	t.Parallel()
	data := memory.NewData()
	var last uint64
	for range 3 {
		n := start(t, memory.Open(data))
		for range 50 {
			resp, err := n.Timestamps().Allocate(t.Context(), &taprootv1.AllocateRequest{Count: 1000})
			require.NoError(t, err)
			require.Greater(t, resp.GetFirst(), last)
			last = resp.GetFirst() + 999
		}
		c := n.must(create(fmt.Sprintf("c%d", last)))
		require.Greater(t, c.GetTimestamp(), last)
		last = c.GetTimestamp()
		for _, count := range []uint32{0, 1 << 17} {
			_, err := n.Timestamps().Allocate(t.Context(), &taprootv1.AllocateRequest{Count: count})
			require.Equal(t, int32(1100), refusal(t, err).GetCode())
		}
		require.Error(t, n.stop())
	}
	check(t, memory.Open(data))
}

// pains.md 11, 54: a store that is empty, or somebody else's, is not served in silence.
func TestClusterID(t *testing.T) {
	t.Parallel()
	id := func(id string, create bool) func(*rootcoord.Config, *rootcoord.Deps) {
		return func(c *rootcoord.Config, _ *rootcoord.Deps) { c.ClusterID, c.Create = id, create }
	}
	data := memory.NewData()
	n := startAnyway(t, memory.Open(data), id("a", false))
	require.True(t, errors.Is(n.wait(), journal.ErrForeign))
	require.Empty(t, keys(t, memory.Open(data)))
	n = start(t, memory.Open(data), id("a", true))
	require.Error(t, n.stop())
	n = start(t, memory.Open(data), id("a", false))
	require.Error(t, n.stop())
	n = startAnyway(t, memory.Open(data), id("b", false))
	require.True(t, errors.Is(n.wait(), journal.ErrForeign))
}

// pains.md 14, 15: a record that cannot be read does not keep the rest from being served.
func TestAQuarantinedRecord(t *testing.T) {
	t.Parallel()
	data := memory.NewData()
	store := memory.Open(data)
	n := start(t, store)
	n.must(create("books"))
	n.must(create("films"))
	require.Error(t, n.stop())
	broken := ""
	for k, v := range keys(t, memory.Open(data)) {
		if strings.Contains(k, "collection-info/") && strings.Contains(v, "films") {
			broken = k
		}
	}
	require.NoError(t, memory.Open(data).Commit(t.Context(), kvstore.Txn{Puts: []kvstore.Item{{Key: root + "/" + broken, Value: []byte{0xff}}}}))

	n = start(t, memory.Open(data))
	_, ok := n.Snapshot().Resolve(model.DefaultDatabaseID, "books")
	require.True(t, ok)
	require.Len(t, n.Snapshot().Quarantine(), 1)
	require.Equal(t, broken, n.Snapshot().Quarantine()[0].Key)
	// The fingerprint does not hold any more, so nothing may be written, and nothing is purged.
	_, err := n.execute(create("more"))
	require.Contains(t, refusal(t, err).GetReason(), "fsck")
	before := len(catalogKeys(t, memory.Open(data)))
	require.Error(t, n.stop())
	require.Len(t, catalogKeys(t, memory.Open(data)), before)
}

type watcher func(*model.Collection) error

func (w watcher) WatchChannels(_ context.Context, c *model.Collection) error { return w(c) }

func TestChannelWatchers(t *testing.T) {
	t.Parallel()
	data := memory.NewData()
	var n *node
	refuse := errors.New("no room for more channels")
	watch := watcher(func(c *model.Collection) error {
		if c.State != model.Creating || len(c.VirtualChannels) != 1 {
			return errors.AssertionFailedf("%+v", c)
		}
		if _, visible := n.Snapshot().Collection(c.Database, c.Name); visible {
			return errors.AssertionFailedf("it is visible already")
		}
		if c.Name == "films" {
			return refuse
		}
		return nil
	})
	n = start(t, memory.Open(data), func(_ *rootcoord.Config, d *rootcoord.Deps) { d.Watchers = []steps.ChannelWatcher{watch} })
	resp := n.must(withID("r", create("books")))
	require.True(t, resp.GetChanged())
	_, ok := n.Snapshot().CollectionByID(model.ID(resp.GetCollectionId()))
	require.True(t, ok)
	_, err := n.execute(create("films"))
	require.ErrorContains(t, err, "no room for more channels")
	n.await("the refused one to be dropped and purged", func() bool {
		_, held := n.Snapshot().Pending(model.DefaultDatabaseID, "films")
		return !held && len(catalogKeys(t, memory.Open(data))) == 6
	})
	require.Error(t, n.stop())
	require.Equal(t, 1, check(t, memory.Open(data)).CountAllCollections())
}

// A store that a real Milvus 2.3.5 filled is taken over as it is: its records keep their bytes, its allocation windows are raised.
func TestAdoption(t *testing.T) {
	t.Parallel()
	const file = "../metastore/codec/testdata/milvus-2.3.5.jsonl"
	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	data := memory.NewData()
	store := memory.Open(data)
	found := map[string]string{}
	for line := range strings.Lines(string(raw)) {
		var rec struct{ Key, Value string }
		require.NoError(t, json.Unmarshal([]byte(line), &rec))
		value, err := base64.StdEncoding.DecodeString(rec.Value)
		require.NoError(t, err)
		found[strings.TrimPrefix(rec.Key, root+"/")] = string(value)
		require.NoError(t, store.Commit(t.Context(), kvstore.Txn{Puts: []kvstore.Item{{Key: rec.Key, Value: value}}}))
	}
	window := binary.BigEndian.AppendUint64(nil, uint64(time.Now().Add(time.Hour).UnixNano()))
	past := binary.BigEndian.AppendUint64(nil, 1)
	require.NoError(t, store.Commit(t.Context(), kvstore.Txn{Puts: []kvstore.Item{
		{Key: root + "/kv/gid/timestamp", Value: window},
		{Key: root + "/kv/gid/idTimestamp", Value: past},
		{Key: root + "/meta/session/id", Value: []byte("7")},
	}}))
	n := start(t, memory.Open(data))
	team, ok := n.Snapshot().Database("team")
	require.True(t, ok)
	_, ok = n.Snapshot().Resolve(team.ID, "fp")
	require.True(t, ok, "by its alias")
	c := n.must(create("fresh"))
	require.Greater(t, model.Timestamp(c.GetTimestamp()).Millis(), time.Now().Add(59*time.Minute).UnixMilli(), "above what Milvus may have promised")
	require.Greater(t, model.Timestamp(c.GetCollectionId()).Millis(), time.Now().Add(59*time.Minute).UnixMilli())
	n.must(drop("fresh"))
	// "gone" was dropped in Milvus; its records are purged, all others keep their bytes.
	n.await("purge", func() bool {
		for _, k := range catalogKeys(t, memory.Open(data)) {
			if strings.Contains(k, "470667958033842288") || strings.Contains(k, fmt.Sprint(c.GetCollectionId())) {
				return false
			}
		}
		return true
	})
	require.Error(t, n.stop())
	after := keys(t, memory.Open(data))
	for k, v := range found {
		if !strings.Contains(k, "470667958033842288") {
			require.Equal(t, v, after[k], k)
		}
	}
	require.GreaterOrEqual(t, after["kv/gid/timestamp"], string(window), "not lowered")
	require.Greater(t, after["kv/gid/idTimestamp"], string(past), "raised")
	require.Equal(t, "7", after["meta/session/id"])
	_, st, err := journal.Load(t.Context(), memory.Open(data), root)
	require.NoError(t, err)
	require.NoError(t, st.Diverged)
	require.Empty(t, st.Garbage)
}

// A leader that writes nothing learns of its successor too, and stops answering reads.
func TestAnIdleLeaderNoticesItsSuccessor(t *testing.T) {
	t.Parallel()
	data := memory.NewData()
	old := start(t, memory.Open(data))
	young := start(t, memory.Open(data))
	require.True(t, errors.Is(old.wait(), journal.ErrFenced))
	require.Error(t, old.Ready())
	require.Error(t, young.stop())
}

// pains.md 37: a busy leader can be taken over: the newcomer begins again when head has moved under it.
func TestABusyLeaderIsTakenOver(t *testing.T) {
	t.Parallel()
	data := memory.NewData()
	old := start(t, memory.Open(data))
	commits := 0
	n := start(t, kvfault.New(memory.Open(data), kvfault.Config{OnCommit: func(int, kvstore.Txn) kvfault.Action {
		if commits++; commits <= 2 {
			old.must(create(fmt.Sprintf("c%d", commits))) // just before the claim
		}
		return kvfault.Action{}
	}}))
	require.Equal(t, 2, n.Snapshot().CountAllCollections())
	require.True(t, errors.Is(old.wait(), journal.ErrFenced))
	require.Error(t, n.stop())
}

// put writes records past the coordinator, as damage or another program would.
func put(t *testing.T, data *memory.Data, items map[string]string) {
	t.Helper()
	var txn kvstore.Txn
	for k, v := range items {
		txn.Puts = append(txn.Puts, kvstore.Item{Key: root + "/" + k, Value: []byte(v)})
	}
	require.NoError(t, memory.Open(data).Commit(t.Context(), txn))
}

// pains.md 16, 53: what belongs to records that this version does not read is not garbage.
func TestRecordsInLegacyPlacesAreLeftAlone(t *testing.T) {
	t.Parallel()
	data := memory.NewData()
	found := map[string]string{
		"meta/root-coord/database/db-info/1": "\x12\x07default\x18\x01\x20\x01",
		"meta/root-coord/collection/44":      "\x08\x2c",
		"meta/root-coord/fields/44/100":      "\x08\x64",
		"meta/root-coord/partitions/44/45":   "\x08\x2d\x20\x2c",
		"meta/root-coord/aliases/old":        "\x0a\x03old\x10\x2c",
	}
	put(t, data, found)
	for range 2 {
		n := start(t, memory.Open(data))
		require.Len(t, n.Snapshot().Quarantine(), 2)
		n.must(create("books"))
		n.must(drop("books"))
		n.await("purge", func() bool { return len(catalogKeys(t, memory.Open(data))) == len(found)-1 })
		require.Error(t, n.stop())
	}
	after := keys(t, memory.Open(data))
	for k, v := range found {
		require.Equal(t, v, after[k], k)
	}
}

func TestRecordsWithoutADefaultDatabaseAreNotAdopted(t *testing.T) {
	t.Parallel()
	for _, db := range []map[string]string{{}, {"meta/root-coord/database/db-info/1": "\xff"}} {
		data := memory.NewData()
		put(t, data, db)
		put(t, data, map[string]string{"meta/root-coord/fields/44/100": "\x08\x64"})
		before := keys(t, memory.Open(data))
		n := startAnyway(t, memory.Open(data))
		require.True(t, errors.Is(n.wait(), journal.ErrForeign))
		require.Equal(t, before, keys(t, memory.Open(data)))
	}
}

// Damage stays known: nothing writes a head that agrees with it.
func TestADivergedCatalogStaysReadOnly(t *testing.T) {
	t.Parallel()
	data := memory.NewData()
	wall := time.Now()
	clock := func(_ *rootcoord.Config, d *rootcoord.Deps) { d.Now = func() time.Time { return wall } }
	n := start(t, memory.Open(data), clock)
	n.must(create("books"))
	require.Error(t, n.stop())
	for k := range keys(t, memory.Open(data)) {
		if strings.Contains(k, "/fields/") {
			require.NoError(t, memory.Open(data).Commit(t.Context(), kvstore.Txn{Deletes: []string{root + "/" + k}}))
			break
		}
	}
	for range 2 {
		n = start(t, memory.Open(data), clock)
		_, err := n.execute(create("films"))
		require.Contains(t, refusal(t, err).GetReason(), "fsck")
		for range 10 { // through what a start reserves, and beyond
			if _, err = n.Timestamps().Allocate(t.Context(), &taprootv1.AllocateRequest{Count: 1}); err != nil {
				break
			}
			wall = wall.Add(2 * time.Second)
		}
		require.Contains(t, refusal(t, err).GetReason(), "fsck")
		require.Error(t, n.stop())
	}
}

// A journal that cannot be read costs history and request ids, not the catalog.
func TestADamagedJournalEntry(t *testing.T) {
	t.Parallel()
	data := memory.NewData()
	n := start(t, memory.Open(data))
	n.must(withID("r1", create("books")))
	n.must(withID("r2", create("films")))
	require.Error(t, n.stop())
	put(t, data, map[string]string{"taproot/journal/0000000000000002": "zzz"})
	n = start(t, memory.Open(data))
	require.Equal(t, 2, n.Snapshot().CountAllCollections())
	n.must(drop("films"))
	again := n.must(withID("r2", create("films")))
	require.True(t, again.GetChanged(), "what came after the damage is remembered")
	require.Equal(t, 1, n.Snapshot().CountAllCollections())
	require.Error(t, n.stop())
}
