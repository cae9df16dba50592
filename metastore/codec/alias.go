package codec

import (
	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
)

// decodeAlias reads an AliasInfo. Its database is the key's, as for Milvus.
func decodeAlias(ref catalog.Ref, value []byte) (*model.Alias, error) {
	a := &model.Alias{Database: ref.Parent}
	var x extras
	s := scanner{rest: value}
	for s.next() {
		switch s.tag {
		case 1<<3 | lenType:
			a.Name = s.text()
		case 2<<3 | varintType:
			a.Collection = model.ID(s.num)
		case 3<<3 | varintType:
			a.Created = model.Timestamp(s.num)
		case 4<<3 | varintType:
			a.State = model.State(s.num)
		case 5<<3 | varintType:
			// The database: the key's is the one that counts.
		default:
			x.keep(&s)
		}
	}
	if s.err != nil {
		return nil, s.err
	}
	if a.Name != ref.Name {
		return nil, malformed("the value is of alias %q, the key of %q", a.Name, ref.Name)
	}
	a.Extra = x.String()
	return a, nil
}

func appendAlias(b []byte, a *model.Alias) ([]byte, error) {
	if err := checkText("name", a.Name); err != nil {
		return nil, err
	}
	start := len(b)
	b = appendText(b, 1, a.Name)
	b = appendInt(b, 2, a.Collection)
	b = appendUint(b, 3, uint64(a.Created))
	b = appendInt(b, 4, a.State)
	b = appendInt(b, 5, a.Database)
	return mixIn(b, start, a.Extra)
}
