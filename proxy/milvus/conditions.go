package milvus

import (
	"context"
	"encoding/json"
	"strconv"
	"unicode/utf8"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	taprootv1 "github.com/taproot-db/taproot/proto/taproot/v1"
)

// The headers by which any client can set a condition on a statement, and the trailer that answers.
const (
	ifRevisionHeader = "taproot-if-revision"
	dryRunHeader     = "taproot-dry-run"
	requestIDHeader  = "taproot-request-id"
	revisionTrailer  = "taproot-revision"
)

// maxRequestID bounds what a client chooses freely and the journal keeps.
const maxRequestID = 256

// conditions is what the headers of a statement say.
type conditions struct {
	ifRevision *uint64
	dryRun     bool
	requestID  string
}

// conditionsOf reads the headers. One that is there and makes no sense is refused with code 1100: to overlook it would do what the
// client wanted to prevent.
func conditionsOf(ctx context.Context) (c conditions, err error) {
	if text, given, err := header(ctx, ifRevisionHeader); err != nil {
		return c, err
	} else if given {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			return c, errs.Invalid("header %s must be a revision in decimal, 0 to 2^64-1, not %q", ifRevisionHeader, short(text))
		}
		c.ifRevision = &n
	}
	if text, given, err := header(ctx, dryRunHeader); err != nil {
		return c, err
	} else if given {
		switch text {
		case "true", "1":
			c.dryRun = true
		case "false", "0":
		default:
			return c, errs.Invalid("header %s must be true, false, 1 or 0, not %q", dryRunHeader, short(text))
		}
	}
	if text, given, err := header(ctx, requestIDHeader); err != nil {
		return c, err
	} else if given {
		if text == "" || len(text) > maxRequestID || !utf8.ValidString(text) {
			return c, errs.Invalid("header %s must be UTF-8 of 1 to %d bytes, not %d bytes", requestIDHeader, maxRequestID, len(text))
		}
		c.requestID = text
	}
	return c, nil
}

// header returns the value of a header. It costs no memory where the header is not there, which is nearly always.
func header(ctx context.Context, name string) (string, bool, error) {
	values := metadata.ValueFromIncomingContext(ctx, name)
	switch len(values) {
	case 0:
		return "", false, nil
	case 1:
		return values[0], true, nil
	default:
		return "", false, errs.Invalid("header %s is given %d times", name, len(values))
	}
}

// short keeps a refusal from repeating a header of any length.
func short(s string) string {
	if len(s) > 64 {
		return s[:64] + "…"
	}
	return s
}

// conditional is a ddTask whose embedded ddl takes conditions and keeps what came of them.
type conditional interface {
	condition(c conditions)
	outcome() (catalog.Revision, map[string]string)
	complete() bool
}

func (d *ddl) condition(c conditions) { d.conditions = c }

// outcome returns the revision in which the answer holds and what goes beside the status.
func (d *ddl) outcome() (catalog.Revision, map[string]string) { return d.revision, d.extra }

// complete says whether Execute can send the statement although PreExecute refused it. A statement that is complete before any look
// at the catalog overrides this: where a client gave a request id or a revision, those come before the rules of the
// statement, and only the coordinator knows them.
func (d *ddl) complete() bool { return false }

// impose writes the conditions into the request.
func (c conditions) impose(req *taprootv1.ExecuteRequest) {
	req.RequestId, req.IfRevision, req.DryRun = c.requestID, c.ifRevision, c.dryRun
}

// first reports whether the coordinator has something to look at before the rules of the statement.
func (c conditions) first() bool { return c.ifRevision != nil || c.requestID != "" && !c.dryRun }

// The keys of extra_info in the answer to a dry run.
const (
	dryRunInfo  = "taproot-dry-run"
	changesInfo = "taproot-changes"
)

// plannedChange is one record in the answer to a dry run. The names are an interface.
type plannedChange struct {
	Kind   string `json:"kind"`
	Action string `json:"action"`
	Name   string `json:"name"`
	ID     int64  `json:"id,omitempty"`
}

// planInfo is what a dry run answers beside its status: whether anything would change, and a JSON list of what.
func planInfo(resp *taprootv1.ExecuteResponse) (map[string]string, error) {
	changes := make([]plannedChange, 0, len(resp.GetPlanned()))
	for _, p := range resp.GetPlanned() {
		changes = append(changes, plannedChange{p.GetKind(), p.GetAction(), p.GetName(), p.GetId()})
	}
	list, err := json.Marshal(changes)
	if err != nil {
		return nil, err
	}
	what := "nothing would change"
	if resp.GetChanged() {
		what = "would change"
	}
	return map[string]string{dryRunInfo: what, changesInfo: string(list)}, nil
}

// tellRevision puts the revision in which an answer holds into the trailer.
func (s *Service) tellRevision(ctx context.Context, r catalog.Revision) {
	told := s.told.Load()
	if told == nil || told.revision != r {
		told = &trailer{r, metadata.MD{revisionTrailer: {strconv.FormatUint(uint64(r), 10)}}}
		s.told.Store(told)
	}
	_ = grpc.SetTrailer(ctx, told.md) // fails only where there is no stream, so nobody to tell
}

// trailer is the last one that was sent: most answers in a row hold in the same revision. gRPC copies it.
type trailer struct {
	revision catalog.Revision
	md       metadata.MD
}
