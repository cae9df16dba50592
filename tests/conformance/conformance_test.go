package conformance

import (
	"fmt"
	"maps"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/taproot-db/taproot/kvstore"
	"github.com/taproot-db/taproot/kvstore/embedetcd"
	"github.com/taproot-db/taproot/kvstore/memory"
	"github.com/taproot-db/taproot/metastore/model"
	"github.com/taproot-db/taproot/tests/internal/inprocess"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// atLeast is how many rows the table must have, so that none gets lost by an indentation.
const atLeast = 1200

// storeEnv chooses the store: memory or embed. CI runs on the embedded one.
const storeEnv = "TAPROOT_CONFORMANCE_STORE"

// TestRows runs the table.
func TestRows(t *testing.T) {
	t.Parallel()
	c, err := readCommon()
	require.NoError(t, err)
	rows, err := readRows()
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(rows), atLeast)
	stores := newStores(t)
	names := map[string]bool{}
	for _, r := range rows {
		name := fmt.Sprintf("%s/%s/%s", r.file, r.group, r.name)
		require.False(t, names[name], "two rows are called %s", name)
		names[name] = true
		databases := []string{model.DefaultDatabase}
		if r.everywhere {
			databases = append(databases, "elsewhere")
		}
		for _, db := range databases {
			for _, restart := range []bool{false, true} {
				full := name
				if r.everywhere {
					full += "/in " + db
				}
				if restart {
					full += "/after a restart"
				}
				t.Run(full, func(t *testing.T) {
					t.Parallel()
					c.run(t, r, stores, db, restart)
				})
			}
		}
	}
	t.Logf("%d rows", len(names))
}

// stores hands out empty stores.
type stores struct {
	embedded kvstore.Store // nil: each gets memory of its own
	count    atomic.Int64
}

func newStores(t *testing.T) *stores {
	t.Helper()
	s := &stores{}
	kind := os.Getenv(storeEnv)
	if kind == "" && os.Getenv("CI") == "true" {
		kind = "embed"
	}
	if kind == "embed" {
		e, err := embedetcd.New(t.Context(), embedetcd.Config{Dir: t.TempDir()})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, e.Close()) })
		s.embedded = e
	}
	return s
}

// next returns a store with a root that nobody has used.
func (s *stores) next() (store kvstore.Store, root string) {
	if s.embedded != nil {
		return s.embedded, fmt.Sprintf("row-%d", s.count.Add(1))
	}
	return memory.New(), "by-dev"
}

// run runs a row in a catalog of its own.
func (c *common) run(t *testing.T, r row, stores *stores, db string, restart bool) {
	t.Helper()
	limits, err := withLimits(r.limits)
	require.NoError(t, err)
	store, root := stores.next()
	cfg := inprocess.Config{Store: store, Root: root, Limits: limits}
	node := inprocess.Start(t, cfg)
	defer func() { node.Stop(t) }()

	vars := maps.Clone(r.vars)
	vars["db"] = db
	do := func(what string, v any, change func(*statement)) {
		t.Helper()
		s, err := c.statement(v, vars)
		require.NoError(t, err, what)
		if db != model.DefaultDatabase && s.headers["dbname"] == "" {
			s.headers = maps.Clone(s.headers)
			if s.headers == nil {
				s.headers = map[string]string{}
			}
			s.headers["dbname"] = db
		}
		change(s)
		for _, part := range []*any{&s.want, &s.reply} {
			*part, err = expand(*part, vars)
			require.NoError(t, err, what)
		}
		a, err := c.call(t.Context(), node.ClientConn, s)
		require.NoError(t, err, what)
		if err := c.check(s, a, vars); err != nil {
			t.Fatalf("%s (%s)\n  %s %s\n  %v", what, r.spec, s.method.Name(), abridged(s.request), err)
		}
	}
	if db != model.DefaultDatabase {
		do("the other database", "db "+db, func(*statement) {})
	}
	for i, v := range unroll(r.given) {
		do(fmt.Sprintf("given %d", i), v, func(*statement) {})
	}
	if restart {
		node.Stop(t)
		node = inprocess.Start(t, cfg)
	}
	before, err := dump(t.Context(), node.ClientConn)
	require.NoError(t, err)
	do("do", r.do, func(s *statement) { s.want, s.reply = r.want, r.reply })
	if r.unchanged || r.want != "ok" {
		after, err := dump(t.Context(), node.ClientConn)
		require.NoError(t, err)
		require.Equal(t, before, after, "the catalog has changed")
	}
	for i, v := range unroll(r.then) {
		do(fmt.Sprintf("then %d", i), v, func(*statement) {})
	}
}

// withLimits returns the default limits with those of a row.
func withLimits(change tree) (model.Limits, error) {
	l := model.DefaultLimits()
	fields := map[string]*int{
		"proxy.maxFieldNum": &l.MaxFields, "proxy.maxVectorFieldNum": &l.MaxVectorFields, "proxy.maxShardNum": &l.MaxShards,
		"proxy.maxDimension": &l.MaxDimension, "rootCoord.maxPartitionNum": &l.MaxPartitions,
		"rootCoord.dmlChannelNum": &l.PhysicalChannels, "rootCoord.maxDatabaseNum": &l.MaxDatabases,
		"quotaAndLimits.limits.maxCollectionNum": &l.MaxCollections, "quotaAndLimits.limits.maxCollectionNumPerDB": &l.MaxCollectionsPerDatabase,
		"proxy.maxNameLength": &l.MaxNameLength,
		"quotaAndLimits.limits.maxResourceGroupNumOfQueryNode": &l.MaxResourceGroups, "dataplane.nodes": &l.QueryNodes,
	}
	for key, v := range change {
		switch n, isNumber := v.(int); {
		case key == "rootCoord.maxGeneralCapacity" && isNumber:
			l.MaxCapacity = int64(n)
		case key == "dataplane.mode":
			l.ExternalDataPlane = v == "external"
		case key == "proxy.mustUsePartitionKey":
			l.MustUsePartitionKey = v == true
		case fields[key] != nil && isNumber:
			*fields[key] = n
		default:
			return l, fmt.Errorf("limit %s: %v", key, v)
		}
	}
	return l, l.Validate()
}

// abridged keeps a failure readable.
func abridged(v any) string {
	s := fmt.Sprint(v)
	if len(s) > 300 {
		s = s[:300] + "…"
	}
	return strings.ToValidUTF8(s, "?")
}
