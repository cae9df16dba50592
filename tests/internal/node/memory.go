package node

import (
	"context"
	"fmt"
	"net/http"
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
		if code != http.StatusOK {
			return m, errors.Newf("no heap profile: status %d", code)
		}
		m.HeapAlloc, m.HeapInuse = number(body, "# HeapAlloc = "), number(body, "# HeapInuse = ")
	}
	var err error
	m.RSS, m.Anon, err = n.RSS()
	return m, err
}

// RSS returns the resident memory as the kernel counts it, and the part of it that is not a mapped file. It needs /proc.
func (n *Node) RSS() (rss, anon int64, err error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", n.PID()))
	if err != nil {
		return 0, 0, errors.WithStack(err)
	}
	return number(string(status), "VmRSS:") << 10, number(string(status), "RssAnon:") << 10, nil
}

// Profile writes a profile, named as under /debug/pprof, to a file. It needs Pprof.
func (n *Node) Profile(ctx context.Context, name, file string) error {
	code, body, err := n.Get(ctx, "/debug/pprof/"+name)
	if err != nil {
		return err
	}
	if code != http.StatusOK {
		return errors.Newf("profile %s: status %d: %s", name, code, body)
	}
	return errors.WithStack(os.WriteFile(file, []byte(body), 0o600))
}

// number returns the number after a label; 0 if there is none.
func number(text, label string) (v int64) {
	if _, rest, ok := strings.Cut(text, label); ok {
		_, _ = fmt.Sscan(rest, &v)
	}
	return v
}
