// Command taproot is the metadata service of a vector database, and what its operator needs.
//
// `taproot serve` runs the service: the coordinator, the Milvus API in front of it, and an embedded store unless
// another is named. Everything else speaks with a running service over that same API, as any SDK does.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() { os.Exit(Main()) }

// Main runs the command line of this process and returns its exit code.
func Main() int {
	// The first signal asks everything to come to an end; after it signals are themselves again, and a second one ends the process at once.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	return execute(ctx, streams{in: os.Stdin, out: os.Stdout, err: os.Stderr}, os.Args[1:])
}

// streams is where a command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// execute runs one command line.
func execute(ctx context.Context, s streams, args []string) int {
	root := newRoot(s)
	root.SetArgs(args)
	return report(s.err, root.ExecuteContext(ctx))
}
