package rootcoord

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/taproot-db/taproot/rootcoord/committer"
)

// metrics is what an operator can see of the coordinator. Gauges are derived from the Snapshot when they are asked for,
// so that they cannot drift.
type metrics struct {
	commits *prometheus.CounterVec
	sets    prometheus.Counter
	batch   prometheus.Histogram
	latency prometheus.Histogram
	steps   *prometheus.HistogramVec
	panics  prometheus.Counter
	past    pastMetrics
}

func newMetrics(c *Coordinator, reg prometheus.Registerer) *metrics {
	const ns = "taproot"
	m := &metrics{
		commits: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: ns, Name: "commits_total", Help: "Commits to the store, by outcome.",
		}, []string{"outcome"}),
		sets: prometheus.NewCounter(prometheus.CounterOpts{
			Namespace: ns, Name: "change_sets_total", Help: "Change sets that became durable.",
		}),
		batch: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: ns, Name: "commit_change_sets", Help: "Change sets in one commit.", Buckets: prometheus.ExponentialBuckets(1, 2, 9),
		}),
		latency: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: ns, Name: "commit_seconds", Help: "Time of one commit.", Buckets: prometheus.ExponentialBuckets(0.0001, 2, 16),
		}),
		steps: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: ns, Name: "step_seconds", Help: "Time of one step of a pipeline, by outcome.", Buckets: prometheus.ExponentialBuckets(0.0001, 2, 16),
		}, []string{"step", "outcome"}),
	}
	m.panics = prometheus.NewCounter(prometheus.CounterOpts{
		Namespace: ns, Name: "statement_panics_total", Help: "Statements that ended in a panic of the coordinator.",
	})
	m.past = newPastMetrics(c, reg)
	gauge := func(name, help string, f func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: ns, Name: name, Help: help}, f)
	}
	reg.MustRegister(m.commits, m.sets, m.batch, m.latency, m.steps, m.panics,
		gauge("revision", "Revision of the catalog.", func() float64 { return float64(c.Snapshot().Revision()) }),
		gauge("databases", "Databases in the catalog.", func() float64 { return float64(c.Snapshot().CountDatabases()) }),
		gauge("collections", "Visible collections in the catalog.", func() float64 { return float64(c.Snapshot().CountAllCollections()) }),
		gauge("quarantined_records", "Records that cannot be served.", func() float64 { return float64(len(c.Snapshot().Quarantine())) }),
		gauge("purge_backlog", "Collections and keys that wait to be purged.", func() float64 {
			if t := c.term.Load(); t != nil {
				n, k := t.reconcile.Backlog()
				return float64(n + k)
			}
			return 0
		}),
		gauge("journal_bytes", "Bytes that the journal takes in the store.", func() float64 {
			if t := c.term.Load(); t != nil {
				_, _, n := t.sizes.Reach()
				return float64(n)
			}
			return 0
		}),
		gauge("ready", "1 while statements are served.", func() float64 {
			if c.Ready() == nil {
				return 1
			}
			return 0
		}),
	)
	return m
}

func (m *metrics) commit(s committer.Stats) {
	m.commits.WithLabelValues(outcome(s.Err)).Inc()
	m.latency.Observe(s.Took.Seconds())
	if s.Err == nil {
		m.sets.Add(float64(s.ChangeSets))
		m.batch.Observe(float64(s.ChangeSets))
	}
}

func (m *metrics) step(_ context.Context, step string, took time.Duration, err error) {
	m.steps.WithLabelValues(step, outcome(err)).Observe(took.Seconds())
}

func outcome(err error) string {
	if err == nil {
		return "ok"
	}
	return "failed"
}
