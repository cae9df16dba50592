package crash

import (
	"slices"
	"strings"
	"testing"

	"github.com/taproot-db/taproot/kvstore"
	"github.com/taproot-db/taproot/kvstore/embedetcd"
	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/journal"
)

// root is the prefix of all keys.
const root = "by-dev"

// checkEmpty looks into the store of a stopped server whose catalog has been emptied: nothing is left behind, and the journal
// tells the same story as the records (pains.md 12, 48).
func checkEmpty(t *testing.T, dir string) {
	t.Helper()
	store, err := embedetcd.New(t.Context(), embedetcd.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	checkKeys(t, keysOf(t, store))
	log, state, err := journal.Load(t.Context(), store, root)
	if err != nil {
		t.Fatal(err)
	}
	if len(state.Garbage) > 0 || len(state.Snapshot.Quarantine()) > 0 || state.Diverged != nil || state.New {
		t.Errorf("new: %v, diverged: %v, quarantine: %v, garbage: %q", state.New, state.Diverged, state.Snapshot.Quarantine(), state.Garbage)
	}
	replayed := catalog.Empty()
	for cs, err := range journal.Tail(t.Context(), store, root, 0) {
		if err != nil {
			t.Fatal(err)
		}
		if replayed, err = replayed.Apply(cs); err != nil {
			t.Fatal(err)
		}
	}
	head := log.Head()
	if replayed.Revision() != head.Revision || replayed.Fingerprint() != head.Sum || replayed.Fingerprint() != state.Snapshot.Fingerprint() {
		t.Errorf("replayed: revision %d, %s; head: revision %d, %s; records: %s",
			replayed.Revision(), replayed.Fingerprint(), head.Revision, head.Sum, state.Snapshot.Fingerprint())
	}
	t.Logf("replayed %d change sets", replayed.Revision())
}

// checkKeys names every key that has no business in an empty catalog.
func checkKeys(t *testing.T, keys []string) {
	t.Helper()
	left := slices.DeleteFunc(keys, func(key string) bool {
		rel := strings.TrimPrefix(key, root+"/")
		return rel == "taproot/head" || rel == "taproot/leader" || strings.HasPrefix(rel, "taproot/journal/") ||
			rel == "meta/root-coord/database/db-info/1"
	})
	if len(left) > 0 {
		t.Errorf("%d keys are left behind, e.g. %q", len(left), left[:min(len(left), 10)])
	}
}

// storedKeys returns all keys in the store of a stopped server.
func storedKeys(t *testing.T, dir string) []string {
	t.Helper()
	store, err := embedetcd.New(t.Context(), embedetcd.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	return keysOf(t, store)
}

func keysOf(t *testing.T, store kvstore.Store) (keys []string) {
	t.Helper()
	view, err := store.View(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for item, err := range view.Range(t.Context(), "", "") {
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, item.Key)
	}
	return keys
}
