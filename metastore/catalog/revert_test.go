package catalog_test

import (
	"slices"
	"testing"

	"github.com/cockroachdb/errors"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/codec"
	"github.com/taproot-db/taproot/metastore/model"
)

// journaled is what the journal gives back of a change set.
func journaled(t require.TestingT, cs *catalog.ChangeSet) *catalog.ChangeSet {
	payload, err := codec.EncodeChangeSets([]*catalog.ChangeSet{cs})
	require.NoError(t, err)
	back, err := codec.DecodeChangeSets(payload)
	require.NoError(t, err)
	require.Len(t, back, 1)
	return back[0]
}

// checkUndo holds for every valid history: from the journal alone, the catalog goes back step by step through all that it
// was, and from wherever that ends forward again.
func checkUndo(t *rapid.T) {
	h := newHistory(t)
	seen := [][]string{dump(h.snap)}
	marks := []catalog.Mark{h.snap.Mark()}
	h.putDatabase()
	for i := range rapid.IntRange(2, 40).Draw(t, "steps") {
		if i > 0 {
			h.statement() // one a time: a commit names no key twice
		}
		h.commit()
		seen, marks = append(seen, dump(h.snap)), append(marks, h.snap.Mark())
		require.Equal(t, h.snap.Mark(), h.log[i].Mark())
	}
	s, w := h.snap, h.snap.Work()
	for i, last := range slices.Backward(h.log) {
		cs := journaled(t, last)
		undo, err := codec.Undo(cs)
		require.NoError(t, err)
		before, err := s.Revert(cs, undo, marks[i])
		require.NoError(t, err)
		require.Equal(t, seen[i], dump(before))
		require.Equal(t, seen[i+1], dump(s), "going back must not move what was there")

		require.NoError(t, w.Revert(cs, undo, marks[i]))
		require.Equal(t, seen[i], dump(w.Snapshot()))

		again, err := before.Apply(cs)
		require.NoError(t, err)
		require.Equal(t, seen[i+1], dump(again))
		s = before
	}
}

// pains.md 2 and 57: there is one way forward, and one way back.
func TestUndo(t *testing.T) {
	t.Parallel()
	rapid.Check(t, checkUndo)
}

func FuzzUndo(f *testing.F) {
	f.Fuzz(rapid.MakeFuzz(checkUndo))
}

// commit seals, applies and journals changes.
func commit(t *testing.T, s *catalog.Snapshot, changes ...catalog.Change) (*catalog.Snapshot, *catalog.ChangeSet) {
	t.Helper()
	cs := next(t, s)
	cs.Changes = changes
	for i := range cs.Changes {
		_, err := codec.Seal(s, &cs.Changes[i])
		require.NoError(t, err)
	}
	_, err := codec.SealLeft(s, cs)
	require.NoError(t, err)
	after, err := s.Stage(cs)
	require.NoError(t, err)
	cs.Sum = after.Fingerprint()
	return after, journaled(t, cs)
}

func TestADropRemembersWhatLeavesWithTheCollection(t *testing.T) {
	t.Parallel()
	s := library(t)
	dropped := collection(20, "authors")
	dropped.State = model.Dropping
	after, cs := commit(t, s, catalog.PutCollection(dropped))
	require.Len(t, cs.Changes, 1, "the store is told of the collection only")
	require.Len(t, cs.Left, 2)
	undo, err := codec.Undo(cs)
	require.NoError(t, err)
	back, err := after.Revert(cs, undo, s.Mark())
	require.NoError(t, err)
	require.Equal(t, dump(s), dump(back))

	// Where an earlier version wrote the journal, the way back ends.
	cs.Left = nil
	undo, err = codec.Undo(cs)
	require.NoError(t, err)
	_, err = after.Revert(cs, undo, s.Mark())
	require.True(t, errors.Is(err, catalog.ErrDiverged))
}

// What has a change of its own in the same change set does not leave besides.
func TestADropNamesNothingTwice(t *testing.T) {
	t.Parallel()
	s := library(t)
	dropped := collection(20, "authors")
	dropped.State = model.Dropping
	after, cs := commit(t, s, remove(catalog.Ref{Kind: catalog.KindPartition, Parent: 20, ID: 21}), catalog.PutCollection(dropped))
	require.Len(t, cs.Left, 1)
	undo, err := codec.Undo(cs)
	require.NoError(t, err)
	back, err := after.Revert(cs, undo, s.Mark())
	require.NoError(t, err)
	require.Equal(t, dump(s), dump(back))
}

func TestRevertRefuses(t *testing.T) {
	t.Parallel()
	s := library(t)
	after, cs := commit(t, s, catalog.PutDatabase(database(2, "two")))
	undo, err := codec.Undo(cs)
	require.NoError(t, err)
	_, err = s.Revert(cs, undo, s.Mark())
	require.True(t, errors.Is(err, catalog.ErrGap), "not at the change set")
	_, err = after.Revert(cs, undo, after.Mark())
	require.True(t, errors.Is(err, catalog.ErrGap), "not to the one before")
	wrong := s.Mark()
	wrong.Sum.Lo++
	_, err = after.Revert(cs, undo, wrong)
	require.True(t, errors.Is(err, catalog.ErrDiverged))
	_, err = after.Revert(cs, nil, s.Mark())
	require.True(t, errors.Is(err, catalog.ErrDiverged))
}

func TestUndoNeedsTheBytesBefore(t *testing.T) {
	t.Parallel()
	key := codec.Key(catalog.Ref{Kind: catalog.KindDatabase, ID: 1})
	for name, before := range map[string][]byte{"missing": nil, "no record": {0x80}, "another record": {}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ref := catalog.Ref{Kind: catalog.KindDatabase, ID: 1}
			_, err := codec.Undo(&catalog.ChangeSet{Changes: []catalog.Change{
				{Ref: ref, Stored: catalog.Stored{Key: key, Existed: true, Before: before}},
			}})
			require.True(t, errors.Is(err, codec.ErrMalformed))
			_, err = codec.Undo(&catalog.ChangeSet{Left: []catalog.Left{{Ref: ref, Key: key, Before: before}}})
			require.True(t, errors.Is(err, codec.ErrMalformed))
		})
	}
}
