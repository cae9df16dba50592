package codec

import (
	"bufio"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/taproot-db/taproot/metastore/catalog"
	milvusv1 "github.com/taproot-db/taproot/proto/taproot/milvus/v1"
)

// FuzzDecode holds Decode to the generated types: it accepts what they accept, and what it reads and writes again is the
// same message to them, unknown fields included.
func FuzzDecode(f *testing.F) {
	file, err := os.Open("testdata/milvus-2.3.5.jsonl")
	require.NoError(f, err)
	defer func() { require.NoError(f, file.Close()) }()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var item struct {
			Key   string
			Value []byte
		}
		require.NoError(f, json.Unmarshal(lines.Bytes(), &item))
		ref, ok := ParseKey(strings.TrimPrefix(item.Key, "by-dev/"))
		require.True(f, ok)
		if ref.ID%8 == 0 || ref.Kind != catalog.KindPartition {
			f.Add(uint8(ref.Kind), item.Value)
		}
	}
	for _, g := range golden() {
		if ref, ok := ParseKey(g.key); ok {
			b, err := Encode(g.value)
			require.NoError(f, err)
			f.Add(uint8(ref.Kind), append(b, unknown(20)...))
		}
	}
	for _, k := range catalog.Kinds() {
		f.Add(uint8(k), tombstone)
	}
	f.Fuzz(func(t *testing.T, kind uint8, value []byte) {
		m := emptyMessage(catalog.Kind(kind))
		if m == nil {
			return
		}
		const parent = 7
		if err := proto.Unmarshal(value, m); err != nil {
			_, err := Decode(refOfMessage(m, parent), value)
			requireMalformed(t, err)
			return
		}
		ref := refOfMessage(m, parent)
		rec, err := Decode(ref, value)
		if err != nil {
			requireMalformed(t, err)
			require.Contains(t, err.Error(), "reserved") // the one thing that is refused besides
			return
		}
		again, err := Encode(rec)
		require.NoError(t, err)
		back := emptyMessage(ref.Kind)
		require.NoError(t, proto.Unmarshal(again, back))

		// What is set right: the key has the last word on ids, a collection has a schema, a resource group's configuration has both numbers.
		switch m := m.(type) {
		case *milvusv1.CollectionInfo:
			m.DbId = parent
			if m.Schema == nil {
				m.Schema = &milvusv1.CollectionSchema{}
			}
		case *milvusv1.PartitionInfo:
			m.CollectionId = int64(ref.Parent)
		case *milvusv1.AliasInfo:
			m.DbId = parent
		case *milvusv1.FieldIndex:
			if m.IndexInfo == nil {
				m.IndexInfo = &milvusv1.IndexInfo{}
			}
		case *milvusv1.ResourceGroup:
			if c := m.Config; c != nil && c.Requests == nil {
				c.Requests = &milvusv1.ResourceGroupLimit{}
			}
			if c := m.Config; c != nil && c.Limits == nil {
				c.Limits = &milvusv1.ResourceGroupLimit{}
			}
		}
		require.True(t, proto.Equal(m, back), "want %v\n got %v", m, back)

		// The second time nothing changes any more.
		rec, err = Decode(ref, again)
		require.NoError(t, err)
		third, err := Encode(rec)
		require.NoError(t, err)
		require.Equal(t, again, third)
	})
}

func TestDecodeRequestsReadsTheSameAsDecodeChangeSets(t *testing.T) {
	t.Parallel()
	sets := []*catalog.ChangeSet{
		{Revision: 1, Timestamp: 5, RequestID: "a", Body: 9, Result: catalog.Result{Collection: 3}, Changes: books(100000, "books")},
		{Revision: 2},
		{Revision: 3, RequestID: "b"},
	}
	for i := range sets[0].Changes {
		_, err := Seal(catalog.Empty(), &sets[0].Changes[i])
		require.NoError(t, err)
	}
	payload, err := EncodeChangeSets(sets)
	require.NoError(t, err)
	touched := map[catalog.Ref]catalog.Revision{}
	requests, err := DecodeRequests(payload, func(r catalog.Ref, at catalog.Revision) { touched[r] = at })
	require.NoError(t, err)
	require.Equal(t, []Request{
		{ID: "a", Body: 9, Revision: 1, Timestamp: 5, Result: catalog.Result{Collection: 3}},
		{ID: "b", Revision: 3},
	}, requests)
	fields := 0
	for i := range sets[0].Changes {
		ref := sets[0].Changes[i].Ref
		_, told := touched[ref]
		if ref.Kind == catalog.KindField {
			fields++
			require.Equal(t, fields == 1, told, "of the fields only the first: %v", ref)
			continue
		}
		require.Equal(t, catalog.Revision(1), touched[ref], "%v", ref)
	}
	require.Len(t, touched, len(sets[0].Changes)-fields+1)

	for _, broken := range [][]byte{[]byte("no zstd"), compress(t, []byte{10, 5}), compress(t, []byte{10, 1, 8})} {
		_, err := DecodeRequests(broken, nil)
		requireMalformed(t, err)
	}
}

func TestWhatBelongsToACollection(t *testing.T) {
	t.Parallel()
	require.Equal(t, []string{
		"meta/root-coord/fields/44/", "meta/root-coord/partitions/44/", "meta/root-coord/functions/44/", "meta/root-coord/struct-array-fields/44/",
		"meta/field-index/44/", "meta/querycoord-partition-loadinfo/44/", "meta/querycoord-replica/44/", "taproot/status/index/44/",
	}, ChildPrefixes(44))
	require.Equal(t, []string{"meta/querycoord-collection-loadinfo/44", "taproot/status/load/44"}, ChildKeys(44))

	// Every kind that belongs to a collection is under one of the two.
	for _, k := range catalog.Kinds() {
		if k.Belongs() {
			key := Key(catalog.Ref{Kind: k, Parent: 44, ID: 44})
			under := slices.ContainsFunc(ChildPrefixes(44), func(p string) bool { return strings.HasPrefix(key, p) })
			require.True(t, under != slices.Contains(ChildKeys(44), key), key)
		}
	}
}
