package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTimesOnTheCommandLine(t *testing.T) {
	t.Parallel()
	now := time.UnixMilli(1_700_000_000_123)
	millis := func(ms uint64) uint64 { return ms << 18 }
	for text, want := range map[string]uint64{
		"":                          0,
		"0":                         0,
		"445644800294387717":        445644800294387717,
		"-5m":                       millis(1_700_000_000_123 - 300_000),
		"-1h30m":                    millis(1_700_000_000_123 - 5_400_000),
		"-0s":                       millis(1_700_000_000_123),
		"2023-11-14T22:13:20Z":      millis(1_700_000_000_000),
		"2023-11-14T22:13:20.5Z":    millis(1_700_000_000_500),
		"2023-11-15T00:13:20+02:00": millis(1_700_000_000_000),
	} {
		got, err := hybrid(text, now)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{"5m", "yesterday", "2023-11-14", "-", "-5", "18446744073709551616", "-1000000h", "1969-12-31T23:59:59Z"} {
		_, err := hybrid(text, now)
		require.Error(t, err, text)
	}
}
