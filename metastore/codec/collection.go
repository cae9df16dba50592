package codec

import (
	"strconv"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
)

// decodeCollection reads a CollectionInfo. Its database is the key's: Milvus trusts the value no more, and it is 0 in
// records from before there were databases. Fields and partitions that old records hold inline are carried along.
func decodeCollection(ref catalog.Ref, value []byte) (*model.Collection, error) {
	c := &model.Collection{Database: ref.Parent}
	var x, schema extras
	s := scanner{rest: value}
	for s.next() {
		switch s.tag {
		case 1<<3 | varintType:
			c.ID = model.ID(s.num)
		case 2<<3 | lenType:
			s.fail(decodeSchema(c, &schema, s.data))
		case 3<<3 | varintType:
			c.Created = model.Timestamp(s.num)
		case 7<<3 | lenType:
			c.VirtualChannels = append(more(&s, c.VirtualChannels), s.text())
		case 8<<3 | lenType:
			c.PhysicalChannels = append(more(&s, c.PhysicalChannels), s.shared())
		case 10<<3 | varintType:
			c.Shards = int32(s.num)
		case 11<<3 | lenType:
			c.StartPositions = append(more(&s, c.StartPositions), x.startPosition(&s))
		case 12<<3 | varintType:
			c.Consistency = model.ConsistencyLevel(s.num)
		case 13<<3 | varintType:
			c.State = model.State(s.num)
		case 14<<3 | lenType:
			c.Properties = append(more(&s, c.Properties), x.property(&s))
		case 15<<3 | varintType:
			// The database: the key's is the one that counts.
		case 16<<3 | varintType:
			c.Updated = model.Timestamp(s.num)
		case 17<<3 | lenType:
			c.TruncatedAt = append(more(&s, c.TruncatedAt), x.shard(&s, len(c.TruncatedAt)))
		default:
			x.keep(&s)
		}
	}
	if s.err != nil {
		return nil, s.err
	}
	if c.ID != ref.ID {
		return nil, contradiction("collection", c.ID, ref.ID)
	}
	c.Extra, c.SchemaExtra = x.String(), schema.String()
	return c, nil
}

// decodeSchema reads the part of a CollectionSchema that stands in the collection's record.
func decodeSchema(c *model.Collection, x *extras, value []byte) error {
	s := scanner{rest: value}
	for s.next() {
		switch s.tag {
		case 1<<3 | lenType:
			c.Name = s.text()
		case 2<<3 | lenType:
			c.Description = s.shared()
		case 3<<3 | varintType:
			c.AutoID = s.num != 0
		case 5<<3 | varintType:
			c.DynamicField = s.num != 0
		case 8<<3 | lenType:
			c.StoredDatabaseName = s.shared()
		case 10<<3 | varintType:
			c.SchemaVersion = int32(s.num)
		case 15<<3 | varintType:
			c.Namespace = s.num != 0
		default:
			x.keep(&s)
		}
	}
	return s.err
}

// startPosition reads the current field of s, a KeyDataPair.
func (x *extras) startPosition(s *scanner) model.StartPosition {
	var p model.StartPosition
	var unknown []byte
	in := scanner{rest: s.data}
	for in.next() {
		switch in.tag {
		case 1<<3 | lenType:
			p.Channel = in.shared()
		case 2<<3 | lenType:
			p.Data = intern(in.data)
		default:
			unknown = append(unknown, in.raw...)
		}
	}
	s.fail(in.err)
	x.keepOf(s, p.Channel, unknown)
	return p
}

// shard reads the current field of s, the CollectionShardInfo of the i-th virtual channel.
func (x *extras) shard(s *scanner, i int) model.Timestamp {
	var truncated model.Timestamp
	var unknown []byte
	in := scanner{rest: s.data}
	for in.next() {
		switch in.tag {
		case 1<<3 | varintType:
			truncated = model.Timestamp(in.num)
		default:
			unknown = append(unknown, in.raw...)
		}
	}
	s.fail(in.err)
	if unknown != nil {
		x.keepOf(s, strconv.Itoa(i), unknown)
	}
	return truncated
}

func appendCollection(b []byte, c *model.Collection) ([]byte, error) {
	x, err := parseExtra(c.Extra)
	if err != nil {
		return nil, err
	}
	start := len(b)
	b = appendInt(b, 1, c.ID)
	if b, err = appendSchema(b, c); err != nil {
		return nil, err
	}
	b = appendUint(b, 3, uint64(c.Created))
	for _, ch := range c.VirtualChannels {
		if err := checkText("virtual channel", ch); err != nil {
			return nil, err
		}
		b = appendElement(b, 7, ch)
	}
	for _, ch := range c.PhysicalChannels {
		if err := checkText("physical channel", ch); err != nil {
			return nil, err
		}
		b = appendElement(b, 8, ch)
	}
	b = appendInt(b, 10, c.Shards)
	if b, err = x.appendStartPositions(b, c.StartPositions); err != nil {
		return nil, err
	}
	b = appendInt(b, 12, c.Consistency)
	b = appendInt(b, 13, c.State)
	if b, err = x.appendProperties(b, 14, c.Properties); err != nil {
		return nil, err
	}
	b = appendInt(b, 15, c.Database)
	b = appendUint(b, 16, uint64(c.Updated))
	for i, t := range c.TruncatedAt { // an entry is written even when it is zero: there is one for each channel
		var at int
		b, at = open(b, 17)
		b = appendUint(b, 1, uint64(t))
		if x != nil {
			if b, err = x.mixInto(b, at, 17, strconv.Itoa(i)); err != nil {
				return nil, err
			}
		}
		b = closed(b, at)
	}
	return x.mixIn(b, start)
}

// appendSchema writes the schema, which every collection has, without what has keys of its own.
func appendSchema(b []byte, c *model.Collection) ([]byte, error) {
	for _, t := range [...]struct{ what, text string }{
		{"name", c.Name},
		{"description", c.Description},
		{"name of the database", c.StoredDatabaseName},
	} {
		if err := checkText(t.what, t.text); err != nil {
			return nil, err
		}
	}
	b, start := open(b, 2)
	b = appendText(b, 1, c.Name)
	b = appendText(b, 2, c.Description)
	b = appendBool(b, 3, c.AutoID)
	b = appendBool(b, 5, c.DynamicField)
	b = appendText(b, 8, c.StoredDatabaseName)
	b = appendInt(b, 10, c.SchemaVersion)
	b = appendBool(b, 15, c.Namespace)
	b, err := mixIn(b, start, c.SchemaExtra)
	if err != nil {
		return nil, err
	}
	return closed(b, start), nil
}

func (x *extras) appendStartPositions(b []byte, ps []model.StartPosition) ([]byte, error) {
	for i := range ps {
		p := &ps[i]
		if err := checkText("channel of a start position", p.Channel); err != nil {
			return nil, err
		}
		var start int
		b, start = open(b, 11)
		b = appendText(b, 1, p.Channel)
		b = appendText(b, 2, p.Data)
		var err error
		if b, err = x.mixInto(b, start, 11, p.Channel); err != nil {
			return nil, err
		}
		b = closed(b, start)
	}
	return b, nil
}
