package codec

import (
	"cmp"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
)

// decodeLoad reads a CollectionLoadInfo.
func decodeLoad(ref catalog.Ref, value []byte) (*model.Load, error) {
	l := &model.Load{}
	var x extras
	s := scanner{rest: value}
	for s.next() {
		switch s.tag {
		case 1<<3 | varintType:
			l.Collection = model.ID(s.num)
		case 3<<3 | varintType:
			l.Replicas = int32(s.num)
		case 4<<3 | varintType:
			l.Status = model.LoadStatus(s.num)
		case 5<<3 | lenType:
			fi, err := decodeFieldIndex(s.data)
			s.fail(err)
			l.FieldIndexes = append(more(&s, l.FieldIndexes), fi)
		case 6<<3 | varintType:
			l.Type = model.LoadType(s.num)
		case 8<<3 | lenType, 8<<3 | varintType:
			l.Fields = s.ids(l.Fields)
		case 9<<3 | varintType:
			l.Database = model.ID(s.num)
		case 10<<3 | varintType:
			l.Explicit = s.num != 0
		default:
			x.keep(&s)
		}
	}
	if s.err != nil {
		return nil, s.err
	}
	if l.Collection != ref.Parent {
		return nil, contradiction("collection", l.Collection, ref.Parent)
	}
	l.FieldIndexes = lastOfEach(l.FieldIndexes)
	l.Extra = x.String()
	return l, nil
}

// lastOfEach brings the entries of a map into order. Of several with one key, which nobody writes, the last counts, as for protobuf.
func lastOfEach(entries []model.FieldIndex) []model.FieldIndex {
	slices.SortStableFunc(entries, func(a, b model.FieldIndex) int { return cmp.Compare(a.Field, b.Field) })
	slices.Reverse(entries)
	entries = slices.CompactFunc(entries, func(a, b model.FieldIndex) bool { return a.Field == b.Field })
	slices.Reverse(entries)
	return entries
}

// decodeFieldIndex reads an entry of a map from fields to indexes.
func decodeFieldIndex(value []byte) (fi model.FieldIndex, err error) {
	s := scanner{rest: value}
	for s.next() {
		switch s.tag {
		case 1<<3 | varintType:
			fi.Field = model.ID(s.num)
		case 2<<3 | varintType:
			fi.Index = model.ID(s.num)
		}
	}
	return fi, s.err
}

func appendLoad(b []byte, l *model.Load) ([]byte, error) {
	start := len(b)
	b = appendInt(b, 1, l.Collection)
	b = appendInt(b, 3, l.Replicas)
	b = appendInt(b, 4, l.Status)
	for _, fi := range l.FieldIndexes {
		var at int
		b, at = open(b, 5)
		// In an entry of a map zeros are written too.
		b = protowire.AppendVarint(protowire.AppendTag(b, 1, protowire.VarintType), uint64(fi.Field))
		b = protowire.AppendVarint(protowire.AppendTag(b, 2, protowire.VarintType), uint64(fi.Index))
		b = closed(b, at)
	}
	b = appendInt(b, 6, l.Type)
	b = appendIDs(b, 8, l.Fields)
	b = appendInt(b, 9, l.Database)
	b = appendBool(b, 10, l.Explicit)
	return mixIn(b, start, l.Extra)
}

// decodePartitionLoad reads a PartitionLoadInfo.
func decodePartitionLoad(ref catalog.Ref, value []byte) (*model.PartitionLoad, error) {
	p := &model.PartitionLoad{}
	var x extras
	s := scanner{rest: value}
	for s.next() {
		switch s.tag {
		case 1<<3 | varintType:
			p.Collection = model.ID(s.num)
		case 2<<3 | varintType:
			p.Partition = model.ID(s.num)
		case 4<<3 | varintType:
			p.Status = model.LoadStatus(s.num)
		default:
			x.keep(&s)
		}
	}
	if s.err != nil {
		return nil, s.err
	}
	if p.Collection != ref.Parent {
		return nil, contradiction("collection", p.Collection, ref.Parent)
	}
	if p.Partition != ref.ID {
		return nil, contradiction("partition", p.Partition, ref.ID)
	}
	p.Extra = x.String()
	return p, nil
}

func appendPartitionLoad(b []byte, p *model.PartitionLoad) ([]byte, error) {
	start := len(b)
	b = appendInt(b, 1, p.Collection)
	b = appendInt(b, 2, p.Partition)
	b = appendInt(b, 4, p.Status)
	return mixIn(b, start, p.Extra)
}

// decodeReplica reads a Replica.
func decodeReplica(ref catalog.Ref, value []byte) (*model.Replica, error) {
	r := &model.Replica{}
	var x extras
	s := scanner{rest: value}
	for s.next() {
		switch s.tag {
		case 1<<3 | varintType:
			r.ID = model.ID(s.num)
		case 2<<3 | varintType:
			r.Collection = model.ID(s.num)
		case 3<<3 | lenType, 3<<3 | varintType:
			r.Nodes = s.numbers(r.Nodes)
		case 4<<3 | lenType:
			r.Group = s.shared()
		default:
			x.keep(&s)
		}
	}
	if s.err != nil {
		return nil, s.err
	}
	if r.Collection != ref.Parent {
		return nil, contradiction("collection", r.Collection, ref.Parent)
	}
	if r.ID != ref.ID {
		return nil, contradiction("replica", r.ID, ref.ID)
	}
	r.Extra = x.String()
	return r, nil
}

func appendReplica(b []byte, r *model.Replica) ([]byte, error) {
	if err := checkText("resource group", r.Group); err != nil {
		return nil, err
	}
	start := len(b)
	b = appendInt(b, 1, r.ID)
	b = appendInt(b, 2, r.Collection)
	b = appendIDs(b, 3, r.Nodes)
	b = appendText(b, 4, r.Group)
	return mixIn(b, start, r.Extra)
}
