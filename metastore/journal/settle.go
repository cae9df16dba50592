package journal

import (
	"bytes"
	"context"
	"time"

	"github.com/cockroachdb/errors"

	"github.com/taproot-db/taproot/kvstore"
	"github.com/taproot-db/taproot/metastore/codec"
)

// Waits between attempts to learn an outcome while the store does not answer.
const (
	settleFirst = 10 * time.Millisecond
	settleMost  = time.Second
)

// settle finds out whether the transaction that was to write ours as head has landed, and makes sure that it never
// will if it has not: head is rewritten with a new nonce under the old guard. If that lands, the lost transaction's guard cannot
// hold any more; if it fails, head tells who was first.
//
// It returns the end of ctx if the store stays away, and ErrFenced if head is neither ours nor what we left.
func (l *Log) settle(ctx context.Context, ours []byte) (landed bool, err error) {
	fences := map[string]codec.Head{} // every fence we tried may land late
	var waited time.Duration
	for wait := settleFirst; ; wait = min(2*wait, settleMost) {
		found, err := l.readHead(ctx)
		switch {
		case err != nil:
			if l.Waiting != nil {
				l.Waiting(waited, err)
			}
		case bytes.Equal(found, ours):
			return true, nil
		default:
			if fence, ok := fences[string(found)]; ok {
				l.head, l.bytes = fence, found
				return false, nil
			}
			if !bytes.Equal(found, l.bytes) {
				return false, errors.Mark(errors.New("head is another leader's"), ErrFenced)
			}
			done, err := l.fence(ctx, fences)
			if done || errors.Is(err, ErrFenced) {
				return false, err
			}
			if l.Waiting != nil {
				l.Waiting(waited, err)
			}
		}
		select {
		case <-time.After(wait):
			waited += wait
		case <-ctx.Done():
			return false, errors.Wrap(context.Cause(ctx), "outcome of a commit is unknown")
		}
	}
}

// fence rewrites head under a new nonce. It returns true once that is certain; otherwise head must be looked at again.
func (l *Log) fence(ctx context.Context, fences map[string]codec.Head) (bool, error) {
	fence := l.head
	// The lost head took the next nonce, every fence tried so far one more.
	fence.Nonce += uint64(2 + len(fences))
	value, err := codec.EncodeHead(&fence)
	if err != nil {
		return false, err
	}
	fences[string(value)] = fence
	var txn kvstore.Txn
	txn.Guards = []kvstore.Guard{l.guard()}
	txn.Puts = []kvstore.Item{{Key: l.abs(codec.HeadKey), Value: value}}
	if err := l.store.Commit(ctx, txn); err != nil {
		return false, err
	}
	l.head, l.bytes = fence, value
	return true, nil
}

// readHead returns head's bytes, nil if there is none.
func (l *Log) readHead(ctx context.Context) ([]byte, error) {
	view, err := l.store.View(ctx)
	if err != nil {
		return nil, err
	}
	value, err := view.Get(ctx, l.abs(codec.HeadKey))
	if errors.Is(err, kvstore.ErrNotFound) {
		return nil, nil
	}
	return value, err
}
