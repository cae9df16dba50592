package milvus

import (
	"slices"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
)

// loadedAll is the progress, in percent, of what is loaded. The Go SDK waits for exactly this.
const loadedAll = 100

// loadProgress is how far a load is, in percent.
type loadProgress struct {
	loaded int64
	// refreshed is how far the last refresh is; of a load without one it is how far the load is.
	refreshed int64
}

// progressOf returns how far the load of a collection is, or if partitions are given that of these. What is not to be loaded is refused: code
// 101 of the collection, which is shown by its name or its id, with the cause if the last load failed; or 201 of a partition.
func (s *Service) progressOf(c *catalog.Collection, partitions []*model.Partition, shown any) (loadProgress, error) {
	load, loaded := c.Load()
	if failed, _ := c.LoadProgress(s.Limits.ExternalDataPlane); !loaded && (len(partitions) == 0 || failed.Reason != "") {
		return loadProgress{}, errs.LoadFailed(shown, failed.Reason)
	}
	if len(partitions) == 0 {
		return s.average(c, load, slices.Collect(c.PartitionLoads())), nil
	}
	var asked []*model.PartitionLoad
	for _, p := range partitions {
		pl, ok := c.PartitionLoad(p.ID)
		if !ok {
			return loadProgress{}, errs.NoPartitionLoaded(p.ID)
		}
		asked = append(asked, pl)
	}
	return s.average(c, load, asked), nil
}

// average is the progress of some partitions of a load together.
func (s *Service) average(c *catalog.Collection, load *model.Load, partitions []*model.PartitionLoad) loadProgress {
	// A record that another Milvus left as Loading counts as loaded where nobody will ever report of it (decisions 28).
	p, _ := c.LoadProgress(s.Limits.ExternalDataPlane)
	if p.State == model.ReportDone {
		return loadProgress{loadedAll, loadedAll}
	}
	if _, asked := c.LoadReport(); !asked {
		return loadProgress{} // written as loaded when there was no data plane; the one there is now knows nothing of it
	}
	var sum int64
	for _, pl := range partitions {
		// A partition has been reported as loaded, or it has not. What lies between is in the memory of whoever takes the reports (decisions
		// 19), and is to be added here.
		if pl.Status == model.Loaded {
			sum += loadedAll
		}
	}
	out := loadProgress{loaded: sum / int64(max(len(partitions), 1))}
	if load.Status != model.Loaded {
		out.refreshed = out.loaded
	}
	return out
}

// partitionsNamed returns the partitions of those names, or refuses the first that is none's.
func partitionsNamed(c *catalog.Collection, names []string) ([]*model.Partition, error) {
	if len(names) == 0 {
		return nil, nil
	}
	all := make(map[string]*model.Partition, c.CountPartitions())
	for p := range c.Partitions() {
		all[p.Name] = p
	}
	out := make([]*model.Partition, 0, len(names))
	for _, name := range names {
		p, ok := all[name]
		if !ok {
			return nil, errs.NoPartition(name)
		}
		out = append(out, p)
	}
	return out, nil
}
