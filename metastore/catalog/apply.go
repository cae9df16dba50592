package catalog

import (
	"slices"
	"sync"

	"github.com/cockroachdb/errors"
	"github.com/tidwall/btree"

	"github.com/taproot-db/taproot/metastore/model"
)

// The kinds of errors of Apply. Whoever follows a log and meets one must start again from a whole Snapshot.
var (
	// ErrGap means that the change set is not the next one.
	ErrGap = errors.New("revision gap")
	// ErrDiverged means that the change set does not fit the Snapshot: its fingerprint or its records differ.
	ErrDiverged = errors.New("catalog diverged")
)

// Apply returns the Snapshot after cs; s stays as it is. It fails with ErrGap if cs is not the next revision and with
// ErrDiverged if a record cannot be placed or the fingerprint afterwards is not cs.Sum. The Snapshot keeps the records of cs.
func (s *Snapshot) Apply(cs *ChangeSet) (*Snapshot, error) {
	next, err := s.Stage(cs)
	if err != nil {
		return nil, err
	}
	if next.sum != cs.Sum {
		return nil, errors.Mark(errors.Newf("revision %d: fingerprint is %s, should be %s", cs.Revision, next.sum, cs.Sum), ErrDiverged)
	}
	return next, nil
}

// Stage is Apply for the one who writes the log: cs.Sum is not looked at, the caller takes it from the result.
func (s *Snapshot) Stage(cs *ChangeSet) (*Snapshot, error) {
	w := s.Work()
	if err := w.Stage(cs); err != nil {
		return nil, err
	}
	return w.Snapshot(), nil
}

// Work is a Snapshot in the making: change sets are staged on it one after the other, and what one of them copied the
// next ones may write to. It costs a fraction of as many Snapshots. For one goroutine.
type Work struct {
	base *Snapshot
	edit *edit // nil until something is staged
}

// Work starts on s, which stays as it is.
func (s *Snapshot) Work() *Work { return &Work{base: s} }

// Snapshot returns the catalog as it is with all that was staged. It must be let go of before the next Stage, which may
// change it; after the last one it is a Snapshot like any other.
func (w *Work) Snapshot() *Snapshot {
	if w.edit == nil {
		return w.base
	}
	return w.edit.Snapshot
}

// Stage adds a change set. Errors are those of Snapshot.Stage; after ErrDiverged the Work is of no use any more.
func (w *Work) Stage(cs *ChangeSet) error {
	if s := w.Snapshot(); cs.Revision != s.revision+1 {
		return errors.Mark(errors.Newf("revision %d after revision %d", cs.Revision, s.revision), ErrGap)
	}
	e := w.own()
	e.revision, e.epoch, e.timestamp, e.nextID = cs.Revision, cs.Epoch, cs.Timestamp, cs.NextID
	e.stamp, e.reported = cs.Revision, cs.Statement == ReportStatement
	if err := e.changes(cs.Changes); err != nil {
		return errors.Wrapf(err, "revision %d", cs.Revision)
	}
	return errors.Wrapf(e.whole(), "revision %d", cs.Revision)
}

// own returns the edit, which begins with the first change.
func (w *Work) own() *edit {
	if w.edit == nil {
		next := *w.base
		w.edit = &edit{Snapshot: &next}
	}
	return w.edit
}

// changes makes changes in their order; errors are marked ErrDiverged.
func (e *edit) changes(cs []Change) error {
	for i := range cs {
		if moves(cs, i) {
			continue
		}
		if err := e.change(&cs[i]); err != nil {
			return errors.Mark(errors.Wrap(err, cs[i].Stored.Key), ErrDiverged)
		}
	}
	return nil
}

// moves reports whether the i-th change deletes the key of a collection that is put under another one later: it moves to another
// database, with all that belongs to it, and the put does that. Where the put comes first, the collection is no longer where the delete looks.
func moves(cs []Change, i int) bool {
	c := &cs[i]
	return c.Ref.Kind == KindCollection && c.Put == nil && slices.ContainsFunc(cs[i+1:], func(later Change) bool {
		return later.Ref.Kind == KindCollection && later.Ref.ID == c.Ref.ID && later.Put != nil
	})
}

// At returns the same records at another position, e.g. under a new epoch.
func (s *Snapshot) At(p Position) *Snapshot {
	next := *s
	next.revision, next.epoch, next.timestamp, next.nextID = p.Revision, p.Epoch, p.Timestamp, p.NextID
	return &next
}

// edit is a Snapshot on its way to the next one. What it shares with the one before is copied when it is first touched.
type edit struct {
	*Snapshot
	ownTrees, ownDatabases, ownChannels bool
	// fresh is the collection that was copied last, and may be changed in place: changes of one collection stand together.
	fresh *Collection
	// mine are the families of fresh that were copied since, and may be changed in place as well: a bit for each kind.
	mine uint32
	// rare is what was copied last of what is rare in a collection, and may be changed in place in the one that has it.
	rare *rare
	// acted are the collections of which something was changed that a data plane acts on: see whole.
	acted []model.ID
	// stamp is the revision that what is written is noted to be of; 0 while a Snapshot is built, which tells nothing of it.
	stamp Revision
	// reported: a data plane says what it has done, which is no change of the collection (decisions 16).
	reported bool
}

func (e *edit) change(c *Change) error {
	switch c.Ref.Kind {
	case KindDatabase:
		return e.database(c)
	case KindCollection:
		return e.collection(c)
	case KindAlias:
		return e.alias(c)
	case KindResourceGroup:
		return e.group(c)
	case KindUnknown:
		return nil
	default:
		if c.Ref.Kind.Belongs() {
			return e.child(c)
		}
		return errors.Newf("record kind %d", c.Ref.Kind)
	}
}

// copying is held while trees are copied: a copy shares all nodes until one is written to, and marks both trees for it. It
// is the only thing that is written to in a Snapshot that others may be using.
var copying sync.Mutex

// touchTrees gives the edit trees of its own.
func (e *edit) touchTrees() {
	if !e.ownTrees {
		e.ownTrees = true
		copying.Lock()
		defer copying.Unlock()
		e.byID, e.inDB, e.byName, e.aliases = e.byID.Copy(), e.inDB.Copy(), e.byName.Copy(), e.aliases.Copy()
	}
}

func (e *edit) touchDatabases() {
	if !e.ownDatabases {
		e.ownDatabases = true
		e.databases = slices.Clone(e.databases)
	}
}

func (e *edit) database(c *Change) error {
	e.touchDatabases()
	i, found := e.findDatabase(c.Ref.ID)
	if found {
		e.sum = e.sum.minus(e.databases[i].digest)
	}
	d, ok := c.Put.(*model.Database)
	switch {
	case !ok && found:
		e.databases = slices.Delete(e.databases, i, i+1)
		return nil
	case !ok:
		return nil
	}
	e.sum = e.sum.plus(c.Stored.Digest)
	h := held[model.Database]{record: d, digest: c.Stored.Digest, revision: e.stamp}
	if found {
		e.databases[i].held = h
	} else {
		e.databases = slices.Insert(e.databases, i, database{held: h})
	}
	return nil
}

func (e *edit) collection(c *Change) error {
	e.touchTrees()
	old, found := e.any(c.Ref.ID)
	rec, ok := c.Put.(*model.Collection)
	if found && !ok && old.Database != c.Ref.Parent {
		return nil // the collection is in another database: only the key it had before goes
	}
	if found {
		e.take(old)
	}
	if !ok || gone(rec.State) {
		e.freshen(nil)
		if found && len(old.aliases) > 0 {
			return errors.Newf("collection %d goes before its aliases", c.Ref.ID)
		}
		return nil
	}
	next := &Collection{Collection: rec, digest: c.Stored.Digest, revision: e.stamp}
	if found {
		next.fields, next.partitions, next.aliases, next.rare = old.fields, old.partitions, old.aliases, old.rare
	}
	return e.add(next)
}

// take removes a collection with its fields and partitions; aliases are records of their own and must go before.
func (e *edit) take(c *Collection) {
	e.byID.Delete(c)
	e.inDB.Delete(c)
	e.byName.Delete(c)
	e.sum = e.sum.minus(c.sum())
	e.account(c, -1)
}

// add puts a collection in.
func (e *edit) add(c *Collection) error {
	if other, clash := e.named(c.Database, c.Name); clash {
		return errors.Newf("collections %d and %d have the same name in database %d", other.ID, c.ID, c.Database)
	}
	e.byID.Set(c)
	e.inDB.Set(c)
	e.byName.Set(c)
	e.sum = e.sum.plus(c.sum())
	e.account(c, +1)
	e.freshen(c)
	return nil
}

// account keeps the counters, which are derived from the collections, in step.
func (e *edit) account(c *Collection, sign int) {
	e.capacity += int64(sign) * c.capacity()
	e.loads += sign * c.loads()
	for _, ch := range c.PhysicalChannels {
		e.useChannel(ch, sign)
	}
	if c.State != model.Created {
		return
	}
	e.visible += sign
	e.touchDatabases()
	if i, ok := e.findDatabase(c.Database); ok {
		e.databases[i].collections += sign
	}
}

func (e *edit) useChannel(name string, n int) {
	if !e.ownChannels {
		e.ownChannels = true
		e.channels = slices.Clone(e.channels)
	}
	i, found := e.findChannel(name)
	if !found {
		e.channels = slices.Insert(e.channels, i, channelUse{name: name})
	}
	e.channels[i].n += n
	if e.channels[i].n == 0 {
		e.channels = slices.Delete(e.channels, i, i+1)
	}
}

// own returns a copy of the collection that may be changed in place until the edit is done.
func (e *edit) own(id model.ID) (*Collection, bool) {
	if e.fresh != nil && e.fresh.ID == id {
		return e.fresh, true
	}
	c, ok := e.any(id)
	if !ok {
		return nil, false
	}
	e.touchTrees()
	clone := *c
	e.byID.Set(&clone)
	e.inDB.Set(&clone)
	e.byName.Set(&clone)
	e.freshen(&clone)
	return e.fresh, true
}

// freshen notes that c may be changed in place, but none of the families that it has from elsewhere.
func (e *edit) freshen(c *Collection) { e.fresh, e.mine = c, 0 }

func (e *edit) child(c *Change) error {
	coll, ok := e.own(c.Ref.Parent)
	if !ok {
		if c.Put == nil {
			return nil // its collection is gone already
		}
		return errors.Newf("%s %d of collection %d, which does not exist", c.Ref.Kind, c.Ref.ID, c.Ref.Parent)
	}
	e.capacity -= coll.capacity()
	e.loads -= coll.loads()
	if !e.reported && c.Ref.Kind != KindIndexReport && c.Ref.Kind != KindLoadReport {
		coll.revision = e.stamp
	}
	var loss Fingerprint
	gain := c.Stored.Digest
	family := e.family(coll, c.Ref)
	if p, ok := c.Put.(*model.Partition); c.Put == nil || ok && gone(p.State) {
		loss, gain = family.remove(c.Ref.ID), Fingerprint{}
	} else if loss, ok = family.put(c.Put, gain, e.stamp); !ok {
		return errors.Newf("%T cannot stand as a %s", c.Put, c.Ref.Kind)
	}
	if coll.rare != nil {
		e.noteActed(c.Ref)
		if coll.rare.empty() {
			coll.rare = nil
		}
	}
	e.sum = e.sum.minus(loss).plus(gain)
	e.capacity += coll.capacity()
	e.loads += coll.loads()
	return nil
}

// family returns the family of fresh, which c is, that r belongs to, to be changed in place. The records that it had, which the Snapshot
// before has too, are copied once, and not for each of a thousand partitions.
func (e *edit) family(c *Collection, r Ref) relatives {
	if r.Kind.rare() && (c.rare == nil || c.rare != e.rare) {
		own := *c.others()
		c.rare, e.rare = &own, &own
		e.mine &= 1<<KindField | 1<<KindPartition
	}
	f := c.family(r.Kind)
	if bit := uint32(1) << r.Kind; e.mine&bit == 0 {
		e.mine |= bit
		f.own(r.ID)
	}
	return f
}

// noteActed notes that whole must look at a collection.
func (e *edit) noteActed(r Ref) {
	switch r.Kind {
	case KindField, KindFunction, KindStructField, KindLoadReport:
		return
	default:
	}
	if len(e.acted) == 0 || e.acted[len(e.acted)-1] != r.Parent {
		e.acted = append(e.acted, r.Parent)
	}
}

// whole refuses a change set that leaves something behind which nothing refers to: a start would not find it in the catalog
// again (Builder), and take the catalog for damaged.
func (e *edit) whole() error {
	for _, id := range e.acted {
		c, ok := e.any(id)
		if !ok || c.rare == nil {
			continue
		}
		for r, why := range c.strays() {
			return errors.Mark(errors.Newf("%s %d of collection %d is left behind: %s", r.Kind, r.ID, id, why), ErrDiverged)
		}
	}
	e.acted = e.acted[:0]
	return nil
}

// group puts or deletes a resource group.
func (e *edit) group(c *Change) error {
	i, found := e.findGroup(c.Ref.Name)
	groups := slices.Clone(e.groups)
	if found {
		e.sum = e.sum.minus(groups[i].digest)
		groups = slices.Delete(groups, i, i+1)
	}
	if c.Put != nil {
		g, ok := c.Put.(*model.ResourceGroup)
		if !ok {
			return errors.Newf("%T cannot stand as a %s", c.Put, c.Ref.Kind)
		}
		e.sum = e.sum.plus(c.Stored.Digest)
		groups = slices.Insert(groups, i, held[model.ResourceGroup]{g, c.Stored.Digest, e.stamp})
	}
	e.groups = groups
	return nil
}

func (e *edit) alias(c *Change) error {
	e.touchTrees()
	old, found := e.aliases.Get(held[model.Alias]{record: &model.Alias{Database: c.Ref.Parent, Name: c.Ref.Name}})
	if found {
		e.aliases.Delete(old)
		e.sum = e.sum.minus(old.digest)
		if coll, ok := e.own(old.record.Collection); ok {
			if i, at := slices.BinarySearch(coll.aliases, c.Ref.Name); at {
				coll.aliases = slices.Delete(slices.Clone(coll.aliases), i, i+1)
			}
		}
	}
	a, ok := c.Put.(*model.Alias)
	if !ok {
		return nil
	}
	coll, ok := e.own(a.Collection)
	if !ok {
		return errors.Newf("alias of collection %d, which does not exist", a.Collection)
	}
	i, _ := slices.BinarySearch(coll.aliases, a.Name)
	coll.aliases = slices.Insert(slices.Clone(coll.aliases), i, a.Name)
	e.aliases.Set(held[model.Alias]{record: a, digest: c.Stored.Digest, revision: e.stamp})
	e.sum = e.sum.plus(c.Stored.Digest)
	return nil
}

// newTree is here so that every tree is made with the same options: the Snapshot's rules make locks needless.
func newTree[T any](less func(a, b T) bool) *btree.BTreeG[T] {
	return btree.NewBTreeGOptions(less, btree.Options{NoLocks: true})
}
