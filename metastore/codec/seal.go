package codec

import (
	"github.com/cockroachdb/errors"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
)

// Seal fills in c.Stored: Key, Value and Digest from c.Ref and c.Put, Existed and Before from the record that s, the catalog
// that c is to be applied to, holds under c.Ref. A change whose Stored.Key is set already, e.g. of a kind that this version
// does not know, is left as it is.
//
// It returns exact = false if the record in s was stored in another form than Encode gives it (its digest says so):
// Stored.Before is then nil, and the caller reads the bytes under Stored.Key from the store and sets it. All else is done.
//
// A field in c.Put is replaced by an equal one that other collections have already, to save memory.
//
// Errors are mistakes of the planner, or strings that cannot be stored: a Ref that is no key, a Put that does not
// belong under its Ref, what Encode refuses. c is then not to be used. Not safe for concurrent use of one c.
func Seal(s *catalog.Snapshot, c *catalog.Change) (exact bool, err error) {
	if c.Stored.Key != "" {
		return true, nil
	}
	key := Key(c.Ref)
	if back, ok := ParseKey(key); !ok || back != c.Ref {
		return false, errors.Newf("%s %q cannot be stored", c.Ref.Kind, key)
	}
	stored := catalog.Stored{Key: key}
	if c.Put != nil {
		if ref, ok := refOf(c.Ref, c.Put); !ok || ref != c.Ref {
			return false, errors.AssertionFailedf("%T does not belong under %s", c.Put, describe(c.Ref))
		}
		if stored.Value, err = Encode(c.Put); err != nil {
			return false, err
		}
		stored.Digest = catalog.Digest(key, stored.Value)
		if f, ok := c.Put.(*model.Field); ok {
			if shared, err := sharedField(stored.Value); err == nil && shared.Equal(f) {
				c.Put = shared
			}
		}
	}
	exact = true
	if old, digest, ok := s.Record(c.Ref); ok {
		stored.Existed = true
		// What does not encode now cannot have been stored in this form.
		before, err := Encode(old)
		if exact = err == nil && catalog.Digest(key, before) == digest; exact {
			stored.Before = before
		}
	}
	c.Stored = stored
	return exact, nil
}

// refOf returns the Ref of a record; of a field, function or struct field, only the Ref at hand knows the collection.
func refOf(at catalog.Ref, rec any) (catalog.Ref, bool) {
	switch r := rec.(type) {
	case *model.Database:
		return catalog.DatabaseRef(r), true
	case *model.Collection:
		return catalog.CollectionRef(r), true
	case *model.Field:
		return catalog.FieldRef(at.Parent, r), true
	case *model.Partition:
		return catalog.PartitionRef(r), true
	case *model.Alias:
		return catalog.AliasRef(r), true
	case *model.Function:
		return catalog.FunctionRef(at.Parent, r), true
	case *model.StructField:
		return catalog.StructFieldRef(at.Parent, r), true
	case *model.Index:
		return catalog.IndexRef(r), true
	case *model.Load:
		return catalog.LoadRef(r.Collection), true
	case *model.PartitionLoad:
		return catalog.PartitionLoadRef(r), true
	case *model.Replica:
		return catalog.ReplicaRef(r), true
	case *model.ResourceGroup:
		return catalog.ResourceGroupRef(r.Name), true
	case *model.IndexReport:
		return catalog.IndexReportRef(r.Collection, r.Index), true
	case *model.LoadReport:
		return catalog.LoadReportRef(r.Collection), true
	default:
		return catalog.Ref{}, false
	}
}
