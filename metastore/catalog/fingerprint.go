package catalog

import (
	"encoding/binary"
	"fmt"

	"github.com/zeebo/xxh3"
)

// Fingerprint is a 128-bit checksum of a catalog: two sums modulo 2^64 over the digests of all its records, so it does
// not depend on their order and costs only what changed. A record's digest has the same type. It guards against
// divergence and damage, not against an adversary.
type Fingerprint struct{ Hi, Lo uint64 }

// Digest returns the hash of one record: its key relative to the root, and its bytes as they are stored.
func Digest(key string, value []byte) Fingerprint {
	// The key's length goes in front, so that no two pairs give the same input.
	buf := make([]byte, 0, 512)
	buf = binary.LittleEndian.AppendUint64(buf, uint64(len(key)))
	buf = append(buf, key...)
	buf = append(buf, value...)
	h := xxh3.Hash128(buf)
	return Fingerprint{Hi: h.Hi, Lo: h.Lo}
}

func (f Fingerprint) plus(d Fingerprint) Fingerprint {
	return Fingerprint{Hi: f.Hi + d.Hi, Lo: f.Lo + d.Lo}
}

func (f Fingerprint) minus(d Fingerprint) Fingerprint {
	return Fingerprint{Hi: f.Hi - d.Hi, Lo: f.Lo - d.Lo}
}

// String returns 32 hex digits.
func (f Fingerprint) String() string { return fmt.Sprintf("%016x%016x", f.Hi, f.Lo) }
