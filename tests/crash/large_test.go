package crash

import (
	"context"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/cockroachdb/errors"
	"github.com/milvus-io/milvus-proto/go-api/v3/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"github.com/milvus-io/milvus-proto/go-api/v3/schemapb"

	"github.com/taproot-db/taproot/kvstore"
	"github.com/taproot-db/taproot/kvstore/embedetcd"
	"github.com/taproot-db/taproot/kvstore/etcd"
	"github.com/taproot-db/taproot/metastore/journal"
	"github.com/taproot-db/taproot/metastore/model"
	"github.com/taproot-db/taproot/tests/internal/milvus"
	"github.com/taproot-db/taproot/tests/internal/node"
)

// largeSteps is at how many transactions of each statement the process is killed, evenly spread, and then only for the last of the
// collections; CRASH_STEPS says otherwise, 0 means at every one of all of them.
const largeSteps = 3

// largeRounds is how often the process with an embedded store is killed; CRASH_LARGE_ROUNDS says otherwise.
const largeRounds = 6

// large is a collection that no transaction of etcd holds.
type large struct {
	what       string
	fields     int
	bytes      int // of descriptions
	partitions int
	shards     int
}

const largeName = "large"

var larges = []large{
	{"1024 partitions by partition key", 3, 0, 1024, 1},
	{"a schema of 1 MiB", 64, 1 << 20, 0, 1},
	{"64 fields and 16 shards", 64, 0, 0, 16},
	{"all of that", 64, 1 << 20, 1024, 16},
}

func (l large) request() (*milvuspb.CreateCollectionRequest, error) {
	rng := rand.NewChaCha8([32]byte{1})
	s := &schemapb.CollectionSchema{Name: largeName}
	for i := range l.fields {
		f := &schemapb.FieldSchema{Name: fmt.Sprintf("f%d", i), DataType: schemapb.DataType_Int64, IsPrimaryKey: i == 0}
		switch i {
		case 1:
			f.DataType, f.TypeParams = schemapb.DataType_FloatVector, []*commonpb.KeyValuePair{{Key: "dim", Value: "8"}}
		case 2:
			f.IsPartitionKey = l.partitions > 0
		}
		noise := make([]byte, l.bytes/l.fields) // does not get shorter when it is compressed
		_, _ = rng.Read(noise)                  // never fails
		f.Description = base64.StdEncoding.EncodeToString(noise)[:len(noise)]
		s.Fields = append(s.Fields, f)
	}
	req, err := milvus.CreateRequest(s)
	if err != nil {
		return nil, err
	}
	req.ShardsNum, req.NumPartitions = int32(l.shards), int64(l.partitions)
	return req, nil
}

func (l large) create(ctx context.Context, conn *milvus.Conn) error {
	req, err := l.request()
	if err != nil {
		return err
	}
	return milvus.Check(conn.CreateCollection(ctx, req))
}

func (l large) drop(ctx context.Context, conn *milvus.Conn) error {
	return milvus.Check(conn.DropCollection(ctx, &milvuspb.DropCollectionRequest{CollectionName: largeName}))
}

// there reports whether a server shows the collection; an error if what it shows is not all of it.
func (l large) there(ctx context.Context, conn *milvus.Conn) (bool, error) {
	desc, err := milvus.Describe(ctx, conn, largeName)
	if err != nil {
		if milvus.NotFound(err) {
			return false, nil
		}
		return false, err
	}
	parts, err := conn.ShowPartitions(ctx, &milvuspb.ShowPartitionsRequest{CollectionName: largeName})
	if err := milvus.Check(parts.GetStatus(), err); err != nil {
		return true, err
	}
	texts := 0
	for _, f := range desc.GetSchema().GetFields() {
		texts += len(f.GetDescription())
	}
	got := large{l.what, len(desc.GetSchema().GetFields()), texts, len(parts.GetPartitionNames()), len(desc.GetVirtualChannelNames())}
	return true, l.compare(got)
}

// stored reports whether the catalog in a store has the collection; an error if it does not have all of it.
func (l large) stored(ctx context.Context, store kvstore.Store) (there bool, garbage int, err error) {
	_, state, err := journal.Load(ctx, store, root)
	if err != nil {
		return false, 0, err
	}
	if state.Diverged != nil || state.JournalDamage != nil || len(state.Snapshot.Quarantine()) > 0 {
		return false, 0, errors.Newf("diverged: %v, journal: %v, quarantine: %v", state.Diverged, state.JournalDamage, state.Snapshot.Quarantine())
	}
	c, there := state.Snapshot.Collection(model.DefaultDatabaseID, largeName)
	if !there {
		return false, len(state.Garbage), nil
	}
	got := large{what: l.what, partitions: c.CountPartitions(), shards: len(c.VirtualChannels)}
	for f := range c.UserFields() {
		got.fields++
		got.bytes += len(f.Description)
	}
	return true, len(state.Garbage), l.compare(got)
}

func (l large) compare(got large) error {
	want := l
	want.partitions = max(want.partitions, 1)
	if got != want {
		return errors.Newf("it is there in part: %+v, should be %+v", got, want)
	}
	return nil
}

// TestKillAtEachTransaction: what is larger than a transaction of etcd is made and dropped whole or not at all, whichever of the
// transactions that this takes, those of the purge among them, is the last that its process sends (pains.md 1, 2, 10, 12, 63).
func TestKillAtEachTransaction(t *testing.T) {
	t.Parallel()
	most := int(number(t, "CRASH_STEPS", largeSteps))
	chosen := larges
	if most > 0 {
		chosen = larges[len(larges)-1:]
	}
	for _, l := range chosen {
		t.Run(l.what, func(t *testing.T) {
			t.Parallel()
			g := newGate(t)
			s := &largeStory{t: t, large: l, gate: g, node: g.start(t)}
			s.dial()
			creates, empty := s.count(l.create)
			s.empty, s.full = empty, s.keys()
			drops, _ := s.count(l.drop)
			for _, k := range spread(creates, most) {
				for _, when := range []moment{after, late} {
					s.kill(l.create, k, when, true)
					s.do(l.drop)
				}
			}
			s.do(l.create)
			for _, k := range spread(drops, most) {
				for _, when := range []moment{after, late} {
					s.kill(l.drop, k, when, false)
					s.do(l.create)
				}
			}
			t.Logf("a create takes %d transactions, a drop and the purge %d; killed at %v and %v, %d of %d times half way",
				creates, drops, spread(creates, most), spread(drops, most), s.half, s.kills)
		})
	}
}

// TestKillWithinALargeStatement is the same with the embedded store under etcd's limits. Nobody stands between it and its process, so
// the moments are spread over the time that a statement takes, with its purge.
func TestKillWithinALargeStatement(t *testing.T) {
	t.Parallel()
	seed, rounds := number(t, "CRASH_SEED", uint64(time.Now().UnixNano())), int(number(t, "CRASH_LARGE_ROUNDS", largeRounds))
	t.Logf("CRASH_SEED=%d CRASH_LARGE_ROUNDS=%d", seed, rounds)
	choose := rand.New(rand.NewPCG(seed, 1))
	l, dir := larges[len(larges)-1], t.TempDir()
	url := fmt.Sprintf("embed://%s?max_txn_ops=%d&max_request_bytes=%d", dir, etcd.DefaultMaxTxnOps, etcd.DefaultMaxRequestBytes)
	took := map[bool]time.Duration{}
	half, there := 0, false
	for round := range rounds + 2 { // the first two tell how long a create and a drop take
		s := &largeStory{t: t, large: l, node: startNode(t, t.TempDir(), "--store", url)}
		s.dial()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		s.purged(ctx)
		if shown, err := l.there(ctx, s.conn); err != nil || shown != there {
			t.Fatalf("round %d: the store has it: %v, the server shows it: %v, %v", round, there, shown, err)
		}
		st, create := l.create, !there
		if there {
			st = l.drop
		}
		began, ended := time.Now(), make(chan error, 1)
		go func() {
			ended <- st(ctx, s.conn)
		}()
		var answer error
		if took[create] == 0 {
			answer = <-ended
			s.purged(ctx)
			took[create] = time.Since(began)
			s.node.Kill()
		} else {
			<-time.After(time.Duration(choose.Int64N(int64(took[create])))) // no condition: the moment is to be any
			s.node.Kill()
			answer = <-ended
		}
		var garbage int
		there, garbage = l.reload(ctx, t, dir)
		if answer == nil && there != create {
			t.Fatalf("round %d: acknowledged, and not so: create %v, there %v", round, create, there)
		}
		if garbage > 0 {
			half++
		}
		cancel()
	}
	t.Logf("a create takes %v, a drop and the purge %v; %d of %d times half way", took[true], took[false], half, rounds)
	s := &largeStory{t: t, large: l, node: startNode(t, t.TempDir(), "--store", url)}
	s.dial()
	s.do(l.drop)
	if _, err := s.node.Stop(stopWithin); err != nil {
		t.Error(err)
	}
	checkEmpty(t, dir)
}

// reload reads the store of a process that is dead.
func (l large) reload(ctx context.Context, t *testing.T, dir string) (there bool, garbage int) {
	t.Helper()
	store, err := embedetcd.New(ctx, embedetcd.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	there, garbage, err = l.stored(ctx, store)
	if err != nil {
		t.Fatalf("reload: %v", err)
	}
	return there, garbage
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

// largeStory makes and drops one collection again and again.
type largeStory struct {
	large
	t           *testing.T
	gate        *gate
	node        *node.Node // the latest
	conn        *milvus.Conn
	empty, full int // keys without the collection, and with it
	kills, half int // how often a process was killed, and had left something unreachable behind
}

// statement is a create or a drop of the collection.
type statement func(ctx context.Context, conn *milvus.Conn) error

func (s *largeStory) dial() {
	s.t.Helper()
	if s.conn != nil {
		_ = s.conn.Close()
	}
	conn, err := milvus.Dial(s.node.Addr)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = conn.Close() })
	s.conn = conn
}

// do carries a statement out, and waits for the purge.
func (s *largeStory) do(st statement) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Minute)
	defer cancel()
	if err := st(ctx, s.conn); err != nil {
		s.t.Fatal(err)
	}
	s.purged(ctx)
}

func (s *largeStory) purged(ctx context.Context) {
	s.t.Helper()
	if err := s.node.Await(ctx, "taproot_purge_backlog", 0); err != nil {
		s.t.Fatalf("%v\n%s", err, tail(s.node.Logs()))
	}
}

// count returns how many transactions a statement takes, and how many keys there were before it.
func (s *largeStory) count(st statement) (transactions, keys int) {
	s.t.Helper()
	keys = s.keys()
	s.gate.kill(nil, 0, after)
	s.do(st)
	return s.gate.transactions(), keys
}

// keys counts those of the catalog's records.
func (s *largeStory) keys() (n int) {
	s.t.Helper()
	view, err := s.gate.store.View(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	for _, err := range view.Range(s.t.Context(), root+"/meta/", "") {
		if err != nil {
			s.t.Fatal(err)
		}
		n++
	}
	return n
}

// kill has the process die at a transaction of a statement, and looks at what the next one makes of it.
func (s *largeStory) kill(st statement, number int, when moment, creates bool) {
	t := s.t
	t.Helper()
	what := fmt.Sprintf("creates: %v, killed %v its transaction %d", creates, when, number)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	s.gate.kill(s.node, number, when)
	answer := st(ctx, s.conn)
	if err := s.node.Await(ctx, "taproot_purge_backlog", 0); err == nil {
		t.Fatalf("%s: it lives, after %d transactions; the client got %v", what, s.gate.transactions(), answer)
	}
	s.kills++

	there, garbage, err := s.stored(ctx, s.gate.store)
	if err != nil {
		t.Fatalf("%s: reload: %v", what, err)
	}
	if answer == nil && there != creates {
		t.Fatalf("%s: it was acknowledged, and is not so: %v", what, there)
	}
	if garbage > 0 {
		s.half++
	}
	s.node = s.gate.start(t)
	s.dial()
	if when == late {
		if done, err := s.gate.release(ctx); done || err != nil {
			t.Fatalf("%s: what a dead process has sent is done: %v, %v", what, done, err)
		}
	}
	shown, err := s.there(ctx, s.conn)
	if err != nil || shown != there {
		t.Fatalf("%s: the store has it: %v, the server shows it: %v, %v", what, there, shown, err)
	}
	s.purged(ctx)
	s.is(ctx, there, what)
	s.do(st) // a create of what is there and a drop of what is not are successes
	s.is(ctx, creates, what+", and once more")
}

// is fails unless the store holds the collection, or no key of it.
func (s *largeStory) is(ctx context.Context, want bool, what string) {
	s.t.Helper()
	there, garbage, err := s.stored(ctx, s.gate.store)
	if err != nil || there != want || garbage > 0 {
		s.t.Fatalf("%s: there: %v, should be: %v; %d keys are left over; %v", what, there, want, garbage, err)
	}
	keys := s.empty
	if want {
		keys = s.full
	}
	if n := s.keys(); n != keys {
		s.t.Fatalf("%s: %d keys, should be %d", what, n, keys)
	}
}
