package schemayaml

import (
	"fmt"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/cockroachdb/errors"
	"github.com/milvus-io/milvus-proto/go-api/v3/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v3/schemapb"
	"go.yaml.in/yaml/v3"

	"github.com/taproot-db/taproot/cmd/taproot/internal/suggest"
)

// mostGenerated keeps a slip of the keyboard from filling the memory; no server takes as many fields.
const mostGenerated = 10_000

// Parse reads all collections of a file. An error names the line, and has a hint where a name is nearly right.
func Parse(r io.Reader) ([]Collection, error) {
	var out []Collection
	dec := yaml.NewDecoder(r)
	for {
		var doc yaml.Node
		switch err := dec.Decode(&doc); {
		case errors.Is(err, io.EOF):
			if len(out) == 0 {
				return nil, errors.New("no collection in it")
			}
			return out, nil
		case err != nil:
			return nil, readable(err)
		}
		nodes := doc.Content
		if len(nodes) == 1 && nodes[0].Kind == yaml.SequenceNode {
			nodes = nodes[0].Content
		}
		for _, n := range nodes {
			c, err := collection(n)
			if err != nil {
				return nil, err
			}
			out = append(out, c)
		}
	}
}

func collection(n *yaml.Node) (Collection, error) {
	var c Collection
	if err := known(n, reflect.TypeFor[Collection]()); err != nil {
		return c, err
	}
	if err := n.Decode(&c); err != nil {
		return c, readable(err)
	}
	if err := words(n); err != nil {
		return c, err
	}
	if g := c.Generate; g != nil {
		if g.Scalars < 0 || g.Scalars > mostGenerated {
			return c, errors.Newf("line %d: generate.scalars is %d, must be 0 to %d", at(n, "generate"), g.Scalars, mostGenerated)
		}
		width := max(2, len(fmt.Sprint(g.Scalars-1)))
		for i := range g.Scalars {
			c.Fields = append(c.Fields, Field{Name: fmt.Sprintf("%s%0*d", g.Prefix, width, i), Type: g.Type})
		}
		c.Generate = nil
	}
	return c, nil
}

// known refuses keys that t has no place for, down to the leaves. The names come from t's tags, so they cannot fall behind.
func known(n *yaml.Node, t reflect.Type) error {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case n.Tag == "!!null": // a key without a value is as good as none
	case t.Kind() == reflect.Slice && n.Kind == yaml.SequenceNode:
		for _, item := range n.Content {
			if err := known(item, t.Elem()); err != nil {
				return err
			}
		}
	case t == reflect.TypeFor[Value]():
		if n.Kind != yaml.ScalarNode {
			return errors.Newf("line %d: a default is a single value", n.Line)
		}
	case t.Kind() == reflect.Struct:
		if n.Kind != yaml.MappingNode {
			return errors.Newf("line %d: a %s is written as keys with values", n.Line, strings.ToLower(t.Name()))
		}
		return knownKeys(n, t)
	}
	return nil
}

func knownKeys(n *yaml.Node, t reflect.Type) error {
	types := map[string]reflect.Type{}
	var names []string
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		types[name], names = f.Type, append(names, name)
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.Tag == "!!merge" {
			continue
		}
		ft, ok := types[key.Value]
		if !ok {
			err := errors.Newf("line %d: unknown key %q in a %s", key.Line, key.Value, strings.ToLower(t.Name()))
			return suggest.Hint(err, key.Value, names)
		}
		if err := known(n.Content[i+1], ft); err != nil {
			return err
		}
	}
	return nil
}

// words checks the values that are one word of a list: the API sends them as numbers, so what is no word of the list cannot be sent.
func words(n *yaml.Node) error {
	check := func(n *yaml.Node, key, what string, list map[string]int32) error {
		v := value(n, key)
		if v == nil {
			return nil
		}
		if _, ok := list[v.Value]; ok {
			return nil
		}
		var names []string
		for name := range list {
			names = append(names, name)
		}
		slices.Sort(names)
		err := errors.Newf("line %d: no %s %q", v.Line, what, v.Value)
		if best, ok := suggest.Closest(v.Value, names); ok {
			return errors.WithHintf(err, "did you mean %s?", best)
		}
		return errors.WithHintf(err, "one of %s", strings.Join(names, ", "))
	}
	fields := func(n *yaml.Node) error {
		for _, f := range items(n, "fields") {
			if err := check(f, "type", "data type", schemapb.DataType_value); err != nil {
				return err
			}
			if err := check(f, "element_type", "data type", schemapb.DataType_value); err != nil {
				return err
			}
		}
		return nil
	}
	if err := check(n, "consistency_level", "consistency level", commonpb.ConsistencyLevel_value); err != nil {
		return err
	}
	for _, f := range items(n, "functions") {
		if err := check(f, "type", "function type", schemapb.FunctionType_value); err != nil {
			return err
		}
	}
	for _, s := range items(n, "structs") {
		if err := fields(s); err != nil {
			return err
		}
	}
	if g := value(n, "generate"); g != nil {
		if err := check(g, "type", "data type", schemapb.DataType_value); err != nil {
			return err
		}
	}
	return fields(n)
}

// value returns what stands behind key in a mapping, or nil.
func value(n *yaml.Node, key string) *yaml.Node {
	for n != nil && n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1]
		}
	}
	return nil
}

func items(n *yaml.Node, key string) []*yaml.Node {
	if v := value(n, key); v != nil {
		return v.Content
	}
	return nil
}

func at(n *yaml.Node, key string) int {
	if v := value(n, key); v != nil {
		return v.Line
	}
	return n.Line
}

var mismatch = regexp.MustCompile("^line (\\d+): cannot unmarshal !!\\w+ (?:`(.*)` )?into (.*)$")

// readable says in words what the YAML package says in types of Go.
func readable(err error) error {
	var types *yaml.TypeError
	if !errors.As(err, &types) || len(types.Errors) == 0 {
		return errors.Newf("%s", strings.TrimPrefix(err.Error(), "yaml: "))
	}
	first := types.Errors[0]
	m := mismatch.FindStringSubmatch(first)
	if m == nil {
		return errors.Newf("%s", first)
	}
	what := "of the wrong kind"
	switch goType := m[3]; {
	case strings.HasPrefix(goType, "int"):
		what = "not a whole number in range"
	case goType == "bool":
		what = "not true or false"
	case goType == "string":
		what = "not a text"
	case strings.HasPrefix(goType, "[]"):
		what = "not a list"
	case strings.HasPrefix(goType, "map["):
		what = "not keys with values"
	}
	if m[2] == "" {
		return errors.Newf("line %s: the value is %s", m[1], what)
	}
	return errors.Newf("line %s: %q is %s", m[1], m[2], what)
}
