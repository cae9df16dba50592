package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/cockroachdb/errors"

	"github.com/taproot-db/taproot/tests/internal/node"
)

// sizes is how long and how often is measured.
type sizes struct {
	rounds      int
	round       time.Duration // of a flood, one side
	blocks      int           // of single calls
	singles     int           // in one block, one side
	starts      int
	restarts    int
	collections int // of the large catalog
}

var (
	full  = sizes{rounds: 7, round: 2500 * time.Millisecond, blocks: 10, singles: 200, starts: 15, restarts: 5, collections: 100_000}
	quick = sizes{rounds: 3, round: 1500 * time.Millisecond, blocks: 6, singles: 100, starts: 5, restarts: 3, collections: 10_000}
)

// clients is how many call at once where the figure says many.
const clients = 64

// clientGC lets the clients collect garbage seldom. What they save, both sides get.
const clientGC = 800

// bench is one run.
type bench struct {
	sizes
	*report
	bin string
	tmp string
	log io.Writer

	profile  string // directory for profiles of the product; empty: none
	profiles int    // written so far
}

// section is a group of figures that share servers.
type section struct {
	name string
	run  func(*bench, context.Context) error
}

var sections = []section{
	{"create", (*bench).create},
	{"single", (*bench).createSingle},
	{"statements", (*bench).statements},
	{"describe", (*bench).describe},
	{"history", (*bench).history},
	{"start", (*bench).start},
	{"scale", (*bench).scale},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	var (
		isQuick = flag.Bool("quick", os.Getenv("BENCH_QUICK") != "", "one minute instead of several, with a small catalog")
		only    = flag.String("only", "", "comma-separated sections: create, single, statements, describe, history, start, scale; empty: all")
		bin     = flag.String("bin", os.Getenv(node.BinaryEnv), "the taproot binary; empty: build one")
		tmp     = flag.String("tmp", os.TempDir(), "directory for the stores, on the disk that is to be measured")
		profile = flag.String("profile", "", "directory to write CPU and heap profiles of the product to; they slow it down")
		name    = flag.String("role", "", "used by the benchmark for its own child processes")
		dir     = flag.String("dir", "", "store of a child process")
	)
	flag.Parse()
	if *name != "" {
		return play(ctx, *name, *dir, *profile)
	}
	debug.SetGCPercent(clientGC)
	b := &bench{sizes: full, report: &report{}, profile: *profile, log: os.Stderr}
	if *isQuick {
		b.sizes = quick
	}
	if n, err := strconv.Atoi(os.Getenv("BENCH_COLLECTIONS")); err == nil && n > 0 {
		b.collections = n
	}
	var err error
	if b.tmp, err = os.MkdirTemp(*tmp, "taproot-bench-"); err != nil {
		return errors.WithStack(err)
	}
	defer func() { _ = os.RemoveAll(b.tmp) }()
	if b.profile != "" {
		if err := os.MkdirAll(b.profile, 0o750); err != nil {
			return errors.WithStack(err)
		}
	}
	if b.bin = *bin; b.bin == "" {
		if b.bin, err = node.Build(ctx, b.tmp); err != nil {
			return err
		}
	}
	if err := b.header(os.Stdout); err != nil {
		return err
	}
	for _, s := range sections {
		if *only != "" && !strings.Contains(","+*only+",", ","+s.name+",") {
			continue
		}
		began := time.Now()
		if err := s.run(b, ctx); err != nil {
			return errors.CombineErrors(errors.Wrap(err, s.name), b.print(os.Stdout))
		}
		_, _ = fmt.Fprintf(b.log, "%s: %s\n", s.name, time.Since(began).Round(time.Second))
	}
	return b.print(os.Stdout)
}

// header says what was measured on.
func (b *bench) header(w io.Writer) error {
	sync, err := syncTime(b.tmp)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s, %s/%s, %d cores, fsync of a page takes %.2f ms in %s; %d clients on %d connections\n\n",
		runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), sync, filepath.Dir(b.tmp), clients, connections)
	return err
}

// syncTime returns the median of how long it takes to make a page durable, in milliseconds: near zero means that the
// directory is not on a disk, and that creates measure nothing.
func syncTime(dir string) (float64, error) {
	f, err := os.CreateTemp(dir, "sync-")
	if err != nil {
		return 0, errors.WithStack(err)
	}
	defer func() { _ = f.Close() }()
	var took []time.Duration
	for range 100 {
		began := time.Now()
		if _, err := f.Write(make([]byte, 4096)); err != nil {
			return 0, errors.WithStack(err)
		}
		if err := f.Sync(); err != nil {
			return 0, errors.WithStack(err)
		}
		took = append(took, time.Since(began))
	}
	return p50(took), nil
}

// dir makes a directory for a store.
func (b *bench) dir() (string, error) {
	d, err := os.MkdirTemp(b.tmp, "store-")
	return d, errors.WithStack(err)
}

// product starts the server under test on dir, or on a new directory if it is empty.
func (b *bench) product(ctx context.Context, dir string) (*node.Node, *target, error) {
	if dir == "" {
		var err error
		if dir, err = b.dir(); err != nil {
			return nil, nil, err
		}
	}
	n, err := node.Start(ctx, node.Config{Bin: b.bin, DataDir: dir, Pprof: true, ReadyWithin: 5 * time.Minute})
	if err != nil {
		return nil, nil, err
	}
	t, err := dial(n.Addr, n.PID())
	if err != nil {
		n.Kill()
		return nil, nil, err
	}
	return n, t, nil
}

// bare starts the ceiling's server.
func (b *bench) bare(ctx context.Context) (*child, *target, error) {
	dir, err := b.dir()
	if err != nil {
		return nil, nil, err
	}
	c, err := start(ctx, "bare", dir)
	if err != nil {
		return nil, nil, err
	}
	t, err := dial(c.greeting, c.cmd.Process.Pid)
	if err != nil {
		c.stop()
		return nil, nil, err
	}
	return c, t, nil
}

// profiled takes a CPU profile of the product whenever a side measures itself, if profiles were asked for.
func (b *bench) profiled(ctx context.Context, n *node.Node, name string, measure arm) arm {
	if b.profile == "" {
		return measure
	}
	return func() (float64, error) {
		b.profiles++ // several of one name are merged by pprof
		file := filepath.Join(b.profile, fmt.Sprintf("%s-%d.pprof", name, b.profiles))
		done := make(chan error, 1) // the one outcome
		go func() { done <- n.Profile(ctx, "profile?seconds=1", file) }()
		v, err := measure()
		return v, errors.CombineErrors(err, <-done)
	}
}
