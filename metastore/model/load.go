package model

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/taproot-db/taproot/metastore/errs"
)

// Properties of a collection and of a database that say how often, and where, a collection is loaded whose client does not say so.
const (
	replicaNumberKey          = "collection.replica.number"
	resourceGroupsKey         = "collection.resource_groups"
	databaseReplicaNumberKey  = "database.replica.number"
	databaseResourceGroupsKey = "database.resource_groups"
)

const lazyLoadKey = "lazyload.enabled"

// LoadDefaults is what properties say of the replicas of a collection: zero where they say nothing.
type LoadDefaults struct {
	Replicas int32
	Groups   []string
}

// Given reports whether anything is said at all.
func (d LoadDefaults) Given() bool { return d.Replicas > 0 || len(d.Groups) > 0 }

// DefaultsOf returns what the properties of a collection, and where these are silent those of its database, say of its replicas; each of
// the two counts by itself. A value that makes no sense is no value, as in Milvus.
func DefaultsOf(c *Collection, d *Database) LoadDefaults {
	l := LoadDefaults{Replicas: replicaNumber(c.Properties, replicaNumberKey), Groups: groupNames(c.Properties, resourceGroupsKey)}
	if d == nil {
		return l
	}
	if l.Replicas == 0 {
		l.Replicas = replicaNumber(d.Properties, databaseReplicaNumberKey)
	}
	if len(l.Groups) == 0 {
		l.Groups = groupNames(d.Properties, databaseResourceGroupsKey)
	}
	return l
}

func replicaNumber(ps []Property, key string) int32 {
	text, _ := FindProperty(ps, key)
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n <= 0 {
		return 0
	}
	return int32(n)
}

// groupNames reads a list with commas between. One with an empty name in it names a group that does not exist.
func groupNames(ps []Property, key string) []string {
	text, _ := FindProperty(ps, key)
	if text == "" {
		return nil
	}
	names := strings.Split(text, ",")
	for i, name := range names {
		names[i] = strings.TrimSpace(name)
	}
	return names
}

// LoadFields returns the fields that a load comes to which names those (index-load-semantics §4.1 row 2),
// ascending by id. No names: all fields that are not marked to be skipped. A struct field is named by its own name, which stands for all
// its sub-fields, or by that of a sub-field, struct[sub]. The dynamic field is loaded with whatever is named, unless it is to be skipped.
// Errors are refusals of package errs.
func (s *Schema) LoadFields(names []string, skipDynamic bool) ([]*Field, error) {
	fields, err := s.namedToLoad(names, skipDynamic)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(fields, func(a, b *Field) int { return cmp.Compare(a.ID, b.ID) })
	return slices.Compact(fields), nil
}

func (s *Schema) namedToLoad(names []string, skipDynamic bool) ([]*Field, error) {
	var out []*Field
	if len(names) == 0 {
		for _, f := range s.loadable() {
			// One that cannot be read is loaded. The creation of a collection lets none through, a store of another Milvus may have one.
			if skip, err := skipsLoading(f); (err != nil || !skip) && (!f.Dynamic || !skipDynamic) {
				out = append(out, f)
			}
		}
		return out, nil
	}
	for _, name := range names {
		found := s.byLoadName(name)
		if len(found) == 0 {
			return nil, errs.NoField(name)
		}
		out = append(out, found...)
	}
	for _, f := range s.Fields {
		if f.Dynamic && !skipDynamic {
			out = append(out, f)
		}
	}
	return out, s.checkLoadFields(names, out)
}

// loadable are the fields that there are to load: those of users, the dynamic field, and the sub-fields of struct fields.
func (s *Schema) loadable() []*Field {
	var out []*Field
	for _, f := range s.Fields {
		if f.ID >= FirstFieldID {
			out = append(out, f)
		}
	}
	for _, st := range s.StructFields {
		out = append(out, st.Fields...)
	}
	return out
}

func (s *Schema) byLoadName(name string) []*Field {
	for _, st := range s.StructFields {
		if st.Name == name {
			return st.Fields
		}
	}
	for _, f := range s.loadable() {
		if f.Name == name {
			return []*Field{f}
		}
	}
	return nil
}

// checkLoadFields refuses a list that leaves out what every load needs.
func (s *Schema) checkLoadFields(names []string, chosen []*Field) error {
	missing := func(is func(*Field) bool) (string, bool) {
		if slices.ContainsFunc(chosen, is) {
			return "", false
		}
		for _, f := range s.loadable() {
			if is(f) {
				return f.Name, true
			}
		}
		return "", false
	}
	if name, lacks := missing(func(f *Field) bool { return f.PrimaryKey }); lacks {
		return errs.Invalid("load field list %v does not contain primary key field %s", names, name)
	}
	if !slices.ContainsFunc(chosen, func(f *Field) bool { return f.Type.Vector() }) {
		return errs.Invalid("load field list %v does not contain vector field", names)
	}
	if name, lacks := missing(func(f *Field) bool { return f.PartitionKey }); lacks {
		return errs.Invalid("load field list %v does not contain partition key field %s", names, name)
	}
	if name, lacks := missing(func(f *Field) bool { return f.ClusteringKey }); lacks {
		return errs.Invalid("load field list %v does not contain clustering key field %s", names, name)
	}
	return nil
}

// CheckLoaded refuses what must not change of a collection while it is loaded (ddl-semantics §4.6): code 104, naming the collection as the
// client did. That the value would stay the same does not matter.
func (a Alteration) CheckLoaded(collection string) error {
	var set, del []string
	for _, p := range a.Set {
		set = append(set, p.Key)
	}
	del = a.Delete
	switch {
	case slices.ContainsFunc(set, collectionMmap):
		return errs.AlreadyLoaded(collection, "can not alter mmap properties if collection loaded")
	case slices.ContainsFunc(set, warmup):
		return errs.AlreadyLoaded(collection, "can not alter warmup properties if collection loaded")
	case slices.ContainsFunc(del, collectionMmap):
		return errs.AlreadyLoaded(collection, "can not delete mmap properties if collection loaded")
	case slices.ContainsFunc(del, warmup):
		return errs.AlreadyLoaded(collection, "can not delete warmup properties if collection loaded")
	}
	return nil
}

// CheckFieldLoaded is CheckLoaded for the alteration of a field (ddl-semantics §4.7). Keys that no field has come first, as in ValidateField.
func (a Alteration) CheckFieldLoaded(collection string) error {
	if err := a.validateFieldKeys(); err != nil {
		return err
	}
	for _, p := range a.Set {
		switch {
		case slices.Contains(mmapKeys, p.Key):
			return errs.AlreadyLoaded(collection, "can not alter collection field properties if collection loaded")
		case warmup(p.Key):
			return errs.AlreadyLoaded(collection, "can not alter warmup if collection loaded")
		}
	}
	for _, key := range a.Delete {
		if slices.Contains(mmapKeys, key) || warmup(key) {
			return errs.AlreadyLoaded(collection, "can not drop collection field properties if collection loaded")
		}
	}
	return nil
}

func collectionMmap(key string) bool { return key == mmapKeys[0] || key == lazyLoadKey }

func warmup(key string) bool { return strings.HasPrefix(key, warmupKey) }
