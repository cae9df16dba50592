package kvstore_test

import (
	"testing"

	"github.com/cockroachdb/errors"
	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/kvstore"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	item := func(key, value string) kvstore.Item { return kvstore.Item{Key: key, Value: []byte(value)} }
	for _, c := range []struct {
		name  string
		txn   kvstore.Txn
		limit kvstore.Limits
		want  error
	}{
		{"nothing", kvstore.Txn{}, kvstore.Limits{Ops: 1, Bytes: 1}, nil},
		{"no limits", kvstore.Txn{Puts: []kvstore.Item{item("a", "1"), item("b", "2")}}, kvstore.Limits{}, nil},
		{"a key guarded, put", kvstore.Txn{Guards: []kvstore.Guard{{Key: "a"}}, Puts: []kvstore.Item{item("a", "")}}, kvstore.Limits{}, nil},
		{"a key guarded, deleted", kvstore.Txn{Guards: []kvstore.Guard{{Key: "a"}}, Deletes: []string{"a"}}, kvstore.Limits{}, nil},
		{"put twice", kvstore.Txn{Puts: []kvstore.Item{item("a", ""), item("a", "")}}, kvstore.Limits{}, kvstore.ErrInvalid},
		{"put and deleted", kvstore.Txn{Puts: []kvstore.Item{item("a", "")}, Deletes: []string{"a"}}, kvstore.Limits{}, kvstore.ErrInvalid},
		{"deleted twice", kvstore.Txn{Deletes: []string{"a", "a"}}, kvstore.Limits{}, kvstore.ErrInvalid},
		{"guarded twice", kvstore.Txn{Guards: []kvstore.Guard{{Key: "a"}, {Key: "a", Absent: true}}}, kvstore.Limits{}, kvstore.ErrInvalid},
		{"empty key guarded", kvstore.Txn{Guards: []kvstore.Guard{{}}}, kvstore.Limits{}, kvstore.ErrInvalid},
		{"empty key put", kvstore.Txn{Puts: []kvstore.Item{item("", "1")}}, kvstore.Limits{}, kvstore.ErrInvalid},
		{"empty key deleted", kvstore.Txn{Deletes: []string{""}}, kvstore.Limits{}, kvstore.ErrInvalid},
		{"at the limit of operations", kvstore.Txn{Guards: []kvstore.Guard{{Key: "a"}}, Deletes: []string{"a"}}, kvstore.Limits{Ops: 2}, nil},
		{"beyond it", kvstore.Txn{Guards: []kvstore.Guard{{Key: "a"}}, Deletes: []string{"a", "b"}}, kvstore.Limits{Ops: 2}, kvstore.ErrTooLarge},
		{"at the limit of bytes", kvstore.Txn{
			Guards: []kvstore.Guard{{Key: "aa", Want: []byte("bbb")}}, Puts: []kvstore.Item{item("c", "dd")}, Deletes: []string{"ee"},
		}, kvstore.Limits{Bytes: 10}, nil},
		{"beyond that", kvstore.Txn{
			Guards: []kvstore.Guard{{Key: "aa", Want: []byte("bbb")}}, Puts: []kvstore.Item{item("c", "dd")}, Deletes: []string{"eee"},
		}, kvstore.Limits{Bytes: 10}, kvstore.ErrTooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			err := c.txn.Check(c.limit)
			require.Equal(t, c.want == nil, err == nil, "%+v", err)
			require.True(t, errors.Is(err, c.want) || c.want == nil, "%+v", err)
		})
	}
}

type plain struct{ kvstore.Store }

type talking struct{ kvstore.Store }

func (talking) Talk() string { return "hello" }

type wrapper struct{ kvstore.Store }

func (w wrapper) Unwrap() kvstore.Store { return w.Store }

func TestAs(t *testing.T) {
	t.Parallel()
	type talker interface{ Talk() string }
	found, ok := kvstore.As[talker](wrapper{wrapper{talking{}}})
	require.True(t, ok)
	require.Equal(t, "hello", found.Talk())
	_, ok = kvstore.As[talker](wrapper{plain{}})
	require.False(t, ok)
	_, ok = kvstore.As[talker](plain{talking{}})
	require.False(t, ok, "embedding is not wrapping")
}
