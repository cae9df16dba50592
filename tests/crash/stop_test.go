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
	n := startNode(t, w.dir)
	w.check(t, n, history{})
	for round := range 3 {
		var took time.Duration
		h := w.disturb(t, n, round, func() {
			time.Sleep(300 * time.Millisecond) // no condition: clients are in the middle of something
			var err error
			if took, err = n.Stop(stopWithin); err != nil {
				t.Errorf("after %s: %v", took, err)
			}
		})
		t.Logf("stopped within %s", took)
		n = startNode(t, w.dir)
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
	first := startNode(t, w.dir)
	second, err := node.Launch(node.Config{Bin: binary, DataDir: w.dir})
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	err = second.Wait(refuseWithin)
	words := strings.TrimSpace(second.Logs())
	t.Logf("after %s: %s", time.Since(began).Round(time.Millisecond), words)
	if err == nil || strings.Contains(err.Error(), "still running") {
		t.Errorf("the second server ended with: %v", err)
	}
	last := words[strings.LastIndex(words, "\n")+1:]
	if !strings.Contains(words, w.dir) || len(last) == 0 || strings.Contains(words, "goroutine ") {
		t.Errorf("it does not say which directory is taken: %s", words)
	}
	w.check(t, first, history{})
}

// TestForeignCatalog: whoever expects one catalog and finds another, or none, is told so, and nothing is written (pains.md 11, 54).
func TestForeignCatalog(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	n, err := node.Start(t.Context(), node.Config{Bin: binary, DataDir: dir, Args: []string{"--cluster-id", "ours", "--create"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.Stop(stopWithin); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ dir, id, words string }{
		"another": {dir, "theirs", `"theirs"`},
		"none":    {t.TempDir(), "ours", "empty"},
	} {
		n, err := node.Launch(node.Config{Bin: binary, DataDir: c.dir, Args: []string{"--cluster-id", c.id}})
		if err != nil {
			t.Fatal(err)
		}
		err = n.Wait(refuseWithin)
		words := strings.TrimSpace(n.Logs())
		t.Logf("%s: %s", name, words)
		if err == nil || strings.Contains(err.Error(), "still running") {
			t.Errorf("%s: the server ended with: %v", name, err)
		}
		if !strings.Contains(words, c.words) || strings.Contains(words, "goroutine ") {
			t.Errorf("%s: it does not say what is wrong", name)
		}
	}
	// The right name, and no name at all, are as good as before.
	for _, args := range [][]string{{"--cluster-id", "ours"}, nil} {
		n, err := node.Start(t.Context(), node.Config{Bin: binary, DataDir: dir, Args: args})
		if err != nil {
			t.Fatal(err)
		}
		n.Kill()
	}
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
