package sdk_test

import (
	"context"
	"maps"
	"slices"
	"testing"

	"github.com/milvus-io/milvus/client/v2/milvusclient"
)

// statements holds the method of the SDK that does a statement, with its arguments from the step.
var statements = map[string]func(context.Context, *testing.T, *milvusclient.Client, *step) (any, error){
	// Databases.
	"create_database": func(ctx context.Context, _ *testing.T, c *milvusclient.Client, s *step) (any, error) {
		option := milvusclient.NewCreateDatabaseOption(s.Name)
		for key, value := range s.Properties {
			option.WithProperty(key, value)
		}
		return nil, c.CreateDatabase(ctx, option)
	},
	"drop_database": func(ctx context.Context, _ *testing.T, c *milvusclient.Client, s *step) (any, error) {
		return nil, c.DropDatabase(ctx, milvusclient.NewDropDatabaseOption(s.Name))
	},
	"list_databases": func(ctx context.Context, _ *testing.T, c *milvusclient.Client, _ *step) (any, error) {
		return c.ListDatabase(ctx, milvusclient.NewListDatabaseOption())
	},
	"describe_database": func(ctx context.Context, _ *testing.T, c *milvusclient.Client, s *step) (any, error) {
		d, err := c.DescribeDatabase(ctx, milvusclient.NewDescribeDatabaseOption(s.Name))
		if err != nil {
			return nil, err
		}
		properties := maps.Clone(d.Properties)
		delete(properties, "timezone") // the server adds it
		return map[string]any{"name": d.Name, "properties": properties}, nil
	},
	"alter_database": func(ctx context.Context, _ *testing.T, c *milvusclient.Client, s *step) (any, error) {
		if s.Remove != nil {
			return nil, c.DropDatabaseProperties(ctx, milvusclient.NewDropDatabasePropertiesOption(s.Name, s.Remove...))
		}
		option := milvusclient.NewAlterDatabasePropertiesOption(s.Name)
		for key, value := range s.Set {
			option.WithProperty(key, value)
		}
		return nil, c.AlterDatabaseProperties(ctx, option)
	},

	// Collections.
	"create": func(ctx context.Context, t *testing.T, c *milvusclient.Client, s *step) (any, error) {
		t.Helper()
		wanted := s.collection
		if wanted.Fields == nil {
			wanted.Fields = simple(s.Name).Fields
		}
		return nil, create(ctx, t, c, wanted.expand())
	},
	"drop": func(ctx context.Context, _ *testing.T, c *milvusclient.Client, s *step) (any, error) {
		return nil, c.DropCollection(ctx, milvusclient.NewDropCollectionOption(s.Name))
	},
	"has": func(ctx context.Context, _ *testing.T, c *milvusclient.Client, s *step) (any, error) {
		return c.HasCollection(ctx, milvusclient.NewHasCollectionOption(s.Name))
	},
	"describe": func(ctx context.Context, t *testing.T, c *milvusclient.Client, s *step) (any, error) {
		t.Helper()
		return describe(ctx, t, c, s.Name)
	},
	"list": func(ctx context.Context, _ *testing.T, c *milvusclient.Client, _ *step) (any, error) {
		return inOrder(c.ListCollections(ctx, milvusclient.NewListCollectionOption()))
	},
	"stats": func(ctx context.Context, _ *testing.T, c *milvusclient.Client, s *step) (any, error) {
		stats, err := c.GetCollectionStats(ctx, milvusclient.NewGetCollectionStatsOption(s.Name))
		return stats["row_count"], err
	},
	"rename": func(ctx context.Context, _ *testing.T, c *milvusclient.Client, s *step) (any, error) {
		return nil, c.RenameCollection(ctx, milvusclient.NewRenameCollectionOption(s.Name, s.To))
	},
	"truncate": func(ctx context.Context, _ *testing.T, c *milvusclient.Client, s *step) (any, error) {
		return nil, c.TruncateCollection(ctx, milvusclient.NewTruncateCollectionOption(s.Name))
	},
	"alter": func(ctx context.Context, _ *testing.T, c *milvusclient.Client, s *step) (any, error) {
		if s.Remove != nil {
			return nil, c.DropCollectionProperties(ctx, milvusclient.NewDropCollectionPropertiesOption(s.Name, s.Remove...))
		}
		option := milvusclient.NewAlterCollectionPropertiesOption(s.Name)
		for key, value := range s.Set {
			option.WithProperty(key, value)
		}
		return nil, c.AlterCollectionProperties(ctx, option)
	},
	"alter_field": func(ctx context.Context, _ *testing.T, c *milvusclient.Client, s *step) (any, error) {
		option := milvusclient.NewAlterCollectionFieldPropertiesOption(s.Of, s.Name)
		for key, value := range s.Set {
			option.WithProperty(key, value)
		}
		return nil, c.AlterCollectionFieldProperty(ctx, option)
	},
	"add_field": func(ctx context.Context, t *testing.T, c *milvusclient.Client, s *step) (any, error) {
		t.Helper()
		return nil, c.AddCollectionField(ctx, milvusclient.NewAddCollectionFieldOption(s.Of, fieldOf(t, s.Field)))
	},

	// Partitions.
	"create_partition": func(ctx context.Context, _ *testing.T, c *milvusclient.Client, s *step) (any, error) {
		return nil, c.CreatePartition(ctx, milvusclient.NewCreatePartitionOption(s.Of, s.Name))
	},
	"drop_partition": func(ctx context.Context, _ *testing.T, c *milvusclient.Client, s *step) (any, error) {
		return nil, c.DropPartition(ctx, milvusclient.NewDropPartitionOption(s.Of, s.Name))
	},
	"has_partition": func(ctx context.Context, _ *testing.T, c *milvusclient.Client, s *step) (any, error) {
		return c.HasPartition(ctx, milvusclient.NewHasPartitionOption(s.Of, s.Name))
	},
	"list_partitions": func(ctx context.Context, _ *testing.T, c *milvusclient.Client, s *step) (any, error) {
		return c.ListPartitions(ctx, milvusclient.NewListPartitionOption(s.Of))
	},
	"partition_stats": func(ctx context.Context, _ *testing.T, c *milvusclient.Client, s *step) (any, error) {
		stats, err := c.GetPartitionStats(ctx, milvusclient.NewGetPartitionStatsOption(s.Of, s.Name))
		return stats["row_count"], err
	},

	// Aliases.
	"create_alias": func(ctx context.Context, _ *testing.T, c *milvusclient.Client, s *step) (any, error) {
		return nil, c.CreateAlias(ctx, milvusclient.NewCreateAliasOption(s.Of, s.Alias))
	},
	"alter_alias": func(ctx context.Context, _ *testing.T, c *milvusclient.Client, s *step) (any, error) {
		return nil, c.AlterAlias(ctx, milvusclient.NewAlterAliasOption(s.Alias, s.Of))
	},
	"drop_alias": func(ctx context.Context, _ *testing.T, c *milvusclient.Client, s *step) (any, error) {
		return nil, c.DropAlias(ctx, milvusclient.NewDropAliasOption(s.Alias))
	},
	"describe_alias": func(ctx context.Context, _ *testing.T, c *milvusclient.Client, s *step) (any, error) {
		a, err := c.DescribeAlias(ctx, milvusclient.NewDescribeAliasOption(s.Alias))
		if err != nil {
			return nil, err
		}
		return map[string]any{"alias": a.Alias, "collection": a.CollectionName, "database": a.DbName}, nil
	},
	"list_aliases": func(ctx context.Context, _ *testing.T, c *milvusclient.Client, s *step) (any, error) {
		return inOrder(c.ListAliases(ctx, milvusclient.NewListAliasesOption(s.Of)))
	},
}

// absent is what this SDK cannot say.
var absent = []string{
	"move", // its rename names no database
	"batch_describe",
	"add_fields", "add_struct_field", "drop_field",
	"add_function_field", "alter_schema", "drop_function_field",
	"add_function", "alter_function", "drop_function",
}

func inOrder(names []string, err error) ([]string, error) {
	return slices.Sorted(slices.Values(names)), err
}
