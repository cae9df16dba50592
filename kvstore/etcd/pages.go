package etcd

import (
	"bytes"
	"context"
	"math/bits"

	"go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/mvccpb"
)

// pager asks for at most limit keys of [from, end), in order. The answer counts all keys of [from, end).
type pager func(ctx context.Context, from, end []byte, limit int64) (*etcdserverpb.RangeResponse, error)

// paged reads [from, end) page by page.
//
// A server answers a request for a page by walking over all keys between the request's bounds, because it counts
// them. Were the upper bound always end, n keys would cost n²/2 steps. So the upper bound is moved close, without knowing
// which keys there are:
//
//   - Keys are read as fractions, 0.k₀k₁k₂… in base 256, and the interval of all keys as a binary tree of blocks: a block
//     at depth d holds the keys that share their first d bits. A request ends where a block that contains its first key
//     ends. (Any other bound would be as correct; blocks make the cost easy to see.)
//   - How deep the block is follows from the page before: its keys lay so far apart, so that many fit into a block of
//     this size. If a block turns out to be nearly empty the next is taken larger, faster and faster.
//   - If it turns out to be full, nothing is lost: the answer is a page, and says how many keys the block still has. These
//     counts are exact, as everything is read at one revision. They are kept in a stack of the blocks that we are
//     in, and none of these is used as a bound again before few of its keys are left.
//
// So a key is counted once for each full block that contains it, and few times in a block that is not full. Full blocks
// that are met on the way to a key are few: one or two where keys are even, one more where their density jumps, and never
// more than the key has bits. A request that brings less than half a page is followed by a larger block, so there are
// few of those for each that brings one. Only the cost depends on the counts: whatever they say, every key is read once.
func paged(ctx context.Context, size *pageSize, from, end []byte, ask pager, emit func([]*mvccpb.KeyValue) error) error {
	// The stack of blocks around from, each within the one before. The whole range is the first: its count is not known,
	// and taken to be small until the first answer.
	blocks := []block{{end: end}}
	depth, step := 0, 1
	for {
		inner := &blocks[len(blocks)-1]
		to := inner.end
		if inner.left > size.crowd() {
			to, depth = blockWithin(from, depth, inner.end)
		}
		resp, err := ask(ctx, from, to, size.keys)
		if err != nil {
			return err
		}
		got := int64(len(resp.Kvs))
		if err := emit(resp.Kvs); err != nil {
			return err
		}
		for i := range blocks {
			blocks[i].left -= got
		}

		if resp.More && got > 0 {
			first, last := resp.Kvs[0].Key, resp.Kvs[got-1].Key
			left := max(resp.Count-got, 1)
			if same(to, inner.end) {
				inner.left = left
			} else {
				blocks = append(blocks, block{end: to, left: left})
			}
			from = next(last)
			depth, step = spread(first, last), 1
			size.adapt(resp.Kvs)
			continue
		}

		// [from, to) is done.
		if to == nil {
			return nil
		}
		from = to
		for len(blocks) > 0 && same(blocks[len(blocks)-1].end, to) {
			blocks = blocks[:len(blocks)-1]
		}
		if len(blocks) == 0 {
			return nil
		}
		if got < size.keys/2 {
			depth -= step
			step *= 2
		} else {
			step = 1
			size.adapt(resp.Kvs)
		}
	}
}

// block is the part of an interval of keys that is still to be read.
type block struct {
	end  []byte // nil: no end
	left int64  // how many keys it still has
}

func same(a, b []byte) bool {
	return (a == nil) == (b == nil) && bytes.Equal(a, b)
}

// blockWithin returns the end of the block around key at the given depth, or deeper where that would not end before
// limit; and its depth. Where no block does, which needs keys that differ in trailing zero bytes only, it returns limit.
func blockWithin(key []byte, depth int, limit []byte) ([]byte, int) {
	depth = max(depth, 1)
	for deepest := 8 * (max(len(key), len(limit)) + 1); depth <= deepest; depth++ {
		if end := blockEnd(key, depth); end != nil && (limit == nil || bytes.Compare(end, limit) < 0) {
			return end, depth
		}
	}
	return limit, depth
}

// blockEnd returns where the block around key at this depth, at least 1, ends; nil if there is no key behind it. The
// result is always greater than key.
func blockEnd(key []byte, depth int) []byte {
	n := (depth + 7) / 8
	end := make([]byte, n)
	copy(end, key)
	// Add one at bit depth-1, carrying to the left, and clear what is right of it.
	unit := byte(1) << (8*n - depth)
	end[n-1] &^= unit - 1
	for i, add := n-1, unit; i >= 0; i, add = i-1, 1 {
		end[i] += add
		if end[i] >= add {
			return bytes.TrimRight(end, "\x00")
		}
	}
	return nil
}

// spread returns the depth of the blocks that hold a few times as many keys as lie between first and last, if those
// that follow lie as close.
func spread(first, last []byte) int {
	n := max(len(first), len(last)) + 1
	a, b := make([]byte, n), make([]byte, n)
	copy(a, first)
	copy(b, last)
	borrow := 0
	for i := n - 1; i >= 0; i-- {
		d := int(b[i]) - int(a[i]) - borrow
		borrow = 0
		if d < 0 {
			d, borrow = d+256, 1
		}
		b[i] = byte(d)
	}
	// The distance is at least 2^-(zeros+1); a block at depth zeros-1 is between two and four times as wide.
	zeros := 0
	for _, d := range b {
		zeros += bits.LeadingZeros8(d)
		if d != 0 {
			break
		}
	}
	return max(zeros-1, 1)
}

// pageSize is how many keys to ask for at once.
type pageSize struct{ keys, most int64 }

// A page begins small, because most ranges are, and grows until it is worth its round trip. Its bytes are what the
// server and we hold in memory at once.
const (
	firstPageKeys = 32
	maxPageKeys   = 8192
	pageBytes     = 1 << 20
)

func newPageSize() *pageSize { return &pageSize{keys: firstPageKeys, most: maxPageKeys} }

// adapt sets the size after a page that was at least half full.
func (s *pageSize) adapt(page []*mvccpb.KeyValue) {
	n := 0
	for _, kv := range page {
		n += len(kv.Key) + len(kv.Value)
	}
	switch {
	case n < pageBytes/2:
		s.keys = min(2*s.keys, s.most)
	case n > 2*pageBytes:
		s.keys = max(s.keys/2, 1)
	}
}

// crowd is how many keys a block may have to be read to its end: each of its pages counts them again, so it is a few
// pages' worth.
func (s *pageSize) crowd() int64 { return 8 * s.keys }
