package crash

import (
	"strings"
	"testing"
	"time"

	"github.com/taproot-db/taproot/tests/internal/node"
)

const (
	// stopWithin is what an operator is promised.
	stopWithin = 5 * time.Second
	// refuseWithin is how long a process that cannot have the directory may take to say so.
	refuseWithin = 10 * time.Second
	// readyWithin is far above what a start takes, also on a machine that does other things: the benchmark knows better.
	readyWithin = 5 * time.Second
)

// TestStop: SIGTERM ends a busy server in time, and what it has acknowledged is there afterwards.
func TestStop(t *testing.T) {
	w := newWorld(t, number(t, "CRASH_SEED", 1))
	n := w.start(t)
	w.check(t, n, history{})
	for round := range 3 {
		var took time.Duration
		h := w.disturb(t, n, round, func() {
			<-time.After(300 * time.Millisecond) // no condition: clients are in the middle of something
			var err error
			if took, err = n.Stop(stopWithin); err != nil {
				t.Errorf("after %s: %v", took, err)
			}
		})
		t.Logf("stopped within %s", took)
		n = w.start(t)
		w.check(t, n, h)
	}
	w.clear(t, n)
	if _, err := n.Stop(stopWithin); err != nil {
		t.Error(err)
	}
	checkEmpty(t, w.dir)
}

// TestSecondServer: a directory belongs to one process; the other one says so and ends, and the first does not mind.
func TestSecondServer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	first := w.start(t)
	second, err := node.Launch(node.Config{Bin: binary, DataDir: w.dir})
	if err != nil {
		t.Fatal(err)
	}
	err = second.Wait(refuseWithin)
	said := strings.TrimSpace(second.Logs())
	t.Logf("%v: %s", err, lastLines(said))
	if err == nil || strings.Contains(err.Error(), "still running") {
		t.Errorf("the second server ended with: %v", err)
	}
	if last := lastLines(said); !strings.Contains(last, w.dir) || !strings.Contains(last, "in use") || strings.Contains(said, "goroutine ") {
		t.Errorf("it does not say that the directory is taken: %s", said)
	}
	w.check(t, first, history{})
}

// TestForeignCatalog: whoever expects one catalog and finds another, or none, is told so, and nothing is written (pains.md 11, 54).
func TestForeignCatalog(t *testing.T) {
	t.Parallel()
	ours, none := t.TempDir(), t.TempDir()
	n := startNode(t, ours, "--cluster-id", "ours", "--create")
	if _, err := n.Stop(stopWithin); err != nil {
		t.Fatal(err)
	}
	refuses(t, ours, "theirs", `"theirs"`)
	refuses(t, none, "ours", "empty")
	if keys := storedKeys(t, none); len(keys) > 0 {
		t.Errorf("a server that refused to start has written %q", keys)
	}
	// The right name, and no name at all, are as good as before.
	startNode(t, ours, "--cluster-id", "ours").Kill()
	startNode(t, ours).Kill()
}

// refuses starts a server that must not start, and looks for some words in what it says.
func refuses(t *testing.T, dir, cluster, words string) {
	t.Helper()
	n, err := node.Launch(node.Config{Bin: binary, DataDir: dir, Args: []string{"--cluster-id", cluster}})
	if err != nil {
		t.Fatal(err)
	}
	err = n.Wait(refuseWithin)
	said := strings.TrimSpace(n.Logs())
	t.Logf("%v: %s", err, lastLines(said))
	if err == nil || strings.Contains(err.Error(), "still running") {
		t.Errorf("the server ended with: %v", err)
	}
	if !strings.Contains(said, words) || strings.Contains(said, "goroutine ") {
		t.Errorf("it does not say what is wrong: %s", said)
	}
}

// lastLines returns the end of a log: what a person sees first.
func lastLines(s string) string {
	lines := strings.Split(s, "\n")
	return strings.Join(lines[max(0, len(lines)-2):], "\n")
}

// TestEmptyStart: from nothing to ready.
func TestEmptyStart(t *testing.T) {
	t.Parallel()
	n := startNode(t, t.TempDir())
	t.Logf("ready after %s", n.ReadyAfter.Round(time.Millisecond))
	if n.ReadyAfter > readyWithin {
		t.Errorf("ready after %s", n.ReadyAfter)
	}
}
