package embedetcd

import (
	"context"

	"github.com/cockroachdb/errors"
	"go.etcd.io/etcd/api/v3/etcdserverpb"

	"github.com/taproot-db/taproot/kvstore"
)

// Usage is what the database takes, in bytes.
type Usage struct {
	File  int64 // the size of the file: what the quota is about
	InUse int64 // of it, what holds data; the rest is used before the file grows, and given back by Reclaim
	Quota int64
}

// Usage returns what the database takes now, all zero after Close.
func (s *Store) Usage() Usage {
	if s.local.enter() != nil {
		return Usage{}
	}
	defer s.local.calls.Done()
	b := s.etcd.Server.Backend()
	return Usage{File: b.Size(), InUse: b.SizeInUse(), Quota: s.cfg.QuotaBytes}
}

// Health returns nil if the server takes transactions, or an error marked ErrUnavailable that says why it does not: its
// quota is reached, its data are corrupt, or it has stopped by itself.
func (s *Store) Health() error {
	if s.local.enter() != nil {
		return errors.Mark(errors.New("health: the store is closed"), kvstore.ErrInvalid)
	}
	defer s.local.calls.Done()
	select {
	case <-s.etcd.Server.StopNotify():
		return errors.Mark(errors.New("the embedded server has stopped"), kvstore.ErrUnavailable)
	default:
	}
	for _, a := range s.etcd.Server.Alarms() {
		switch a.Alarm {
		case etcdserverpb.AlarmType_NOSPACE:
			return errors.Mark(errors.WithHint(
				errors.Newf("the embedded database has reached its quota of %d bytes", s.cfg.QuotaBytes),
				"Drop what is not needed, then reclaim the space; or restart with a larger quota and reclaim."), kvstore.ErrUnavailable)
		case etcdserverpb.AlarmType_CORRUPT:
			return errors.Mark(errors.New("the embedded database is corrupt"), kvstore.ErrUnavailable)
		case etcdserverpb.AlarmType_NONE:
		}
	}
	return nil
}

// Reclaim forgets all moments before the present, gives the space that is free then back to the file system, and lifts the
// alarm if the quota had been reached. Views opened before become unavailable. Nothing else is served meanwhile, which
// takes seconds for each gibibyte.
func (s *Store) Reclaim(ctx context.Context) error {
	if err := s.Compact(ctx); err != nil {
		return errors.Wrap(err, "reclaim")
	}
	if s.local.enter() != nil {
		return errors.Mark(errors.New("reclaim: the store is closed"), kvstore.ErrInvalid)
	}
	defer s.local.calls.Done()
	if err := s.etcd.Server.Backend().Defrag(); err != nil {
		return errors.Mark(errors.HandledWithMessage(err, "reclaim: defragment: "+err.Error()), kvstore.ErrUnavailable)
	}
	for _, a := range s.etcd.Server.Alarms() {
		if a.Alarm != etcdserverpb.AlarmType_NOSPACE {
			continue
		}
		req := &etcdserverpb.AlarmRequest{
			Action: etcdserverpb.AlarmRequest_DEACTIVATE, MemberID: a.MemberID, Alarm: a.Alarm,
		}
		if _, err := s.etcd.Server.Alarm(ctx, req); err != nil {
			return errors.Mark(errors.HandledWithMessage(err, "reclaim: lift the alarm: "+err.Error()), kvstore.ErrUnavailable)
		}
	}
	return nil
}
