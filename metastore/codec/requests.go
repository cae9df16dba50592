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

// DecodeRequests reads, of the payload of a journal entry, only the statements that had a request id, in order. It costs a
// fraction of DecodeChangeSets: a start reads the whole journal for these. Errors are marked ErrMalformed. Safe for concurrent use.
func DecodeRequests(payload []byte) ([]Request, error) {
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
		r, err := decodeRequest(s.data)
		s.fail(err)
		if r.ID != "" {
			out = append(out, r)
		}
	}
	return out, errors.Wrap(s.err, "decode requests")
}

func decodeRequest(value []byte) (Request, error) {
	var r Request
	s := scanner{rest: value}
	for s.next() {
		switch s.tag {
		case 1<<3 | varintType:
			r.Revision = catalog.Revision(s.num)
		case 3<<3 | varintType:
			r.Timestamp = model.Timestamp(s.num)
		case 5<<3 | lenType:
			r.ID = s.text()
		case 8<<3 | lenType:
			s.fail(decodeResult(&r.Result, s.data))
		case 11<<3 | fixed64Type:
			r.Body = s.num
		}
	}
	return r, s.err
}
