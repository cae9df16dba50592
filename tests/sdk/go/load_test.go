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
	Aliases       []string          `yaml:"aliases"`
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
	ID             int64          `yaml:"id"`
	Name           string         `yaml:"name"`
	Description    string         `yaml:"description"`
	Type           string         `yaml:"type"`
	ElementType    string         `yaml:"element_type"`
	Dim            int64          `yaml:"dim"`
	MaxLength      int64          `yaml:"max_length"`
	MaxCapacity    int64          `yaml:"max_capacity"`
	PrimaryKey     bool           `yaml:"primary_key"`
	AutoID         bool           `yaml:"auto_id"`
	PartitionKey   bool           `yaml:"partition_key"`
	ClusteringKey  bool           `yaml:"clustering_key"`
	Nullable       bool           `yaml:"nullable"`
	Output         bool           `yaml:"output"` // of a function; it is shown, not sent
	EnableAnalyzer bool           `yaml:"enable_analyzer"`
	EnableMatch    bool           `yaml:"enable_match"`
	AnalyzerParams map[string]any `yaml:"analyzer_params"`
	Mmap           *bool          `yaml:"mmap_enabled"`
	Default        any            `yaml:"default"`
}

type function struct {
	Name        string            `yaml:"name"`
	Description string            `yaml:"description"`
	Type        string            `yaml:"type"`
	Input       []string          `yaml:"input"`
	Output      []string          `yaml:"output"`
	Params      map[string]string `yaml:"params"`
}

type structField struct {
	ID          int64   `yaml:"id"`
	Name        string  `yaml:"name"`
	Description string  `yaml:"description"`
	Nullable    bool    `yaml:"nullable"`
	MaxCapacity int64   `yaml:"max_capacity"`
	Fields      []field `yaml:"fields"`
}

// load reads a file of the test data and puts the names in it in place. An unknown key fails: it would be left out of the
// comparison without a word.
func load(t *testing.T, file string, into any, names ...string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(os.Getenv("TAPROOT_TESTDATA"), file))
	ok(t, err)
	d := yaml.NewDecoder(strings.NewReader(strings.NewReplacer(names...).Replace(string(text))))
	d.KnownFields(true)
	ok(t, d.Decode(into))
}

// loadSchemas returns the collections of both schema files.
func loadSchemas(t *testing.T) []collection {
	t.Helper()
	var all []collection
	for _, file := range []string{"schemas.yaml", "more.yaml"} {
		var some []collection
		load(t, file, &some)
		for _, c := range some {
			all = append(all, c.expand())
		}
	}
	return all
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

var functionTypes = map[string]entity.FunctionType{
	"BM25": entity.FunctionTypeBM25, "TextEmbedding": entity.FunctionTypeTextEmbedding,
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
