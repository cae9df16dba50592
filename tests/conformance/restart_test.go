package conformance

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/taproot-db/taproot/metastore/model"
	taprootv1 "github.com/taproot-db/taproot/proto/taproot/v1"
)

// change is one line of restart.yaml.
type change struct {
	Is   string `yaml:"is"`
	More string `yaml:"more"`
	Do   any    `yaml:"do"`
}

func readChanges(t *testing.T) (changes []change) {
	t.Helper()
	text, err := os.ReadFile("restart.yaml")
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(text, &changes))
	return changes
}

// TestRestartAfterEachStatement: whatever statement was the last, another process on the same directory finds what the one before
// showed, and finds it in the same bytes, also where the one before was killed (pains.md 3, 12, 26, 42).
func TestRestartAfterEachStatement(t *testing.T) {
	t.Parallel()
	c, err := readCommon()
	require.NoError(t, err)
	changes := readChanges(t)
	for how, end := range map[string]func(*process){"stopped": (*process).stop, "killed": (*process).kill} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			startProcess(t, dir).stop()
			before := readStore(t, dir)
			for _, ch := range changes {
				what := ch.Is + " " + ch.More
				p := startProcess(t, dir)
				s, err := c.statement(ch.Do, tree{"db": model.DefaultDatabase})
				require.NoError(t, err, what)
				a, err := c.call(t.Context(), p.conn, s)
				require.NoError(t, err, what)
				require.NoError(t, c.check(s, a, tree{}), what)
				shown := p.dump()
				end(p)
				after := readStore(t, dir)
				require.Equal(t, []string{ch.Is}, after.since(before), "%s: what the journal says was done", what)
				require.NotEqual(t, before.records, after.records, "%s: a statement that changes nothing shows nothing", what)

				p = startProcess(t, dir)
				require.Equal(t, shown, p.dump(), "%s: what the API shows after the restart", what)
				p.purged()
				end(p)
				again := readStore(t, dir)
				require.Empty(t, again.garbage, what)
				require.Equal(t, after.live(), again.live(), "%s: the store after the restart", what)
				require.Equal(t, after.live(), again.records, "%s: nothing else is in it", what)
				require.Equal(t, after.sum, again.sum, "%s: fingerprint", what)
				before = again
			}
		})
	}
}

// TestEveryStatementIsRestarted holds restart.yaml to the statements that there are.
func TestEveryStatementIsRestarted(t *testing.T) {
	t.Parallel()
	want := map[string]bool{}
	fields := (*taprootv1.ExecuteRequest)(nil).ProtoReflect().Descriptor().Oneofs().ByName("statement").Fields()
	for i := range fields.Len() {
		want[string(fields.Get(i).Message().Name())] = true
	}
	got := map[string]bool{}
	seen := map[string]bool{}
	for _, ch := range readChanges(t) {
		got[ch.Is] = true
		name := fmt.Sprint(ch.Is, " ", ch.More)
		require.False(t, seen[name], "two changes are called %s", name)
		seen[name] = true
	}
	require.Equal(t, slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(got)))
}
