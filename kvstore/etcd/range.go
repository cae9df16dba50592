package etcd

import (
	"context"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/cockroachdb/errors"
	"go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/mvccpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/taproot-db/taproot/kvstore"
)

// Range implements kvstore.Reader. From a server in this process it reads pages, which cost nothing extra there. From
// others it reads a stream; where streams are not known, or one breaks off, it goes on in pages bounded by keys.
func (r *reader) Range(ctx context.Context, prefix, after string) iter.Seq2[kvstore.Item, error] {
	return func(yield func(kvstore.Item, error) bool) {
		w := &walk{store: r.store, rev: r.rev, yield: yield}
		if err := w.run(ctx, prefix, after); err != nil {
			yield(kvstore.Item{}, err)
		}
	}
}

// walk is one iteration over a range.
type walk struct {
	store *Store
	rev   int64
	yield func(kvstore.Item, error) bool

	// What is left lies in [from, end). An end of nil is no end: the highest key there can be does not exist.
	from, end []byte
}

// errStopped ends a walk whose consumer has had enough.
var errStopped = errors.New("the consumer stopped")

// run goes the whole way. Its error, if any, is one of the contract, and is still to be yielded.
func (w *walk) run(ctx context.Context, prefix, after string) error {
	callCtx, done, err := w.store.calls.enter(ctx, "range")
	if err != nil {
		return err
	}
	defer done()
	if err := ctx.Err(); err != nil {
		return errors.Wrap(err, "range")
	}
	if !w.bound(prefix, after) {
		return nil
	}
	switch err := w.read(callCtx); {
	case err == nil, errors.Is(err, errStopped):
		return nil
	default:
		return w.store.readError(ctx, "range", err)
	}
}

// bound sets from and end, and returns false if no key can lie between.
func (w *walk) bound(prefix, after string) bool {
	w.from, w.end = []byte(prefix), prefixEnd(prefix)
	if after >= prefix {
		if !strings.HasPrefix(after, prefix) {
			return false // behind all keys with the prefix
		}
		w.from = next([]byte(after))
	}
	return true // and from is not empty, which etcd would not take: an empty prefix is a prefix of any after
}

// prefixEnd returns the lowest key behind all keys with the prefix, or nil if there is none.
func prefixEnd(prefix string) []byte {
	end := []byte(prefix)
	for len(end) > 0 && end[len(end)-1] == 0xff { // strings.TrimRight cuts runes, and 0xff is none
		end = end[:len(end)-1]
	}
	if len(end) == 0 {
		return nil
	}
	end[len(end)-1]++
	return end
}

// next returns the lowest key behind key.
func next(key []byte) []byte {
	return append(slices.Clip(key), 0)
}

func (w *walk) read(ctx context.Context) error {
	s := w.store
	if s.cfg.Local != nil {
		return w.local(ctx)
	}
	if !s.noStream.Load() {
		err := w.stream(ctx)
		switch status.Code(err) {
		case codes.Unimplemented:
			s.noStream.Store(true)
		case codes.Unavailable:
			// The member went away. The client asks the others for pages, from where we are.
		default:
			return err
		}
	}
	emit := func(kvs []*mvccpb.KeyValue) error { return w.emit(ctx, kvs) }
	return paged(ctx, newPageSize(), w.from, w.end, s.page(w.rev), emit)
}

// emit yields keys and moves on behind each.
func (w *walk) emit(ctx context.Context, kvs []*mvccpb.KeyValue) error {
	for _, kv := range kvs {
		// The context ends with the caller's and with the Store.
		if err := ctx.Err(); err != nil {
			return err
		}
		if !w.yield(kvstore.Item{Key: string(kv.Key), Value: owned(kv.Value)}, nil) {
			return errStopped
		}
		w.from = next(kv.Key)
	}
	return nil
}

// stream reads by RangeStream.
func (w *walk) stream(ctx context.Context) error {
	stream, err := w.store.reads.RangeStream(ctx, &etcdserverpb.RangeRequest{
		Key: w.from, RangeEnd: rangeEnd(w.end), Revision: w.rev,
	}, anySize)
	if err != nil {
		return err
	}
	for {
		resp, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := w.emit(ctx, resp.GetRangeResponse().GetKvs()); err != nil {
			return err
		}
	}
}

// local reads pages from the server in this process, which does not count what it does not return.
func (w *walk) local(ctx context.Context) error {
	size := newPageSize()
	for {
		kvs, more, err := w.store.cfg.Local.Range(ctx, w.from, rangeEnd(w.end), size.keys, w.rev)
		if err != nil {
			return err
		}
		if err := w.emit(ctx, kvs); err != nil {
			return err
		}
		if !more {
			return nil
		}
		size.adapt(kvs)
	}
}

// rangeEnd returns end in etcd's notation, where no end is one zero byte.
func rangeEnd(end []byte) []byte {
	if end == nil {
		return []byte{0}
	}
	return end
}

// page returns a function that asks for a page of the range at revision rev.
func (s *Store) page(rev int64) pager {
	return func(ctx context.Context, from, end []byte, limit int64) (*etcdserverpb.RangeResponse, error) {
		return s.reads.Range(ctx, &etcdserverpb.RangeRequest{
			Key: from, RangeEnd: rangeEnd(end), Limit: limit, Revision: rev,
		}, anySize)
	}
}
