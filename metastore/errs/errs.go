// Package errs holds the error kinds of the domain and the one table that maps them to what clients see: the code,
// the legacy error_code, the text, whether a retry may help, and whether the caller is at fault.
//
// The one idea: a refusal is a value made here, where its code and its text stand side by side; faces of the service only
// copy what Status returns. Codes, legacy numbers and texts are Milvus 2.6's, because SDKs and their tests branch on them.
package errs

import (
	"context"
	"fmt"
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

// Field is appended to a text as [Name=Value].
type Field struct {
	Name  string
	Value any
}

// New returns an error of kind k: "detail: text[field=value]…", or without the detail if that is empty.
func (k *Kind) New(detail string, fields ...Field) error {
	var b strings.Builder
	if detail != "" {
		b.WriteString(detail)
		b.WriteString(": ")
	}
	b.WriteString(k.Text)
	for _, f := range fields {
		fmt.Fprintf(&b, "[%s=%v]", f.Name, f.Value)
	}
	return errors.WithStackDepth(&Error{kind: k, text: b.String()}, 1)
}

// Verbatim returns an error of kind k with exactly this text.
func (k *Kind) Verbatim(text string) error {
	return errors.WithStackDepth(&Error{kind: k, text: text}, 1)
}

// Is reports whether err, or an error it wraps, is of kind k.
func (k *Kind) Is(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.kind.Code == k.Code
}

// Of returns what a client sees of err; nil gives the zero Status. An error that is not of this package is
// Unexpected, a context's end is Canceled or Timeout; its whole text is the reason in any case.
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

// FromStatus rebuilds the error that Of described, e.g. on the other side of a connection.
func FromStatus(s Status) error {
	if s.Code == 0 && s.Legacy == 0 {
		return nil
	}
	k := &Kind{Code: s.Code, Legacy: s.Legacy, Retriable: s.Retriable, Input: s.Input}
	if known, ok := byCode[s.Code]; ok {
		k.Legacy, k.Text = known.Legacy, known.Text
	}
	return &Error{kind: k, text: s.Reason}
}
