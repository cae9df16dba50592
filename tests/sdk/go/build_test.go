package sdk_test

import (
	"context"
	"strconv"
	"testing"

	"github.com/milvus-io/milvus/client/v2/entity"
	"github.com/milvus-io/milvus/client/v2/milvusclient"
)

// create sends the collection through the SDK, without indexes, so that nothing but CreateCollection is called.
func create(ctx context.Context, t *testing.T, client *milvusclient.Client, c collection) error {
	t.Helper()
	opt := milvusclient.NewCreateCollectionOption(c.Name, schemaOf(t, c)).
		WithConsistencyLevel(levels[c.Consistency]).
		WithNumPartitions(c.NumPartitions)
	if c.Shards > 0 {
		opt = opt.WithShardNum(c.Shards)
	}
	for key, value := range c.Properties {
		opt = opt.WithProperty(key, value)
	}
	return client.CreateCollection(ctx, opt)
}

// mustCreate creates it and drops it at the end of the test: the suite leaves nothing behind.
func mustCreate(ctx context.Context, t *testing.T, client *milvusclient.Client, c collection) {
	t.Helper()
	dropAfter(t, client, c.Name)
	ok(t, create(ctx, t, client, c))
}

func dropAfter(t *testing.T, client *milvusclient.Client, name string) {
	t.Helper()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := client.DropCollection(ctx, milvusclient.NewDropCollectionOption(name)); err != nil {
			t.Errorf("drop of %s: %v", name, err)
		}
	})
}

func schemaOf(t *testing.T, c collection) *entity.Schema {
	t.Helper()
	s := entity.NewSchema().WithName(c.Name).WithDescription(c.Description).WithDynamicFieldEnabled(c.Dynamic)
	for _, f := range c.Fields {
		s.WithField(fieldOf(t, f))
	}
	for _, sf := range c.Structs {
		sub := entity.NewStructSchema()
		for _, f := range sf.Fields {
			sub.WithField(fieldOf(t, f))
		}
		s.WithField(entity.NewField().WithName(sf.Name).WithDescription(sf.Description).WithDataType(entity.FieldTypeArray).
			WithElementType(entity.FieldTypeStruct).WithMaxCapacity(sf.MaxCapacity).WithStructSchema(sub))
	}
	for _, fn := range c.Functions {
		s.WithFunction(functionOf(t, fn))
	}
	return s
}

func functionOf(t *testing.T, fn function) *entity.Function {
	t.Helper()
	kind, known := functionTypes[fn.Type]
	if !known {
		t.Fatalf("the suite does not know the type of function %q", fn.Type)
	}
	e := entity.NewFunction().WithName(fn.Name).WithType(kind).WithInputFields(fn.Input...).WithOutputFields(fn.Output...)
	e.Description = fn.Description
	for key, value := range fn.Params {
		e.WithParam(key, value)
	}
	return e
}

func fieldOf(t *testing.T, f field) *entity.Field {
	t.Helper()
	e := entity.NewField().WithName(f.Name).WithDescription(f.Description).WithDataType(typeOf(t, f.Type)).
		WithIsPrimaryKey(f.PrimaryKey).WithIsAutoID(f.AutoID).WithIsPartitionKey(f.PartitionKey).
		WithIsClusteringKey(f.ClusteringKey).WithNullable(f.Nullable)
	if f.Dim > 0 {
		e.WithDim(f.Dim)
	}
	if f.MaxLength > 0 {
		e.WithMaxLength(f.MaxLength)
	}
	if f.MaxCapacity > 0 {
		e.WithMaxCapacity(f.MaxCapacity)
	}
	if f.ElementType != "" {
		e.WithElementType(typeOf(t, f.ElementType))
	}
	if f.EnableAnalyzer {
		e.WithEnableAnalyzer(true)
	}
	if f.EnableMatch {
		e.WithEnableMatch(true)
	}
	if f.AnalyzerParams != nil {
		e.WithAnalyzerParams(f.AnalyzerParams)
	}
	if f.Mmap != nil {
		e.WithTypeParams("mmap.enabled", strconv.FormatBool(*f.Mmap))
	}
	withDefault(t, e, f.Default)
	return e
}

// withDefault picks the member of the value by the field's type, as a user of the SDK has to.
func withDefault(t *testing.T, e *entity.Field, value any) {
	t.Helper()
	switch v := value.(type) {
	case nil:
	case bool:
		e.WithDefaultValueBool(v)
	case string:
		e.WithDefaultValueString(v)
	case float64:
		if e.DataType == entity.FieldTypeFloat {
			e.WithDefaultValueFloat(float32(v))
		} else {
			e.WithDefaultValueDouble(v)
		}
	case int:
		if e.DataType == entity.FieldTypeInt64 {
			e.WithDefaultValueLong(int64(v))
		} else {
			e.WithDefaultValueInt(int32(v)) //nolint:gosec // the data is ours
		}
	default:
		t.Fatalf("default of %s: the suite does not know %T", e.Name, value)
	}
}
