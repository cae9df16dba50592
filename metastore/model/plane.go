package model

import (
	"slices"
)

// The records of this file are what a data plane acts on: which indexes there are to be, what is to be loaded, and on which groups of
// nodes. Clients write them (the spec); what the data plane reports of them (IndexReport, LoadReport) has records of its own.

// Index is an index of a field. What it is to be built with is spec; a Report says how far that is.
type Index struct {
	ID         ID
	Collection ID
	Field      ID
	Name       string
	// TypeParams are those of the field when the index was made, less what concerns storage only.
	TypeParams []Property
	// IndexParams is what the index is built with, defaults filled in; UserParams is what the client sent.
	IndexParams, UserParams []Property
	// Auto: the server chose the type of a scalar field's index.
	Auto    bool
	Created Timestamp
	// Deleted is how Milvus marks an index that is gone; it is never in a Snapshot.
	Deleted bool
	// Extra and InfoExtra are the wire form of what this version does not model; they survive a rewrite.
	Extra, InfoExtra string
}

// LoadStatus is how far the loading of something is. The numbers are Milvus's.
type LoadStatus int32

// The load states.
const (
	LoadInvalid LoadStatus = iota
	Loading
	Loaded
)

// LoadType is what was asked to be loaded first. The numbers are Milvus's; since 2.6 LoadCollection is all it writes.
type LoadType int32

// The load types.
const (
	LoadTypeUnknown LoadType = iota
	LoadTypePartition
	LoadTypeCollection
)

// Load is the wish that a collection be loaded; of which partitions, the PartitionLoads say.
type Load struct {
	Collection ID
	Database   ID
	// Replicas is how many copies there are to be.
	Replicas int32
	Status   LoadStatus
	Type     LoadType
	// FieldIndexes are the indexes to load, ascending by field; Fields the fields to load.
	FieldIndexes []FieldIndex
	Fields       []ID
	// Explicit: the client gave the number of replicas or the groups itself, and defaults of the database do not change them.
	Explicit bool
	// Extra is the wire form of what this version does not model; it survives a rewrite.
	Extra string
}

// FieldIndex is an index of a field that is to be loaded.
type FieldIndex struct{ Field, Index ID }

// PartitionLoad is the wish that a partition be loaded.
type PartitionLoad struct {
	Collection ID
	Partition  ID
	Status     LoadStatus
	// Extra is the wire form of what this version does not model; it survives a rewrite.
	Extra string
}

// Replica is one copy of what is loaded of a collection.
type Replica struct {
	ID         ID
	Collection ID
	Group      string
	// Nodes are the ids of the query nodes that hold it.
	Nodes []int64
	// Extra is the wire form of what this version does not model; it survives a rewrite.
	Extra string
}

// DefaultResourceGroup is the name of the group that every deployment has, whether a record of it is stored or not.
const DefaultResourceGroup = "__default_resource_group"

// ResourceGroup is a group of query nodes.
type ResourceGroup struct {
	Name string
	// Capacity is how Milvus up to 2.3 said how many nodes the group has.
	Capacity int32
	Nodes    []int64
	// Config is nil in records of Milvus up to 2.3.
	Config *ResourceGroupConfig
	// Extra is the wire form of what this version does not model; it survives a rewrite.
	Extra string
}

// ResourceGroupConfig says how many nodes a group wants and takes, and whose they may be.
type ResourceGroupConfig struct {
	Requests, Limits         int32
	TransferFrom, TransferTo []string
	NodeLabels               []Property
	// Extra is the wire form of what this version does not model; it survives a rewrite.
	Extra string
}

// ReportState is what a data plane has said of an index or a load.
type ReportState int32

// The states of a report.
const (
	// ReportPending: nothing was said yet.
	ReportPending ReportState = iota
	ReportDone
	ReportFailed
)

// IndexReport is what a data plane reported of an index.
type IndexReport struct {
	Collection, Index ID
	// Spec is the revision of the catalog in which the index's spec was written last. A report of another one is late.
	Spec  uint64
	State ReportState
	// Indexed of Total rows.
	Indexed, Total int64
	Reason         string
	// Extra is the wire form of what this version does not model; it survives a rewrite.
	Extra string
}

// LoadReport is what a data plane reported of a load. It outlives a load that failed, of which it is the only trace.
type LoadReport struct {
	Collection ID
	// Spec is the revision of the catalog in which the load's spec was written last. A report of another one is late.
	Spec   uint64
	State  ReportState
	Reason string
	// Extra is the wire form of what this version does not model; it survives a rewrite.
	Extra string
}

// Equal reports whether two records hold the same. Order of parameters counts, as it is stored.
func (i *Index) Equal(o *Index) bool {
	return i.ID == o.ID && i.Collection == o.Collection && i.Field == o.Field && i.Name == o.Name && slices.Equal(i.TypeParams, o.TypeParams) &&
		slices.Equal(i.IndexParams, o.IndexParams) && slices.Equal(i.UserParams, o.UserParams) && i.Auto == o.Auto && i.Created == o.Created &&
		i.Deleted == o.Deleted && i.Extra == o.Extra && i.InfoExtra == o.InfoExtra
}

// Equal reports whether two records hold the same. Order counts, as it is stored.
func (l *Load) Equal(o *Load) bool {
	return l.Collection == o.Collection && l.Database == o.Database && l.Replicas == o.Replicas && l.Status == o.Status && l.Type == o.Type &&
		slices.Equal(l.FieldIndexes, o.FieldIndexes) && slices.Equal(l.Fields, o.Fields) && l.Explicit == o.Explicit && l.Extra == o.Extra
}

// Equal reports whether two records hold the same.
func (p *PartitionLoad) Equal(o *PartitionLoad) bool { return *p == *o }

// Equal reports whether two records hold the same. Order counts, as it is stored.
func (r *Replica) Equal(o *Replica) bool {
	return r.ID == o.ID && r.Collection == o.Collection && r.Group == o.Group && slices.Equal(r.Nodes, o.Nodes) && r.Extra == o.Extra
}

// Equal reports whether two records hold the same. Order counts, as it is stored.
func (g *ResourceGroup) Equal(o *ResourceGroup) bool {
	return g.Name == o.Name && g.Capacity == o.Capacity && slices.Equal(g.Nodes, o.Nodes) && g.Config.Equal(o.Config) && g.Extra == o.Extra
}

// Equal reports whether two configurations, each of which may be nil, hold the same. Order counts, as it is stored.
func (c *ResourceGroupConfig) Equal(o *ResourceGroupConfig) bool {
	if c == nil || o == nil {
		return c == o
	}
	return c.Requests == o.Requests && c.Limits == o.Limits && slices.Equal(c.TransferFrom, o.TransferFrom) &&
		slices.Equal(c.TransferTo, o.TransferTo) && slices.Equal(c.NodeLabels, o.NodeLabels) && c.Extra == o.Extra
}

// Equal reports whether two records hold the same.
func (r *IndexReport) Equal(o *IndexReport) bool { return *r == *o }

// Equal reports whether two records hold the same.
func (r *LoadReport) Equal(o *LoadReport) bool { return *r == *o }

// DefaultGroupLimit is how many nodes the default resource group takes.
const DefaultGroupLimit = 1_000_000
