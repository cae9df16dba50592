package journal

import (
	"context"
	"iter"
	"slices"

	"github.com/cockroachdb/errors"
	"golang.org/x/sync/errgroup"

	"github.com/taproot-db/taproot/kvstore"
	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/codec"
	"github.com/taproot-db/taproot/metastore/model"
)

// Past reads a journal backwards, beside the Log that writes it. It finds entries by the Log's books, so it reads no more of
// the store than the entries it yields. Safe for concurrent use.
type Past struct {
	store kvstore.Store
	keys
	sizes *Sizes
}

// Past returns the journal as it is read backwards.
func (l *Log) Past() *Past { return &Past{store: l.store, keys: l.keys, sizes: l.sizes} }

// Reach returns the oldest state that the journal can be followed back to, and the bytes it takes. See Sizes.Oldest.
func (p *Past) Reach() (catalog.Revision, model.Timestamp, int64) { return p.sizes.Oldest() }

// What is read of the journal at once; the first entry is read in any case.
const (
	pageEntries = 64
	pageBytes   = 4 << 20
	pageAtOnce  = 8
)

// Back yields the change sets from a revision on backwards, the newest first, as far as the journal reaches. It yields an error
// once and ends: ErrTrimmed if what it was about to read has been trimmed meanwhile, codec.ErrMalformed for an entry that
// cannot be read, or the store's.
func (p *Past) Back(ctx context.Context, from catalog.Revision) iter.Seq2[*catalog.ChangeSet, error] {
	return func(yield func(*catalog.ChangeSet, error) bool) {
		for {
			page := p.sizes.before(from, pageEntries, pageBytes)
			if len(page) == 0 {
				return
			}
			all, err := p.read(ctx, page)
			if errors.Is(err, ErrTrimmed) && p.sizes.forgot(page[len(page)-1].first) {
				continue // the rest may still be there
			}
			for i := 0; err == nil && i < len(all); i++ {
				var more bool
				if more, err = backwards(all[i], page[i].first, &from, yield); err == nil && !more {
					return
				}
			}
			if err != nil {
				yield(nil, errors.Wrap(err, "read the journal backwards"))
				return
			}
		}
	}
}

// backwards yields what an entry holds, from a revision on, the newest first, and moves from to before the
// entry; false: the consumer has enough.
func backwards(payload []byte, first catalog.Revision, from *catalog.Revision, yield func(*catalog.ChangeSet, error) bool) (more bool, err error) {
	sets, err := codec.DecodeChangeSets(payload)
	if err != nil {
		return false, err
	}
	for _, cs := range slices.Backward(sets) {
		if cs.Revision > *from {
			continue // of an entry in the middle of which the way back begins
		}
		if cs.Revision < first {
			break
		}
		if !yield(cs, nil) {
			return false, nil
		}
		*from = cs.Revision - 1
	}
	if *from >= first {
		return false, errors.Mark(errors.Newf("entry %d does not hold its first revision", errors.Safe(uint64(first))), codec.ErrMalformed)
	}
	return true, nil
}

// read returns the payloads of entries at one moment, in the order in which they are named.
func (p *Past) read(ctx context.Context, page []entrySize) ([][]byte, error) {
	view, err := p.store.View(ctx)
	if err != nil {
		return nil, err
	}
	out := make([][]byte, len(page))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(pageAtOnce)
	for i, e := range page {
		g.Go(func() error {
			payload, err := p.payload(ctx, view, e.first)
			if errors.Is(err, kvstore.ErrNotFound) {
				err = errors.Mark(err, ErrTrimmed)
			}
			out[i] = payload
			return errors.Wrapf(err, "entry %d", errors.Safe(uint64(e.first)))
		})
	}
	return out, g.Wait()
}

// payload returns what an entry holds, wherever it lies; kvstore.ErrNotFound if a piece of it is missing.
func (k keys) payload(ctx context.Context, view kvstore.Reader, first catalog.Revision) ([]byte, error) {
	value, err := view.Get(ctx, k.abs(codec.JournalKey(first)))
	if err != nil {
		return nil, err
	}
	e, err := codec.DecodeJournalEntry(value)
	if err != nil {
		return nil, err
	}
	payload := e.Payload
	for n := range e.Parts {
		part, err := view.Get(ctx, k.abs(codec.JournalPartKey(first, n)))
		if err != nil {
			return nil, err
		}
		payload = append(payload, part...)
	}
	return payload, nil
}

// Oldest returns the oldest state that can be rebuilt by following the journal backwards: the one after the oldest entry, for what
// was before that entry is told by the one before it. Bytes are those of all entries. Zero when the journal is empty.
// The revision is zero as well if the oldest entry is the only one, whose end is the newest state.
func (s *Sizes) Oldest() (catalog.Revision, model.Timestamp, int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch entries := s.reachable(); len(entries) {
	case 0:
		return 0, 0, 0
	case 1:
		return 0, entries[0].timestamp, s.bytes
	default:
		return entries[1].first - 1, entries[0].timestamp, s.bytes
	}
}

// Newest returns the timestamp of the newest change set; false if there is none in the journal.
func (s *Sizes) Newest() (model.Timestamp, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.entries) == 0 {
		return 0, false
	}
	return s.entries[len(s.entries)-1].timestamp, true
}

// forgot reports whether the entry that begins at a revision is trimmed, or about to be.
func (s *Sizes) forgot(first catalog.Revision) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	entries := s.reachable()
	return len(entries) == 0 || entries[0].first > first
}

// before returns entries that begin at a revision or before it, the newest first: as many as fit the bounds, but one at least.
func (s *Sizes) before(from catalog.Revision, most, bytes int) []entrySize {
	s.mu.Lock()
	defer s.mu.Unlock()
	entries := s.reachable()
	end, exact := slices.BinarySearchFunc(entries, from, func(e entrySize, r catalog.Revision) int {
		switch {
		case e.first < r:
			return -1
		case e.first > r:
			return 1
		}
		return 0
	})
	if exact {
		end++
	}
	var page []entrySize
	for _, e := range slices.Backward(entries[:end]) {
		if bytes -= int(e.bytes); len(page) == most || bytes < 0 && len(page) > 0 {
			break
		}
		page = append(page, e)
	}
	return page
}
