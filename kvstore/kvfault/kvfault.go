// Package kvfault wraps a Store and makes it fail on demand: late, refused, unanswered, landing after its caller gave
// up, or dead from a chosen point on.
//
// The one idea: a test gives a function that is asked before every call what shall happen to it. It sees the number of
// the call and its arguments, and answers with an Action; the zero Action lets the call through. With no function set
// the wrapper changes nothing and passes the conformance suite.
//
//	s := kvfault.New(memory.New(), kvfault.Config{
//		OnCommit: kvfault.Commit(3, kvfault.LoseAnswer), // the third commit is applied, its caller is told ErrUncertain
//	})
//
//	s := kvfault.New(inner, kvfault.Config{
//		OnCommit: func(n int, t kvstore.Txn) kvfault.Action {
//			if len(t.Deletes) > 0 {
//				return kvfault.Action{Fault: kvfault.ApplyLate}
//			}
//			return kvfault.Action{}
//		},
//	})
//	…
//	errs := s.Release(ctx) // now the transactions that were under way arrive, in order
//
// Every fault keeps the promises of kvstore: what returns ErrUnavailable was not written, what returns ErrUncertain may
// have been. So whatever a caller does wrong under faults it does wrong under the contract.
package kvfault

import (
	"context"
	"sync"
	"time"

	"github.com/cockroachdb/errors"

	"github.com/taproot-db/taproot/kvstore"
)

var (
	_ kvstore.Store   = (*Store)(nil)
	_ kvstore.Wrapper = (*Store)(nil)
)

// ErrInjected marks every error that this package made up, beside the kind it stands for.
var ErrInjected = errors.New("injected fault")

// Config says what goes wrong. The functions may be nil. They are called on the goroutine of the caller, concurrently
// if the calls are concurrent, and without any lock held: they may block, and may call methods of the Store.
type Config struct {
	// OnCommit is asked before every Commit that is within the rules (Txn.Check passes, the store is open and not
	// crashed); n counts those from 1. It must not keep or change t.
	OnCommit func(n int, t kvstore.Txn) Action

	// OnRead is asked before every View, Get and Range on a store that is open and not crashed; n counts all three
	// together from 1. A Range counts when its iteration begins.
	OnRead func(n int, r Read) Action
}

// Store wraps another Store. It is safe for concurrent use.
type Store struct {
	inner kvstore.Store
	cfg   Config

	mu      sync.Mutex
	commits int // calls that OnCommit was asked about
	reads   int // calls that OnRead was asked about
	life    int // the number of crashes; a call or Reader of an earlier life is dead
	crashed bool
	closed  bool
	late    []kvstore.Txn // under way, in the order of their commits
}

// New wraps inner. Closing the wrapper closes inner.
func New(inner kvstore.Store, cfg Config) *Store {
	return &Store{inner: inner, cfg: cfg}
}

// Unwrap implements kvstore.Wrapper.
func (s *Store) Unwrap() kvstore.Store { return s.inner }

// Limits implements kvstore.Store.
func (s *Store) Limits() kvstore.Limits { return s.inner.Limits() }

// Commit implements kvstore.Store.
func (s *Store) Commit(ctx context.Context, t kvstore.Txn) error {
	life, err := s.enter("commit")
	if err != nil {
		return err
	}
	if err := t.Check(s.inner.Limits()); err != nil {
		return err
	}
	act := s.askCommit(t)
	if err := act.wait(ctx); err != nil {
		return errors.Mark(errors.Wrap(err, "commit"), kvstore.ErrUnavailable)
	}
	err = s.commit(ctx, act, t)
	if s.gone(life) && !errors.IsAny(err, kvstore.ErrUnavailable, kvstore.ErrUncertain) {
		// The store died while the transaction was under way: nobody is left to tell its outcome.
		return injected(kvstore.ErrUncertain, "commit: the store crashed")
	}
	return err
}

func (s *Store) commit(ctx context.Context, act Action, t kvstore.Txn) error {
	switch act.Fault {
	case Refuse:
		return act.answer(ctx, kvstore.ErrUnavailable, "commit refused")
	case LoseRequest:
		return act.answer(ctx, kvstore.ErrUncertain, "commit: request lost")
	case LoseAnswer:
		if err := s.inner.Commit(ctx, t); notArrived(err) {
			return err
		}
		return act.answer(ctx, kvstore.ErrUncertain, "commit: answer lost")
	case ApplyLate:
		s.mu.Lock()
		s.late = append(s.late, cloneTxn(t))
		s.mu.Unlock()
		return act.answer(ctx, kvstore.ErrUncertain, "commit: still under way")
	case CrashBefore:
		s.Crash()
		return act.answer(ctx, kvstore.ErrUnavailable, "crash before the commit")
	case CrashAfter:
		err := s.inner.Commit(ctx, t)
		s.Crash()
		if notArrived(err) {
			return err
		}
		return act.answer(ctx, kvstore.ErrUncertain, "crash after the commit")
	case None:
	}
	return s.inner.Commit(ctx, t)
}

// notArrived says that a transaction got no further than the store underneath, which said so at once.
func notArrived(err error) bool {
	return errors.IsAny(err, kvstore.ErrUnavailable, kvstore.ErrInvalid)
}

// Close implements kvstore.Store. It closes the store underneath too, crashed or not. Transactions that are under way
// stay; Release hands them to the store underneath all the same, which then refuses them.
func (s *Store) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	return errors.Wrap(s.inner.Close(), "close")
}

// Crash makes all calls fail with ErrUnavailable until Revive. A commit in flight on another goroutine returns
// ErrUncertain, whatever becomes of it. Readers of before the crash stay dead for good.
func (s *Store) Crash() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.crashed = true
	s.life++
}

// Revive ends a crash. What was committed is there, what was under way is still under way.
func (s *Store) Revive() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.crashed = false
}

// Crashed says whether the store is dead.
func (s *Store) Crashed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.crashed
}

// Pending returns how many transactions are under way by ApplyLate.
func (s *Store) Pending() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.late)
}

// Release lets all transactions that are under way arrive, in the order of their commits, and returns what the store
// underneath said to each: nil if it landed, ErrGuard if it came too late to. It does so even after a crash.
func (s *Store) Release(ctx context.Context) []error {
	s.mu.Lock()
	late := s.late
	s.late = nil
	s.mu.Unlock()
	outcomes := make([]error, 0, len(late))
	for _, t := range late {
		outcomes = append(outcomes, s.inner.Commit(ctx, t))
	}
	return outcomes
}

// Drop loses all transactions that are under way: they will never arrive.
func (s *Store) Drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.late = nil
}

// Commits returns how many commits OnCommit was, or would have been, asked about.
func (s *Store) Commits() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.commits
}

// Reads returns how many reads OnRead was, or would have been, asked about.
func (s *Store) Reads() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reads
}

// enter refuses a call on a closed or crashed store, and returns the life it belongs to.
func (s *Store) enter(doing string) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return 0, errors.Mark(errors.Newf("%s: the store is closed", errors.Safe(doing)), kvstore.ErrInvalid)
	case s.crashed:
		return 0, injected(kvstore.ErrUnavailable, doing+": the store has crashed")
	}
	return s.life, nil
}

// gone says whether the store crashed since life.
func (s *Store) gone(life int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.life != life
}

func (s *Store) askCommit(t kvstore.Txn) Action {
	s.mu.Lock()
	s.commits++
	n := s.commits
	s.mu.Unlock()
	if s.cfg.OnCommit == nil {
		return Action{}
	}
	return s.cfg.OnCommit(n, t)
}

func (s *Store) askRead(r Read) Action {
	s.mu.Lock()
	s.reads++
	n := s.reads
	s.mu.Unlock()
	if s.cfg.OnRead == nil {
		return Action{}
	}
	return s.cfg.OnRead(n, r)
}

// wait holds a call back for as long as the Action says, or until ctx ends.
func (a Action) wait(ctx context.Context) error {
	if a.Delay > 0 {
		timer := time.NewTimer(a.Delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if a.Until != nil {
		select {
		case <-a.Until:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// answer returns the error of a fault: at once, or when ctx has ended if the Action stalls.
func (a Action) answer(ctx context.Context, kind error, what string) error {
	if !a.Stall {
		return injected(kind, what)
	}
	<-ctx.Done()
	return errors.Mark(errors.Mark(errors.Wrap(ctx.Err(), what), ErrInjected), kind)
}

func injected(kind error, what string) error {
	return errors.Mark(errors.Mark(errors.Newf("%s", errors.Safe(what)), ErrInjected), kind)
}

func cloneTxn(t kvstore.Txn) kvstore.Txn {
	c := kvstore.Txn{
		Guards:  make([]kvstore.Guard, 0, len(t.Guards)),
		Puts:    make([]kvstore.Item, 0, len(t.Puts)),
		Deletes: append([]string(nil), t.Deletes...),
	}
	for _, g := range t.Guards {
		g.Want = append([]byte(nil), g.Want...)
		c.Guards = append(c.Guards, g)
	}
	for _, p := range t.Puts {
		p.Value = append([]byte(nil), p.Value...)
		c.Puts = append(c.Puts, p)
	}
	return c
}
