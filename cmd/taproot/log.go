package main

import (
	"context"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/cockroachdb/errors"
	"go.uber.org/zap"
	"go.uber.org/zap/exp/zapslog"
	"go.uber.org/zap/zapcore"

	"github.com/taproot-db/taproot/cmd/taproot/internal/config"
)

// newLog returns one sink under two names: slog for our own code, zap for what the store brings along.
func newLog(c config.Log, w io.Writer) (*slog.Logger, *zap.Logger, error) {
	level, err := zapcore.ParseLevel(c.Level)
	if err != nil {
		return nil, nil, errors.Wrap(err, "log.level")
	}
	core := zapcore.NewCore(encoder(c.Format, w), zapcore.Lock(zapcore.AddSync(w)), level)
	var h slog.Handler = zapslog.NewHandler(core, zapslog.AddStacktraceAt(slog.LevelError+1)) // errors carry stacks of their own
	if level > zapcore.DebugLevel {
		h = brief{h}
	}
	foreign := zap.New(core)
	if level == zapcore.InfoLevel {
		// A store in this process tells at info what only its own operators want to know.
		foreign = foreign.WithOptions(zap.IncreaseLevel(zapcore.WarnLevel))
	}
	return slog.New(h), foreign, nil
}

func encoder(format string, w io.Writer) zapcore.Encoder {
	c := zapcore.EncoderConfig{
		TimeKey: "time", LevelKey: "level", NameKey: "logger", MessageKey: "msg", CallerKey: zapcore.OmitKey, StacktraceKey: "stack",
		LineEnding: zapcore.DefaultLineEnding, EncodeLevel: zapcore.LowercaseLevelEncoder,
		EncodeTime: zapcore.RFC3339NanoTimeEncoder, EncodeDuration: zapcore.StringDurationEncoder, EncodeCaller: zapcore.ShortCallerEncoder,
	}
	if format == "text" || format == "auto" && terminal(w) {
		c.EncodeTime = zapcore.TimeEncoderOfLayout(time.DateTime + ".000")
		c.EncodeLevel = zapcore.CapitalLevelEncoder
		c.ConsoleSeparator = " "
		return zapcore.NewConsoleEncoder(c)
	}
	return zapcore.NewJSONEncoder(c)
}

func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// brief writes errors as their sentence, without the stack that zap would add to each.
type brief struct{ slog.Handler }

// Handle implements slog.Handler.
func (b brief) Handle(ctx context.Context, r slog.Record) error {
	short := slog.NewRecord(r.Time, r.Level, r.Message, r.PC)
	r.Attrs(func(a slog.Attr) bool {
		short.AddAttrs(sentence(a))
		return true
	})
	return b.Handler.Handle(ctx, short)
}

// WithAttrs implements slog.Handler.
func (b brief) WithAttrs(attrs []slog.Attr) slog.Handler {
	short := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		short[i] = sentence(a)
	}
	return brief{b.Handler.WithAttrs(short)}
}

// WithGroup implements slog.Handler.
func (b brief) WithGroup(name string) slog.Handler { return brief{b.Handler.WithGroup(name)} }

func sentence(a slog.Attr) slog.Attr {
	if err, ok := a.Value.Any().(error); ok && err != nil {
		return slog.String(a.Key, err.Error())
	}
	return a
}
