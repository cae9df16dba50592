package main

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"testing"

	"github.com/cockroachdb/errors"
	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/cmd/taproot/internal/config"
)

func TestLogsAreOneLineEach(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log, foreign, err := newLog(config.Log{Level: "info", Format: "auto"}, &out)
	require.NoError(t, err)
	cause := errors.Wrap(errors.New("disk on fire"), "commit")
	log.With(slog.Any("before", cause)).LogAttrs(t.Context(), slog.LevelError, "it failed", slog.Any("error", cause), slog.Int("n", 3))
	log.LogAttrs(t.Context(), slog.LevelDebug, "not shown")
	foreign.Info("not shown either")
	foreign.Warn("shown")

	lines := bytes.Split(bytes.TrimSpace(out.Bytes()), []byte("\n"))
	require.Len(t, lines, 2, out.String())
	var got map[string]any
	require.NoError(t, json.Unmarshal(lines[0], &got))
	delete(got, "time")
	require.Equal(t, map[string]any{
		"level": "error", "msg": "it failed", "error": "commit: disk on fire", "before": "commit: disk on fire", "n": 3.0,
	}, got)
}

func TestDebugLogsTellAll(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log, foreign, err := newLog(config.Log{Level: "debug", Format: "json"}, &out)
	require.NoError(t, err)
	log.LogAttrs(t.Context(), slog.LevelWarn, "it failed", slog.Any("error", errors.New("disk on fire")))
	require.Contains(t, out.String(), "log_test.go", "the stack")
	foreign.Info("shown")
	require.Contains(t, out.String(), `"shown"`)
}

func TestReport(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		err  error
		code int
		text string
	}{
		{nil, 0, ""},
		{errors.New("no"), 1, "taproot: no\n"},
		{errors.New("no\nreally"), 1, "taproot: no really\n"},
		{errors.WithHint(errors.WithHint(errors.New("no"), "a"), "b"), 1, "taproot: no\nhint: a\nhint: b\n"},
		{errors.Mark(errors.New("what?"), errUsage), 2, "taproot: what?\n"},
	} {
		var out bytes.Buffer
		require.Equal(t, tc.code, report(&out, tc.err))
		require.Equal(t, tc.text, out.String())
	}
}
