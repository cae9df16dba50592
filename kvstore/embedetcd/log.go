package embedetcd

import (
	"slices"
	"strings"
	"sync/atomic"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// quieter is the logger of a server. It leaves out what etcd reports as errors though it is as it should be: most of that
// comes when the server is being stopped, and is how its listeners end.
type quieter struct {
	log     *zap.Logger
	stopped *atomic.Bool
}

func newQuieter(log *zap.Logger) *quieter {
	q := &quieter{stopped: new(atomic.Bool)}
	q.log = log.Named("etcd").WithOptions(
		zap.WrapCore(func(core zapcore.Core) zapcore.Core { return quietCore{core, q.stopped} }),
		zap.WithFatalHook(zapcore.WriteThenPanic),
	)
	return q
}

func (q *quieter) logger() *zap.Logger { return q.log }

// hush is called when the server is about to be stopped.
func (q *quieter) hush() { q.stopped.Store(true) }

type quietCore struct {
	zapcore.Core
	stopped *atomic.Bool
}

func (c quietCore) With(fields []zapcore.Field) zapcore.Core {
	return quietCore{c.Core.With(fields), c.stopped}
}

// Check adds this core, not the one inside, so that Write is asked.
func (c quietCore) Check(e zapcore.Entry, ce *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if c.Enabled(e.Level) {
		return ce.AddCore(e, c)
	}
	return ce
}

func (c quietCore) Write(e zapcore.Entry, fields []zapcore.Field) error {
	if e.Level == zapcore.WarnLevel || e.Level == zapcore.ErrorLevel {
		// A database is without a term until its first snapshot; etcd looks again each minute.
		young := mentions(e, fields, "missing term information")
		ending := c.stopped.Load() && mentions(e, fields,
			"mux: server closed", "use of closed network connection", "http: Server closed",
			"the server has been stopped", "the client connection is closing")
		if young || ending {
			return nil
		}
	}
	return c.Core.Write(e, fields)
}

// mentions says whether one of the texts stands in the message of an entry, or in an error or text beside it.
func mentions(e zapcore.Entry, fields []zapcore.Field, texts ...string) bool {
	contains := func(s string) bool {
		return slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(s, text) })
	}
	if contains(e.Message) {
		return true
	}
	for _, f := range fields {
		switch f.Type {
		case zapcore.ErrorType:
			if err, ok := f.Interface.(error); ok && err != nil && contains(err.Error()) {
				return true
			}
		case zapcore.StringType:
			if contains(f.String) {
				return true
			}
		default:
		}
	}
	return false
}
