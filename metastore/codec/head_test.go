package codec

import (
	"math"
	"slices"
	"testing"

	"github.com/cockroachdb/errors"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
	metav1 "github.com/taproot-db/taproot/proto/taproot/meta/v1"
)

func genSum() *rapid.Generator[catalog.Fingerprint] {
	return rapid.Custom(func(t *rapid.T) catalog.Fingerprint {
		return catalog.Fingerprint{Hi: rapid.Uint64().Draw(t, "hi"), Lo: rapid.Uint64().Draw(t, "lo")}
	})
}

func sumMessage(f catalog.Fingerprint) *metav1.Fingerprint {
	if f == (catalog.Fingerprint{}) {
		return nil
	}
	return &metav1.Fingerprint{Hi: f.Hi, Lo: f.Lo}
}

func TestHeadIsTheGeneratedMessage(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		h := &Head{
			Format: Format, Epoch: rapid.Uint64().Draw(t, "epoch"), Revision: catalog.Revision(rapid.Uint64().Draw(t, "revision")),
			Timestamp: genTime().Draw(t, "timestamp"), Stable: catalog.Revision(rapid.Uint64().Draw(t, "stable")), NextID: genID().Draw(t, "next"),
			Sum: genSum().Draw(t, "sum"), Nonce: rapid.Uint64().Draw(t, "nonce"), ClusterID: genText().Draw(t, "cluster"),
			Covered: rapid.SliceOf(genText()).Draw(t, "covered"), Redo: catalog.Revision(rapid.OneOf(rapid.Just(uint64(0)), rapid.Uint64()).Draw(t, "redo")),
		}
		if h.Redo != 0 {
			h.Format = FormatRedo
		}
		b, err := EncodeHead(h)
		require.NoError(t, err)
		slices.Sort(h.Covered)
		require.Equal(t, marshal(t, &metav1.Head{
			Format: h.Format, Epoch: h.Epoch, Revision: uint64(h.Revision), Timestamp: uint64(h.Timestamp), Stable: uint64(h.Stable),
			NextId: int64(h.NextID), Fingerprint: sumMessage(h.Sum), Nonce: h.Nonce, ClusterId: h.ClusterID, Covered: h.Covered, Redo: uint64(h.Redo),
		}), b)
		back, err := DecodeHead(b)
		require.NoError(t, err)
		if len(h.Covered) == 0 {
			h.Covered = back.Covered
		}
		require.Equal(t, h, back)
	})
}

func TestHeadOfANewerVersionIsRefused(t *testing.T) {
	t.Parallel()
	_, err := DecodeHead(marshal(t, &metav1.Head{Format: 3, Epoch: 1}))
	require.True(t, errors.Is(err, ErrFormat))
	require.Equal(t, "the catalog was written by a newer version of taproot: it has format 3, this version knows formats up to 2", err.Error())

	// Even if the rest has another form.
	_, err = DecodeHead(append(marshal(t, &metav1.Head{Format: 9}), 2<<3|7))
	require.True(t, errors.Is(err, ErrFormat))
}

// A version that does not know of redo must not take what lies in the store for the catalog, nor write head without it.
func TestOnlyAHeadWithRedoIsOfAHigherFormat(t *testing.T) {
	t.Parallel()
	for redo, format := range map[catalog.Revision]uint32{0: 1, 7: 2} {
		b, err := EncodeHead(&Head{Redo: redo})
		require.NoError(t, err)
		h, err := DecodeHead(b)
		require.NoError(t, err)
		require.Equal(t, format, h.Format)
		require.Equal(t, redo, h.Redo)
	}
}

func TestHeadMayCoverKindsThatAreNotKnown(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{
		"alias", "collection", "database", "field", "function", "index", "index_report", "load", "load_report", "partition", "partition_load",
		"replica", "resource_group", "struct_field",
	}, Covered())
	b, err := EncodeHead(&Head{Covered: []string{"role", "alias"}})
	require.NoError(t, err)
	h, err := DecodeHead(b)
	require.NoError(t, err)
	require.Equal(t, []string{"alias", "role"}, h.Covered)
}

func TestMalformedHeadLeaderEntry(t *testing.T) {
	t.Parallel()
	for _, b := range [][]byte{nil, {}, {0x80}, {8}, {8, 1, 58, 1, 9}, {8, 1, 74, 1, 0xff}, tombstone} {
		_, err := DecodeHead(b)
		requireMalformed(t, err)
	}
	for _, b := range [][]byte{{0x80}, {8}, {18, 1, 0xff}} {
		_, err := DecodeLeader(b)
		requireMalformed(t, err)
	}
	for _, b := range [][]byte{nil, {}, {0x80}, {10, 1, 1, 16, 1}, {16, 0xff, 0xff, 0xff, 0xff, 0x1f}} {
		_, err := DecodeJournalEntry(b)
		requireMalformed(t, err)
	}
	for _, e := range []*JournalEntry{{}, {Payload: []byte{1}, Parts: 1}} {
		_, err := EncodeJournalEntry(e)
		require.Error(t, err)
	}
	for _, h := range []*Head{{ClusterID: "\xff"}, {Covered: []string{"\xff"}}} {
		_, err := EncodeHead(h)
		require.Error(t, err)
	}
	for _, l := range []*Leader{{Node: "\xff"}, {Address: "\xff"}} {
		_, err := EncodeLeader(l)
		require.Error(t, err)
	}
}

func TestLeaderAndEntryAreTheGeneratedMessages(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := &Leader{Epoch: rapid.Uint64().Draw(t, "epoch"), Node: genText().Draw(t, "node"), Address: genText().Draw(t, "address"), Beat: rapid.Uint64().Draw(t, "beat")}
		b, err := EncodeLeader(l)
		require.NoError(t, err)
		require.Equal(t, marshal(t, &metav1.Leader{Epoch: l.Epoch, Node: l.Node, Address: l.Address, Beat: l.Beat}), b)
		leader, err := DecodeLeader(b)
		require.NoError(t, err)
		require.Equal(t, l, leader)

		e := &JournalEntry{Last: catalog.Revision(rapid.Uint64().Draw(t, "last")), Timestamp: model.Timestamp(rapid.Uint64().Draw(t, "timestamp"))}
		if rapid.Bool().Draw(t, "parted") {
			e.Parts = rapid.Uint32Min(1).Draw(t, "parts")
		} else {
			e.Payload = rapid.SliceOfN(rapid.Byte(), 1, 300).Draw(t, "payload")
		}
		b, err = EncodeJournalEntry(e)
		require.NoError(t, err)
		require.Equal(t, marshal(t, &metav1.JournalEntry{Payload: e.Payload, Parts: e.Parts, Last: uint64(e.Last), Timestamp: uint64(e.Timestamp)}), b)
		entry, err := DecodeJournalEntry(b)
		require.NoError(t, err)
		require.Equal(t, e, entry)
	})
}

func TestJournalKeys(t *testing.T) {
	t.Parallel()
	require.Equal(t, "taproot/journal/000000000000002a", JournalKey(42))
	require.Equal(t, "taproot/journal/000000000000002a/0000000b", JournalPartKey(42, 11))
	require.Equal(t, "taproot/journal/ffffffffffffffff/ffffffff", JournalPartKey(math.MaxUint64, math.MaxUint32))
	for _, key := range []string{
		"", "taproot/journal", "taproot/journal/", "taproot/head", "taproot/journal/2a", "taproot/journal/000000000000002A",
		"taproot/journal/+00000000000002a", "taproot/journal/000000000000002a/", "taproot/journal/000000000000002a/b",
		"taproot/journal/000000000000002a/0000000b/", "taproot/journal/000000000000002g", "taproot/journal/00000000000000_1",
		"taproot/journal/000000000000002a/+000000b", "x/taproot/journal/000000000000002a",
	} {
		_, _, ok := ParseJournalKey(key)
		require.False(t, ok, key)
	}
	rapid.Check(t, func(t *rapid.T) {
		a, b := catalog.Revision(rapid.Uint64().Draw(t, "a")), catalog.Revision(rapid.Uint64().Draw(t, "b"))
		m, n := rapid.Uint32().Draw(t, "m"), rapid.Uint32().Draw(t, "n")
		rev, part, ok := ParseJournalKey(JournalKey(a))
		require.True(t, ok)
		require.Equal(t, a, rev)
		require.EqualValues(t, NoPart, part)
		rev, part, ok = ParseJournalKey(JournalPartKey(b, n))
		require.True(t, ok)
		require.Equal(t, b, rev)
		require.EqualValues(t, n, part)

		require.Equal(t, a < b, JournalKey(a) < JournalKey(b))
		require.Equal(t, a < b, JournalPartKey(a, m) < JournalKey(b))
		require.Equal(t, m < n, JournalPartKey(a, m) < JournalPartKey(a, n))
		require.Less(t, JournalKey(a), JournalPartKey(a, n))
	})
}

func FuzzDecodeHead(f *testing.F) {
	for _, g := range golden() {
		if h, ok := g.value.(*Head); ok {
			b, err := EncodeHead(h)
			require.NoError(f, err)
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := DecodeHead(b)
		if err != nil {
			return
		}
		var m metav1.Head
		require.NoError(t, proto.Unmarshal(b, &m))
		back, err := EncodeHead(h)
		require.NoError(t, err)
		again, err := DecodeHead(back)
		require.NoError(t, err)
		slices.Sort(h.Covered)
		h.Format = again.Format // the oldest that holds it
		require.Equal(t, h, again)
	})
}

func TestFormatsBeyond32Bits(t *testing.T) {
	t.Parallel()
	_, err := DecodeHead([]byte{8, 0x81, 0x80, 0x80, 0x80, 0x10}) // 2^32 + 1
	require.True(t, errors.Is(err, ErrFormat))
}
