package embedetcd

import (
	"testing"

	"github.com/cockroachdb/errors"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

// What is left out is what is known to mean nothing, for that cause and at that time, and nothing beside it.
func TestQuieter(t *testing.T) {
	t.Parallel()
	const warn, failure = zapcore.WarnLevel, zapcore.ErrorLevel
	cause := func(text string) zap.Field { return zap.Error(errors.New(text)) }
	for _, c := range []struct {
		level   zapcore.Level
		message string
		field   zap.Field
		serving bool // passed on while the server serves
		stopped bool // passed on once it is being stopped
	}{
		{warn, "Running http and grpc server on single port. This is not recommended for production.", zap.Skip(), false, false},
		{warn, "exceeded recommended request limit", zap.Int("max-request-bytes", 1), false, false},
		{warn, "simple token is not cryptographically signed", zap.Skip(), false, false},
		{
			warn, "8e9e05c52164694d cannot campaign at term 1 since there are still pending configuration changes to apply", zap.Skip(),
			false, false,
		},
		{failure, "failed to update storage version", cause("cannot detect storage schema version: missing term information"), false, false},
		{failure, "failed to update storage version", cause("disk quota exceeded"), true, true},
		{warn, "failed to serve", cause("mux: server closed"), true, false},
		{warn, "failed to update cluster version", cause("etcdserver: request cancelled"), true, false},
		{warn, "stopped", zap.String("why", "use of closed network connection"), true, false},
		{failure, "apply failed", cause("exceeded recommended request limit"), true, true},
		{zapcore.InfoLevel, "simple token is not cryptographically signed", zap.Skip(), true, true},
		{warn, "slow fdatasync", zap.Skip(), true, true},
		{failure, "snapshot save failed", cause("input/output error"), true, true},
	} {
		core, logs := observer.New(zapcore.DebugLevel)
		q := newQuieter(zap.New(core))
		passed := func() bool {
			q.logger().With(zap.String("member", "m")).Log(c.level, c.message, c.field)
			return len(logs.TakeAll()) == 1
		}
		require.Equal(t, c.serving, passed(), "serving: %s %v", c.message, c.field.Interface)
		q.hush()
		require.Equal(t, c.stopped, passed(), "stopped: %s %v", c.message, c.field.Interface)
	}
}
