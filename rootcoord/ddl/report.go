package ddl

import (
	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
)

// Report is what a data plane says of one index, or of one load.
type Report struct {
	Collection model.ID
	// Index is 0 where the report is of the load.
	Index model.ID
	// Spec is the revision in which the spec was written that the report is about; 0: it was written when no data plane was attached.
	Spec uint64
	// State is pending as long as the data plane is at work.
	State model.ReportState
	// Indexed of Total rows; of indexes only.
	Indexed, Total int64
	// Percent is how far the load is; of loads only.
	Percent int32
	// Reason is why it failed.
	Reason string
}

// maxReason bounds, in bytes, why something failed: it is stored, and every client that asks gets it.
const maxReason = 4 << 10

// Verdict is what becomes of a report.
type Verdict int

const (
	// Late means that the report is of a spec that is no longer the one in force, or of what is gone. It is dropped, and that is no error.
	Late Verdict = iota
	// Progress means that the catalog says as much already. What is new in the report is no change of state, and is not made durable.
	Progress
	// NewState means that the report is to be committed.
	NewState
)

// Validate refuses, with code 1100, a report that makes no sense whatever the catalog says.
func (r Report) Validate() error {
	switch {
	case r.Indexed < 0 || r.Total < r.Indexed:
		return errs.Invalid("report of %d rows indexed, of %d", r.Indexed, r.Total)
	case r.Percent < 0 || r.Percent > 100:
		return errs.Invalid("report of %d percent", r.Percent)
	case len(r.Reason) > maxReason:
		return errs.Invalid("the reason in a report is of %d bytes, must be %d or less", len(r.Reason), maxReason)
	case r.State < model.ReportPending || r.State > model.ReportFailed:
		return errs.Invalid("report of a state that does not exist: %d", r.State)
	}
	return nil
}

// Judge says what would become of the report.
func (r Report) Judge(s *catalog.Snapshot) Verdict {
	v, _ := r.judge(s)
	return v
}

// TakeReport commits a report if it says something new of what is in force. One that comes late is a no-op, because the data plane cannot
// know. Without a data plane nothing is reported.
func TakeReport(r Report, opt Options) Planner {
	return func(s *catalog.Snapshot, _ Input) (Draft, catalog.Result, error) {
		if !opt.Limits.ExternalDataPlane {
			return refused(NoDataPlane())
		}
		if err := r.Validate(); err != nil {
			return refused(err)
		}
		_, changes := r.judge(s)
		return change(s, catalog.Result{Collection: r.Collection}, changes...)
	}
}

// NoDataPlane refuses what is for a data plane where none is attached.
func NoDataPlane() error {
	return errs.NotImplemented("this deployment has no external data plane: dataplane.mode is none, and must be external for one to report")
}

func (r Report) judge(s *catalog.Snapshot) (Verdict, []catalog.Change) {
	c, ok := s.CollectionByID(r.Collection)
	if !ok || len(s.Damage(c.ID)) > 0 {
		return Late, nil
	}
	if r.Index != 0 {
		return r.ofIndex(s, c)
	}
	return r.ofLoad(c)
}

func (r Report) ofIndex(s *catalog.Snapshot, c *catalog.Collection) (Verdict, []catalog.Change) {
	if _, _, ok := s.Record(catalog.Ref{Kind: catalog.KindIndex, Parent: c.ID, ID: r.Index}); !ok {
		return Late, nil
	}
	before := model.IndexReport{Collection: c.ID, Index: r.Index}
	if was, ok := c.IndexReport(r.Index); ok {
		before = *was
	}
	switch {
	case r.Spec != before.Spec:
		return Late, nil
	case r.State == before.State:
		return Progress, nil
	case r.State == model.ReportPending && before.State == model.ReportDone:
		return Progress, nil // rows came after it was built; it can be searched all along
	}
	after := model.IndexReport{Collection: c.ID, Index: r.Index, Spec: r.Spec, State: r.State, Indexed: r.Indexed, Total: r.Total}
	if r.State == model.ReportFailed {
		after.Reason = r.Reason
	}
	return NewState, []catalog.Change{catalog.PutIndexReport(&after)}
}

func (r Report) ofLoad(c *catalog.Collection) (Verdict, []catalog.Change) {
	load, ok := c.Load()
	if !ok {
		return Late, nil
	}
	before := model.LoadReport{Collection: c.ID}
	if was, ok := c.LoadReport(); ok {
		before = *was
	}
	switch {
	case r.Spec != before.Spec:
		return Late, nil
	case r.State == before.State, r.State == model.ReportPending:
		return Progress, nil
	}
	after := &model.LoadReport{Collection: c.ID, Spec: r.Spec, State: r.State}
	if r.State == model.ReportFailed {
		after.Reason = r.Reason
		return NewState, append(unloaded(c), catalog.PutLoadReport(after))
	}
	return NewState, append(loaded(c, load), catalog.PutLoadReport(after))
}

// loaded is the changes by which all that is to be loaded of a collection is.
func loaded(c *catalog.Collection, load *model.Load) []catalog.Change {
	var changes []catalog.Change
	if load.Status != model.Loaded {
		next := *load
		next.Status = model.Loaded
		changes = append(changes, catalog.PutLoad(&next))
	}
	for p := range c.PartitionLoads() {
		if p.Status != model.Loaded {
			next := *p
			next.Status = model.Loaded
			changes = append(changes, catalog.PutPartitionLoad(&next))
		}
	}
	return changes
}

// unloaded is the changes by which nothing of a collection is to be loaded any more.
func unloaded(c *catalog.Collection) []catalog.Change {
	changes := []catalog.Change{catalog.Delete(catalog.LoadRef(c.ID))}
	for p := range c.PartitionLoads() {
		changes = append(changes, catalog.Delete(catalog.PartitionLoadRef(p)))
	}
	for r := range c.Replicas() {
		changes = append(changes, catalog.Delete(catalog.ReplicaRef(r)))
	}
	return changes
}
