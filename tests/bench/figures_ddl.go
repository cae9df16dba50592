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

	ask, err := creates("")
	if err != nil {
		return err
	}
	nothing, err := creates(nowhere)
	if err != nil {
		return err
	}
	var counter atomic.Uint64
	rates, err := alternate(b.rounds,
		b.profiled(ctx, n, "create", b.flooded(ctx, product, &counter, ask)),
		b.flooded(ctx, ceiling, &counter, ask),
		looped.measure(b.round),
		b.flooded(ctx, &target{addr: ceiling.addr, pid: ceiling.pid}, &counter, nothing),
	)
	if err != nil {
		return err
	}
	b.compare("creates/s, 64 clients", "%.0f", against(rates[0], rates[1]), atLeast(1.0))
	busy, each := looped.busy()
	b.note("the loop keeps %.0f %% of the processors busy, %.0f µs a commit", 100*busy, each)
	b.compare("  the ceiling itself, against a loop on its store", "%.0f", against(rates[1], rates[2]), atLeast(0.9))
	b.compare("  the same, against that loop and gRPC's own cost", "%.0f", against(rates[1], harmonic(rates[2], rates[3])), noTarget)
	b.note("processor time of the server per create: product %.0f µs, ceiling %.0f µs; of the clients %.0f and %.0f µs",
		product.spent.each(), ceiling.spent.each(), product.drove.each(), ceiling.drove.each())
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
	if err := product.fill(ctx, described, &counter, create(series)); err != nil {
		return err
	}
	resp, err := milvus.Describe(ctx, product.conns[0], collectionName(series, 1))
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
	ask, err := describes(described, 0)
	if err != nil {
		return err
	}
	rates, err := alternate(b.rounds,
		b.profiled(ctx, n, "describe", b.flooded(ctx, product, &counter, ask)),
		b.flooded(ctx, ceiling, &counter, ask))
	if err != nil {
		return err
	}
	b.compare("describes/s, 64 clients", "%.0f", against(rates[0], rates[1]), atLeast(0.8))
	b.note("processor time of the server per describe: product %.0f µs, ceiling %.0f µs; of the clients %.0f and %.0f µs; an answer has %d bytes",
		product.spent.each(), ceiling.spent.each(), product.drove.each(), ceiling.drove.each(), len(prepared))
	return nil
}
