package kvfault

import (
	"context"
	"iter"

	"github.com/cockroachdb/errors"

	"github.com/taproot-db/taproot/kvstore"
)

// View implements kvstore.Store.
func (s *Store) View(ctx context.Context) (kvstore.Reader, error) {
	life, err := s.enter("view")
	if err != nil {
		return nil, err
	}
	act := s.askRead(Read{Op: View})
	if err := s.before(ctx, life, act, "view"); err != nil {
		return nil, err
	}
	r, err := s.inner.View(ctx)
	s.after(act)
	if err != nil {
		return nil, err
	}
	return &reader{store: s, inner: r, life: life}, nil
}

// before lets a read meet its fault.
func (s *Store) before(ctx context.Context, life int, act Action, doing string) error {
	if err := act.wait(ctx); err != nil {
		return errors.Wrap(err, doing)
	}
	switch act.Fault {
	case Refuse, LoseRequest, LoseAnswer, ApplyLate:
		return act.answer(ctx, kvstore.ErrUnavailable, doing+" refused")
	case CrashBefore:
		s.Crash()
		return act.answer(ctx, kvstore.ErrUnavailable, "crash before the "+doing)
	case None, CrashAfter:
	}
	if s.gone(life) {
		return injected(kvstore.ErrUnavailable, doing+": the store has crashed")
	}
	return nil
}

// after stops the store if the read was to be its last.
func (s *Store) after(act Action) {
	if act.Fault == CrashAfter {
		s.Crash()
	}
}

// reader belongs to one life of the store.
type reader struct {
	store *Store
	inner kvstore.Reader
	life  int
}

func (r *reader) Get(ctx context.Context, key string) ([]byte, error) {
	act, err := r.ask(Read{Op: Get, Key: key})
	if err != nil {
		return nil, err
	}
	if err := r.store.before(ctx, r.life, act, "get"); err != nil {
		return nil, err
	}
	value, err := r.inner.Get(ctx, key)
	r.store.after(act)
	return value, err
}

func (r *reader) Range(ctx context.Context, prefix, after string) iter.Seq2[kvstore.Item, error] {
	return func(yield func(kvstore.Item, error) bool) {
		act, err := r.ask(Read{Op: Range, Prefix: prefix, After: after})
		if err != nil {
			yield(kvstore.Item{}, err)
			return
		}
		defer r.store.after(act)
		left := act.Items
		if left <= 0 {
			if err := r.store.before(ctx, r.life, act, "range"); err != nil {
				yield(kvstore.Item{}, err)
				return
			}
		}
		for it, err := range r.inner.Range(ctx, prefix, after) {
			if err == nil && r.store.gone(r.life) {
				it, err = kvstore.Item{}, injected(kvstore.ErrUnavailable, "range: the store has crashed")
			}
			if !yield(it, err) || err != nil {
				return
			}
			if left--; left == 0 {
				if err := r.store.before(ctx, r.life, act, "range"); err != nil {
					yield(kvstore.Item{}, err)
					return
				}
			}
		}
		if left > 0 { // the range was shorter than that
			if err := r.store.before(ctx, r.life, act, "range"); err != nil {
				yield(kvstore.Item{}, err)
			}
		}
	}
}

// ask refuses a read on a store that is closed, crashed or in another life.
func (r *reader) ask(what Read) (Action, error) {
	life, err := r.store.enter(what.Op.String())
	if err != nil {
		return Action{}, err
	}
	if life != r.life {
		return Action{}, injected(kvstore.ErrUnavailable, what.Op.String()+": the store has crashed since the view")
	}
	return r.store.askRead(what), nil
}
