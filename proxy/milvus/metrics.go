package milvus

import (
	"sync"
	"time"

	"github.com/cockroachdb/errors"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/taproot-db/taproot/tasks"
)

// metrics is what a Service counts. All names begin with taproot_proxy_.
type metrics struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	panics   prometheus.Counter
}

func newMetrics(r prometheus.Registerer, queue *tasks.Queue) (*metrics, error) {
	opts := func(name, help string) prometheus.Opts {
		return prometheus.Opts{Namespace: "taproot", Subsystem: "proxy", Name: name, Help: help}
	}
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts(opts("requests_total",
			"Requests answered, by method and code: Milvus's number in-band, 0 for success, or the name of a gRPC code.")),
			[]string{"method", "code"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: "taproot", Subsystem: "proxy", Name: "request_seconds",
			Help:    "Time from the arrival of a request to its answer, by method.",
			Buckets: []float64{.00005, .0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, 1, 5},
		}, []string{"method"}),
		panics: prometheus.NewCounter(prometheus.CounterOpts(opts("panics_total", "Panics that were caught while serving a request."))),
	}
	waiting := prometheus.NewGaugeFunc(prometheus.GaugeOpts(opts("ddl_waiting", "Statements waiting in the ddQueue.")), func() float64 {
		n, _ := queue.Load()
		return float64(n)
	})
	running := prometheus.NewGaugeFunc(prometheus.GaugeOpts(opts("ddl_running", "Statements under way.")), func() float64 {
		_, n := queue.Load()
		return float64(n)
	})
	for _, c := range []prometheus.Collector{m.requests, m.seconds, m.panics, waiting, running} {
		if err := r.Register(c); err != nil {
			return nil, errors.Wrap(err, "register metrics")
		}
	}
	return m, nil
}

// observer notes an answered request.
type observer func(code string, took time.Duration)

// observer returns the observer of a method. Its series appear when it is first called, and the one for success is
// looked up only then: looking up by labels costs more than counting.
func (m *metrics) observer(method string) observer {
	first := sync.OnceValues(func() (prometheus.Counter, prometheus.Observer) {
		return m.requests.WithLabelValues(method, success), m.seconds.WithLabelValues(method)
	})
	return func(code string, took time.Duration) {
		ok, seconds := first()
		seconds.Observe(took.Seconds())
		if code == success {
			ok.Inc()
			return
		}
		m.requests.WithLabelValues(method, code).Inc()
	}
}
