package main

import (
	"context"
	"sync/atomic"
)

// arm is one side of a comparison: it measures itself for a round.
type arm func() (float64, error)

// alternate has all sides measure themselves in each of so many rounds, and returns what each came to. No side always goes first, and
// a round before the others, which is not counted, warms all of them up.
func alternate(rounds int, arms ...arm) ([][]float64, error) {
	out := make([][]float64, len(arms))
	for r := range rounds + 1 {
		for i := range arms {
			who := (r + i) % len(arms)
			v, err := arms[who]()
			if err != nil {
				return nil, err
			}
			if r > 0 {
				out[who] = append(out[who], v)
			}
		}
	}
	return out, nil
}

// against pairs two sides round by round.
func against(product, ceiling []float64) *pairs { return &pairs{product, ceiling} }

// harmonic returns, round by round, the rate of doing two things one after the other, each of which alone has a rate.
func harmonic(a, b []float64) []float64 {
	out := make([]float64, len(a))
	for i := range a {
		out[i] = 1 / (1/a[i] + 1/b[i])
	}
	return out
}

// flooded is the side that all clients flood for a round: calls a second.
func (b *bench) flooded(ctx context.Context, t *target, counter *atomic.Uint64, r *request) arm {
	return func() (float64, error) { return t.flood(ctx, b.round, counter, r) }
}

// called is the side that one client calls, one after the other: the median in milliseconds.
func (b *bench) called(ctx context.Context, t *target, n int, f call) arm {
	var counter atomic.Uint64
	return func() (float64, error) {
		took, err := t.single(ctx, n, &counter, f)
		return p50(took), err
	}
}
