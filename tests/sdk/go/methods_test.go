package sdk_test

import (
	"context"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/milvus-io/milvus/client/v2/milvusclient"
	"google.golang.org/grpc"
)

// calls notes which methods of the SDK's client led to a request. It is safe for concurrent use.
type calls struct {
	mu      sync.Mutex
	methods map[string]bool
}

// intercept finds the method on the stack: interceptors run in the goroutine of the caller. The outermost one is the one that
// the test has called.
func (c *calls) intercept(
	ctx context.Context, rpc string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, options ...grpc.CallOption,
) error {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs)])
	method := ""
	for {
		frame, more := frames.Next()
		if _, name, is := strings.Cut(frame.Function, "/milvusclient.(*Client)."); is && !strings.Contains(name, ".") {
			method = name
		}
		if !more {
			break
		}
	}
	if method != "" {
		c.mu.Lock()
		c.methods[method] = true
		c.mu.Unlock()
	}
	return invoke(ctx, rpc, req, reply, cc, options...)
}

// testMethods holds what the scenarios have called to all that the SDK has: a method that a later SDK brings is to be looked at.
func testMethods(t *testing.T, called map[string]bool) {
	t.Helper()
	var others map[string]map[string][]string
	load(t, "methods.yaml", &others)
	said := map[string]bool{}
	for _, names := range others["go"] {
		for _, name := range names {
			equal(t, name+" is said twice", said[name], false)
			said[name] = true
		}
	}
	has := map[string]bool{}
	for client, i := reflect.TypeFor[*milvusclient.Client](), 0; i < client.NumMethod(); i++ {
		name := client.Method(i).Name
		has[name] = true
		if called[name] == said[name] {
			t.Errorf("method %s: called %v, in methods.yaml %v; it should be one of the two", name, called[name], said[name])
		}
	}
	for name := range said {
		equal(t, "there is a method "+name, has[name], true)
	}
	// What a method has no argument for cannot be seen above.
	equal(t, "settings of a rename", reflect.TypeOf(milvusclient.NewRenameCollectionOption("", "")).NumMethod(), 1)
}
