package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/cockroachdb/errors"
	"github.com/spf13/cobra"
)

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// errUsage marks what is wrong with what taproot was told, before anything was tried.
var errUsage = errors.New("usage")

// usage marks err, with a pointer to the command's help unless there is a better hint.
func usage(cmd *cobra.Command, err error) error {
	if errors.FlattenHints(err) == "" {
		err = errors.WithHintf(err, "%s --help tells what it takes", cmd.CommandPath())
	}
	return errors.Mark(err, errUsage)
}

// report prints an error as one sentence and, where there is one, a hint, and returns the exit code.
func report(w io.Writer, err error) int {
	if err == nil {
		return exitOK
	}
	fmt.Fprintf(w, "taproot: %s\n", oneLine(err.Error()))
	for _, hint := range errors.GetAllHints(err) {
		fmt.Fprintf(w, "hint: %s\n", oneLine(hint))
	}
	if errors.Is(err, errUsage) {
		return exitUsage
	}
	return exitFailed
}

// oneLine keeps a text on one line: what follows the first line of an error is for logs.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(strings.TrimSpace(s), func(r rune) bool { return r == '\n' || r == '\r' }), " ")
}
