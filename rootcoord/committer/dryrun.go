package committer

import (
	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/codec"
	"github.com/taproot-db/taproot/metastore/model"
	"github.com/taproot-db/taproot/rootcoord/ddl"
)

// oldest returns the first revision that the journal still holds.
func (c *Committer) oldest() catalog.Revision {
	if oldest, _, _ := c.Log.Sizes().Reach(); oldest > 0 {
		return oldest
	}
	return c.Snapshot().Revision() + 1
}

// DryRun plans a statement on the catalog as it is durable and returns what it would change; nothing is written, taken or remembered.
// It runs on the caller's goroutine, so other statements do not wait for it. Ids of what would be created are left out of
// the answer: another statement may take them. Errors: the refusals of the planner and of the stored form; ErrStopped.
func (c *Committer) DryRun(p ddl.Planner) (Committed, []ddl.Planned, error) {
	select {
	case <-c.stopped:
		return Committed{}, nil, c.stopErr
	default:
	}
	s := c.Snapshot()
	draft, res, err := p(s, ddl.Input{Now: s.Timestamp() + 1, Oldest: c.oldest()})
	if err != nil {
		return Committed{}, nil, err
	}
	planned := ddl.Describe(s, draft)
	if err := c.storable(s, draft); err != nil {
		return Committed{}, nil, err
	}
	for _, id := range []*model.ID{&res.Database, &res.Collection, &res.Partition} {
		if *id >= s.NextID() {
			*id = 0
		}
	}
	return Committed{Revision: s.Revision(), Timestamp: s.Timestamp(), Changed: len(draft.Changes) > 0, Result: res}, planned, nil
}

// storable refuses what a commit would for the sake of the stored form.
func (c *Committer) storable(s *catalog.Snapshot, draft ddl.Draft) error {
	cs := &catalog.ChangeSet{Revision: s.Revision() + 1, NextID: draft.NextID, Changes: draft.Changes}
	for i := range cs.Changes {
		if _, err := codec.Seal(s, &cs.Changes[i]); err != nil {
			return err
		}
	}
	if err := c.Log.Holds(cs); err != nil {
		return refusal(err)
	}
	return nil
}
