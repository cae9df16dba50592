package catalog

import (
	"slices"

	"github.com/cockroachdb/errors"

	"github.com/taproot-db/taproot/metastore/model"
)

// Mark is where the catalog stood at one revision: all there is to know of it but its records.
type Mark struct {
	Position
	Sum Fingerprint
}

// Mark returns where the catalog stands.
func (s *Snapshot) Mark() Mark {
	return Mark{Position{Revision: s.revision, Epoch: s.epoch, Timestamp: s.timestamp, NextID: s.nextID}, s.sum}
}

// Mark returns where the catalog stood after cs, which is what reverting the change set after cs leads to.
func (cs *ChangeSet) Mark() Mark {
	return Mark{Position{Revision: cs.Revision, Epoch: cs.Epoch, Timestamp: cs.Timestamp, NextID: cs.NextID}, cs.Sum}
}

// Revert is the inverse of Apply: of the Snapshot after cs it returns the one before, which stood at to. undo are the changes that take back
// those of cs (codec.Undo). s stays as it is. It fails with ErrGap if s is not at cs or to is not the revision before it, and
// with ErrDiverged if a record cannot be placed or the fingerprint afterwards is not to.Sum: the change set does not tell
// all it replaced, or another version counted other kinds of records.
//
// What was quarantined when s was loaded stays quarantined: nobody knows since when it is unreadable.
func (s *Snapshot) Revert(cs *ChangeSet, undo []Change, to Mark) (*Snapshot, error) {
	w := s.Work()
	if err := w.Revert(cs, undo, to); err != nil {
		return nil, err
	}
	return w.Snapshot(), nil
}

// Revert takes back the change set that was staged, or reverted to, last. See Snapshot.Revert; after ErrDiverged the Work is of no use any more.
func (w *Work) Revert(cs *ChangeSet, undo []Change, to Mark) error {
	if s := w.Snapshot(); cs.Revision != s.revision || to.Revision+1 != cs.Revision {
		return errors.Mark(errors.Newf("revision %d cannot be reverted to %d at revision %d", cs.Revision, to.Revision, s.revision), ErrGap)
	}
	e := w.own()
	e.stamp = 0 // when that was written before, the change set does not tell
	if err := e.changes(undo); err != nil {
		return errors.Wrapf(err, "revert revision %d", cs.Revision)
	}
	e.acted = e.acted[:0] // it was whole before
	if e.sum != to.Sum {
		return errors.Mark(errors.Newf("before revision %d: fingerprint is %s, should be %s", cs.Revision, e.sum, to.Sum), ErrDiverged)
	}
	e.revision, e.epoch, e.timestamp, e.nextID = to.Revision, to.Epoch, to.Timestamp, to.NextID
	return nil
}

// Leaving calls yield for each record that leaves the Snapshot when the changes are made and that none of them names: what
// belongs to collections that are dropped. The digest is that of the stored bytes. Aliases never leave that way.
func (s *Snapshot) Leaving(changes []Change, yield func(Ref, any, Fingerprint) error) error {
	var named map[Ref]bool
	for i := range changes {
		c := &changes[i]
		if !c.drops(changes) {
			continue
		}
		coll, ok := s.any(c.Ref.ID)
		if !ok || coll.Database != c.Ref.Parent {
			continue
		}
		if named == nil {
			named = make(map[Ref]bool, len(changes))
			for j := range changes {
				named[changes[j].Ref] = true
			}
		}
		err := coll.children(func(r Ref, rec any, digest Fingerprint) error {
			if named[r] {
				return nil
			}
			return yield(r, rec, digest)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// drops reports whether the change, one of all, takes a collection out of the Snapshot. To delete the key that it had in another
// database does not.
func (c *Change) drops(all []Change) bool {
	if c.Ref.Kind != KindCollection {
		return false
	}
	if rec, ok := c.Put.(*model.Collection); ok {
		return gone(rec.State)
	}
	return !slices.ContainsFunc(all, func(o Change) bool {
		return o.Ref.Kind == KindCollection && o.Ref.ID == c.Ref.ID && o.Ref != c.Ref && o.Put != nil
	})
}
