package embedetcd_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/taproot-db/taproot/kvstore"
	"github.com/taproot-db/taproot/kvstore/embedetcd"
	"github.com/taproot-db/taproot/kvstore/kvstoretest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// server is started again after the last handle on it was closed. The first handle is the server's own.
type server struct {
	t    *testing.T
	dir  string
	live *embedetcd.Store
	open int
}

// handle counts its closing.
type handle struct {
	kvstore.Store
	closed func()
}

func (h *handle) Unwrap() kvstore.Store { return h.Store }

func (h *handle) Close() error {
	defer h.closed()
	return h.Store.Close()
}

func (s *server) handle() kvstore.Store {
	var h kvstore.Store
	if s.open == 0 {
		store, err := embedetcd.New(s.t.Context(), embedetcd.Config{Dir: s.dir})
		require.NoError(s.t, err)
		s.live, h = store, store
	} else {
		store, err := s.live.Handle()
		require.NoError(s.t, err)
		h = store
	}
	s.open++
	once := false
	return &handle{h, func() {
		if !once {
			once = true
			s.open--
		}
	}}
}

func TestConformance(t *testing.T) {
	kvstoretest.Run(t, func(t *testing.T) func() kvstore.Store {
		t.Helper()
		s := &server{t: t, dir: t.TempDir()}
		return s.handle
	}, kvstoretest.WithCompaction(func(ctx context.Context, s kvstore.Store) error {
		c, ok := kvstore.As[interface{ Compact(context.Context) error }](s)
		if !ok {
			return kvstore.ErrInvalid
		}
		return c.Compact(ctx)
	}))
}
