package codec

import (
	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
)

// Reports are records of taproot's own (proto/taproot/meta/v1): Milvus's have no place for what they say.

func decodeIndexReport(ref catalog.Ref, value []byte) (*model.IndexReport, error) {
	r := &model.IndexReport{}
	var x extras
	s := scanner{rest: value}
	for s.next() {
		switch s.tag {
		case 1<<3 | varintType:
			r.Collection = model.ID(s.num)
		case 2<<3 | varintType:
			r.Index = model.ID(s.num)
		case 3<<3 | varintType:
			r.Spec = s.num
		case 4<<3 | varintType:
			r.State = model.ReportState(s.num)
		case 5<<3 | varintType:
			r.Indexed = int64(s.num)
		case 6<<3 | varintType:
			r.Total = int64(s.num)
		case 7<<3 | lenType:
			r.Reason = s.text()
		default:
			x.keep(&s)
		}
	}
	if s.err != nil {
		return nil, s.err
	}
	if r.Collection != ref.Parent {
		return nil, contradiction("collection", r.Collection, ref.Parent)
	}
	if r.Index != ref.ID {
		return nil, contradiction("index", r.Index, ref.ID)
	}
	r.Extra = x.String()
	return r, nil
}

func appendIndexReport(b []byte, r *model.IndexReport) ([]byte, error) {
	if err := checkText("reason", r.Reason); err != nil {
		return nil, err
	}
	start := len(b)
	b = appendInt(b, 1, r.Collection)
	b = appendInt(b, 2, r.Index)
	b = appendUint(b, 3, r.Spec)
	b = appendInt(b, 4, r.State)
	b = appendInt(b, 5, r.Indexed)
	b = appendInt(b, 6, r.Total)
	b = appendText(b, 7, r.Reason)
	return mixIn(b, start, r.Extra)
}

func decodeLoadReport(ref catalog.Ref, value []byte) (*model.LoadReport, error) {
	r := &model.LoadReport{}
	var x extras
	s := scanner{rest: value}
	for s.next() {
		switch s.tag {
		case 1<<3 | varintType:
			r.Collection = model.ID(s.num)
		case 2<<3 | varintType:
			r.Spec = s.num
		case 3<<3 | varintType:
			r.State = model.ReportState(s.num)
		case 4<<3 | lenType:
			r.Reason = s.text()
		default:
			x.keep(&s)
		}
	}
	if s.err != nil {
		return nil, s.err
	}
	if r.Collection != ref.Parent {
		return nil, contradiction("collection", r.Collection, ref.Parent)
	}
	r.Extra = x.String()
	return r, nil
}

func appendLoadReport(b []byte, r *model.LoadReport) ([]byte, error) {
	if err := checkText("reason", r.Reason); err != nil {
		return nil, err
	}
	start := len(b)
	b = appendInt(b, 1, r.Collection)
	b = appendUint(b, 2, r.Spec)
	b = appendInt(b, 3, r.State)
	b = appendText(b, 4, r.Reason)
	return mixIn(b, start, r.Extra)
}
