package main

import (
	"slices"
	"time"
)

// median returns the middle of xs, which it sorts; 0 if there is none.
func median(xs []float64) float64 {
	if len(xs) == 0 {
		return 0
	}
	slices.Sort(xs)
	if n := len(xs); n%2 == 0 {
		return (xs[n/2-1] + xs[n/2]) / 2
	}
	return xs[len(xs)/2]
}

// p50 returns the median of durations, in milliseconds.
func p50(ds []time.Duration) float64 {
	ms := make([]float64, len(ds))
	for i, d := range ds {
		ms[i] = float64(d) / float64(time.Millisecond)
	}
	return median(ms)
}

// pairs is a figure of two sides measured in turns.
type pairs struct{ product, ceiling []float64 }

// ratios returns the median, the least and the greatest of the ratios within a round. What drifts over the run is in both
// halves of a round and cancels.
func (p *pairs) ratios() (mid, least, most float64) {
	if len(p.product) == 0 {
		return 0, 0, 0
	}
	rs := make([]float64, len(p.product))
	for i := range rs {
		rs[i] = p.product[i] / p.ceiling[i]
	}
	return median(rs), slices.Min(rs), slices.Max(rs)
}

// middles returns the medians of both sides.
func (p *pairs) middles() (product, ceiling float64) {
	return median(slices.Clone(p.product)), median(slices.Clone(p.ceiling))
}
