package sdk_test

import (
	"slices"
	"sync"
	"testing"

	"github.com/milvus-io/milvus/client/v2/entity"
	"github.com/milvus-io/milvus/client/v2/milvusclient"
)

func TestSchemas(t *testing.T) {
	schemas := loadSchemas(t)
	equal(t, "schemas", len(schemas), 17)
	for _, c := range schemas {
		t.Run(c.Name, func(t *testing.T) { testLife(t, c) })
	}
}

// testLife takes a collection from its creation to its end.
func testLife(t *testing.T, c collection) {
	ctx, client := newContext(t), connect(t)
	equal(t, "exists before", has(t, client, c.Name), false)
	ok(t, create(ctx, t, client, c))
	equal(t, "exists", has(t, client, c.Name), true)
	first := compare(ctx, t, client, c)
	equal(t, "listed", slices.Contains(list(t, client), c.Name), true)

	ok(t, create(ctx, t, client, c)) // again and equal
	again := compare(ctx, t, client, c)
	equal(t, "id after the second create", again.ID, first.ID)
	equal(t, "update timestamp after the second create", again.UpdateTimestamp, first.UpdateTimestamp)

	stats, err := client.GetCollectionStats(ctx, milvusclient.NewGetCollectionStatsOption(c.Name))
	ok(t, err)
	equal(t, "row count", stats["row_count"], "0")

	ok(t, client.DropCollection(ctx, milvusclient.NewDropCollectionOption(c.Name)))
	equal(t, "exists after the drop", has(t, client, c.Name), false)
	equal(t, "listed after the drop", slices.Contains(list(t, client), c.Name), false)

	ok(t, create(ctx, t, client, c)) // a new one of the old name
	reborn := compare(ctx, t, client, c)
	if reborn.ID == first.ID || reborn.UpdateTimestamp <= first.UpdateTimestamp {
		t.Errorf("id %d and timestamp %d after %d and %d",
			reborn.ID, reborn.UpdateTimestamp, first.ID, first.UpdateTimestamp)
	}
	ok(t, client.DropCollection(ctx, milvusclient.NewDropCollectionOption(c.Name)))
}

// Equal creates that arrive at once are one collection and no failure: clients repeat what they got no answer to.
func TestConcurrentCreates(t *testing.T) {
	const callers = 64
	client, c := connect(t), simple("go_at_once")
	dropAfter(t, client, c.Name)
	ctx := newContext(t)
	var wg sync.WaitGroup
	errs, ids := make([]error, callers), make([]int64, callers)
	start := make(chan struct{})
	for i := range callers {
		wg.Go(func() {
			<-start
			if errs[i] = create(ctx, t, client, c); errs[i] != nil {
				return
			}
			var d *entity.Collection
			if d, errs[i] = client.DescribeCollection(ctx, milvusclient.NewDescribeCollectionOption(c.Name)); errs[i] == nil {
				ids[i] = d.ID
			}
		})
	}
	close(start)
	wg.Wait()
	for i := range callers {
		if errs[i] != nil {
			t.Errorf("caller %d: %v", i, errs[i])
		}
		equal(t, "id", ids[i], ids[0])
	}
	equal(t, "listed", len(filter(list(t, client), c.Name)), 1)
}

// Different ones of one name: exactly one is created, the others are told why not.
func TestConcurrentDifferentCreates(t *testing.T) {
	const callers = 16
	client := connect(t)
	const name = "go_one_wins"
	dropAfter(t, client, name)
	ctx := newContext(t)
	var wg sync.WaitGroup
	errs := make([]error, callers)
	for i := range callers {
		c := simple(name)
		c.Fields[1].Dim = int64(8 * (i + 1))
		wg.Go(func() { errs[i] = create(ctx, t, client, c) })
	}
	wg.Wait()
	winners := 0
	for _, err := range errs {
		if err == nil {
			winners++
			continue
		}
		refused(t, err, codeInvalid, "create duplicate collection with different parameters")
	}
	equal(t, "winners", winners, 1)
}

func simple(name string) collection {
	return collection{Name: name, Fields: []field{
		{Name: "id", Type: "Int64", PrimaryKey: true}, {Name: "v", Type: "FloatVector", Dim: 8},
	}}
}

func has(t *testing.T, client *milvusclient.Client, name string) bool {
	t.Helper()
	found, err := client.HasCollection(newContext(t), milvusclient.NewHasCollectionOption(name))
	ok(t, err)
	return found
}

func list(t *testing.T, client *milvusclient.Client) []string {
	t.Helper()
	names, err := client.ListCollections(newContext(t), milvusclient.NewListCollectionOption())
	ok(t, err)
	return names
}

func filter(names []string, name string) []string {
	return slices.DeleteFunc(names, func(n string) bool { return n != name })
}
