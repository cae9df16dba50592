package crash

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/taproot-db/taproot/tests/internal/milvus"
)

// TestDurable: every acknowledged create was on its way to the disk before, and not just in the memory of a kernel that a kill -9 spares.
// The server's own count is always looked at; where there is strace, the kernel's too.
func TestDurable(t *testing.T) {
	t.Parallel()
	const creates = 100
	const synced = "etcd_disk_wal_fsync_duration_seconds_count"
	n := startNode(t, t.TempDir())
	conn, err := milvus.Dial(n.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	kernel := traceSyncs(t, n.PID())
	before, err := n.Metric(t.Context(), synced)
	if err != nil {
		t.Fatal(err)
	}
	for i := range creates {
		if err := milvus.Create(t.Context(), conn, schema(fmt.Sprintf("durable_%d", i), i)); err != nil {
			t.Fatal(err)
		}
	}
	after, err := n.Metric(t.Context(), synced)
	if err != nil {
		t.Fatal(err)
	}
	if after-before < creates {
		t.Errorf("%d creates, one after the other, and %v syncs of the log", creates, after-before)
	}
	if kernel == nil {
		t.Log("no strace here: the kernel was not asked")
	} else if calls := kernel(); calls < creates {
		t.Errorf("%d creates, one after the other, and %d calls of fdatasync", creates, calls)
	}
}

// traceSyncs watches a process for calls of fdatasync and returns how to learn their number; nil where that cannot be done.
func traceSyncs(t *testing.T, pid int) func() int {
	t.Helper()
	strace, err := exec.LookPath("strace")
	if err != nil {
		return nil
	}
	out := filepath.Join(t.TempDir(), "strace")
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, strace, "-f", "-qq", "-e", "trace=fdatasync", "-o", out, "-p", fmt.Sprint(pid))
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // lets go of the process
	if err := cmd.Start(); err != nil {
		return nil
	}
	ended := make(chan struct{}) // closed when it has let go, or was not allowed
	go func() {
		_ = cmd.Wait() // it was interrupted
		close(ended)
	}()
	for deadline := time.Now().Add(5 * time.Second); !traced(pid); {
		select {
		case <-ended:
			return nil
		case <-time.After(10 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			return nil
		}
	}
	return func() int {
		cancel()
		<-ended
		text, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Count(string(text), "fdatasync(")
	}
}

// traced reports whether every thread of a process has a tracer.
func traced(pid int) bool {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	if err != nil || len(threads) == 0 {
		return false
	}
	for _, file := range threads {
		text, err := os.ReadFile(file)
		if err != nil || strings.Contains(string(text), "TracerPid:\t0\n") {
			return false
		}
	}
	return true
}
