package committer

import (
	"slices"

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
	order []asked // by revision
}

type asked struct {
	id       catalog.Fingerprint
	revision catalog.Revision
}

// remembered is an answer: what it said and, for a refusal, the error.
type remembered struct {
	body   uint64
	answer Committed
	err    error
}

// mostRequests bounds the table, at some 150 bytes each, whatever the journal still holds.
const mostRequests = 1 << 22

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
	if _, known := t.known[h]; !known {
		t.order = append(t.order, asked{h, r.answer.Revision})
	}
	t.known[h] = r
	if len(t.order) > mostRequests {
		t.drop(mostRequests / 8) // not one by one: what remains is moved
	}
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

// forget drops what was answered before a revision, which is how far back the journal reaches.
func (t *requests) forget(before catalog.Revision) {
	n := 0
	for n < len(t.order) && t.order[n].revision < before {
		n++
	}
	t.drop(n)
}

func (t *requests) drop(n int) {
	for _, a := range t.order[:n] {
		delete(t.known, a.id)
	}
	t.order = slices.Delete(t.order, 0, n)
}
