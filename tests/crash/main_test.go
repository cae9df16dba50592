package crash

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/taproot-db/taproot/tests/internal/node"
)

// binary is the server under test, built once.
var binary string

func TestMain(m *testing.M) { os.Exit(withBinary(m.Run)) }

func withBinary(run func() int) int {
	dir, err := os.MkdirTemp("", "taproot-crash-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if binary, err = node.Build(context.Background(), dir); err != nil { //nolint:forbidigo // there is no test yet
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return run()
}

// startNode starts a server that ends with the test at the latest.
func startNode(t *testing.T, dataDir string, args ...string) *node.Node {
	t.Helper()
	n, err := node.Start(t.Context(), node.Config{Bin: binary, DataDir: dataDir, Args: args})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.Kill)
	return n
}

// tail keeps a failure readable.
func tail(s string) string {
	const most = 4 << 10
	if len(s) > most {
		return "…" + s[len(s)-most:]
	}
	return s
}
