package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/errors"

	"github.com/taproot-db/taproot/tests/internal/node"
)

const (
	// stopWithin is what the product promises after a signal, and some slack for a busy machine.
	stopWithin = 10 * time.Second
	// settle lets a server finish what it does after the last answer.
	settle = 2 * time.Second
	// smallCatalog is what a large one is compared with.
	smallCatalog = 1000
	// manyDescribes is how many describes are made for each create.
	manyDescribes = 5
	kb            = 1024
)

// start measures starts on empty directories, and what an idle server takes.
func (b *bench) start(ctx context.Context) error {
	var took []time.Duration
	for i := range b.starts {
		dir, err := b.dir()
		if err != nil {
			return err
		}
		// Without profiles, as a user would.
		n, err := node.Start(ctx, node.Config{Bin: b.bin, DataDir: dir})
		if err != nil {
			return err
		}
		took = append(took, n.ReadyAfter)
		if i == b.starts-1 {
			if err := b.idle(ctx, n); err != nil {
				n.Kill()
				return err
			}
		}
		n.Kill()
	}
	b.alone("start to /readyz on an empty directory, p50 in ms", "%.0f", p50(took), under(500, "≤ 500"))
	return nil
}

func (b *bench) idle(ctx context.Context, n *node.Node) error {
	if err := pause(ctx, settle); err != nil {
		return err
	}
	rss, anon, err := n.RSS()
	if err != nil {
		return err
	}
	b.alone("idle memory in MB, resident", "%.1f", float64(rss)/kb/kb, under(80, "≤ 80"))
	b.note("of the idle memory %.1f MB are not mapped files", float64(anon)/kb/kb)
	return nil
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// scale measures what a large catalog costs: memory, statements, restart.
func (b *bench) scale(ctx context.Context) error {
	dir, err := b.dir()
	if err != nil {
		return err
	}
	large, toLarge, err := b.product(ctx, dir)
	if err != nil {
		return err
	}
	defer large.Kill()
	defer toLarge.close()
	empty, err := large.Memory(ctx)
	if err != nil {
		return err
	}
	var counter atomic.Uint64
	began := time.Now()
	if err := toLarge.fill(ctx, b.collections, &counter, create("p")); err != nil {
		return err
	}
	b.note("%d collections were created in %s", b.collections, time.Since(began).Round(100*time.Millisecond))
	if err := b.flat(ctx, toLarge, &counter); err != nil {
		return err
	}
	if err := b.list(ctx, large); err != nil {
		return err
	}
	if err := pause(ctx, settle); err != nil {
		return err
	}
	filled, err := b.memory(ctx, large, "created", float64(counter.Load()), empty)
	if err != nil {
		return err
	}
	if _, err := large.Stop(stopWithin); err != nil {
		return err
	}
	return b.restart(ctx, dir, filled, empty)
}

// list asks for all names at once, with the operator's own command: the answer is larger than gRPC takes without being asked to.
func (b *bench) list(ctx context.Context, n *node.Node) error {
	began := time.Now()
	out, err := exec.CommandContext(ctx, b.bin, "collection", "list", "--addr", n.Addr).Output()
	if err != nil {
		return errors.Wrapf(err, "collection list")
	}
	lines := bytes.Count(out, []byte("\n"))
	if lines < b.collections {
		return errors.Newf("collection list has %d lines", lines)
	}
	b.note("collection list: %d lines in %s", lines, time.Since(began).Round(time.Millisecond))
	return nil
}

// memory tells what a process takes: a row for what each collection adds to the heap that is alive, and a note for the rest.
func (b *bench) memory(ctx context.Context, n *node.Node, when string, collections float64, empty node.Memory) (row, error) {
	m, err := n.Memory(ctx)
	if err != nil {
		return row{}, err
	}
	if b.profile != "" {
		if err := n.Profile(ctx, "heap?gc=1", filepath.Join(b.profile, "heap-"+when+".pprof")); err != nil {
			return row{}, err
		}
	}
	each := func(with, without int64) float64 { return float64(with-without) / collections / kb }
	b.renote(when, "heap alive %.1f MB, in use %.1f MB, resident %.1f MB of which %.1f MB are not mapped files; in KB per collection %.2f, %.2f, %.2f, %.2f",
		mb(m.HeapAlloc), mb(m.HeapInuse), mb(m.RSS), mb(m.Anon),
		each(m.HeapAlloc, empty.HeapAlloc), each(m.HeapInuse, empty.HeapInuse), each(m.RSS, empty.RSS), each(m.Anon, empty.Anon))
	return row{
		figure: "memory per collection in KB, process, " + when, product: each(m.HeapAlloc, empty.HeapAlloc), ceiling: none,
		format: "%.2f", ratio: none, target: under(6, "≤ 6"),
	}, nil
}

func mb(n int64) float64 { return float64(n) / kb / kb }

// flat compares statements on the large catalog with those on a small one, in turns.
func (b *bench) flat(ctx context.Context, toLarge *target, counter *atomic.Uint64) error {
	small, toSmall, err := b.product(ctx, "")
	if err != nil {
		return err
	}
	defer small.Kill()
	defer toSmall.close()
	var few atomic.Uint64
	if err := toSmall.fill(ctx, smallCatalog, &few, create("p")); err != nil {
		return err
	}
	creates, err := alternate(b.blocks,
		b.called(ctx, toLarge, b.singles, create("q")), b.called(ctx, toSmall, b.singles, create("q")))
	if err != nil {
		return err
	}
	counter.Add(uint64((b.blocks + 1) * b.singles))
	// Each side over all that it has; describes are short, so that there are more of them.
	describes, err := alternate(b.blocks,
		b.called(ctx, toLarge, manyDescribes*b.singles, describe("p", b.collections)),
		b.called(ctx, toSmall, manyDescribes*b.singles, describe("p", smallCatalog)))
	if err != nil {
		return err
	}
	with := fmt.Sprintf("with %d collections against %d", b.collections, smallCatalog)
	b.compare("create p50 in ms "+with, "%.3f", against(creates[0], creates[1]), atMost(1.2))
	b.compare("describe p50 in ms "+with, "%.3f", against(describes[0], describes[1]), atMost(1.2))
	return nil
}

// restart compares restarts on the large catalog with the bare scan of a copy, in turns, and looks at memory afterwards.
func (b *bench) restart(ctx context.Context, dir string, filled row, empty node.Memory) error {
	twin := dir + "-copy"
	if err := os.CopyFS(twin, os.DirFS(dir)); err != nil {
		return errors.WithStack(err)
	}
	catalog, err := start(ctx, "catalog", twin, b.profileArgs("load")...)
	if err != nil {
		return err
	}
	catalog.stop()
	v := numbers(catalog.greeting)
	if len(v) != 2 || v[0] < float64(b.collections) {
		return errors.Newf("catalog: %q", catalog.greeting)
	}
	var again row
	took, err := alternate(b.restarts,
		func() (float64, error) {
			n, t, err := b.product(ctx, dir)
			if err != nil {
				return 0, err
			}
			defer n.Kill()
			t.close()
			if again, err = b.memory(ctx, n, "restarted", v[0], empty); err != nil {
				return 0, err
			}
			_, err = n.Stop(stopWithin)
			return n.ReadyAfter.Seconds(), err
		},
		func() (float64, error) {
			c, err := start(ctx, "scan", twin)
			if err != nil {
				return 0, err
			}
			c.stop()
			if want := fmt.Sprint(int(v[0])*records + 1); c.greeting != want {
				return 0, errors.Newf("the bare scan read %s records, expected %s", c.greeting, want)
			}
			return c.readyAfter.Seconds(), nil
		})
	if err != nil {
		return err
	}
	with := fmt.Sprintf("%d collections", b.collections)
	b.compare("restart in s with "+with, "%.2f", against(took[0], took[1]), atMost(1.3))
	b.alone("memory per collection in KB, catalog, "+with, "%.2f", v[1]/v[0]/kb, under(3, "≤ 3"))
	b.add(filled, again)
	return nil
}

// profileArgs tells a child where to write profiles.
func (b *bench) profileArgs(name string) []string {
	if b.profile == "" {
		return nil
	}
	return []string{"-profile", filepath.Join(b.profile, name+".pprof")}
}
