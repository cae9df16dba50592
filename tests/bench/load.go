package main

import (
	"bytes"
	"context"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"golang.org/x/sync/errgroup"

	"github.com/taproot-db/taproot/tests/internal/milvus"
	"github.com/taproot-db/taproot/tests/internal/node"
)

// connections is how many TCP connections the clients share: one alone would make its writer the bottleneck.
const connections = 4

// target is a server under load, with the connections to it.
type target struct {
	addr  string
	conns []*milvus.Conn
	pid   int
	spent cost // by the server
	drove cost // by the clients
}

// cost is the processor time that a process has spent on calls: a rate tells how fast a machine was, this tells why.
type cost struct {
	cpu   time.Duration
	calls int64
}

func (c *cost) add(cpu time.Duration, calls int64) {
	c.cpu += cpu
	c.calls += calls
}

// each returns the microseconds of processor time per call.
func (c *cost) each() float64 { return float64(c.cpu.Microseconds()) / float64(max(c.calls, 1)) }

func dial(addr string, pid int) (*target, error) {
	t := &target{addr: addr, pid: pid}
	for range connections {
		c, err := milvus.Dial(addr)
		if err != nil {
			return nil, err
		}
		t.conns = append(t.conns, c)
	}
	return t, nil
}

func (t *target) close() {
	for _, c := range t.conns {
		_ = c.Close()
	}
}

// call is one operation; n counts them over all rounds and workers.
type call func(ctx context.Context, c *milvus.Conn, n uint64) error

// flood has all clients call without pause for a time, and returns the calls a second.
func (t *target) flood(ctx context.Context, d time.Duration, counter *atomic.Uint64, r *request) (float64, error) {
	before, err := processorTimes(t.pid, os.Getpid())
	if err != nil {
		return 0, err
	}
	g, ctx := errgroup.WithContext(ctx)
	began := time.Now()
	var finished atomic.Int64
	for range connections {
		g.Go(func() error {
			n, err := flood(ctx, t.addr, clients/connections, r, counter, began.Add(d))
			finished.Add(n)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return 0, err
	}
	took := time.Since(began)
	after, err := processorTimes(t.pid, os.Getpid())
	if err != nil {
		return 0, err
	}
	t.spent.add(after[0]-before[0], finished.Load())
	t.drove.add(after[1]-before[1], finished.Load())
	return float64(finished.Load()) / took.Seconds(), nil
}

// processorTimes returns what processes have spent so far.
func processorTimes(pids ...int) ([]time.Duration, error) {
	out := make([]time.Duration, len(pids))
	for i, pid := range pids {
		var err error
		if out[i], err = node.CPU(pid); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// fill has all clients together call exactly n times.
func (t *target) fill(ctx context.Context, n int, counter *atomic.Uint64, f call) error {
	g, ctx := errgroup.WithContext(ctx)
	var mu sync.Mutex
	left := n
	take := func() bool {
		mu.Lock()
		defer mu.Unlock()
		left--
		return left >= 0
	}
	for w := range clients {
		conn := t.conns[w%len(t.conns)]
		g.Go(func() error {
			for take() {
				if err := f(ctx, conn, counter.Add(1)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}

// single calls n times, one after the other on one connection, and returns how long each took.
func (t *target) single(ctx context.Context, n int, counter *atomic.Uint64, f call) ([]time.Duration, error) {
	took := make([]time.Duration, 0, n)
	for range n {
		began := time.Now()
		if err := f(ctx, t.conns[0], counter.Add(1)); err != nil {
			return nil, err
		}
		took = append(took, time.Since(began))
	}
	return took, nil
}

// create makes a collection of five fields. The clients share the machine with the servers, so they do as little as they can:
// the schema is encoded once, and only the name in it is changed.
func create(series string) call {
	mould, err := milvus.CreateRequest(milvus.Schema(collectionName(series, 0)))
	at := bytes.Index(mould.GetSchema(), []byte(collectionName(series, 0)))
	return func(ctx context.Context, c *milvus.Conn, n uint64) error {
		if err != nil {
			return err
		}
		name, schema := collectionName(series, n), bytes.Clone(mould.GetSchema())
		copy(schema[at:], name)
		return milvus.Check(c.CreateCollection(ctx, &milvuspb.CreateCollectionRequest{
			CollectionName: name, Schema: schema, ShardsNum: mould.GetShardsNum(),
		}))
	}
}

// describe asks for one of the first collections of a series, all of them in turn but not in order.
func describe(series string, of int) call {
	return func(ctx context.Context, c *milvus.Conn, n uint64) error {
		_, err := milvus.Describe(ctx, c, describedName(series, n, of))
		return err
	}
}

func describedName(series string, n uint64, of int) string {
	return collectionName(series, n*7919%uint64(of)+1)
}
