package steps_test

import (
	"context"
	"testing"

	"github.com/cockroachdb/errors"
	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
	"github.com/taproot-db/taproot/rootcoord/committer"
	"github.com/taproot-db/taproot/rootcoord/ddl"
	"github.com/taproot-db/taproot/rootcoord/steps"
	"github.com/taproot-db/taproot/tasks"
)

// fake is a committer that answers with what a test gives it, one after the other, and keeps what it was given.
type fake struct {
	answers []answer
	asked   []committer.Statement
	snap    *catalog.Snapshot
}

type answer struct {
	committer.Committed
	err error
}

func (f *fake) Submit(_ context.Context, st committer.Statement) (committer.Committed, error) {
	f.asked = append(f.asked, st)
	a := f.answers[0]
	f.answers = f.answers[1:]
	return a.Committed, a.err
}

func (f *fake) Snapshot() *catalog.Snapshot { return f.snap }

func (f *fake) DryRun(p ddl.Planner) (committer.Committed, []ddl.Planned, error) {
	_, _, err := p(f.snap, ddl.Input{})
	return committer.Committed{Revision: 7}, nil, err
}

type watcher struct{ err error }

func (w *watcher) WatchChannels(context.Context, *model.Collection) error { return w.err }

// pending is a catalog with a collection, 10, that is being created.
func pending(t *testing.T) *catalog.Snapshot {
	t.Helper()
	s, err := catalog.Empty().Stage(&catalog.ChangeSet{Revision: 1, NextID: 11, Changes: []catalog.Change{
		catalog.PutDatabase(&model.Database{ID: 1, Name: "default"}),
		catalog.PutCollection(&model.Collection{ID: 10, Database: 1, Name: "c", State: model.Creating}),
	}})
	require.NoError(t, err)
	return s
}

func create() steps.CreateCollection {
	return steps.CreateCollection{Database: "default", Spec: &model.CollectionSpec{Name: "c"}}
}

// What each outcome of each step of a create leads to: the answer, what was committed, and whether the collection is given up.
func TestCreateInSteps(t *testing.T) {
	t.Parallel()
	made := committer.Committed{Revision: 2, Changed: true, Result: catalog.Result{Database: 1, Collection: 10}}
	done := made
	done.Revision = 3
	noop := committer.Committed{Revision: 2, Result: made.Result}
	repeated := done
	repeated.Repeated = true
	refusal := errs.Invalid("no")
	broken := errors.New("broken")
	for name, c := range map[string]struct {
		answers   []answer
		watch     error
		want      committer.Committed
		err       error
		commits   int
		abandoned bool
	}{
		"all is well":           {[]answer{{made, nil}, {done, nil}}, nil, done, nil, 2, false},
		"it was there":          {[]answer{{noop, nil}}, broken, noop, nil, 1, false},
		"answered before":       {[]answer{{repeated, nil}}, broken, repeated, nil, 1, false},
		"refused":               {[]answer{{committer.Committed{}, refusal}}, broken, committer.Committed{}, refusal, 1, false},
		"nobody watches":        {[]answer{{made, nil}}, broken, committer.Committed{}, broken, 1, true},
		"the last commit fails": {[]answer{{made, nil}, {committer.Committed{}, broken}}, nil, committer.Committed{}, broken, 2, true},
		"another was first":     {[]answer{{made, nil}, {committer.Committed{Revision: 3, Changed: true, Result: catalog.Result{Collection: 9}, Repeated: true}, nil}}, nil, committer.Committed{Revision: 3, Changed: true, Result: catalog.Result{Collection: 9}, Repeated: true}, nil, 2, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := &fake{answers: c.answers, snap: pending(t)}
			var given []model.ID
			r := &steps.Runner{
				Committer: f, Limits: model.DefaultLimits(), Watchers: []steps.ChannelWatcher{&watcher{c.watch}},
				Abandoned: func(id model.ID) { given = append(given, id) },
			}
			task := r.Task(steps.Statement{RequestID: "r", Body: 5, Request: create()})
			err := tasks.Run(t.Context(), task)
			if c.err == nil {
				require.NoError(t, err)
				require.Equal(t, c.want, task.Committed())
			} else {
				require.ErrorContains(t, err, c.err.Error())
			}
			require.Len(t, f.asked, c.commits)
			for i, st := range f.asked {
				require.Equal(t, "r", st.RequestID)
				require.Equal(t, uint64(5), st.Body)
				require.Equal(t, i == 0, st.First, "only the last commit stores the request id")
			}
			if c.abandoned {
				require.Equal(t, []model.ID{10}, given)
			} else {
				require.Empty(t, given)
			}
		})
	}
}

// Without anybody to wait for, a create is one commit like any other.
func TestOneCommit(t *testing.T) {
	t.Parallel()
	f := &fake{answers: []answer{{committer.Committed{Revision: 2}, nil}}, snap: pending(t)}
	task := (&steps.Runner{Committer: f, Limits: model.DefaultLimits()}).Task(steps.Statement{RequestID: "r", Actor: "a", Request: create()})
	require.NoError(t, tasks.Run(t.Context(), task))
	require.Len(t, f.asked, 1)
	require.False(t, f.asked[0].First)
	require.Equal(t, "a", f.asked[0].Actor)
	require.Equal(t, "CreateCollection", f.asked[0].Name)
}

// The text of a refusal is the statement's own, without the name of the step; other errors keep it.
func TestRefusalsArePlain(t *testing.T) {
	t.Parallel()
	for _, err := range []error{errs.NoCollection("d", "c"), errors.New("broken")} {
		f := &fake{answers: []answer{{committer.Committed{}, err}}, snap: pending(t)}
		got := tasks.Run(t.Context(), (&steps.Runner{Committer: f}).Task(steps.Statement{Request: steps.DropCollection{Name: "c"}}))
		if errs.CollectionNotFound.Is(err) {
			require.Equal(t, errs.Of(err), errs.Of(got))
		} else {
			require.ErrorIs(t, got, err)
			require.ErrorContains(t, got, "dropCollectionMeta")
		}
	}
	require.True(t, errs.Unimplemented.Is(tasks.Run(t.Context(), (&steps.Runner{}).Task(steps.Statement{}))))
	refused := errs.Internal.New("damaged")
	require.ErrorIs(t, tasks.Run(t.Context(), steps.Refused(refused)), refused)
}

func TestADryRunSubmitsNothing(t *testing.T) {
	t.Parallel()
	f := &fake{snap: pending(t)}
	r := &steps.Runner{Committer: f, Limits: model.DefaultLimits(), Watchers: []steps.ChannelWatcher{&watcher{}}}
	zero := catalog.Revision(0)
	err := tasks.Run(t.Context(), r.Task(steps.Statement{Request: steps.DropCollection{Name: "c"}, DryRun: true, IfRevision: &zero}))
	require.True(t, errs.Unavailable.Is(err), "its precondition is looked at: %v", err)
	require.NoError(t, tasks.Run(t.Context(), r.Task(steps.Statement{Request: steps.DropCollection{Name: "none"}, DryRun: true})))
	require.Empty(t, f.asked)
}
