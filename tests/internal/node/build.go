package node

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/cockroachdb/errors"
)

// BinaryEnv names a binary to use instead of building one.
const BinaryEnv = "TAPROOT_BIN"

// Build returns the path of the binary under test: the one that BinaryEnv names, or a fresh one in dir. The go command keeps
// what it compiled, so a second build costs a link.
func Build(ctx context.Context, dir string) (string, error) {
	if bin := os.Getenv(BinaryEnv); bin != "" {
		return filepath.Abs(bin)
	}
	bin := filepath.Join(dir, "taproot")
	cmd := exec.CommandContext(ctx, "go", "build", "-o", bin, "github.com/taproot-db/taproot/cmd/taproot")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", errors.Wrapf(err, "go build: %s", strings.TrimSpace(string(out)))
	}
	return bin, nil
}
