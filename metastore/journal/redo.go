package journal

import (
	"bytes"
	"context"

	"github.com/cockroachdb/errors"

	"github.com/taproot-db/taproot/kvstore"
	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/codec"
)

// What neither fits one transaction nor may lie in the store beforehand is redone from the journal:
//
//	1. journal parts            ahead, if the entry is large          nothing refers to them
//	2. entry + head{redo: N}    one transaction                       the commit point: from here on the entry has the last word
//	3. records                  chunks under the guard of head        the store catches up
//	4. the last of them + head{redo: 0}
//
// Whoever stops between 2 and 4 leaves a debt: Load puts the entry's changes over the records it finds, so that the catalog is
// whole, and the debt is paid before anything else is written.

// debt is what the store may lack of the newest journal entry. Only rest and most change, and only who commits looks at them.
type debt struct {
	revision catalog.Revision
	// last is the last change of each key, relative to the root.
	last map[string]*catalog.Change
	// rest is what is not known to be written.
	rest []*catalog.Change
	// most is how many of them go into one transaction; 0: as many as fit.
	most int
}

func newDebt(sets []*catalog.ChangeSet) *debt {
	d := &debt{revision: sets[0].Revision, last: map[string]*catalog.Change{}}
	for _, cs := range sets {
		for i := range cs.Changes {
			d.last[cs.Changes[i].Stored.Key] = &cs.Changes[i]
		}
	}
	for _, cs := range sets {
		for i := range cs.Changes {
			if c := &cs.Changes[i]; d.last[c.Stored.Key] == c {
				d.rest = append(d.rest, c)
			}
		}
	}
	return d
}

// has reports whether it is the debt, and not the store, that says what lies under a key.
func (d *debt) has(rel string) bool {
	if d == nil {
		return false
	}
	_, ok := d.last[rel]
	return ok
}

// read returns what is to lie under a key; false: the store has it as it is.
func (d *debt) read(rel string) (value []byte, ok bool, err error) {
	if !d.has(rel) {
		return nil, false, nil
	}
	c := d.last[rel]
	if c.Deletes() {
		return nil, true, errors.Mark(errors.Newf("%s is deleted", rel), kvstore.ErrNotFound)
	}
	return bytes.Clone(c.Stored.Value), true, nil
}

// redo commits a change set by its journal entry, and lets the records follow. After nil it is durable, whether all of them are written or not.
func (l *Log) redo(ctx context.Context, cs *catalog.ChangeSet, entry kvstore.Item, parts []kvstore.Item, next codec.Head) error {
	d := newDebt([]*catalog.ChangeSet{cs})
	if len(d.rest) != len(cs.Changes) {
		return errors.AssertionFailedf("revision %d names a key twice", cs.Revision)
	}
	for _, c := range d.rest { // what can never be paid must not be owed
		var txn kvstore.Txn
		if l.write(&txn, c); !l.within(txn) {
			return errors.Mark(errors.Newf("one record has %d bytes", txn.Bytes()), ErrTooLarge)
		}
	}
	txn := kvstore.Txn{Puts: []kvstore.Item{entry}}
	if !l.within(txn) {
		return errors.Mark(errors.Newf("a journal entry of %d bytes", txn.Bytes()), ErrTooLarge)
	}
	if err := l.putAll(ctx, parts); err != nil {
		return err
	}
	next.Redo = cs.Revision
	if err := l.move(ctx, txn, next); err != nil {
		return err
	}
	l.owed.Store(d)
	if err := l.pay(ctx); err != nil && l.Owing != nil {
		l.Owing(len(d.rest), err)
	}
	return nil
}

// pay writes what the store still lacks of the last commit. Errors are those of Commit, less ErrTooLarge; what was written stays so.
func (l *Log) pay(ctx context.Context) error {
	if l.lost != nil {
		return l.lost
	}
	d := l.owed.Load()
	switch {
	case d != nil:
	case l.head.Redo != 0:
		return errors.Mark(errors.Newf("revision %d is not written, and its journal entry cannot be read", l.head.Redo), ErrNotLanded)
	default:
		return nil
	}
	for len(d.rest) > 0 {
		txn, n := l.chunk(d)
		var err error
		if n < len(d.rest) {
			err = l.put(ctx, txn)
		} else {
			next := l.head
			next.Nonce++
			next.Redo = 0
			err = l.move(ctx, txn, next)
		}
		switch {
		case err == nil:
			d.rest = d.rest[n:]
		case errors.Is(err, ErrTooLarge) && n > 1:
			d.most = n / 2 // the store counts in another way than we do
		case errors.Is(err, ErrTooLarge):
			return errors.Mark(errors.Newf("write the records of revision %d: %s", d.revision, err.Error()), ErrNotLanded)
		default:
			if !errors.IsAny(err, ErrNotLanded, ErrFenced) {
				l.lost = err // not even head is known
			}
			return errors.Wrapf(err, "write the records of revision %d", d.revision)
		}
	}
	l.owed.Store(nil)
	return nil
}

// chunk returns a transaction with the first of what is owed, and of how many changes it is.
func (l *Log) chunk(d *debt) (txn kvstore.Txn, n int) {
	for n < len(d.rest) && (d.most == 0 || n < d.most) {
		more := txn
		if l.write(&more, d.rest[n]); n > 0 && !l.within(more) {
			break
		}
		txn = more
		n++
	}
	return txn, n
}

// loadDebt reads what is owed, if anything is. Where that cannot be read the catalog is not whole, and nothing can make it so: that is
// noted in st.
func (l *Log) loadDebt(ctx context.Context, view kvstore.Reader, st *State) error {
	if l.head.Redo == 0 {
		return nil
	}
	payload, err := l.payload(ctx, view, l.head.Redo)
	var sets []*catalog.ChangeSet
	if err == nil {
		sets, err = codec.DecodeChangeSets(payload)
	}
	switch {
	case err == nil && len(sets) > 0:
		l.owed.Store(newDebt(sets))
		return nil
	case err == nil:
		err = errors.New("it holds no change set")
	case !errors.IsAny(err, kvstore.ErrNotFound, codec.ErrMalformed):
		return err
	}
	st.Diverged = errors.Mark(errors.Wrapf(err, "the records of revision %d were not all written, and its journal entry cannot be read", l.head.Redo), catalog.ErrDiverged)
	return nil
}

// add gives a Builder the records that are owed.
func (d *debt) add(b *catalog.Builder) {
	if d == nil {
		return
	}
	for _, c := range d.rest {
		if !c.Deletes() && c.Ref.Kind != catalog.KindUnknown {
			b.Add(c.Ref, c.Put, c.Stored.Digest)
		}
	}
}
