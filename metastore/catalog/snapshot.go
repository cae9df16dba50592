package catalog

import (
	"cmp"
	"iter"
	"slices"
	"sync"

	"github.com/tidwall/btree"

	"github.com/taproot-db/taproot/metastore/model"
)

// Snapshot is the catalog at one revision. It is immutable and safe for any number of readers, and of those who make other Snapshots from it.
//
// What is visible is in state Created. Collections in state Creating hold their name but are found by Pending only;
// what is Dropping is not in a Snapshot at all.
type Snapshot struct {
	revision  Revision
	epoch     uint64
	timestamp model.Timestamp
	nextID    model.ID
	sum       Fingerprint

	databases []database                       // ascending by id
	byID      *btree.BTreeG[*Collection]       // by id
	inDB      *btree.BTreeG[*Collection]       // by database, id
	byName    *btree.BTreeG[*Collection]       // by database, name
	aliases   *btree.BTreeG[held[model.Alias]] // by database, name
	channels  []channelUse                     // ascending by name
	groups    []held[model.ResourceGroup]      // ascending by name
	capacity  int64
	visible   int // collections in state Created
	loads     int // collections that have a Load

	quarantine []Quarantined
}

type database struct {
	held[model.Database]
	collections int // in state Created
}

type channelUse struct {
	name string
	n    int
}

// Position is where a catalog stands besides its records.
type Position struct {
	Revision  Revision
	Epoch     uint64
	Timestamp model.Timestamp
	NextID    model.ID
}

// Empty returns the catalog at revision 0, with no database in it.
func Empty() *Snapshot {
	return &Snapshot{
		byID:   newTree(func(a, b *Collection) bool { return a.ID < b.ID }),
		inDB:   newTree(func(a, b *Collection) bool { return before(a.Database, b.Database, a.ID, b.ID) }),
		byName: newTree(func(a, b *Collection) bool { return before(a.Database, b.Database, a.Name, b.Name) }),
		aliases: newTree(func(a, b held[model.Alias]) bool {
			return before(a.record.Database, b.record.Database, a.record.Name, b.record.Name)
		}),
	}
}

func before[T cmp.Ordered](db1, db2 model.ID, a, b T) bool {
	if db1 != db2 {
		return db1 < db2
	}
	return a < b
}

// Revision returns the revision of the last change set applied.
func (s *Snapshot) Revision() Revision { return s.revision }

// Epoch returns the epoch of the leader that made the last change set.
func (s *Snapshot) Epoch() uint64 { return s.epoch }

// Timestamp returns the hybrid timestamp of the last change set.
func (s *Snapshot) Timestamp() model.Timestamp { return s.timestamp }

// NextID returns the id that the next object gets.
func (s *Snapshot) NextID() model.ID { return s.nextID }

// Fingerprint returns the checksum of all records in the Snapshot.
func (s *Snapshot) Fingerprint() Fingerprint { return s.sum }

// Databases yields all databases by ascending id.
func (s *Snapshot) Databases() iter.Seq[*model.Database] {
	return func(yield func(*model.Database) bool) {
		for _, d := range s.databases {
			if !yield(d.record) {
				return
			}
		}
	}
}

// CountDatabases returns the number of databases.
func (s *Snapshot) CountDatabases() int { return len(s.databases) }

// Database returns the database of that name.
func (s *Snapshot) Database(name string) (*model.Database, bool) {
	for _, d := range s.databases {
		if d.record.Name == name {
			return d.record, true
		}
	}
	return nil, false
}

// DatabaseByID returns the database with that id.
func (s *Snapshot) DatabaseByID(id model.ID) (*model.Database, bool) {
	if i, ok := s.findDatabase(id); ok {
		return s.databases[i].record, true
	}
	return nil, false
}

func (s *Snapshot) findDatabase(id model.ID) (int, bool) {
	return slices.BinarySearchFunc(s.databases, id, func(d database, id model.ID) int { return cmp.Compare(d.record.ID, id) })
}

// Collection returns the visible collection of that name; aliases do not count.
func (s *Snapshot) Collection(db model.ID, name string) (*Collection, bool) {
	c, ok := s.named(db, name)
	return c, ok && c.State == model.Created
}

// Pending returns the collection that is being created under that name.
func (s *Snapshot) Pending(db model.ID, name string) (*Collection, bool) {
	c, ok := s.named(db, name)
	return c, ok && c.State == model.Creating
}

func (s *Snapshot) named(db model.ID, name string) (*Collection, bool) {
	p := probe()
	defer release(p)
	p.Database, p.Name = db, name
	return s.byName.Get(p)
}

// CollectionByID returns the visible collection with that id, whatever its database.
func (s *Snapshot) CollectionByID(id model.ID) (*Collection, bool) {
	c, ok := s.any(id)
	return c, ok && c.State == model.Created
}

// Find returns the collection with that id, visible or being created, whatever its database.
func (s *Snapshot) Find(id model.ID) (*Collection, bool) { return s.any(id) }

// any returns the collection with that id, visible or being created.
func (s *Snapshot) any(id model.ID) (*Collection, bool) {
	p := probe()
	defer release(p)
	p.ID = id
	return s.byID.Get(p)
}

// probes are what trees are searched with: the comparison wants a whole item, of which it looks at a key. They come from a
// pool, because a create searches some twenty times.
var probes = sync.Pool{New: func() any { return &Collection{Collection: &model.Collection{}} }}

func probe() *Collection { return probes.Get().(*Collection) } //nolint:forcetypeassert // the pool holds nothing else

func release(c *Collection) {
	c.ID, c.Database, c.Name = 0, 0, ""
	probes.Put(c)
}

// Alias returns the alias of that name.
func (s *Snapshot) Alias(db model.ID, name string) (*model.Alias, bool) {
	h, ok := s.aliases.Get(held[model.Alias]{record: &model.Alias{Database: db, Name: name}})
	return h.record, ok
}

// Resolve returns the visible collection that name stands for: an alias first, then a collection's own name.
func (s *Snapshot) Resolve(db model.ID, name string) (*Collection, bool) {
	if a, ok := s.Alias(db, name); ok {
		return s.CollectionByID(a.Collection)
	}
	return s.Collection(db, name)
}

// Collections yields the visible collections of a database by ascending id, which is the order of creation.
func (s *Snapshot) Collections(db model.ID) iter.Seq[*Collection] {
	return func(yield func(*Collection) bool) {
		s.inDB.Ascend(&Collection{Collection: &model.Collection{Database: db}}, func(c *Collection) bool {
			if c.Database != db {
				return false
			}
			return c.State != model.Created || yield(c)
		})
	}
}

// Aliases yields the aliases of a database in byte order of their names.
func (s *Snapshot) Aliases(db model.ID) iter.Seq[*model.Alias] {
	return func(yield func(*model.Alias) bool) {
		s.aliases.Ascend(held[model.Alias]{record: &model.Alias{Database: db}}, func(h held[model.Alias]) bool {
			return h.record.Database == db && yield(h.record)
		})
	}
}

// Unfinished yields the collections in state Creating, of all databases.
func (s *Snapshot) Unfinished() iter.Seq[*Collection] {
	return func(yield func(*Collection) bool) {
		if s.byID.Len() == s.visible {
			return
		}
		s.byID.Scan(func(c *Collection) bool { return c.State != model.Creating || yield(c) })
	}
}

// CountCollections returns the number of visible collections in a database.
func (s *Snapshot) CountCollections(db model.ID) int {
	if i, ok := s.findDatabase(db); ok {
		return s.databases[i].collections
	}
	return 0
}

// CountAllCollections returns the number of visible collections.
func (s *Snapshot) CountAllCollections() int { return s.visible }

// Capacity returns the sum of partitions × shards over all collections.
func (s *Snapshot) Capacity() int64 { return s.capacity }

// Quarantine returns the records that were found unreadable when the catalog was loaded. The caller must not change the slice.
func (s *Snapshot) Quarantine() []Quarantined { return s.quarantine }

// Damage returns the quarantined records that are, or belong to, the collection with that id.
func (s *Snapshot) Damage(collection model.ID) []Quarantined {
	var out []Quarantined
	for _, q := range s.quarantine {
		if q.Ref.Kind == KindCollection && q.Ref.ID == collection ||
			q.Ref.Kind.Belongs() && q.Ref.Parent == collection {
			out = append(out, q)
		}
	}
	return out
}

// ChannelUse returns how many virtual channels lie on a physical one.
func (s *Snapshot) ChannelUse(physical string) int {
	if i, ok := s.findChannel(physical); ok {
		return s.channels[i].n
	}
	return 0
}

func (s *Snapshot) findChannel(name string) (int, bool) {
	return slices.BinarySearchFunc(s.channels, name, func(c channelUse, n string) int { return cmp.Compare(c.name, n) })
}

func (s *Snapshot) findGroup(name string) (int, bool) {
	return slices.BinarySearchFunc(s.groups, name, func(h held[model.ResourceGroup], n string) int { return cmp.Compare(h.record.Name, n) })
}

// Record returns the record that r names with the digest of its stored bytes, or false if the Snapshot has none.
func (s *Snapshot) Record(r Ref) (any, Fingerprint, bool) {
	switch r.Kind {
	case KindDatabase:
		if i, ok := s.findDatabase(r.ID); ok {
			return s.databases[i].record, s.databases[i].digest, true
		}
	case KindCollection:
		// The key has the database in it: where the collection once was, there is no record.
		if c, ok := s.any(r.ID); ok && c.Database == r.Parent {
			return c.Collection, c.digest, true
		}
	case KindResourceGroup:
		if i, ok := s.findGroup(r.Name); ok {
			return s.groups[i].record, s.groups[i].digest, true
		}
	case KindAlias:
		if h, ok := s.aliases.Get(held[model.Alias]{record: &model.Alias{Database: r.Parent, Name: r.Name}}); ok {
			return h.record, h.digest, true
		}
	case KindUnknown:
	default:
		if c, ok := s.any(r.Parent); ok && r.Kind.Belongs() {
			return c.child(r)
		}
	}
	return nil, Fingerprint{}, false
}

// Highest returns the highest id and hybrid timestamp of any record, as NextID and Timestamp. It looks at all of them: it is for
// adopting a catalog whose counters are not known.
func (s *Snapshot) Highest() Position {
	var p Position
	for d := range s.Databases() {
		p.NextID = max(p.NextID, d.ID)
	}
	s.byID.Scan(func(c *Collection) bool {
		p.NextID = max(p.NextID, c.ID)
		p.Timestamp = max(p.Timestamp, c.Created, c.Updated)
		for part := range records(c.partitions) {
			p.NextID = max(p.NextID, part.ID)
			p.Timestamp = max(p.Timestamp, part.Created)
		}
		for i := range c.Indexes() {
			p.NextID = max(p.NextID, i.ID)
			p.Timestamp = max(p.Timestamp, i.Created)
		}
		for r := range c.Replicas() {
			p.NextID = max(p.NextID, r.ID)
		}
		return true
	})
	s.aliases.Scan(func(h held[model.Alias]) bool {
		p.Timestamp = max(p.Timestamp, h.record.Created)
		return true
	})
	return p
}
