package codec

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/cockroachdb/errors"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
)

// JournalPrefix is where the journal lies, relative to the root. Numbers in its keys are lower-case hex of fixed width, so that the
// order of bytes is that of revisions, and the parts of an entry come right behind it.
const JournalPrefix = "taproot/journal/"

const (
	revisionDigits = 16
	partDigits     = 8
)

// NoPart stands for the entry itself where the number of a part is given.
const NoPart = -1

// JournalKey returns the key, relative to the root, of the entry whose first change set has that revision.
func JournalKey(first catalog.Revision) string {
	return fmt.Sprintf("%s%0*x", JournalPrefix, revisionDigits, uint64(first))
}

// JournalPartKey returns the key of the n-th part, from 0, of the entry whose first change set has that revision.
func JournalPartKey(first catalog.Revision, n uint32) string {
	return fmt.Sprintf("%s/%0*x", JournalKey(first), partDigits, n)
}

// ParseJournalKey is the inverse of JournalKey, with part NoPart, and of JournalPartKey. It says false for every other key.
func ParseJournalKey(key string) (first catalog.Revision, part int64, ok bool) {
	rest, ok := strings.CutPrefix(key, JournalPrefix)
	if !ok {
		return 0, 0, false
	}
	entry, tail, parted := strings.Cut(rest, "/")
	rev, ok := parseHex(entry, revisionDigits)
	if !ok || !parted {
		return catalog.Revision(rev), NoPart, ok
	}
	n, ok := parseHex(tail, partDigits)
	if !ok {
		return 0, 0, false
	}
	return catalog.Revision(rev), int64(n), true
}

func parseHex(s string, digits int) (uint64, bool) {
	if len(s) != digits || strings.ToLower(s) != s || s[0] == '+' {
		return 0, false
	}
	n, err := strconv.ParseUint(s, 16, 64)
	return n, err == nil
}

// JournalEntry is the value of a journal key: the change sets of one commit, either in Payload or in Parts.
type JournalEntry struct {
	// Payload is the result of EncodeChangeSets.
	Payload []byte
	// Parts is into how many parts, under keys of their own, the payload was cut.
	Parts uint32
	// Last is the revision, Timestamp the hybrid timestamp of the last change set in the entry.
	Last      catalog.Revision
	Timestamp model.Timestamp
}

// EncodeJournalEntry returns the stored form of e. It fails if e has both or neither of a payload and parts.
func EncodeJournalEntry(e *JournalEntry) ([]byte, error) {
	if err := e.check(); err != nil {
		return nil, errors.Wrap(err, "encode journal entry")
	}
	b := appendText(make([]byte, 0, len(e.Payload)+32), 1, e.Payload)
	b = appendUint(b, 2, uint64(e.Parts))
	b = appendUint(b, 3, uint64(e.Last))
	return appendUint(b, 4, uint64(e.Timestamp)), nil
}

// DecodeJournalEntry reads a journal entry; errors are marked ErrMalformed. Payload is part of value.
func DecodeJournalEntry(value []byte) (*JournalEntry, error) {
	e := &JournalEntry{}
	s := scanner{rest: value}
	for s.next() {
		switch s.tag {
		case 1<<3 | lenType:
			e.Payload = s.data
		case 2<<3 | varintType:
			if s.num > math.MaxUint32 {
				s.fail(malformed("%d parts", s.num))
			}
			e.Parts = uint32(s.num)
		case 3<<3 | varintType:
			e.Last = catalog.Revision(s.num)
		case 4<<3 | varintType:
			e.Timestamp = model.Timestamp(s.num)
		}
	}
	s.fail(e.check())
	if s.err != nil {
		return nil, errors.Wrap(s.err, "decode journal entry")
	}
	return e, nil
}

func (e *JournalEntry) check() error {
	if (len(e.Payload) > 0) == (e.Parts > 0) {
		return malformed("it has %d bytes and %d parts, one of them must be 0", len(e.Payload), e.Parts)
	}
	return nil
}
