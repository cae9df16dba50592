package codec

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
)

func TestKeys(t *testing.T) {
	t.Parallel()
	for key, ref := range map[string]catalog.Ref{
		"meta/root-coord/database/db-info/1":                              {Kind: catalog.KindDatabase, ID: 1},
		"meta/root-coord/database/collection-info/1/449000000000000101":   {Kind: catalog.KindCollection, Parent: 1, ID: 449000000000000101},
		"meta/root-coord/fields/449000000000000101/0":                     {Kind: catalog.KindField, Parent: 449000000000000101},
		"meta/root-coord/fields/449000000000000101/100":                   {Kind: catalog.KindField, Parent: 449000000000000101, ID: 100},
		"meta/root-coord/partitions/449000000000000101/44900000000000102": {Kind: catalog.KindPartition, Parent: 449000000000000101, ID: 44900000000000102},
		"meta/root-coord/functions/449000000000000101/100":                {Kind: catalog.KindFunction, Parent: 449000000000000101, ID: 100},
		"meta/root-coord/struct-array-fields/449000000000000101/105":      {Kind: catalog.KindStructField, Parent: 449000000000000101, ID: 105},
		"meta/root-coord/database/aliases/1/bk":                           {Kind: catalog.KindAlias, Parent: 1, Name: "bk"},
		"meta/root-coord/database/aliases/1/0":                            {Kind: catalog.KindAlias, Parent: 1, Name: "0"},
		"meta/root-coord/database/db-info/9223372036854775807":            {Kind: catalog.KindDatabase, ID: math.MaxInt64},

		"meta/field-index/449000000000000101/449000000000000103":                   {Kind: catalog.KindIndex, Parent: 449000000000000101, ID: 449000000000000103},
		"meta/querycoord-collection-loadinfo/449000000000000101":                   {Kind: catalog.KindLoad, Parent: 449000000000000101, ID: 449000000000000101},
		"meta/querycoord-partition-loadinfo/449000000000000101/449000000000000102": {Kind: catalog.KindPartitionLoad, Parent: 449000000000000101, ID: 449000000000000102},
		"meta/querycoord-replica/449000000000000101/449000000000000104":            {Kind: catalog.KindReplica, Parent: 449000000000000101, ID: 449000000000000104},
		"meta/queryCoord-ResourceGroup/__default_resource_group":                   {Kind: catalog.KindResourceGroup, Name: "__default_resource_group"},
		"taproot/status/index/449000000000000101/449000000000000103":               {Kind: catalog.KindIndexReport, Parent: 449000000000000101, ID: 449000000000000103},
		"taproot/status/load/449000000000000101":                                   {Kind: catalog.KindLoadReport, Parent: 449000000000000101, ID: 449000000000000101},
	} {
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, key, Key(ref))
			got, ok := ParseKey(key)
			require.True(t, ok)
			require.Equal(t, ref, got)
		})
	}
	require.Empty(t, Key(catalog.Ref{}))
}

func TestKeysOfNoRecord(t *testing.T) {
	t.Parallel()
	for _, key := range []string{
		"", "/", "meta", "meta/", "meta/root-coord/", "taproot/head",
		"/meta/root-coord/database/db-info/1",
		"by-dev/meta/root-coord/database/db-info/1",
		"meta/root-coord/database/db-info/",
		"meta/root-coord/database/db-info/1/",
		"meta/root-coord/database/db-info/1/2",
		"meta/root-coord/database/db-info//1",
		"meta/root-coord/database/db-info/0",
		"meta/root-coord/database/db-info/01",
		"meta/root-coord/database/db-info/+1",
		"meta/root-coord/database/db-info/-1",
		"meta/root-coord/database/db-info/ 1",
		"meta/root-coord/database/db-info/1x",
		"meta/root-coord/database/db-info/1_000",
		"meta/root-coord/database/db-info/0x1",
		"meta/root-coord/database/db-info/١",
		"meta/root-coord/database/db-info/9223372036854775808",
		"meta/root-coord/database/db-info/99999999999999999999",
		"meta/root-coord/database/collection-info/1",
		"meta/root-coord/database/collection-info/1/",
		"meta/root-coord/database/collection-info//1",
		"meta/root-coord/database/collection-info/1/2/3",
		"meta/root-coord/database/collection-info/01/2",
		"meta/root-coord/database/collection-info/1/0",
		"meta/root-coord/fields/1/00",
		"meta/root-coord/fields/1/-0",
		"meta/root-coord/fields/0/100",
		"meta/root-coord/partitions/1/0",
		"meta/root-coord/database/aliases/1/",
		"meta/root-coord/database/aliases/1/a/b",
		"meta/root-coord/database/aliases/1/a/",
		"meta/root-coord/database/aliases/1//a",
		"meta/root-coord/database/aliases/x/a",
		"meta/root-coord/aliases/a",    // of no database: before 2.3
		"meta/root-coord/collection/1", // likewise
		"meta/root-coord/functions/1/0",
		"meta/root-coord/functions/44",
		"meta/root-coord/functions/44/1/2",
		"meta/root-coord/functions/x/1",
		"meta/root-coord/struct-array-fields/0/101",
		"meta/root-coord/struct-array-fields/1/0",
		"meta/field-index/1",
		"meta/field-index/1/0",
		"meta/field-index/1/2/3",
		"meta/segment-index/1/2/3/4",
		"meta/querycoord-collection-loadinfo/",
		"meta/querycoord-collection-loadinfo/0",
		"meta/querycoord-collection-loadinfo/1/2",
		"meta/querycoord-partition-loadinfo/1",
		"meta/querycoord-replica/01/2",
		"meta/queryCoord-ReplicaMeta/1", // up to 2.1
		"meta/querycoord-ResourceGroup/rg",
		"meta/queryCoord-ResourceGroup/",
		"meta/queryCoord-ResourceGroup/a/b",
		"taproot/status/index/1",
		"taproot/status/load/1/2",
		"taproot/status/load/x",
		"meta/root-coord/grants/1/2", // a kind of a later version
		"meta/snapshots/root-coord/fields/1/2_ts3",
		"Meta/root-coord/fields/1/2",
	} {
		ref, ok := ParseKey(key)
		require.False(t, ok, key)
		require.Equal(t, catalog.Ref{}, ref, key)
	}
}

func TestKeysThereAndBack(t *testing.T) {
	t.Parallel()
	forEachKind(t, func(t *testing.T, k catalog.Kind) {
		t.Helper()
		rapid.Check(t, func(t *rapid.T) {
			ref, _ := genRecord(t, k)
			if k == catalog.KindAlias || k == catalog.KindResourceGroup {
				ref.Name = rapid.StringMatching(`[^/]{1,300}`).Draw(t, "name")
			}
			key := Key(ref)
			require.True(t, slices.ContainsFunc(Prefixes(), func(p string) bool { return strings.HasPrefix(key, p) }))
			back, ok := ParseKey(key)
			require.True(t, ok)
			require.Equal(t, ref, back)
		})
	})
}

// Ids that taproot gives have the same number of digits for centuries, so the order of keys is the order of creation.
func TestOrderOfKeysIsOrderOfIDs(t *testing.T) {
	t.Parallel()
	ids := rapid.Int64Range(1e17, 1e18-1) // 18 digits: (Unix ms) << 18 from 1982 to 2090
	rapid.Check(t, func(t *rapid.T) {
		a, b := model.ID(ids.Draw(t, "a")), model.ID(ids.Draw(t, "b"))
		for _, k := range []catalog.Kind{catalog.KindCollection, catalog.KindPartition} {
			require.Equal(t, a < b, Key(catalog.Ref{Kind: k, Parent: 1, ID: a}) < Key(catalog.Ref{Kind: k, Parent: 1, ID: b}))
		}
		require.Equal(t, a < b, Key(catalog.Ref{Kind: catalog.KindField, Parent: a, ID: 100}) < Key(catalog.Ref{Kind: catalog.KindField, Parent: b, ID: 0}))
	})
}

func TestPrefixes(t *testing.T) {
	t.Parallel()
	ps := Prefixes()
	require.Len(t, ps, len(catalog.Kinds()))
	for i, p := range ps {
		require.True(t, strings.HasSuffix(p, "/"))
		for j, q := range ps {
			require.False(t, i != j && strings.HasPrefix(p, q), "%s, %s", p, q)
		}
	}
}

func FuzzParseKey(f *testing.F) {
	for _, p := range Prefixes() {
		for _, s := range []string{"", "1", "1/2", "1/0", "1/a/b", "01/2", "1/-2", "9223372036854775808/1"} {
			f.Add(p + s)
		}
	}
	f.Fuzz(func(t *testing.T, key string) {
		ref, ok := ParseKey(key)
		if !ok {
			require.Equal(t, catalog.Ref{}, ref)
			return
		}
		require.Equal(t, key, Key(ref))
		require.Contains(t, catalog.Kinds(), ref.Kind)
	})
}
