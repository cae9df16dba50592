package node

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/cockroachdb/errors"
)

// tick is the unit of the kernel's accounts, the same on every architecture that Linux runs Go on.
const tick = 10 * time.Millisecond

// CPU returns the processor time that a process has used so far, in user and kernel mode. It needs /proc.
func CPU(pid int) (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, errors.WithStack(err)
	}
	// The second field is the program's name and may hold anything; the rest starts after its closing parenthesis.
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	const user, system = 11, 12
	if len(fields) <= system {
		return 0, errors.Newf("process %d: strange stat", pid)
	}
	var u, s int64
	if _, err := fmt.Sscan(fields[user]+" "+fields[system], &u, &s); err != nil {
		return 0, errors.WithStack(err)
	}
	return time.Duration(u+s) * tick, nil
}
