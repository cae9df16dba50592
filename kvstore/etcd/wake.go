package etcd

import (
	"context"
	"sync"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
)

// wakes are the keys that somebody waits for. All watches share one stream to the server, and all who wait for one key
// share one watch.
type wakes struct {
	mu     sync.Mutex
	closed bool
	keys   map[string]*follow

	running sync.WaitGroup // the goroutines of follow
}

// follow is one watched key.
type follow struct {
	waiting map[*waiter]struct{} // guarded by wakes.mu; never empty while the follow is in wakes.keys
	cancel  context.CancelFunc
}

// waiter is one call of Wake. ch holds one signal, so that several changes are told once; who removes the waiter from its
// follow closes it, and only who holds wakes.mu sends.
type waiter struct {
	ch   chan struct{}
	stop func() bool // ends the watching of the caller's context
}

// retryWatch is how long a watch that ended waits before it is begun again.
const retryWatch = 200 * time.Millisecond

// Wake implements kvstore.Waker. A signal comes at every change, and whenever a watch begins, because something may have
// changed before. The channel is also closed when the Store is closed.
func (s *Store) Wake(ctx context.Context, key string) <-chan struct{} { //nolint:contextcheck // a watch outlives who began it
	ws := &s.wakes
	w := &waiter{ch: make(chan struct{}, 1)}
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if ws.closed || key == "" {
		close(w.ch)
		return w.ch
	}
	f := ws.keys[key]
	if f == nil {
		followCtx, cancel := context.WithCancel(s.client.Ctx())
		f = &follow{waiting: make(map[*waiter]struct{}), cancel: cancel}
		if ws.keys == nil {
			ws.keys = make(map[string]*follow)
		}
		ws.keys[key] = f
		ws.running.Go(func() { s.follow(followCtx, key, f) })
	}
	f.waiting[w] = struct{}{}
	w.stop = context.AfterFunc(ctx, func() { ws.leave(key, f, w) })
	return w.ch
}

// leave ends one waiter, and the watch if it was the last.
func (ws *wakes) leave(key string, f *follow, w *waiter) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if _, ok := f.waiting[w]; !ok {
		return
	}
	delete(f.waiting, w)
	close(w.ch)
	if len(f.waiting) == 0 {
		f.cancel()
		delete(ws.keys, key)
	}
}

// close ends all waiters and waits until the watches are gone.
func (ws *wakes) close() {
	ws.mu.Lock()
	ws.closed = true
	for _, f := range ws.keys {
		f.cancel()
		for w := range f.waiting {
			w.stop()
			delete(f.waiting, w)
			close(w.ch)
		}
	}
	ws.keys = nil
	ws.mu.Unlock()
	ws.running.Wait()
}

func (ws *wakes) signal(f *follow) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	for w := range f.waiting {
		select {
		case w.ch <- struct{}{}:
		default:
		}
	}
}

// follow watches key until ctx ends. What ends a watch (no leader, a compaction, a lost member) only makes it begin anew.
func (s *Store) follow(ctx context.Context, key string, f *follow) {
	for {
		watch := s.client.Watch(clientv3.WithRequireLeader(ctx), key, clientv3.WithCreatedNotify())
		for resp := range watch {
			if resp.Created || len(resp.Events) > 0 {
				s.wakes.signal(f)
			}
		}
		retry := time.NewTimer(retryWatch)
		select {
		case <-ctx.Done():
			retry.Stop()
			return
		case <-retry.C:
		}
	}
}
