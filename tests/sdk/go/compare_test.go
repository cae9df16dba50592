package sdk_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/milvus-io/milvus-proto/go-api/v2/milvuspb"
	"github.com/milvus-io/milvus/client/v2/entity"
	"github.com/milvus-io/milvus/client/v2/milvusclient"
	"google.golang.org/protobuf/proto"
)

const (
	firstFieldID      = 100 // below are the system fields, which no client sees
	defaultPartitions = 16  // of a collection with a partition key that does not say how many
	logicalBits       = 18  // of a hybrid timestamp
)

// described is what the SDK tells of a collection, with the reply for what the SDK's type has no place for.
type described struct {
	*entity.Collection
	raw *milvuspb.DescribeCollectionResponse
}

func describe(ctx context.Context, t *testing.T, client *milvusclient.Client, name string) (described, error) {
	t.Helper()
	c, err := client.DescribeCollection(ctx, milvusclient.NewDescribeCollectionOption(name))
	if err != nil {
		return described{}, err
	}
	return described{c, describeRaw(ctx, t, client, name)}, nil
}

// describeRaw asks through the SDK's own stub.
func describeRaw(
	ctx context.Context, t *testing.T, client *milvusclient.Client, name string,
) *milvuspb.DescribeCollectionResponse {
	t.Helper()
	raw, err := client.GetService().DescribeCollection(ctx, &milvuspb.DescribeCollectionRequest{CollectionName: name})
	ok(t, err)
	equal(t, "code", raw.GetStatus().GetCode(), 0)
	return raw
}

// compare describes the collection and compares everything with what was sent.
func compare(ctx context.Context, t *testing.T, client *milvusclient.Client, c collection) described {
	t.Helper()
	got, err := describe(ctx, t, client, c.Name)
	ok(t, err)
	for member := range comparisons {
		got.compare(t, member, c.complete())
	}
	if got.ID <= 0 || got.UpdateTimestamp == 0 {
		t.Errorf("id %d, update timestamp %d", got.ID, got.UpdateTimestamp)
	}
	raw := got.raw
	equal(t, "collection name", raw.GetCollectionName(), c.Name)
	equal(t, "database", raw.GetDbName(), "default")
	equal(t, "id", raw.GetCollectionID(), got.ID)
	millis := int64(raw.GetCreatedTimestamp() >> logicalBits) //nolint:gosec // 46 bits are left
	equal(t, "created, in milliseconds", int64(raw.GetCreatedUtcTimestamp()), millis)
	if age := time.Since(time.UnixMilli(millis)); age < -time.Minute || age > time.Minute {
		t.Errorf("created %s ago", age)
	}
	return got
}

// complete is the whole collection with all that its description holds: what it does not say is the server's default.
func (c collection) complete() collection {
	c.Shards = max(c.Shards, 1)
	c.Fields, c.Structs = slices.Clone(c.Fields), slices.Clone(c.Structs)
	for i := range c.Fields {
		f := &c.Fields[i]
		f.Output = slices.ContainsFunc(c.Functions, func(fn function) bool { return slices.Contains(fn.Output, f.Name) })
		if f.PartitionKey && c.NumPartitions == 0 {
			c.NumPartitions = defaultPartitions
		}
	}
	c.NumPartitions = max(c.NumPartitions, 1)
	next := firstFieldID + int64(len(c.Fields))
	if c.Dynamic {
		next++
	}
	for i := range c.Structs {
		s := &c.Structs[i]
		s.ID, s.Fields = next, slices.Clone(s.Fields)
		for j := range s.Fields {
			s.Fields[j].ID = next + 1 + int64(j)
		}
		next += 1 + int64(len(s.Fields))
	}
	return c
}

// comparisons says by the key of a collection in the files how a description is held to it.
var comparisons = map[string]func(*testing.T, described, collection){
	"name": func(t *testing.T, d described, c collection) { equal(t, "name", d.Name, c.Name) },
	"description": func(t *testing.T, d described, c collection) {
		equal(t, "description", d.Schema.Description, c.Description)
	},
	"enable_dynamic_field": func(t *testing.T, d described, c collection) {
		equal(t, "dynamic field", d.Schema.EnableDynamicField, c.Dynamic)
	},
	"consistency_level": func(t *testing.T, d described, c collection) {
		equal(t, "consistency", d.ConsistencyLevel, levels[c.Consistency])
	},
	"shards_num": func(t *testing.T, d described, c collection) {
		equal(t, "shards", d.ShardNum, c.Shards)
		equal(t, "physical channels", len(d.PhysicalChannels), int(c.Shards))
		equal(t, "virtual channels", len(d.VirtualChannels), int(c.Shards))
	},
	"num_partitions": func(t *testing.T, d described, c collection) {
		equal(t, "partitions", d.raw.GetNumPartitions(), c.NumPartitions)
	},
	"properties": compareProperties,
	"aliases": func(t *testing.T, d described, c collection) {
		if got := slices.Sorted(slices.Values(d.raw.GetAliases())); !slices.Equal(got, c.Aliases) {
			t.Errorf("aliases: got %v, want %v", got, c.Aliases)
		}
	},
	"fields":    compareFields,
	"structs":   compareStructs,
	"functions": compareFunctions,
}

// compare compares one member of the collection.
func (d described) compare(t *testing.T, member string, want collection) {
	t.Helper()
	do, known := comparisons[member]
	if !known {
		t.Fatalf("the suite does not compare %q", member)
	}
	do(t, d, want)
}

func compareProperties(t *testing.T, d described, c collection) {
	t.Helper()
	got := maps.Clone(d.Properties)
	if got["timezone"] == "UTC" {
		delete(got, "timezone") // the server adds it
	}
	if text, kept := got["max_field_id"]; kept { // by the server, once a field was added or dropped
		delete(got, "max_field_id")
		newest, err := strconv.ParseInt(text, 10, 64)
		ok(t, err)
		for _, f := range d.Schema.Fields {
			if f.ID > newest {
				t.Errorf("field %s has id %d, above max_field_id %d", f.Name, f.ID, newest)
			}
		}
	}
	if !maps.Equal(got, c.Properties) {
		t.Errorf("properties: got %v, want %v", got, c.Properties)
	}
}

// ofStructs tells which of two kinds a field of the SDK's schema is: structs stand among the others.
func ofStructs(f *entity.Field) bool {
	return f.DataType == entity.FieldTypeArray && f.ElementType == entity.FieldTypeStruct
}

func compareFields(t *testing.T, d described, c collection) {
	t.Helper()
	got := slices.DeleteFunc(slices.Clone(d.Schema.Fields), ofStructs)
	if len(got) != len(c.Fields) {
		t.Fatalf("%d fields, want %d", len(got), len(c.Fields))
	}
	for i, want := range c.Fields {
		if want.ID == 0 {
			want.ID = firstFieldID + int64(i)
		}
		compareField(t, got[i], want)
		equal(t, "output of "+want.Name, d.raw.GetSchema().GetFields()[i].GetIsFunctionOutput(), want.Output)
	}
}

func compareField(t *testing.T, got *entity.Field, f field) {
	t.Helper()
	of := func(what string) string { return fmt.Sprintf("%s of field %s", what, f.Name) }
	want := fieldOf(t, f)
	equal(t, of("id"), got.ID, f.ID)
	equal(t, of("name"), got.Name, want.Name)
	equal(t, of("description"), got.Description, want.Description)
	equal(t, of("type"), got.DataType, want.DataType)
	equal(t, of("element type"), got.ElementType, want.ElementType)
	equal(t, of("primary key"), got.PrimaryKey, want.PrimaryKey)
	equal(t, of("auto id"), got.AutoID, want.AutoID)
	equal(t, of("partition key"), got.IsPartitionKey, want.IsPartitionKey)
	equal(t, of("clustering key"), got.IsClusteringKey, want.IsClusteringKey)
	equal(t, of("dynamic"), got.IsDynamic, false)
	equal(t, of("nullable"), got.Nullable, want.Nullable)
	if !maps.Equal(got.TypeParams, want.TypeParams) {
		t.Errorf("%s: got %v, want %v", of("type params"), got.TypeParams, want.TypeParams)
	}
	if !proto.Equal(got.DefaultValue, want.DefaultValue) {
		t.Errorf("%s: got %v, want %v", of("default"), got.DefaultValue, want.DefaultValue)
	}
}

// compareStructs leaves out whether a struct is nullable: this SDK neither sends nor shows it.
func compareStructs(t *testing.T, d described, c collection) {
	t.Helper()
	got := slices.DeleteFunc(slices.Clone(d.Schema.Fields), func(f *entity.Field) bool { return !ofStructs(f) })
	if len(got) != len(c.Structs) {
		t.Fatalf("%d structs, want %d", len(got), len(c.Structs))
	}
	for i, want := range c.Structs {
		s := got[i]
		equal(t, "id of struct", s.ID, want.ID)
		equal(t, "name of struct", s.Name, want.Name)
		equal(t, "description of struct "+want.Name, s.Description, want.Description)
		equal(t, "capacity of struct "+want.Name, s.TypeParams["max_capacity"], strconv.FormatInt(want.MaxCapacity, 10))
		if len(s.StructSchema.Fields) != len(want.Fields) {
			t.Fatalf("%d fields in %s, want %d", len(s.StructSchema.Fields), want.Name, len(want.Fields))
		}
		for j, f := range want.Fields {
			f.MaxCapacity = want.MaxCapacity // said of the struct, stored of each of its fields
			compareField(t, s.StructSchema.Fields[j], f)
		}
	}
}

// compareFunctions leaves the ids out, which this SDK keeps to itself.
func compareFunctions(t *testing.T, d described, c collection) {
	t.Helper()
	if len(d.Schema.Functions) != len(c.Functions) {
		t.Fatalf("%d functions, want %d", len(d.Schema.Functions), len(c.Functions))
	}
	for i, f := range c.Functions {
		got, want := d.Schema.Functions[i], functionOf(t, f)
		equal(t, "name of function", got.Name, want.Name)
		equal(t, "description of function "+f.Name, got.Description, want.Description)
		equal(t, "type of function "+f.Name, got.Type, want.Type)
		equal(t, "input of function "+f.Name, fmt.Sprint(got.InputFieldNames), fmt.Sprint(want.InputFieldNames))
		equal(t, "output of function "+f.Name, fmt.Sprint(got.OutputFieldNames), fmt.Sprint(want.OutputFieldNames))
		if !maps.Equal(got.Params, want.Params) {
			t.Errorf("parameters of function %s: got %v, want %v", f.Name, got.Params, want.Params)
		}
	}
}
