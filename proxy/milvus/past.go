package milvus

import (
	"context"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
)

// at returns the catalog that a request with that time_stamp asks for, and whether it may be an older one than the newest. Zero, a time to
// come, and any time since the last change mean the newest; it is what SDKs ask for, and costs no look into history.
func (s *Service) at(ctx context.Context, timeStamp uint64) (snap *catalog.Snapshot, past bool, err error) {
	snap = s.source.Snapshot()
	ts := model.Timestamp(timeStamp)
	if ts == 0 || ts >= snap.Timestamp() {
		return snap, false, nil
	}
	snap, err = s.source.At(ctx, ts)
	return snap, true, err
}
