package main

import (
	"context"
	"fmt"
	"runtime"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/errors"
	"golang.org/x/sync/errgroup"

	"github.com/taproot-db/taproot/tests/internal/node"
)

// loop commits the nine records of a collection over and over on the in-process client, without gRPC and without clients in another
// process: what the store alone can do. Each line is "workers duration", the answer is commits a second.
func loop(ctx context.Context, s station) error {
	e, err := startEtcd(ctx, s.dir)
	if err != nil {
		return err
	}
	defer e.Close()
	t, err := newTemplate()
	if err != nil {
		return err
	}
	var next atomic.Int64
	next.Store(firstID())
	s.say("ready")
	for s.in.Scan() {
		var workers int
		var length string
		if _, err := fmt.Sscan(s.in.Text(), &workers, &length); err != nil {
			return errors.Wrap(err, "loop")
		}
		d, err := time.ParseDuration(length)
		if err != nil {
			return errors.WithStack(err)
		}
		rate, err := commitFor(ctx, e, t, &next, workers, d)
		if err != nil {
			return err
		}
		s.say("%f", rate)
	}
	return nil
}

func commitFor(ctx context.Context, e *bareEtcd, t *template, next *atomic.Int64, workers int, d time.Duration) (float64, error) {
	g, ctx := errgroup.WithContext(ctx)
	began := time.Now()
	var finished atomic.Int64
	for range workers {
		g.Go(func() error {
			for time.Since(began) < d {
				if err := e.put(ctx, t, next.Add(2)); err != nil {
					return err
				}
				finished.Add(1)
			}
			return nil
		})
	}
	err := g.Wait()
	return float64(finished.Load()) / time.Since(began).Seconds(), err
}

// looped is a loop in a child process, seen from its parent.
type looped struct {
	*child
	cpu, wall time.Duration
	commits   float64
}

// measure is the side that loops for a round: commits a second.
func (l *looped) measure(round time.Duration) arm {
	return func() (float64, error) {
		before, err := node.CPU(l.cmd.Process.Pid)
		if err != nil {
			return 0, err
		}
		began := time.Now()
		answer, err := l.ask("%d %s", clients, round)
		if err != nil {
			return 0, err
		}
		l.wall += time.Since(began)
		after, err := node.CPU(l.cmd.Process.Pid)
		if err != nil {
			return 0, err
		}
		l.cpu += after - before
		rate, err := strconv.ParseFloat(answer, 64)
		l.commits += rate * round.Seconds()
		return rate, errors.WithStack(err)
	}
}

// busy returns which part of all processors the loop kept busy, and the microseconds of it that one commit took.
func (l *looped) busy() (part, each float64) {
	return l.cpu.Seconds() / l.wall.Seconds() / float64(runtime.NumCPU()), float64(l.cpu.Microseconds()) / l.commits
}
