package codec

import (
	"sync/atomic"

	"github.com/zeebo/xxh3"

	"github.com/taproot-db/taproot/metastore/model"
)

// A catalog of 100,000 collections has few different field names, dimensions, channels, and mostly few different
// fields. What was decoded lately is kept in two small tables, so that equal values are one value in memory and cost no
// decoding. A slot holds what came last: the tables never grow, need no lock, and an eviction costs only a copy more. They do
// not influence what is returned, only where it lies.
const (
	slots       = 1 << 12
	sharedText  = 64  // longest string that is worth a slot, in bytes
	sharedBytes = 192 // longest field, as stored
)

var (
	texts  [slots]atomic.Pointer[string]
	fields [slots]atomic.Pointer[fieldSlot]
)

type fieldSlot struct {
	value string // the stored bytes, which are all there is to a field
	field *model.Field
}

// intern returns b as a string that others may hold too.
func intern(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if len(b) > sharedText {
		return string(b)
	}
	slot := &texts[xxh3.Hash(b)%slots]
	if p := slot.Load(); p != nil && *p == string(b) {
		return *p
	}
	s := string(b)
	slot.Store(&s)
	return s
}

// sharedField returns the field that value encodes, as a record that others may hold too.
func sharedField(value []byte) (*model.Field, error) {
	if len(value) > sharedBytes {
		return parseField(value)
	}
	slot := &fields[xxh3.Hash(value)%slots]
	if e := slot.Load(); e != nil && e.value == string(value) {
		return e.field, nil
	}
	f, err := parseField(value)
	if err != nil {
		return nil, err
	}
	slot.Store(&fieldSlot{value: string(value), field: f})
	return f, nil
}
