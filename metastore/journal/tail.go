package journal

import (
	"context"
	"iter"

	"github.com/cockroachdb/errors"

	"github.com/taproot-db/taproot/kvstore"
	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/codec"
)

// MaxBatch is the most change sets that one commit, and so one journal entry, holds.
const MaxBatch = 256

// Tail yields the change sets after a revision, in order, up to head as it is now. It yields an error once and ends: ErrTrimmed if
// the journal does not reach back that far (load the whole catalog instead), or the store's. For a standby on the same
// store, and for whoever wants to replay: from revision 0 the journal of an untrimmed store yields everything.
func Tail(ctx context.Context, store kvstore.Store, root string, after catalog.Revision) iter.Seq2[*catalog.ChangeSet, error] {
	return func(yield func(*catalog.ChangeSet, error) bool) {
		t := tail{keys: keys{root}, next: after + 1}
		if err := t.run(ctx, store, func(cs *catalog.ChangeSet) bool { return yield(cs, nil) }); err != nil {
			yield(nil, err)
		}
	}
}

type tail struct {
	keys
	next catalog.Revision
	head catalog.Revision
}

func (t *tail) run(ctx context.Context, store kvstore.Store, yield func(*catalog.ChangeSet) bool) error {
	view, err := store.View(ctx)
	if err != nil {
		return errors.Wrap(err, "tail")
	}
	value, err := view.Get(ctx, t.abs(codec.HeadKey))
	if errors.Is(err, kvstore.ErrNotFound) {
		return nil
	} else if err != nil {
		return errors.Wrap(err, "tail")
	}
	head, err := codec.DecodeHead(value)
	if err != nil {
		return errors.Wrap(err, "tail")
	}
	t.head = head.Revision
	// The entry that holds the next revision may begin up to a batch before it.
	from := ""
	if t.next > MaxBatch {
		from = t.abs(codec.JournalKey(t.next - MaxBatch))
	}
	for it, err := range view.Range(ctx, t.abs(codec.JournalPrefix), from) {
		if err != nil {
			return errors.Wrap(err, "tail")
		}
		first, part, ok := codec.ParseJournalKey(t.rel(it.Key))
		if !ok || part != codec.NoPart || first > t.head {
			continue
		}
		if more, err := t.entry(ctx, view, first, it.Value, yield); err != nil || !more {
			return err
		}
	}
	if t.next <= t.head {
		return t.trimmed()
	}
	return nil
}

func (t *tail) trimmed() error {
	return errors.Mark(errors.Newf("revision %d is no longer in the journal", t.next), ErrTrimmed)
}

// entry yields what is new in one entry; false: the consumer has enough.
func (t *tail) entry(ctx context.Context, view kvstore.Reader, first catalog.Revision, value []byte, yield func(*catalog.ChangeSet) bool) (bool, error) {
	e, err := codec.DecodeJournalEntry(value)
	if err != nil {
		return false, errors.Wrapf(err, "journal entry %d", first)
	}
	if e.Last < t.next {
		return true, nil
	}
	if first > t.next {
		return false, t.trimmed()
	}
	payload := e.Payload
	for n := range e.Parts {
		part, err := view.Get(ctx, t.abs(codec.JournalPartKey(first, n)))
		if err != nil {
			return false, errors.Wrapf(err, "journal entry %d, part %d", first, n)
		}
		payload = append(payload, part...)
	}
	sets, err := codec.DecodeChangeSets(payload)
	if err != nil {
		return false, errors.Wrapf(err, "journal entry %d", first)
	}
	for _, cs := range sets {
		if cs.Revision < t.next {
			continue
		}
		if cs.Revision > t.next {
			return false, errors.AssertionFailedf("journal entry %d holds revision %d, wanted %d", first, cs.Revision, t.next)
		}
		if !yield(cs) {
			return false, nil
		}
		t.next++
	}
	return true, nil
}
