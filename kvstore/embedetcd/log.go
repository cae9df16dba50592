package embedetcd

import (
	"slices"
	"strings"
	"sync/atomic"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// quieter is the logger of a server. It leaves out what etcd warns of though it is as it should be here: what it says of
// itself at each start, and how its listeners end when it is being stopped. All else is passed on, at any level.
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

// Warnings that mean nothing for a server like this one. Nobody could act on them, and those who are taught to read over
// warnings do so with the next one too.
var (
	// routine comes at each start.
	routine = []string{
		// It listens on a socket of its owner at most, and nobody speaks HTTP there.
		"Running http and grpc server on single port",
		// What etcd recommends is for a request over a network to members that must all keep up. Ours is bounded by
		// Config.MaxRequestBytes, travels in memory and has no followers.
		"exceeded recommended request limit",
		// Tokens belong to etcd's users and passwords. There are none: who reaches the server is its owner.
		"simple token is not cryptographically signed",
		// The first election is due before the member has applied the entry of its log that names it as a member. It
		// stands again a moment later, and New waits for that.
		"since there are still pending configuration changes to apply",
	}
	// young is the cause of "failed to update storage version" while a database has not got its first snapshot: etcd looks
	// again every few seconds. With any other cause that message is passed on.
	young = []string{"missing term information"}
	// ending comes with a stop that was asked for.
	ending = []string{
		"mux: server closed", "use of closed network connection", "http: Server closed",
		"the server has been stopped", "the client connection is closing", "etcdserver: request cancelled",
	}
)

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
	if c.meansNothing(e, fields) {
		return nil
	}
	return c.Core.Write(e, fields)
}

func (c quietCore) meansNothing(e zapcore.Entry, fields []zapcore.Field) bool {
	switch e.Level {
	case zapcore.WarnLevel, zapcore.ErrorLevel:
		return mentions(e, nil, routine) || mentions(e, fields, young) || c.stopped.Load() && mentions(e, fields, ending)
	default:
		return false
	}
}

// mentions says whether one of the texts stands in the message of an entry, or in an error or text beside it.
func mentions(e zapcore.Entry, fields []zapcore.Field, texts []string) bool {
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
