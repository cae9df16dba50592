package milvus

import (
	"context"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
)

// at returns the catalog that a request with that time_stamp asks for, and whether it may be an older one than the newest. Zero, a time to
// come, and any time since the last change mean the newest; it is what SDKs ask for, and costs no look into history. The trailer tells
// the revision of what is returned: a precondition on what was seen in the past is one on that.
func (s *Service) at(ctx context.Context, timeStamp uint64) (snap *catalog.Snapshot, past bool, err error) {
	snap = s.source.Snapshot()
	ts := model.Timestamp(timeStamp)
	if past = ts != 0 && ts < snap.Timestamp(); past {
		if snap, err = s.source.At(ctx, ts); err != nil {
			return nil, true, err
		}
	}
	s.tellRevision(ctx, snap.Revision())
	return snap, past, nil
}
