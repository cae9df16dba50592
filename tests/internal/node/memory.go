package node

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/cockroachdb/errors"
)

// Memory is what a process takes, in bytes.
type Memory struct {
	// RSS is what the kernel counts, Anon the part of it that is not a mapped file.
	RSS, Anon int64
	// HeapAlloc and HeapInuse are Go's counts after a collection.
	HeapAlloc, HeapInuse int64
}

// Memory collects garbage in the process and returns what is left. It needs Pprof, and /proc for RSS.
func (n *Node) Memory(ctx context.Context) (Memory, error) {
	var m Memory
	for range 2 { // what finalizers release goes in the second collection
		code, body, err := n.Get(ctx, "/debug/pprof/heap?gc=1&debug=1")
		if err != nil {
			return m, err
		}
		if code != 200 {
			return m, errors.Newf("no heap profile: status %d", code)
		}
		m.HeapAlloc, m.HeapInuse = number(body, "# HeapAlloc = "), number(body, "# HeapInuse = ")
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", n.PID()))
	if err != nil {
		return m, errors.WithStack(err)
	}
	m.RSS, m.Anon = number(string(status), "VmRSS:")<<10, number(string(status), "RssAnon:")<<10
	return m, nil
}

// number returns the number after a label; 0 if there is none.
func number(text, label string) (v int64) {
	if _, rest, ok := strings.Cut(text, label); ok {
		_, _ = fmt.Sscan(rest, &v)
	}
	return v
}
