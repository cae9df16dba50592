package conformance

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/taproot-db/taproot/kvstore/etcd"
	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/codec"
	"github.com/taproot-db/taproot/metastore/journal"
	"github.com/taproot-db/taproot/tests/internal/node"
)

const (
	// processPatience bounds what a process is waited for.
	processPatience = 30 * time.Second
	// root is the prefix of all keys of a process.
	root = "by-dev"
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

// process is `taproot serve` on a directory, with a client of its API and one of its store.
type process struct {
	t     *testing.T
	node  *node.Node
	conn  *grpc.ClientConn
	store *etcd.Store
}

func startProcess(t *testing.T, dir string) *process {
	t.Helper()
	binary.Do(buildBinary)
	require.NoError(t, binary.err)
	socket := filepath.Join(dir, "socket")
	n, err := node.Start(t.Context(), node.Config{Bin: binary.path, DataDir: dir, Args: []string{"--unix-socket", socket}})
	require.NoError(t, err)
	t.Cleanup(n.Kill)
	conn, err := grpc.NewClient("passthrough:///"+n.Addr, grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithDisableServiceConfig())
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	store, err := etcd.Dial(t.Context(), etcd.Config{Endpoints: []string{"unix://" + socket}})
	require.NoError(t, err)
	t.Cleanup(func() { _ = store.Close() })
	return &process{t: t, node: n, conn: conn, store: store}
}

// stop ends the process as an operator does.
func (p *process) stop() {
	p.t.Helper()
	_ = p.conn.Close()
	_ = p.store.Close()
	_, err := p.node.Stop(processPatience)
	require.NoError(p.t, err)
}

// kill ends the process as a loss of power does, as far as it knows.
func (p *process) kill() {
	_ = p.conn.Close()
	_ = p.store.Close()
	p.node.Kill()
}

// purged waits until nothing is left to be purged.
func (p *process) purged() {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), processPatience)
	defer cancel()
	require.NoError(p.t, p.node.Await(ctx, "taproot_purge_backlog", 0))
}

// state is a catalog, seen from three sides.
type state struct {
	shown string // everything that the API shows
	sum   string // the fingerprint of what the process has in memory
	// records are all keys of the store, relative to the root, but those that say who leads and how far it came.
	records  map[string]string
	revision catalog.Revision
	garbage  []string
	// log are the statements in the journal by their revisions.
	log map[catalog.Revision]string
}

// state returns what a process shows and holds, and checks that memory, records, head and journal tell one story.
func (p *process) state() *state {
	p.t.Helper()
	shown, err := dump(p.t.Context(), p.conn)
	require.NoError(p.t, err)
	s := &state{shown: shown, sum: p.fingerprint(), records: map[string]string{}, log: map[catalog.Revision]string{}}
	log, loaded, err := journal.Load(p.t.Context(), p.store, root)
	require.NoError(p.t, err)
	require.NoError(p.t, loaded.Diverged)
	require.NoError(p.t, loaded.JournalDamage)
	require.Empty(p.t, loaded.Snapshot.Quarantine())
	s.garbage, s.revision = loaded.Garbage, log.Head().Revision
	require.Equal(p.t, log.Head().Sum.String(), s.sum, "the process's fingerprint is the head's")
	require.Equal(p.t, loaded.Snapshot.Fingerprint().String(), s.sum, "and that of the records")
	// Later than the garbage was listed: what is purged meanwhile is missing here and does no harm there.
	view, err := p.store.View(p.t.Context())
	require.NoError(p.t, err)
	for item, err := range view.Range(p.t.Context(), "", "") {
		require.NoError(p.t, err)
		if key := strings.TrimPrefix(item.Key, root+"/"); key != codec.HeadKey && key != codec.LeaderKey {
			s.records[key] = string(item.Value)
		}
	}
	for cs, err := range journal.Tail(p.t.Context(), p.store, root, 0) {
		require.NoError(p.t, err)
		s.log[cs.Revision] = cs.Statement
	}
	return s
}

// fingerprint asks the process for that of its catalog.
func (p *process) fingerprint() string {
	p.t.Helper()
	states, err := milvuspb.NewMilvusServiceClient(p.conn).GetComponentStates(p.t.Context(), &milvuspb.GetComponentStatesRequest{})
	require.NoError(p.t, err)
	for _, kv := range states.GetState().GetExtraInfo() {
		if kv.GetKey() == "fingerprint" {
			return kv.GetValue()
		}
	}
	require.Fail(p.t, "the process does not tell its fingerprint")
	return ""
}

// since returns the statements that were done after an earlier state.
func (s *state) since(before *state) (statements []string) {
	for _, r := range slices.Sorted(maps.Keys(s.log)) {
		if r > before.revision {
			statements = append(statements, s.log[r])
		}
	}
	return statements
}

// live are the records that are not only waiting to be purged.
func (s *state) live() map[string]string {
	live := maps.Clone(s.records)
	for _, key := range s.garbage {
		delete(live, key)
	}
	return live
}
