package codec

import (
	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
)

// decodeIndex reads a FieldIndex, which wraps an IndexInfo.
func decodeIndex(ref catalog.Ref, value []byte) (*model.Index, error) {
	i := &model.Index{}
	var x, info extras
	s := scanner{rest: value}
	for s.next() {
		switch s.tag {
		case 1<<3 | lenType:
			s.fail(decodeIndexInfo(i, &info, s.data))
		case 2<<3 | varintType:
			i.Deleted = s.num != 0
		case 3<<3 | varintType:
			i.Created = model.Timestamp(s.num)
		default:
			x.keep(&s)
		}
	}
	if s.err != nil {
		return nil, s.err
	}
	if i.ID != ref.ID {
		return nil, contradiction("index", i.ID, ref.ID)
	}
	if i.Collection != ref.Parent {
		return nil, contradiction("collection", i.Collection, ref.Parent)
	}
	i.Extra, i.InfoExtra = x.String(), info.String()
	return i, nil
}

func decodeIndexInfo(i *model.Index, x *extras, value []byte) error {
	s := scanner{rest: value}
	for s.next() {
		switch s.tag {
		case 1<<3 | varintType:
			i.Collection = model.ID(s.num)
		case 2<<3 | varintType:
			i.Field = model.ID(s.num)
		case 3<<3 | lenType:
			i.Name = s.shared()
		case 4<<3 | varintType:
			i.ID = model.ID(s.num)
		case 5<<3 | lenType:
			i.TypeParams = append(more(&s, i.TypeParams), x.property(&s))
		case 6<<3 | lenType:
			i.IndexParams = append(more(&s, i.IndexParams), x.property(&s))
		case 11<<3 | varintType:
			i.Auto = s.num != 0
		case 12<<3 | lenType:
			i.UserParams = append(more(&s, i.UserParams), x.property(&s))
		default:
			x.keep(&s)
		}
	}
	return s.err
}

func appendIndex(b []byte, i *model.Index) ([]byte, error) {
	x, err := parseExtra(i.InfoExtra)
	if err != nil {
		return nil, err
	}
	if err := checkText("name", i.Name); err != nil {
		return nil, err
	}
	start := len(b)
	b, at := open(b, 1)
	b = appendInt(b, 1, i.Collection)
	b = appendInt(b, 2, i.Field)
	b = appendText(b, 3, i.Name)
	b = appendInt(b, 4, i.ID)
	if b, err = x.appendProperties(b, 5, i.TypeParams); err != nil {
		return nil, err
	}
	if b, err = x.appendProperties(b, 6, i.IndexParams); err != nil {
		return nil, err
	}
	b = appendBool(b, 11, i.Auto)
	if b, err = x.appendProperties(b, 12, i.UserParams); err != nil {
		return nil, err
	}
	if b, err = x.mixIn(b, at); err != nil {
		return nil, err
	}
	b = closed(b, at)
	b = appendBool(b, 2, i.Deleted)
	b = appendUint(b, 3, uint64(i.Created))
	return mixIn(b, start, i.Extra)
}
