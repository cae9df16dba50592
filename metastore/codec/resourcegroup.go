package codec

import (
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
)

// decodeResourceGroup reads a ResourceGroup.
func decodeResourceGroup(ref catalog.Ref, value []byte) (*model.ResourceGroup, error) {
	g := &model.ResourceGroup{}
	var x extras
	s := scanner{rest: value}
	for s.next() {
		switch s.tag {
		case 1<<3 | lenType:
			g.Name = s.text()
		case 2<<3 | varintType:
			g.Capacity = int32(s.num)
		case 3<<3 | lenType, 3<<3 | varintType:
			g.Nodes = s.numbers(g.Nodes)
		case 4<<3 | lenType:
			config, err := decodeResourceGroupConfig(s.data)
			s.fail(err)
			g.Config = config
		default:
			x.keep(&s)
		}
	}
	if s.err != nil {
		return nil, s.err
	}
	if g.Name != ref.Name {
		return nil, malformed("the value is of resource group %q, the key of %q", g.Name, ref.Name)
	}
	g.Extra = x.String()
	return g, nil
}

// decodeResourceGroupConfig reads a ResourceGroupConfig. Where there are no requests or no limits, they are 0: that is
// what it means to Milvus, too.
func decodeResourceGroupConfig(value []byte) (*model.ResourceGroupConfig, error) {
	c := &model.ResourceGroupConfig{}
	var x extras
	s := scanner{rest: value}
	for s.next() {
		in := scanner{rest: s.data}
		switch s.tag {
		case 1<<3 | lenType:
			c.Requests = in.nodeNum()
		case 2<<3 | lenType:
			c.Limits = in.nodeNum()
		case 3<<3 | lenType:
			c.TransferFrom = append(c.TransferFrom, in.groupName())
		case 4<<3 | lenType:
			c.TransferTo = append(c.TransferTo, in.groupName())
		case 5<<3 | lenType:
			for in.next() {
				if in.tag == 1<<3|lenType {
					c.NodeLabels = append(c.NodeLabels, x.property(&in))
				}
			}
		default:
			x.keep(&s)
		}
		s.fail(in.err)
	}
	c.Extra = x.String()
	return c, s.err
}

// nodeNum reads a ResourceGroupLimit.
func (s *scanner) nodeNum() (n int32) {
	for s.next() {
		if s.tag == 1<<3|varintType {
			n = int32(s.num)
		}
	}
	return n
}

// groupName reads a ResourceGroupTransfer.
func (s *scanner) groupName() (name string) {
	for s.next() {
		if s.tag == 1<<3|lenType {
			name = s.text()
		}
	}
	return name
}

func appendResourceGroup(b []byte, g *model.ResourceGroup) ([]byte, error) {
	if err := checkText("name", g.Name); err != nil {
		return nil, err
	}
	start := len(b)
	b = appendText(b, 1, g.Name)
	b = appendInt(b, 2, g.Capacity)
	b = appendIDs(b, 3, g.Nodes)
	if g.Config != nil {
		var at int
		var err error
		b, at = open(b, 4)
		if b, err = appendResourceGroupConfig(b, g.Config); err != nil {
			return nil, err
		}
		b = closed(b, at)
	}
	return mixIn(b, start, g.Extra)
}

func appendResourceGroupConfig(b []byte, c *model.ResourceGroupConfig) ([]byte, error) {
	x, err := parseExtra(c.Extra)
	if err != nil {
		return nil, err
	}
	start := len(b)
	for num, n := range pair(c.Requests, c.Limits) {
		var at int
		b, at = open(b, num)
		b = closed(appendInt(b, 1, n), at)
	}
	for num, names := range pair(c.TransferFrom, c.TransferTo) {
		for _, name := range names {
			if err := checkText("resource group", name); err != nil {
				return nil, err
			}
			var at int
			b, at = open(b, num+2)
			b = closed(appendText(b, 1, name), at)
		}
	}
	if len(c.NodeLabels) > 0 {
		var at int
		b, at = open(b, 5)
		if b, err = x.appendProperties(b, 1, c.NodeLabels); err != nil {
			return nil, err
		}
		b = closed(b, at)
	}
	return x.mixIn(b, start)
}

// pair yields two values with the numbers 1 and 2.
func pair[T any](one, two T) func(func(protowire.Number, T) bool) {
	return func(yield func(protowire.Number, T) bool) {
		_ = yield(1, one) && yield(2, two)
	}
}
