// Package steps does what planners decide: each DDL statement is a task whose Execute is a pipeline of named steps.
//
//	CreateCollection   addCollectionMeta ─▶ watchChannels ─▶ changeCollectionState
//	everything else    one commit
//
// The one idea: a step either commits, through the committer, or acts on the outside, and may then run again after a crash. What
// has been done can always be read from the catalog. With no channel watcher nothing happens between the first and the last step of a
// create, so the three are one commit.
package steps

import (
	"context"

	"github.com/cockroachdb/errors"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
	"github.com/taproot-db/taproot/rootcoord/committer"
	"github.com/taproot-db/taproot/rootcoord/ddl"
	"github.com/taproot-db/taproot/tasks"
)

// Committer is what a step commits through.
type Committer interface {
	Submit(ctx context.Context, st committer.Statement) (committer.Committed, error)
	Snapshot() *catalog.Snapshot
}

// ChannelWatcher is a data coordinator: it must take charge of a collection's virtual channels before the collection
// becomes visible.
type ChannelWatcher interface {
	// WatchChannels returns nil once the channels are watched. It may be called again for the same collection after a crash. An
	// error refuses the collection, which is then dropped.
	WatchChannels(ctx context.Context, c *model.Collection) error
}

// Statement is one request.
type Statement struct {
	RequestID string
	Actor     string
	// Body is a hash of the request; see committer.Statement.
	Body    uint64
	Request Request
}

// Request is one of the statements that the coordinator can run; there is a type for each, beside this file.
type Request interface {
	// names returns the statement's name, as it stands in the journal, and that of its one step.
	names() (statement, step string)
	// planner makes the planner; validation and defaults are part of that.
	planner(opt ddl.Options) ddl.Planner
}

// Runner makes tasks of statements. Safe for concurrent use.
type Runner struct {
	Committer Committer
	Limits    model.Limits
	Watchers  []ChannelWatcher
	// Observe is told of every step; optional.
	Observe tasks.Observer
	// Abandoned is told of a collection whose pipeline failed for good after it was written; it is to be dropped and purged.
	Abandoned func(id model.ID)
}

// Task returns the task of a statement.
func (r *Runner) Task(st Statement) *Task { return &Task{runner: r, st: st} }

// Task is a statement on its way. Run it once, with tasks.Run.
type Task struct {
	runner    *Runner
	st        Statement
	name      string
	step      string
	committed committer.Committed
	refused   error
}

// Committed returns the answer, once the task has succeeded.
func (t *Task) Committed() committer.Committed { return t.committed }

// Prepare looks what statement it is. It has no effects.
func (t *Task) Prepare(context.Context) error {
	if t.refused != nil {
		return t.refused
	}
	if t.st.Request == nil {
		return errs.Unimplemented.New("statement is not known")
	}
	t.name, t.step = t.st.Request.names()
	return nil
}

// plan makes the planner of a statement that is one commit, or of the first of several.
func (t *Task) plan(pending bool) ddl.Planner {
	return t.st.Request.planner(ddl.Options{Limits: t.runner.Limits, Pending: pending})
}

// Execute runs the statement's pipeline.
func (t *Task) Execute(ctx context.Context) error {
	if _, create := t.st.Request.(CreateCollection); create && len(t.runner.Watchers) > 0 {
		return t.createWatched(ctx)
	}
	p := tasks.Pipeline{Observe: t.runner.Observe, Steps: []tasks.Step{
		tasks.StepFunc(t.step, func(ctx context.Context) (err error) {
			t.committed, err = t.commit(ctx, t.st.RequestID, t.plan(false))
			return err
		}),
	}}
	return plain(p.Run(ctx))
}

// NotifyDone has nothing to tell anybody: the caller of the task waits for it.
func (t *Task) NotifyDone(error) {}

func (t *Task) commit(ctx context.Context, requestID string, p ddl.Planner) (committer.Committed, error) {
	return t.runner.Committer.Submit(ctx, committer.Statement{
		RequestID: requestID, Actor: t.st.Actor, Name: t.name, Body: t.st.Body, Plan: p,
	})
}

// createWatched is a create with something to do between the first and the last commit. Only the last one carries the
// request id: a repetition after a crash in between must find no answer.
func (t *Task) createWatched(ctx context.Context) error {
	var added committer.Committed
	finished := false
	p := tasks.Pipeline{Observe: t.runner.Observe, Steps: []tasks.Step{
		tasks.StepFunc("addCollectionMeta", func(ctx context.Context) (err error) {
			added, err = t.commit(ctx, "", t.plan(true))
			return err
		}),
		tasks.StepFunc("watchChannels", func(ctx context.Context) error {
			if !added.Changed {
				return nil
			}
			return t.watch(ctx, added.Result)
		}),
		tasks.StepFunc("changeCollectionState", func(ctx context.Context) (err error) {
			if !added.Changed {
				t.committed, finished = added, true
				return nil
			}
			t.committed, err = t.commit(ctx, t.st.RequestID, ddl.FinishCreate(added.Result.Collection))
			// A request that was answered before, and whose collection was dropped since, finds that answer.
			finished = err == nil && t.committed.Result == added.Result
			return err
		}),
	}}
	// Whatever goes wrong after the first commit, there is one way back: the collection is dropped. A panic counts too.
	defer func() {
		if added.Changed && !finished {
			t.runner.Abandoned(added.Result.Collection)
		}
	}()
	return plain(p.Run(ctx))
}

// plain takes the step's name off a refusal: its text is Milvus's, and clients compare it. Other errors keep it.
func plain(err error) error {
	var refusal *errs.Error
	if errors.As(err, &refusal) {
		return refusal
	}
	return err
}

func (t *Task) watch(ctx context.Context, res catalog.Result) error {
	c, ok := t.runner.Committer.Snapshot().Find(res.Collection)
	if !ok {
		return errors.AssertionFailedf("collection %d is not in the catalog that its commit made", res.Collection)
	}
	for _, w := range t.runner.Watchers {
		if err := w.WatchChannels(ctx, c.Collection); err != nil {
			return errors.Wrapf(err, "watch channels of collection %d", c.ID)
		}
	}
	return nil
}

// Refused returns a task that fails in Prepare.
func Refused(err error) *Task { return &Task{refused: err} }
