package main

import (
	"context"
	"encoding/hex"
	"strconv"
	"sync/atomic"

	"github.com/cockroachdb/errors"
	"google.golang.org/protobuf/proto"

	"github.com/taproot-db/taproot/tests/internal/milvus"
	"github.com/taproot-db/taproot/tests/internal/node"
)

// create measures creates a second: product, bare server and bare loop in turns.
func (b *bench) create(ctx context.Context) error {
	dir, err := b.dir()
	if err != nil {
		return err
	}
	n, product, err := b.product(ctx, dir)
	if err != nil {
		return err
	}
	defer n.Kill()
	defer product.close()
	server, ceiling, err := b.bare(ctx)
	if err != nil {
		return err
	}
	defer server.stop()
	defer ceiling.close()
	loopDir, err := b.dir()
	if err != nil {
		return err
	}
	looper, err := start(ctx, "loop", loopDir)
	if err != nil {
		return err
	}
	defer looper.stop()

	var counter atomic.Uint64
	flood := func(t *target) (float64, error) { return t.flood(ctx, clients, b.round, &counter, create("p")) }
	var against, honest pairs
	for r := range b.rounds + 1 {
		var rates [3]float64
		for i := range rates {
			who := (r + i) % len(rates) // nobody always goes first
			var err error
			switch who {
			case 0:
				err = b.profiled(ctx, n, "create", func() (err error) { rates[who], err = flood(product); return err })
			case 1:
				rates[who], err = flood(ceiling)
			case 2:
				var answer string
				if answer, err = looper.ask("%d %s", clients, b.round); err == nil {
					rates[who], err = strconv.ParseFloat(answer, 64)
				}
			}
			if err != nil {
				return errors.WithStack(err)
			}
		}
		if r == 0 {
			continue // warms up
		}
		against.add(rates[0], rates[1])
		honest.add(rates[1], rates[2])
	}
	b.compare("creates/s, 64 clients", "%.0f", &against, atLeast(1.0))
	b.compare("  the ceiling itself, against a loop without gRPC", "%.0f", &honest, atLeast(0.9))
	b.note("processor time of the server per create: product %.0f µs, ceiling %.0f µs", product.spent.each(), ceiling.spent.each())
	return b.equalSizes(ctx, n, dir)
}

// equalSizes stops the product and compares what both sides wrote for one collection.
func (b *bench) equalSizes(ctx context.Context, n *node.Node, dir string) error {
	if _, err := n.Stop(stopWithin); err != nil {
		return err
	}
	c, err := start(ctx, "sizes", dir)
	if err != nil {
		return err
	}
	c.stop()
	t, err := newTemplate()
	if err != nil {
		return err
	}
	v := numbers(c.greeting)
	if len(v) != 3 || v[0] == 0 {
		return errors.Newf("sizes: %q", c.greeting)
	}
	b.note("records of a collection: product %.1f keys, %.0f bytes; ceiling %d keys, %d bytes", v[1]/v[0], v[2]/v[0], records, t.size())
	return nil
}

// createSingle measures the time of a create with one client.
func (b *bench) createSingle(ctx context.Context) error {
	n, product, err := b.product(ctx, "")
	if err != nil {
		return err
	}
	defer n.Kill()
	defer product.close()
	server, ceiling, err := b.bare(ctx)
	if err != nil {
		return err
	}
	defer server.stop()
	defer ceiling.close()

	p, err := b.turns(ctx, product, ceiling, create("p"))
	if err != nil {
		return err
	}
	b.compare("create p50 in ms, one client", "%.3f", p, atMost(1.3))
	if b.profile == "" {
		return nil
	}
	var counter atomic.Uint64
	counter.Store(1 << 30)
	return b.profiled(ctx, n, "single", func() error {
		_, err := product.single(ctx, 10*b.singles, &counter, create("p"))
		return err
	})
}

// turns has one client call both sides in turns, and returns the medians of each block.
func (b *bench) turns(ctx context.Context, first, second *target, f call) (*pairs, error) {
	var counters [2]atomic.Uint64
	p := &pairs{}
	for r := range b.blocks + 1 {
		var mid [2]float64
		for i := range mid {
			who := (r + i) % 2
			t := first
			if who == 1 {
				t = second
			}
			took, err := t.single(ctx, b.singles, &counters[who], f)
			if err != nil {
				return nil, err
			}
			mid[who] = p50(took)
		}
		if r > 0 { // the first block warms up
			p.add(mid[0], mid[1])
		}
	}
	return p, nil
}

// described is how many collections are described in turn.
const described = 1000

// describe measures describes a second; the ceiling gives an answer that the product gave.
func (b *bench) describe(ctx context.Context) error {
	n, product, err := b.product(ctx, "")
	if err != nil {
		return err
	}
	defer n.Kill()
	defer product.close()
	server, ceiling, err := b.bare(ctx)
	if err != nil {
		return err
	}
	defer server.stop()
	defer ceiling.close()

	var counter atomic.Uint64
	if err := product.fill(ctx, clients, described, &counter, create("p")); err != nil {
		return err
	}
	resp, err := milvus.Describe(ctx, product.conns[0], collectionName("p", 1))
	if err != nil {
		return err
	}
	prepared, err := proto.Marshal(resp)
	if err != nil {
		return errors.WithStack(err)
	}
	if _, err := server.ask("%s", hex.EncodeToString(prepared)); err != nil {
		return err
	}
	ask := describe("p", described)
	p := &pairs{}
	for r := range b.rounds + 1 {
		var rates [2]float64
		for i := range rates {
			var err error
			if who := (r + i) % 2; who == 0 {
				err = b.profiled(ctx, n, "describe", func() (err error) {
					rates[0], err = product.flood(ctx, clients, b.round, &counter, ask)
					return err
				})
			} else {
				rates[1], err = ceiling.flood(ctx, clients, b.round, &counter, ask)
			}
			if err != nil {
				return err
			}
		}
		if r > 0 {
			p.add(rates[0], rates[1])
		}
	}
	b.compare("describes/s, 64 clients", "%.0f", p, atLeast(0.8))
	b.note("processor time of the server per describe: product %.0f µs, ceiling %.0f µs; an answer has %d bytes",
		product.spent.each(), ceiling.spent.each(), len(prepared))
	return nil
}
