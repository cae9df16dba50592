// Package node runs the real binary for stories and benchmarks: it starts `taproot serve`, finds the addresses it
// chose, waits until it is ready, and ends it by signal.
//
// The one idea: a Node is one process. What outlives it is its data directory; start another Node on that to restart.
// Nothing here links the server, so what is tested is what is shipped. Every Node ends with its parent.
package node

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/cockroachdb/errors"
	"go.yaml.in/yaml/v3"
)

// pollEvery is how often a condition is looked at that nobody signals. Start-up is measured with it, so it is short.
const pollEvery = 2 * time.Millisecond

// Config says how to start a Node.
type Config struct {
	// Bin is the binary, as Build returns it.
	Bin string
	// DataDir holds the store. It must exist, and outlives the Node.
	DataDir string
	// Pprof serves profiles on the HTTP address.
	Pprof bool
	// Args are further arguments of serve.
	Args []string
	// ReadyWithin bounds Start; 0: 30 s.
	ReadyWithin time.Duration
}

// Node is one running process.
type Node struct {
	// Addr is the host:port of the Milvus API, HTTP that of /readyz, /metrics and the profiles.
	Addr, HTTP string
	// ReadyAfter is the time from the start of the process until /readyz said yes.
	ReadyAfter time.Duration

	cmd  *exec.Cmd
	dir  string // of the address file
	logs *logs

	exited chan struct{} // closed when the process has ended; err is set before
	err    error
}

// addresses is the file that serve writes once it has bound its listeners.
type addresses struct {
	GRPC string `yaml:"grpc"`
	HTTP string `yaml:"http"`
}

// Start runs `taproot serve` and returns when it is ready. On failure nothing is left running, and the error holds the
// process's last words. The process outlives ctx, which bounds the waiting only.
func Start(ctx context.Context, c Config) (*Node, error) {
	if c.ReadyWithin == 0 {
		c.ReadyWithin = 30 * time.Second
	}
	began := time.Now()
	n, err := Launch(c)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, c.ReadyWithin, errors.Newf("not ready after %s", c.ReadyWithin))
	defer cancel()
	if err := n.awaitReady(ctx); err != nil {
		n.Kill()
		return nil, errors.Wrapf(err, "start of taproot:\n%s", n.Logs())
	}
	n.ReadyAfter = time.Since(began)
	return n, nil
}

// Launch starts the process and returns at once, for starts that are meant to fail. Addr and HTTP are not known.
func Launch(c Config) (*Node, error) {
	dir, err := os.MkdirTemp("", "taproot-node-")
	if err != nil {
		return nil, errors.WithStack(err)
	}
	args := []string{
		"serve", "--data-dir", c.DataDir, "--listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0",
		"--address-file", filepath.Join(dir, "addresses"),
	}
	if c.Pprof {
		args = append(args, "--pprof")
	}
	n := &Node{dir: dir, logs: &logs{}, exited: make(chan struct{})}
	n.cmd = exec.Command(c.Bin, append(args, c.Args...)...) //nolint:noctx // the binary under test; it outlives the caller's context
	n.cmd.Env = environ()
	n.cmd.Stdout, n.cmd.Stderr = n.logs, n.logs
	n.cmd.SysProcAttr = dieWithParent()
	if err := n.cmd.Start(); err != nil {
		return nil, errors.CombineErrors(errors.WithStack(err), os.RemoveAll(dir))
	}
	go func() {
		n.err = n.cmd.Wait()
		_ = os.RemoveAll(dir)
		close(n.exited)
	}()
	return n, nil
}

// environ is the test's own environment without the settings of the product in it: what a Node does is up to its Config, and the
// variables that steer a test are none that the server knows.
func environ() []string {
	return slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "TAPROOT_") })
}

func (n *Node) awaitReady(ctx context.Context) error {
	file := filepath.Join(n.dir, "addresses")
	return n.poll(ctx, func() bool {
		if n.HTTP == "" {
			text, err := os.ReadFile(file)
			var a addresses
			if err != nil || yaml.Unmarshal(text, &a) != nil || a.HTTP == "" {
				return false
			}
			n.Addr, n.HTTP = a.GRPC, a.HTTP
		}
		code, _, err := n.Get(ctx, "/readyz")
		return err == nil && code == http.StatusOK
	})
}

// poll waits for a condition, the end of the process or of ctx.
func (n *Node) poll(ctx context.Context, done func() bool) error {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-n.exited:
			return errors.Newf("the process has ended: %v", n.err)
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// Get reads a page of the HTTP address.
func (n *Node) Get(ctx context.Context, path string) (code int, body string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+n.HTTP+path, nil)
	if err != nil {
		return 0, "", errors.WithStack(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", errors.WithStack(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(b), errors.WithStack(err)
}

// Metric returns the value of a metric without labels.
func (n *Node) Metric(ctx context.Context, name string) (float64, error) {
	_, body, err := n.Get(ctx, "/metrics")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(body) {
		if rest, ok := strings.CutPrefix(line, name+" "); ok {
			var v float64
			_, err := fmt.Sscan(rest, &v)
			return v, errors.Wrapf(err, "metric %s", name)
		}
	}
	return 0, errors.Newf("there is no metric %s", name)
}

// Await waits until a metric has a value.
func (n *Node) Await(ctx context.Context, metric string, want float64) error {
	last := 0.0
	err := n.poll(ctx, func() bool {
		v, err := n.Metric(ctx, metric)
		last = v
		return err == nil && v == want
	})
	return errors.Wrapf(err, "%s is %v, should become %v", metric, last, want)
}

// PID returns the process id.
func (n *Node) PID() int { return n.cmd.Process.Pid }

// Kill ends the process without a chance to tidy up, and waits until it is gone. A Node that has ended may be killed again.
func (n *Node) Kill() {
	_ = n.cmd.Process.Kill()
	<-n.exited
}

// Stop asks the process to end and returns how long that took; the error tells that it did not end within the time, or
// what it ended with.
func (n *Node) Stop(within time.Duration) (time.Duration, error) {
	began := time.Now()
	if err := n.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return 0, errors.WithStack(err)
	}
	err := n.Wait(within)
	return time.Since(began), err
}

// Wait waits for the process to end by itself, and returns how it did; after the time it is killed.
func (n *Node) Wait(within time.Duration) error {
	timer := time.NewTimer(within)
	defer timer.Stop()
	select {
	case <-n.exited:
		return errors.WithStack(n.err)
	case <-timer.C:
		n.Kill()
		return errors.Newf("still running after %s", within)
	}
}

// Logs returns the last that the process wrote.
func (n *Node) Logs() string { return n.logs.String() }

// logs keeps the end of what is written to it.
type logs struct {
	mu   sync.Mutex
	text []byte
}

// keptLogs is enough for the start and the end of a short process.
const keptLogs = 256 << 10

// Write never fails.
func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, p...)
	if over := len(l.text) - keptLogs; over > 0 {
		l.text = append(l.text[:0], l.text[over:]...)
	}
	return len(p), nil
}

// String returns what is kept.
func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.text)
}
