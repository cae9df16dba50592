package rootcoord

import (
	"context"
	"strconv"
	"time"

	"github.com/cockroachdb/errors"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/taproot-db/taproot/kvstore"
	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/history"
	"github.com/taproot-db/taproot/metastore/model"
)

// At returns the catalog as it was at a hybrid timestamp; zero and any time since the last change mean the newest. Errors:
// errs.ParameterInvalid for a time before the oldest there is, which it names; errs.Unavailable while nobody can look; the end of ctx.
func (c *Coordinator) At(ctx context.Context, ts model.Timestamp) (*catalog.Snapshot, error) {
	t, err := c.lead()
	if err != nil {
		return nil, errs.Unavailable.New(err.Error())
	}
	snap, err := t.history.At(ctx, ts)
	if errors.IsAny(err, kvstore.ErrUnavailable, kvstore.ErrInvalid) { // the latter: it is being closed
		return nil, errs.Unavailable.New(err.Error())
	}
	return snap, err
}

// Facts tells an operator which catalog this is, and how far back it can be asked for.
func (c *Coordinator) Facts() []model.Property {
	t := c.term.Load()
	if t == nil {
		return nil
	}
	r := t.history.Reach()
	return []model.Property{
		{Key: "cluster_id", Value: t.clusterID},
		{Key: "history_since", Value: time.UnixMilli(r.Timestamp.Millis()).UTC().Format(time.RFC3339)},
		{Key: "history_timestamp", Value: strconv.FormatUint(uint64(r.Timestamp), 10)},
		{Key: "history_revision", Value: strconv.FormatUint(uint64(r.Revision), 10)},
		{Key: "journal_bytes", Value: strconv.FormatInt(r.JournalBytes, 10)},
	}
}

// pastMetrics is what an operator can see of reads of the past.
type pastMetrics struct {
	rebuilds *prometheus.HistogramVec
	undone   prometheus.Counter
}

func newPastMetrics(c *Coordinator, reg prometheus.Registerer) pastMetrics {
	const ns = "taproot"
	m := pastMetrics{
		rebuilds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: ns, Name: "history_rebuild_seconds", Help: "Time of rebuilding a catalog of the past from the journal, by outcome.",
			Buckets: prometheus.ExponentialBuckets(0.0001, 4, 10),
		}, []string{"outcome"}),
		undone: prometheus.NewCounter(prometheus.CounterOpts{
			Namespace: ns, Name: "history_undone_change_sets_total", Help: "Change sets undone to rebuild catalogs of the past.",
		}),
	}
	reach := func(name, help string, f func(history.Reach) float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: ns, Name: name, Help: help}, func() float64 {
			if t := c.term.Load(); t != nil {
				return f(t.history.Reach())
			}
			return 0
		})
	}
	reg.MustRegister(m.rebuilds, m.undone,
		reach("history_oldest_timestamp_seconds", "Oldest time that the catalog can be asked for, in Unix time.", func(r history.Reach) float64 {
			return float64(r.Timestamp.Millis()) / 1e3
		}),
		reach("history_oldest_revision", "Revision of the catalog at the oldest time it can be asked for.", func(r history.Reach) float64 {
			return float64(r.Revision)
		}),
	)
	return m
}

func (m *metrics) rebuilt(changeSets int, took time.Duration, err error) {
	m.past.rebuilds.WithLabelValues(outcome(err)).Observe(took.Seconds())
	m.past.undone.Add(float64(changeSets))
}
