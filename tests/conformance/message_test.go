package conformance

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/cockroachdb/errors"
	"github.com/milvus-io/milvus-proto/go-api/v3/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v3/schemapb"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

var (
	pairName  = (*commonpb.KeyValuePair)(nil).ProtoReflect().Descriptor().FullName()
	fieldName = (*schemapb.FieldSchema)(nil).ProtoReflect().Descriptor().FullName()
)

// schemaBytes says what message the bytes of a field are.
var schemaBytes = map[protoreflect.FullName]proto.Message{
	"milvus.proto.milvus.CreateCollectionRequest.schema":   (*schemapb.CollectionSchema)(nil),
	"milvus.proto.milvus.AddCollectionFieldRequest.schema": (*schemapb.FieldSchema)(nil),
}

// encode returns the wire form of a message that is written as YAML.
func (c *common) encode(d protoreflect.MessageDescriptor, v any) ([]byte, error) {
	if raw, ok, err := rawBytes(v); ok || err != nil {
		return raw, err
	}
	j, err := c.toJSON(d, v)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(j)
	if err != nil {
		return nil, errors.WithStack(err)
	}
	m := messageType(d).New().Interface()
	if err := (protojson.UnmarshalOptions{}).Unmarshal(text, m); err != nil {
		return nil, errors.Wrapf(err, "%s", text[:min(len(text), 400)])
	}
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	return b, errors.WithStack(err)
}

// rawBytes returns what {$hex: …}, {$zeros: n} and {$wire: [{field: 2, hex: …}, {field: 5, varint: 1}]} stand for.
func rawBytes(v any) (raw []byte, ok bool, err error) {
	m, isMap := v.(tree)
	if !isMap || len(m) != 1 {
		return nil, false, nil
	}
	for key, arg := range m {
		switch key {
		case "$hex":
			raw, err = hex.DecodeString(fmt.Sprint(arg))
			return raw, true, errors.WithStack(err)
		case "$zeros":
			n, _ := arg.(int)
			return make([]byte, n), true, nil
		case "$wire":
			raw, err = wire(arg)
			return raw, true, err
		}
	}
	return nil, false, nil
}

func wire(arg any) (raw []byte, err error) {
	list, _ := arg.([]any)
	for _, item := range list {
		m, _ := item.(tree)
		num, ok := m["field"].(int)
		if !ok {
			return nil, errors.Newf("$wire needs fields with numbers: %v", item)
		}
		n := protowire.Number(num)
		switch {
		case m["varint"] != nil:
			var v uint64
			if _, err := fmt.Sscan(fmt.Sprint(m["varint"]), &v); err != nil {
				return nil, errors.WithStack(err)
			}
			raw = protowire.AppendVarint(protowire.AppendTag(raw, n, protowire.VarintType), v)
		case m["text"] != nil:
			raw = protowire.AppendString(protowire.AppendTag(raw, n, protowire.BytesType), fmt.Sprint(m["text"]))
		case m["wire"] != nil:
			inner, err := wire(m["wire"])
			if err != nil {
				return nil, err
			}
			raw = protowire.AppendBytes(protowire.AppendTag(raw, n, protowire.BytesType), inner)
		default:
			b, err := hex.DecodeString(fmt.Sprint(m["hex"]))
			if err != nil {
				return nil, errors.WithStack(err)
			}
			raw = protowire.AppendBytes(protowire.AppendTag(raw, n, protowire.BytesType), b)
		}
	}
	return raw, nil
}

// toJSON turns the short forms in a message into what protojson takes.
func (c *common) toJSON(d protoreflect.MessageDescriptor, v any) (any, error) {
	if d.FullName() == fieldName {
		var err error
		if v, err = c.field(v); err != nil {
			return nil, err
		}
	}
	m, ok := v.(tree)
	if !ok {
		return nil, errors.Newf("%s is written as a map, not as %v", d.FullName(), v)
	}
	out := make(tree, len(m))
	for key, item := range m {
		f := d.Fields().ByName(protoreflect.Name(key))
		if f == nil {
			f = d.Fields().ByJSONName(key)
		}
		if f == nil {
			return nil, errors.Newf("%s has no field %q", d.FullName(), key)
		}
		j, err := c.fieldJSON(f, item)
		if err != nil {
			return nil, errors.Wrap(err, key)
		}
		out[key] = j
	}
	if name, ok := out["collection_name"]; ok && d.Name() == "CreateCollectionRequest" && m["schema"] != nil {
		return out, c.nameSchema(d, out, m["schema"], name)
	}
	return out, nil
}

// nameSchema gives the schema of a request the collection's name, unless it says one itself.
func (c *common) nameSchema(d protoreflect.MessageDescriptor, out tree, schema, name any) error {
	s, ok := schema.(tree)
	if _, raw, _ := rawBytes(schema); !ok || raw || s["name"] != nil {
		return nil
	}
	s = maps.Clone(s)
	s["name"] = name
	j, err := c.fieldJSON(d.Fields().ByName("schema"), s)
	out["schema"] = j
	return err
}

func (c *common) fieldJSON(f protoreflect.FieldDescriptor, v any) (any, error) {
	if v == nil {
		return nil, nil //nolint:nilnil // protojson takes null for "not set"
	}
	if f.IsList() {
		return c.listJSON(f, v)
	}
	if m, ok := v.(tree); ok && f.IsMap() {
		out := make(tree, len(m))
		for key, item := range m {
			j, err := c.fieldJSON(f.MapValue(), item)
			if err != nil {
				return nil, errors.Wrap(err, key)
			}
			out[key] = j
		}
		return out, nil
	}
	return c.valueJSON(f, v)
}

func (c *common) listJSON(f protoreflect.FieldDescriptor, v any) (any, error) {
	if pairs, ok := v.(tree); ok && f.Message() != nil && f.Message().FullName() == pairName {
		out := make([]any, 0, len(pairs))
		for _, key := range slices.Sorted(maps.Keys(pairs)) {
			out = append(out, tree{"key": key, "value": fmt.Sprint(pairs[key])})
		}
		return out, nil
	}
	list, ok := v.([]any)
	if !ok {
		return nil, errors.Newf("not a list: %v", v)
	}
	out := make([]any, 0, len(list))
	for _, item := range list {
		j, err := c.valueJSON(f, item)
		if err != nil {
			return nil, err
		}
		out = append(out, j)
	}
	return out, nil
}

func (c *common) valueJSON(f protoreflect.FieldDescriptor, v any) (any, error) {
	switch f.Kind() {
	case protoreflect.MessageKind:
		return c.toJSON(f.Message(), v)
	case protoreflect.StringKind:
		return fmt.Sprint(v), nil
	case protoreflect.BytesKind:
		raw, ok, err := rawBytes(v)
		if m := schemaBytes[f.FullName()]; !ok && err == nil && m != nil {
			raw, err = c.encode(m.ProtoReflect().Descriptor(), v)
		}
		return base64.StdEncoding.EncodeToString(raw), err
	default:
		return v, nil
	}
}

// field expands the short form of a field: a name of rows/common.yaml, or "name Type flag… key=value…", alone or as f in a
// map with what has no short form.
func (c *common) field(v any) (any, error) {
	switch v := v.(type) {
	case string:
		if known, ok := c.Fields[v]; ok {
			return c.field(known)
		}
		return shortField(v)
	case tree:
		short, ok := v["f"]
		if !ok {
			return v, nil
		}
		out, err := c.field(short)
		if err != nil {
			return nil, err
		}
		m, ok := out.(tree)
		if !ok {
			return nil, errors.Newf("not a field: %v", short)
		}
		m = maps.Clone(m)
		maps.Copy(m, v)
		delete(m, "f")
		return m, nil
	default:
		return v, nil
	}
}

// flags of the short form of a field.
var flags = map[string]string{
	"pk": "is_primary_key", "auto": "autoID", "nullable": "nullable", "dynamic": "is_dynamic",
	"partition_key": "is_partition_key", "clustering_key": "is_clustering_key", "output": "is_function_output",
}

func shortField(s string) (tree, error) {
	words := strings.Fields(s)
	if len(words) < 2 {
		return nil, errors.Newf("a field is written as name and type: %q", s)
	}
	f := tree{"name": words[0], "data_type": enum(words[1])}
	params := tree{}
	for i := 2; i < len(words); i++ {
		key, value, isParam := strings.Cut(words[i], "=")
		switch {
		case isParam:
			params[key] = value
		case key == "of" && i+1 < len(words): // Array of Int64
			i++
			f["element_type"] = enum(words[i])
		case flags[key] != "":
			f[flags[key]] = true
		default:
			return nil, errors.Newf("what is %q in the field %q?", words[i], s)
		}
	}
	if len(params) > 0 {
		f["type_params"] = params
	}
	return f, nil
}

// enum is a value's name, or its number where there is no name.
func enum(s string) any {
	if n, err := strconv.Atoi(s); err == nil {
		return n
	}
	return s
}
