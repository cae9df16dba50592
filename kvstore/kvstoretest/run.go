// Package kvstoretest holds a Store to the contract in package kvstore.
//
// The one idea: there is one suite, and every backend and every wrapper runs all of it. What is not tested here, a caller
// must not rely on; what one backend cannot do is not in the contract. Start reading at Run; a file holds the cases of
// one subject.
//
//	func TestConformance(t *testing.T) {
//		kvstoretest.Run(t, func(t *testing.T) func() kvstore.Store {
//			data := memory.NewData()
//			return func() kvstore.Store { return memory.Open(data) }
//		})
//	}
package kvstoretest

import (
	"context"
	"slices"
	"testing"

	"github.com/cockroachdb/errors"
	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/kvstore"
)

// Option tells Run what a backend can do besides.
type Option func(*config)

type config struct {
	compact func(ctx context.Context, s kvstore.Store) error
	keys    int
}

// WithCompaction tells how to make the backend forget every moment before the present one. Without it the cases about
// forgotten moments are skipped: a backend that never forgets is right too.
func WithCompaction(compact func(ctx context.Context, s kvstore.Store) error) Option {
	return func(c *config) { c.compact = compact }
}

// WithKeys sets how many keys the case about large ranges writes. Without it they are Keys().
func WithKeys(n int) Option {
	return func(c *config) { c.keys = n }
}

// Keys returns how many keys a test about large ranges should write: 100,000, or a tenth with -short or under the race
// detector.
func Keys() int {
	if testing.Short() || raceDetector {
		return 10_000
	}
	return 100_000
}

// Run holds a Store to its contract, one subtest per rule.
//
// It calls open once per subtest, one after the other. open prepares fresh, empty data and returns a constructor of
// handles on it, so that two clients can be played against each other. The first handle may own what the others need
// (a server): it is closed last. When all handles are closed, calling the constructor again must find the data as they
// were. The suite closes every handle; what else open needs to clean up belongs into t.Cleanup.
func Run(t *testing.T, open func(t *testing.T) func() kvstore.Store, opts ...Option) {
	t.Helper()
	cfg := config{keys: Keys()}
	for _, opt := range opts {
		opt(&cfg)
	}
	for _, subject := range []struct {
		name  string
		cases []testCase
	}{
		{"values", valueCases},
		{"guards", guardCases},
		{"rules", ruleCases},
		{"limits", limitCases},
		{"views", viewCases},
		{"ranges", rangeCases},
		{"ownership", ownershipCases},
		{"contexts", contextCases},
		{"concurrency", concurrencyCases},
		{"closing", closingCases},
		{"faults", faultCases},
		{"waking", wakingCases},
	} {
		t.Run(subject.name, func(t *testing.T) {
			for _, c := range subject.cases {
				t.Run(c.name, func(t *testing.T) {
					c.run(t, newBench(t, cfg, open))
				})
			}
		})
	}
}

type testCase struct {
	name string
	run  func(t *testing.T, b *bench)
}

// bench is what a case works on: a handle and the means to open more.
type bench struct {
	t     *testing.T
	cfg   config
	fresh func() kvstore.Store
	open  []kvstore.Store
	s     kvstore.Store // the first handle
}

func newBench(t *testing.T, cfg config, open func(t *testing.T) func() kvstore.Store) *bench {
	t.Helper()
	b := &bench{t: t, cfg: cfg, fresh: open(t)}
	t.Cleanup(b.closeAll)
	b.s = b.handle()
	return b
}

// handle opens one more handle on the data.
func (b *bench) handle() kvstore.Store {
	b.t.Helper()
	s := b.fresh()
	require.NotNil(b.t, s)
	b.open = append(b.open, s)
	return s
}

func (b *bench) closeAll() {
	for _, s := range slices.Backward(b.open) {
		require.NoError(b.t, s.Close())
	}
	b.open = nil
}

// kinds are the errors of the contract.
var kinds = []error{
	kvstore.ErrNotFound, kvstore.ErrGuard, kvstore.ErrTooLarge,
	kvstore.ErrUnavailable, kvstore.ErrUncertain, kvstore.ErrInvalid,
}

// isKind requires err to be of kind want, and of no other. It does not use require.ErrorIs, here and elsewhere: kinds are
// marks, and the standard library's errors.Is does not see marks.
func isKind(t *testing.T, err, want error) {
	t.Helper()
	for _, k := range kinds {
		require.Equal(t, errors.Is(k, want), errors.Is(err, k), "%q in %+v", k, err)
	}
}

// isContext requires err to be, besides its kind, the error of a context.
func isContext(t *testing.T, err, want error) {
	t.Helper()
	require.True(t, errors.Is(err, want), "%q in %+v", want, err)
	require.False(t, errors.Is(err, kvstore.ErrNotFound), "%+v", err)
}

// oneKind requires err to be nil or of exactly one of the kinds that Commit may return.
func oneKind(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	n := 0
	for _, k := range kinds {
		if errors.Is(err, k) {
			n++
		}
	}
	require.Equal(t, 1, n, "kinds of %+v", err)
	require.False(t, errors.Is(err, kvstore.ErrNotFound), "%+v", err)
}

func put(key, value string) kvstore.Txn {
	return kvstore.Txn{Puts: []kvstore.Item{item(key, value)}}
}

func puts(kv ...string) kvstore.Txn {
	var t kvstore.Txn
	for i := 0; i < len(kv); i += 2 {
		t.Puts = append(t.Puts, item(kv[i], kv[i+1]))
	}
	return t
}

func del(keys ...string) kvstore.Txn { return kvstore.Txn{Deletes: keys} }

func item(key, value string) kvstore.Item {
	return kvstore.Item{Key: key, Value: []byte(value)}
}

func equals(key, want string) kvstore.Guard {
	return kvstore.Guard{Key: key, Want: []byte(want)}
}

func absent(key string) kvstore.Guard { return kvstore.Guard{Key: key, Absent: true} }

// guarded adds guards to t.
func guarded(t kvstore.Txn, gs ...kvstore.Guard) kvstore.Txn {
	t.Guards = append(t.Guards, gs...)
	return t
}

// commit requires t to be committed to s.
func commit(t *testing.T, s kvstore.Store, txn kvstore.Txn) {
	t.Helper()
	require.NoError(t, s.Commit(t.Context(), txn))
}

// fails requires t to be refused by s with an error of kind want, and to leave no trace.
func fails(t *testing.T, s kvstore.Store, txn kvstore.Txn, want error) {
	t.Helper()
	before := dump(t, s)
	isKind(t, s.Commit(t.Context(), txn), want)
	require.Equal(t, before, dump(t, s), "something was written")
}

func view(t *testing.T, s kvstore.Store) kvstore.Reader {
	t.Helper()
	r, err := s.View(t.Context())
	require.NoError(t, err)
	return r
}

// get returns the present value of key in s, which must exist.
func get(t *testing.T, s kvstore.Store, key string) string {
	t.Helper()
	value, err := view(t, s).Get(t.Context(), key)
	require.NoError(t, err)
	require.NotNil(t, value)
	return string(value)
}

// missing requires key to be absent in s.
func missing(t *testing.T, s kvstore.Store, key string) {
	t.Helper()
	_, err := view(t, s).Get(t.Context(), key)
	isKind(t, err, kvstore.ErrNotFound)
}

// collect returns what Range yields, which must be in order.
func collect(t *testing.T, r kvstore.Reader, prefix, after string) []kvstore.Item {
	t.Helper()
	var items []kvstore.Item
	for it, err := range r.Range(t.Context(), prefix, after) {
		require.NoError(t, err)
		require.NotNil(t, it.Value, "value of %q", it.Key)
		if n := len(items); n > 0 {
			require.Less(t, items[n-1].Key, it.Key, "order of keys")
		}
		items = append(items, it)
	}
	return items
}

// keys returns the keys that Range yields.
func keys(t *testing.T, r kvstore.Reader, prefix, after string) []string {
	t.Helper()
	ks := []string{}
	for _, it := range collect(t, r, prefix, after) {
		ks = append(ks, it.Key)
	}
	return ks
}

// dump returns everything in s.
func dump(t *testing.T, s kvstore.Store) []kvstore.Item {
	t.Helper()
	return collect(t, view(t, s), "", "")
}
