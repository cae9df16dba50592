package codec

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
)

// holding returns a catalog with the database 1 and the given records in the stored forms they came in.
func holding(tb testing.TB, stored map[string][]byte) *catalog.Snapshot {
	tb.Helper()
	b := catalog.NewBuilder()
	add := func(key string, value []byte) {
		ref, ok := ParseKey(key)
		require.True(tb, ok)
		rec, err := Decode(ref, value)
		require.NoError(tb, err)
		b.Add(ref, rec, catalog.Digest(key, value))
	}
	db, err := Encode(&model.Database{ID: 1, Name: "default", State: model.DatabaseCreated})
	require.NoError(tb, err)
	add("meta/root-coord/database/db-info/1", db)
	for key, value := range stored {
		add(key, value)
	}
	s, garbage := b.Build(catalog.Position{})
	require.Empty(tb, garbage)
	require.Empty(tb, s.Quarantine())
	return s
}

func TestSealANewRecord(t *testing.T) {
	t.Parallel()
	for _, c := range books(100000, "books") {
		exact, err := Seal(catalog.Empty(), &c)
		require.NoError(t, err)
		require.True(t, exact)
		want, err := Encode(c.Put)
		require.NoError(t, err)
		require.Equal(t, catalog.Stored{Key: Key(c.Ref), Value: want, Digest: catalog.Digest(Key(c.Ref), want)}, c.Stored)
	}
}

func TestSealKnowsWhatStoodThere(t *testing.T) {
	t.Parallel()
	coll, _ := books(100000, "books")[0].Put.(*model.Collection)
	before, err := Encode(coll)
	require.NoError(t, err)
	key := Key(catalog.CollectionRef(coll))
	s := holding(t, map[string][]byte{key: before})

	renamed := *coll
	renamed.Name = "films"
	c := catalog.PutCollection(&renamed)
	exact, err := Seal(s, &c)
	require.NoError(t, err)
	require.True(t, exact)
	require.True(t, c.Stored.Existed)
	require.Equal(t, before, c.Stored.Before)

	c = catalog.Change{Ref: catalog.CollectionRef(coll)}
	exact, err = Seal(s, &c)
	require.NoError(t, err)
	require.True(t, exact)
	require.Equal(t, catalog.Stored{Key: key, Before: before, Existed: true}, c.Stored)
}

// A record in another form than Encode gives it: the same fields, one of them twice, one zero and written.
func TestSealOfAForeignRecord(t *testing.T) {
	t.Parallel()
	coll, _ := books(100000, "books")[0].Put.(*model.Collection)
	canonical, err := Encode(coll)
	require.NoError(t, err)
	key := Key(catalog.CollectionRef(coll))
	for name, foreign := range map[string][]byte{
		"a zero that is written": append(append([]byte{}, canonical...), 13<<3, 0),
		"another order":          append(append([]byte{}, canonical[4:]...), canonical[:4]...),
		"another database":       append(append([]byte{}, canonical...), 15<<3, 9),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := holding(t, map[string][]byte{key: foreign})
			c := catalog.PutCollection(coll)
			exact, err := Seal(s, &c)
			require.NoError(t, err)
			require.False(t, exact)
			require.True(t, c.Stored.Existed)
			require.Nil(t, c.Stored.Before)
			require.Equal(t, canonical, c.Stored.Value)
		})
	}
}

func TestSealLeavesWhatIsSealed(t *testing.T) {
	t.Parallel()
	c := catalog.Change{Stored: catalog.Stored{Key: "meta/later/1", Value: []byte("x")}}
	want := c
	exact, err := Seal(catalog.Empty(), &c)
	require.NoError(t, err)
	require.True(t, exact)
	require.Equal(t, want, c)
}

func TestSealRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]catalog.Change{
		"no kind":                   {},
		"a slash in an alias":       catalog.PutAlias(&model.Alias{Database: 1, Name: "a/b"}),
		"an alias without a name":   catalog.PutAlias(&model.Alias{Database: 1}),
		"a database of no id":       catalog.PutDatabase(&model.Database{}),
		"a negative id":             catalog.PutPartition(&model.Partition{ID: -1, Collection: 1}),
		"a field of no collection":  catalog.PutField(0, &model.Field{ID: 100}),
		"a name with an id":         {Ref: catalog.Ref{Kind: catalog.KindDatabase, ID: 1, Name: "x"}},
		"another record":            {Ref: catalog.Ref{Kind: catalog.KindDatabase, ID: 1}, Put: &model.Database{ID: 2}},
		"a record of another kind":  {Ref: catalog.Ref{Kind: catalog.KindDatabase, ID: 1}, Put: &model.Field{ID: 1}},
		"something else":            {Ref: catalog.Ref{Kind: catalog.KindDatabase, ID: 1}, Put: 7},
		"a text that is not a text": catalog.PutDatabase(&model.Database{ID: 1, Name: "\xff"}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Seal(catalog.Empty(), &c)
			require.Error(t, err)
			require.Empty(t, c.Stored.Key)
		})
	}
}

func TestSealSharesFields(t *testing.T) { // alone: others would use the same tables
	a, b := books(100000, "books"), books(200000, "films")
	for i := range a {
		_, err := Seal(catalog.Empty(), &a[i])
		require.NoError(t, err)
		_, err = Seal(catalog.Empty(), &b[i])
		require.NoError(t, err)
		if a[i].Ref.Kind == catalog.KindField {
			require.Same(t, a[i].Put, b[i].Put)
		}
	}
}
