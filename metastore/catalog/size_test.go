package catalog

import (
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/metastore/model"
)

// A catalog holds a hundred thousand of these: one word more puts each of them into the next class of sizes, which is 16 bytes larger.
func TestACollectionIsSmall(t *testing.T) {
	t.Parallel()
	require.LessOrEqual(t, unsafe.Sizeof(Collection{}), uintptr(112))
}

// What was released and has no index any more is as small as what never had one.
func TestAReleaseLeavesNothing(t *testing.T) {
	t.Parallel()
	s, err := Empty().Stage(&ChangeSet{Revision: 1, Changes: []Change{
		PutDatabase(&model.Database{ID: 1}), PutCollection(&model.Collection{ID: 10, Database: 1}),
		PutIndex(&model.Index{ID: 11, Collection: 10}), PutLoad(&model.Load{Collection: 10}),
	}})
	require.NoError(t, err)
	c, _ := s.any(10)
	require.NotNil(t, c.rare)
	s, err = s.Stage(&ChangeSet{Revision: 2, Changes: []Change{Delete(LoadRef(10)), Delete(Ref{Kind: KindIndex, Parent: 10, ID: 11})}})
	require.NoError(t, err)
	after, _ := s.any(10)
	require.Nil(t, after.rare)
	require.NotNil(t, c.rare, "the Snapshot before has not moved")
}
