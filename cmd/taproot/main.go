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
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	first := make(chan os.Signal, 2)
	signal.Notify(first, os.Interrupt, syscall.SIGTERM)
	go endOn(first, cancel)
	return execute(ctx, streams{in: os.Stdin, out: os.Stdout, err: os.Stderr}, os.Args[1:])
}

// endOn calls end on the first signal. By then signals are themselves again, so that a second one ends the process at once,
// however soon it comes.
func endOn(first chan os.Signal, end func()) {
	<-first
	signal.Stop(first)
	end()
	select {
	case again := <-first: // it came before Stop
		if s, ok := again.(syscall.Signal); ok {
			_ = syscall.Kill(os.Getpid(), s)
		}
	default:
	}
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
