package sdk_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/milvus-io/milvus-proto/go-api/v2/milvuspb"
	"github.com/milvus-io/milvus/client/v2/milvusclient"
	"google.golang.org/protobuf/proto"
)

// What was answered is there after any end of the process, with the same ids and timestamps.
func TestRestart(t *testing.T) {
	dir := filepath.Join(os.Getenv("TAPROOT_SUITE_TMP"), "restart")
	client := startServer(t, dir)
	stored := loadSchemas(t)
	for _, c := range stored {
		ok(t, create(newContext(t), t, client, c))
	}
	ok(t, client.CreatePartition(newContext(t), milvusclient.NewCreatePartitionOption(stored[0].Name, "extra")))
	before := everything(t, client)
	equal(t, "collections", len(before.collections), len(stored))
	newest := uint64(0)
	for _, c := range before.collections {
		newest = max(newest, c.GetCreatedTimestamp())
	}

	for _, signal := range []string{"TERM", "KILL"} {
		t.Run(signal, func(t *testing.T) {
			stopServer(t, dir, signal)
			client = startServer(t, dir)
			after := everything(t, client)
			if !proto.Equal(after.shown, before.shown) {
				t.Errorf("listed before: %v\nlisted after: %v", before.shown, after.shown)
			}
			for name, want := range before.collections {
				if got := after.collections[name]; !proto.Equal(got, want) {
					t.Errorf("%s before: %v\n%s after: %v", name, want, name, got)
				}
				if got, want := after.partitions[name], before.partitions[name]; !proto.Equal(got, want) {
					t.Errorf("partitions of %s before: %v\nafter: %v", name, want, got)
				}
			}
			// The clock and the ids go on from where they were.
			ctx, c := newContext(t), simple("go_after_"+strings.ToLower(signal))
			ok(t, create(ctx, t, client, c))
			d := describeRaw(ctx, t, client, c.Name)
			for name, old := range before.collections {
				if d.GetCollectionID() <= old.GetCollectionID() {
					t.Errorf("id %d after %d of %s", d.GetCollectionID(), old.GetCollectionID(), name)
				}
			}
			if d.GetCreatedTimestamp() <= newest {
				t.Errorf("timestamp %d after %d", d.GetCreatedTimestamp(), newest)
			}
			newest = d.GetCreatedTimestamp()
			ok(t, client.DropCollection(ctx, milvusclient.NewDropCollectionOption(c.Name)))
		})
	}
}

type content struct {
	shown       *milvuspb.ShowCollectionsResponse
	collections map[string]*milvuspb.DescribeCollectionResponse
	partitions  map[string]*milvuspb.ShowPartitionsResponse
}

func everything(t *testing.T, client *milvusclient.Client) content {
	t.Helper()
	ctx := newContext(t)
	shown, err := client.GetService().ShowCollections(ctx, &milvuspb.ShowCollectionsRequest{})
	ok(t, err)
	all := content{
		shown:       shown,
		collections: map[string]*milvuspb.DescribeCollectionResponse{},
		partitions:  map[string]*milvuspb.ShowPartitionsResponse{},
	}
	for _, name := range shown.GetCollectionNames() {
		all.collections[name] = describeRaw(ctx, t, client, name)
		all.partitions[name], err = client.GetService().ShowPartitions(ctx,
			&milvuspb.ShowPartitionsRequest{CollectionName: name})
		ok(t, err)
	}
	return all
}

// startServer starts a server on dir and returns a connection to it, made after the start.
func startServer(t *testing.T, dir string) *milvusclient.Client {
	t.Helper()
	address := control(t, "start", dir)
	t.Cleanup(func() { stopServer(t, dir, "KILL") })
	return connectTo(t, address)
}

func stopServer(t *testing.T, dir, signal string) {
	t.Helper()
	control(t, "stop", dir, signal)
}

func control(t *testing.T, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var out, problem bytes.Buffer
	cmd := exec.CommandContext(ctx, os.Getenv("TAPROOT_SERVER"), args...)
	cmd.Stdout, cmd.Stderr = &out, &problem
	if err := cmd.Run(); err != nil {
		t.Fatalf("server %v: %v\n%s", args, err, problem.String())
	}
	return strings.TrimSpace(out.String())
}
