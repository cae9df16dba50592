// Package errs holds the error kinds of the domain and the one table that maps them to what clients see: the code,
// the legacy error_code, the text, whether a retry may help, and whether the caller is at fault.
//
// The one idea: a refusal is a value made here, where its code and its text stand side by side; faces of the service only
// copy what Of returns. Codes, legacy numbers and texts are Milvus 2.6's, because SDKs and their tests branch on them.
//
// Start at the table in kinds.go; make.go has a function for each form of text that Milvus has.
package errs

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/cockroachdb/errors"
)

// Kind is a row of the table.
type Kind struct {
	// Code is Milvus's error code.
	Code int32
	// Legacy is the deprecated error_code enum that old clients look at.
	Legacy int32
	// Text is the base text, to which context goes in front and fields behind.
	Text string
	// Retriable: the same request may succeed later.
	Retriable bool
	// Input: the caller is at fault. Such an error is never retriable.
	Input bool
}

// Error is a refusal of a certain kind.
type Error struct {
	kind *Kind
	text string
}

// Error returns the whole text, as a client sees it.
func (e *Error) Error() string { return e.text }

// Kind returns the row of the table the error belongs to.
func (e *Error) Kind() *Kind { return e.kind }

// Status is what a client sees of an error.
type Status struct {
	Code      int32
	Legacy    int32
	Reason    string
	Retriable bool
	Input     bool
}

// ExtraInfo returns what Milvus puts beside the status: the mark of the caller's fault, or nil. The caller owns the map.
func (s Status) ExtraInfo() map[string]string {
	if !s.Input {
		return nil
	}
	return map[string]string{"is_input_error": "true"}
}

// Field is appended to a text as [Name=Value].
type Field struct {
	Name  string
	Value any
}

// New returns an error of kind k: "detail: text[field=value]…", or without the detail if that is empty.
func (k *Kind) New(detail string, fields ...Field) error { return k.build(detail, fields...) }

// Verbatim returns an error of kind k with exactly this text.
func (k *Kind) Verbatim(text string) error {
	return errors.WithStackDepth(&Error{kind: k, text: text}, 1)
}

// build is New for the functions of make.go: the stack begins with whoever called them.
func (k *Kind) build(detail string, fields ...Field) error {
	var b strings.Builder
	if detail != "" {
		b.WriteString(short(detail))
		b.WriteString(": ")
	}
	b.WriteString(k.Text)
	for _, f := range fields {
		fmt.Fprintf(&b, "[%s=%s]", f.Name, quoted(fmt.Sprint(f.Value)))
	}
	return errors.WithStackDepth(&Error{kind: k, text: b.String()}, 2)
}

const (
	// longestQuote bounds what is repeated of a text that a client chose, such as a name of megabytes. It is longer than any name
	// can be that Milvus takes.
	longestQuote = 1 << 10
	// longest bounds the whole. It is far more than any text of ours; only several quotations can be longer.
	longest = 8 << 10
)

// quoted cuts a text that a client chose, and says how long it was: neither would the answer fit into a message that its client
// accepts, nor would anybody find the rule's own words in it.
func quoted(text string) string {
	if len(text) <= longestQuote {
		return text
	}
	return strings.ToValidUTF8(text[:longestQuote], "") + "… (" + strconv.Itoa(len(text)) + " bytes)"
}

// sprintf is fmt.Sprintf of arguments that a client chose.
func sprintf(format string, args ...any) string {
	if slices.ContainsFunc(args, isLong) {
		return fmt.Sprintf(format, allQuoted(args)...)
	}
	return fmt.Sprintf(format, args...)
}

func isLong(arg any) bool {
	switch a := arg.(type) {
	case string:
		return len(a) > longestQuote
	case error:
		return len(a.Error()) > longestQuote
	default: // a number, or another of our own
		return false
	}
}

func allQuoted(args []any) []any {
	out := slices.Clone(args)
	for i, a := range out {
		if isLong(a) {
			out[i] = quoted(fmt.Sprint(a))
		}
	}
	return out
}

// short is the last bound, for a text that quotes several things or was put together elsewhere. The middle goes, for what is wrong
// stands before the quotation or behind it.
func short(text string) string {
	if len(text) <= longest {
		return text
	}
	return strings.ToValidUTF8(text[:longest/2], "") + "…" + strings.ToValidUTF8(text[len(text)-longest/2:], "")
}

// Is reports whether err is of kind k to a client: whether the outermost error of this package in its chain is.
func (k *Kind) Is(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.kind.Code == k.Code
}

// Of returns what a client sees of err; nil gives the zero Status. The outermost error of this package in the chain
// decides the kind. Without one, a context's end is Canceled or Timeout, anything else Unexpected. The reason is the
// text of the whole chain in any case, outer context first.
func Of(err error) Status {
	if err == nil {
		return Status{}
	}
	k := Unexpected
	var e *Error
	switch {
	case errors.As(err, &e):
		k = e.kind
	case errors.Is(err, context.Canceled):
		k = Canceled
	case errors.Is(err, context.DeadlineExceeded):
		k = Timeout
	}
	return Status{Code: k.Code, Legacy: k.Legacy, Reason: err.Error(), Retriable: k.Retriable && !k.Input, Input: k.Input}
}

// FromStatus rebuilds the error that Of described, e.g. on the other side of a connection; nil for the zero Status. A
// legacy number that was not sent is looked up, so that a failure never has the number of a success.
func FromStatus(s Status) error {
	if s == (Status{}) {
		return nil
	}
	k := &Kind{Code: s.Code, Legacy: s.Legacy, Retriable: s.Retriable, Input: s.Input}
	if k.Code == 0 {
		k.Code = Unexpected.Code
	}
	if known, ok := byCode[k.Code]; ok {
		k.Legacy, k.Text = known.Legacy, known.Text
	}
	if k.Legacy == 0 {
		k.Legacy = legacyUnexpected
	}
	return &Error{kind: k, text: s.Reason}
}
