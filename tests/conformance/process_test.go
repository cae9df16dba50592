package conformance

import (
	"context"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/taproot-db/taproot/kvstore/embedetcd"
	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/journal"
	"github.com/taproot-db/taproot/tests/internal/node"
)

const (
	// processPatience bounds what a process is waited for.
	processPatience = 30 * time.Second
	// root is the prefix of all keys of a process.
	root = "by-dev/"
)

// binary is the server, built when the first test asks for it; TestMain removes it.
var binary struct {
	sync.Once
	dir, path string
	err       error
}

func buildBinary() {
	if binary.dir, binary.err = os.MkdirTemp("", "taproot-conformance-"); binary.err == nil {
		binary.path, binary.err = node.Build(context.Background(), binary.dir) //nolint:forbidigo // it is for all tests
	}
}

// process is `taproot serve` on a directory, with a client.
type process struct {
	t    *testing.T
	node *node.Node
	conn *grpc.ClientConn
}

func startProcess(t *testing.T, dir string, args ...string) *process {
	t.Helper()
	binary.Do(buildBinary)
	require.NoError(t, binary.err)
	n, err := node.Start(t.Context(), node.Config{Bin: binary.path, DataDir: dir, Args: args})
	require.NoError(t, err)
	t.Cleanup(n.Kill)
	conn, err := grpc.NewClient("passthrough:///"+n.Addr, grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithDisableServiceConfig())
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return &process{t: t, node: n, conn: conn}
}

// dump returns everything that the API shows.
func (p *process) dump() string {
	p.t.Helper()
	text, err := dump(p.t.Context(), p.conn)
	require.NoError(p.t, err)
	return text
}

// purged waits until nothing is left to be purged.
func (p *process) purged() {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), processPatience)
	defer cancel()
	require.NoError(p.t, p.node.Await(ctx, "taproot_purge_backlog", 0))
}

// stop ends the process as an operator does.
func (p *process) stop() {
	p.t.Helper()
	_ = p.conn.Close()
	_, err := p.node.Stop(processPatience)
	require.NoError(p.t, err)
}

// kill ends the process as a loss of power does, as far as it knows.
func (p *process) kill() {
	_ = p.conn.Close()
	p.node.Kill()
}

// stored is what the store of a process that has ended holds.
type stored struct {
	// records are all keys, relative to the root, but those that say who leads and how far it came.
	records  map[string]string
	revision catalog.Revision
	sum      catalog.Fingerprint // of the catalog in the records
	garbage  []string
	// log are the statements in the journal by their revisions.
	log map[catalog.Revision]string
}

// readStore opens the store of a process that has ended, and checks that records, head and journal tell one story.
func readStore(t *testing.T, dir string) *stored {
	t.Helper()
	store, err := embedetcd.New(t.Context(), embedetcd.Config{Dir: dir})
	require.NoError(t, err)
	defer func() { require.NoError(t, store.Close()) }()
	view, err := store.View(t.Context())
	require.NoError(t, err)
	s := &stored{records: map[string]string{}, log: map[catalog.Revision]string{}}
	for item, err := range view.Range(t.Context(), "", "") {
		require.NoError(t, err)
		if key := strings.TrimPrefix(item.Key, root); key != "taproot/head" && key != "taproot/leader" {
			s.records[key] = string(item.Value)
		}
	}
	log, state, err := journal.Load(t.Context(), store, strings.TrimSuffix(root, "/"))
	require.NoError(t, err)
	require.NoError(t, state.Diverged)
	require.NoError(t, state.JournalDamage)
	require.Empty(t, state.Snapshot.Quarantine())
	s.garbage, s.revision, s.sum = state.Garbage, log.Head().Revision, state.Snapshot.Fingerprint()
	require.Equal(t, log.Head().Sum, s.sum, "the head's fingerprint is that of the records")
	for cs, err := range journal.Tail(t.Context(), store, strings.TrimSuffix(root, "/"), 0) {
		require.NoError(t, err)
		s.log[cs.Revision] = cs.Statement
	}
	return s
}

// since returns the statements that were done after an earlier state.
func (s *stored) since(before *stored) (statements []string) {
	for _, r := range slices.Sorted(maps.Keys(s.log)) {
		if r > before.revision {
			statements = append(statements, s.log[r])
		}
	}
	return statements
}

// live are the records that are not only waiting to be purged.
func (s *stored) live() map[string]string {
	live := maps.Clone(s.records)
	for _, key := range s.garbage {
		delete(live, key)
	}
	return live
}
