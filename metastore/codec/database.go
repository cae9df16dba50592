package codec

import (
	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
)

// decodeDatabase reads a DatabaseInfo.
func decodeDatabase(ref catalog.Ref, value []byte) (*model.Database, error) {
	d := &model.Database{}
	var x extras
	s := scanner{rest: value}
	for s.next() {
		switch s.tag {
		case 1<<3 | lenType:
			d.Tenant = s.shared()
		case 2<<3 | lenType:
			d.Name = s.text()
		case 3<<3 | varintType:
			d.ID = model.ID(s.num)
		case 4<<3 | varintType:
			d.State = model.DatabaseState(s.num)
		case 5<<3 | varintType:
			d.Created = s.num
		case 6<<3 | lenType:
			d.Properties = append(more(&s, d.Properties), x.property(&s))
		default:
			x.keep(&s)
		}
	}
	if s.err != nil {
		return nil, s.err
	}
	if d.ID != ref.ID {
		return nil, contradiction("database", d.ID, ref.ID)
	}
	d.Extra = x.String()
	return d, nil
}

func appendDatabase(b []byte, d *model.Database) ([]byte, error) {
	x, err := parseExtra(d.Extra)
	if err != nil {
		return nil, err
	}
	if err := checkText("tenant", d.Tenant); err != nil {
		return nil, err
	}
	if err := checkText("name", d.Name); err != nil {
		return nil, err
	}
	start := len(b)
	b = appendText(b, 1, d.Tenant)
	b = appendText(b, 2, d.Name)
	b = appendInt(b, 3, d.ID)
	b = appendInt(b, 4, d.State)
	b = appendUint(b, 5, d.Created)
	if b, err = x.appendProperties(b, 6, d.Properties); err != nil {
		return nil, err
	}
	return x.mixIn(b, start)
}
