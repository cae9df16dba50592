package kvstoretest

import (
	"fmt"
	"math/rand/v2"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/kvstore"
)

var rangeCases = []testCase{
	ranged("nothing in an empty store", nil, "", "", nil),
	ranged("an empty prefix means every key",
		[]string{"a", "b/1", "\x00", "\xff"}, "", "", []string{"\x00", "a", "b/1", "\xff"}),
	ranged("keys come in the order of their bytes",
		[]string{"a", "B", "ä", "Z", "aa", "a\x00", "a\xff", "\x80", "0", "10", "9"}, "", "",
		[]string{"0", "10", "9", "B", "Z", "a", "a\x00", "aa", "a\xff", "\x80", "ä"}),
	ranged("a prefix matches from the start only",
		[]string{"a/1", "b/a/1", "a", "a/2", "a0", "A/1"}, "a/", "", []string{"a/1", "a/2"}),
	ranged("a prefix that is a key includes it",
		[]string{"a", "aa", "ab", "b"}, "a", "", []string{"a", "aa", "ab"}),
	ranged("keys that are prefixes of keys",
		[]string{"a", "a\x00", "a\x00\x00", "aa", "a/", "a/b", "b"}, "a", "",
		[]string{"a", "a\x00", "a\x00\x00", "a/", "a/b", "aa"}),
	ranged("a prefix that no key has", []string{"a", "c"}, "b", "", nil),
	ranged("a prefix longer than any key", []string{"a", "ab"}, "abc", "", nil),
	ranged("a prefix before all keys", []string{"b"}, "a", "", nil),
	ranged("a prefix behind all keys", []string{"b"}, "c", "", nil),
	ranged("the prefix 0x00", []string{"\x00", "\x00\x00", "\x00a", "\x01", "a"}, "\x00", "", []string{"\x00", "\x00\x00", "\x00a"}),
	ranged("the prefix 0xff", []string{"\xfe\xff", "\xff", "\xff\x00", "\xff\xff", "\xff\xff\xff"}, "\xff", "",
		[]string{"\xff", "\xff\x00", "\xff\xff", "\xff\xff\xff"}),
	ranged("a prefix of nothing but 0xff", []string{"\xff", "\xff\xfe", "\xff\xff", "\xff\xff\x00", "\xff\xff\xff"}, "\xff\xff", "",
		[]string{"\xff\xff", "\xff\xff\x00", "\xff\xff\xff"}),
	ranged("a prefix that ends in 0xff", []string{"a", "a\xfe", "a\xff", "a\xff\x00", "a\xff\xff", "b", "b\x00"}, "a\xff", "",
		[]string{"a\xff", "a\xff\x00", "a\xff\xff"}),
	ranged("after is exclusive", []string{"a", "b", "c"}, "", "b", []string{"c"}),
	ranged("after is a whole key, not a prefix", []string{"b", "b\x00", "b/1", "c"}, "", "b", []string{"b\x00", "b/1", "c"}),
	ranged("after need not exist", []string{"a", "c", "d"}, "", "b", []string{"c", "d"}),
	ranged("after the last key", []string{"a", "b"}, "", "b", nil),
	ranged("after everything", []string{"a", "b"}, "", "\xff\xff\xff", nil),
	ranged("after before the prefix", []string{"a/1", "b/1", "b/2"}, "b/", "a/1", []string{"b/1", "b/2"}),
	ranged("after inside the prefix", []string{"a/9", "b/1", "b/2", "b/3", "c"}, "b/", "b/1", []string{"b/2", "b/3"}),
	ranged("after equal to the prefix", []string{"b", "b/1", "b/2", "c"}, "b", "b", []string{"b/1", "b/2"}),
	ranged("after behind the prefix", []string{"b/1", "b/2", "c"}, "b/", "c", nil),
	ranged("after at the last key of the prefix", []string{"b/1", "b/2", "c"}, "b/", "b/2", nil),
	ranged("after shorter than the prefix", []string{"b/1", "b/2"}, "b/", "b", []string{"b/1", "b/2"}),
	ranged("after 0x00", []string{"\x00", "\x00\x00", "a"}, "", "\x00", []string{"\x00\x00", "a"}),
	ranged("after a key of 0xff in a prefix of 0xff", []string{"\xff", "\xff\xff", "\xff\xff\xff"}, "\xff", "\xff\xff", []string{"\xff\xff\xff"}),

	{"values come with their keys", func(t *testing.T, b *bench) {
		commit(t, b.s, puts("a", "1", "b", "", "c", "\x00\xff"))
		require.Equal(t, []kvstore.Item{item("a", "1"), item("b", ""), item("c", "\x00\xff")}, dump(t, b.s))
	}},
	{"deleted keys are left out", func(t *testing.T, b *bench) {
		commit(t, b.s, puts("a", "1", "b", "2", "c", "3"))
		commit(t, b.s, del("b"))
		require.Equal(t, []string{"a", "c"}, keys(t, view(t, b.s), "", ""))
	}},
	{"a consumer may stop early", func(t *testing.T, b *bench) {
		load(t, b.s, numbered("k", 2000, 10))
		r := view(t, b.s)
		for _, stop := range []int{0, 1, 9, 10, 11, 500, 1999} {
			n := 0
			for it, err := range r.Range(t.Context(), "k", "") {
				require.NoError(t, err)
				require.Equal(t, fmt.Sprintf("k%08d", n), it.Key)
				if n == stop {
					break
				}
				n++
			}
			require.Equal(t, stop, n)
		}
		require.Len(t, collect(t, r, "", ""), 2000)
	}},
	{"a sequence may be iterated again", func(t *testing.T, b *bench) {
		commit(t, b.s, puts("a", "1", "b", "2"))
		seq := view(t, b.s).Range(t.Context(), "", "")
		for range 2 {
			n := 0
			for _, err := range seq {
				require.NoError(t, err)
				n++
			}
			require.Equal(t, 2, n)
		}
	}},
	{"ranges and gets nest", func(t *testing.T, b *bench) {
		load(t, b.s, numbered("k", 30, 1))
		r := view(t, b.s)
		inner := 0
		for outer, err := range r.Range(t.Context(), "k", "") {
			require.NoError(t, err)
			value, err := r.Get(t.Context(), outer.Key)
			require.NoError(t, err)
			require.Equal(t, outer.Value, value)
			for it, err := range r.Range(t.Context(), "k", outer.Key) {
				require.NoError(t, err)
				require.Greater(t, it.Key, outer.Key)
				inner++
			}
		}
		require.Equal(t, 30*29/2, inner)
	}},
	{"paging by after gives every key once", func(t *testing.T, b *bench) {
		load(t, b.s, numbered("k", 500, 1))
		r := view(t, b.s)
		var got []string
		after := ""
		for {
			n := 0
			for it, err := range r.Range(t.Context(), "k", after) {
				require.NoError(t, err)
				got = append(got, it.Key)
				if n++; n == 7 {
					break
				}
			}
			if n == 0 {
				break
			}
			after = got[len(got)-1]
		}
		require.Equal(t, keys(t, r, "k", ""), got)
	}},
	{"random keys agree with a sorted list", func(t *testing.T, b *bench) {
		rng := rand.New(rand.NewPCG(1, 2))
		random := func() string {
			alphabet := "\x00\x01ab/\xfe\xff"
			var sb strings.Builder
			for range rng.IntN(5) {
				sb.WriteByte(alphabet[rng.IntN(len(alphabet))])
			}
			return sb.String()
		}
		model := map[string]bool{}
		for range 400 {
			if k := random(); k != "" {
				model[k] = true
			}
		}
		var all []string
		var items []kvstore.Item
		for k := range model {
			all = append(all, k)
			items = append(items, item(k, "v"+k))
		}
		sort.Strings(all)
		load(t, b.s, items)
		r := view(t, b.s)
		for range 300 {
			prefix, after := random(), random()
			want := []string{}
			for _, k := range all {
				if strings.HasPrefix(k, prefix) && k > after {
					want = append(want, k)
				}
			}
			require.Equal(t, want, keys(t, r, prefix, after), "prefix %q, after %q", prefix, after)
		}
	}},
	{"large values are paged", func(t *testing.T, b *bench) {
		value := bigValue(b.s, 1<<20)
		const n = 24
		for i := range n {
			commit(t, b.s, put(fmt.Sprintf("big/%02d", i), value))
		}
		commit(t, b.s, puts("bif", "1", "bigger", "1"))
		seen := 0
		for it, err := range view(t, b.s).Range(t.Context(), "big/", "") {
			require.NoError(t, err)
			require.Equal(t, fmt.Sprintf("big/%02d", seen), it.Key)
			require.True(t, string(it.Value) == value)
			seen++
		}
		require.Equal(t, n, seen)
	}},
	{"the cost of a range grows with its length, not with its square", func(t *testing.T, b *bench) {
		// One long range takes about as long as ten of a tenth if the cost is linear, and ten times as long if each key costs a
		// look at all that follow. What else the machine does comes on top, so one good measurement of several is proof.
		const tenth, limit, tries = 10, 4, 8
		n := b.cfg.keys
		load(t, b.s, numbered("few/", n/tenth, 20))
		load(t, b.s, numbered("many/", n, 20))
		r := view(t, b.s)
		for range tries {
			short := timed(func() {
				for range tenth {
					requireCount(t, r, "few/", n/tenth)
				}
			})
			long := timed(func() { requireCount(t, r, "many/", n) })
			t.Logf("%d keys: %v in ranges of a tenth, %v in one", n, short, long)
			if long < limit*short {
				return
			}
		}
		t.Errorf("one range took more than %d times as long as %d of a tenth, %d times running", limit, tenth, tries)
	}},
}

// ranged makes a case: of these keys, prefix and after give those.
func ranged(name string, all []string, prefix, after string, want []string) testCase {
	return testCase{name, func(t *testing.T, b *bench) {
		var txn kvstore.Txn
		for _, k := range all {
			txn.Puts = append(txn.Puts, item(k, "v"+k))
		}
		if len(all) > 0 {
			commit(t, b.s, txn)
		}
		got := collect(t, view(t, b.s), prefix, after)
		var items []kvstore.Item
		for _, k := range want {
			items = append(items, item(k, "v"+k))
		}
		require.Equal(t, items, got)
	}}
}

// numbered returns n items whose values have size bytes.
func numbered(prefix string, n, size int) []kvstore.Item {
	items := make([]kvstore.Item, n)
	for i := range items {
		items[i] = kvstore.Item{Key: fmt.Sprintf("%s%08d", prefix, i), Value: make([]byte, size)}
	}
	return items
}

func timed(f func()) time.Duration {
	begin := time.Now()
	f()
	return time.Since(begin)
}

// requireCount ranges over prefix and requires so many keys in order, at little cost of its own.
func requireCount(t *testing.T, r kvstore.Reader, prefix string, want int) {
	t.Helper()
	n, last := 0, ""
	for it, err := range r.Range(t.Context(), prefix, "") {
		if err != nil || it.Key <= last {
			require.NoError(t, err)
			require.Greater(t, it.Key, last)
		}
		last = it.Key
		n++
	}
	require.Equal(t, want, n)
}
