package ddl

import (
	"strings"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
)

// Object names what a statement is about, as far as its precondition goes: a database, an alias, a partition, or a collection, to which
// everything that belongs to it counts.
type Object struct {
	kind                             catalog.Kind
	database, name, partition, alias string
	groups                           string // names, with between in between
}

const between = "\x00" // in no name

// DatabaseObject names a database.
func DatabaseObject(name string) Object { return Object{kind: catalog.KindDatabase, database: name} }

// CollectionObject names a collection, by its own name or an alias.
func CollectionObject(database, name string) Object {
	return Object{kind: catalog.KindCollection, database: database, name: name}
}

// PartitionObject names a partition of a collection, which may be named by an alias.
func PartitionObject(database, collection, partition string) Object {
	return Object{kind: catalog.KindPartition, database: database, name: collection, partition: partition}
}

// AliasObject names an alias.
func AliasObject(database, alias string) Object {
	return Object{kind: catalog.KindAlias, database: database, alias: alias}
}

// GroupObject names one or more resource groups; any change of one of them is a change of it.
func GroupObject(names ...string) Object {
	return Object{kind: catalog.KindResourceGroup, groups: strings.Join(names, between)}
}

// String returns the name for a refusal: "collection default.books".
func (o Object) String() string {
	if o.kind == catalog.KindResourceGroup {
		return o.kind.String() + " " + strings.ReplaceAll(o.groups, between, ", ")
	}
	var b strings.Builder
	b.WriteString(o.kind.String() + " " + databaseName(o.database))
	for _, part := range [...]string{o.name, o.partition, o.alias} {
		if part != "" {
			b.WriteString("." + part)
		}
	}
	return b.String()
}

// revision returns the revision of the last change set that touched the object, 0 if that is not known, and whether there is one of
// that name. An alias on the way counts: once it points elsewhere, the name stands for something else.
func (o Object) revision(s *catalog.Snapshot) (catalog.Revision, bool) {
	if o.kind == catalog.KindResourceGroup {
		return o.groupRevision(s)
	}
	d, ok := database(s, o.database)
	if !ok {
		return 0, false
	}
	switch o.kind {
	case catalog.KindDatabase:
		return s.RevisionOf(catalog.DatabaseRef(d))
	case catalog.KindAlias:
		return s.RevisionOf(catalog.Ref{Kind: catalog.KindAlias, Parent: d.ID, Name: o.alias})
	default:
	}
	c, ok := s.Resolve(d.ID, o.name)
	if !ok {
		if c, ok = s.Pending(d.ID, o.name); !ok {
			return 0, false
		}
	}
	via, _ := s.RevisionOf(catalog.Ref{Kind: catalog.KindAlias, Parent: d.ID, Name: o.name})
	if o.kind == catalog.KindCollection {
		at, found := s.RevisionOf(catalog.CollectionRef(c.Collection))
		return max(at, via), found
	}
	p, ok := c.Partition(o.partition)
	if !ok {
		return 0, false
	}
	at, found := s.RevisionOf(catalog.PartitionRef(p))
	return max(at, via), found
}

// pending reports whether the object is a collection that is being created.
func (o Object) pending(s *catalog.Snapshot) bool {
	d, ok := database(s, o.database)
	if !ok || o.kind != catalog.KindCollection {
		return false
	}
	_, pending := s.Pending(d.ID, o.name)
	return pending
}

// groupRevision is revision for resource groups: all of them must be there.
func (o Object) groupRevision(s *catalog.Snapshot) (last catalog.Revision, all bool) {
	for name := range strings.SplitSeq(o.groups, between) {
		if _, ok := s.ResourceGroup(name); !ok {
			return 0, false
		}
		// The default group is there before there is a record of it.
		at, _ := s.RevisionOf(catalog.ResourceGroupRef(name))
		last = max(last, at)
	}
	return last, true
}

// IfRevision is a planner with a precondition: the statement is refused if the object was changed after the revision that is given,
// which is that of any answer in which the client saw it; 0 means that there must be none. It is looked at before anything else of the
// statement, on the very Snapshot that the statement is planned on, so nothing can come in between.
//
// What is older than the journal cannot be told, also where this process happens to know: the answer must not depend on
// how long it has been running.
func IfRevision(o Object, given catalog.Revision, p Planner) Planner {
	return func(s *catalog.Snapshot, in Input) (Draft, catalog.Result, error) {
		if err := o.unchangedSince(s, given, in.Oldest); err != nil {
			return refused(err)
		}
		return p(s, in)
	}
}

func (o Object) unchangedSince(s *catalog.Snapshot, given, oldest catalog.Revision) error {
	at, exists := o.revision(s)
	if at < oldest {
		at = 0
	}
	switch {
	case given > s.Revision():
		return errs.Invalid("taproot-if-revision: revision %d lies in the future, the catalog is at %d", given, s.Revision())
	case given == 0 && exists && o.pending(s):
		return beingCreated(o.name)
	case given == 0 && exists:
		return errs.Changed(o.String(), uint64(at), 0, "it exists, and must not")
	case given == 0:
		return nil
	case !exists:
		return errs.Changed(o.String(), 0, uint64(given), "it does not exist")
	case at > given:
		return errs.Changed(o.String(), uint64(at), uint64(given), "it was changed after the revision that was given")
	case given+1 < oldest:
		return errs.TooOldToTell(o.String(), uint64(given), uint64(oldest))
	default:
		return nil
	}
}
