package reconcile

import (
	"context"
	"maps"
	"slices"

	"github.com/cockroachdb/errors"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
	"github.com/taproot-db/taproot/rootcoord/committer"
	"github.com/taproot-db/taproot/rootcoord/ddl"
)

// Adjust adds the loads of a database, or with 0 those of all: a property or a resource group that they follow may have changed. It does
// not block, and looks at nothing yet. Which of them must change is decided on the catalog as it is when it is their turn.
func (r *Reconciler) Adjust(db model.ID) { r.add(func() { r.databases[db] = struct{}{} }) }

// moved looks whether a load was written because its collection moved to another database, which may have other properties. All other
// statements that write a load have looked at the properties themselves.
func (r *Reconciler) moved(cs *catalog.ChangeSet, l *model.Load) {
	if slices.ContainsFunc(cs.Changes, func(c catalog.Change) bool {
		return c.Ref.Kind == catalog.KindCollection && c.Ref.ID == l.Collection && c.Put == nil
	}) {
		r.add(func() { r.loads[l.Collection] = struct{}{} })
	}
}

// adjust brings loads to what properties say, each by a statement of its own. Planning it on a Snapshot first spares the committer those
// that are as they should be, nearly all.
func (r *Reconciler) adjust(ctx context.Context) error {
	// What is taken is out of its set before it is looked at: what changes meanwhile adds it again.
	var databases []model.ID
	done(r, func() { databases = slices.Collect(maps.Keys(r.databases)); clear(r.databases) })
	if len(databases) > 0 {
		var found []model.ID
		for c := range r.Writer.Snapshot().Loaded() {
			if slices.Contains(databases, 0) || slices.Contains(databases, c.Database) {
				found = append(found, c.ID)
			}
		}
		done(r, func() {
			for _, id := range found {
				r.loads[id] = struct{}{}
			}
		})
	}
	var failed error
	for _, id := range take(r, r.loads) {
		done(r, func() { delete(r.loads, id) })
		if err := r.adjustOne(ctx, id); err != nil {
			failed = errors.CombineErrors(failed, err)
			done(r, func() { r.loads[id] = struct{}{} })
		}
	}
	return failed
}

func (r *Reconciler) adjustOne(ctx context.Context, id model.ID) error {
	plan := ddl.AdjustLoad(id, r.Options)
	if draft, _, err := plan(r.Writer.Snapshot(), ddl.Input{}); err != nil || len(draft.Changes) == 0 {
		return err
	}
	_, err := r.Writer.Submit(ctx, committer.Statement{Name: "AdjustLoad", Actor: "reconciler", Plan: plan})
	return errors.Wrapf(err, "adjust the load of collection %d", id)
}
