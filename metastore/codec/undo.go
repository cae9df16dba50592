package codec

import (
	"github.com/cockroachdb/errors"
	"github.com/cockroachdb/redact"

	"github.com/taproot-db/taproot/metastore/catalog"
)

// SealLeft fills in cs.Left: what belongs to the collections that cs drops, as it is stored. s is the catalog that cs is to be
// applied to, and what Seal gets for its changes. Inexact are the entries whose record was stored in another form than
// Encode gives it, as indexes of cs.Left: their Before is nil, and the caller reads it from the store under Key and sets it. A change set that
// drops no collection costs nothing.
//
// What is so large that the journal might not hold it is not remembered: nothing may keep a collection from being dropped. The way back
// through the journal ends there.
func SealLeft(s *catalog.Snapshot, cs *catalog.ChangeSet) (inexact []int, err error) {
	cs.Left = nil
	size := 0
	err = s.Leaving(cs.Changes, func(ref catalog.Ref, rec any, digest catalog.Fingerprint) error {
		left := catalog.Left{Ref: ref, Key: Key(ref)}
		// What does not encode now cannot have been stored in this form.
		before, err := Encode(rec)
		if size += len(left.Key) + len(before); size > mostLeft {
			return errTooMuchLeft
		}
		if err == nil && catalog.Digest(left.Key, before) == digest {
			left.Before = before
		} else {
			inexact = append(inexact, len(cs.Left))
		}
		cs.Left = append(cs.Left, left)
		return nil
	})
	if errors.Is(err, errTooMuchLeft) {
		cs.Left, inexact, err = nil, nil, nil
	}
	return inexact, err
}

// mostLeft leaves room for the changes themselves.
const mostLeft = MaxChangeSets / 4

var errTooMuchLeft = errors.New("too much to remember")

// Undo returns the changes that take back those of a sealed change set, in the order in which to make them: what
// catalog.Snapshot.Revert wants to go from the catalog after cs to the one before. Records are decoded from the bytes
// before, and Stored has its halves exchanged, so that Value is what stood there before cs. cs must name no key twice, as no commit can.
//
// Errors are marked ErrMalformed: bytes before that are no record, or not there at all.
func Undo(cs *catalog.ChangeSet) ([]catalog.Change, error) {
	out := make([]catalog.Change, 0, len(cs.Changes)+len(cs.Left))
	for i := len(cs.Changes) - 1; i >= 0; i-- {
		c := &cs.Changes[i]
		back := catalog.Change{Ref: c.Ref, Stored: catalog.Stored{Key: c.Stored.Key, Before: c.Stored.Value, Existed: !c.Deletes()}}
		if c.Stored.Existed {
			if err := restore(&back, c.Stored.Before); err != nil {
				return nil, undoing(cs, err)
			}
		}
		out = append(out, back)
	}
	// Last, as their collection must be there again. They were not written, and stand in the store as they did.
	for i := range cs.Left {
		l := &cs.Left[i]
		back := catalog.Change{Ref: l.Ref, Stored: catalog.Stored{Key: l.Key, Before: l.Before, Existed: true}}
		if err := restore(&back, l.Before); err != nil {
			return nil, undoing(cs, err)
		}
		out = append(out, back)
	}
	return out, nil
}

// restore makes c put the record with these stored bytes.
func restore(c *catalog.Change, before []byte) error {
	if before == nil {
		return malformed("the bytes before of %s are missing", c.Stored.Key)
	}
	c.Stored.Value = before
	c.Stored.Digest = catalog.Digest(c.Stored.Key, before)
	if c.Ref.Kind == catalog.KindUnknown {
		return nil
	}
	var err error
	c.Put, err = Decode(c.Ref, before)
	return err
}

func undoing(cs *catalog.ChangeSet, err error) error {
	return errors.Wrapf(err, "undo revision %d", redact.Safe(uint64(cs.Revision)))
}
