package catalog

import (
	"cmp"
	"iter"
	"slices"

	"github.com/taproot-db/taproot/metastore/model"
)

// held is a record with the digest of its stored bytes, which is what must be subtracted when it is replaced.
type held[T any] struct {
	record   *T
	digest   Fingerprint
	revision Revision // in which it was written; 0: not known
}

// family is the records of one kind that belong to a collection, ascending by id.
type family[T any] []held[T]

// rare is what a collection may have none of. It is apart so that those without it, of which a catalog may hold many, are small.
type rare struct {
	functions family[model.Function]
	structs   family[model.StructField]

	// What a data plane acts on.
	indexes        family[model.Index]
	load           family[model.Load] // one at the most
	partitionLoads family[model.PartitionLoad]
	replicas       family[model.Replica]
	indexReports   family[model.IndexReport]
	loadReport     family[model.LoadReport] // one at the most
}

var none = &rare{}

// others returns what is rare; the caller must not change it.
func (c *Collection) others() *rare {
	if c.rare == nil {
		return none
	}
	return c.rare
}

// relatives is a family of any type.
type relatives interface {
	// own copies the records, with room for one of that id, so that put and remove change nothing that others have.
	own(id model.ID)
	// put puts a record in its place and returns the digest of what stood there; false: it is of another type.
	put(rec any, digest Fingerprint, at Revision) (loss Fingerprint, ok bool)
	// add is put without looking for the place.
	add(rec any, digest Fingerprint) bool
	sort()
	len() int
	// remove takes a record out and returns its digest.
	remove(id model.ID) (loss Fingerprint)
	get(id model.ID) (any, Fingerprint, bool)
	sum() Fingerprint
	// at returns the i-th record by ascending id.
	at(i int) (model.ID, any, Fingerprint)
}

// childKinds are the kinds of records that belong to a collection.
var childKinds = [...]Kind{
	KindField, KindPartition, KindFunction, KindStructField,
	KindIndex, KindLoad, KindPartitionLoad, KindReplica, KindIndexReport, KindLoadReport,
}

// Belongs reports whether records of this kind belong to a collection, and go with it.
func (k Kind) Belongs() bool { return slices.Contains(childKinds[:], k) }

// rare reports whether records of this kind are kept apart.
func (k Kind) rare() bool { return k.Belongs() && k != KindField && k != KindPartition }

// family returns the records of a kind that belong to the collection, to be read; nil for a kind that belongs to none.
func (c *Collection) family(k Kind) relatives {
	switch k {
	case KindField:
		return &c.fields
	case KindPartition:
		return &c.partitions
	default:
		return c.others().family(k)
	}
}

func (r *rare) family(k Kind) relatives {
	switch k {
	case KindFunction:
		return &r.functions
	case KindStructField:
		return &r.structs
	case KindIndex:
		return &r.indexes
	case KindLoad:
		return &r.load
	case KindPartitionLoad:
		return &r.partitionLoads
	case KindReplica:
		return &r.replicas
	case KindIndexReport:
		return &r.indexReports
	case KindLoadReport:
		return &r.loadReport
	default:
		return nil
	}
}

// mine is family, to be written to, of a Collection that shares nothing with another one.
func (c *Collection) mine(k Kind) relatives {
	if c.rare == nil && k.rare() {
		c.rare = &rare{}
	}
	return c.family(k)
}

// empty reports whether there is nothing rare at all.
func (r *rare) empty() bool {
	return len(r.functions) == 0 && len(r.structs) == 0 && len(r.indexes) == 0 && len(r.load) == 0 && len(r.partitionLoads) == 0 &&
		len(r.replicas) == 0 && len(r.indexReports) == 0 && len(r.loadReport) == 0
}

// children calls yield for each record that belongs to the collection, by kind and ascending id.
func (c *Collection) children(yield func(Ref, any, Fingerprint) error) error {
	for _, k := range childKinds {
		f := c.family(k)
		for i := range f.len() {
			id, rec, digest := f.at(i)
			if err := yield(Ref{Kind: k, Parent: c.ID, ID: id}, rec, digest); err != nil {
				return err
			}
		}
	}
	return nil
}

// sum is the part of the catalog's fingerprint that leaves with the collection; aliases have a life of their own.
func (c *Collection) sum() Fingerprint {
	s := c.digest.plus(c.fields.sum()).plus(c.partitions.sum())
	if r := c.rare; r != nil {
		s = s.plus(r.functions.sum()).plus(r.structs.sum())
		s = s.plus(r.indexes.sum()).plus(r.load.sum()).plus(r.partitionLoads.sum()).plus(r.replicas.sum())
		s = s.plus(r.indexReports.sum()).plus(r.loadReport.sum())
	}
	return s
}

func (f family[T]) len() int { return len(f) }

func (f family[T]) sum() (s Fingerprint) {
	for i := range f {
		s = s.plus(f[i].digest)
	}
	return s
}

func (f family[T]) at(i int) (model.ID, any, Fingerprint) { return f[i].id(), f[i].record, f[i].digest }

func (f family[T]) get(id model.ID) (any, Fingerprint, bool) {
	if i, ok := f.find(id); ok {
		return f[i].record, f[i].digest, true
	}
	return nil, Fingerprint{}, false
}

// find returns where the record with that id is, or belongs.
func (f family[T]) find(id model.ID) (int, bool) {
	return slices.BinarySearchFunc(f, id, func(h held[T], id model.ID) int { return cmp.Compare(h.id(), id) })
}

func (f *family[T]) put(rec any, digest Fingerprint, at Revision) (loss Fingerprint, ok bool) {
	r, ok := rec.(*T)
	if !ok {
		return Fingerprint{}, false
	}
	h := held[T]{r, digest, at}
	i, found := f.find(h.id())
	if found {
		loss = (*f)[i].digest
		(*f)[i] = h
		return loss, true
	}
	if len(*f) == cap(*f) && len(*f) < few {
		*f = append(make(family[T], 0, len(*f)+1), *f...)
	}
	*f = slices.Insert(*f, i, h)
	return Fingerprint{}, true
}

// few is up to how many records a family has no more room than it needs: nearly all collections stay below it.
const few = 32

func (f *family[T]) own(id model.ID) {
	n := len(*f)
	if _, found := f.find(id); !found && n > 0 {
		n++
	}
	*f = append(make(family[T], 0, n), *f...)
}

func (f *family[T]) add(rec any, digest Fingerprint) bool {
	r, ok := rec.(*T)
	if ok {
		*f = append(*f, held[T]{record: r, digest: digest})
	}
	return ok
}

// sort also gives the slice no more room than it needs: there are hundreds of thousands.
func (f *family[T]) sort() {
	slices.SortFunc(*f, func(x, y held[T]) int { return cmp.Compare(x.id(), y.id()) })
	*f = slices.Clone(*f)
}

func (f *family[T]) remove(id model.ID) (loss Fingerprint) {
	i, found := f.find(id)
	if !found {
		return Fingerprint{}
	}
	loss = (*f)[i].digest
	*f = slices.Delete(*f, i, i+1)
	return loss
}

func records[T any](f family[T]) iter.Seq[*T] {
	return func(yield func(*T) bool) {
		for _, h := range f {
			if !yield(h.record) {
				return
			}
		}
	}
}

// only returns the record of a family that has one at the most.
func only[T any](f family[T]) (*T, bool) {
	if len(f) == 0 {
		return nil, false
	}
	return f[0].record, true
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
	case *model.Index:
		return r.ID
	case *model.Load:
		return r.Collection
	case *model.PartitionLoad:
		return r.Partition
	case *model.Replica:
		return r.ID
	case *model.IndexReport:
		return r.Index
	case *model.LoadReport:
		return r.Collection
	default:
		return 0
	}
}
