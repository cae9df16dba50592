package journal

import (
	"context"

	"github.com/cockroachdb/errors"

	"github.com/taproot-db/taproot/kvstore"
	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/codec"
	"github.com/taproot-db/taproot/metastore/model"
)

// large commits a change set that does not fit one transaction. What may lie in the store before is written ahead, in chunks that
// fit it: what belongs to a collection that cs creates, which nothing refers to before the collection's own key is there; and the journal
// entry's payload, as parts that nothing reads before head has moved past them. Where that is not enough, redo is left.
func (l *Log) large(ctx context.Context, cs *catalog.ChangeSet, entry kvstore.Item, next codec.Head) error {
	size := len(entry.Value)
	entry, parts, err := l.split(cs, entry)
	if err != nil {
		return err
	}
	early, rest := l.apart(cs)
	rest.Puts = append(rest.Puts, entry)
	switch {
	case !l.within(rest):
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

// apart tells what of cs nothing refers to before the rest is there.
func (l *Log) apart(cs *catalog.ChangeSet) (early []kvstore.Item, rest kvstore.Txn) {
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
		child := c.Ref.Kind.Belongs()
		if child && created[c.Ref.Parent] && !c.Stored.Existed && !c.Deletes() {
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

// split turns an entry that takes up more than half of a transaction into one that names parts, and these parts.
func (l *Log) split(cs *catalog.ChangeSet, entry kvstore.Item) (kvstore.Item, []kvstore.Item, error) {
	lim := l.store.Limits()
	most := lim.Bytes / 2
	if lim.Bytes <= 0 || len(entry.Value) <= most {
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
