package etcd

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/mvccpb"
	"pgregory.net/rapid"
)

// model answers like etcd and keeps account of what that would cost it.
type model struct {
	keys      []string // sorted
	value     []byte
	requests  int
	visited   int // keys walked over to count them
	miscounts bool
	size      *pageSize // nil: as in real life
}

func (m *model) ask(_ context.Context, from, end []byte, limit int64) (*etcdserverpb.RangeResponse, error) {
	lo := sort.SearchStrings(m.keys, string(from))
	hi := len(m.keys)
	if end != nil {
		hi = max(sort.SearchStrings(m.keys, string(end)), lo)
	}
	m.requests++
	m.visited += hi - lo
	n := min(hi-lo, int(limit))
	resp := &etcdserverpb.RangeResponse{Count: int64(hi - lo), More: hi-lo > n}
	if m.miscounts {
		resp.Count = 0
	}
	for _, k := range m.keys[lo : lo+n] {
		resp.Kvs = append(resp.Kvs, &mvccpb.KeyValue{Key: []byte(k), Value: m.value})
	}
	return resp, nil
}

func (m *model) all(ctx context.Context, t require.TestingT, from, end []byte) []string {
	got := []string{}
	size := m.size
	if size == nil {
		size = newPageSize()
	}
	err := paged(ctx, size, from, end, m.ask, func(kvs []*mvccpb.KeyValue) error {
		for _, kv := range kvs {
			got = append(got, string(kv.Key))
		}
		return nil
	})
	require.NoError(t, err)
	return got
}

// However keys lie, each is read once, at a cost that grows with their number and not with its square.
func TestPagedCost(t *testing.T) {
	const n = 50_000
	rng := rand.New(rand.NewPCG(1, 2))
	random := func(size int) string {
		b := make([]byte, size)
		for i := range b {
			b[i] = byte(rng.Uint32())
		}
		return string(b)
	}
	for _, c := range []struct {
		name string
		key  func(i int) string
	}{
		{"decimal numbers", func(i int) string { return fmt.Sprintf("k/%d", i) }},
		{"padded numbers", func(i int) string { return fmt.Sprintf("by-dev/meta/%020d", i) }},
		{"hex numbers", func(i int) string { return fmt.Sprintf("journal/%016x", i) }},
		{"random bytes", func(int) string { return random(16) }},
		{"random bytes of any length", func(int) string { return random(1 + rng.IntN(40)) }},
		{"binary numbers", func(i int) string { return string(binary.BigEndian.AppendUint64(nil, uint64(i))) }},
		{"little-endian numbers", func(i int) string { return string(binary.LittleEndian.AppendUint64(nil, uint64(i))) }},
		{"objects and their children", func(i int) string {
			if i%10 == 0 {
				return fmt.Sprintf("by-dev/meta/root-coord/database/collection-info/1/%d", 450_000_000_000+i)
			}
			return fmt.Sprintf("by-dev/meta/root-coord/fields/%d/%d", 450_000_000_000+i-i%10, 100+i%10)
		}},
		{"many clusters far apart", func(i int) string {
			return fmt.Sprintf("%08x/%s/%06d", (i/1500)*2654435761, strings.Repeat("deep/", 20), i)
		}},
		{"half in one spot", func(i int) string {
			if i%2 == 0 {
				return random(12)
			}
			return fmt.Sprintf("m/%s/%d", strings.Repeat("x", 60), i)
		}},
		{"ever denser", func(i int) string { // half of the keys in each half of what is left
			zeros := 0
			for x := i; x&1 == 1; x >>= 1 {
				zeros++
			}
			return strings.Repeat("\xff", zeros) + "a" + random(8)
		}},
		{"ever sparser", func(i int) string {
			zeros := 0
			for x := i; x&1 == 1; x >>= 1 {
				zeros++
			}
			return strings.Repeat("\x00", 20-zeros) + "a" + random(8)
		}},
		{"powers", func(i int) string { return fmt.Sprintf("%b", uint64(i)*uint64(i)*uint64(i)) }},
		{"identifiers", func(int) string { return fmt.Sprintf("%x-%x", random(4), random(12)) }},
		{"all but one in the last block", func(i int) string {
			if i == 0 {
				return "a"
			}
			return "\xff\xff\xff" + fmt.Sprint(i)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			// Small pages make as many of them as large ones of millions of keys.
			const page = 64
			m := &model{value: make([]byte, 100), size: &pageSize{keys: 16, most: page}}
			for i := range n {
				m.keys = append(m.keys, c.key(i))
			}
			sort.Strings(m.keys)
			m.keys = slices.Compact(m.keys)
			got := m.all(t.Context(), t, []byte{0}, nil)
			require.True(t, slices.Equal(m.keys, got), "%d keys of %d", len(got), len(m.keys))
			t.Logf("%d keys: %d requests, %.1f steps a key", len(got), m.requests, float64(m.visited)/float64(len(got)))
			// Counting the rest for each page would be n/2/page, 390 steps a key. "powers" is the worst: each of its digits
			// is a full block within the one before.
			require.Less(t, m.visited, 60*len(m.keys))
			require.Less(t, m.requests, 6*len(m.keys)/page+200)
		})
	}
}

// The property that matters most: nothing is left out, nothing comes twice, whatever the keys and bounds are.
func TestPagedIsComplete(t *testing.T) {
	t.Parallel()
	keys := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) string {
		alphabet := rapid.SampledFrom([]string{"\x00\xff", "ab", "\x00\x01\x7f\x80\xfe\xff"}).Draw(t, "alphabet")
		return rapid.StringOfN(rapid.SampledFrom([]rune(latin1(alphabet))), 1, 24, -1).Draw(t, "key")
	}), 0, 500)
	rapid.Check(t, func(t *rapid.T) {
		m := &model{value: make([]byte, rapid.SampledFrom([]int{0, 10_000}).Draw(t, "size"))}
		m.size = &pageSize{keys: rapid.Int64Range(1, 4).Draw(t, "page"), most: 8} // so that few keys are many pages
		m.miscounts = rapid.Bool().Draw(t, "miscounts")
		for _, k := range keys.Draw(t, "keys") {
			m.keys = append(m.keys, bytesOf(k))
		}
		sort.Strings(m.keys)
		m.keys = slices.Compact(m.keys)
		prefix := ""
		if len(m.keys) > 0 && rapid.Bool().Draw(t, "prefixed") {
			k := rapid.SampledFrom(m.keys).Draw(t, "prefix of")
			prefix = k[:rapid.IntRange(0, len(k)).Draw(t, "length")]
		}
		from, want := []byte(prefix), []string{}
		if prefix == "" {
			from = []byte{0}
		}
		for _, k := range m.keys {
			if strings.HasPrefix(k, prefix) {
				want = append(want, k)
			}
		}
		require.Equal(t, want, m.all(t.Context(), t, from, prefixEnd(prefix)))
	})
}

// latin1 spells bytes as runes, because rapid makes strings of runes; bytesOf is the way back.
func latin1(s string) string {
	var sb strings.Builder
	for i := range len(s) {
		sb.WriteRune(rune(s[i]))
	}
	return sb.String()
}

func bytesOf(s string) string {
	var b []byte
	for _, r := range s {
		b = append(b, byte(r))
	}
	return string(b)
}

func TestPagesFollowTheSizeOfValues(t *testing.T) {
	t.Parallel()
	m := &model{value: make([]byte, 600<<10)}
	for i := range 1000 {
		m.keys = append(m.keys, fmt.Sprintf("k%04d", i))
	}
	largest := 0
	err := paged(t.Context(), newPageSize(), []byte("k"), []byte("l"), m.ask, func(kvs []*mvccpb.KeyValue) error {
		if len(kvs) > 0 && kvs[0].Key[1] != '0' { // after some pages
			largest = max(largest, len(kvs))
		}
		return nil
	})
	require.NoError(t, err)
	require.LessOrEqual(t, largest*len(m.value), 3*pageBytes)
}

func TestPagedEndsWithTheErrorOfEither(t *testing.T) {
	t.Parallel()
	m := &model{keys: []string{"a", "b"}}
	require.ErrorIs(t, paged(t.Context(), newPageSize(), []byte{0}, nil, m.ask, func([]*mvccpb.KeyValue) error { return errStopped }), errStopped)
	failing := func(context.Context, []byte, []byte, int64) (*etcdserverpb.RangeResponse, error) {
		return nil, errStopped
	}
	require.ErrorIs(t, paged(t.Context(), newPageSize(), []byte{0}, nil, failing, nil), errStopped)
}

func TestBlockEndLiesBehindTheKey(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.SliceOfN(rapid.Byte(), 0, 12).Draw(t, "key")
		depth := rapid.IntRange(1, 120).Draw(t, "depth")
		end := blockEnd(key, depth)
		if end == nil {
			for i := range min(depth/8, len(key)) {
				require.Equal(t, byte(0xff), key[i], "only the last block has no end")
			}
			return
		}
		require.Greater(t, string(end), string(key))
		wider := blockEnd(key, max(depth-1, 1))
		require.True(t, wider == nil || string(wider) >= string(end), "a block lies within the wider ones")
	})
}
