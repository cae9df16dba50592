package catalog

import (
	"cmp"
	"slices"

	"github.com/taproot-db/taproot/metastore/model"
)

// Builder makes a Snapshot from records in any order, as they are found in a store. It leaves out what is not
// reachable and says so. Not safe for concurrent use.
type Builder struct {
	// KeyOf names a record by its key in what is said of it; optional.
	KeyOf func(Ref) string

	databases   []held[model.Database]
	collections map[model.ID]*Collection
	children    map[model.ID]*Collection // fields and partitions whose collection has not been seen
	aliases     []held[model.Alias]
	groups      []held[model.ResourceGroup]
	quarantine  []Quarantined
	garbage     []Ref
}

// Quarantined is a record that is in the store and cannot be served: it does not decode, or contradicts another. It is
// in no fingerprint, and nothing that belongs to it is garbage.
type Quarantined struct {
	Ref    Ref
	Key    string
	Reason string
}

// NewBuilder returns an empty Builder.
func NewBuilder() *Builder {
	return &Builder{collections: map[model.ID]*Collection{}, children: map[model.ID]*Collection{}}
}

// Add takes a record with the digest of its stored bytes. rec is of the type that ref.Kind says.
func (b *Builder) Add(ref Ref, rec any, digest Fingerprint) {
	switch r := rec.(type) {
	case *model.Database:
		b.databases = append(b.databases, held[model.Database]{record: r, digest: digest})
	case *model.Collection:
		if _, twice := b.collections[r.ID]; twice {
			b.contradiction(ref, "another collection has the same id")
			return
		}
		c := b.children[r.ID]
		if c == nil {
			c = &Collection{}
		}
		delete(b.children, r.ID)
		c.Collection, c.digest = r, digest
		b.collections[r.ID] = c
	case *model.Alias:
		b.aliases = append(b.aliases, held[model.Alias]{record: r, digest: digest})
	case *model.ResourceGroup:
		b.groups = append(b.groups, held[model.ResourceGroup]{record: r, digest: digest})
	default:
		c := b.owner(ref.Parent)
		c.mine(ref.Kind).add(rec, digest)
	}
}

// Quarantine notes a record that could not be read.
func (b *Builder) Quarantine(q Quarantined) { b.quarantine = append(b.quarantine, q) }

func (b *Builder) owner(id model.ID) *Collection {
	if c, ok := b.collections[id]; ok {
		return c
	}
	c, ok := b.children[id]
	if !ok {
		c = &Collection{}
		b.children[id] = c
	}
	return c
}

// Build returns the Snapshot of all records that are reachable, and the Refs of those that are garbage: what is
// Dropping with its fields and partitions, children of no collection, aliases of no collection. The purge may remove
// exactly these. Records that contradict others are quarantined. The Builder must not be used afterwards.
func (b *Builder) Build(at Position) (*Snapshot, []Ref) {
	s := Empty().At(at)
	e := edit{Snapshot: s, ownTrees: true, ownDatabases: true, ownChannels: true}
	slices.SortFunc(b.databases, func(x, y held[model.Database]) int { return cmp.Compare(x.record.ID, y.record.ID) })
	for _, d := range b.databases {
		s.databases = append(s.databases, database{held: d})
		s.sum = s.sum.plus(d.digest)
	}
	slices.SortFunc(b.groups, func(x, y held[model.ResourceGroup]) int { return cmp.Compare(x.record.Name, y.record.Name) })
	for _, g := range b.groups {
		s.groups = append(s.groups, g)
		s.sum = s.sum.plus(g.digest)
	}
	for _, c := range sorted(b.collections) {
		b.place(&e, c)
	}
	for id, orphan := range b.children {
		b.leave(id, orphan)
	}
	slices.SortFunc(b.aliases, func(x, y held[model.Alias]) int { return cmp.Compare(x.record.Name, y.record.Name) })
	for _, a := range b.aliases {
		b.point(&e, a)
	}
	s.quarantine = b.quarantine
	return s, b.garbage
}

func (b *Builder) place(e *edit, c *Collection) {
	c.sort()
	if gone(c.State) {
		b.garbage = append(b.garbage, CollectionRef(c.Collection))
		b.leave(c.ID, c)
		return
	}
	for _, h := range c.partitions {
		if gone(h.record.State) {
			b.garbage = append(b.garbage, PartitionRef(h.record))
		}
	}
	c.partitions = slices.Clip(slices.DeleteFunc(c.partitions, func(h held[model.Partition]) bool { return gone(h.record.State) }))
	b.prune(c)
	if _, ok := e.findDatabase(c.Database); !ok {
		b.contradiction(CollectionRef(c.Collection), "its database does not exist")
	} else if err := e.add(c); err != nil {
		b.contradiction(CollectionRef(c.Collection), err.Error())
	}
}

func (b *Builder) point(e *edit, a held[model.Alias]) {
	change := PutAlias(a.record)
	change.Stored.Digest = a.digest
	if _, live := e.any(a.record.Collection); live {
		if err := e.alias(&change); err != nil {
			b.contradiction(change.Ref, err.Error())
		}
	} else if b.quarantined(a.record.Collection) {
		b.contradiction(change.Ref, "its collection cannot be read") // its name must not be given away
	} else {
		b.garbage = append(b.garbage, change.Ref)
	}
}

func (b *Builder) contradiction(r Ref, reason string) {
	q := Quarantined{Ref: r, Reason: reason}
	if b.KeyOf != nil {
		q.Key = b.KeyOf(r)
	}
	b.quarantine = append(b.quarantine, q)
}

// quarantined reports whether the collection is there, though unreadable.
func (b *Builder) quarantined(collection model.ID) bool {
	return slices.ContainsFunc(b.quarantine, func(q Quarantined) bool {
		return q.Ref.Kind == KindCollection && q.Ref.ID == collection
	})
}

// leave notes what belongs to a collection that is not there.
func (b *Builder) leave(id model.ID, c *Collection) {
	if b.quarantined(id) {
		return
	}
	for _, k := range childKinds {
		for i := range c.family(k).len() {
			child, _, _ := c.family(k).at(i)
			b.garbage = append(b.garbage, Ref{Kind: k, Parent: id, ID: child})
		}
	}
}

// prune leaves out what nothing refers to of what a data plane acts on. It is garbage, unless what should refer to it cannot be read.
func (b *Builder) prune(c *Collection) {
	if c.rare == nil {
		return
	}
	var out []Ref
	for r, why := range c.strays() {
		out = append(out, r)
		if !b.unreadable(why.missing) {
			b.garbage = append(b.garbage, r)
		}
	}
	for _, r := range out {
		c.mine(r.Kind).remove(r.ID)
	}
	if c.rare.empty() {
		c.rare = nil
	}
}

// unreadable reports whether the record is in quarantine.
func (b *Builder) unreadable(r Ref) bool {
	return r != Ref{} && slices.ContainsFunc(b.quarantine, func(q Quarantined) bool { return q.Ref == r })
}

// sort brings all that belongs to the collection into order.
func (c *Collection) sort() {
	for _, k := range childKinds {
		if f := c.family(k); f.len() > 0 { // the families that it has none of may be those of all
			f.sort()
		}
	}
}

func gone(s model.State) bool { return s == model.Dropping || s == model.Dropped }

func sorted(m map[model.ID]*Collection) []*Collection {
	all := make([]*Collection, 0, len(m))
	for _, c := range m {
		all = append(all, c)
	}
	slices.SortFunc(all, func(x, y *Collection) int { return cmp.Compare(x.ID, y.ID) })
	return all
}
