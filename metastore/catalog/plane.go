package catalog

import (
	"iter"

	"github.com/taproot-db/taproot/metastore/model"
)

// Indexes yields the indexes of the collection by ascending id, which is the order of creation.
func (c *Collection) Indexes() iter.Seq[*model.Index] { return records(c.others().indexes) }

// CountIndexes returns the number of indexes of the collection.
func (c *Collection) CountIndexes() int { return len(c.others().indexes) }

// Load returns the wish that the collection, or a part of it, be loaded; false if there is none. The collection counts as loaded as soon as
// there is one, however far the data plane is (decisions 18).
func (c *Collection) Load() (*model.Load, bool) { return only(c.others().load) }

// PartitionLoads yields what of the collection is to be loaded, by ascending id of the partition. Without a Load there are none.
func (c *Collection) PartitionLoads() iter.Seq[*model.PartitionLoad] {
	return records(c.others().partitionLoads)
}

// CountPartitionLoads returns the number of partitions that are to be loaded.
func (c *Collection) CountPartitionLoads() int { return len(c.others().partitionLoads) }

// PartitionLoad returns the wish that a partition be loaded; false if there is none.
func (c *Collection) PartitionLoad(partition model.ID) (*model.PartitionLoad, bool) {
	if i, ok := c.others().partitionLoads.find(partition); ok {
		return c.others().partitionLoads[i].record, true
	}
	return nil, false
}

// Replicas yields the copies of what is loaded, by ascending id.
func (c *Collection) Replicas() iter.Seq[*model.Replica] { return records(c.others().replicas) }

// IndexReport returns what was reported of an index; false if nothing was.
func (c *Collection) IndexReport(index model.ID) (*model.IndexReport, bool) {
	if i, ok := c.others().indexReports.find(index); ok {
		return c.others().indexReports[i].record, true
	}
	return nil, false
}

// LoadReport returns what was reported of the load, or of the last one that failed; false if nothing was.
func (c *Collection) LoadReport() (*model.LoadReport, bool) { return only(c.others().loadReport) }

// Progress is how far a data plane is with something.
type Progress struct {
	State model.ReportState
	// Indexed of Total rows; of indexes only.
	Indexed, Total int64
	// Reason is why it failed.
	Reason string
}

// IndexProgress returns how far an index of the collection is. Without an external data plane an index is finished as soon as it is there,
// whatever was once reported of it.
func (c *Collection) IndexProgress(index model.ID, external bool) Progress {
	if !external {
		return Progress{State: model.ReportDone}
	}
	if r, ok := c.IndexReport(index); ok {
		return Progress{State: r.State, Indexed: r.Indexed, Total: r.Total, Reason: r.Reason}
	}
	return Progress{}
}

// LoadProgress returns how far the load of the collection is; false if nothing of it is to be loaded. A load that failed is no load
// (decisions 20): only the reason is left, which is returned with false.
func (c *Collection) LoadProgress(external bool) (Progress, bool) {
	r, reported := c.LoadReport()
	_, loaded := c.Load()
	switch {
	case !loaded && reported:
		return Progress{State: r.State, Reason: r.Reason}, false
	case !loaded:
		return Progress{}, false
	case !external:
		return Progress{State: model.ReportDone}, true
	case reported:
		return Progress{State: r.State}, true
	default:
		return Progress{}, true
	}
}

// ResourceGroup returns the resource group of that name. The default group is there always, also where no record of it is stored.
func (s *Snapshot) ResourceGroup(name string) (*model.ResourceGroup, bool) {
	if i, ok := s.findGroup(name); ok {
		return s.groups[i].record, true
	}
	if name == model.DefaultResourceGroup {
		return defaultGroup, true
	}
	return nil, false
}

// defaultGroup is what Milvus 2.6 stores of it at its first start.
var defaultGroup = &model.ResourceGroup{
	Name: model.DefaultResourceGroup, Config: &model.ResourceGroupConfig{Limits: model.DefaultGroupLimit},
}

// ResourceGroups yields all resource groups in byte order of their names, the default one included.
func (s *Snapshot) ResourceGroups() iter.Seq[*model.ResourceGroup] {
	return func(yield func(*model.ResourceGroup) bool) {
		i, found := s.findGroup(model.DefaultResourceGroup)
		for n, h := range s.groups {
			if n == i && !found && !yield(defaultGroup) || !yield(h.record) {
				return
			}
		}
		if i == len(s.groups) {
			yield(defaultGroup)
		}
	}
}

// Loaded yields the collections of all databases that have a Load, by ascending id.
func (s *Snapshot) Loaded() iter.Seq[*Collection] {
	return func(yield func(*Collection) bool) {
		if s.loads == 0 {
			return
		}
		s.byID.Scan(func(c *Collection) bool {
			_, loaded := c.Load()
			return !loaded || c.State != model.Created || yield(c)
		})
	}
}

// loads is what the collection counts for in Snapshot.loads.
func (c *Collection) loads() int { return len(c.others().load) }

// stray is why a record has no place.
type stray struct {
	text string
	// missing is what should be there for it.
	missing Ref
}

func (s stray) String() string { return s.text }

// strays yields the records of what a data plane acts on that nothing refers to: an index that Milvus marked deleted, what was reported of one
// that is not there, what is left of a release, or of a partition that is gone.
func (c *Collection) strays() iter.Seq2[Ref, stray] {
	return func(yield func(Ref, stray) bool) {
		r := c.others()
		for _, h := range r.indexes {
			if h.record.Deleted && !yield(IndexRef(h.record), stray{text: "it is marked deleted"}) {
				return
			}
		}
		for _, h := range r.indexReports {
			at := h.record
			if i, ok := r.indexes.find(at.Index); (!ok || r.indexes[i].record.Deleted) &&
				!yield(IndexReportRef(c.ID, at.Index), stray{"there is no such index", Ref{Kind: KindIndex, Parent: c.ID, ID: at.Index}}) {
				return
			}
		}
		for _, h := range r.partitionLoads {
			at := PartitionLoadRef(h.record)
			if _, ok := c.partitions.find(at.ID); !ok && !yield(at, stray{"there is no such partition", Ref{Kind: KindPartition, Parent: c.ID, ID: at.ID}}) {
				return
			} else if ok && len(r.load) == 0 && !yield(at, stray{"the collection is not loaded", LoadRef(c.ID)}) {
				return
			}
		}
		for _, h := range r.replicas {
			if len(r.load) == 0 && !yield(ReplicaRef(h.record), stray{"the collection is not loaded", LoadRef(c.ID)}) {
				return
			}
		}
	}
}
