package suggest_test

import (
	"testing"

	"github.com/cockroachdb/errors"
	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/cmd/taproot/internal/suggest"
)

func TestClosest(t *testing.T) {
	t.Parallel()
	known := []string{"dataDir", "proxy.maxFieldNum", "proxy.maxVectorFieldNum", "log.level"}
	for _, tc := range []struct{ name, want string }{
		{"datadir", "dataDir"},
		{"dataDirs", "dataDir"},
		{"maxFieldNum", "proxy.maxFieldNum"},
		{"proxy.maxFeildNum", "proxy.maxFieldNum"},
		{"proxy.maxVectorFieldsNum", "proxy.maxVectorFieldNum"},
		{"colour", ""},
		{"x", ""},
		{"", ""},
	} {
		got, ok := suggest.Closest(tc.name, known)
		if tc.want == "" {
			require.False(t, ok, tc.name)
			continue
		}
		require.True(t, ok, tc.name)
		require.Equal(t, tc.want, got)
	}
}

func TestHint(t *testing.T) {
	t.Parallel()
	err := errors.New("no")
	require.Equal(t, err, suggest.Hint(err, "zzzzzz", []string{"level"}))
	require.Equal(t, "did you mean level?", errors.FlattenHints(suggest.Hint(err, "levles", []string{"level"})))
}
