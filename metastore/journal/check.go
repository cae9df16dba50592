package journal

import (
	"slices"

	"github.com/cockroachdb/errors"

	"github.com/taproot-db/taproot/kvstore"
	"github.com/taproot-db/taproot/metastore/catalog"
)

// Check returns ErrTooLarge for a change set that Commit would refuse so, however often it is tried. It writes nothing and looks at nothing but
// cs, of which the sum need not be set, and the store's limits. Safe for concurrent use, unlike the rest of Log.
func (l *Log) Check(cs *catalog.ChangeSet) error {
	sized := *cs
	if sized.Sum == (catalog.Fingerprint{}) {
		sized.Sum = catalog.Fingerprint{Hi: 1, Lo: 1} // it takes the same room, whatever it is
	}
	entry, err := l.entry([]*catalog.ChangeSet{&sized})
	if err != nil {
		return err
	}
	if txn := l.records([]*catalog.ChangeSet{cs}); l.within(kvstore.Txn{Puts: append(txn.Puts, entry), Deletes: txn.Deletes}) {
		return nil
	}
	entry, parts, err := l.split(cs, entry)
	if err != nil {
		return err
	}
	early, rest := l.apart(cs)
	if _, err := l.chunks(append(early, parts...)); err != nil {
		return err
	}
	for _, it := range rest.Puts {
		if !l.within(kvstore.Txn{Puts: []kvstore.Item{it}}) {
			return errors.Mark(errors.Newf("one record has %d bytes", len(it.Value)), ErrTooLarge)
		}
	}
	if !l.within(kvstore.Txn{Puts: append(slices.Clip(rest.Puts), entry), Deletes: rest.Deletes}) {
		return together(rest)
	}
	return nil
}

func together(t kvstore.Txn) error {
	return errors.Mark(errors.Newf("%d operations and %d bytes that belong together", t.Ops(), t.Bytes()), ErrTooLarge)
}
