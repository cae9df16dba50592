// Package sdk_test runs the released Go SDK of Milvus against a real taproot. It is a module of its own because the SDK
// links the previous major version of Milvus's protobuf package, and the two cannot be in one program.
package sdk_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/milvus-io/milvus/client/v2/milvusclient"
	"github.com/milvus-io/milvus/pkg/v2/util/merr"
	"google.golang.org/grpc"
)

const (
	// patience bounds a single test: what hangs is to fail here, with the place it hangs at, not in CI's time limit.
	patience = 20 * time.Second
	// instant bounds an answer that needs no waiting at all. It is generous: CI machines are busy.
	instant = 5 * time.Second

	codeNotSupported       = 10
	codeCollectionNotFound = 100
	codePartitionNotFound  = 200
	codeDatabaseNotFound   = 800
	codeInvalid            = 1100
)

func TestMain(m *testing.M) {
	for _, name := range []string{"TAPROOT_ADDR", "TAPROOT_SERVER", "TAPROOT_TESTDATA", "TAPROOT_SUITE_TMP"} {
		if os.Getenv(name) == "" {
			fmt.Fprintf(os.Stderr, "%s is not set: tests/sdk/run starts this suite\n", name)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

func newContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// connect returns a connection of its own to the suite's server.
func connect(t *testing.T) *milvusclient.Client {
	t.Helper()
	return connectTo(t, os.Getenv("TAPROOT_ADDR"))
}

func connectTo(t *testing.T, address string, options ...grpc.DialOption) *milvusclient.Client {
	t.Helper()
	c, err := milvusclient.New(newContext(t), &milvusclient.ClientConfig{Address: address, DialOptions: options})
	ok(t, err)
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	return c
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("unexpected error: %v", err)
	}
}

func equal[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// refused checks that err is an answer of the server, not a failed call, with that code and text.
func refused(t *testing.T, err error, code int32, text string) {
	t.Helper()
	switch {
	case err == nil:
		t.Fatalf("no error, want code %d (%s)", code, text)
	case merr.Code(err) != code:
		t.Errorf("code %d, want %d: %v", merr.Code(err), code, err)
	case !contains(err.Error(), text):
		t.Errorf("text is %q, want a text with %q", err, text)
	}
}
