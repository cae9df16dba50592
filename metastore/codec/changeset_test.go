package codec

import (
	"bytes"
	"testing"

	"github.com/cockroachdb/errors"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
	metav1 "github.com/taproot-db/taproot/proto/taproot/meta/v1"
)

func toChangeSets(sets []*catalog.ChangeSet) *metav1.ChangeSets {
	out := &metav1.ChangeSets{}
	for _, cs := range sets {
		m := &metav1.ChangeSet{
			Revision: uint64(cs.Revision), Epoch: cs.Epoch, Timestamp: uint64(cs.Timestamp), NextId: int64(cs.NextID), RequestId: cs.RequestID,
			Actor: cs.Actor, Statement: cs.Statement, Sum: sumMessage(cs.Sum), Body: cs.Body,
		}
		if r := cs.Result; r != (catalog.Result{}) {
			m.Result = &metav1.Result{DatabaseId: int64(r.Database), CollectionId: int64(r.Collection), PartitionId: int64(r.Partition)}
		}
		for _, c := range cs.Changes {
			m.Changes = append(m.Changes, &metav1.Change{
				Key: c.Stored.Key, Deleted: c.Deletes(), Value: c.Stored.Value, Before: c.Stored.Before, Existed: c.Stored.Existed,
			})
		}
		for _, l := range cs.Left {
			m.Left = append(m.Left, &metav1.Left{Key: l.Key, Before: l.Before})
		}
		out.ChangeSets = append(out.ChangeSets, m)
	}
	return out
}

func genChange(t *rapid.T) catalog.Change {
	var c catalog.Change
	if rapid.Bool().Draw(t, "unknown kind") {
		c.Stored = catalog.Stored{Key: "meta/later/" + rapid.String().Draw(t, "key")}
		if rapid.Bool().Draw(t, "put") {
			c.Stored.Value = rapid.SliceOf(rapid.Byte()).Draw(t, "value")
			c.Stored.Digest = catalog.Digest(c.Stored.Key, c.Stored.Value)
		}
	} else {
		var rec any
		c.Ref, rec = genRecord(t, rapid.SampledFrom(catalog.Kinds()).Draw(t, "kind"))
		if a, ok := rec.(*model.Alias); ok {
			a.Name = rapid.StringMatching(`[a-z]{1,9}`).Draw(t, "name")
			c.Ref = catalog.AliasRef(a)
		}
		if g, ok := rec.(*model.ResourceGroup); ok {
			g.Name = rapid.StringMatching(`[a-z]{1,9}`).Draw(t, "name")
			c.Ref = catalog.ResourceGroupRef(g.Name)
		}
		if rapid.Bool().Draw(t, "put") {
			c.Put = rec
		}
		_, err := Seal(catalog.Empty(), &c)
		require.NoError(t, err)
	}
	if c.Stored.Existed = rapid.Bool().Draw(t, "existed"); c.Stored.Existed {
		c.Stored.Before = rapid.SliceOf(rapid.Byte()).Draw(t, "before")
	}
	return c
}

func genLeft(t *rapid.T) catalog.Left {
	l := catalog.Left{Key: "meta/later/" + rapid.String().Draw(t, "key"), Before: rapid.SliceOf(rapid.Byte()).Draw(t, "before")}
	if rapid.Bool().Draw(t, "known kind") {
		l.Ref = catalog.Ref{Kind: catalog.KindField, Parent: genID().Draw(t, "collection"), ID: genID().Draw(t, "field")}
		l.Key = Key(l.Ref)
	}
	return l
}

func genChangeSets() *rapid.Generator[[]*catalog.ChangeSet] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) *catalog.ChangeSet {
		return &catalog.ChangeSet{
			Revision: catalog.Revision(rapid.Uint64().Draw(t, "revision")), Epoch: rapid.Uint64().Draw(t, "epoch"), Timestamp: genTime().Draw(t, "timestamp"),
			NextID: genID().Draw(t, "next"), RequestID: genText().Draw(t, "request"), Actor: genText().Draw(t, "actor"), Statement: genText().Draw(t, "statement"),
			Body: rapid.Uint64().Draw(t, "body"), Sum: genSum().Draw(t, "sum"),
			Result:  catalog.Result{Database: genID().Draw(t, "db"), Partition: model.ID(rapid.Int64().Draw(t, "partition"))},
			Changes: rapid.SliceOfN(rapid.Custom(genChange), 0, 4).Draw(t, "changes"),
			Left:    rapid.SliceOfN(rapid.Custom(genLeft), 0, 4).Draw(t, "left"),
		}
	}), 0, 4)
}

func TestChangeSetsAreTheGeneratedMessages(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		sets := genChangeSets().Draw(t, "sets")
		payload, err := EncodeChangeSets(sets)
		require.NoError(t, err)
		dec, err := decompressor()
		require.NoError(t, err)
		raw, err := expand(dec, payload)
		require.NoError(t, err)
		require.True(t, bytes.Equal(marshal(t, toChangeSets(sets)), raw))

		back, err := DecodeChangeSets(payload)
		require.NoError(t, err)
		require.Len(t, back, len(sets))
		for i, want := range sets {
			got := back[i]
			require.Len(t, got.Changes, len(want.Changes))
			for j := range want.Changes {
				w, g := &want.Changes[j], &got.Changes[j]
				require.Equal(t, w.Ref, g.Ref)
				require.Equal(t, w.Stored, g.Stored)
				if w.Put == nil {
					require.Nil(t, g.Put)
				} else {
					equalRecords(t, w.Put, g.Put)
				}
			}
			w, g := *want, *got
			require.Len(t, g.Left, len(w.Left))
			for j := range w.Left {
				require.Equal(t, w.Left[j], g.Left[j])
			}
			w.Changes, g.Changes, w.Left, g.Left = nil, nil, nil, nil
			require.Equal(t, w, g)
		}
	})
}

// A catalog that is rebuilt from the journal has the fingerprint of the one that wrote it.
func TestChangeSetsReplay(t *testing.T) {
	t.Parallel()
	s := catalog.Empty()
	var sets []*catalog.ChangeSet
	commit := func(changes ...catalog.Change) {
		cs := &catalog.ChangeSet{Revision: s.Revision() + 1, Changes: changes}
		for i := range cs.Changes {
			exact, err := Seal(s, &cs.Changes[i])
			require.NoError(t, err)
			require.True(t, exact)
		}
		next, err := s.Stage(cs)
		require.NoError(t, err)
		cs.Sum = next.Fingerprint()
		s, sets = next, append(sets, cs)
	}
	commit(catalog.PutDatabase(&model.Database{ID: 1, Name: "default", State: model.DatabaseCreated}))
	commit(books(100000, "books")...)
	commit(catalog.Change{Stored: catalog.Stored{Key: "meta/later/1", Value: []byte("x")}})
	commit(books(200000, "films")...)
	commit(catalog.PutAlias(&model.Alias{Database: 1, Name: "bk", Collection: 100000}))
	commit(catalog.PutAlias(&model.Alias{Database: 1, Name: "bk", Collection: 200000}))
	require.NotEmpty(t, sets[5].Changes[0].Stored.Before)
	gone, _ := s.Collection(1, "books")
	clone := *gone.Collection
	clone.State = model.Dropping
	commit(catalog.PutCollection(&clone))
	commit(catalog.Change{Ref: catalog.Ref{Kind: catalog.KindAlias, Parent: 1, Name: "bk"}})

	payload, err := EncodeChangeSets(sets)
	require.NoError(t, err)
	back, err := DecodeChangeSets(payload)
	require.NoError(t, err)
	replayed := catalog.Empty()
	for _, cs := range back {
		replayed, err = replayed.Apply(cs)
		require.NoError(t, err)
	}
	require.Equal(t, s.Fingerprint(), replayed.Fingerprint())
}

func TestChangeSetsRefuse(t *testing.T) {
	t.Parallel()
	for name, cs := range map[string]*catalog.ChangeSet{
		"not sealed": {Changes: []catalog.Change{catalog.PutAlias(&model.Alias{})}},
		"request id": {RequestID: "\xff"},
		"actor":      {Actor: "\xff"},
		"statement":  {Statement: "\xff"},
		"key":        {Changes: []catalog.Change{{Stored: catalog.Stored{Key: "\xff"}}}},
		"key left":   {Left: []catalog.Left{{Key: "\xff", Before: []byte{}}}},
		"bytes left": {Left: []catalog.Left{{Key: "meta/root-coord/fields/1/0"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := EncodeChangeSets([]*catalog.ChangeSet{cs})
			require.Error(t, err)
		})
	}
}

func TestMalformedChangeSets(t *testing.T) {
	t.Parallel()
	set := func(c *metav1.Change) []byte {
		return marshal(t, &metav1.ChangeSets{ChangeSets: []*metav1.ChangeSet{{Changes: []*metav1.Change{c}}}})
	}
	for name, raw := range map[string][]byte{
		"cut":                     {10, 5},
		"cut change set":          {10, 1, 8},
		"cut change":              {10, 3, 74, 1, 8},
		"cut result":              {10, 3, 66, 1, 8},
		"cut sum":                 {10, 3, 82, 1, 9},
		"cut record that left":    {10, 3, 98, 1, 8},
		"no key of what left":     {10, 2, 98, 0},
		"no key":                  set(&metav1.Change{Value: []byte{1}}),
		"written and deleted":     set(&metav1.Change{Key: "k", Deleted: true, Value: []byte{1}}),
		"before without a record": set(&metav1.Change{Key: "k", Before: []byte{1}}),
		"a record that is broken": set(&metav1.Change{Key: "meta/root-coord/fields/1/0", Value: []byte{0x80}}),
		"a record of another key": set(&metav1.Change{Key: "meta/root-coord/fields/1/5"}),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := DecodeChangeSets(compress(t, raw))
			requireMalformed(t, err)
		})
	}
	_, err := DecodeChangeSets([]byte("this is not zstd"))
	requireMalformed(t, err)
	whole := compress(t, set(&metav1.Change{Key: "k"}))
	_, err = DecodeChangeSets(whole[:len(whole)-1])
	requireMalformed(t, err)
}

func TestChangeSetsOfALaterVersion(t *testing.T) {
	t.Parallel()
	cs := &metav1.ChangeSet{Revision: 3, Changes: []*metav1.Change{{Key: "meta/later/1", Value: []byte{1}}}}
	cs.ProtoReflect().SetUnknown(unknown(20))
	all := &metav1.ChangeSets{ChangeSets: []*metav1.ChangeSet{cs}}
	all.ProtoReflect().SetUnknown(unknown(20))
	back, err := DecodeChangeSets(compress(t, marshal(t, all)))
	require.NoError(t, err)
	require.Len(t, back, 1)
	require.Equal(t, catalog.KindUnknown, back[0].Changes[0].Ref.Kind)
	require.Equal(t, []byte{1}, back[0].Changes[0].Stored.Value)
}

// A few bytes must not become gigabytes of memory, whether the frame says how large it is or not.
func TestChangeSetsBomb(t *testing.T) {
	t.Parallel()
	enc, err := zstd.NewWriter(nil)
	require.NoError(t, err)
	bomb := enc.EncodeAll(make([]byte, MaxChangeSets+1), nil)
	require.Less(t, len(bomb), 64<<10)
	_, err = DecodeChangeSets(bomb)
	requireMalformed(t, err)

	var stream bytes.Buffer
	enc.Reset(&stream)
	_, err = enc.Write(make([]byte, MaxChangeSets+1))
	require.NoError(t, err)
	require.NoError(t, enc.Close())
	_, err = DecodeChangeSets(stream.Bytes())
	requireMalformed(t, err)
}

func TestChangeSetsThatAreTooLarge(t *testing.T) {
	t.Parallel()
	c := catalog.Change{Stored: catalog.Stored{Key: "meta/later/1", Value: make([]byte, MaxChangeSets)}}
	_, err := EncodeChangeSets([]*catalog.ChangeSet{{Changes: []catalog.Change{c}}})
	require.True(t, errors.Is(err, ErrTooLarge))
}

func FuzzDecodeChangeSets(f *testing.F) {
	for _, g := range golden() {
		if sets, ok := g.value.([]*catalog.ChangeSet); ok {
			for _, cs := range sets {
				for i := range cs.Changes {
					_, err := Seal(catalog.Empty(), &cs.Changes[i])
					require.NoError(f, err)
				}
			}
			payload, err := EncodeChangeSets(sets)
			require.NoError(f, err)
			f.Add(payload, marshal(f, toChangeSets(sets)))
		}
	}
	f.Add([]byte{}, []byte{10, 3, 74, 1, 8})
	f.Fuzz(func(t *testing.T, payload, raw []byte) {
		_, _ = DecodeChangeSets(payload) // the compressed form, for panics

		// Its content, which mutations of the compressed form hardly reach.
		sets, err := DecodeChangeSets(compress(t, raw))
		if err != nil {
			requireMalformed(t, err)
			return
		}
		require.NoError(t, proto.Unmarshal(raw, &metav1.ChangeSets{}))
		again, err := EncodeChangeSets(sets)
		require.NoError(t, err)
		back, err := DecodeChangeSets(again)
		require.NoError(t, err)
		require.True(t, proto.Equal(toChangeSets(sets), toChangeSets(back)))
	})
}
