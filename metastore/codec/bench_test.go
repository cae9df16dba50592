package codec

import (
	"bytes"
	"fmt"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
)

type item struct {
	key   string
	value []byte
}

// stored returns the records of n collections with five fields of the user as a store holds them. With distinct, no two
// collections have an equal field besides the system's.
func stored(tb testing.TB, n int, distinct bool) []item {
	tb.Helper()
	out := make([]item, 0, 9*n)
	for i := range n {
		for _, c := range books(model.ID(449000000000000000+10*i), fmt.Sprintf("collection_%d", i)) {
			if f, ok := c.Put.(*model.Field); ok && distinct && !f.System() {
				f.Name = fmt.Sprintf("%s_%d", f.Name, i)
			}
			value, err := Encode(c.Put)
			require.NoError(tb, err)
			out = append(out, item{Key(c.Ref), value})
		}
	}
	return out
}

func decodeItem(it item) any {
	ref, ok := ParseKey(it.key)
	if !ok {
		panic(it.key)
	}
	rec, err := Decode(ref, it.value)
	if err != nil {
		panic(err)
	}
	return rec
}

// BenchmarkDecode is one record, key and value, as a restart reads it.
func BenchmarkDecode(b *testing.B) {
	records := stored(b, 1, false)
	for _, c := range []struct {
		name string
		it   item
	}{{"collection", records[0]}, {"field", records[7]}, {"partition", records[8]}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				decodeItem(c.it)
			}
		})
	}
	b.Run("field not shared", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := parseField(records[7].value); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkLoad is the nine records of a collection; B/collection is what of them stays in memory.
func BenchmarkLoad(b *testing.B) {
	for _, distinct := range []bool{false, true} {
		b.Run(fmt.Sprintf("distinct=%v", distinct), func(b *testing.B) {
			const n = 10_000
			items := stored(b, n, distinct)
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				for range 9 {
					decodeItem(items[i])
					i = (i + 1) % len(items)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(9*b.N), "ns/record")
			b.ReportMetric(retained(items)/n, "B/collection")
		})
	}
}

// retained returns how much memory the decoded records take.
func retained(items []item) float64 {
	records := make([]any, len(items))
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i, it := range items {
		records[i] = decodeItem(item{it.key, bytes.Clone(it.value)})
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	runtime.KeepAlive(records)
	return float64(after.HeapAlloc) - float64(before.HeapAlloc)
}

// A collection with seven fields may take 3 KB in all, index structures included; its records leave room for them.
func TestRecordsAreSmall(t *testing.T) { // alone: it measures the heap
	const n = 5_000
	for _, c := range []struct {
		distinct bool
		most     float64
	}{{false, 700}, {true, 1800}} {
		got := retained(stored(t, n, c.distinct)) / n
		t.Logf("distinct=%v: %.0f bytes a collection", c.distinct, got)
		require.Less(t, got, c.most)
	}
}

func BenchmarkEncode(b *testing.B) {
	changes := books(449000000000000000, "books")
	for name, c := range map[string]catalog.Change{"collection": changes[0], "field": changes[7], "partition": changes[8]} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Encode(c.Put); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkSeal is the nine records of a new collection.
func BenchmarkSeal(b *testing.B) {
	changes := books(449000000000000000, "books")
	s := catalog.Empty()
	b.ReportAllocs()
	for b.Loop() {
		for i := range changes {
			c := changes[i]
			if _, err := Seal(s, &c); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// batch is what a commit of n creates writes to the journal.
func batch(tb testing.TB, n int) []*catalog.ChangeSet {
	tb.Helper()
	sets := make([]*catalog.ChangeSet, n)
	for i := range sets {
		id := model.ID(449000000000000000 + 10*i)
		sets[i] = &catalog.ChangeSet{
			Revision: catalog.Revision(i + 1), Epoch: 1, Timestamp: 453509120000000000, NextID: id + 10, Statement: "CreateCollection",
			RequestID: fmt.Sprintf("0198f3a7-0000-7000-8000-%012d", i), Changes: books(id, fmt.Sprintf("collection_%d", i)),
			Result: catalog.Result{Database: 1, Collection: id}, Sum: catalog.Digest("x", []byte{byte(i)}), Body: 99,
		}
		for j := range sets[i].Changes {
			_, err := Seal(catalog.Empty(), &sets[i].Changes[j])
			require.NoError(tb, err)
		}
	}
	return sets
}

func BenchmarkEncodeChangeSets(b *testing.B) {
	for _, n := range []int{1, 64} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			sets := batch(b, n)
			b.ReportAllocs()
			size := 0
			for b.Loop() {
				payload, err := EncodeChangeSets(sets)
				if err != nil {
					b.Fatal(err)
				}
				size = len(payload)
			}
			b.ReportMetric(float64(size)/float64(n), "B/set")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/set")
		})
	}
}

func BenchmarkDecodeChangeSets(b *testing.B) {
	payload, err := EncodeChangeSets(batch(b, 64))
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := DecodeChangeSets(payload); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*64), "ns/set")
}
