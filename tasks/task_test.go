package tasks_test

import (
	"context"
	"testing"
	"time"

	"github.com/cockroachdb/errors"
	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/tasks"
)

// fake is a task of three functions, any of which may be nil.
type fake struct {
	prepare, execute func(ctx context.Context) error
	notify           func(err error)
}

func (f *fake) Prepare(ctx context.Context) error { return call(ctx, f.prepare) }
func (f *fake) Execute(ctx context.Context) error { return call(ctx, f.execute) }
func (f *fake) NotifyDone(err error) {
	if f.notify != nil {
		f.notify(err)
	}
}

func call(ctx context.Context, f func(context.Context) error) error {
	if f == nil {
		return nil
	}
	return f(ctx)
}

func TestRun(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	ok := func(context.Context) error { return nil }
	fail := func(context.Context) error { return boom }
	blow := func(context.Context) error { panic(boom) }
	for name, tc := range map[string]struct {
		prepare, execute func(context.Context) error
		want             error
		executed, panics bool
	}{
		"all goes well":            {prepare: ok, execute: ok, executed: true},
		"prepare fails":            {prepare: fail, execute: ok, want: boom},
		"execute fails":            {prepare: ok, execute: fail, want: boom, executed: true},
		"prepare panics":           {prepare: blow, execute: ok, want: boom, panics: true},
		"execute panics":           {prepare: ok, execute: blow, want: boom, executed: true, panics: true},
		"execute panics with text": {prepare: ok, execute: func(context.Context) error { panic("text") }, executed: true, panics: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var told []error
			executed := false
			err := tasks.Run(t.Context(), &fake{
				prepare: tc.prepare,
				execute: func(ctx context.Context) error { executed = true; return tc.execute(ctx) },
				notify:  func(err error) { told = append(told, err) },
			})
			require.Equal(t, []error{err}, told, "NotifyDone is called once, with what Run returns")
			require.Equal(t, tc.executed, executed)
			p, panicked := tasks.AsPanic(err)
			require.Equal(t, tc.panics, panicked)
			if panicked {
				require.Contains(t, string(p.Stack), "task_test.go", "the stack shows where it came from")
				require.Contains(t, err.Error(), "panic: ")
			} else if tc.want == nil {
				require.NoError(t, err)
			}
			if tc.want != nil {
				require.ErrorIs(t, err, tc.want)
			}
		})
	}
}

func TestRunTellsOnceEvenIfThatPanics(t *testing.T) {
	t.Parallel()
	told := 0
	err := tasks.Run(t.Context(), &fake{notify: func(error) { told++; panic("late") }})
	_, panicked := tasks.AsPanic(err)
	require.True(t, panicked)
	require.Equal(t, 1, told)
}

func TestPipeline(t *testing.T) {
	t.Parallel()
	boom := errors.New("boom")
	var ran, seen []string
	step := func(name string, err error) tasks.Step {
		return tasks.StepFunc(name, func(context.Context) error { ran = append(ran, name); return err })
	}
	p := tasks.Pipeline{
		Steps: []tasks.Step{step("addMeta", nil), step("watch", boom), step("changeState", nil)},
		Observe: func(_ context.Context, name string, took time.Duration, err error) {
			seen = append(seen, name)
			require.GreaterOrEqual(t, took, time.Duration(0))
			require.Equal(t, name == "watch", errors.Is(err, boom))
		},
	}
	err := p.Run(t.Context())
	require.ErrorIs(t, err, boom)
	require.Equal(t, "watch: boom", err.Error())
	require.Equal(t, []string{"addMeta", "watch"}, ran, "nothing runs after the first error")
	require.Equal(t, ran, seen)

	require.NoError(t, tasks.Pipeline{}.Run(t.Context()))
}

func TestPipelineStopsWhenItsContextEnds(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("the leader stepped down")
	p := tasks.Pipeline{Steps: []tasks.Step{
		tasks.StepFunc("first", func(context.Context) error { cancel(why); return nil }),
		tasks.StepFunc("second", func(context.Context) error { t.Error("ran"); return nil }),
	}}
	err := p.Run(ctx)
	require.ErrorIs(t, err, why)
	require.Equal(t, "second: the leader stepped down", err.Error())
}
