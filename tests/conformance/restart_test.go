package conformance

import (
	"maps"
	"os"
	"regexp"
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

// TestRestartAfterEachStatement: whatever statement was the last, another process on the same directory shows what the one before
// showed, has the same catalog in memory, and the store holds the same bytes; also where the one before was killed (pains.md 3, 12, 26, 42).
func TestRestartAfterEachStatement(t *testing.T) {
	t.Parallel()
	c, err := readCommon()
	require.NoError(t, err)
	changes := readChanges(t)
	for how, end := range map[string]func(*process){"stopped": (*process).stop, "killed": (*process).kill} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			p := startProcess(t, dir)
			before := p.state()
			for _, ch := range changes {
				what := ch.Is + " " + ch.More
				s, err := c.statement(ch.Do, tree{"db": model.DefaultDatabase})
				require.NoError(t, err, what)
				a, err := c.call(t.Context(), p.conn, s)
				require.NoError(t, err, what)
				require.NoError(t, c.check(s, a, tree{}), what)
				after := p.state()
				require.Equal(t, []string{ch.Is}, after.since(before), "%s: what the journal says was done", what)
				require.NotEqual(t, before.sum, after.sum, "%s: a statement that changes nothing shows nothing", what)
				end(p)

				p = startProcess(t, dir)
				p.purged()
				again := p.state()
				require.Equal(t, after.shown, again.shown, "%s: what the API shows after the restart", what)
				require.Equal(t, after.sum, again.sum, "%s: fingerprint in memory", what)
				require.Empty(t, again.garbage, what)
				require.Equal(t, after.live(), again.records, "%s: the store after the restart", what)
				before = again
			}
			end(p)
		})
	}
}

// shortNames are those that our own messages have for what Milvus, and so the journal, calls by a longer name.
var shortNames = regexp.MustCompile(`^(Add|Alter|Drop)(Field|StructField|Function)$`)

// TestEveryStatementIsRestarted holds restart.yaml to the statements that there are.
func TestEveryStatementIsRestarted(t *testing.T) {
	t.Parallel()
	want := map[string]bool{}
	fields := (*taprootv1.ExecuteRequest)(nil).ProtoReflect().Descriptor().Oneofs().ByName("statement").Fields()
	for i := range fields.Len() {
		want[shortNames.ReplaceAllString(string(fields.Get(i).Message().Name()), "${1}Collection${2}")] = true
	}
	delete(want, "Report") // no client says it, and not to a service that has no data plane
	got, seen := map[string]bool{}, map[string]bool{}
	for _, ch := range readChanges(t) {
		got[ch.Is] = true
		name := ch.Is + " " + ch.More
		require.False(t, seen[name], "two changes are called %s", name)
		seen[name] = true
	}
	require.Equal(t, slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(got)))
}
