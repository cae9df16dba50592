package codec

import (
	"unicode/utf8"

	"github.com/cockroachdb/errors"
	"google.golang.org/protobuf/encoding/protowire"
)

// ErrMalformed marks the error of bytes that are not what they should be: no valid message, or a message that contradicts
// the key it lies under. Trying again does not help; the record is to be quarantined.
var ErrMalformed = errors.New("malformed record")

func malformed(format string, args ...any) error {
	return errors.Mark(errors.Newf(format, args...), ErrMalformed)
}

// Wire types, as the low three bits of a tag. A case label like 3<<3|lenType reads: field 3, length-delimited.
const (
	varintType  = uint64(protowire.VarintType)
	fixed32Type = uint64(protowire.Fixed32Type)
	fixed64Type = uint64(protowire.Fixed64Type)
	lenType     = uint64(protowire.BytesType)
)

// scanner walks the fields of a message. A field of a known number with another wire type than declared is, as for
// protobuf, an unknown field.
type scanner struct {
	rest []byte
	tag  uint64 // number << 3 | wire type
	num  uint64 // the value of a varint or fixed field
	data []byte // the value of a length-delimited field; part of the input
	raw  []byte // the whole field; part of the input
	err  error
}

// next moves on to the next field. It returns false at the end and at the first error, which is then in s.err.
func (s *scanner) next() bool {
	b := s.rest
	if len(b) == 0 || s.err != nil {
		return false
	}
	n := 1
	if s.tag = uint64(b[0]); s.tag < 8 || s.tag >= 0x80 {
		num, typ, m := protowire.ConsumeTag(b)
		if m < 0 {
			return s.stop(m)
		}
		if num > protowire.MaxValidNumber {
			s.err = malformed("field number %d", num)
			return false
		}
		s.tag, n = uint64(num)<<3|uint64(typ), m
	}
	switch s.tag & 7 {
	case varintType:
		if len(b) > n && b[n] < 0x80 {
			s.num = uint64(b[n])
			n++
			break
		}
		v, m := protowire.ConsumeVarint(b[n:])
		if m < 0 {
			return s.stop(m)
		}
		s.num = v
		n += m
	case lenType:
		v, m := protowire.ConsumeBytes(b[n:])
		if m < 0 {
			return s.stop(m)
		}
		s.data = v
		n += m
	case fixed32Type:
		v, m := protowire.ConsumeFixed32(b[n:])
		if m < 0 {
			return s.stop(m)
		}
		s.num = uint64(v)
		n += m
	case fixed64Type:
		v, m := protowire.ConsumeFixed64(b[n:])
		if m < 0 {
			return s.stop(m)
		}
		s.num = v
		n += m
	default: // a group, or nonsense
		m := protowire.ConsumeFieldValue(protowire.Number(s.tag>>3), protowire.Type(s.tag&7), b[n:])
		if m < 0 {
			return s.stop(m)
		}
		n += m
	}
	s.raw, s.rest = b[:n], b[n:]
	return true
}

func (s *scanner) stop(code int) bool {
	s.err = errors.Mark(protowire.ParseError(code), ErrMalformed)
	return false
}

// fail ends the walk with err, if there is one.
func (s *scanner) fail(err error) {
	if s.err == nil {
		s.err = err
	}
}

// text returns the current field as a string of its own. Protobuf strings are UTF-8.
func (s *scanner) text() string {
	s.checkText()
	return string(s.data)
}

// shared is text for what many records have in common.
func (s *scanner) shared() string {
	s.checkText()
	return intern(s.data)
}

func (s *scanner) checkText() {
	if !utf8.Valid(s.data) {
		s.fail(malformed("field %d is not valid UTF-8", s.tag>>3))
	}
}

// run returns how many fields with the current tag follow each other from here on.
func (s *scanner) run() int {
	n, ahead := 1, scanner{rest: s.rest}
	for ahead.next() && ahead.tag == s.tag {
		n++
	}
	return n
}

// more makes room for a list when the first of its elements is met, so that it is exactly as large as it has to be. Elements that
// do not stand together, which nobody writes, are left to append.
func more[T any](s *scanner, list []T) []T {
	if list != nil {
		return list
	}
	return make([]T, 0, s.run())
}

// The append functions write one field, and nothing for a zero value, as proto3 has it.

func appendUint(b []byte, num protowire.Number, v uint64) []byte {
	if v == 0 {
		return b
	}
	return protowire.AppendVarint(protowire.AppendTag(b, num, protowire.VarintType), v)
}

// appendInt writes negative numbers as ten bytes, whether the field is 32 or 64 bits wide.
func appendInt[T ~int32 | ~int64](b []byte, num protowire.Number, v T) []byte {
	return appendUint(b, num, uint64(int64(v)))
}

func appendBool(b []byte, num protowire.Number, v bool) []byte {
	if !v {
		return b
	}
	return append(protowire.AppendTag(b, num, protowire.VarintType), 1)
}

func appendText[T ~string | ~[]byte](b []byte, num protowire.Number, v T) []byte {
	if len(v) == 0 {
		return b
	}
	return appendElement(b, num, v)
}

func appendFixed64(b []byte, num protowire.Number, v uint64) []byte {
	if v == 0 {
		return b
	}
	return protowire.AppendFixed64(protowire.AppendTag(b, num, protowire.Fixed64Type), v)
}

// appendElement writes an element of a list, or a set member of a oneof: also when it is empty.
func appendElement[T ~string | ~[]byte](b []byte, num protowire.Number, v T) []byte {
	b = protowire.AppendVarint(protowire.AppendTag(b, num, protowire.BytesType), uint64(len(v)))
	return append(b, v...)
}

// open starts a message inside a message; close, given the length of b that open returned, ends it.
func open(b []byte, num protowire.Number) ([]byte, int) {
	b = append(protowire.AppendTag(b, num, protowire.BytesType), 0) // one byte of length is nearly always enough
	return b, len(b)
}

func closed(b []byte, start int) []byte {
	n := len(b) - start
	if n < 0x80 {
		b[start-1] = byte(n)
		return b
	}
	wide := protowire.SizeVarint(uint64(n)) - 1
	for range wide {
		b = append(b, 0)
	}
	copy(b[start+wide:], b[start:start+n])
	protowire.AppendVarint(b[:start-1], uint64(n))
	return b
}
