package journal

import (
	"slices"
	"sync"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/codec"
	"github.com/taproot-db/taproot/metastore/model"
)

// Sizes is what the journal holds in the store, so that it can be trimmed by age and bytes without reading it. Safe for
// concurrent use.
type Sizes struct {
	mu      sync.Mutex
	entries []entrySize // ascending
	hidden  int         // how many of them, the oldest, are about to be removed, and out of reach
	bytes   int64
}

type entrySize struct {
	first     catalog.Revision
	timestamp model.Timestamp // of its last change set
	bytes     int32
	parts     uint32
}

func (s *Sizes) add(first catalog.Revision, ts model.Timestamp, bytes int, parts uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.entries = append(s.entries, entrySize{first, ts, int32(min(bytes, 1<<31-1)), parts})
	s.bytes += int64(bytes)
}

// reachable returns what is not about to be removed; s is locked.
func (s *Sizes) reachable() []entrySize { return s.entries[s.hidden:] }

// Reach returns the oldest revision that the journal still holds a change set of, its timestamp, and the bytes it takes.
// Both are zero when it is empty.
func (s *Sizes) Reach() (catalog.Revision, model.Timestamp, int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	entries := s.reachable()
	if len(entries) == 0 {
		return 0, 0, 0
	}
	return entries[0].first, entries[0].timestamp, s.bytes
}

// Excess returns the keys, relative to the root, of at most limit entries that are not needed to tell what the catalog was at a timestamp
// or since or, the oldest first, that are beyond a number of bytes. Needed is what is not older, and the last entry before. The newest entry
// always stays.
//
// What is returned is out of reach from then on, so that nobody relies on what is being removed. Forget it when that is done; until then it
// is returned again.
func (s *Sizes) Excess(olderThan model.Timestamp, most int64, limit int) (keys []string, upTo catalog.Revision) {
	s.mu.Lock()
	defer s.mu.Unlock()
	left := s.bytes
	for i, e := range s.entries {
		if i == len(s.entries)-1 || len(keys) >= limit || s.entries[i+1].timestamp > olderThan && left <= most {
			break
		}
		keys = append(keys, codec.JournalKey(e.first))
		for n := range e.parts {
			keys = append(keys, codec.JournalPartKey(e.first, n))
		}
		left -= int64(e.bytes)
		upTo = e.first
		s.hidden = max(s.hidden, i+1)
	}
	return keys, upTo
}

// Forget takes the entries up to one with that first revision out of the books.
func (s *Sizes) Forget(upTo catalog.Revision) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for n < len(s.entries) && s.entries[n].first <= upTo {
		s.bytes -= int64(s.entries[n].bytes)
		n++
	}
	s.entries = slices.Delete(s.entries, 0, n)
	s.hidden = max(s.hidden-n, 0)
}
