package catalog

import "github.com/taproot-db/taproot/metastore/model"

// RevisionOf returns the revision of the last change set that touched what r names: a database, an alias, a partition, or a
// collection, to which everything that belongs to it counts. 0: not known, for it was before the history that was loaded.
// False: the Snapshot has none.
func (s *Snapshot) RevisionOf(r Ref) (Revision, bool) {
	switch r.Kind {
	case KindDatabase:
		if i, ok := s.findDatabase(r.ID); ok {
			return s.databases[i].revision, true
		}
	case KindCollection:
		if c, ok := s.any(r.ID); ok {
			return c.revision, true
		}
	case KindPartition:
		if c, ok := s.any(r.Parent); ok {
			if i, ok := c.partitions.find(r.ID); ok {
				return c.partitions[i].revision, true
			}
		}
	case KindAlias:
		if h, ok := s.aliases.Get(held[model.Alias]{record: &model.Alias{Database: r.Parent, Name: r.Name}}); ok {
			return h.revision, true
		}
	case KindResourceGroup:
		if i, ok := s.findGroup(r.Name); ok {
			return s.groups[i].revision, true
		}
	default:
	}
	return 0, false
}

// Touched notes that a change set of that revision touched the record that r names. It is for whoever loads a catalog: the
// records do not say when they were written, the journal does. It changes s itself, so nobody else may have s yet. What
// is not in s is passed over; the revisions must come in ascending order.
func (s *Snapshot) Touched(r Ref, at Revision) {
	switch r.Kind {
	case KindDatabase:
		if i, ok := s.findDatabase(r.ID); ok {
			s.databases[i].revision = at
		}
	case KindCollection:
		if c, ok := s.any(r.ID); ok {
			c.revision = at
		}
	case KindAlias:
		if h, ok := s.aliases.Get(held[model.Alias]{record: &model.Alias{Database: r.Parent, Name: r.Name}}); ok {
			h.revision = at
			s.aliases.Set(h)
		}
	case KindResourceGroup:
		if i, ok := s.findGroup(r.Name); ok {
			s.groups[i].revision = at
		}
	case KindUnknown, KindIndexReport, KindLoadReport: // what a data plane reports is not a change of the object
	default:
		c, ok := s.any(r.Parent)
		if !ok {
			return
		}
		c.revision = at
		if i, ok := c.partitions.find(r.ID); ok && r.Kind == KindPartition {
			c.partitions[i].revision = at
		}
	}
}
