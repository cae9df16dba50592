package codec

import (
	"bytes"
	"slices"
	"sync"

	"github.com/cockroachdb/errors"
	"github.com/cockroachdb/redact"
	"github.com/klauspost/compress/zstd"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
)

// MaxChangeSets bounds what one journal entry holds before compression, and so what a reader allocates for it. One
// transaction of an embedded store holds 16 MiB; the entry of a batch has each record twice, before and after, and keys.
const MaxChangeSets = 64 << 20

// ErrTooLarge marks the error of change sets that are larger than a journal entry may be.
var ErrTooLarge = errors.New("change sets too large")

// The coders are made on first use; their tables are large, and most commands need none.
var (
	compressor = sync.OnceValues(func() (*zstd.Encoder, error) {
		return zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1),
			zstd.WithLowerEncoderMem(true), zstd.WithWindowSize(1<<20))
	})
	decompressor = sync.OnceValues(func() (*zstd.Decoder, error) {
		return zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(MaxChangeSets))
	})
)

// buffers holds the scratch space of EncodeChangeSets, which is called for every commit.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// compressFrom is from how many bytes on a payload is compressed. Below, one statement waits for the compressor (some 20 µs)
// longer than the bytes are worth.
const compressFrom = 4 << 10

// frameMagic is what a zstd frame begins with; the plain form of change sets begins with the tag of their first field.
var frameMagic = []byte{0x28, 0xb5, 0x2f, 0xfd}

// expand returns the plain form of a payload, which shares its memory if it was not compressed.
func expand(dec *zstd.Decoder, payload []byte) ([]byte, error) {
	if !bytes.HasPrefix(payload, frameMagic) {
		return payload, nil
	}
	raw, err := dec.DecodeAll(payload, nil)
	return raw, errors.Mark(errors.Wrap(err, "decompress"), ErrMalformed)
}

// largestPooled keeps one exceptional batch from being held on to.
const largestPooled = 1 << 20

// EncodeChangeSets returns the payload of a journal entry: the stored form of the change sets (ChangeSets in
// proto/taproot/meta/v1), compressed if that is worth it. Of a Change only Stored counts: Key, Value, Before and Existed; with Put nil it is
// a delete, unless the kind is unknown: then it is one if Value is nil. It fails with ErrTooLarge, or if one of the
// strings is not valid UTF-8. Safe for concurrent use; calls take turns at the compressor.
func EncodeChangeSets(sets []*catalog.ChangeSet) ([]byte, error) {
	enc, err := compressor()
	if err != nil {
		return nil, errors.Wrap(err, "encode change sets")
	}
	buf, ok := buffers.Get().(*[]byte)
	if !ok {
		return nil, errors.AssertionFailedf("the pool holds something else")
	}
	b := (*buf)[:0]
	for _, cs := range sets {
		var start int
		b, start = open(b, 1)
		if b, err = appendChangeSet(b, cs); err != nil {
			return nil, errors.Wrapf(err, "encode change set %d", redact.Safe(uint64(cs.Revision)))
		}
		b = closed(b, start)
	}
	if len(b) > MaxChangeSets {
		return nil, errors.Mark(errors.Newf("%d change sets of %d bytes, more than %d",
			redact.Safe(len(sets)), redact.Safe(len(b)), redact.Safe(MaxChangeSets)), ErrTooLarge)
	}
	var out []byte
	if len(b) < compressFrom {
		out = append(out, b...)
	} else {
		out = enc.EncodeAll(b, make([]byte, 0, len(b)/3+64))
	}
	if cap(b) <= largestPooled {
		*buf = b
		buffers.Put(buf)
	}
	return out, nil
}

func appendChangeSet(b []byte, cs *catalog.ChangeSet) ([]byte, error) {
	for _, t := range [...]struct{ what, text string }{
		{"request id", cs.RequestID}, {"actor", cs.Actor}, {"statement", cs.Statement},
	} {
		if err := checkText(t.what, t.text); err != nil {
			return nil, err
		}
	}
	b = appendUint(b, 1, uint64(cs.Revision))
	b = appendUint(b, 2, cs.Epoch)
	b = appendUint(b, 3, uint64(cs.Timestamp))
	b = appendInt(b, 4, cs.NextID)
	b = appendText(b, 5, cs.RequestID)
	b = appendText(b, 6, cs.Actor)
	b = appendText(b, 7, cs.Statement)
	if cs.Result != (catalog.Result{}) {
		var start int
		b, start = open(b, 8)
		b = appendInt(b, 1, cs.Result.Database)
		b = appendInt(b, 2, cs.Result.Collection)
		b = appendInt(b, 3, cs.Result.Partition)
		b = closed(b, start)
	}
	for i := range cs.Changes {
		c := &cs.Changes[i]
		st := &c.Stored
		if st.Key == "" {
			return nil, errors.AssertionFailedf("a change of a %s was not sealed", c.Ref.Kind)
		}
		if err := checkText("key", st.Key); err != nil {
			return nil, err
		}
		deleted := c.Deletes()
		var start int
		b, start = open(b, 9)
		b = appendText(b, 1, st.Key)
		b = appendBool(b, 2, deleted)
		if !deleted {
			b = appendText(b, 3, st.Value)
		}
		if st.Existed {
			b = appendText(b, 4, st.Before)
		}
		b = appendBool(b, 5, st.Existed)
		b = closed(b, start)
	}
	b = appendSum(b, 10, cs.Sum)
	b = appendFixed64(b, 11, cs.Body)
	for i := range cs.Left {
		l := &cs.Left[i]
		if l.Before == nil {
			return nil, errors.AssertionFailedf("%s leaves, and its bytes were not set", describe(l.Ref))
		}
		if err := checkText("key", l.Key); err != nil {
			return nil, err
		}
		var start int
		b, start = open(b, 12)
		b = appendText(b, 1, l.Key)
		b = appendText(b, 2, l.Before)
		b = closed(b, start)
	}
	return b, nil
}

func appendSum(b []byte, num protowire.Number, f catalog.Fingerprint) []byte {
	if f == (catalog.Fingerprint{}) {
		return b
	}
	b, start := open(b, num)
	b = appendFixed64(b, 1, f.Hi)
	b = appendFixed64(b, 2, f.Lo)
	return closed(b, start)
}

// DecodeChangeSets is the inverse of EncodeChangeSets. Records are decoded and digests recomputed; a change of a record
// kind that this version does not know has Kind KindUnknown and its Stored form, so that it can be replayed. Stored.Value
// and Stored.Before share one block of memory with those of the other change sets, records do not.
//
// Every error is marked ErrMalformed: the payload is damaged, expands to more than a journal entry may hold, or holds a
// record of a known kind that does not decode. Safe for concurrent use.
func DecodeChangeSets(payload []byte) ([]*catalog.ChangeSet, error) {
	sets, err := decodeChangeSets(payload)
	if err != nil {
		return nil, errors.Wrap(err, "decode change sets")
	}
	return sets, nil
}

func decodeChangeSets(payload []byte) ([]*catalog.ChangeSet, error) {
	dec, err := decompressor()
	if err != nil {
		return nil, err
	}
	raw, err := expand(dec, payload)
	if err != nil {
		return nil, err
	}
	var sets []*catalog.ChangeSet
	s := scanner{rest: raw}
	for s.next() {
		if s.tag != 1<<3|lenType {
			continue // of a later version
		}
		sets = more(&s, sets)
		cs, err := decodeChangeSet(s.data)
		if err != nil {
			return nil, errors.Wrapf(err, "revision %d", redact.Safe(uint64(cs.Revision)))
		}
		sets = append(sets, cs)
	}
	return sets, s.err
}

// decodeChangeSet returns what it has read so far even with an error.
func decodeChangeSet(value []byte) (*catalog.ChangeSet, error) {
	cs := &catalog.ChangeSet{}
	s := scanner{rest: value}
	for s.next() {
		switch s.tag {
		case 1<<3 | varintType:
			cs.Revision = catalog.Revision(s.num)
		case 2<<3 | varintType:
			cs.Epoch = s.num
		case 3<<3 | varintType:
			cs.Timestamp = model.Timestamp(s.num)
		case 4<<3 | varintType:
			cs.NextID = model.ID(s.num)
		case 5<<3 | lenType:
			cs.RequestID = s.text()
		case 6<<3 | lenType:
			cs.Actor = s.shared()
		case 7<<3 | lenType:
			cs.Statement = s.shared()
		case 8<<3 | lenType:
			s.fail(decodeResult(&cs.Result, s.data))
		case 9<<3 | lenType:
			cs.Changes = more(&s, cs.Changes)
			c, err := decodeChange(s.data)
			s.fail(err)
			cs.Changes = append(cs.Changes, c)
		case 10<<3 | lenType:
			s.fail(decodeSum(&cs.Sum, s.data))
		case 11<<3 | fixed64Type:
			cs.Body = s.num
		case 12<<3 | lenType:
			cs.Left = more(&s, cs.Left)
			l, err := decodeLeft(s.data)
			s.fail(err)
			cs.Left = append(cs.Left, l)
		}
	}
	return cs, s.err
}

// decodeLeft leaves the record alone: only who undoes the change set needs it.
func decodeLeft(value []byte) (catalog.Left, error) {
	l := catalog.Left{Before: []byte{}}
	s := scanner{rest: value}
	for s.next() {
		switch s.tag {
		case 1<<3 | lenType:
			l.Key = s.text()
		case 2<<3 | lenType:
			l.Before = slices.Clip(s.data)
		}
	}
	if s.err == nil && l.Key == "" {
		return l, malformed("a record that left without a key")
	}
	l.Ref, _ = ParseKey(l.Key)
	return l, s.err
}

func decodeResult(r *catalog.Result, value []byte) error {
	s := scanner{rest: value}
	for s.next() {
		switch s.tag {
		case 1<<3 | varintType:
			r.Database = model.ID(s.num)
		case 2<<3 | varintType:
			r.Collection = model.ID(s.num)
		case 3<<3 | varintType:
			r.Partition = model.ID(s.num)
		}
	}
	return s.err
}

func decodeSum(f *catalog.Fingerprint, value []byte) error {
	s := scanner{rest: value}
	for s.next() {
		switch s.tag {
		case 1<<3 | fixed64Type:
			f.Hi = s.num
		case 2<<3 | fixed64Type:
			f.Lo = s.num
		}
	}
	return s.err
}

func decodeChange(value []byte) (catalog.Change, error) {
	var c catalog.Change
	deleted := false
	s := scanner{rest: value}
	for s.next() {
		switch s.tag {
		case 1<<3 | lenType:
			c.Stored.Key = s.text()
		case 2<<3 | varintType:
			deleted = s.num != 0
		case 3<<3 | lenType:
			c.Stored.Value = slices.Clip(s.data)
		case 4<<3 | lenType:
			c.Stored.Before = slices.Clip(s.data)
		case 5<<3 | varintType:
			c.Stored.Existed = s.num != 0
		}
	}
	switch st := &c.Stored; {
	case s.err != nil:
		return c, s.err
	case st.Key == "":
		return c, malformed("a change without a key")
	case deleted && len(st.Value) > 0:
		return c, malformed("a change that both writes and deletes %s", st.Key)
	case !st.Existed && len(st.Before) > 0:
		return c, malformed("a change of %s with bytes before, where there was no record", st.Key)
	case st.Existed && st.Before == nil:
		st.Before = []byte{}
	}
	c.Ref, _ = ParseKey(c.Stored.Key)
	if deleted {
		c.Stored.Value = nil
		return c, nil
	}
	if c.Stored.Value == nil {
		c.Stored.Value = []byte{}
	}
	c.Stored.Digest = catalog.Digest(c.Stored.Key, c.Stored.Value)
	if c.Ref.Kind == catalog.KindUnknown {
		return c, nil
	}
	var err error
	c.Put, err = Decode(c.Ref, c.Stored.Value)
	return c, err
}
