package rootcoord_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/kvstore/memory"
	"github.com/taproot-db/taproot/metastore/model"
	taprootv1 "github.com/taproot-db/taproot/proto/taproot/v1"
	"github.com/taproot-db/taproot/rootcoord"
)

// Indexes are the same after a restart, repeating what made them is a no-op then too, and with the collection goes every record of
// them (pains.md 12, 26), with and without a data plane that reports.
func TestIndexesOverARestart(t *testing.T) {
	t.Parallel()
	for name, external := range map[string]bool{"none": false, "external": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data := memory.NewData()
			mode := func(c *rootcoord.Config, _ *rootcoord.Deps) {
				c.Limits = model.DefaultLimits()
				c.Limits.ExternalDataPlane = external
			}
			n := start(t, memory.Open(data), mode)
			n.must(createSpec(richSpec()))
			p := func(k, v string) *taprootv1.Property { return &taprootv1.Property{Key: k, Value: v} }
			index := func(field string, params ...*taprootv1.Property) *taprootv1.ExecuteRequest {
				return &taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_CreateIndex{CreateIndex: &taprootv1.CreateIndex{
					Database: "default", Collection: "books", Field: field, Params: params,
				}}}
			}
			made := []*taprootv1.ExecuteRequest{
				index("sparse"), index("s[v]"), index("s[a]"), index("rank", p("index_type", "STL_SORT")),
				index("brand", p("json_cast_type", "varchar"), p("json_path", `brand["a"]`)), index("text"),
			}
			for _, q := range made {
				require.True(t, n.must(q).GetChanged())
				require.False(t, n.must(q).GetChanged())
			}
			n.must(&taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_AlterIndex{AlterIndex: &taprootv1.AlterIndex{
				Database: "default", Collection: "books", Index: "sparse", Set: []*taprootv1.Property{p("mmap.enabled", "true")},
			}}})
			n.must(&taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_AlterField{AlterField: &taprootv1.AlterField{
				Database: "default", Collection: "books", Field: "text", Set: []*taprootv1.Property{p("max_length", "99")},
			}}})
			n.must(&taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_DropIndex{DropIndex: &taprootv1.DropIndex{
				Database: "default", Collection: "books", Index: "rank",
			}}})
			made = slices.Delete(made, 3, 4)
			read := func() []*model.Index {
				c, ok := n.Snapshot().Resolve(model.DefaultDatabaseID, "books")
				require.True(t, ok)
				return slices.Collect(c.Indexes())
			}
			before, sum := read(), n.Snapshot().Fingerprint()
			require.Len(t, before, len(made))
			require.Error(t, n.stop())

			n = start(t, memory.Open(data), mode)
			require.Empty(t, cmp.Diff(before, read()))
			require.Equal(t, sum, n.Snapshot().Fingerprint())
			for _, q := range made {
				require.False(t, n.must(q).GetChanged())
			}
			reports, want := 0, 0
			if external {
				want = len(made)
			}
			for k := range keys(t, memory.Open(data)) {
				if strings.HasPrefix(k, "taproot/status/") {
					reports++
				}
			}
			require.Equal(t, want, reports)

			n.must(drop("books"))
			n.await("purge", func() bool {
				left := len(catalogKeys(t, memory.Open(data)))
				for k := range keys(t, memory.Open(data)) {
					if strings.HasPrefix(k, "taproot/status/") {
						left++
					}
				}
				return left == 0
			})
			require.Error(t, n.stop())
			check(t, memory.Open(data))
		})
	}
}
