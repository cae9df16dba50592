package codec

import (
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
)

// decodeFunction reads a FunctionSchema. Only the key knows the collection.
func decodeFunction(ref catalog.Ref, value []byte) (*model.Function, error) {
	f := &model.Function{}
	var x extras
	s := scanner{rest: value}
	for s.next() {
		switch s.tag {
		case 1<<3 | lenType:
			f.Name = s.shared()
		case 2<<3 | varintType:
			f.ID = model.ID(s.num)
		case 3<<3 | lenType:
			f.Description = s.shared()
		case 4<<3 | varintType:
			f.Type = model.FunctionType(s.num)
		case 5<<3 | lenType:
			f.Inputs = append(more(&s, f.Inputs), s.shared())
		case 6<<3 | lenType, 6<<3 | varintType:
			f.InputIDs = s.ids(f.InputIDs)
		case 7<<3 | lenType:
			f.Outputs = append(more(&s, f.Outputs), s.shared())
		case 8<<3 | lenType, 8<<3 | varintType:
			f.OutputIDs = s.ids(f.OutputIDs)
		case 9<<3 | lenType:
			f.Params = append(more(&s, f.Params), x.property(&s))
		default:
			x.keep(&s)
		}
	}
	if s.err != nil {
		return nil, s.err
	}
	if f.ID != ref.ID {
		return nil, contradiction("function", f.ID, ref.ID)
	}
	f.Extra = x.String()
	return f, nil
}

func appendFunction(b []byte, f *model.Function) ([]byte, error) {
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
	b = appendText(b, 1, f.Name)
	b = appendInt(b, 2, f.ID)
	b = appendText(b, 3, f.Description)
	b = appendInt(b, 4, f.Type)
	if b, err = appendTexts(b, 5, "input field", f.Inputs); err != nil {
		return nil, err
	}
	b = appendIDs(b, 6, f.InputIDs)
	if b, err = appendTexts(b, 7, "output field", f.Outputs); err != nil {
		return nil, err
	}
	b = appendIDs(b, 8, f.OutputIDs)
	if b, err = x.appendProperties(b, 9, f.Params); err != nil {
		return nil, err
	}
	return x.mixIn(b, start)
}

// ids returns list with the current field, a repeated int64, behind it: packed as it is written, or one by one as protobuf
// allows.
func (s *scanner) ids(list []model.ID) []model.ID { return repeated(s, list) }

// numbers is ids for numbers that are no ids of the catalog's.
func (s *scanner) numbers(list []int64) []int64 { return repeated(s, list) }

func repeated[T ~int64](s *scanner, list []T) []T {
	if s.tag&7 == varintType {
		return append(list, T(s.num))
	}
	for in := s.data; len(in) > 0; {
		v, n := protowire.ConsumeVarint(in)
		if n < 0 {
			s.stop(n)
			return list
		}
		list, in = append(list, T(v)), in[n:]
	}
	return list
}

// appendIDs writes a repeated int64, packed.
func appendIDs[T ~int64](b []byte, num protowire.Number, ids []T) []byte {
	if len(ids) == 0 {
		return b
	}
	b, start := open(b, num)
	for _, id := range ids {
		b = protowire.AppendVarint(b, uint64(id))
	}
	return closed(b, start)
}

func appendTexts(b []byte, num protowire.Number, what string, texts []string) ([]byte, error) {
	for _, t := range texts {
		if err := checkText(what, t); err != nil {
			return nil, err
		}
		b = appendElement(b, num, t)
	}
	return b, nil
}
