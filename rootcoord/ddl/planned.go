package ddl

import (
	"slices"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
)

// Planned is one record that a statement would write or delete.
type Planned struct {
	Kind catalog.Kind
	// Action is create, change or delete.
	Action string
	Name   string
	// ID is 0 for what would be created: its id is taken only when it is.
	ID model.ID
}

// Describe says what a Draft would change in the Snapshot that it was planned on. What goes with a collection that is dropped
// is not listed one by one.
func Describe(s *catalog.Snapshot, d Draft) []Planned {
	out := make([]Planned, 0, len(d.Changes))
	for _, c := range d.Changes {
		if c.Ref.Kind == catalog.KindIndexReport || c.Ref.Kind == catalog.KindLoadReport {
			continue // what a data plane says is no client's affair
		}
		old, _, existed := s.Record(c.Ref)
		if c.Ref.Kind == catalog.KindCollection {
			// It may move to another database: then it is put under another key, and the one it had is deleted.
			if c.Put == nil && puts(d, c.Ref.ID) {
				continue
			}
			_, existed = s.Find(c.Ref.ID)
		}
		rec := c.Put
		if rec == nil {
			rec = old
		}
		p := Planned{Kind: c.Ref.Kind, Action: "create", Name: recordName(rec)}
		if p.Name == "" {
			p.Name = c.Ref.Name
		}
		if p.Name == "" {
			p.Name = loadName(s, c.Ref, d)
		}
		if existed {
			p.Action, p.ID = "change", c.Ref.ID
		}
		if c.Put == nil || isDropped(c.Put) {
			p.Action = "delete"
		}
		out = append(out, p)
	}
	return out
}

// puts reports whether a Draft writes a collection's own record.
func puts(d Draft, collection model.ID) bool {
	return slices.ContainsFunc(d.Changes, func(c catalog.Change) bool {
		return c.Ref.Kind == catalog.KindCollection && c.Ref.ID == collection && c.Put != nil
	})
}

func recordName(rec any) string {
	switch r := rec.(type) {
	case *model.Database:
		return r.Name
	case *model.Collection:
		return r.Name
	case *model.Field:
		return r.Name
	case *model.Partition:
		return r.Name
	case *model.Alias:
		return r.Name
	case *model.Function:
		return r.Name
	case *model.StructField:
		return r.Name
	case *model.Index:
		return r.Name
	default:
		return ""
	}
}

// loadName names what is loaded, for its records have no names: the collection, or the partition, which may be created by the same Draft.
func loadName(s *catalog.Snapshot, r catalog.Ref, d Draft) string {
	c, ok := s.Find(r.Parent)
	if !ok {
		return ""
	}
	if r.Kind != catalog.KindPartitionLoad {
		return c.Name
	}
	for p := range c.Partitions() {
		if p.ID == r.ID {
			return p.Name
		}
	}
	for i := range d.Changes {
		if p, ok := d.Changes[i].Put.(*model.Partition); ok && p.ID == r.ID {
			return p.Name
		}
	}
	return ""
}

// isDropped reports whether a record is written only to say that it is gone.
func isDropped(rec any) bool {
	switch r := rec.(type) {
	case *model.Collection:
		return r.State == model.Dropping || r.State == model.Dropped
	case *model.Partition:
		return r.State == model.Dropping || r.State == model.Dropped
	default:
		return false
	}
}
