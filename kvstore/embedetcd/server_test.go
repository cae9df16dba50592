package embedetcd_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/errors"
	"github.com/stretchr/testify/require"
	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/taproot-db/taproot/kvstore"
	"github.com/taproot-db/taproot/kvstore/embedetcd"
	"github.com/taproot-db/taproot/kvstore/etcd"
)

func putting(key, value string) kvstore.Txn {
	return kvstore.Txn{Puts: []kvstore.Item{{Key: key, Value: []byte(value)}}}
}

func TestASecondServerOnADirectoryIsRefusedAtOnce(t *testing.T) {
	s := start(t, embedetcd.Config{})
	require.Equal(t, filepath.Clean(s.Dir()), s.Dir())
	begin := time.Now()
	_, err := embedetcd.New(t.Context(), embedetcd.Config{Dir: s.Dir()})
	require.Less(t, time.Since(begin), time.Second)
	require.True(t, errors.Is(err, kvstore.ErrUnavailable), "%+v", err)
	require.ErrorContains(t, err, s.Dir())
	require.ErrorContains(t, err, "in use")
	require.NoError(t, s.Commit(t.Context(), putting("a", "1")), "the first is not disturbed")

	require.NoError(t, s.Close())
	again, err := embedetcd.New(t.Context(), embedetcd.Config{Dir: s.Dir()})
	require.NoError(t, err, "a closed server leaves the directory")
	require.NoError(t, again.Close())
}

func TestTheDirectoryBelongsToItsOwner(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "data")
	s := start(t, embedetcd.Config{Dir: dir})
	for _, d := range []string{filepath.Dir(dir), dir} {
		info, err := os.Stat(d)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o700), info.Mode().Perm(), d)
	}
	require.NoError(t, s.Health())
}

func TestUnixSocket(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "client.sock")
	for range 2 { // the second finds what the first left
		s, err := embedetcd.New(t.Context(), embedetcd.Config{Dir: filepath.Join(dir, "data"), UnixSocket: path})
		require.NoError(t, err)
		info, err := os.Stat(path)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm())

		// What comes in by the socket is seen by views, and wakes.
		client, err := clientv3.New(clientv3.Config{Endpoints: []string{"unix://" + path}, Logger: zap.NewNop()})
		require.NoError(t, err)
		outside, err := etcd.New(client, etcd.Config{})
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		wake := s.Wake(ctx, "a")
		for i := range 50 {
			value := fmt.Sprint(i)
			require.NoError(t, outside.Commit(t.Context(), putting("a", value)))
			r, err := s.View(t.Context())
			require.NoError(t, err)
			got, err := r.Get(t.Context(), "a")
			require.NoError(t, err)
			require.Equal(t, value, string(got))
		}
		<-wake
		cancel()
		require.NoError(t, outside.Close())
		require.NoError(t, s.Close())
	}
}

func TestConfigIsChecked(t *testing.T) {
	for name, cfg := range map[string]embedetcd.Config{
		"Dir":             {},
		"Retention":       {Dir: t.TempDir(), Retention: time.Minute},
		"UnixSocket":      {Dir: t.TempDir(), UnixSocket: "/" + strings.Repeat("x", 120)},
		"PeerURL":         {Dir: t.TempDir(), PeerURL: "nowhere"},
		"QuotaBytes":      {Dir: t.TempDir(), QuotaBytes: -1},
		"StartTimeout":    {Dir: t.TempDir(), StartTimeout: -1},
		"MaxTxnOps":       {Dir: t.TempDir(), MaxTxnOps: -1},
		"MaxRequestBytes": {Dir: t.TempDir(), MaxRequestBytes: 5},
	} {
		_, err := embedetcd.New(t.Context(), cfg)
		require.True(t, errors.Is(err, kvstore.ErrInvalid), "%s: %+v", name, err)
		require.ErrorContains(t, err, name)
	}
}

func TestADirectoryThatCannotBe(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := embedetcd.New(t.Context(), embedetcd.Config{Dir: filepath.Join(file, "data")})
	require.True(t, errors.Is(err, kvstore.ErrUnavailable), "%+v", err)
	require.ErrorContains(t, err, file)
}

// A database that is no database is an error that names the directory, not the end of the process.
func TestADamagedDatabase(t *testing.T) {
	s, err := embedetcd.New(t.Context(), embedetcd.Config{Dir: t.TempDir()})
	require.NoError(t, err)
	require.NoError(t, s.Close())
	db := filepath.Join(s.Dir(), "member", "snap", "db")
	require.NoError(t, os.WriteFile(db, []byte(strings.Repeat("not a database ", 10_000)), 0o600))
	_, err = embedetcd.New(t.Context(), embedetcd.Config{Dir: s.Dir()})
	require.True(t, errors.Is(err, kvstore.ErrUnavailable), "%+v", err)
	require.ErrorContains(t, err, s.Dir())
}

// So is a log that is no log. What the server had begun by then is left behind, so this happens in a process of its own.
func TestADamagedLog(t *testing.T) {
	if dir := os.Getenv("TAPROOT_TEST_DAMAGED"); dir != "" {
		_, err := embedetcd.New(t.Context(), embedetcd.Config{Dir: dir})
		_, _ = fmt.Fprintf(os.Stdout, "\nrefused: %v\n", err)
		return
	}
	s, err := embedetcd.New(t.Context(), embedetcd.Config{Dir: t.TempDir()})
	require.NoError(t, err)
	require.NoError(t, s.Commit(t.Context(), putting("a", strings.Repeat("v", 10_000))))
	require.NoError(t, s.Close())
	logs, err := filepath.Glob(filepath.Join(s.Dir(), "member", "wal", "*.wal"))
	require.NoError(t, err)
	require.NotEmpty(t, logs)
	f, err := os.OpenFile(logs[0], os.O_RDWR, 0)
	require.NoError(t, err)
	_, err = f.WriteAt([]byte(strings.Repeat("nonsense", 100)), 200)
	require.NoError(t, err)
	require.NoError(t, f.Close())

	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestADamagedLog$")
	child.Env = append(os.Environ(), "TAPROOT_TEST_DAMAGED="+s.Dir())
	out, _ := child.CombinedOutput() // it may end badly, but not before it has said why
	require.Contains(t, string(out), "refused: embedded etcd in "+s.Dir())
}

// A server says nothing alarming when it starts, serves and stops as it should.
func TestNothingAlarmingInTheLog(t *testing.T) {
	core, logs := observer.New(zapcore.WarnLevel)
	cfg := embedetcd.Config{
		Dir: filepath.Join(t.TempDir(), "data"), UnixSocket: filepath.Join(t.TempDir(), "s"), Logger: zap.New(core),
	}
	for i := range 2 { // the second start finds what the first left
		s, err := embedetcd.New(t.Context(), cfg)
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		wake := s.Wake(ctx, "a")
		require.NoError(t, s.Commit(t.Context(), putting("a", fmt.Sprint(i))))
		<-wake
		require.NoError(t, s.Close())
	}
	for _, e := range logs.All() {
		t.Errorf("%s: %s %v", e.Level, e.Message, e.ContextMap())
	}
}

func TestAFullDatabaseIsReportedAndReclaimed(t *testing.T) {
	s := start(t, embedetcd.Config{QuotaBytes: 8 << 20})
	require.NoError(t, s.Commit(t.Context(), putting("head", "0")))
	_, err := s.View(t.Context())
	require.NoError(t, err)
	big := strings.Repeat("v", 400<<10)
	var full error
	for i := 0; full == nil && i < 100; i++ {
		full = s.Commit(t.Context(), kvstore.Txn{Puts: []kvstore.Item{
			{Key: fmt.Sprintf("big/%03d", i), Value: []byte(big)}, {Key: "head", Value: []byte(fmt.Sprint(i))},
		}})
	}
	require.True(t, errors.IsAny(full, kvstore.ErrUnavailable, kvstore.ErrUncertain), "%+v", full)
	require.True(t, errors.Is(s.Health(), kvstore.ErrUnavailable))
	require.NotZero(t, s.Usage().InUse)
	require.EqualValues(t, 8<<20, s.Usage().Quota)

	var drop kvstore.Txn
	r, err := s.View(t.Context())
	require.NoError(t, err)
	for it, err := range r.Range(t.Context(), "big/", "") {
		require.NoError(t, err)
		drop.Deletes = append(drop.Deletes, it.Key)
	}
	require.NoError(t, s.Commit(t.Context(), drop), "a delete needs no room")
	before := s.Usage().File
	require.NoError(t, s.Reclaim(t.Context()))
	require.Less(t, s.Usage().File, before)
	require.NoError(t, s.Health())
	require.NoError(t, s.Commit(t.Context(), putting("big/000", big)))

	require.NoError(t, s.Close())
	require.True(t, errors.Is(s.Health(), kvstore.ErrInvalid))
	require.True(t, errors.Is(s.Reclaim(t.Context()), kvstore.ErrInvalid))
	require.Zero(t, s.Usage())
}

func TestAHandleOutlivesTheServerWithoutHarm(t *testing.T) {
	s := start(t, embedetcd.Config{})
	require.NoError(t, s.Commit(t.Context(), putting("a", "1")))
	h, err := s.Handle()
	require.NoError(t, err)
	r, err := h.View(t.Context())
	require.NoError(t, err)
	require.NoError(t, s.Close())

	_, err = h.View(t.Context())
	require.True(t, errors.Is(err, kvstore.ErrUnavailable), "%+v", err)
	_, err = r.Get(t.Context(), "a")
	require.True(t, errors.Is(err, kvstore.ErrUnavailable), "%+v", err)
	err = h.Commit(t.Context(), putting("a", "2"))
	require.True(t, errors.Is(err, kvstore.ErrUnavailable), "%+v", err)
	require.NoError(t, h.Close())
}

// Every acknowledged commit is there after the process was killed in the middle of the next.
func TestKilled(t *testing.T) {
	if dir := os.Getenv("TAPROOT_TEST_KILLED"); dir != "" {
		s := start(t, embedetcd.Config{Dir: dir})
		for i := 0; ; i++ {
			require.NoError(t, s.Commit(t.Context(), putting(fmt.Sprintf("k%06d", i), "v")))
			_, _ = fmt.Fprintf(os.Stdout, "\ncommitted %d\n", i)
		}
	}
	dir := t.TempDir()
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilled$")
	child.Env = append(os.Environ(), "TAPROOT_TEST_KILLED="+dir)
	out, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	acknowledged := -1
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if _, err := fmt.Sscanf(lines.Text(), "committed %d", &acknowledged); err == nil && acknowledged == 200 {
			require.NoError(t, child.Process.Kill())
		}
	}
	require.Error(t, child.Wait(), "it was killed")
	require.GreaterOrEqual(t, acknowledged, 200)

	s := start(t, embedetcd.Config{Dir: dir})
	r, err := s.View(t.Context())
	require.NoError(t, err)
	n := 0
	for it, err := range r.Range(t.Context(), "k", "") {
		require.NoError(t, err)
		require.Equal(t, fmt.Sprintf("k%06d", n), it.Key)
		n++
	}
	require.Greater(t, n, acknowledged)
}
