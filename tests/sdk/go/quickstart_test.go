package sdk_test

import (
	"context"
	"testing"
	"time"

	"github.com/milvus-io/milvus/client/v2/entity"
	"github.com/milvus-io/milvus/client/v2/index"
	"github.com/milvus-io/milvus/client/v2/milvusclient"
)

// quick bounds what a quick start may take, waits of the SDK included.
const quick = 10 * time.Second

func quickContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), quick)
	t.Cleanup(cancel)
	return ctx
}

func loadState(ctx context.Context, t *testing.T, client *milvusclient.Client, name string) entity.LoadStateCode {
	t.Helper()
	state, err := client.GetLoadState(ctx, milvusclient.NewGetLoadStateOption(name))
	ok(t, err)
	return state.State
}

// The fast way: a collection of a dimension is indexed and loaded when the call returns.
func TestQuickStart(t *testing.T) {
	const name = "go_quick"
	ctx, client := quickContext(t), connect(t)
	dropAfter(t, client, name)
	ok(t, client.CreateCollection(ctx, milvusclient.SimpleCreateCollectionOptions(name, 8)))
	equal(t, "load state", loadState(ctx, t, client, name), entity.LoadStateLoaded)
	names, err := client.ListIndexes(ctx, milvusclient.NewListIndexOption(name))
	ok(t, err)
	equal(t, "indexes", len(names), 1)
	described, err := client.DescribeIndex(ctx, milvusclient.NewDescribeIndexOption(name, names[0]))
	ok(t, err)
	equal(t, "index state", described.State, index.IndexState(3)) // finished
	ok(t, client.ReleaseCollection(ctx, milvusclient.NewReleaseCollectionOption(name)))
	equal(t, "load state", loadState(ctx, t, client, name), entity.LoadStateNotLoad)
}

// The explicit way: schema, index, load, each awaited.
func TestExplicitStart(t *testing.T) {
	const name = "go_explicit"
	ctx, client := quickContext(t), connect(t)
	dropAfter(t, client, name)
	schema := entity.NewSchema().
		WithField(entity.NewField().WithName("id").WithDataType(entity.FieldTypeInt64).WithIsPrimaryKey(true)).
		WithField(entity.NewField().WithName("vec").WithDataType(entity.FieldTypeFloatVector).WithDim(8))
	ok(t, client.CreateCollection(ctx, milvusclient.NewCreateCollectionOption(name, schema)))
	built, err := client.CreateIndex(ctx, milvusclient.NewCreateIndexOption(name, "vec", index.NewHNSWIndex(entity.L2, 16, 200)))
	ok(t, err)
	ok(t, built.Await(ctx))
	loaded, err := client.LoadCollection(ctx, milvusclient.NewLoadCollectionOption(name))
	ok(t, err)
	ok(t, loaded.Await(ctx))
	equal(t, "load state", loadState(ctx, t, client, name), entity.LoadStateLoaded)
	refreshed, err := client.RefreshLoad(ctx, milvusclient.NewRefreshLoadOption(name))
	ok(t, err)
	ok(t, refreshed.Await(ctx))
	flushed, err := client.Flush(ctx, milvusclient.NewFlushOption(name))
	ok(t, err)
	ok(t, flushed.Await(ctx))
	err = client.DropIndex(ctx, milvusclient.NewDropIndexOption(name, "vec"))
	refused(t, err, 1100, "vector index cannot be dropped on loaded collection")
	ok(t, client.ReleaseCollection(ctx, milvusclient.NewReleaseCollectionOption(name)))
	ok(t, client.DropIndex(ctx, milvusclient.NewDropIndexOption(name, "vec")))
}
