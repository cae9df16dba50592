package memory

import (
	"context"
	"sync"
)

// waiter is one caller of Wake. Whoever takes it out of Data.waiting, under Data.mu, closes ch; only commits send on it,
// under the same lock. It holds one signal, so several changes are told once.
type waiter struct {
	key string
	ch  chan struct{}
}

// wakers are the waiters of one handle, so that closing it ends them.
type wakers struct {
	mu   sync.Mutex
	all  map[*waiter]func() bool // stops the watching of the waiter's context
	done bool
}

// Wake implements kvstore.Waker. The channel is also closed when the Store is closed.
func (s *Store) Wake(ctx context.Context, key string) <-chan struct{} {
	w := &waiter{key: key, ch: make(chan struct{}, 1)}
	s.wakers.mu.Lock()
	defer s.wakers.mu.Unlock()
	if s.wakers.done {
		close(w.ch)
		return w.ch
	}
	s.data.addWaiter(w)
	if s.wakers.all == nil {
		s.wakers.all = make(map[*waiter]func() bool)
	}
	s.wakers.all[w] = context.AfterFunc(ctx, func() {
		s.data.dropWaiter(w)
		s.wakers.mu.Lock()
		defer s.wakers.mu.Unlock()
		delete(s.wakers.all, w)
	})
	return w.ch
}

func (ws *wakers) close(d *Data) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	ws.done = true
	for w, stop := range ws.all {
		stop()
		d.dropWaiter(w)
	}
	ws.all = nil
}

func (d *Data) addWaiter(w *waiter) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.waiting[w.key] == nil {
		d.waiting[w.key] = make(map[*waiter]struct{})
	}
	d.waiting[w.key][w] = struct{}{}
}

// dropWaiter closes the channel of w if nobody did yet.
func (d *Data) dropWaiter(w *waiter) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, ok := d.waiting[w.key][w]; !ok {
		return
	}
	delete(d.waiting[w.key], w)
	if len(d.waiting[w.key]) == 0 {
		delete(d.waiting, w.key)
	}
	close(w.ch)
}

// wake signals who waits for key. The caller holds mu and has made the change visible.
func (d *Data) wake(key string) {
	for w := range d.waiting[key] {
		select {
		case w.ch <- struct{}{}:
		default:
		}
	}
}
