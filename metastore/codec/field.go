package codec

import (
	"math"

	"github.com/cockroachdb/errors"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
)

// decodeField reads a FieldSchema. Only the key knows the collection, so equal fields of different collections are one.
func decodeField(ref catalog.Ref, value []byte) (*model.Field, error) {
	f, err := sharedField(value)
	if err != nil {
		return nil, err
	}
	if f.ID != ref.ID {
		return nil, contradiction("field", f.ID, ref.ID)
	}
	return f, nil
}

func parseField(value []byte) (*model.Field, error) {
	f := &model.Field{}
	var x extras
	s := scanner{rest: value}
	for s.next() {
		switch s.tag {
		case 1<<3 | varintType:
			f.ID = model.ID(s.num)
		case 2<<3 | lenType:
			f.Name = s.shared()
		case 3<<3 | varintType:
			f.PrimaryKey = s.num != 0
		case 4<<3 | lenType:
			f.Description = s.shared()
		case 5<<3 | varintType:
			f.Type = model.DataType(s.num)
		case 6<<3 | lenType:
			f.TypeParams = append(more(&s, f.TypeParams), x.property(&s))
		case 7<<3 | lenType:
			f.IndexParams = append(more(&s, f.IndexParams), x.property(&s))
		case 8<<3 | varintType:
			f.AutoID = s.num != 0
		case 10<<3 | varintType:
			f.ElementType = model.DataType(s.num)
		case 11<<3 | lenType:
			if f.Default == nil {
				f.Default = &model.Value{}
			}
			s.fail(decodeValue(f.Default, s.data))
		case 12<<3 | varintType:
			f.Dynamic = s.num != 0
		case 13<<3 | varintType:
			f.PartitionKey = s.num != 0
		case 14<<3 | varintType:
			f.ClusteringKey = s.num != 0
		case 15<<3 | varintType:
			f.Nullable = s.num != 0
		case 16<<3 | varintType:
			f.FunctionOutput = s.num != 0
		default:
			x.keep(&s)
		}
	}
	if s.err != nil {
		return nil, s.err
	}
	f.Extra = x.String()
	return f, nil
}

// decodeValue reads a ValueField into v. It is a oneof: the last member counts.
func decodeValue(v *model.Value, value []byte) error {
	x := extras{own: []byte(v.Extra)}
	s := scanner{rest: value}
	for s.next() {
		switch s.tag {
		case 1<<3 | varintType:
			*v = model.Value{Kind: model.ValueBool, Bool: s.num != 0}
		case 2<<3 | varintType:
			*v = model.Value{Kind: model.ValueInt, Int: int64(int32(s.num))}
		case 3<<3 | varintType:
			*v = model.Value{Kind: model.ValueLong, Int: int64(s.num)}
		case 4<<3 | fixed32Type:
			*v = model.Value{Kind: model.ValueFloat, Float: float64(math.Float32frombits(uint32(s.num)))}
		case 5<<3 | fixed64Type:
			*v = model.Value{Kind: model.ValueDouble, Float: math.Float64frombits(s.num)}
		case 6<<3 | lenType:
			*v = model.Value{Kind: model.ValueString, String: s.text()}
		case 7<<3 | lenType:
			*v = model.Value{Kind: model.ValueBytes, String: string(s.data)}
		case 8<<3 | varintType:
			*v = model.Value{Kind: model.ValueTimestamptz, Int: int64(s.num)}
		default:
			x.keep(&s)
		}
	}
	v.Extra = x.String()
	return s.err
}

func appendField(b []byte, f *model.Field) ([]byte, error) {
	x, err := parseExtra(f.Extra)
	if err != nil {
		return nil, err
	}
	if err := checkText("name", f.Name); err != nil {
		return nil, err
	}
	if err := checkText("description", f.Description); err != nil {
		return nil, err
	}
	start := len(b)
	b = appendInt(b, 1, f.ID)
	b = appendText(b, 2, f.Name)
	b = appendBool(b, 3, f.PrimaryKey)
	b = appendText(b, 4, f.Description)
	b = appendInt(b, 5, f.Type)
	if b, err = x.appendProperties(b, 6, f.TypeParams); err != nil {
		return nil, err
	}
	if b, err = x.appendProperties(b, 7, f.IndexParams); err != nil {
		return nil, err
	}
	b = appendBool(b, 8, f.AutoID)
	b = appendInt(b, 10, f.ElementType)
	if f.Default != nil {
		if b, err = appendValue(b, f.Default); err != nil {
			return nil, errors.Wrap(err, "default value")
		}
	}
	b = appendBool(b, 12, f.Dynamic)
	b = appendBool(b, 13, f.PartitionKey)
	b = appendBool(b, 14, f.ClusteringKey)
	b = appendBool(b, 15, f.Nullable)
	b = appendBool(b, 16, f.FunctionOutput)
	return x.mixIn(b, start)
}

// appendValue writes a ValueField as field 11. The member that is set is written even when it is zero.
func appendValue(b []byte, v *model.Value) ([]byte, error) {
	b, start := open(b, 11)
	switch v.Kind {
	case model.ValueNone: // a kind that this version does not know, in Extra
	case model.ValueBool:
		b = append(protowire.AppendTag(b, 1, protowire.VarintType), 0)
		if v.Bool {
			b[len(b)-1] = 1
		}
	case model.ValueInt:
		if v.Int != int64(int32(v.Int)) {
			return nil, errors.Newf("%d does not fit 32 bits", v.Int)
		}
		b = protowire.AppendVarint(protowire.AppendTag(b, 2, protowire.VarintType), uint64(v.Int))
	case model.ValueLong:
		b = protowire.AppendVarint(protowire.AppendTag(b, 3, protowire.VarintType), uint64(v.Int))
	case model.ValueFloat:
		b = protowire.AppendFixed32(protowire.AppendTag(b, 4, protowire.Fixed32Type), math.Float32bits(float32(v.Float)))
	case model.ValueDouble:
		b = protowire.AppendFixed64(protowire.AppendTag(b, 5, protowire.Fixed64Type), math.Float64bits(v.Float))
	case model.ValueString:
		if err := checkText("the string", v.String); err != nil {
			return nil, err
		}
		b = appendElement(b, 6, v.String)
	case model.ValueBytes:
		b = appendElement(b, 7, v.String)
	case model.ValueTimestamptz:
		b = protowire.AppendVarint(protowire.AppendTag(b, 8, protowire.VarintType), uint64(v.Int))
	default:
		return nil, errors.AssertionFailedf("kind %d of a default value", v.Kind)
	}
	b, err := mixIn(b, start, v.Extra)
	if err != nil {
		return nil, err
	}
	return closed(b, start), nil
}
