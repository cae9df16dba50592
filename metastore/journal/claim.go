package journal

import (
	"context"
	"encoding/binary"
	"time"

	"github.com/cockroachdb/errors"

	"github.com/taproot-db/taproot/kvstore"
	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/codec"
	"github.com/taproot-db/taproot/metastore/model"
)

// Claim makes this process the leader: one commit that raises the epoch in head and leader. From then on a commit of the
// leader before fails its guard. It is the only write of a start, except the first, which Found makes.
//
// Errors: ErrFenced if somebody else wrote head since Load, ErrNotLanded, or the end of ctx.
func (l *Log) Claim(ctx context.Context, node, address string, bound model.Timestamp) error {
	next := l.head
	next.Epoch++
	next.Nonce++
	next.Timestamp = max(next.Timestamp, bound)
	leader, err := l.leader(next.Epoch, node, address)
	if err != nil {
		return err
	}
	return errors.Wrap(l.move(ctx, kvstore.Txn{Puts: []kvstore.Item{leader}}, next), "claim leadership")
}

// Leader returns who leads as the store has it now. Safe for concurrent use with everything else.
func (l *Log) Leader(ctx context.Context) (*codec.Leader, error) {
	value, err := l.Read(ctx, codec.LeaderKey)
	if err != nil {
		return nil, err
	}
	return codec.DecodeLeader(value)
}

// Founding is what Found writes first.
type Founding struct {
	ClusterID string
	Node      string
	Address   string
	// Bound is the bound of timestamps to make durable.
	Bound model.Timestamp
	// First is change set 1. Its Sum is set.
	First *catalog.ChangeSet
}

// Found writes the first head of a store: of an empty one, or of one that another Milvus filled, whose allocation windows are
// then raised, so that it would not give the same ids and timestamps again. The guard is that there is no head.
//
// Errors: ErrFenced if there is one by now, ErrNotLanded, or the end of ctx.
func (l *Log) Found(ctx context.Context, f Founding) error {
	head := codec.Head{
		Format: codec.Format, Epoch: f.First.Epoch, Revision: f.First.Revision, Timestamp: f.Bound,
		Stable: f.First.Revision, NextID: f.First.NextID, Sum: f.First.Sum, Nonce: 1, ClusterID: f.ClusterID,
		Covered: codec.Covered(),
	}
	bytes, err := codec.EncodeHead(&head)
	if err != nil {
		return err
	}
	txn := l.records([]*catalog.ChangeSet{f.First})
	entry, err := l.entry([]*catalog.ChangeSet{f.First})
	if err != nil {
		return err
	}
	leader, err := l.leader(head.Epoch, f.Node, f.Address)
	if err != nil {
		return err
	}
	raised, err := l.raiseWindows(ctx, f.Bound)
	if err != nil {
		return err
	}
	txn.Guards = []kvstore.Guard{l.guard()}
	txn.Puts = append(txn.Puts, entry, leader, kvstore.Item{Key: l.abs(codec.HeadKey), Value: bytes})
	txn.Puts = append(txn.Puts, raised...)
	// With no head there is nothing to fence with; but the same transaction can simply be sent again.
	uncertain := false // an earlier attempt may still land: then only its success ends this
	for wait := settleFirst; ; wait = min(2*wait, settleMost) {
		err := l.store.Commit(ctx, txn)
		if errors.Is(err, kvstore.ErrGuard) {
			err = nil
			if found, rerr := l.readHead(ctx); rerr == nil && string(found) != string(bytes) {
				return errors.Mark(errors.New("somebody else has founded a catalog here"), ErrFenced)
			} else if rerr != nil {
				err = errors.Mark(rerr, kvstore.ErrUncertain)
			}
		}
		if err == nil {
			l.head, l.bytes = head, bytes
			l.sizes.add(f.First.Revision, f.First.Timestamp, len(entry.Value), 0)
			return nil
		}
		uncertain = uncertain || errors.Is(err, kvstore.ErrUncertain)
		if !uncertain {
			return errors.Mark(errors.Wrap(err, "found catalog"), ErrNotLanded)
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return errors.Wrap(err, "found catalog")
		}
	}
}

func (l *Log) leader(epoch uint64, node, address string) (kvstore.Item, error) {
	value, err := codec.EncodeLeader(&codec.Leader{Epoch: epoch, Node: node, Address: address})
	return kvstore.Item{Key: l.abs(codec.LeaderKey), Value: value}, err
}

// The allocators of Milvus that promise ids and timestamps up to a bound: eight bytes, big-endian Unix nanoseconds
// (etcd-layout §1.3).
var windowKeys = []string{"kv/gid/timestamp", "kv/gid/idTimestamp", "kv/querycoord-id-allocator/idTimestamp"}

// Windows returns the highest bound that allocators of Milvus have promised below root, as a hybrid timestamp; zero if there are none.
// Ids come from the same kind of number.
func (l *Log) Windows(ctx context.Context) (model.Timestamp, error) {
	var most model.Timestamp
	err := l.windows(ctx, func(_ string, ns uint64) {
		most = max(most, model.HybridTimestamp(int64(ns/1e6)+1, 0))
	})
	return most, err
}

func (l *Log) windows(ctx context.Context, each func(key string, ns uint64)) error {
	view, err := l.store.View(ctx)
	if err != nil {
		return err
	}
	for _, k := range windowKeys {
		value, err := view.Get(ctx, l.abs(k))
		switch {
		case errors.Is(err, kvstore.ErrNotFound):
		case err != nil:
			return err
		case len(value) == 8:
			each(k, binary.BigEndian.Uint64(value))
		}
	}
	return nil
}

// raiseWindows returns the writes that move Milvus's windows, where there are any, up to a bound. They are never lowered.
func (l *Log) raiseWindows(ctx context.Context, bound model.Timestamp) ([]kvstore.Item, error) {
	var out []kvstore.Item
	to := uint64(bound.Millis()) * 1e6
	err := l.windows(ctx, func(key string, ns uint64) {
		if to > ns {
			out = append(out, kvstore.Item{Key: l.abs(key), Value: binary.BigEndian.AppendUint64(nil, to)})
		}
	})
	return out, err
}
