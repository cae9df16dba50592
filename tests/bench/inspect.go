package main

import (
	"context"
	"os"
	"runtime"
	"runtime/pprof"
	"strconv"
	"strings"

	"github.com/cockroachdb/errors"

	"github.com/taproot-db/taproot/kvstore"
	"github.com/taproot-db/taproot/kvstore/embedetcd"
	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/journal"
)

// catalogHeap loads the catalog of a stopped server and tells what its Snapshot alone takes: "collections bytes".
func catalogHeap(ctx context.Context, s station) error {
	store, err := embedetcd.New(ctx, embedetcd.Config{Dir: s.dir})
	if err != nil {
		return err
	}
	defer func() { _ = store.Close() }()
	snap, err := loadSnapshot(ctx, store, s.profile)
	if err != nil {
		return err
	}
	with, n := heapAlloc(), snap.CountAllCollections()
	runtime.KeepAlive(snap) // and no longer
	without := heapAlloc()
	s.say("ready %d %d", n, int64(with)-int64(without))
	return nil
}

// loadSnapshot keeps nothing of what else was loaded.
func loadSnapshot(ctx context.Context, store kvstore.Store, profile string) (*catalog.Snapshot, error) {
	stop, err := cpuProfile(profile)
	if err != nil {
		return nil, err
	}
	defer stop()
	_, state, err := journal.Load(ctx, store, "by-dev")
	if err != nil {
		return nil, err
	}
	return state.Snapshot, nil
}

// cpuProfile writes a profile to a file until the function it returns is called; to none if it has no name.
func cpuProfile(file string) (stop func(), err error) {
	if file == "" {
		return func() {}, nil
	}
	f, err := os.Create(file)
	if err != nil {
		return nil, errors.WithStack(err)
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.WithStack(err)
	}
	return func() {
		pprof.StopCPUProfile()
		_ = f.Close()
	}, nil
}

func heapAlloc() uint64 {
	for range 3 { // finalizers and pools let go one collection later
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// recordSizes tells what the records of the collections in a stopped store take on average, keys included: "collections keys bytes".
// It holds the ceiling to writing as much as the product does.
func recordSizes(ctx context.Context, s station) error {
	store, err := embedetcd.New(ctx, embedetcd.Config{Dir: s.dir})
	if err != nil {
		return err
	}
	defer func() { _ = store.Close() }()
	view, err := store.View(ctx)
	if err != nil {
		return err
	}
	collections, keys, bytes := 0, 0, 0
	for _, prefix := range []string{collectionKey, fieldKey, partitionKey} {
		for item, err := range view.Range(ctx, prefix, "") {
			if err != nil {
				return err
			}
			if prefix == collectionKey {
				collections++
			}
			keys++
			bytes += len(item.Key) + len(item.Value)
		}
	}
	s.say("ready %d %d %d", collections, keys, bytes)
	return nil
}

// numbers reads the numbers of a child's greeting.
func numbers(greeting string) []float64 {
	var out []float64
	for f := range strings.FieldsSeq(greeting) {
		v, err := strconv.ParseFloat(f, 64)
		if err == nil {
			out = append(out, v)
		}
	}
	return out
}
