package schemayaml

import (
	"encoding/json"
	"math"
	"strconv"

	"github.com/milvus-io/milvus-proto/go-api/v3/schemapb"
	"go.yaml.in/yaml/v3"
)

// Value is a default value: a bool, an int64, a float32, a float64 or a string.
type Value struct{ V any }

// UnmarshalYAML reads a scalar. What YAML would take for a date stays the text it is.
func (v *Value) UnmarshalYAML(n *yaml.Node) error {
	switch n.Tag {
	case "!!bool":
		var b bool
		err := n.Decode(&b)
		v.V = b
		return err
	case "!!int":
		var i int64
		err := n.Decode(&i)
		v.V = i
		return err
	case "!!float":
		var f float64
		err := n.Decode(&f)
		v.V = f
		return err
	default:
		v.V = n.Value
		return nil
	}
}

// MarshalYAML writes the scalar.
func (v *Value) MarshalYAML() (any, error) { return v.V, nil }

// MarshalJSON writes the scalar.
func (v *Value) MarshalJSON() ([]byte, error) { return json.Marshal(v.V) }

// wire gives the value the form that the API has for the type. A value that does not fit the type is sent as what it is, for the server
// to refuse in its own words.
func (v *Value) wire(t schemapb.DataType) *schemapb.ValueField {
	if v == nil {
		return nil
	}
	switch x := v.V.(type) {
	case bool:
		return &schemapb.ValueField{Data: &schemapb.ValueField_BoolData{BoolData: x}}
	case int64:
		return wireInt(x, t)
	case float64:
		if t == schemapb.DataType_Float {
			return &schemapb.ValueField{Data: &schemapb.ValueField_FloatData{FloatData: float32(x)}}
		}
		return &schemapb.ValueField{Data: &schemapb.ValueField_DoubleData{DoubleData: x}}
	case string:
		if t == schemapb.DataType_JSON {
			return &schemapb.ValueField{Data: &schemapb.ValueField_BytesData{BytesData: []byte(x)}}
		}
		return &schemapb.ValueField{Data: &schemapb.ValueField_StringData{StringData: x}}
	default:
		return nil
	}
}

func wireInt(x int64, t schemapb.DataType) *schemapb.ValueField {
	switch t {
	case schemapb.DataType_Int8, schemapb.DataType_Int16, schemapb.DataType_Int32:
		if x >= math.MinInt32 && x <= math.MaxInt32 {
			return &schemapb.ValueField{Data: &schemapb.ValueField_IntData{IntData: int32(x)}}
		}
	case schemapb.DataType_Float:
		return &schemapb.ValueField{Data: &schemapb.ValueField_FloatData{FloatData: float32(x)}}
	case schemapb.DataType_Double:
		return &schemapb.ValueField{Data: &schemapb.ValueField_DoubleData{DoubleData: float64(x)}}
	case schemapb.DataType_Timestamptz:
		return &schemapb.ValueField{Data: &schemapb.ValueField_TimestamptzData{TimestamptzData: x}}
	default:
	}
	return &schemapb.ValueField{Data: &schemapb.ValueField_LongData{LongData: x}}
}

// fromWire returns nil for a field without a default.
func fromWire(f *schemapb.ValueField) *Value {
	switch d := f.GetData().(type) {
	case *schemapb.ValueField_BoolData:
		return &Value{d.BoolData}
	case *schemapb.ValueField_IntData:
		return &Value{int64(d.IntData)}
	case *schemapb.ValueField_LongData:
		return &Value{d.LongData}
	case *schemapb.ValueField_FloatData:
		return &Value{d.FloatData}
	case *schemapb.ValueField_DoubleData:
		return &Value{d.DoubleData}
	case *schemapb.ValueField_StringData:
		return &Value{d.StringData}
	case *schemapb.ValueField_BytesData:
		return &Value{string(d.BytesData)}
	case *schemapb.ValueField_TimestamptzData:
		return &Value{d.TimestamptzData}
	default:
		return nil
	}
}

// String returns the value as people read it.
func (v *Value) String() string {
	switch x := v.V.(type) {
	case string:
		return strconv.Quote(x)
	case bool:
		return strconv.FormatBool(x)
	case int64:
		return strconv.FormatInt(x, 10)
	case float32:
		return strconv.FormatFloat(float64(x), 'g', -1, 32)
	case float64:
		return strconv.FormatFloat(x, 'g', -1, 64)
	default:
		return ""
	}
}
