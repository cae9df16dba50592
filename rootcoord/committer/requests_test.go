package committer

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
)

func at(revision catalog.Revision, after time.Duration) Committed {
	return Committed{Revision: revision, Timestamp: model.HybridTimestamp(int64(1e12)+after.Milliseconds(), 0)}
}

// decisions 17: an answer is known for as long as the journal has it, and for ten minutes at least, however fast the journal is trimmed.
func TestRequestsAreKnownForTenMinutes(t *testing.T) {
	t.Parallel()
	r := newRequests(nil)
	for i := range catalog.Revision(20) {
		r.remember(fmt.Sprint(i), remembered{answer: at(i, time.Duration(i)*time.Minute)})
	}
	known := func() (n int) {
		for i := range 20 {
			if _, ok := r.find(fmt.Sprint(i)); ok {
				n++
			}
		}
		return n
	}
	now := at(0, 19*time.Minute).Timestamp
	r.forget(3, now)
	require.Equal(t, 17, known(), "the journal has them")
	r.forget(20, now)
	require.Equal(t, 11, known())
	_, ok := r.find("9")
	require.True(t, ok)
}

// Refusals quote what clients send. Whoever sends nothing else must not fill the memory with it.
func TestRefusalsTakeBoundedMemory(t *testing.T) {
	t.Parallel()
	r := newRequests(nil)
	name := strings.Repeat("x", 8000)
	const many = 2 * mostText / 8000
	for i := range many {
		r.remember(fmt.Sprint(i), remembered{answer: at(1, 0), err: errs.ParameterInvalid.New(fmt.Sprint(i, " ", name))})
		require.LessOrEqual(t, r.text, mostText)
	}
	require.Less(t, len(r.known), many*2/3)
	last, ok := r.find(fmt.Sprint(many - 1))
	require.True(t, ok)
	require.ErrorContains(t, last.err, fmt.Sprint(many-1))
	// The same one again is not counted twice.
	before := r.text
	r.remember(fmt.Sprint(many-1), last)
	require.Equal(t, before, r.text)
	r.drop(len(r.order))
	require.Zero(t, r.text)
	require.Empty(t, r.known)
}
