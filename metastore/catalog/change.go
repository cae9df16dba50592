package catalog

import (
	"github.com/taproot-db/taproot/metastore/model"
)

// Revision counts change sets. The empty catalog has revision 0; each ChangeSet adds one.
type Revision uint64

// Kind is a kind of record.
type Kind uint8

// The kinds of records. KindUnknown is a record that this version does not know: it replays and survives, but has no
// effect on a Snapshot and no part in its fingerprint.
const (
	KindUnknown Kind = iota
	KindDatabase
	KindCollection
	KindField
	KindPartition
	KindAlias
	KindFunction
	KindStructField
	KindIndex
	KindLoad
	KindPartitionLoad
	KindReplica
	KindResourceGroup
	KindIndexReport
	KindLoadReport
)

// Kinds returns the kinds that a Snapshot holds and its fingerprint covers.
func Kinds() []Kind {
	return append([]Kind{KindDatabase, KindCollection, KindAlias, KindResourceGroup}, childKinds[:]...)
}

var kindNames = [...]string{
	"unknown", "database", "collection", "field", "partition", "alias", "function", "struct_field",
	"index", "load", "partition_load", "replica", "resource_group", "index_report", "load_report",
}

// String returns the kind's name as it stands in the head record and in logs.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "unknown"
}

// Ref names a record. Parent is the database of a collection or alias and the collection of what belongs to one.
// An alias or a resource group has a Name and no ID, all others an ID and no Name. The ID of a load and of its report is the collection's.
type Ref struct {
	Kind   Kind
	Parent model.ID
	ID     model.ID
	Name   string
}

// Change puts or deletes one record.
type Change struct {
	Ref Ref
	// Put is the new record, a pointer to the type of package model that Ref.Kind names; nil deletes it.
	Put any
	// Stored is the change in stored form. The codec fills it in between planning and commit; planners leave it empty.
	Stored Stored
}

// Stored is the stored form of a Change.
type Stored struct {
	// Key is relative to the root.
	Key string
	// Value is what is written; nothing for a delete.
	Value []byte
	// Before is what stood there, if Existed.
	Before  []byte
	Existed bool
	// Digest is the hash of Key and Value.
	Digest Fingerprint
}

// Deletes reports whether the change deletes its record. Of a kind that is not known there is only the stored form to tell by.
func (c *Change) Deletes() bool {
	if c.Ref.Kind == KindUnknown {
		return c.Stored.Value == nil
	}
	return c.Put == nil
}

// ReportStatement is the statement by which a data plane says what it has done. What it changes does not count as a change of the
// collection (decisions 16), for no client asked for it.
const ReportStatement = "Report"

// ChangeSet is what one statement changed. It may be empty of changes: a reservation of ids or timestamps.
type ChangeSet struct {
	Revision Revision
	Epoch    uint64
	// Timestamp is hybrid and rises strictly with the revision.
	Timestamp model.Timestamp
	// NextID is the id counter afterwards.
	NextID    model.ID
	RequestID string
	Actor     string
	Statement string
	// Body is a hash of the statement, by which a reused request id is told from a repeated request.
	Body    uint64
	Result  Result
	Changes []Change
	// Left are the records that left the Snapshot with their collection and have no change of their own. Apply needs none of
	// it and the store is not told of it: it is what a drop must remember so that it can be undone. The codec fills it in.
	Left []Left
	// Sum is the fingerprint of the Snapshot afterwards.
	Sum Fingerprint
}

// Left is a record, as it was stored, that a change set made unreachable without changing it.
type Left struct {
	Ref Ref
	// Key is relative to the root.
	Key string
	// Before is the stored form, which lies in the store until it is purged.
	Before []byte
}

// Result is what a statement answers: the ids of the object it created, dropped or found. Zero: none.
type Result struct {
	Database   model.ID
	Collection model.ID
	Partition  model.ID
}

// PutDatabase writes a database.
func PutDatabase(d *model.Database) Change { return Change{Ref: DatabaseRef(d), Put: d} }

// PutCollection writes a collection's own record. In state Dropping it takes the collection, with all that
// belongs to it, out of the Snapshot. With another database than before it moves the collection; Delete of the Ref it had then goes
// into the same change set, before or after.
func PutCollection(c *model.Collection) Change { return Change{Ref: CollectionRef(c), Put: c} }

// PutField writes a field of a collection.
func PutField(collection model.ID, f *model.Field) Change {
	return Change{Ref: FieldRef(collection, f), Put: f}
}

// PutPartition writes a partition. In state Dropping it takes the partition out of the Snapshot.
func PutPartition(p *model.Partition) Change { return Change{Ref: PartitionRef(p), Put: p} }

// PutFunction writes a function of a collection.
func PutFunction(collection model.ID, f *model.Function) Change {
	return Change{Ref: FunctionRef(collection, f), Put: f}
}

// PutStructField writes a struct field of a collection, with its sub-fields.
func PutStructField(collection model.ID, f *model.StructField) Change {
	return Change{Ref: StructFieldRef(collection, f), Put: f}
}

// Delete deletes a record.
func Delete(r Ref) Change { return Change{Ref: r} }

// PutAlias writes an alias.
func PutAlias(a *model.Alias) Change { return Change{Ref: AliasRef(a), Put: a} }

// DatabaseRef names d.
func DatabaseRef(d *model.Database) Ref { return Ref{Kind: KindDatabase, ID: d.ID} }

// CollectionRef names c.
func CollectionRef(c *model.Collection) Ref {
	return Ref{Kind: KindCollection, Parent: c.Database, ID: c.ID}
}

// FieldRef names a field of a collection.
func FieldRef(collection model.ID, f *model.Field) Ref {
	return Ref{Kind: KindField, Parent: collection, ID: f.ID}
}

// FunctionRef names a function of a collection.
func FunctionRef(collection model.ID, f *model.Function) Ref {
	return Ref{Kind: KindFunction, Parent: collection, ID: f.ID}
}

// StructFieldRef names a struct field of a collection.
func StructFieldRef(collection model.ID, f *model.StructField) Ref {
	return Ref{Kind: KindStructField, Parent: collection, ID: f.ID}
}

// PartitionRef names p.
func PartitionRef(p *model.Partition) Ref {
	return Ref{Kind: KindPartition, Parent: p.Collection, ID: p.ID}
}

// AliasRef names a.
func AliasRef(a *model.Alias) Ref { return Ref{Kind: KindAlias, Parent: a.Database, Name: a.Name} }

// PutIndex writes an index of a collection.
func PutIndex(i *model.Index) Change { return Change{Ref: IndexRef(i), Put: i} }

// PutLoad writes the wish that a collection be loaded.
func PutLoad(l *model.Load) Change { return Change{Ref: LoadRef(l.Collection), Put: l} }

// PutPartitionLoad writes the wish that a partition be loaded.
func PutPartitionLoad(p *model.PartitionLoad) Change {
	return Change{Ref: PartitionLoadRef(p), Put: p}
}

// PutReplica writes a replica of a loaded collection.
func PutReplica(r *model.Replica) Change { return Change{Ref: ReplicaRef(r), Put: r} }

// PutResourceGroup writes a resource group.
func PutResourceGroup(g *model.ResourceGroup) Change {
	return Change{Ref: ResourceGroupRef(g.Name), Put: g}
}

// PutIndexReport writes what was reported of an index.
func PutIndexReport(r *model.IndexReport) Change {
	return Change{Ref: IndexReportRef(r.Collection, r.Index), Put: r}
}

// PutLoadReport writes what was reported of a load.
func PutLoadReport(r *model.LoadReport) Change {
	return Change{Ref: LoadReportRef(r.Collection), Put: r}
}

// IndexRef names i.
func IndexRef(i *model.Index) Ref { return Ref{Kind: KindIndex, Parent: i.Collection, ID: i.ID} }

// LoadRef names the load of a collection.
func LoadRef(collection model.ID) Ref { return Ref{Kind: KindLoad, Parent: collection, ID: collection} }

// PartitionLoadRef names p.
func PartitionLoadRef(p *model.PartitionLoad) Ref {
	return Ref{Kind: KindPartitionLoad, Parent: p.Collection, ID: p.Partition}
}

// ReplicaRef names r.
func ReplicaRef(r *model.Replica) Ref { return Ref{Kind: KindReplica, Parent: r.Collection, ID: r.ID} }

// ResourceGroupRef names a resource group.
func ResourceGroupRef(name string) Ref { return Ref{Kind: KindResourceGroup, Name: name} }

// IndexReportRef names what was reported of an index.
func IndexReportRef(collection, index model.ID) Ref {
	return Ref{Kind: KindIndexReport, Parent: collection, ID: index}
}

// LoadReportRef names what was reported of the load of a collection.
func LoadReportRef(collection model.ID) Ref {
	return Ref{Kind: KindLoadReport, Parent: collection, ID: collection}
}
