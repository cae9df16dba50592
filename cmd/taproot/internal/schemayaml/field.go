package schemayaml

import (
	"io"
	"reflect"

	"github.com/cockroachdb/errors"
	"github.com/milvus-io/milvus-proto/go-api/v3/schemapb"
	"go.yaml.in/yaml/v3"
)

// ParseField reads one field, or one struct field, which is what has fields of its own; the other result is nil. An error names the line.
func ParseField(r io.Reader) (*Field, *Struct, error) {
	var doc yaml.Node
	switch err := yaml.NewDecoder(r).Decode(&doc); {
	case errors.Is(err, io.EOF):
		return nil, nil, errors.New("no field in it")
	case err != nil:
		return nil, nil, readable(err)
	}
	n := doc.Content[0]
	if value(n, "fields") != nil {
		s := &Struct{}
		return nil, s, parse(n, "structs", s)
	}
	f := &Field{}
	return f, nil, parse(n, "fields", f)
}

// parse reads what stands in a collection under that key, in a list.
func parse(n *yaml.Node, key string, to any) error {
	if err := known(n, reflect.TypeOf(to)); err != nil {
		return err
	}
	if err := n.Decode(to); err != nil {
		return readable(err)
	}
	return words(&yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{
		{Kind: yaml.ScalarNode, Value: key}, {Kind: yaml.SequenceNode, Content: []*yaml.Node{n}},
	}})
}

// ParseValue reads a default value of a field of that type as it is written behind default: in a file.
func ParseValue(text, dataType string) (*Value, error) {
	if dataType == schemapb.DataType_VarChar.String() || dataType == schemapb.DataType_JSON.String() {
		return &Value{text}, nil // a text that looks like a number needs no quotes here
	}
	var doc yaml.Node
	v := &Value{}
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil || len(doc.Content) != 1 || doc.Content[0].Kind != yaml.ScalarNode {
		return nil, errors.Newf("%q is no single value", text)
	}
	return v, doc.Content[0].Decode(v)
}

// Schema returns the field as an SDK would send it.
func (f *Field) Schema() *schemapb.FieldSchema { return f.wire() }

// Schema returns the struct field as an SDK would send it.
func (s *Struct) Schema() *schemapb.StructArrayFieldSchema { return s.wire() }
