//go:build !linux

package node

import "syscall"

// dieWithParent is known to Linux only; elsewhere a child may survive a test that is killed.
func dieWithParent() *syscall.SysProcAttr { return nil }
