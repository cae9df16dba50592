package committer_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/kvstore"
	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
	"github.com/taproot-db/taproot/rootcoord/ddl"
)

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
