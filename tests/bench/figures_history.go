package main

import (
	"cmp"
	"context"
	"slices"
	"sync/atomic"
	"time"

	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"

	"github.com/taproot-db/taproot/tests/internal/milvus"
)

// remembered is how many change sets the figures of the past go back: what is promised to be in memory.
const remembered = 1000

// history measures describes at a time_stamp, against plain ones of the same collections on the same server.
func (b *bench) history(ctx context.Context) error {
	dir, err := b.dir()
	if err != nil {
		return err
	}
	n, product, err := b.product(ctx, dir)
	if err != nil {
		return err
	}
	defer func() { n.Kill(); product.close() }()
	var counter atomic.Uint64
	if err := product.fill(ctx, remembered, &counter, create("p")); err != nil {
		return err
	}
	made := make([]*milvuspb.DescribeCollectionResponse, remembered)
	for i := range made {
		if made[i], err = milvus.Describe(ctx, product.conns[0], collectionName("p", uint64(i+1))); err != nil {
			return err
		}
	}
	slices.SortFunc(made, func(a, b *milvuspb.DescribeCollectionResponse) int {
		return cmp.Compare(a.GetCreatedTimestamp(), b.GetCreatedTimestamp())
	})
	// A collection at the time when another one was made after it; the same calls without a time, on the other side.
	ask := func(past bool) call {
		return func(ctx context.Context, c *milvus.Conn, n uint64) error {
			i := n * 7919 % remembered
			req := &milvuspb.DescribeCollectionRequest{CollectionName: made[i].GetCollectionName()}
			if past {
				req.TimeStamp = made[i+n*31%(remembered-i)].GetCreatedTimestamp()
			}
			return describeWith(ctx, c, req)
		}
	}
	took, err := alternate(b.blocks,
		b.called(ctx, product, manyDescribes*b.singles, ask(true)),
		b.called(ctx, product, manyDescribes*b.singles, ask(false)))
	if err != nil {
		return err
	}
	b.compare("describe p50 in ms at a time_stamp in memory, against plain", "%.3f", against(took[0], took[1]), atMost(2))
	// The first half of the collections, at the time when the last of them had been made.
	first := uint64(0)
	for i := range uint64(remembered / 2) {
		at := slices.IndexFunc(made, func(m *milvuspb.DescribeCollectionResponse) bool {
			return m.GetCollectionName() == collectionName("p", i+1)
		})
		first = max(first, made[at].GetCreatedTimestamp())
	}
	past, err := describes(remembered/2, first)
	if err != nil {
		return err
	}
	plain, err := describes(remembered/2, 0)
	if err != nil {
		return err
	}
	rates, err := alternate(b.rounds,
		b.profiled(ctx, n, "history", b.flooded(ctx, product, &counter, past)),
		b.flooded(ctx, product, &counter, plain))
	if err != nil {
		return err
	}
	b.compare("describes/s at a time_stamp in memory, 64 clients, against plain", "%.0f", against(rates[0], rates[1]), atLeast(0.5))

	// After a restart nothing of it is in memory.
	if _, err := n.Stop(stopWithin); err != nil {
		return err
	}
	product.close()
	if n, product, err = b.product(ctx, dir); err != nil {
		return err
	}
	oldest := &milvuspb.DescribeCollectionRequest{
		CollectionName: made[0].GetCollectionName(), TimeStamp: made[0].GetCreatedTimestamp(),
	}
	var each [3]time.Duration
	for i := range each {
		began := time.Now()
		if err := describeWith(ctx, product.conns[0], oldest); err != nil {
			return err
		}
		each[i] = time.Since(began)
	}
	b.note("describe at an older time_stamp, by undoing %d change sets: %.1f ms once, %.3f ms again", remembered-1,
		each[0].Seconds()*1e3, min(each[1], each[2]).Seconds()*1e3)
	return nil
}

func describeWith(ctx context.Context, c *milvus.Conn, req *milvuspb.DescribeCollectionRequest) error {
	r, err := c.DescribeCollection(ctx, req)
	return milvus.Check(r.GetStatus(), err)
}
