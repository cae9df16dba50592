package catalog_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/codec"
	"github.com/taproot-db/taproot/metastore/model"
)

// fataler is a *testing.T or a *rapid.T.
type fataler interface {
	require.TestingT
	Helper()
}

// seal fills in the stored form, without what stood there before.
func seal(t fataler, c catalog.Change) catalog.Change {
	t.Helper()
	c.Stored.Key = codec.Key(c.Ref)
	if c.Put != nil {
		value, err := codec.Encode(c.Put)
		if err != nil { // it is no record, and must be refused for that
			value = []byte(fmt.Sprint(c.Put))
		}
		c.Stored.Value = value
		c.Stored.Digest = catalog.Digest(c.Stored.Key, value)
	}
	return c
}

func remove(r catalog.Ref) catalog.Change { return catalog.Change{Ref: r} }

// next returns the change set that follows s, without a sum.
func next(t fataler, s *catalog.Snapshot, changes ...catalog.Change) *catalog.ChangeSet {
	t.Helper()
	cs := &catalog.ChangeSet{
		Revision: s.Revision() + 1, Epoch: s.Epoch() + 1, Timestamp: s.Timestamp() + 5, NextID: s.NextID() + 7,
	}
	for _, c := range changes {
		cs.Changes = append(cs.Changes, seal(t, c))
	}
	return cs
}

func stage(t testing.TB, s *catalog.Snapshot, changes ...catalog.Change) *catalog.Snapshot {
	t.Helper()
	out, err := s.Stage(next(t, s, changes...))
	require.NoError(t, err)
	return out
}

// dump is everything that can be seen of a Snapshot, as lines of text.
func dump(s *catalog.Snapshot) []string {
	var out []string
	line := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	line("revision %d epoch %d timestamp %d next %d sum %s", s.Revision(), s.Epoch(), s.Timestamp(), s.NextID(), s.Fingerprint())
	return append(out, content(s)...)
}

// content is dump without the position.
func content(s *catalog.Snapshot) []string {
	var out []string
	line := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	line("%d databases, %d collections, capacity %d, sum %s", s.CountDatabases(), s.CountAllCollections(), s.Capacity(), s.Fingerprint())
	channels := map[string]bool{}
	one := func(c *catalog.Collection) {
		rec, digest, ok := s.Record(catalog.CollectionRef(c.Collection))
		line("  collection %+v: %v %s %v", *c.Collection, rec == c.Collection, digest, ok)
		line("    %d fields, %d partitions, aliases %q, key %v", c.CountFields(), c.CountPartitions(), c.Aliases(), c.PartitionKey())
		for f := range c.Fields() {
			rec, digest, ok := s.Record(catalog.FieldRef(c.ID, f))
			line("    field %+v: %v %s %v", *f, rec == f, digest, ok)
		}
		for f := range c.UserFields() {
			line("    user field %s", f.Name)
		}
		for p := range c.Partitions() {
			rec, digest, ok := s.Record(catalog.PartitionRef(p))
			found, named := c.Partition(p.Name)
			line("    partition %+v: %v %s %v %v", *p, rec == p, digest, ok, named && found.Name == p.Name)
		}
		for f := range c.Functions() {
			rec, digest, ok := s.Record(catalog.FunctionRef(c.ID, f))
			line("    function %+v: %v %s %v", *f, rec == f, digest, ok)
		}
		for f := range c.StructFields() {
			rec, digest, ok := s.Record(catalog.StructFieldRef(c.ID, f))
			line("    struct field %d %s %v: %v %s %v", f.ID, f.Name, f.Nullable, rec == f, digest, ok)
			for _, sub := range f.Fields {
				line("      %+v", *sub)
			}
		}
		for ref, rec := range plane(c) {
			found, digest, ok := s.Record(ref)
			line("    %s %+v: %v %s %v", ref.Kind, rec, rec == found, digest, ok)
		}
		for _, ch := range c.PhysicalChannels {
			channels[ch] = true
		}
	}
	for d := range s.Databases() {
		_, digest, ok := s.Record(catalog.DatabaseRef(d))
		line("database %+v: %s %v, %d collections", *d, digest, ok, s.CountCollections(d.ID))
		for c := range s.Collections(d.ID) {
			one(c)
			byID, ok := s.CollectionByID(c.ID)
			byName, named := s.Collection(d.ID, c.Name)
			line("    found %v %v", ok && byID == c, named && byName == c)
		}
		for a := range s.Aliases(d.ID) {
			_, digest, ok := s.Record(catalog.AliasRef(a))
			c, resolved := s.Resolve(d.ID, a.Name)
			line("  alias %+v: %s %v, resolves %v", *a, digest, ok, resolved && c.ID == a.Collection)
		}
	}
	for c := range s.Unfinished() {
		pending, ok := s.Pending(c.Database, c.Name)
		line("unfinished, found %v", ok && pending == c)
		one(c)
	}
	names := make([]string, 0, len(channels))
	for ch := range channels {
		names = append(names, ch)
	}
	slices.Sort(names)
	for _, ch := range names {
		line("channel %s: %d", ch, s.ChannelUse(ch))
	}
	for c := range s.Loaded() {
		line("loaded %d", c.ID)
	}
	for g := range s.ResourceGroups() {
		if rec, digest, ok := s.Record(catalog.ResourceGroupRef(g.Name)); ok {
			line("resource group %s %v %+v: %v %s", g.Name, g.Nodes, *g.Config, rec == g, digest)
		}
	}
	for _, q := range s.Quarantine() {
		line("quarantined %+v", q)
	}
	return out
}

// plane yields what a data plane acts on of a collection.
func plane(c *catalog.Collection) func(func(catalog.Ref, any) bool) {
	return func(yield func(catalog.Ref, any) bool) {
		var out []catalog.Change
		for i := range c.Indexes() {
			out = append(out, catalog.PutIndex(i))
			if r, ok := c.IndexReport(i.ID); ok {
				out = append(out, catalog.PutIndexReport(r))
			}
		}
		if l, ok := c.Load(); ok {
			out = append(out, catalog.PutLoad(l))
		}
		for p := range c.PartitionLoads() {
			out = append(out, catalog.PutPartitionLoad(p))
		}
		for r := range c.Replicas() {
			out = append(out, catalog.PutReplica(r))
		}
		if r, ok := c.LoadReport(); ok {
			out = append(out, catalog.PutLoadReport(r))
		}
		for _, c := range out {
			if !yield(c.Ref, c.Put) {
				return
			}
		}
	}
}

func database(id model.ID, name string) *model.Database {
	return &model.Database{ID: id, Name: name, State: model.DatabaseCreated}
}

// collection returns a collection of two shards in database 1.
func collection(id model.ID, name string) *model.Collection {
	return &model.Collection{
		ID: id, Database: 1, Name: name, Shards: 2, PhysicalChannels: []string{"dml_0", "dml_1"},
		VirtualChannels: []string{"dml_0_v0", "dml_1_v1"},
	}
}

func field(id model.ID) *model.Field {
	return &model.Field{ID: id, Name: fmt.Sprintf("f%d", id), Type: model.Int64}
}

func partition(coll, id model.ID) *model.Partition {
	return &model.Partition{ID: id, Collection: coll, Name: fmt.Sprintf("p%d", id)}
}

func function(id model.ID) *model.Function {
	return &model.Function{ID: id, Type: model.FunctionBM25, Inputs: []string{"f100"}, InputIDs: []model.ID{100}, Outputs: []string{"f101"}, OutputIDs: []model.ID{101}}
}

func structField(id model.ID) *model.StructField {
	name := fmt.Sprintf("s%d", id)
	return &model.StructField{ID: id, Name: name, Fields: []*model.Field{{ID: id + 1000, Name: name + "[a]", Type: model.Array, ElementType: model.Int8}}}
}

func index(coll, id model.ID) *model.Index {
	return &model.Index{ID: id, Collection: coll, Field: 100, Name: fmt.Sprintf("i%d", id)}
}

func load(coll model.ID) *model.Load {
	return &model.Load{Collection: coll, Database: 1, Replicas: 1, Status: model.Loaded}
}

func partitionLoad(coll, id model.ID) *model.PartitionLoad {
	return &model.PartitionLoad{Collection: coll, Partition: id, Status: model.Loaded}
}

func replica(coll, id model.ID) *model.Replica {
	return &model.Replica{ID: id, Collection: coll, Group: model.DefaultResourceGroup}
}

func alias(name string, coll model.ID) *model.Alias {
	return &model.Alias{Database: 1, Name: name, Collection: coll}
}

// library is a catalog with a database, the collection books (10) with two fields, two partitions and the alias b, and the
// collection authors (20) with one of each and no alias.
func library(t testing.TB) *catalog.Snapshot {
	t.Helper()
	s := stage(t, catalog.Empty().At(catalog.Position{NextID: 1000}), catalog.PutDatabase(database(1, "default")))
	s = stage(t, s, catalog.PutCollection(collection(10, "books")),
		catalog.PutField(10, field(0)), catalog.PutField(10, field(100)),
		catalog.PutPartition(partition(10, 11)), catalog.PutPartition(partition(10, 12)))
	s = stage(t, s, catalog.PutCollection(collection(20, "authors")), catalog.PutField(20, field(100)), catalog.PutPartition(partition(20, 21)))
	return stage(t, s, catalog.PutAlias(alias("b", 10)))
}
