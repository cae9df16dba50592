package rootcoord_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/cockroachdb/errors"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/taproot-db/taproot/kvstore"
	"github.com/taproot-db/taproot/kvstore/kvfault"
	"github.com/taproot-db/taproot/kvstore/memory"
	"github.com/taproot-db/taproot/metastore/journal"
	"github.com/taproot-db/taproot/metastore/model"
	taprootv1 "github.com/taproot-db/taproot/proto/taproot/v1"
)

// story is a run of statements with what their client knows about the outcome.
type story struct {
	t        *testing.T
	data     *memory.Data
	limits   kvstore.Limits
	acked    map[string]*taprootv1.ExecuteResponse // collections that were acknowledged and not dropped since
	unknown  map[string]bool                       // names whose last statement was not acknowledged
	statuses []codes.Code
}

// wide has enough partitions that its create does not fit a small transaction.
func wide(name string) *taprootv1.ExecuteRequest {
	s := spec(name, &taprootv1.Field{Name: "tenant", DataType: int32(model.Int64), PartitionKey: true})
	s.NumPartitions = 24
	return createSpec(s)
}

// play runs the statements on a coordinator whose store has the faults given.
func (s *story) play(faults kvfault.Config) {
	s.t.Helper()
	store := kvfault.New(memory.Open(s.data, memory.WithLimits(s.limits)), faults)
	n := startAnyway(s.t, store)
	n.await("ready, or dead", func() bool { return n.Ready() == nil || store.Crashed() || len(n.ended) > 0 })
	if n.Ready() == nil {
		for _, st := range []struct {
			name string
			req  *taprootv1.ExecuteRequest
		}{
			{"books", create("books")},
			{"wide", wide("wide")},
			{"books/p", createPartition("books", "p")},
			{"books/p", dropPartition("books", "p")},
			{"books", drop("books")},
			{"films", create("films")},
		} {
			s.run(n, store, st.name, st.req)
			if store.Crashed() {
				break
			}
		}
	}
	store.Crash() // whatever is under way now is lost, as in a kill -9 …
	n.cancel(errStop)
	require.Error(s.t, <-n.ended)
	for _, err := range store.Release(s.t.Context()) { // … or lands when nobody waits for it any more, if its guard still holds
		require.True(s.t, err == nil || errors.IsAny(err, kvstore.ErrGuard, kvstore.ErrUnavailable), "%v", err)
	}
}

func (s *story) run(n *node, store *kvfault.Store, name string, req *taprootv1.ExecuteRequest) {
	type answer struct {
		resp *taprootv1.ExecuteResponse
		err  error
	}
	ctx, cancel := context.WithCancel(s.t.Context())
	defer cancel()
	answered := make(chan answer, 1)
	go func() {
		resp, err := n.Statements().Execute(ctx, req)
		answered <- answer{resp, err}
	}()
	// With the store dead, the statement waits for it; the client does not.
	n.await("an answer, or a dead store", func() bool { return len(answered) > 0 || store.Crashed() })
	cancel()
	a := <-answered
	resp, err := a.resp, a.err
	s.statuses = append(s.statuses, status.Code(err))
	switch _, dropping := req.GetStatement().(*taprootv1.ExecuteRequest_DropCollection); {
	case err != nil:
		s.unknown[name] = true
	case dropping:
		delete(s.acked, name)
		delete(s.unknown, name)
	default:
		s.acked[name] = resp
		delete(s.unknown, name)
	}
}

// verify restarts without faults and holds the catalog to what the client was told.
func (s *story) verify() {
	s.t.Helper()
	n := start(s.t, memory.Open(s.data, memory.WithLimits(s.limits)))
	snap := n.Snapshot()
	for _, name := range []string{"books", "wide", "films"} {
		c, there := snap.Resolve(model.DefaultDatabaseID, name)
		if there {
			want := map[string]int{"books": 1, "wide": 24, "films": 1}[name]
			if _, extra := c.Partition("p"); extra {
				want++
			}
			require.Equal(s.t, want, c.CountPartitions(), "%s is whole", name)
			require.Equal(s.t, map[string]int{"books": 4, "wide": 5, "films": 4}[name], c.CountFields(), "%s is whole", name)
		}
		if s.unknown[name] {
			continue
		}
		acked := s.acked[name]
		require.Equal(s.t, acked != nil, there, name)
		if there {
			require.Equal(s.t, acked.GetCollectionId(), int64(c.ID))
			require.Equal(s.t, acked.GetTimestamp(), uint64(c.Created))
		}
	}
	// Repeating everything ends in the same place, and dropping everything leaves nothing.
	n.must(wide("wide"))
	n.must(create("films"))
	for _, name := range []string{"books", "wide", "films"} {
		n.must(drop(name))
	}
	n.await("purge", func() bool { return len(catalogKeys(s.t, memory.Open(s.data))) == 0 && garbage(s.t, s.data) == 0 })
	require.Error(s.t, n.stop())
	check(s.t, memory.Open(s.data))
}

// garbage counts the keys in the store that nothing refers to.
func garbage(t *testing.T, data *memory.Data) int {
	t.Helper()
	_, st, err := journal.Load(t.Context(), memory.Open(data), root)
	require.NoError(t, err)
	return len(st.Garbage)
}

// pains.md 1, 2, 63: whatever happens at whichever commit, what was acknowledged is there, the rest is whole or absent,
// and nothing is left behind.
func TestEveryCommitWithEveryFault(t *testing.T) {
	t.Parallel()
	for _, lim := range []struct {
		name   string
		limits kvstore.Limits
	}{
		{"roomy", kvstore.Limits{}},
		{"tight", kvstore.Limits{Ops: 14, Bytes: 1 << 16}},
	} {
		for _, fault := range []kvfault.Fault{
			kvfault.Refuse, kvfault.LoseRequest, kvfault.LoseAnswer, kvfault.ApplyLate, kvfault.CrashBefore, kvfault.CrashAfter,
		} {
			t.Run(fmt.Sprintf("%s/%v", lim.name, fault), func(t *testing.T) {
				t.Parallel()
				reached := 0
				for n := 1; n <= reached+1; n++ {
					s := &story{t: t, data: memory.NewData(), limits: lim.limits, acked: map[string]*taprootv1.ExecuteResponse{}, unknown: map[string]bool{}}
					s.play(kvfault.Config{OnCommit: func(i int, _ kvstore.Txn) kvfault.Action {
						if i == n {
							reached = n
							return kvfault.Action{Fault: fault}
						}
						return kvfault.Action{}
					}})
					s.verify()
				}
				require.Greater(t, reached, 6, "the story has that many commits at least")
			})
		}
	}
}

// A commit whose answer was lost is found out about: the client is told the truth, not that it is unknown.
func TestALostAnswerIsSettled(t *testing.T) {
	t.Parallel()
	for _, fault := range []kvfault.Fault{kvfault.LoseAnswer, kvfault.LoseRequest, kvfault.ApplyLate} {
		data := memory.NewData()
		lose := false
		store := kvfault.New(memory.Open(data), kvfault.Config{OnCommit: func(_ int, txn kvstore.Txn) kvfault.Action {
			for _, p := range txn.Puts {
				if lose && strings.Contains(p.Key, "collection-info") {
					lose = false
					return kvfault.Action{Fault: fault}
				}
			}
			return kvfault.Action{}
		}})
		n := start(t, store)
		lose = true
		resp, err := n.execute(create("books"))
		if fault == kvfault.LoseAnswer {
			require.NoError(t, err)
			c, ok := n.Snapshot().CollectionByID(model.ID(resp.GetCollectionId()))
			require.True(t, ok)
			require.Equal(t, "books", c.Name)
		} else {
			require.Equal(t, codes.Unavailable, status.Code(err), "it did not land: try again")
			for _, err := range store.Release(t.Context()) {
				require.Error(t, err, "the transaction that was under way finds its guard broken")
			}
			n.must(create("books"))
		}
		require.Error(t, n.stop())
		require.Equal(t, 1, check(t, memory.Open(data)).CountAllCollections())
	}
}

// Statements that are under way together share the fate of their batch, and those planned on top of it are planned anew.
func TestManyClientsUnderFaults(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	for round := range uint64(8) {
		data := memory.NewData()
		var mu sync.Mutex
		rng := rand.New(rand.NewPCG(seed, round))
		store := kvfault.New(memory.Open(data, memory.WithLimits(kvstore.Limits{Ops: 40, Bytes: 1 << 20})), kvfault.Config{
			OnCommit: func(n int, _ kvstore.Txn) kvfault.Action {
				mu.Lock()
				defer mu.Unlock()
				faults := []kvfault.Fault{kvfault.Refuse, kvfault.LoseRequest, kvfault.LoseAnswer, kvfault.ApplyLate}
				if n > 1 && rng.IntN(4) == 0 {
					return kvfault.Action{Fault: faults[rng.IntN(len(faults))]}
				}
				return kvfault.Action{}
			},
		})
		n := start(t, store)
		var acked sync.Map
		var wg sync.WaitGroup
		for client := range 16 {
			wg.Go(func() {
				for i := range 12 {
					name := fmt.Sprintf("c%d_%d", client, i)
					req := create(name)
					if i%5 == 4 {
						req = wide(name)
					}
					for { // as an SDK does
						resp, err := n.execute(withID(name, req))
						if err == nil {
							acked.Store(name, resp)
							break
						}
						if status.Code(err) != codes.Unavailable {
							t.Errorf("%s: %v", name, err)
							return
						}
					}
				}
			})
		}
		wg.Wait()
		snap := n.Snapshot()
		require.Equal(t, 16*12, snap.CountAllCollections())
		acked.Range(func(name, resp any) bool {
			c, ok := snap.Collection(model.DefaultDatabaseID, name.(string))
			require.True(t, ok, name)
			require.Equal(t, resp.(*taprootv1.ExecuteResponse).GetCollectionId(), int64(c.ID))
			return true
		})
		n.await("purge of what did not land", func() bool { return garbage(t, data) == 0 })
		require.Error(t, n.stop())
		store.Release(t.Context())
		check(t, memory.Open(data))
	}
}
