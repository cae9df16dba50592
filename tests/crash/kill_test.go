package crash

import (
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/taproot-db/taproot/tests/internal/node"
)

const (
	// rounds is what the first issue asks for; a night's run sets CRASH_ROUNDS.
	rounds = 50
	// shortRounds keep `go test -short` quick.
	shortRounds = 5
	// longestLife of a server before it is killed. Much of what can go wrong goes wrong early, so lives are short.
	longestLife = 700 * time.Millisecond
)

// TestKill kills a server while clients change its catalog, again and again on one directory (pains.md 1, 11, 42, 48; R2).
func TestKill(t *testing.T) {
	seed, count := number(t, "CRASH_SEED", uint64(time.Now().UnixNano())), number(t, "CRASH_ROUNDS", rounds)
	if testing.Short() {
		count = min(count, shortRounds)
	}
	t.Logf("CRASH_SEED=%d CRASH_ROUNDS=%d", seed, count)
	w := newWorld(t, seed)
	choose := w.rng(0, 0)

	n := w.start(t)
	w.check(t, n, history{})
	for round := range int(count) {
		life := time.Duration(choose.Int64N(int64(longestLife)))
		h := w.disturb(t, n, round, func() {
			<-time.After(life) // no condition: the moment is to be any
			n.Kill()
		})
		if choose.IntN(4) == 0 { // a start is as good a moment as any
			killEarly(t, w.dir, time.Duration(choose.Int64N(int64(200*time.Millisecond))))
		}
		n = w.start(t)
		w.check(t, n, h)
		if t.Failed() {
			t.Fatalf("round %d, after a life of %s; CRASH_SEED=%d", round, life, seed)
		}
	}
	w.clear(t, n)
	if _, err := n.Stop(stopWithin); err != nil {
		t.Error(err)
	}
	t.Logf("%d requests, %d of them changes that were acknowledged", w.asked, w.acked)
	checkEmpty(t, w.dir)
}

// killEarly starts a server and kills it before it can have got far.
func killEarly(t *testing.T, dir string, after time.Duration) {
	t.Helper()
	n, err := node.Launch(node.Config{Bin: binary, DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	<-time.After(after) // no condition: the moment is to be any
	n.Kill()
}

// number returns the number in an environment variable, or another one.
func number(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}
