// Package model holds the catalog's records as plain values (Database, Collection, Field, Partition, Alias), what a
// client asks for (CollectionSpec), and every pure rule about them.
//
// The one idea: a rule about a collection is a function here, so that the proxy, the planners and the tests call the
// same one, and no face of the service can go round it. Nothing here waits, stores, or knows a wire format.
//
// Values are immutable once they are in a catalog: change a copy.
package model

import (
	"math"
	"slices"
)

// ID names a database, collection, partition, field or alias target for good; ids are never reused. Positive.
type ID int64

// Timestamp is a hybrid timestamp: Unix milliseconds << 18, then an 18-bit counter.
type Timestamp uint64

// logicalBits is the width of a hybrid timestamp's counter.
const logicalBits = 18

// HybridTimestamp composes a Timestamp of Unix milliseconds and a counter below 2^18.
func HybridTimestamp(ms int64, logical uint32) Timestamp {
	return Timestamp(uint64(ms)<<logicalBits | uint64(logical))
}

// Millis returns the physical part: milliseconds since the Unix epoch.
func (t Timestamp) Millis() int64 { return int64(t >> logicalBits) }

// State is the life of a collection, partition or alias. The numbers are Milvus's.
type State int32

// The states. Only what is Created is visible.
const (
	Created State = iota
	Creating
	Dropping
	Dropped
)

// String returns the state's name.
func (s State) String() string {
	names := [...]string{"Created", "Creating", "Dropping", "Dropped"}
	if s < 0 || int(s) >= len(names) {
		return "State(" + itoa(int64(s)) + ")"
	}
	return names[s]
}

// DatabaseState is the life of a database. The numbers are Milvus's and differ from State.
type DatabaseState int32

// The states of a database.
const (
	DatabaseUnknown DatabaseState = iota
	DatabaseCreated
	DatabaseCreating
	DatabaseDropping
	DatabaseDropped
)

// ConsistencyLevel is the default consistency of reads from a collection. The numbers are Milvus's.
type ConsistencyLevel int32

// The consistency levels.
const (
	Strong ConsistencyLevel = iota
	Session
	Bounded
	Eventually
	Customized
)

// Names and ids that are fixed by Milvus (ddl-semantics §2.2).
const (
	DefaultDatabase      = "default"
	DefaultDatabaseID ID = 1
	DefaultPartition     = "_default"
	RowIDField           = "RowID"
	TimestampField       = "Timestamp"
	DynamicField         = "$meta"
	NamespaceField       = "$namespace_id"
	// FirstFieldID is the id of the first field a user declares; smaller ones are the system's.
	FirstFieldID ID = 100
)

// Property is a key with its value. Order is kept as given.
type Property struct{ Key, Value string }

// Database is a name space of collections and aliases.
type Database struct {
	ID     ID
	Name   string
	Tenant string
	State  DatabaseState
	// Created is in Unix nanoseconds: not a hybrid timestamp, unlike everything else.
	Created    uint64
	Properties []Property
	// Extra is the wire form of what this version does not model; it survives a rewrite.
	Extra string
}

// Collection is a collection without its fields, partitions and aliases, which are records of their own.
type Collection struct {
	ID          ID
	Database    ID
	Name        string
	Description string
	// AutoID is a relic at the level of the collection; Milvus always writes false.
	AutoID          bool
	DynamicField    bool
	Namespace       bool
	SchemaVersion   int32
	Shards          int32
	Consistency     ConsistencyLevel
	State           State
	Created         Timestamp
	Updated         Timestamp
	VirtualChannels []string
	// PhysicalChannels has the same length and order as VirtualChannels.
	PhysicalChannels []string
	StartPositions   []StartPosition
	Properties       []Property
	// TruncatedAt has one hybrid timestamp for each virtual channel since Milvus 2.6; zero: never truncated.
	TruncatedAt []Timestamp
	// StoredDatabaseName is the copy of the database's name that Milvus keeps inside the schema. Written, never read.
	StoredDatabaseName string
	// Extra and SchemaExtra are the wire form of what this version does not model; they survive a rewrite.
	Extra, SchemaExtra string
}

// StartPosition is where a physical channel stood when the collection was created; Data belongs to the message queue.
type StartPosition struct {
	Channel string
	Data    string
}

// Field is a column.
type Field struct {
	// ID is unique in its collection; 0 in a CollectionSpec: the planner assigns it.
	ID          ID
	Name        string
	Description string
	Type        DataType
	// ElementType is the type of an Array's or ArrayOfVector's elements.
	ElementType    DataType
	PrimaryKey     bool
	AutoID         bool
	Dynamic        bool
	PartitionKey   bool
	ClusteringKey  bool
	Nullable       bool
	FunctionOutput bool
	TypeParams     []Property
	IndexParams    []Property
	// Default is nil where the field has no default value.
	Default *Value
	// Extra is the wire form of what this version does not model; it survives a rewrite.
	Extra string
}

// Function computes fields of a row from other fields of it.
type Function struct {
	// ID is unique among the functions of its collection, and counted apart from fields; 0 in a CollectionSpec.
	ID          ID
	Name        string
	Description string
	Type        FunctionType
	// Inputs and Outputs are names of fields; the ids have the same order, and are empty in a CollectionSpec.
	Inputs, Outputs     []string
	InputIDs, OutputIDs []ID
	Params              []Property
	// Extra is the wire form of what this version does not model; it survives a rewrite.
	Extra string
}

// FunctionType is what a function does. The numbers are Milvus's.
type FunctionType int32

// The types of functions.
const (
	FunctionUnknown FunctionType = iota
	FunctionBM25
	FunctionTextEmbedding
	FunctionRerank
	FunctionMinHash
	FunctionMolFingerprint
)

// FirstFunctionID is the id of the first function a user declares.
const FirstFunctionID ID = 100

// StructField is a column whose values are arrays of structs. Its sub-fields have ids of their own, but no records.
type StructField struct {
	// ID is from the same sequence as the ids of fields; 0 in a CollectionSpec.
	ID          ID
	Name        string
	Description string
	// Fields are the sub-fields: named struct[sub] in a catalog, and plainly in a CollectionSpec.
	Fields     []*Field
	TypeParams []Property
	Nullable   bool
	// Extra is the wire form of what this version does not model; it survives a rewrite.
	Extra string
}

// Partition is a part of a collection.
type Partition struct {
	ID         ID
	Collection ID
	Name       string
	Created    Timestamp
	State      State
	// Extra is the wire form of what this version does not model; it survives a rewrite.
	Extra string
}

// Alias is another name for a collection, in one name space with the collections of its database.
type Alias struct {
	Database   ID
	Name       string
	Collection ID
	Created    Timestamp
	State      State
	// Extra is the wire form of what this version does not model; it survives a rewrite.
	Extra string
}

// Value is a default value: exactly the member that Kind names is set.
type Value struct {
	Kind   ValueKind
	Bool   bool
	Int    int64 // ValueInt (32 bits), ValueLong, ValueTimestamptz
	Float  float64
	String string // ValueString, ValueBytes
	// Extra is the wire form of a value this version does not model; it survives a rewrite.
	Extra string
}

// ValueKind tells which member of a Value is set.
type ValueKind uint8

// The kinds of default values.
const (
	ValueNone ValueKind = iota
	ValueBool
	ValueInt
	ValueLong
	ValueFloat // held as the float64 of a float32
	ValueDouble
	ValueString
	ValueBytes
	ValueTimestamptz
)

// FindProperty returns the value of the first property with that key.
func FindProperty(ps []Property, key string) (string, bool) {
	for _, p := range ps {
		if p.Key == key {
			return p.Value, true
		}
	}
	return "", false
}

// Equal reports whether two records hold the same. Order of properties counts, as it is stored.
func (d *Database) Equal(o *Database) bool {
	return d.ID == o.ID && d.Name == o.Name && d.Tenant == o.Tenant && d.State == o.State && d.Created == o.Created &&
		slices.Equal(d.Properties, o.Properties) && d.Extra == o.Extra
}

// Equal reports whether two records hold the same. Order of properties counts, as it is stored.
func (c *Collection) Equal(o *Collection) bool {
	return c.ID == o.ID && c.Database == o.Database && c.Name == o.Name && c.Description == o.Description &&
		c.AutoID == o.AutoID && c.DynamicField == o.DynamicField && c.Namespace == o.Namespace &&
		c.SchemaVersion == o.SchemaVersion && c.Shards == o.Shards && c.Consistency == o.Consistency &&
		c.State == o.State && c.Created == o.Created && c.Updated == o.Updated &&
		slices.Equal(c.VirtualChannels, o.VirtualChannels) && slices.Equal(c.PhysicalChannels, o.PhysicalChannels) &&
		slices.Equal(c.StartPositions, o.StartPositions) && slices.Equal(c.Properties, o.Properties) &&
		slices.Equal(c.TruncatedAt, o.TruncatedAt) && c.StoredDatabaseName == o.StoredDatabaseName &&
		c.Extra == o.Extra && c.SchemaExtra == o.SchemaExtra
}

// Equal reports whether two records hold the same. Order of parameters counts, as it is stored.
func (f *Field) Equal(o *Field) bool {
	return f.ID == o.ID && f.Name == o.Name && f.Description == o.Description && f.Type == o.Type &&
		f.ElementType == o.ElementType && f.PrimaryKey == o.PrimaryKey && f.AutoID == o.AutoID && f.Dynamic == o.Dynamic &&
		f.PartitionKey == o.PartitionKey && f.ClusteringKey == o.ClusteringKey && f.Nullable == o.Nullable &&
		f.FunctionOutput == o.FunctionOutput && slices.Equal(f.TypeParams, o.TypeParams) &&
		slices.Equal(f.IndexParams, o.IndexParams) && f.Default.Equal(o.Default) && f.Extra == o.Extra
}

// Equal reports whether two default values, each of which may be nil, are the same; a NaN equals the same NaN.
func (v *Value) Equal(o *Value) bool {
	if v == nil || o == nil {
		return v == o
	}
	return v.Kind == o.Kind && v.Bool == o.Bool && v.Int == o.Int && v.String == o.String && v.Extra == o.Extra &&
		math.Float64bits(v.Float) == math.Float64bits(o.Float)
}

// Equal reports whether two records hold the same. Order counts, as it is stored.
func (f *Function) Equal(o *Function) bool {
	return f.ID == o.ID && f.Name == o.Name && f.Description == o.Description && f.Type == o.Type &&
		slices.Equal(f.Inputs, o.Inputs) && slices.Equal(f.Outputs, o.Outputs) && slices.Equal(f.InputIDs, o.InputIDs) &&
		slices.Equal(f.OutputIDs, o.OutputIDs) && slices.Equal(f.Params, o.Params) && f.Extra == o.Extra
}

// Equal reports whether two records hold the same. Order counts, as it is stored.
func (f *StructField) Equal(o *StructField) bool {
	return f.ID == o.ID && f.Name == o.Name && f.Description == o.Description && f.Nullable == o.Nullable &&
		slices.EqualFunc(f.Fields, o.Fields, (*Field).Equal) && slices.Equal(f.TypeParams, o.TypeParams) && f.Extra == o.Extra
}

// Equal reports whether two records hold the same.
func (p *Partition) Equal(o *Partition) bool { return *p == *o }

// Equal reports whether two records hold the same.
func (a *Alias) Equal(o *Alias) bool { return *a == *o }

// System reports whether the field is one that users neither declare nor see.
func (f *Field) System() bool { return f.ID < FirstFieldID || f.Dynamic }
