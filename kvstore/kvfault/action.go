package kvfault

import (
	"time"

	"github.com/taproot-db/taproot/kvstore"
)

// Fault is a kind of failure.
type Fault int

// The faults of a commit. For a read, Refuse, LoseRequest, LoseAnswer and ApplyLate are one and the same: ErrUnavailable.
const (
	// None lets the call through.
	None Fault = iota
	// Refuse returns ErrUnavailable. Nothing is written.
	Refuse
	// LoseRequest returns ErrUncertain. Nothing is written, now or later.
	LoseRequest
	// LoseAnswer hands the transaction to the store underneath and returns ErrUncertain instead of its answer, be that
	// success or ErrGuard.
	LoseAnswer
	// ApplyLate returns ErrUncertain now, with nothing written; the transaction is under way and reaches the store
	// underneath at Store.Release, where its guards are judged.
	ApplyLate
	// CrashBefore stops the store with nothing written. This call and all later ones return ErrUnavailable until Revive.
	CrashBefore
	// CrashAfter hands the transaction to the store underneath and stops the store before it answers: this call returns
	// ErrUncertain, all later ones ErrUnavailable until Revive. A read is answered, then the store stops.
	CrashAfter
)

// String returns the name of f.
func (f Fault) String() string {
	switch f {
	case None:
		return "none"
	case Refuse:
		return "refuse"
	case LoseRequest:
		return "lose request"
	case LoseAnswer:
		return "lose answer"
	case ApplyLate:
		return "apply late"
	case CrashBefore:
		return "crash before"
	case CrashAfter:
		return "crash after"
	default:
		return "unknown fault"
	}
}

// Action is what happens to one call: first it waits for Delay and Until, then it meets Fault. The zero Action does
// nothing.
type Action struct {
	Fault Fault

	// Delay holds the call back for this long. A context that ends meanwhile ends the call: a commit with
	// ErrUnavailable, because nothing was handed over yet.
	Delay time.Duration

	// Until, if not nil, holds the call back until it can be received from or is closed; a context ends it likewise.
	Until <-chan struct{}

	// Stall makes a Fault answer only when the context of the caller ends, and with the context's error too: the
	// network that swallows. The effect of the fault does not wait for it. It needs a context that ends.
	Stall bool

	// Items makes a Range yield this many items before it meets Fault (or its end, if it is shorter).
	Items int
}

// Op is what a Read does.
type Op int

// The reads there are.
const (
	View Op = iota + 1
	Get
	Range
)

// String returns the name of o.
func (o Op) String() string {
	switch o {
	case View:
		return "view"
	case Get:
		return "get"
	case Range:
		return "range"
	default:
		return "unknown read"
	}
}

// Read describes a call that reads.
type Read struct {
	Op     Op
	Key    string // of a Get
	Prefix string // of a Range
	After  string // of a Range
}

// Commit returns an OnCommit that lets commit n, counted from 1, meet f and leaves all others alone.
func Commit(n int, f Fault) func(int, kvstore.Txn) Action {
	return Script(map[int]Action{n: {Fault: f}})
}

// Script returns an OnCommit that does to commit n what actions[n] says. The map must not be changed afterwards.
func Script(actions map[int]Action) func(int, kvstore.Txn) Action {
	return func(n int, _ kvstore.Txn) Action { return actions[n] }
}

// Reads returns an OnRead that does a to every read of kind op.
func Reads(op Op, a Action) func(int, Read) Action {
	return func(_ int, r Read) Action {
		if r.Op == op {
			return a
		}
		return Action{}
	}
}
