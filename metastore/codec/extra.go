package codec

import (
	"bytes"
	"cmp"
	"slices"
	"unicode/utf8"

	"github.com/cockroachdb/errors"
	"github.com/cockroachdb/redact"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/taproot-db/taproot/metastore/model"
)

// What a record carries along is a string of wire-form fields: those of the record itself as they were, then, for each element of a
// list (a property, a start position, a shard) that held unknown fields, one field with a number that .proto files
// cannot declare: carryBase + the number of the list. Its content is the element's key and the unknown fields. The
// model's elements have no place for them, and they stay with their element when others come and go.
const (
	carryBase  = 19000 // 19000 to 19999 are reserved for implementations by the protobuf language
	carryLimit = 20000
)

// extras collects what a record carries along.
type extras struct {
	own    []byte
	nested []element
}

// element is what an element of a list carries along.
type element struct {
	list    protowire.Number
	key     string // as keyOf… of the list's type gives it
	unknown []byte
}

// keep takes the current field of s as one that is not modeled.
func (x *extras) keep(s *scanner) {
	if n := s.tag >> 3; n >= carryBase && n < carryLimit {
		s.fail(malformed("field number %d, which is reserved", n))
		return
	}
	x.own = append(x.own, s.raw...)
}

// keepOf takes the unknown fields of an element of the list that is the current field of s.
func (x *extras) keepOf(s *scanner, key string, unknown []byte) {
	x.carry(protowire.Number(s.tag>>3), key, unknown)
}

func (x *extras) carry(list protowire.Number, key string, unknown []byte) {
	if len(unknown) > 0 {
		x.nested = append(x.nested, element{list: list, key: key, unknown: unknown})
	}
}

// carries reports whether there is something for an element of the list.
func (x *extras) carries(list protowire.Number) bool {
	return x != nil && slices.ContainsFunc(x.nested, func(e element) bool { return e.list == list })
}

func (x *extras) String() string {
	if x.own == nil && x.nested == nil {
		return ""
	}
	slices.SortStableFunc(x.nested, func(a, b element) int { return cmp.Compare(a.list, b.list) })
	for _, e := range x.nested {
		var start int
		x.own, start = open(x.own, carryBase+e.list)
		x.own = appendText(x.own, 1, e.key)
		x.own = appendText(x.own, 2, e.unknown)
		x.own = closed(x.own, start)
	}
	return string(x.own)
}

// parseExtra is the inverse of String. Nearly all records carry nothing.
func parseExtra(extra string) (*extras, error) {
	if extra == "" {
		return nil, nil
	}
	x := &extras{}
	s := scanner{rest: []byte(extra)}
	for s.next() {
		n := protowire.Number(s.tag >> 3)
		if n < carryBase || n >= carryLimit {
			x.own = append(x.own, s.raw...)
			continue
		}
		e := element{list: n - carryBase}
		in := scanner{rest: s.data}
		for in.next() {
			switch in.tag {
			case 1<<3 | lenType:
				e.key = string(in.data)
			case 2<<3 | lenType:
				e.unknown = in.data
			}
		}
		s.fail(in.err)
		x.nested = append(x.nested, e)
	}
	if s.err != nil {
		return nil, errors.Wrap(s.err, "fields carried along")
	}
	return x, nil
}

// mixIn puts the record's own unknown fields into the message b[start:].
func (x *extras) mixIn(b []byte, start int) ([]byte, error) {
	if x == nil {
		return b, nil
	}
	return mixIn(b, start, x.own)
}

// mixInto puts the unknown fields of the first element with that key into the message b[start:]. Elements with equal
// keys take theirs in turn.
func (x *extras) mixInto(b []byte, start int, list protowire.Number, key string) ([]byte, error) {
	if x == nil {
		return b, nil
	}
	i := slices.IndexFunc(x.nested, func(e element) bool { return e.list == list && e.key == key })
	if i < 0 {
		return b, nil
	}
	unknown := x.nested[i].unknown
	x.nested = slices.Delete(x.nested, i, i+1)
	return mixIn(b, start, unknown)
}

// mixIn puts the fields of extra among those of the message b[start:] in the order of their numbers, fields of the same
// number behind. What a canonical writer wrote comes out as it was, though it knew more fields than this version does.
func mixIn[T ~string | ~[]byte](b []byte, start int, extra T) ([]byte, error) {
	if len(extra) == 0 {
		return b, nil
	}
	known, rest := scanner{rest: bytes.Clone(b[start:])}, scanner{rest: []byte(extra)}
	b = b[:start]
	pending := known.next()
	for rest.next() {
		for pending && known.tag>>3 <= rest.tag>>3 {
			b = append(b, known.raw...)
			pending = known.next()
		}
		b = append(b, rest.raw...)
	}
	if rest.err != nil {
		return nil, errors.Wrap(rest.err, "fields carried along")
	}
	for pending {
		b = append(b, known.raw...)
		pending = known.next()
	}
	return b, nil
}

// property reads the current field of s, a KeyValuePair.
func (x *extras) property(s *scanner) model.Property {
	var p model.Property
	var unknown []byte
	in := scanner{rest: s.data}
	for in.next() {
		switch in.tag {
		case 1<<3 | lenType:
			p.Key = in.shared()
		case 2<<3 | lenType:
			p.Value = in.shared()
		default:
			unknown = append(unknown, in.raw...)
		}
	}
	s.fail(in.err)
	x.keepOf(s, p.Key, unknown)
	return p
}

// appendProperties writes a list of KeyValuePair.
func (x *extras) appendProperties(b []byte, list protowire.Number, ps []model.Property) ([]byte, error) {
	for i := range ps {
		p := &ps[i]
		if err := checkText("a property", p.Key); err != nil {
			return nil, err
		}
		if err := checkText("a property", p.Value); err != nil {
			return nil, err
		}
		var start int
		b, start = open(b, list)
		b = appendText(b, 1, p.Key)
		b = appendText(b, 2, p.Value)
		var err error
		if b, err = x.mixInto(b, start, list, p.Key); err != nil {
			return nil, err
		}
		b = closed(b, start)
	}
	return b, nil
}

// checkText refuses a string that no reader of protobuf would accept.
func checkText(what, text string) error {
	if !utf8.ValidString(text) {
		return malformed("%s is not valid UTF-8: %q", redact.SafeString(what), text)
	}
	return nil
}
