package milvus

import (
	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
)

// Reporter is a Source that knows how far a data plane is between two changes of state, which are all that the catalog holds. Its methods
// are called concurrently and must not wait. spec is the revision, as the catalog has it, of what the progress is to be of.
type Reporter interface {
	// IndexRows returns how many rows of an index are built, of how many; false if nothing was reported since its state changed.
	IndexRows(collection, index model.ID, spec uint64) (indexed, total int64, ok bool)
	// LoadPercent returns how much of a load is done; false if nothing was reported since its state changed.
	LoadPercent(collection model.ID, spec uint64) (percent int32, ok bool)
}

// indexProgress returns how far an index of the collection is, for every answer that says so.
func (s *Service) indexProgress(c *catalog.Collection, i *model.Index) catalog.Progress {
	p := c.IndexProgress(i.ID, s.Limits.ExternalDataPlane)
	from, ok := s.source.(Reporter)
	if !ok || !s.Limits.ExternalDataPlane {
		return p
	}
	var spec uint64
	if r, ok := c.IndexReport(i.ID); ok {
		spec = r.Spec
	}
	if indexed, total, ok := from.IndexRows(c.ID, i.ID, spec); ok {
		p.Indexed, p.Total = indexed, total
	}
	return p
}

// almost is the most that a load is done which is not reported as done: SDKs take 100 for the end.
const almost = 99

// loadProgress returns how far the load of the collection is, and in percent; false if nothing of it is to be loaded, with the reason if it
// failed.
func (s *Service) loadProgress(c *catalog.Collection) (p catalog.Progress, percent int64, ok bool) {
	p, ok = c.LoadProgress(s.Limits.ExternalDataPlane)
	switch {
	case !ok:
		return p, 0, false
	case p.State == model.ReportDone:
		return p, 100, true
	}
	from, tells := s.source.(Reporter)
	if !tells {
		return p, 0, true
	}
	var spec uint64
	if r, reported := c.LoadReport(); reported {
		spec = r.Spec
	}
	done, _ := from.LoadPercent(c.ID, spec)
	return p, min(int64(done), almost), true
}

// rows returns how many rows the collection has, as far as a data plane has told by the indexes that it built of them.
func (s *Service) rows(c *catalog.Collection) int64 {
	var n int64
	for i := range c.Indexes() {
		n = max(n, s.indexProgress(c, i).Total)
	}
	return n
}
