package etcd

import (
	"context"

	"github.com/cockroachdb/errors"
	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// Compact makes the cluster forget every moment before the present, and returns when the space of what was forgotten can be used
// again. Views that were opened before a later write fail with ErrUnavailable from then on. Clusters usually compact
// by themselves; this is for when they must do so now. It fails with ErrUnavailable, ErrInvalid (closed store) or the
// error of ctx.
func (s *Store) Compact(ctx context.Context) error {
	callCtx, done, err := s.calls.enter(ctx, "compact")
	if err != nil {
		return err
	}
	defer done()
	if err := ctx.Err(); err != nil {
		return errors.Wrap(err, "compact")
	}
	rev, err := s.revision(callCtx)
	if err != nil {
		return s.readError(ctx, "compact", err)
	}
	_, err = s.client.Compact(callCtx, rev, clientv3.WithCompactPhysical())
	if err != nil && !errors.Is(err, rpctypes.ErrCompacted) {
		return s.readError(ctx, "compact", err)
	}
	return nil
}
