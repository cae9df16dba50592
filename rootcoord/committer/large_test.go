package committer_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/kvstore"
	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
	"github.com/taproot-db/taproot/rootcoord/ddl"
)

// decisions 14 and 15: what does not fit the store is refused before anything is written, in a dry run with the same words.
func TestATooLargeStatementWritesNothing(t *testing.T) {
	t.Parallel()
	text := string(make([]byte, 8000))
	for name, changes := range map[string][]catalog.Change{
		"one record": {catalog.PutDatabase(&model.Database{ID: 7, Name: text + text})},
		"records that belong together": {
			catalog.PutDatabase(&model.Database{ID: 7, Name: text}), catalog.PutDatabase(&model.Database{ID: 8, Name: text}),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plan := func(s *catalog.Snapshot, _ ddl.Input) (ddl.Draft, catalog.Result, error) {
				return ddl.Draft{NextID: s.NextID(), Changes: append([]catalog.Change(nil), changes...)}, catalog.Result{}, nil
			}
			r := newRig(t, 0, kvstore.Limits{Bytes: 12_000})
			close(r.gate)
			before := r.Snapshot()
			o := <-r.submit("", plan)
			require.True(t, errs.ParameterTooLarge.Is(o.err), "%v", o.err)
			require.Same(t, before, r.Snapshot())
			require.Zero(t, r.asked.Load())
			_, _, err := r.DryRun(plan)
			require.Equal(t, errs.Of(o.err), errs.Of(err))
			r.end()
		})
	}
}

// pains.md 10: what belongs together is more than a journal entry holds; that is the statement's fault, and it alone is refused.
func TestMoreThanAJournalEntryHolds(t *testing.T) {
	t.Parallel()
	r := newRig(t, 0, kvstore.Limits{})
	close(r.gate)
	text := string(make([]byte, 40<<20))
	o := <-r.submit("", func(s *catalog.Snapshot, _ ddl.Input) (ddl.Draft, catalog.Result, error) {
		var changes []catalog.Change
		for i := range model.ID(2) {
			changes = append(changes, catalog.PutDatabase(&model.Database{ID: 7 + i, Name: fmt.Sprint(i, text)}))
		}
		return ddl.Draft{NextID: s.NextID(), Changes: changes}, catalog.Result{}, nil
	})
	require.True(t, errs.ParameterTooLarge.Is(o.err), "%v", o.err)
	o = <-r.submit("", create("a"))
	require.NoError(t, o.err)
	r.end()
}

// pains.md 10: what has grown larger than a journal entry can be dropped all the same. How it was before cannot be told then.
func TestADropOfMoreThanAJournalEntryHolds(t *testing.T) {
	t.Parallel()
	r := newRig(t, 0, kvstore.Limits{})
	close(r.gate)
	made := <-r.submit("", create("a"))
	require.NoError(t, made.err)
	text := string(make([]byte, 12<<20))
	for i := range model.ID(6) {
		f := &model.Field{ID: 200 + i, Name: fmt.Sprint("f", i), Type: model.Bool, Description: text}
		o := <-r.submit("", func(s *catalog.Snapshot, _ ddl.Input) (ddl.Draft, catalog.Result, error) {
			return ddl.Draft{NextID: s.NextID(), Changes: []catalog.Change{catalog.PutField(made.Result.Collection, f)}}, catalog.Result{}, nil
		})
		require.NoError(t, o.err)
	}
	o := <-r.submit("", ddl.DropCollection("default", "a"))
	require.NoError(t, o.err)
	require.Zero(t, r.Snapshot().CountAllCollections())
	r.end()
}
