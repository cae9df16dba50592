package catalog

import (
	"iter"

	"github.com/taproot-db/taproot/metastore/model"
)

// Collection is a collection in a Snapshot with what belongs to it. It is immutable: equal pointers mean that nothing
// about the collection changed.
type Collection struct {
	*model.Collection
	digest     Fingerprint
	fields     family[model.Field]
	partitions family[model.Partition]
	aliases    []string // ascending
	rare       *rare    // nil where there is nothing of it
	revision   Revision // of the last change of it or of what belongs to it; 0: not known
}

// Functions yields the functions by ascending id, which is the order of declaration.
func (c *Collection) Functions() iter.Seq[*model.Function] { return records(c.others().functions) }

// StructFields yields the struct fields by ascending id, which is the order of declaration.
func (c *Collection) StructFields() iter.Seq[*model.StructField] { return records(c.others().structs) }

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

// capacity is what the collection counts for against the general capacity: partitions × shards.
func (c *Collection) capacity() int64 { return int64(len(c.partitions)) * int64(c.Shards) }

// child returns the record that r names and that belongs to the collection.
func (c *Collection) child(r Ref) (any, Fingerprint, bool) { return c.family(r.Kind).get(r.ID) }
