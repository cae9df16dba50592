package schemayaml

// Collection is a collection as it is written in a file. Zero values are left out when it is written.
type Collection struct {
	Name               string `yaml:"name" json:"name"`
	Description        string `yaml:"description,omitempty" json:"description,omitempty"`
	EnableDynamicField bool   `yaml:"enable_dynamic_field,omitempty" json:"enable_dynamic_field,omitempty"`
	// ConsistencyLevel is one of Milvus's names; Bounded when it is not given.
	ConsistencyLevel string `yaml:"consistency_level,omitempty" json:"consistency_level,omitempty"`
	ShardsNum        int32  `yaml:"shards_num,omitempty" json:"shards_num,omitempty"`
	// NumPartitions may be given where a field is the partition key.
	NumPartitions int64             `yaml:"num_partitions,omitempty" json:"num_partitions,omitempty"`
	Properties    map[string]string `yaml:"properties,omitempty" json:"properties,omitempty"`
	Fields        []Field           `yaml:"fields" json:"fields"`
	Structs       []Struct          `yaml:"structs,omitempty" json:"structs,omitempty"`
	Functions     []Function        `yaml:"functions,omitempty" json:"functions,omitempty"`
	// Generate adds scalar fields behind Fields, for schemas that are wide.
	Generate *Generate `yaml:"generate,omitempty" json:"-"`
}

// Field is a column. Dim, MaxLength, MaxCapacity, EnableAnalyzer and EnableMatch are type parameters that have a name of
// their own here; TypeParams holds the others.
type Field struct {
	Name           string            `yaml:"name" json:"name"`
	Description    string            `yaml:"description,omitempty" json:"description,omitempty"`
	Type           string            `yaml:"type" json:"type"`
	ElementType    string            `yaml:"element_type,omitempty" json:"element_type,omitempty"`
	Dim            *int64            `yaml:"dim,omitempty" json:"dim,omitempty"`
	MaxLength      *int64            `yaml:"max_length,omitempty" json:"max_length,omitempty"`
	MaxCapacity    *int64            `yaml:"max_capacity,omitempty" json:"max_capacity,omitempty"`
	EnableAnalyzer *bool             `yaml:"enable_analyzer,omitempty" json:"enable_analyzer,omitempty"`
	EnableMatch    *bool             `yaml:"enable_match,omitempty" json:"enable_match,omitempty"`
	PrimaryKey     bool              `yaml:"primary_key,omitempty" json:"primary_key,omitempty"`
	AutoID         bool              `yaml:"auto_id,omitempty" json:"auto_id,omitempty"`
	PartitionKey   bool              `yaml:"partition_key,omitempty" json:"partition_key,omitempty"`
	ClusteringKey  bool              `yaml:"clustering_key,omitempty" json:"clustering_key,omitempty"`
	Nullable       bool              `yaml:"nullable,omitempty" json:"nullable,omitempty"`
	Default        *Value            `yaml:"default,omitempty" json:"default,omitempty"`
	TypeParams     map[string]string `yaml:"type_params,omitempty" json:"type_params,omitempty"`
	IndexParams    map[string]string `yaml:"index_params,omitempty" json:"index_params,omitempty"`
}

// Struct is an array of structs. Its fields have the types of the elements: FloatVector, not ArrayOfVector of FloatVector.
type Struct struct {
	Name        string `yaml:"name" json:"name"`
	Description string `yaml:"description,omitempty" json:"description,omitempty"`
	// MaxCapacity is that of all fields that have none of their own.
	MaxCapacity *int64  `yaml:"max_capacity,omitempty" json:"max_capacity,omitempty"`
	Nullable    bool    `yaml:"nullable,omitempty" json:"nullable,omitempty"`
	Fields      []Field `yaml:"fields" json:"fields"`
	// TypeParams are those of the struct itself, such as mmap.enabled.
	TypeParams map[string]string `yaml:"type_params,omitempty" json:"type_params,omitempty"`
}

// Function computes fields from others.
type Function struct {
	Name        string            `yaml:"name" json:"name"`
	Description string            `yaml:"description,omitempty" json:"description,omitempty"`
	Type        string            `yaml:"type" json:"type"`
	Input       []string          `yaml:"input" json:"input"`
	Output      []string          `yaml:"output" json:"output"`
	Params      map[string]string `yaml:"params,omitempty" json:"params,omitempty"`
}

// Generate stands for Scalars fields of one type, named Prefix and a number from 0 on, all of the same width.
type Generate struct {
	Scalars int    `yaml:"scalars"`
	Type    string `yaml:"type"`
	Prefix  string `yaml:"prefix"`
}
