package main

import (
	"context"
	"encoding/hex"
	"path/filepath"
	"sync/atomic"

	"github.com/cockroachdb/errors"
	"google.golang.org/protobuf/proto"

	"github.com/taproot-db/taproot/tests/internal/milvus"
	"github.com/taproot-db/taproot/tests/internal/node"
)

// busyFrom is the part of all processors that the loop may keep busy for a comparison with it to be fair: gRPC and the clients take about half
// as much again.
const busyFrom = 0.6

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
	looped := &looped{child: looper}

	var counter atomic.Uint64
	rates, err := alternate(b.rounds,
		b.profiled(ctx, n, "create", b.flooded(ctx, product, &counter, create("p"))),
		b.flooded(ctx, ceiling, &counter, create("p")),
		looped.measure(b.round),
		b.flooded(ctx, &target{conns: ceiling.conns, pid: ceiling.pid}, &counter, createNothing("p")),
	)
	if err != nil {
		return err
	}
	b.compare("creates/s, 64 clients", "%.0f", against(rates[0], rates[1]), atLeast(1.0))
	// The loop has the processors for itself, the ceiling shares them with gRPC and the clients. Where processors are what is short, only the
	// second comparison is fair.
	bare, both := atLeast(0.9), noTarget
	busy, each := looped.busy()
	if busy > busyFrom {
		bare, both = both, bare
	}
	b.note("the loop keeps %.0f %% of the processors busy, %.0f µs a commit", 100*busy, each)
	b.compare("  the ceiling itself, against a loop on its store", "%.0f", against(rates[1], rates[2]), bare)
	b.compare("  the same, against that loop and gRPC's own cost", "%.0f", against(rates[1], harmonic(rates[2], rates[3])), both)
	b.note("processor time of the server per create: product %.0f µs, ceiling %.0f µs", product.spent.each(), ceiling.spent.each())
	if b.profile != "" {
		if err := n.Profile(ctx, "allocs", filepath.Join(b.profile, "create-allocs.pprof")); err != nil {
			return err
		}
	}
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

	calls := b.singles
	if b.profile != "" {
		calls *= 10 // to fill the time of a profile
	}
	took, err := alternate(b.blocks,
		b.profiled(ctx, n, "single", b.called(ctx, product, calls, create("p"))),
		b.called(ctx, ceiling, calls, create("p")))
	if err != nil {
		return err
	}
	b.compare("create p50 in ms, one client", "%.3f", against(took[0], took[1]), atMost(1.3))
	return nil
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
	rates, err := alternate(b.rounds,
		b.profiled(ctx, n, "describe", b.flooded(ctx, product, &counter, ask)),
		b.flooded(ctx, ceiling, &counter, ask))
	if err != nil {
		return err
	}
	b.compare("describes/s, 64 clients", "%.0f", against(rates[0], rates[1]), atLeast(0.8))
	b.note("processor time of the server per describe: product %.0f µs, ceiling %.0f µs; an answer has %d bytes",
		product.spent.each(), ceiling.spent.each(), len(prepared))
	return nil
}
