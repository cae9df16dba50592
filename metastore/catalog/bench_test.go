package catalog_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
)

// creating returns the nine changes of a create with five fields of the user.
func creating(t testing.TB, id model.ID) []catalog.Change {
	t.Helper()
	out := []catalog.Change{catalog.PutCollection(collection(id, fmt.Sprintf("c%d", id)))}
	for _, f := range []model.ID{0, 1, 100, 101, 102, 103, 104} {
		out = append(out, catalog.PutField(id, field(f)))
	}
	out = append(out, catalog.PutPartition(partition(id, id+1)))
	for i := range out {
		out[i] = seal(t, out[i])
	}
	return out
}

// filled is a catalog of n collections.
func filled(t testing.TB, n int) *catalog.Snapshot {
	t.Helper()
	w := stage(t, catalog.Empty(), catalog.PutDatabase(database(1, "default"))).Work()
	for i := range n {
		cs := next(t, w.Snapshot())
		cs.Changes = creating(t, model.ID(1000+10*i))
		require.NoError(t, w.Stage(cs))
	}
	return w.Snapshot()
}

// BenchmarkStage is what a create costs the catalog, alone and in a batch of 64, among 10,000 collections.
func BenchmarkStage(b *testing.B) {
	s := filled(b, 10_000)
	for _, n := range []int{1, 64} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			sets := make([]*catalog.ChangeSet, n)
			for i := range sets {
				sets[i] = &catalog.ChangeSet{Revision: s.Revision() + catalog.Revision(i) + 1, Changes: creating(b, model.ID(900_000+10*i))}
			}
			b.ReportAllocs()
			for b.Loop() {
				w := s.Work()
				for _, cs := range sets {
					if err := w.Stage(cs); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/create")
		})
	}
}

// BenchmarkBuild is what a start does with the records of 5,000 collections; B/collection is what of the catalog stays in memory besides the
// records.
func BenchmarkBuild(b *testing.B) {
	const n = 5_000
	var all []catalog.Change
	for i := range n {
		all = append(all, creating(b, model.ID(1000+10*i))...)
	}
	build := func() *catalog.Snapshot {
		builder := catalog.NewBuilder()
		builder.Add(catalog.Ref{Kind: catalog.KindDatabase, ID: 1}, database(1, "default"), catalog.Fingerprint{})
		for i := range all {
			builder.Add(all[i].Ref, all[i].Put, all[i].Stored.Digest)
		}
		s, _ := builder.Build(catalog.Position{})
		return s
	}
	b.ReportAllocs()
	for b.Loop() {
		build()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/collection")
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	s := build()
	runtime.GC()
	runtime.ReadMemStats(&after)
	runtime.KeepAlive(s)
	runtime.KeepAlive(all)
	b.ReportMetric((float64(after.HeapAlloc)-float64(before.HeapAlloc))/n, "B/collection")
}

// BenchmarkDrop is what taking a collection out costs, which sums up all that belongs to it.
func BenchmarkDrop(b *testing.B) {
	s := filled(b, 10_000)
	gone := collection(1000, "c1000")
	gone.State = model.Dropping
	cs := next(b, s, catalog.PutCollection(gone))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Stage(cs); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLoad is what loading and releasing a collection costs the catalog, by the number of its partitions.
func BenchmarkLoad(b *testing.B) {
	for _, n := range []int{1, 64, 1024} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := filled(b, 100)
			put, gone := []catalog.Change{catalog.PutLoad(load(1000))}, []catalog.Change{remove(catalog.LoadRef(1000))}
			for i := range n {
				p := model.ID(2_000_000 + i)
				s = stage(b, s, catalog.PutPartition(partition(1000, p)))
				put = append(put, catalog.PutPartitionLoad(partitionLoad(1000, p)))
				gone = append(gone, remove(catalog.PartitionLoadRef(partitionLoad(1000, p))))
			}
			loaded, released := next(b, s, put...), next(b, s, gone...)
			released.Revision++
			b.ReportAllocs()
			for b.Loop() {
				w := s.Work()
				if err := w.Stage(loaded); err != nil {
					b.Fatal(err)
				}
				if err := w.Stage(released); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
