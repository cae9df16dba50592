package committer

import (
	"slices"
	"time"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
)

// Request is a statement that has been answered, as the journal remembers it.
type Request struct {
	ID        string
	Body      uint64
	Revision  catalog.Revision
	Timestamp model.Timestamp
	Result    catalog.Result
}

// requests is the table of answered request ids. There may be millions, so ids are kept as hashes. For one goroutine.
type requests struct {
	known map[catalog.Fingerprint]remembered
	order []asked // by revision, and so by timestamp
	text  int     // bytes of all refusals
}

type asked struct {
	id        catalog.Fingerprint
	revision  catalog.Revision
	timestamp model.Timestamp
}

// remembered is an answer: what it said and, for a refusal, the error.
type remembered struct {
	body   uint64
	answer Committed
	err    error
}

// What bounds the table, whatever the journal still holds: entries, at some 150 bytes each, and bytes of refusals, which quote what clients
// send. Only who does nothing but repeat and fail reaches the latter.
const (
	mostRequests = 1 << 22
	mostText     = 64 << 20
)

// leastKnown is how long an answer is known at least, however little of the journal is kept.
const leastKnown = 10 * time.Minute

func hashID(id string) catalog.Fingerprint { return catalog.Digest("", []byte(id)) }

func newRequests(rs []Request) *requests {
	t := &requests{known: make(map[catalog.Fingerprint]remembered, len(rs)), order: make([]asked, 0, len(rs))}
	for _, r := range rs {
		t.remember(r.ID, remembered{
			body:   r.Body,
			answer: Committed{Revision: r.Revision, Timestamp: r.Timestamp, Changed: true, Result: r.Result},
		})
	}
	return t
}

func (t *requests) remember(id string, r remembered) {
	h := hashID(id)
	old, known := t.known[h]
	if !known {
		t.order = append(t.order, asked{h, r.answer.Revision, r.answer.Timestamp})
	}
	t.known[h] = r
	t.text += r.size() - old.size()
	for len(t.order) > mostRequests || t.text > mostText {
		t.drop(max(len(t.order)/8, 1)) // not one by one: what remains is moved
	}
}

// size is what a refusal takes.
func (r *remembered) size() int {
	if r.err == nil {
		return 0
	}
	return len(r.err.Error())
}

// withoutStack keeps of a refusal what a client sees: there may be many, and a stack takes a multiple of the rest.
func withoutStack(err error) error {
	if err == nil {
		return nil
	}
	return errs.FromStatus(errs.Of(err))
}

func (t *requests) find(id string) (remembered, bool) {
	r, ok := t.known[hashID(id)]
	return r, ok
}

// forget drops what was answered before a revision, which is how far back the journal reaches, and long enough ago.
func (t *requests) forget(before catalog.Revision, now model.Timestamp) {
	recent := model.HybridTimestamp(max(now.Millis()-leastKnown.Milliseconds(), 0), 0)
	n := 0
	for n < len(t.order) && t.order[n].revision < before && t.order[n].timestamp < recent {
		n++
	}
	t.drop(n)
}

func (t *requests) drop(n int) {
	for _, a := range t.order[:n] {
		old := t.known[a.id]
		t.text -= old.size()
		delete(t.known, a.id)
	}
	t.order = slices.Delete(t.order, 0, n)
}
