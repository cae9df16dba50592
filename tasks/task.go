package tasks

import (
	"context"
	"fmt"
	"runtime/debug"

	"github.com/cockroachdb/errors"
)

// Task is one statement on its way. Its methods are called by one goroutine, one after the other.
type Task interface {
	// Prepare validates and canonicalises. It has no effects; an error ends the task.
	Prepare(ctx context.Context) error
	// Execute does the work.
	Execute(ctx context.Context) error
	// NotifyDone is told the outcome, exactly once, whatever happened before.
	NotifyDone(err error)
}

// Run takes t through Prepare, Execute and NotifyDone, and returns the error that NotifyDone was given. A panic of
// Prepare or Execute is that error, a *PanicError. So is a panic of NotifyDone, which is not told again.
func Run(ctx context.Context, t Task) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = Recovered(v)
		}
	}()
	err = phases(ctx, t)
	t.NotifyDone(err)
	return err
}

func phases(ctx context.Context, t Task) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = Recovered(v)
		}
	}()
	if err := t.Prepare(ctx); err != nil {
		return err
	}
	return t.Execute(ctx)
}

// PanicError is a panic that was caught. Its text has no stack: that is for logs, not for clients.
type PanicError struct {
	Value any
	// Stack is the stack of the goroutine that panicked.
	Stack []byte
}

// Error says what was panicked with.
func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// Unwrap returns the value of the panic where it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// Recovered returns the *PanicError for what recover returned. It must be called by the deferred function itself, so that
// the stack still shows where the panic came from.
func Recovered(v any) error { return &PanicError{Value: v, Stack: debug.Stack()} }

// AsPanic returns the panic that err comes from, if it comes from one.
func AsPanic(err error) (*PanicError, bool) {
	var p *PanicError
	ok := errors.As(err, &p)
	return p, ok
}
