package main

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	reflectionv1 "google.golang.org/grpc/reflection/grpc_reflection_v1"
)

// process is `taproot serve` in a process of its own, with a client whose stream has no end.
type process struct {
	*exec.Cmd
	addresses
	ended chan error
}

func spawn(t *testing.T, stopTimeout string) *process {
	t.Helper()
	exe, err := os.Executable()
	require.NoError(t, err)
	dir := t.TempDir()
	file := filepath.Join(dir, "addresses")
	p := &process{ended: make(chan error, 1)}
	p.Cmd = exec.CommandContext(t.Context(), exe)
	p.Args = []string{
		"taproot", "serve", "--store", "memory://", "--listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0",
		"--address-file", file, "--stop-timeout", stopTimeout,
	}
	p.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0")
	require.NoError(t, p.Start())
	go func() { p.ended <- p.Wait() }()
	t.Cleanup(func() { _ = p.Process.Kill() })
	require.Eventually(t, func() bool {
		p.addresses, err = readAddresses(file)
		return err == nil && p.readyz(t) == http.StatusOK
	}, patience, 5*time.Millisecond)

	conn, err := grpc.NewClient("passthrough:///"+p.GRPC, grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	// Not a health watch: that one ends by itself when the server stops.
	hold, err := reflectionv1.NewServerReflectionClient(conn).ServerReflectionInfo(t.Context())
	require.NoError(t, err)
	require.NoError(t, hold.Send(&reflectionv1.ServerReflectionRequest{
		MessageRequest: &reflectionv1.ServerReflectionRequest_ListServices{},
	}))
	_, err = hold.Recv()
	require.NoError(t, err)
	return p
}

// readyz returns the status of /readyz, 0 if nobody answers.
func (p *process) readyz(t *testing.T) int {
	t.Helper()
	resp, err := http.Get("http://" + p.HTTP + "/readyz")
	if err != nil {
		return 0
	}
	require.NoError(t, resp.Body.Close())
	return resp.StatusCode
}

func (p *process) signal(t *testing.T) {
	t.Helper()
	require.NoError(t, p.Process.Signal(syscall.SIGTERM))
}

func (p *process) wait(t *testing.T) error {
	t.Helper()
	select {
	case err := <-p.ended:
		return err
	case <-time.After(patience):
		t.Fatal("does not end")
		return nil
	}
}

func TestClientsThatHoldOnDoNotKeepTheProcess(t *testing.T) {
	t.Parallel()
	p := spawn(t, "1200ms")
	p.signal(t)
	require.NoError(t, p.wait(t))
}

func TestSecondSignalEndsAtOnce(t *testing.T) {
	t.Parallel()
	p := spawn(t, "10m")
	p.signal(t)
	require.Eventually(t, func() bool { return p.readyz(t) == http.StatusServiceUnavailable }, patience, 5*time.Millisecond)
	p.signal(t)
	var exit *exec.ExitError
	require.ErrorAs(t, p.wait(t), &exit)
	require.Equal(t, syscall.SIGTERM, exit.Sys().(syscall.WaitStatus).Signal())
}
