package codec

import (
	"github.com/cockroachdb/errors"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
)

// Request is what the journal remembers of a statement that had a request id.
type Request struct {
	ID        string
	Body      uint64
	Revision  catalog.Revision
	Timestamp model.Timestamp
	Result    catalog.Result
}

// DecodeRequests reads, of the payload of a journal entry, only the statements that had a request id, in order, and tells touched,
// where that is not nil, which records were written in which revision; of the fields of one collection only the first. It costs a
// fraction of DecodeChangeSets: a start reads the whole journal for these. Errors are marked ErrMalformed. Safe for concurrent use.
func DecodeRequests(payload []byte, touched func(catalog.Ref, catalog.Revision)) ([]Request, error) {
	dec, err := decompressor()
	if err != nil {
		return nil, errors.Wrap(err, "decode requests")
	}
	raw, err := expand(dec, payload)
	if err != nil {
		return nil, errors.Wrap(err, "decode requests")
	}
	var out []Request
	s := scanner{rest: raw}
	for s.next() {
		if s.tag != 1<<3|lenType {
			continue
		}
		r, err := decodeRequest(s.data, touched)
		s.fail(err)
		if r.ID != "" {
			out = append(out, r)
		}
	}
	return out, errors.Wrap(s.err, "decode requests")
}

func decodeRequest(value []byte, touched func(catalog.Ref, catalog.Revision)) (Request, error) {
	var r Request
	var owner model.ID // of the fields that were told of last
	s := scanner{rest: value}
	for s.next() {
		switch s.tag {
		case 1<<3 | varintType:
			r.Revision = catalog.Revision(s.num)
		case 3<<3 | varintType:
			r.Timestamp = model.Timestamp(s.num)
		case 5<<3 | lenType:
			r.ID = s.text()
		case 7<<3 | lenType:
			if s.text() == catalog.ReportStatement {
				touched = nil
			}
		case 8<<3 | lenType:
			s.fail(decodeResult(&r.Result, s.data))
		case 9<<3 | lenType:
			if touched == nil {
				continue
			}
			// Most of what a statement writes are fields, of which each says the same: their collection was touched.
			ref, ok := changed(s.data)
			if !ok || ref.Kind == catalog.KindField && ref.Parent == owner {
				continue
			}
			if ref.Kind == catalog.KindField {
				owner = ref.Parent
			}
			touched(ref, r.Revision)
		case 11<<3 | fixed64Type:
			r.Body = s.num
		}
	}
	return r, s.err
}

// changed returns what the key of a change names, or false where that is a kind this version does not know.
func changed(value []byte) (catalog.Ref, bool) {
	s := scanner{rest: value}
	for s.next() {
		if s.tag == 1<<3|lenType {
			return ParseKey(string(s.data))
		}
	}
	return catalog.Ref{}, false
}
