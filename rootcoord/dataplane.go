package rootcoord

import (
	"github.com/taproot-db/taproot/metastore/model"
	taprootv1 "github.com/taproot-db/taproot/proto/taproot/v1"
	"github.com/taproot-db/taproot/rootcoord/server"
)

// DataPlane returns the service by which a data plane learns what is wanted and reports how far it is. It refuses everything unless
// Limits.ExternalDataPlane is set.
func (c *Coordinator) DataPlane() taprootv1.DataPlaneServer {
	return server.NewDataPlane(c.cfg.Limits.ExternalDataPlane, func() (server.Plane, error) {
		t, err := c.lead()
		if err != nil {
			return server.Plane{}, err
		}
		return server.Plane{Runner: t.statements(), Snapshot: t.committer.Snapshot, Board: t.board}, nil
	}, c.panicked)
}

// IndexRows returns how many rows of an index are built, of how many, as a data plane has reported since the index's state last changed;
// false if it has not, or of another spec.
func (c *Coordinator) IndexRows(collection, index model.ID, spec uint64) (indexed, total int64, ok bool) {
	if t := c.term.Load(); t != nil {
		return t.board.IndexRows(collection, index, spec)
	}
	return 0, 0, false
}

// LoadPercent returns how much of a load is done, as a data plane has reported since the load's state last changed; false if it has not, or
// of another spec.
func (c *Coordinator) LoadPercent(collection model.ID, spec uint64) (percent int32, ok bool) {
	if t := c.term.Load(); t != nil {
		return t.board.LoadPercent(collection, spec)
	}
	return 0, false
}
