package sdk_test

import (
	"os"
	"regexp"
	"testing"

	"github.com/milvus-io/milvus-proto/go-api/v2/milvuspb"
	"github.com/milvus-io/milvus/client/v2/milvusclient"
)

func TestVersion(t *testing.T) {
	version, err := connect(t).GetServerVersion(newContext(t), milvusclient.NewGetServerVersionOption())
	ok(t, err)
	if !regexp.MustCompile(`^v\d+\.\d+\.\d+`).MatchString(version) {
		t.Errorf("version is %q", version)
	}
}

func TestConnectWithDatabase(t *testing.T) {
	address := os.Getenv("TAPROOT_ADDR")
	for name, config := range map[string]*milvusclient.ClientConfig{
		"by name": {Address: address, DBName: "default"},
		"by path": {Address: "http://" + address + "/default"},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := newContext(t)
			c, err := milvusclient.New(ctx, config)
			ok(t, err)
			_, err = c.ListCollections(ctx, milvusclient.NewListCollectionOption())
			ok(t, err)
			ok(t, c.Close(ctx))
		})
	}
}

func TestConnectWithUnknownDatabase(t *testing.T) {
	ctx := newContext(t)
	_, err := milvusclient.New(ctx, &milvusclient.ClientConfig{Address: os.Getenv("TAPROOT_ADDR"), DBName: "nowhere"})
	refused(t, err, codeDatabaseNotFound, "database not found[database=nowhere]")
	// The way back: a client that goes astray later keeps working after it has returned.
	c := connect(t)
	refused(t, c.UseDatabase(ctx, milvusclient.NewUseDatabaseOption("nowhere")), codeDatabaseNotFound, "nowhere")
	ok(t, c.UseDatabase(ctx, milvusclient.NewUseDatabaseOption("default")))
	_, err = c.ListCollections(ctx, milvusclient.NewListCollectionOption())
	ok(t, err)
}

// The SDK has no method for it; its stub has.
func TestTimestampsIncrease(t *testing.T) {
	ctx, c := newContext(t), connect(t)
	last := uint64(0)
	for range 100 {
		r, err := c.GetService().AllocTimestamp(ctx, &milvuspb.AllocTimestampRequest{})
		ok(t, err)
		equal(t, "code", r.GetStatus().GetCode(), 0)
		if r.GetTimestamp() <= last {
			t.Fatalf("%d after %d", r.GetTimestamp(), last)
		}
		last = r.GetTimestamp()
	}
}
