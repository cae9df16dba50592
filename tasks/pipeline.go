package tasks

import (
	"context"
	"time"

	"github.com/cockroachdb/errors"
)

// Step is one named piece of a pipeline's work.
type Step interface {
	// Name is the same for every run of the step: it appears in errors, traces, metrics and the operation log.
	Name() string
	// Run may be called again after a crash, so it is idempotent.
	Run(ctx context.Context) error
}

// Observer is told about each step that has run: its name, how long it took, and its error without the step's name. It
// is called by the goroutine that runs the pipeline, between two steps, and should be quick.
type Observer func(ctx context.Context, step string, took time.Duration, err error)

// Pipeline runs steps in order. It may be run by several goroutines if its steps allow that.
type Pipeline struct {
	Steps []Step
	// Observe may be nil.
	Observe Observer
}

// Run runs the steps until one fails or ctx ends, and returns that error wrapped with the name of the step. There is no
// way back: whatever the earlier steps did stays, and is readable from the catalog.
func (p Pipeline) Run(ctx context.Context) error {
	for _, s := range p.Steps {
		if err := p.step(ctx, s); err != nil {
			return errors.Wrap(err, s.Name())
		}
	}
	return nil
}

func (p Pipeline) step(ctx context.Context, s Step) error {
	if err := context.Cause(ctx); err != nil {
		return err // not observed: the step has not run
	}
	start := time.Now()
	err := s.Run(ctx)
	if p.Observe != nil {
		p.Observe(ctx, s.Name(), time.Since(start), err)
	}
	return err
}

// StepFunc returns a Step of that name that calls run.
func StepFunc(name string, run func(ctx context.Context) error) Step { return step{name, run} }

type step struct {
	name string
	run  func(ctx context.Context) error
}

func (s step) Name() string                  { return s.name }
func (s step) Run(ctx context.Context) error { return s.run(ctx) }
