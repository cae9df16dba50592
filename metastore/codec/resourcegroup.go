package codec

import (
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
)

// decodeResourceGroup reads a ResourceGroup.
func decodeResourceGroup(ref catalog.Ref, value []byte) (*model.ResourceGroup, error) {
	g := &model.ResourceGroup{}
	var x, config extras
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
			if g.Config == nil {
				g.Config = &model.ResourceGroupConfig{}
			}
			s.fail(decodeResourceGroupConfig(g.Config, &config, s.data))
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
	if g.Config != nil {
		g.Config.Extra = config.String()
	}
	return g, nil
}

// What the messages of a configuration carry along is kept under numbers of lists that it does not have.
const (
	inRequests = 101
	inLimits   = 102
	inFilter   = 105
)

// decodeResourceGroupConfig reads a ResourceGroupConfig. Where there are no requests or no limits, they are 0: that is
// what it means to Milvus, too.
func decodeResourceGroupConfig(c *model.ResourceGroupConfig, x *extras, value []byte) error {
	s := scanner{rest: value}
	for s.next() {
		switch s.tag {
		case 1<<3 | lenType:
			x.nodeNum(&s, inRequests, &c.Requests)
		case 2<<3 | lenType:
			x.nodeNum(&s, inLimits, &c.Limits)
		case 3<<3 | lenType:
			c.TransferFrom = append(more(&s, c.TransferFrom), x.groupName(&s))
		case 4<<3 | lenType:
			c.TransferTo = append(more(&s, c.TransferTo), x.groupName(&s))
		case 5<<3 | lenType:
			x.nodeLabels(&s, c)
		default:
			x.keep(&s)
		}
	}
	return s.err
}

// nodeNum reads the current field of s, a ResourceGroupLimit.
func (x *extras) nodeNum(s *scanner, list protowire.Number, n *int32) {
	var unknown []byte
	in := scanner{rest: s.data}
	for in.next() {
		switch in.tag {
		case 1<<3 | varintType:
			*n = int32(in.num)
		default:
			unknown = append(unknown, in.raw...)
		}
	}
	s.fail(in.err)
	x.carry(list, "", unknown)
}

// groupName reads the current field of s, a ResourceGroupTransfer.
func (x *extras) groupName(s *scanner) (name string) {
	var unknown []byte
	in := scanner{rest: s.data}
	for in.next() {
		switch in.tag {
		case 1<<3 | lenType:
			name = in.text()
		default:
			unknown = append(unknown, in.raw...)
		}
	}
	s.fail(in.err)
	x.keepOf(s, name, unknown)
	return name
}

// nodeLabels reads the current field of s, a ResourceGroupNodeFilter. One that holds nothing is kept as it is.
func (x *extras) nodeLabels(s *scanner, c *model.ResourceGroupConfig) {
	if len(s.data) == 0 {
		x.keep(s)
		return
	}
	var unknown []byte
	in := scanner{rest: s.data}
	for in.next() {
		switch in.tag {
		case 1<<3 | lenType:
			c.NodeLabels = append(more(&in, c.NodeLabels), x.property(&in))
		default:
			unknown = append(unknown, in.raw...)
		}
	}
	s.fail(in.err)
	x.carry(inFilter, "", unknown)
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
		if b, err = x.mixInto(appendInt(b, 1, n), at, inRequests+num-1, ""); err != nil {
			return nil, err
		}
		b = closed(b, at)
	}
	for num, names := range pair(c.TransferFrom, c.TransferTo) {
		num += 2
		for _, name := range names {
			if err := checkText("resource group", name); err != nil {
				return nil, err
			}
			var at int
			b, at = open(b, num)
			if b, err = x.mixInto(appendText(b, 1, name), at, num, name); err != nil {
				return nil, err
			}
			b = closed(b, at)
		}
	}
	if len(c.NodeLabels) > 0 || x.carries(inFilter) {
		var at int
		b, at = open(b, 5)
		if b, err = x.appendProperties(b, 1, c.NodeLabels); err != nil {
			return nil, err
		}
		if b, err = x.mixInto(b, at, inFilter, ""); err != nil {
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
