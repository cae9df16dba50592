package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/cockroachdb/errors"
)

// role is what a child process of the benchmark does. It says "ready …" once, answers each line on its standard input with one
// line, and ends with its input, so that none outlives its parent.
type role func(ctx context.Context, s station) error

// station is where a role is played.
type station struct {
	dir     string // its store
	profile string // where it may leave a profile; empty: nowhere
	in      *bufio.Scanner
	out     io.Writer
}

// say writes a line to the parent.
func (s station) say(format string, args ...any) { _, _ = fmt.Fprintf(s.out, format+"\n", args...) }

var roles = map[string]role{
	"bare":    bare,
	"loop":    loop,
	"scan":    scan,
	"catalog": catalogHeap,
	"sizes":   recordSizes,
}

func play(ctx context.Context, name, dir, profile string) error {
	r, ok := roles[name]
	if !ok {
		return errors.Newf("there is no role %q", name)
	}
	return r(ctx, station{dir: dir, profile: profile, in: bufio.NewScanner(os.Stdin), out: os.Stdout})
}

// child is such a process, seen from its parent.
type child struct {
	cmd        *exec.Cmd
	in         io.WriteCloser
	out        *bufio.Scanner
	greeting   string
	readyAfter time.Duration
	ended      bool
}

// start runs this program again in a role on a directory, and returns when it has said that it is ready.
func start(ctx context.Context, name, dir string, args ...string) (*child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, errors.WithStack(err)
	}
	c := &child{cmd: exec.CommandContext(ctx, self, append([]string{"-role", name, "-dir", dir}, args...)...)}
	c.cmd.Stderr = os.Stderr
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		return nil, errors.WithStack(err)
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, errors.WithStack(err)
	}
	c.out = bufio.NewScanner(out)
	began := time.Now()
	if err := c.cmd.Start(); err != nil {
		return nil, errors.WithStack(err)
	}
	line, err := c.line()
	if err != nil {
		c.stop()
		return nil, errors.Wrapf(err, "role %s", name)
	}
	c.readyAfter = time.Since(began)
	c.greeting = strings.TrimPrefix(line, "ready ")
	return c, nil
}

func (c *child) line() (string, error) {
	if !c.out.Scan() {
		return "", errors.CombineErrors(c.out.Err(), errors.New("it has ended"))
	}
	return c.out.Text(), nil
}

// ask sends a line and returns the answer.
func (c *child) ask(format string, args ...any) (string, error) {
	if _, err := fmt.Fprintf(c.in, format+"\n", args...); err != nil {
		return "", errors.WithStack(err)
	}
	return c.line()
}

// stop ends the process and waits for it.
func (c *child) stop() {
	if !c.ended {
		c.ended = true
		_ = c.in.Close()
		timer := time.AfterFunc(stopWithin, func() { _ = c.cmd.Process.Kill() })
		_ = c.cmd.Wait()
		timer.Stop()
	}
}
