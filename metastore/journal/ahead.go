package journal

import (
	"context"
	"slices"

	"github.com/cockroachdb/errors"

	"github.com/taproot-db/taproot/kvstore"
	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/codec"
	"github.com/taproot-db/taproot/metastore/model"
)

// Holds returns nil if cs, alone, can be committed within the store's limits, in as many transactions as it takes, or ErrTooLarge and why it
// cannot. It looks at what cs writes only, so it may be asked before its ids are reserved. Safe for concurrent use, unlike the rest of Log.
func (l *Log) Holds(cs *catalog.ChangeSet) error {
	size := 0
	for i := range cs.Changes {
		st := &cs.Changes[i].Stored
		if !l.within(kvstore.Txn{Puts: []kvstore.Item{{Key: l.abs(st.Key), Value: st.Value}}}) {
			return errors.Mark(errors.Newf("one record has %d bytes", len(st.Value)), ErrTooLarge)
		}
		size += len(st.Key) + len(st.Value) + len(st.Before)
	}
	for i := range cs.Left {
		size += len(cs.Left[i].Key) + len(cs.Left[i].Before)
	}
	if size > codec.MaxChangeSets-fixedBytes-32*(len(cs.Changes)+len(cs.Left)) {
		return errors.Mark(errors.Newf("%d bytes that belong together", size), ErrTooLarge)
	}
	return nil
}

// large commits a change set that does not fit one transaction. What may lie in the store before is written ahead, in chunks that
// fit it: what belongs to a collection that cs creates, which nothing refers to before the collection's own key is there; and the journal
// entry's payload, as parts that nothing reads before head has moved past them. Where that is not enough, redo is left.
func (l *Log) large(ctx context.Context, cs *catalog.ChangeSet, entry kvstore.Item, next codec.Head) error {
	size := len(entry.Value)
	early, rest := l.divide(cs)
	fits := l.within(rest)
	beside := rest // what the entry must leave room for
	if !fits {
		beside = kvstore.Txn{}
	}
	entry, parts, err := l.split(cs, entry, beside)
	if err != nil {
		return err
	}
	rest.Puts = append(rest.Puts, entry)
	switch {
	case !fits || !l.within(rest):
		err = l.redo(ctx, cs, entry, parts, next)
	case l.head.NextID < cs.NextID:
		err = errors.AssertionFailedf("ids up to %d are written ahead, but only those below %d are reserved", cs.NextID, l.head.NextID)
	default:
		if err = l.putAll(ctx, append(early, parts...)); err == nil {
			err = l.move(ctx, rest, next)
		}
	}
	if err != nil {
		return err
	}
	l.leftover = nil
	l.sizes.add(cs.Revision, cs.Timestamp, size, uint32(len(parts)))
	return nil
}

// divide tells what of cs may stand in the store before it is committed from what may not. What may: what belongs to a collection that
// cs creates, which nothing refers to before the collection's own key is there.
func (l *Log) divide(cs *catalog.ChangeSet) (early []kvstore.Item, rest kvstore.Txn) {
	created := map[model.ID]bool{}
	for i := range cs.Changes {
		if c := &cs.Changes[i]; c.Ref.Kind == catalog.KindCollection && !c.Stored.Existed {
			created[c.Ref.ID] = true
		}
	}
	for i := range cs.Changes {
		if c := &cs.Changes[i]; c.Ref.Kind == catalog.KindCollection && c.Stored.Existed {
			delete(created, c.Ref.ID) // it comes from another database
		}
	}
	for i := range cs.Changes {
		c := &cs.Changes[i]
		if c.Ref.Kind.Belongs() && created[c.Ref.Parent] && !c.Stored.Existed && !c.Deletes() {
			early = append(early, kvstore.Item{Key: l.abs(c.Stored.Key), Value: c.Stored.Value})
		} else {
			l.write(&rest, c)
		}
	}
	return early, rest
}

// putAll writes items that nothing refers to, in as many transactions as it takes. Nothing is written if one of them never will be.
func (l *Log) putAll(ctx context.Context, items []kvstore.Item) error {
	chunks, err := l.chunks(items)
	if err != nil {
		return err
	}
	for _, chunk := range chunks {
		for _, it := range chunk {
			l.leftover = append(l.leftover, l.rel(it.Key))
		}
		if err := l.put(ctx, kvstore.Txn{Puts: chunk}); err != nil {
			return err
		}
	}
	return nil
}

// split turns an entry for which there is no room beside rest into one that names parts, and these parts. One that takes up more than
// half of a transaction is always split.
func (l *Log) split(cs *catalog.ChangeSet, entry kvstore.Item, rest kvstore.Txn) (kvstore.Item, []kvstore.Item, error) {
	lim := l.store.Limits()
	most := lim.Bytes / 2
	rest.Puts = append(slices.Clone(rest.Puts), entry)
	if lim.Bytes <= 0 || len(entry.Value) <= most && l.within(rest) {
		return entry, nil, nil
	}
	e, err := codec.DecodeJournalEntry(entry.Value)
	if err != nil {
		return entry, nil, err
	}
	var parts []kvstore.Item
	for payload := e.Payload; len(payload) > 0; {
		n := min(most, len(payload))
		parts = append(parts, kvstore.Item{Key: l.abs(codec.JournalPartKey(cs.Revision, uint32(len(parts)))), Value: payload[:n]})
		payload = payload[n:]
	}
	e.Payload, e.Parts = nil, uint32(len(parts))
	entry.Value, err = codec.EncodeJournalEntry(e)
	return entry, parts, err
}

// chunks cuts items into transactions that fit, in order, or says that one of them never will.
func (l *Log) chunks(items []kvstore.Item) ([][]kvstore.Item, error) {
	var out [][]kvstore.Item
	var txn kvstore.Txn
	for _, it := range items {
		txn.Puts = append(txn.Puts, it)
		if l.within(txn) {
			continue
		}
		if len(txn.Puts) == 1 {
			return nil, errors.Mark(errors.Newf("one record has %d bytes", len(it.Value)), ErrTooLarge)
		}
		out = append(out, txn.Puts[:len(txn.Puts)-1])
		txn.Puts = []kvstore.Item{it}
		if !l.within(txn) {
			return nil, errors.Mark(errors.Newf("one record has %d bytes", len(it.Value)), ErrTooLarge)
		}
	}
	if len(txn.Puts) > 0 {
		out = append(out, txn.Puts)
	}
	return out, nil
}

// put writes a chunk under the guard of head, which stays as it is. Where the outcome is unknown, head is fenced, so that
// the chunk cannot come back after its keys have been purged, or written by a later commit.
func (l *Log) put(ctx context.Context, chunk kvstore.Txn) error {
	chunk.Guards = append(chunk.Guards, l.guard())
	err := l.store.Commit(ctx, chunk)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, kvstore.ErrGuard):
		return errors.Mark(errors.Wrap(err, "head has changed"), ErrFenced)
	case errors.Is(err, kvstore.ErrTooLarge):
		return errors.Mark(err, ErrTooLarge)
	case errors.Is(err, kvstore.ErrUncertain):
		if _, serr := l.settle(ctx, nil); serr != nil {
			return serr
		}
	}
	return errors.Mark(errors.Wrap(err, "write in chunks"), ErrNotLanded)
}
