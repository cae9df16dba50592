package codec

import (
	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
)

// decodeStructField reads a StructArrayFieldSchema. Only the key knows the collection. Sub-fields are FieldSchemas inside the
// value, with their stored names struct[sub]; each carries its own unknown fields along.
func decodeStructField(ref catalog.Ref, value []byte) (*model.StructField, error) {
	f := &model.StructField{}
	var x extras
	s := scanner{rest: value}
	for s.next() {
		switch s.tag {
		case 1<<3 | varintType:
			f.ID = model.ID(s.num)
		case 2<<3 | lenType:
			f.Name = s.shared()
		case 3<<3 | lenType:
			f.Description = s.shared()
		case 4<<3 | lenType:
			sub, err := sharedField(s.data)
			s.fail(err)
			f.Fields = append(more(&s, f.Fields), sub)
		case 5<<3 | lenType:
			f.TypeParams = append(more(&s, f.TypeParams), x.property(&s))
		case 6<<3 | varintType:
			f.Nullable = s.num != 0
		default:
			x.keep(&s)
		}
	}
	if s.err != nil {
		return nil, s.err
	}
	if f.ID != ref.ID {
		return nil, contradiction("struct field", f.ID, ref.ID)
	}
	f.Extra = x.String()
	return f, nil
}

func appendStructField(b []byte, f *model.StructField) ([]byte, error) {
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
	b = appendText(b, 3, f.Description)
	for _, sub := range f.Fields {
		var at int
		b, at = open(b, 4)
		if b, err = appendField(b, sub); err != nil {
			return nil, err
		}
		b = closed(b, at)
	}
	if b, err = x.appendProperties(b, 5, f.TypeParams); err != nil {
		return nil, err
	}
	b = appendBool(b, 6, f.Nullable)
	return x.mixIn(b, start)
}
