package journal

import (
	"context"
	"slices"

	"github.com/cockroachdb/errors"
	"golang.org/x/sync/errgroup"

	"github.com/taproot-db/taproot/kvstore"
	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/codec"
	"github.com/taproot-db/taproot/metastore/model"
)

// State is what Load found.
type State struct {
	// Snapshot is the catalog; empty for a new store.
	Snapshot *catalog.Snapshot
	// New: there is no head. Foreign: there are records all the same, which another system wrote.
	New, Foreign bool
	// Garbage are keys, relative to the root, that nothing refers to.
	Garbage []string
	// Requests are the statements in the journal that had a request id, oldest first.
	Requests []codec.Request
	// HighestID is the highest id in any key of a record, readable or not.
	HighestID model.ID
	// JournalDamage is why the journal reaches back less far than its keys do; nil if it does.
	JournalDamage error
	// Diverged is the reason why the catalog must not be written to, marked with catalog.ErrDiverged; nil if there is none.
	Diverged error
}

// Load reads the catalog below root at one moment, and returns it with a Log that continues it. A record that cannot be decoded
// is quarantined in the Snapshot, the rest is served. What the journal has and the records lack is in the Snapshot as well, and will
// be written before the Log's first commit after Claim. Nothing is written here. Errors are the store's, or a head that this
// version cannot read.
func Load(ctx context.Context, store kvstore.Store, root string) (*Log, *State, error) {
	l := &Log{store: store, keys: keys{root}, sizes: &Sizes{}}
	view, err := store.View(ctx)
	if err != nil {
		return nil, nil, errors.Wrap(err, "load catalog")
	}
	st := &State{}
	value, err := view.Get(ctx, l.abs(codec.HeadKey))
	switch {
	case errors.Is(err, kvstore.ErrNotFound):
		st.New = true
	case err != nil:
		return nil, nil, errors.Wrap(err, "load head")
	default:
		head, err := codec.DecodeHead(value)
		if err != nil {
			return nil, nil, errors.Wrap(err, "load head")
		}
		l.head, l.bytes = *head, value
	}
	if err := l.loadDebt(ctx, view, st); err != nil {
		return nil, nil, errors.Wrap(err, "load what is not written yet")
	}
	if err := l.loadRecords(ctx, view, st); err != nil {
		return nil, nil, errors.Wrap(err, "load catalog")
	}
	if err := l.loadJournal(ctx, view, st); err != nil {
		return nil, nil, errors.Wrap(err, "load journal")
	}
	l.compare(st)
	return l, st, nil
}

// compare holds the records against head's fingerprint.
func (l *Log) compare(st *State) {
	sum := st.Snapshot.Fingerprint()
	switch {
	case st.Diverged != nil: // they are not all there
	case !slices.Equal(l.head.Covered, codec.Covered()):
		// Another version's fingerprint is over other kinds of records: there is nothing to compare with.
		l.head.Covered, l.head.Sum = codec.Covered(), sum
	case !st.New && sum != l.head.Sum:
		st.Diverged = errors.Mark(errors.Newf("the records' fingerprint is %s, head's is %s", sum, l.head.Sum), catalog.ErrDiverged)
	}
}

// Sizes returns the books on what the journal holds.
func (l *Log) Sizes() *Sizes { return l.sizes }

func (l *Log) loadRecords(ctx context.Context, view kvstore.Reader, st *State) error {
	b := catalog.NewBuilder()
	b.KeyOf = codec.Key
	found := false
	owed := l.owed.Load()
	err := l.scan(ctx, view, codec.Prefixes(), func(key string, value []byte) {
		if owed.has(key) {
			return
		}
		found = true
		if codec.Tombstone(value) {
			st.Garbage = append(st.Garbage, key)
			return
		}
		ref, ok := codec.ParseKey(key)
		st.HighestID = max(st.HighestID, ref.ID, ref.Parent)
		if !ok {
			b.Quarantine(catalog.Quarantined{Key: key, Reason: "the key is malformed"})
			return
		}
		rec, err := codec.Decode(ref, value)
		if err != nil {
			b.Quarantine(catalog.Quarantined{Ref: ref, Key: key, Reason: err.Error()})
			return
		}
		b.Add(ref, rec, catalog.Digest(key, value))
	})
	if err != nil {
		return err
	}
	owed.add(b)
	err = l.scan(ctx, view, codec.LegacyPrefixes(), func(key string, value []byte) {
		if !codec.Tombstone(value) {
			b.Quarantine(catalog.Quarantined{
				Ref: codec.ParseLegacy(key), Key: key, Reason: "it lies where Milvus kept it before 2.3; let Milvus 2.5 or 2.6 upgrade the store",
			})
		}
	})
	if err != nil {
		return err
	}
	var garbage []catalog.Ref
	st.Snapshot, garbage = b.Build(catalog.Position{
		Revision: l.head.Revision, Epoch: l.head.Epoch, Timestamp: l.head.Timestamp, NextID: l.head.NextID,
	})
	for _, r := range garbage {
		st.Garbage = append(st.Garbage, codec.Key(r))
	}
	st.Foreign = st.New && found
	return nil
}

// scan reads prefixes while the items read before are still being looked at: reading and decoding cost about the same.
func (l *Log) scan(ctx context.Context, view kvstore.Reader, prefixes []string, item func(key string, value []byte)) error {
	const chunk, ahead = 512, 8
	pipe := make(chan []kvstore.Item, ahead) // the reader sends and closes; ahead chunks may wait
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(pipe)
		items := make([]kvstore.Item, 0, chunk)
		for _, p := range prefixes {
			for it, err := range view.Range(ctx, l.abs(p), "") {
				if err != nil {
					return errors.Wrapf(err, "read %s", p)
				}
				if items = append(items, it); len(items) == chunk {
					pipe <- items
					items = make([]kvstore.Item, 0, chunk)
				}
			}
		}
		pipe <- items
		return nil
	})
	for items := range pipe {
		for _, it := range items {
			item(l.rel(it.Key), it.Value)
		}
	}
	return g.Wait()
}

// loadJournal notes the sizes and request ids of the journal's entries, in the Snapshot the revisions of what they touched, and what
// lies beyond head as garbage.
func (l *Log) loadJournal(ctx context.Context, view kvstore.Reader, st *State) error {
	type entry struct {
		first  catalog.Revision
		last   catalog.Revision
		ts     model.Timestamp
		bytes  int
		parts  uint32
		loaded [][]byte
	}
	var cur entry
	damaged := func(err error) {
		// History begins anew after it: what the journal said before cannot be followed any more.
		st.JournalDamage, st.Requests, cur = err, nil, entry{}
		l.sizes = &Sizes{}
	}
	finish := func() {
		if cur.first == 0 || cur.last > l.head.Revision {
			return
		}
		if int(cur.parts) != len(cur.loaded) && cur.parts > 0 {
			damaged(errors.Newf("journal entry %d has %d parts of %d", cur.first, len(cur.loaded), cur.parts))
			return
		}
		l.sizes.add(cur.first, cur.ts, cur.bytes, cur.parts)
		var payload []byte
		for _, p := range cur.loaded {
			payload = append(payload, p...)
		}
		reqs, err := codec.DecodeRequests(payload, st.Snapshot.Touched)
		if err != nil {
			damaged(errors.Wrapf(err, "journal entry %d", cur.first))
			return
		}
		st.Requests = append(st.Requests, reqs...)
	}
	err := l.scanInto(ctx, view, codec.JournalPrefix, func(key string, value []byte) error {
		first, part, ok := codec.ParseJournalKey(key)
		switch {
		case !ok:
			return nil // not ours; left alone
		case first > l.head.Revision:
			st.Garbage = append(st.Garbage, key)
			return nil
		case part != codec.NoPart:
			// Parts that no entry speaks of were written ahead for a commit that did not land.
			if cur.first != first || part >= int64(cur.parts) {
				st.Garbage = append(st.Garbage, key)
				return nil
			}
			cur.loaded = append(cur.loaded, value)
			cur.bytes += len(value)
			return nil
		}
		finish()
		e, err := codec.DecodeJournalEntry(value)
		if err != nil {
			damaged(errors.Wrapf(err, "journal entry %d", first))
			return nil
		}
		cur = entry{first: first, last: e.Last, ts: e.Timestamp, bytes: len(value), parts: e.Parts}
		if e.Parts == 0 {
			cur.loaded = [][]byte{e.Payload}
		}
		return nil
	})
	finish()
	return err
}

func (l *Log) scanInto(ctx context.Context, view kvstore.Reader, prefix string, item func(key string, value []byte) error) error {
	for it, err := range view.Range(ctx, l.abs(prefix), "") {
		if err != nil {
			return err
		}
		if err := item(l.rel(it.Key), it.Value); err != nil {
			return err
		}
	}
	return nil
}

// Children returns the keys, relative to the root, of all that belongs to a collection, whatever its kind, and last
// the collection's own in a database.
func (l *Log) Children(ctx context.Context, db, collection model.ID) ([]string, error) {
	view, err := l.store.View(ctx)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, p := range codec.ChildPrefixes(collection) {
		err := l.scanInto(ctx, view, p, func(key string, _ []byte) error {
			out = append(out, key)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	for _, key := range codec.ChildKeys(collection) {
		switch _, err := view.Get(ctx, l.abs(key)); {
		case err == nil:
			out = append(out, key)
		case !errors.Is(err, kvstore.ErrNotFound):
			return nil, err
		}
	}
	own := catalog.Ref{Kind: catalog.KindCollection, Parent: db, ID: collection}
	return append(out, codec.Key(own)), nil
}
