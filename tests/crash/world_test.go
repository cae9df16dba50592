package crash

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"

	"github.com/taproot-db/taproot/tests/internal/milvus"
	"github.com/taproot-db/taproot/tests/internal/node"
)

// users is how many clients there are.
const users = 12

// world is a data directory with what is known of its catalog.
type world struct {
	seed      uint64
	dir       string
	node      *node.Node // the latest
	known     *shown
	clients   [users]*client
	highestID int64  // of any object ever seen
	highestTS uint64 // ever given
	asked     int    // requests so far
	acked     int
}

func newWorld(t *testing.T, seed uint64) *world {
	t.Helper()
	w := &world{seed: seed, dir: t.TempDir(), known: &shown{}}
	t.Cleanup(func() {
		if t.Failed() && w.node != nil {
			t.Logf("last words of process %d:\n%s", w.node.PID(), tail(w.node.Logs()))
		}
	})
	for i := range w.clients {
		w.clients[i] = &client{name: fmt.Sprintf("u%02d", i)}
	}
	return w
}

// start runs a server on the directory.
func (w *world) start(t *testing.T) *node.Node {
	t.Helper()
	w.node = startNode(t, w.dir)
	return w.node
}

// rng gives the same numbers for the same seed and purpose.
func (w *world) rng(purpose, n uint64) *rand.Rand {
	return rand.New(rand.NewPCG(w.seed, purpose<<32|n))
}

// disturb has all clients act on a server until end has ended it, and returns what they did.
func (w *world) disturb(t *testing.T, n *node.Node, round int, end func()) history {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var wg sync.WaitGroup
	began := time.Now()
	for i, c := range w.clients {
		conn, err := milvus.Dial(n.Addr)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		c.conn, c.began, c.history = conn, began, history{}
		c.rng = w.rng(uint64(i)+1, uint64(round))
		wg.Go(func() { c.run(ctx) })
	}
	end()
	wg.Wait()
	var all history
	for _, c := range w.clients {
		for _, wrong := range c.wrong {
			t.Errorf("client %s: %s", c.name, wrong)
		}
		c.wrong = nil
		all.add(c.history)
		w.asked += c.asked
		c.asked = 0
		w.highestTS = max(w.highestTS, c.timestamp)
	}
	for _, r := range all.requests {
		if r.outcome == done {
			w.acked++
		}
	}
	return all
}

// check compares what a server shows with what was known and what has been done since.
func (w *world) check(t *testing.T, n *node.Node, h history) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	conn, err := milvus.Dial(n.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	now, err := readCatalog(ctx, conn)
	if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range w.known.explain(h, now) {
		t.Error(wrong)
	}
	for _, s := range h.sights {
		w.highestID, w.highestTS = max(w.highestID, s.id), max(w.highestTS, s.created)
	}
	w.highestID, w.highestTS = max(w.highestID, now.highestID), max(w.highestTS, now.highestTS)
	w.known = now
	w.checkRising(ctx, t, conn)
	w.share(ctx, t, conn)
	w.adopt()
}

// checkRising: new timestamps and ids are above all that were ever seen.
func (w *world) checkRising(ctx context.Context, t *testing.T, conn *milvus.Conn) {
	t.Helper()
	resp, err := conn.AllocTimestamp(ctx, &milvuspb.AllocTimestampRequest{})
	if err := milvus.Check(resp.GetStatus(), err); err != nil {
		t.Fatal(err)
	}
	if ts := resp.GetTimestamp(); ts <= w.highestTS {
		t.Errorf("timestamp %d was given after %d", ts, w.highestTS)
	} else {
		w.highestTS = ts
	}
	const probe = "probe"
	if err := milvus.Create(ctx, conn, schema(probe, 0)); err != nil {
		t.Fatal(err)
	}
	desc, err := milvus.Describe(ctx, conn, probe)
	if err != nil {
		t.Fatal(err)
	}
	if id, ts := desc.GetCollectionID(), desc.GetCreatedTimestamp(); id <= w.highestID || ts <= w.highestTS {
		t.Errorf("a new collection has id %d and timestamp %d, after %d and %d", id, ts, w.highestID, w.highestTS)
	} else {
		w.highestID, w.highestTS = id, ts
	}
	if err := milvus.Check(conn.DropCollection(ctx, &milvuspb.DropCollectionRequest{CollectionName: probe})); err != nil {
		t.Fatal(err)
	}
}

// share makes the shared collection if it is not there yet, and it is there from then on.
func (w *world) share(ctx context.Context, t *testing.T, conn *milvus.Conn) {
	t.Helper()
	if _, ok := w.known.collections[shared]; ok {
		return
	}
	if err := milvus.Create(ctx, conn, schema(shared, 0)); err != nil {
		t.Fatal(err)
	}
	var err error
	if w.known, err = readCatalog(ctx, conn); err != nil {
		t.Fatal(err)
	}
}

// adopt tells clients what is left of their own.
func (w *world) adopt() {
	for _, c := range w.clients {
		c.sharedID, c.own = w.known.collections[shared], nil
		c.timestamp = max(c.timestamp, w.highestTS)
		for name, id := range w.known.collections {
			if strings.HasPrefix(name, "own_"+c.name+"_") {
				own := ownCollection{name: name, id: id}
				for _, p := range w.known.partitions[name] {
					if strings.HasPrefix(p, "part_") {
						own.partitions = append(own.partitions, p)
					}
				}
				c.own = append(c.own, own)
			}
		}
		slices.SortFunc(c.own, func(a, b ownCollection) int { return cmp.Compare(a.id, b.id) })
	}
}

// clear drops everything, and waits until the server has purged it.
func (w *world) clear(t *testing.T, n *node.Node) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	conn, err := milvus.Dial(n.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	for name := range w.known.collections {
		if err := milvus.Check(conn.DropCollection(ctx, &milvuspb.DropCollectionRequest{CollectionName: name})); err != nil {
			t.Fatalf("drop %s: %v", name, err)
		}
	}
	if err := n.Await(ctx, "taproot_collections", 0); err != nil {
		t.Error(err)
	}
	if err := n.Await(ctx, "taproot_purge_backlog", 0); err != nil {
		t.Error(err)
	}
}
