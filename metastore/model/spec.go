package model

import (
	"strconv"

	"github.com/taproot-db/taproot/metastore/errs"
)

// CollectionSpec is what a client asks CreateCollection for. Fields have no ids yet and no system fields.
type CollectionSpec struct {
	Name string
	// SchemaName is the name inside the schema; it must equal Name.
	SchemaName   string
	Description  string
	DynamicField bool
	Fields       []*Field
	Properties   []Property
	// Shards: 0 or less is the default of one.
	Shards      int32
	Consistency ConsistencyLevel
	// Partitions: 0 is the default; only with a partition key.
	Partitions int64

	Functions []*Function
	// StructFields have plain sub-names.
	StructFields []*StructField

	// What follows can be asked for and is refused by Validate, so that it is never dropped in silence.

	// Namespace: the schema enables namespaces.
	Namespace bool
	// External: the schema, or a field of it, names data that lies elsewhere.
	External bool
}

// HasPartitionKey reports whether rows are spread over partitions by a field's value.
func (s *CollectionSpec) HasPartitionKey() bool {
	for _, f := range s.Fields {
		if f != nil && f.PartitionKey {
			return true
		}
	}
	return false
}

type specRule func(*CollectionSpec, *Limits) error

// The rules of CreateCollection in Milvus 2.6.19's order, which clients can observe when a schema breaks several.
var (
	requestRules = []specRule{ // its proxy's, ddl-semantics §3.1
		checkSupported,
		checkFunctions,
		checkShards,
		checkFieldCount,
		checkVectorCount,
		checkSchemaName,
		checkDescription,
		checkPrimaryKey,
		checkNoDynamicField,
		checkAutoID,
		checkFieldTypes,
		checkPartitionKey,
		checkIsolation,
		checkProperties,
		checkClusteringKey,
		checkFields,
		checkStructs,
		checkDuplicateNames,
		checkSkipLoad,
	}
	channelRules = []specRule{checkChannels}
	contentRules = []specRule{ // its coordinator's, §3.7, after the database was found and has room
		checkSameName,
		checkDefaults,
		checkStoredStructs,
		checkSystemNames,
		checkAnalyzers,
		checkKnownTypes,
		checkConsistency,
	}
)

// ValidateRequest returns the first refusal of package errs that the spec earns by the rules that come before any look at the
// catalog, or nil. It looks at nothing but the spec and the limits, and allocates next to nothing on success, for both the proxy and
// the planner call it. Any value may be given, however malformed.
func (s *CollectionSpec) ValidateRequest(l Limits) error { return s.first(requestRules, &l) }

// ValidateChannels refuses more shards than there are physical channels to lay them on.
func (s *CollectionSpec) ValidateChannels(l Limits) error { return s.first(channelRules, &l) }

// ValidateContent is ValidateRequest for the rules that come after the database was found and has room. The spec is one that
// ValidateRequest accepts.
func (s *CollectionSpec) ValidateContent(l Limits) error { return s.first(contentRules, &l) }

// Validate is all of them in their order: what can be told of a spec without a catalog.
func (s *CollectionSpec) Validate(l Limits) error {
	for _, rules := range [...][]specRule{requestRules, channelRules, contentRules} {
		if err := s.first(rules, &l); err != nil {
			return err
		}
	}
	return nil
}

func (s *CollectionSpec) first(rules []specRule, l *Limits) error {
	if s == nil {
		return errs.Missing("collection schema is not specified")
	}
	for _, rule := range rules {
		if err := rule(s, l); err != nil {
			return err
		}
	}
	return nil
}

// CountPartitions returns how many partitions the collection is created with. The spec is normalized.
func (s *CollectionSpec) CountPartitions() int64 { return max(s.Partitions, 1) }

// Normalize returns a copy in which the defaults are filled in: the number of shards, the number of partitions of a
// partition key, and the consistency level that the properties may name instead of the request, which then leave them.
// The spec is one that Validate accepts; the copy shares what did not change. Normalizing twice changes nothing more.
func (s *CollectionSpec) Normalize(l Limits) *CollectionSpec {
	n := *s
	n.Shards = max(n.Shards, 1)
	if n.Partitions == 0 && n.HasPartitionKey() {
		n.Partitions = int64(min(l.DefaultPartitions, l.MaxPartitions))
	}
	n.Consistency = s.consistency()
	n.Properties = without(s.Properties, consistencyKey)
	return &n
}

// consistency returns the level that holds: the first valid one among the properties, else the request's.
func (s *CollectionSpec) consistency() ConsistencyLevel {
	for _, p := range s.Properties {
		if p.Key == consistencyKey {
			if level, ok := ParseConsistencyLevel(p.Value); ok {
				return level
			}
		}
	}
	return s.Consistency
}

// ParseConsistencyLevel returns the level with that name, compared exactly, or that number.
func ParseConsistencyLevel(text string) (ConsistencyLevel, bool) {
	for i, name := range [...]string{"Strong", "Session", "Bounded", "Eventually", "Customized"} {
		if text == name {
			return ConsistencyLevel(i), true
		}
	}
	n, err := strconv.ParseInt(text, 10, 32)
	return ConsistencyLevel(n), err == nil && ConsistencyLevel(n).valid()
}

func (l ConsistencyLevel) valid() bool { return Strong <= l && l <= Customized }

// checkSupported refuses what this version does not store, rather than forgetting it in silence.
func checkSupported(s *CollectionSpec, _ *Limits) error {
	switch {
	case s.Namespace:
		return errs.NotImplemented("enable_namespace is not supported")
	case s.External:
		return errs.NotImplemented("external collections are not supported")
	}
	for _, p := range s.Properties {
		switch p.Key {
		case ttlFieldKey:
			return errs.NotImplemented("property %s is not supported", p.Key)
		case namespaceKey:
			if on, err := strconv.ParseBool(p.Value); on || err != nil {
				return errs.NotImplemented("property %s is not supported", p.Key)
			}
		}
	}
	return s.checkComplete()
}

// checkComplete refuses entries that are nil, so that no other rule has to look out for them.
func (s *CollectionSpec) checkComplete() error {
	for i, f := range s.Fields {
		if f == nil {
			return errs.Invalid("field %d of the schema is missing", i)
		}
	}
	for i, f := range s.StructFields {
		if f == nil {
			return errs.Invalid("struct field %d of the schema is missing", i)
		}
		for j, sub := range f.Fields {
			if sub == nil {
				return errs.Invalid("field %d of the struct field %s is missing", j, f.Name)
			}
		}
	}
	return nil
}

func checkShards(s *CollectionSpec, l *Limits) error {
	if int(s.Shards) > l.MaxShards {
		return errs.Invalid("maximum shards's number should be limited to %d", l.MaxShards)
	}
	return nil
}

func checkFieldCount(s *CollectionSpec, l *Limits) error {
	if s.countFields() > l.MaxFields {
		return errs.Invalid("maximum field's number should be limited to %d", l.MaxFields)
	}
	return nil
}

// countFields counts a struct field as one, and its sub-fields besides.
func (s *CollectionSpec) countFields() int {
	n := len(s.Fields) + len(s.StructFields)
	for _, f := range s.StructFields {
		n += len(f.Fields)
	}
	return n
}

func checkVectorCount(s *CollectionSpec, l *Limits) error {
	n := 0
	for _, f := range s.Fields {
		if f.Type.Vector() {
			n++
		}
	}
	for _, f := range s.StructFields {
		for _, sub := range f.Fields {
			if sub.Type.Vector() {
				n++
			}
		}
	}
	switch {
	case n > l.MaxVectorFields:
		return errs.Invalid("maximum vector field's number should be limited to %d", l.MaxVectorFields)
	case n == 0:
		return errs.Invalid("schema does not contain vector field")
	}
	return nil
}

// checkSchemaName looks at the schema's name only: that it is also the collection's is checked later, as Milvus does.
func checkSchemaName(s *CollectionSpec, l *Limits) error {
	return ValidateCollectionName(s.SchemaName, *l)
}

func checkDescription(s *CollectionSpec, l *Limits) error {
	if len(s.Description) > l.MaxDescriptionLength {
		return errs.Invalid("the length of a collection description must not exceed %d bytes", l.MaxDescriptionLength)
	}
	return nil
}

func checkPrimaryKey(s *CollectionSpec, _ *Limits) error {
	var key *Field
	for _, f := range s.Fields {
		switch {
		case !f.PrimaryKey:
		case key != nil:
			return errs.Invalid("there are more than one primary key, field name = %s, %s", key.Name, f.Name)
		case f.Type != Int64 && f.Type != VarChar:
			return errs.Invalid("the data type of primary key should be Int64 or VarChar")
		default:
			key = f
		}
	}
	if key == nil {
		return errs.Missing("primary key is not specified")
	}
	return s.eachStruct((*StructField).checkPrimaryKey)
}

func checkNoDynamicField(s *CollectionSpec, _ *Limits) error {
	for _, f := range s.Fields {
		if f.Dynamic {
			return errs.Invalid("cannot explicitly set a field as a dynamic field")
		}
	}
	return s.eachStruct((*StructField).checkDynamic)
}

// The misspelling is Milvus's; clients match on the texts.
func checkAutoID(s *CollectionSpec, _ *Limits) error {
	var auto *Field
	for _, f := range s.Fields {
		switch {
		case !f.AutoID:
		case auto != nil:
			return errs.Invalid("only one field can speficy AutoID with true, field name = %s, %s", auto.Name, f.Name)
		case !f.PrimaryKey:
			return errs.Invalid("only primary field can speficy AutoID with true, field name = %s", f.Name)
		default:
			auto = f
		}
	}
	return s.eachStruct((*StructField).checkAutoID)
}

func checkPartitionKey(s *CollectionSpec, l *Limits) error {
	var key *Field
	for _, f := range s.Fields {
		switch {
		case !f.PartitionKey:
		case key != nil:
			return errs.Invalid("there are more than one partition key, field name = %s, %s", key.Name, f.Name)
		case f.PrimaryKey:
			return errs.Invalid("the partition key field must not be primary field")
		case f.Nullable:
			return errs.Invalid("partition key field not support nullable")
		case f.Type != Int64 && f.Type != VarChar:
			return errs.Invalid("the data type of partition key should be Int64 or VarChar")
		case s.Partitions < 0:
			return errs.Invalid("the specified partitions should be greater than 0 if partition key is used")
		case s.Partitions > int64(l.MaxPartitions):
			return errs.Invalid("partition number (%d) exceeds max configuration (%d)", s.Partitions, l.MaxPartitions)
		default:
			key = f
		}
	}
	for _, f := range s.StructFields {
		if err := f.checkPartitionKey(s.SchemaName); err != nil {
			return err
		}
	}
	switch {
	case key == nil && l.MustUsePartitionKey:
		return errs.Missing("partition key must be set when creating the collection because the mustUsePartitionKey config is true")
	case key == nil && s.Partitions != 0:
		return errs.Invalid("num_partitions should only be specified with partition key field enabled")
	}
	return nil
}

// checkDuplicateNames compares all pairs: fields are few, and their number has been checked.
func checkDuplicateNames(s *CollectionSpec, _ *Limits) error {
	for i, f := range s.Fields {
		for _, g := range s.Fields[:i] {
			if f.Name == g.Name {
				return errs.Invalid("duplicated field name %s found", f.Name)
			}
		}
	}
	for i, f := range s.StructFields {
		for _, g := range s.StructFields[:i] {
			if f.Name == g.Name {
				return errs.Invalid("duplicated field name %s found", f.Name)
			}
		}
		for _, g := range s.Fields {
			if f.Name == g.Name {
				return errs.Invalid("duplicated field name %s found", f.Name)
			}
		}
	}
	return s.eachStruct((*StructField).checkSubNames) // struct[sub] is the name of nothing else: fields have no brackets
}

func checkSkipLoad(s *CollectionSpec, _ *Limits) error {
	vectors := 0
	for _, f := range s.Fields {
		skip, err := skipsLoading(f)
		switch {
		case err != nil:
			return err
		case !skip:
			if f.Type.Vector() {
				vectors++
			}
		case f.PrimaryKey:
			return errs.Invalid("Primary key field %s cannot skip loading", f.Name)
		case f.PartitionKey:
			return errs.Invalid("Partition Key field %s cannot skip loading", f.Name)
		case f.ClusteringKey:
			return errs.Invalid("Clustering Key field %s cannot skip loading", f.Name)
		}
	}
	for _, f := range s.StructFields {
		for _, sub := range f.Fields {
			skip, err := skipsLoading(sub)
			switch {
			case err != nil:
				return err
			case !skip && sub.Type.Vector():
				vectors++
			}
		}
	}
	if vectors == 0 {
		return errs.Invalid("cannot config all vector field(s) skip loading")
	}
	return nil
}

func checkChannels(s *CollectionSpec, l *Limits) error {
	if int(s.Shards) > l.PhysicalChannels {
		return errs.Invalid("shard num (%d) exceeds max configuration (%d)", s.Shards, l.PhysicalChannels)
	}
	return nil
}

func checkSameName(s *CollectionSpec, _ *Limits) error {
	if s.Name != s.SchemaName {
		return errs.InvalidExpected("collection name matches schema name", "don't match",
			"collection name = %s, schema.Name=%s", s.Name, s.SchemaName)
	}
	return nil
}

func checkSystemNames(s *CollectionSpec, _ *Limits) error {
	for _, f := range s.Fields {
		if err := checkSystemName(f.Name); err != nil {
			return err
		}
	}
	return s.eachStruct(func(f *StructField) error { return checkSystemName(f.Name) })
}

func checkSystemName(name string) error {
	switch name {
	case RowIDField, TimestampField, DynamicField, NamespaceField:
		return errs.InvalidExpected("schema don't contains system field", "contains",
			"schema contains system field: %s, %s, %s, %s", RowIDField, TimestampField, DynamicField, NamespaceField)
	}
	return nil
}

// checkConsistency is our own: Milvus stores any number, and its own readers then stumble over it.
func checkConsistency(s *CollectionSpec, _ *Limits) error {
	if level := s.consistency(); !level.valid() {
		return errs.Invalid("invalid consistency level: %d", level)
	}
	return nil
}
