package codec

import (
	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
)

// decodePartition reads a PartitionInfo. One that names no collection is of the key's.
func decodePartition(ref catalog.Ref, value []byte) (*model.Partition, error) {
	p := &model.Partition{}
	var x extras
	s := scanner{rest: value}
	for s.next() {
		switch s.tag {
		case 1<<3 | varintType:
			p.ID = model.ID(s.num)
		case 2<<3 | lenType:
			p.Name = s.shared()
		case 3<<3 | varintType:
			p.Created = model.Timestamp(s.num)
		case 4<<3 | varintType:
			p.Collection = model.ID(s.num)
		case 5<<3 | varintType:
			p.State = model.State(s.num)
		default:
			x.keep(&s)
		}
	}
	if s.err != nil {
		return nil, s.err
	}
	if p.ID != ref.ID {
		return nil, contradiction("partition", p.ID, ref.ID)
	}
	if p.Collection == 0 {
		p.Collection = ref.Parent
	}
	if p.Collection != ref.Parent {
		return nil, contradiction("collection", p.Collection, ref.Parent)
	}
	p.Extra = x.String()
	return p, nil
}

func appendPartition(b []byte, p *model.Partition) ([]byte, error) {
	if err := checkText("name", p.Name); err != nil {
		return nil, err
	}
	start := len(b)
	b = appendInt(b, 1, p.ID)
	b = appendText(b, 2, p.Name)
	b = appendUint(b, 3, uint64(p.Created))
	b = appendInt(b, 4, p.Collection)
	b = appendInt(b, 5, p.State)
	return mixIn(b, start, p.Extra)
}
