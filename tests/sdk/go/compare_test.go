package sdk_test

import (
	"context"
	"fmt"
	"maps"
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

// compare describes the collection and compares everything with what was sent.
func compare(ctx context.Context, t *testing.T, client *milvusclient.Client, c collection) *entity.Collection {
	t.Helper()
	got, err := client.DescribeCollection(ctx, milvusclient.NewDescribeCollectionOption(c.Name))
	ok(t, err)
	want := schemaOf(t, c)
	equal(t, "name", got.Name, c.Name)
	equal(t, "description", got.Schema.Description, c.Description)
	equal(t, "dynamic field", got.Schema.EnableDynamicField, c.Dynamic)
	equal(t, "consistency", got.ConsistencyLevel, levels[c.Consistency])
	equal(t, "shards", got.ShardNum, max(c.Shards, 1))
	equal(t, "physical channels", len(got.PhysicalChannels), int(max(c.Shards, 1)))
	equal(t, "virtual channels", len(got.VirtualChannels), int(max(c.Shards, 1)))
	equal(t, "functions", len(got.Schema.Functions), 0)
	if got.ID <= 0 || got.UpdateTimestamp == 0 {
		t.Errorf("id %d, update timestamp %d", got.ID, got.UpdateTimestamp)
	}
	properties := maps.Clone(got.Properties)
	if _, sent := c.Properties["timezone"]; !sent {
		delete(properties, "timezone") // the server adds it
	}
	if !maps.Equal(properties, c.Properties) {
		t.Errorf("properties: got %v, want %v", properties, c.Properties)
	}
	if len(got.Schema.Fields) != len(want.Fields) {
		t.Fatalf("%d fields, want %d", len(got.Schema.Fields), len(want.Fields))
	}
	for i, f := range got.Schema.Fields {
		equal(t, "id of "+f.Name, f.ID, int64(firstFieldID+i))
		compareField(t, f, want.Fields[i])
	}
	compareRaw(ctx, t, client, c, got)
	return got
}

func compareField(t *testing.T, got, want *entity.Field) {
	t.Helper()
	of := func(what string) string { return fmt.Sprintf("%s of field %s", what, want.Name) }
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

// compareRaw looks at what the SDK's type has no place for, through the SDK's own stub.
func compareRaw(ctx context.Context, t *testing.T, client *milvusclient.Client, c collection, got *entity.Collection) {
	t.Helper()
	raw := describeRaw(ctx, t, client, c.Name)
	equal(t, "partitions", raw.GetNumPartitions(), c.partitions())
	equal(t, "collection name", raw.GetCollectionName(), c.Name)
	equal(t, "database", raw.GetDbName(), "default")
	equal(t, "id", raw.GetCollectionID(), got.ID)
	equal(t, "aliases", len(raw.GetAliases()), 0)
	millis := int64(raw.GetCreatedTimestamp() >> logicalBits) //nolint:gosec // 46 bits are left
	equal(t, "created, in milliseconds", int64(raw.GetCreatedUtcTimestamp()), millis)
	if age := time.Since(time.UnixMilli(millis)); age < -time.Minute || age > time.Minute {
		t.Errorf("created %s ago", age)
	}
}

func describeRaw(
	ctx context.Context, t *testing.T, client *milvusclient.Client, name string,
) *milvuspb.DescribeCollectionResponse {
	t.Helper()
	raw, err := client.GetService().DescribeCollection(ctx, &milvuspb.DescribeCollectionRequest{CollectionName: name})
	ok(t, err)
	equal(t, "code", raw.GetStatus().GetCode(), 0)
	return raw
}

// partitions is the number the collection is to have.
func (c collection) partitions() int64 {
	if c.NumPartitions > 0 {
		return c.NumPartitions
	}
	for _, f := range c.Fields {
		if f.PartitionKey {
			return defaultPartitions
		}
	}
	return 1
}
