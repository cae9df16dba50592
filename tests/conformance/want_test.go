package conformance

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cockroachdb/errors"
	"github.com/milvus-io/milvus-proto/go-api/v3/commonpb"
	"google.golang.org/grpc/codes"
)

// wanted is what a call must come to.
type wanted struct {
	grpc    codes.Code // of the transport; OK for all but bytes that are no message
	ok      bool
	planned bool // success of a dry run that would change something
	refused bool // any refusal in-band, as long as it is the client's fault
	code    int32
	reason  string
	more    bool  // words of taproot's own may stand after Milvus's
	part    bool  // the reason need only be contained
	input   *bool // nil: not looked at
}

// parseWant reads "ok", "planned", "refused", or a refusal in the notation of the specification.
func parseWant(v any) (*wanted, error) {
	w := &wanted{}
	switch v := v.(type) {
	case string:
		switch v {
		case "ok":
			w.ok = true
		case "planned":
			w.planned = true
		case "refused":
			w.refused = true
		default:
			return nil, errors.Newf("%q is neither ok, planned nor refused", v)
		}
		return w, nil
	case tree:
		for key, arg := range v {
			if err := w.set(key, arg); err != nil {
				return nil, err
			}
		}
		if prefix, ok := v["prefix"]; ok {
			w.reason = fmt.Sprint(prefix) + w.reason
		}
		if w.code == 0 && w.grpc == codes.OK {
			return nil, errors.Newf("no code is wanted: %v", v)
		}
		if w.input == nil && slices.Contains(inputCodes, w.code) {
			yes := true
			w.input = &yes
		}
		if w.input == nil && !slices.Contains(maybeInputCodes, w.code) {
			w.input = new(bool)
		}
		return w, nil
	default:
		return nil, errors.Newf("what is wanted? %v", v)
	}
}

func (w *wanted) set(key string, arg any) error {
	if n, ok := notation[key]; ok {
		parts, ok := arg.([]any)
		if !ok {
			parts = []any{arg}
		}
		if strings.Count(n.format, "%v") != len(parts) {
			return errors.Newf("%s takes %d parts: %v", key, strings.Count(n.format, "%v"), arg)
		}
		w.code, w.reason = n.code, fmt.Sprintf(n.format, parts...)
		return nil
	}
	switch key {
	case "grpc":
		return errors.WithStack(w.grpc.UnmarshalJSON([]byte(fmt.Sprintf("%q", arg))))
	case "code":
		n, ok := arg.(int)
		if !ok {
			return errors.Newf("code is a number, not %v", arg)
		}
		w.code = int32(n)
	case "reason":
		w.reason = fmt.Sprint(arg)
	case "contains":
		w.reason, w.part = fmt.Sprint(arg), true
	case "more":
		w.more = true
	case "part":
		w.part = true
	case "input":
		yes, ok := arg.(bool)
		if !ok {
			return errors.Newf("input is true or false, not %v", arg)
		}
		w.input = &yes
	case "prefix":
	default:
		return errors.Newf("what is %q?", key)
	}
	return nil
}

// notation is that of the specification's section 0. PIx and PIr have their arguments in the order of the words.
var notation = map[string]struct {
	code   int32
	format string
}{
	"PI":   {1100, "%v: invalid parameter"},
	"PIx":  {1100, "%v: invalid parameter[expected=%v][actual=%v]"},
	"PIr":  {1100, "%v: invalid parameter[%v out of range %v <= value <= %v]"},
	"PM":   {1101, "%v: missing parameter"},
	"IS":   {105, "%v: illegal collection schema[collection=%v]"},
	"CNF":  {100, "collection not found[database=%v][collection=%v]"},
	"CNFi": {100, "collection not found[collection=%v]"},
	"DNF":  {800, "database not found[database=%v]"},
	"PNF":  {200, "partition not found[partition=%v]"},
	"ANF":  {1600, "alias not found[database=%v][alias=%v]"},
	"U":    {65535, "%v"},
}

// The table of section 1.3.
var (
	legacyCodes = map[int32]int32{
		1: 56, 3: 52, 7: 54, 8: 49, 9: 48, 11: 55, 100: 4, 109: 62, 200: 15, 400: 15, 501: 15, 600: 47, 700: 25, 904: 50,
		1100: 5, 1101: 5, 1102: 5,
	}
	retriableCodes  = []int32{1, 2, 4, 8, 103, 106, 110, 202}
	inputCodes      = []int32{102, 104, 105, 107, 109, 702, 801, 802, 1100, 1101, 1102, 1400, 1401}
	maybeInputCodes = []int32{100, 200, 800, 1600, 1601, 1700}
)

// compare returns what is wrong with a status.
func (w *wanted) compare(got *commonpb.Status) error {
	if got == nil {
		return errors.New("the status is left out")
	}
	if w.planned {
		if got.GetCode() != 0 || got.GetErrorCode() != 0 || got.GetReason() != "" || got.GetExtraInfo()["taproot-dry-run"] != "would change" { //nolint:staticcheck // both forms count
			return errors.Newf("wanted a plan, got %s", shown(got))
		}
		return nil
	}
	if w.ok {
		if s := got.String(); s != "" {
			return errors.Newf("wanted success, got %s", shown(got))
		}
		return nil
	}
	if w.refused {
		if got.GetCode() < 100 || got.GetCode() >= 10000 || got.GetErrorCode() == 0 {
			return errors.Newf("wanted a refusal that blames the client, got %s", shown(got))
		}
		return nil
	}
	if got.GetCode() != w.code {
		return errors.Newf("wanted code %d %q, got %s", w.code, w.reason, shown(got))
	}
	legacy, ok := legacyCodes[w.code]
	if !ok {
		legacy = 1
	}
	if int32(got.GetErrorCode()) != legacy {
		return errors.Newf("wanted the legacy code %d, got %s", legacy, shown(got))
	}
	if err := w.compareReason(got); err != nil {
		return err
	}
	if got.GetDetail() != got.GetReason() {
		return errors.Newf("detail is not the reason: %q", got.GetDetail())
	}
	input := got.GetExtraInfo()["is_input_error"] == "true"
	if w.input != nil && input != *w.input {
		return errors.Newf("is_input_error should be %v: %s", *w.input, shown(got))
	}
	if retriable := slices.Contains(retriableCodes, w.code) && !input; got.GetRetriable() != retriable {
		return errors.Newf("retriable should be %v: %s", retriable, shown(got))
	}
	return nil
}

func (w *wanted) compareReason(got *commonpb.Status) error {
	reason := got.GetReason()
	ok := reason == w.reason
	switch {
	case w.part:
		ok = strings.Contains(reason, w.reason)
	case w.more:
		words, kind, typed := cutLast(w.reason, ": ")
		ok = strings.HasPrefix(reason, words) && (!typed || strings.HasSuffix(reason, ": "+kind))
	}
	if !ok {
		return errors.Newf("wanted the reason\n    %q, got\n    %q", w.reason, reason)
	}
	return nil
}

func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

func shown(s *commonpb.Status) string {
	return fmt.Sprintf("code %d, error_code %d, retriable %v, extra_info %v, %q",
		s.GetCode(), int32(s.GetErrorCode()), s.GetRetriable(), s.GetExtraInfo(), s.GetReason())
}
