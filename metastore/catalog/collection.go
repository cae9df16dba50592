package catalog

import (
	"cmp"
	"iter"
	"slices"

	"github.com/taproot-db/taproot/metastore/model"
)

// Collection is a collection in a Snapshot with what belongs to it. It is immutable: equal pointers mean that nothing
// about the collection changed.
type Collection struct {
	*model.Collection
	digest     Fingerprint
	fields     []held[model.Field]     // ascending by id
	partitions []held[model.Partition] // ascending by id
	aliases    []string                // ascending
	rare       *rare                   // nil in nearly all collections
	revision   Revision                // of the last change of it or of what belongs to it; 0: not known
}

// rare is what few collections have.
type rare struct {
	functions []held[model.Function]    // ascending by id
	structs   []held[model.StructField] // ascending by id
}

// Functions yields the functions by ascending id, which is the order of declaration.
func (c *Collection) Functions() iter.Seq[*model.Function] { return records(c.others().functions) }

// StructFields yields the struct fields by ascending id, which is the order of declaration.
func (c *Collection) StructFields() iter.Seq[*model.StructField] { return records(c.others().structs) }

var none = &rare{}

// others returns what is rare; the caller must not change it.
func (c *Collection) others() *rare {
	if c.rare == nil {
		return none
	}
	return c.rare
}

// held is a record with the digest of its stored bytes, which is what must be subtracted when it is replaced.
type held[T any] struct {
	record   *T
	digest   Fingerprint
	revision Revision // in which it was written; 0: not known
}

// Fields yields all fields by ascending id, RowID and Timestamp first.
func (c *Collection) Fields() iter.Seq[*model.Field] { return records(c.fields) }

// UserFields yields the fields that users declared, by ascending id, which is the order of declaration.
func (c *Collection) UserFields() iter.Seq[*model.Field] {
	return func(yield func(*model.Field) bool) {
		for _, h := range c.fields {
			if !h.record.System() && !yield(h.record) {
				return
			}
		}
	}
}

// CountFields returns the number of fields, the system's included.
func (c *Collection) CountFields() int { return len(c.fields) }

// Partitions yields the visible partitions by ascending id, which is the order of creation.
func (c *Collection) Partitions() iter.Seq[*model.Partition] {
	return func(yield func(*model.Partition) bool) {
		for _, h := range c.partitions {
			if h.record.State == model.Created && !yield(h.record) {
				return
			}
		}
	}
}

// CountPartitions returns the number of partitions that Partitions yields.
func (c *Collection) CountPartitions() int {
	n := 0
	for range c.Partitions() {
		n++
	}
	return n
}

// Partition returns the visible partition of that name.
func (c *Collection) Partition(name string) (*model.Partition, bool) {
	for p := range c.Partitions() {
		if p.Name == name {
			return p, true
		}
	}
	return nil, false
}

// Aliases returns the names of the collection's aliases in byte order. The caller must not change the slice.
func (c *Collection) Aliases() []string { return c.aliases }

// PartitionKey reports whether rows are spread over partitions by a field's value.
func (c *Collection) PartitionKey() bool {
	for _, h := range c.fields {
		if h.record.PartitionKey {
			return true
		}
	}
	return false
}

// sum is the part of the catalog's fingerprint that leaves with the collection; aliases have a life of their own.
func (c *Collection) sum() Fingerprint {
	s := c.digest
	for _, h := range c.fields {
		s = s.plus(h.digest)
	}
	for _, h := range c.partitions {
		s = s.plus(h.digest)
	}
	for _, h := range c.others().functions {
		s = s.plus(h.digest)
	}
	for _, h := range c.others().structs {
		s = s.plus(h.digest)
	}
	return s
}

// capacity is what the collection counts for against the general capacity: partitions × shards.
func (c *Collection) capacity() int64 { return int64(len(c.partitions)) * int64(c.Shards) }

func records[T any](hs []held[T]) iter.Seq[*T] {
	return func(yield func(*T) bool) {
		for _, h := range hs {
			if !yield(h.record) {
				return
			}
		}
	}
}

func (h held[T]) id() model.ID {
	switch r := any(h.record).(type) {
	case *model.Field:
		return r.ID
	case *model.Partition:
		return r.ID
	case *model.Function:
		return r.ID
	case *model.StructField:
		return r.ID
	default:
		return 0
	}
}

// find returns where the record with that id is, or belongs.
func find[T any](hs []held[T], id model.ID) (int, bool) {
	return slices.BinarySearchFunc(hs, id, func(h held[T], id model.ID) int { return cmp.Compare(h.id(), id) })
}

// with returns hs with a record put in its place, and the digest of what stood there. hs itself stays as it is.
func with[T any](hs []held[T], id model.ID, h held[T]) ([]held[T], Fingerprint) {
	i, found := find(hs, id)
	if found {
		old := hs[i].digest
		hs = slices.Clone(hs)
		hs[i] = h
		return hs, old
	}
	out := make([]held[T], 0, len(hs)+1)
	out = append(append(append(out, hs[:i]...), h), hs[i:]...)
	return out, Fingerprint{}
}

// without returns hs less the record with that id, and the digest of what stood there. hs itself stays as it is.
func without[T any](hs []held[T], id model.ID) ([]held[T], Fingerprint) {
	i, found := find(hs, id)
	if !found {
		return hs, Fingerprint{}
	}
	out := make([]held[T], 0, len(hs)-1)
	return append(append(out, hs[:i]...), hs[i+1:]...), hs[i].digest
}

// child returns the record that r names and that belongs to the collection.
func (c *Collection) child(r Ref) (any, Fingerprint, bool) {
	switch r.Kind {
	case KindField:
		return pick(c.fields, r.ID)
	case KindPartition:
		return pick(c.partitions, r.ID)
	case KindFunction:
		return pick(c.others().functions, r.ID)
	case KindStructField:
		return pick(c.others().structs, r.ID)
	default:
		return nil, Fingerprint{}, false
	}
}

func pick[T any](hs []held[T], id model.ID) (any, Fingerprint, bool) {
	if i, ok := find(hs, id); ok {
		return hs[i].record, hs[i].digest, true
	}
	return nil, Fingerprint{}, false
}
