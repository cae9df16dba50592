package codec

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
)

// A record in another form than Encode gives it is read from the store, so that undoing the drop gives the same bytes.
func TestSealLeftOfAForeignRecord(t *testing.T) {
	t.Parallel()
	create := books(100000, "books")
	stored := map[string][]byte{}
	foreign := ""
	for _, c := range create {
		b, err := Encode(c.Put)
		require.NoError(t, err)
		if c.Ref.Kind == catalog.KindPartition {
			b = append(b, 5<<3, 0) // a zero that is written
			foreign = Key(c.Ref)
		}
		stored[Key(c.Ref)] = b
	}
	s := holding(t, stored)
	coll, _ := s.Collection(1, "books")
	dropped := *coll.Collection
	dropped.State = model.Dropping
	cs := &catalog.ChangeSet{Revision: 1, Changes: []catalog.Change{catalog.PutCollection(&dropped)}}
	_, err := Seal(s, &cs.Changes[0])
	require.NoError(t, err)
	inexact, err := SealLeft(s, cs)
	require.NoError(t, err)
	require.Len(t, cs.Left, len(create)-1)
	require.Len(t, inexact, 1)
	require.Equal(t, foreign, cs.Left[inexact[0]].Key)
	require.Nil(t, cs.Left[inexact[0]].Before)
	cs.Left[inexact[0]].Before = stored[foreign]

	after, err := s.Stage(cs)
	require.NoError(t, err)
	undo, err := Undo(cs)
	require.NoError(t, err)
	for _, u := range undo {
		require.Equal(t, stored[u.Stored.Key], u.Stored.Value)
	}
	_, err = after.Revert(cs, undo, s.Mark())
	require.NoError(t, err)
}

// The path of a create is measured: what a drop must remember costs it nothing.
func TestSealLeftOfACreateAllocatesNothing(t *testing.T) { // alone: others would allocate besides
	cs := &catalog.ChangeSet{Revision: 1, Changes: books(100000, "books")}
	s := catalog.Empty()
	require.Zero(t, testing.AllocsPerRun(100, func() {
		if _, err := SealLeft(s, cs); err != nil {
			t.Fatal(err)
		}
	}))
}
