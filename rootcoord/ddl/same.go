package ddl

import (
	"maps"
	"slices"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
)

// same reports whether a collection in the catalog is what the creation would write, so that repeating a create is a no-op
// (ddl-semantics §3.9). Both sides are records in stored form, so the answer is the same before and after a restart.
// What the server gives or keeps does not count: ids of collection and partitions, channels, times, max_field_id. Nor do
// functions, as in Milvus, except for the fields that they fill.
func (c *creation) same(old *catalog.Collection, d *model.Database) bool {
	want := &c.collection
	return want.Name == old.Name && want.Description == old.Description && want.AutoID == old.AutoID &&
		want.DynamicField == old.DynamicField && want.Shards == old.Shards && want.Consistency == old.Consistency &&
		sameCollectionProperties(want.Properties, old.Properties, d) &&
		sameFields(c.fields, old) && sameStructFields(c.structs, old) && sameNames(c.partitions, old)
}

// sameCollectionProperties reads a time zone that is not there, in a collection that another Milvus wrote, as the one that
// would be added today.
func sameCollectionProperties(want, old []model.Property, d *model.Database) bool {
	ours := func(p model.Property) bool {
		return p.Key == model.TimezoneProperty || p.Key == model.MaxFieldIDProperty
	}
	return timezone(want, d) == timezone(old, d) &&
		sameProperties(slices.DeleteFunc(slices.Clone(want), ours), slices.DeleteFunc(slices.Clone(old), ours))
}

// sameFields compares fields with their ids: a field that came later makes a difference.
func sameFields(want []*model.Field, old *catalog.Collection) bool {
	if len(want) != old.CountFields() {
		return false
	}
	i := 0
	for f := range old.Fields() {
		if !sameField(want[i], f) {
			return false
		}
		i++
	}
	return true
}

// sameStructFields compares struct fields and their sub-fields with their ids.
func sameStructFields(want []*model.StructField, old *catalog.Collection) bool {
	i := 0
	for f := range old.StructFields() {
		if i >= len(want) || !sameStructField(want[i], f) {
			return false
		}
		i++
	}
	return i == len(want)
}

func sameStructField(a, b *model.StructField) bool {
	return a.ID == b.ID && a.Name == b.Name && a.Description == b.Description && a.Nullable == b.Nullable &&
		slices.EqualFunc(a.Fields, b.Fields, sameField) && sameProperties(a.TypeParams, b.TypeParams)
}

func sameField(a, b *model.Field) bool {
	return a.ID == b.ID && a.Name == b.Name && a.Description == b.Description && a.Type == b.Type &&
		a.ElementType == b.ElementType && a.PrimaryKey == b.PrimaryKey && a.AutoID == b.AutoID && a.Dynamic == b.Dynamic &&
		a.PartitionKey == b.PartitionKey && a.ClusteringKey == b.ClusteringKey && a.Nullable == b.Nullable &&
		a.FunctionOutput == b.FunctionOutput && a.Default.Equal(b.Default) &&
		sameProperties(a.TypeParams, b.TypeParams) && sameProperties(a.IndexParams, b.IndexParams)
}

// sameProperties compares two lists as maps, in which the last of several equal keys counts.
func sameProperties(a, b []model.Property) bool {
	return slices.Equal(a, b) || maps.Equal(asMap(a), asMap(b))
}

func asMap(ps []model.Property) map[string]string {
	m := make(map[string]string, len(ps))
	for _, p := range ps {
		m[p.Key] = p.Value
	}
	return m
}

// sameNames compares the names of partitions as sets.
func sameNames(want []string, old *catalog.Collection) bool {
	have := make([]string, 0, len(want)+1)
	for p := range old.Partitions() {
		have = append(have, p.Name)
	}
	if len(have) != len(want) {
		return false
	}
	if slices.Equal(want, have) {
		return true
	}
	want = slices.Clone(want)
	slices.Sort(want)
	slices.Sort(have)
	return slices.Equal(want, have)
}
