package sdk_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/milvus-io/milvus/client/v2/entity"
	"gopkg.in/yaml.v3"
)

// collection is one entry of a schema file.
type collection struct {
	Name          string            `yaml:"name"`
	Description   string            `yaml:"description"`
	Dynamic       bool              `yaml:"enable_dynamic_field"`
	Consistency   string            `yaml:"consistency_level"`
	Shards        int32             `yaml:"shards_num"`
	NumPartitions int64             `yaml:"num_partitions"`
	Properties    map[string]string `yaml:"properties"`
	Fields        []field           `yaml:"fields"`
	Functions     []function        `yaml:"functions"`
	Structs       []structField     `yaml:"structs"`
	Generate      struct {
		Scalars int    `yaml:"scalars"`
		Type    string `yaml:"type"`
		Prefix  string `yaml:"prefix"`
	} `yaml:"generate"`
}

type field struct {
	Name           string `yaml:"name"`
	Description    string `yaml:"description"`
	Type           string `yaml:"type"`
	ElementType    string `yaml:"element_type"`
	Dim            int64  `yaml:"dim"`
	MaxLength      int64  `yaml:"max_length"`
	MaxCapacity    int64  `yaml:"max_capacity"`
	PrimaryKey     bool   `yaml:"primary_key"`
	AutoID         bool   `yaml:"auto_id"`
	PartitionKey   bool   `yaml:"partition_key"`
	ClusteringKey  bool   `yaml:"clustering_key"`
	Nullable       bool   `yaml:"nullable"`
	EnableAnalyzer bool   `yaml:"enable_analyzer"`
	EnableMatch    bool   `yaml:"enable_match"`
	Default        any    `yaml:"default"`
}

type function struct {
	Name   string   `yaml:"name"`
	Type   string   `yaml:"type"`
	Input  []string `yaml:"input"`
	Output []string `yaml:"output"`
}

type structField struct {
	Name        string  `yaml:"name"`
	MaxCapacity int64   `yaml:"max_capacity"`
	Fields      []field `yaml:"fields"`
}

// load reads a file of the test data. An unknown key fails: it would be left out of the comparison without a word.
func load(t *testing.T, file string, into any) {
	t.Helper()
	f, err := os.Open(filepath.Join(os.Getenv("TAPROOT_TESTDATA"), file))
	ok(t, err)
	defer func() { _ = f.Close() }()
	d := yaml.NewDecoder(f)
	d.KnownFields(true)
	ok(t, d.Decode(into))
}

// loadSchemas returns the collections of both schema files, those the server stores and those it refuses so far.
func loadSchemas(t *testing.T) (stored, refused []collection) {
	t.Helper()
	for _, file := range []string{"schemas.yaml", "more.yaml"} {
		var all []collection
		load(t, file, &all)
		for _, c := range all {
			if c.unsupported() == "" {
				stored = append(stored, c.expand())
			} else {
				refused = append(refused, c.expand())
			}
		}
	}
	return stored, refused
}

// unsupported returns a word that the server's refusal must hold, empty for what it stores.
func (c collection) unsupported() string {
	if len(c.Functions) > 0 {
		return "function"
	}
	if len(c.Structs) > 0 {
		return "struct"
	}
	for _, f := range c.Fields {
		switch {
		case f.Type == "Geometry", f.Type == "Timestamptz":
			return f.Type
		case f.ClusteringKey:
			return "clustering key"
		}
	}
	return ""
}

// expand writes the generated fields out.
func (c collection) expand() collection {
	c.Fields = slices.Clone(c.Fields)
	for i := range c.Generate.Scalars {
		c.Fields = append(c.Fields, field{Name: fmt.Sprintf("%s%02d", c.Generate.Prefix, i), Type: c.Generate.Type})
	}
	return c
}

var types = map[string]entity.FieldType{
	"Bool": entity.FieldTypeBool, "Int8": entity.FieldTypeInt8, "Int16": entity.FieldTypeInt16,
	"Int32": entity.FieldTypeInt32, "Int64": entity.FieldTypeInt64, "Float": entity.FieldTypeFloat,
	"Double": entity.FieldTypeDouble, "VarChar": entity.FieldTypeVarChar, "Array": entity.FieldTypeArray,
	"JSON": entity.FieldTypeJSON, "Geometry": entity.FieldTypeGeometry, "Timestamptz": entity.FieldTypeTimestamptz,
	"BinaryVector": entity.FieldTypeBinaryVector, "FloatVector": entity.FieldTypeFloatVector,
	"Float16Vector": entity.FieldTypeFloat16Vector, "BFloat16Vector": entity.FieldTypeBFloat16Vector,
	"SparseFloatVector": entity.FieldTypeSparseVector, "Int8Vector": entity.FieldTypeInt8Vector,
}

func typeOf(t *testing.T, name string) entity.FieldType {
	t.Helper()
	found, known := types[name]
	if !known {
		t.Fatalf("the suite does not know the type %q", name)
	}
	return found
}

var levels = map[string]entity.ConsistencyLevel{
	"": entity.ClBounded, "Strong": entity.ClStrong, "Session": entity.ClSession, "Bounded": entity.ClBounded,
	"Eventually": entity.ClEventually,
}

func contains(text, part string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(part))
}
