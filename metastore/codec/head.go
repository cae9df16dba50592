package codec

import (
	"math"
	"slices"

	"github.com/cockroachdb/errors"
	"github.com/cockroachdb/redact"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
)

// Where taproot's own records lie, relative to the root: outside of everything that Milvus reads.
const (
	HeadKey   = "taproot/head"
	LeaderKey = "taproot/leader"
)

// Format is the version of the stored form that this version writes: of head, leader and journal. It rises when an older
// version must keep its hands off.
const Format = 1

// FormatRedo is the format of a head with Redo, and the newest that this version reads. Only such heads have it: an older version would take
// the records for whole while they are not, and leave it at that. Once they are, it may open the store again.
const FormatRedo = 2

// ErrFormat marks the error of a head that a newer version wrote.
var ErrFormat = errors.New("stored form is newer than this version")

// Head is the value of HeadKey: the commit point of every statement, the fence against an old leader, the id counter and
// the checksum of the catalog.
type Head struct {
	// Format is set by DecodeHead; EncodeHead writes the one that the head needs.
	Format uint32
	// Epoch rises with every change of leader.
	Epoch uint64
	// Revision is that of the last change set.
	Revision catalog.Revision
	// Timestamp is the upper bound of the hybrid timestamps that may have been handed out.
	Timestamp model.Timestamp
	// Stable is the highest revision that every live follower has applied.
	Stable catalog.Revision
	// NextID is the next id to hand out.
	NextID model.ID
	// Sum is the fingerprint of the catalog.
	Sum catalog.Fingerprint
	// Nonce makes two heads with otherwise equal content differ.
	Nonce     uint64
	ClusterID string
	// Covered names the record kinds that Sum covers, ascending. It may name kinds that this version does not know, or lack
	// some that it does: compare with Covered().
	Covered []string
	// Redo is the first revision of the journal entry whose records are still being written, which has the last word on them; 0: all are.
	Redo catalog.Revision `json:",omitempty"`
}

// Covered returns the names of the record kinds that the fingerprint of this version covers, ascending.
func Covered() []string {
	names := make([]string, 0, len(catalog.Kinds()))
	for _, k := range catalog.Kinds() {
		names = append(names, k.String())
	}
	slices.Sort(names)
	return names
}

// EncodeHead returns the stored form of h, in the oldest format that can hold it. Equal heads have equal bytes, whatever the order of
// Covered. It fails only if a string is not valid UTF-8.
func EncodeHead(h *Head) ([]byte, error) {
	if err := checkText("cluster id", h.ClusterID); err != nil {
		return nil, errors.Wrap(err, "encode head")
	}
	format := uint64(Format)
	if h.Redo != 0 {
		format = FormatRedo
	}
	b := appendUint(make([]byte, 0, 192), 1, format)
	b = appendUint(b, 2, h.Epoch)
	b = appendUint(b, 3, uint64(h.Revision))
	b = appendUint(b, 4, uint64(h.Timestamp))
	b = appendUint(b, 5, uint64(h.Stable))
	b = appendInt(b, 6, h.NextID)
	b = appendSum(b, 7, h.Sum)
	b = appendUint(b, 8, h.Nonce)
	b = appendText(b, 9, h.ClusterID)
	covered := h.Covered
	if !slices.IsSorted(covered) {
		covered = slices.Sorted(slices.Values(covered))
	}
	for _, kind := range covered {
		if err := checkText("record kind", kind); err != nil {
			return nil, errors.Wrap(err, "encode head")
		}
		b = appendElement(b, 10, kind)
	}
	return appendUint(b, 11, uint64(h.Redo)), nil
}

// DecodeHead reads a head. It fails with ErrFormat if a version newer than this one wrote it, else with ErrMalformed. Fields
// that this version does not know are left out: what must not be lost on the next commit comes with a higher format.
func DecodeHead(value []byte) (*Head, error) {
	h := &Head{}
	s := scanner{rest: value}
	for s.next() {
		switch s.tag {
		case 1<<3 | varintType:
			h.Format = uint32(min(s.num, math.MaxUint32))
		case 2<<3 | varintType:
			h.Epoch = s.num
		case 3<<3 | varintType:
			h.Revision = catalog.Revision(s.num)
		case 4<<3 | varintType:
			h.Timestamp = model.Timestamp(s.num)
		case 5<<3 | varintType:
			h.Stable = catalog.Revision(s.num)
		case 6<<3 | varintType:
			h.NextID = model.ID(s.num)
		case 7<<3 | lenType:
			s.fail(decodeSum(&h.Sum, s.data))
		case 8<<3 | varintType:
			h.Nonce = s.num
		case 9<<3 | lenType:
			h.ClusterID = s.text()
		case 10<<3 | lenType:
			h.Covered = append(more(&s, h.Covered), s.shared())
		case 11<<3 | varintType:
			h.Redo = catalog.Revision(s.num)
		}
		// A newer form may have other fields under the same numbers, so the format, which comes first, is looked at at once.
		if h.Format > FormatRedo {
			return nil, errors.Mark(errors.Newf(
				"the catalog was written by a newer version of taproot: it has format %d, this version knows formats up to %d",
				redact.Safe(h.Format), redact.Safe(FormatRedo)), ErrFormat)
		}
	}
	if s.err != nil {
		return nil, errors.Wrap(s.err, "decode head")
	}
	if h.Format == 0 {
		return nil, errors.Wrap(malformed("it names no format"), "decode head")
	}
	return h, nil
}

// Leader is the value of LeaderKey: who leads, rewritten by every beat.
type Leader struct {
	Epoch uint64
	// Node is the name of the process, Address where it is reached.
	Node, Address string
	// Beat counts the rewrites.
	Beat uint64
}

// EncodeLeader returns the stored form of l. It fails only if a string is not valid UTF-8.
func EncodeLeader(l *Leader) ([]byte, error) {
	if err := checkText("node", l.Node); err != nil {
		return nil, errors.Wrap(err, "encode leader")
	}
	if err := checkText("address", l.Address); err != nil {
		return nil, errors.Wrap(err, "encode leader")
	}
	b := appendUint(make([]byte, 0, 96), 1, l.Epoch)
	b = appendText(b, 2, l.Node)
	b = appendText(b, 3, l.Address)
	return appendUint(b, 4, l.Beat), nil
}

// DecodeLeader reads a leader; errors are marked ErrMalformed.
func DecodeLeader(value []byte) (*Leader, error) {
	l := &Leader{}
	s := scanner{rest: value}
	for s.next() {
		switch s.tag {
		case 1<<3 | varintType:
			l.Epoch = s.num
		case 2<<3 | lenType:
			l.Node = s.text()
		case 3<<3 | lenType:
			l.Address = s.text()
		case 4<<3 | varintType:
			l.Beat = s.num
		}
	}
	if s.err != nil {
		return nil, errors.Wrap(s.err, "decode leader")
	}
	return l, nil
}
