package model

import (
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/taproot-db/taproot/metastore/errs"
)

// paramList is parameters in an order, each key once, that can be looked up fast however many a client sends.
type paramList struct {
	list []Property
	at   map[string]int
}

func (l *paramList) get(key string) (string, bool) {
	if i, ok := l.at[key]; ok {
		return l.list[i].Value, true
	}
	return "", false
}

// set puts a parameter in the place of its key, or at the end.
func (l *paramList) set(key, value string) {
	if i, ok := l.at[key]; ok {
		l.list[i].Value = value
		return
	}
	l.at[key] = len(l.list)
	l.list = append(l.list, Property{key, value})
}

func (l *paramList) setDefault(key, value string) {
	if _, ok := l.get(key); !ok {
		l.set(key, value)
	}
}

func (l *paramList) len() int { return len(l.list) }

// stored leaves out what the type parameters say.
func (l *paramList) stored() []Property {
	return slices.DeleteFunc(l.list, func(p Property) bool { return p.Key == dimensionKey || p.Key == maxLengthKey })
}

// expandIndexParams takes parameters one by one, and apart what is sent as one JSON object under the key params. Of keys that both
// have the later counts.
func expandIndexParams(sent []Property) (*paramList, error) {
	out := &paramList{at: make(map[string]int, len(sent))}
	seen := make(map[string]struct{}, len(sent))
	for _, p := range sent {
		if _, twice := seen[p.Key]; twice {
			return nil, errs.Invalid("duplicated index param (key=%s) (value=%s) found", p.Key, p.Value)
		}
		seen[p.Key] = struct{}{}
		if p.Key != buildParamsKey {
			out.set(p.Key, p.Value)
			continue
		}
		var object map[string]json.RawMessage
		if err := json.Unmarshal([]byte(p.Value), &object); err != nil {
			return nil, errs.Invalid("index param %s is not a JSON object: %s", buildParamsKey, err.Error())
		}
		for _, key := range slices.Sorted(maps.Keys(object)) {
			out.set(key, plainJSON(object[key]))
		}
	}
	return out, nil
}

// plainJSON is a JSON value as a parameter: a text without its quotes, a number as Go would read it, anything else as it stands.
func plainJSON(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil && len(raw) > 0 && raw[0] == '"' {
		return text
	}
	// Some languages know only one kind of number: 16.0 and 1e3 are meant to be whole.
	if n, err := strconv.ParseFloat(string(raw), 64); err == nil && n == math.Trunc(n) && math.Abs(n) < 1<<53 {
		return strconv.FormatFloat(n, 'f', -1, 64)
	}
	return string(raw)
}

// badIndexParams is the form of all refusals of what an index is to be built with.
func badIndexParams(format string, args ...any) error {
	return errs.InvalidExpected("valid index params", "invalid index params", format, args...)
}

// indexPlan is an index on its way from what was asked for to what is stored.
type indexPlan struct {
	schema *Schema
	field  *Field
	asked  string // the field's name in the request
	params *paramList
	user   []Property
	kind   *indexKind
	auto   bool // the server chose the type of a scalar field's index
	// metricLeft: the client left type and metric of a vector field's index to the server.
	metricLeft bool
}

// resolve fills in what was left to the server, and refuses what cannot be built.
func (p *indexPlan) resolve() error {
	if text, given := p.params.get(castTypeKey); given {
		p.params.set(castTypeKey, strings.ToUpper(strings.TrimSpace(text)))
	}
	for _, rule := range [...]func() error{
		p.checkStorage, p.checkType, p.choose, p.checkMetric, p.checkField, p.checkDimension, p.checkKind, p.checkOffsetCache, p.checkPath,
	} {
		if err := rule(); err != nil {
			return err
		}
	}
	return nil
}

// indexType is the type that was asked for, and whether one was: no type and AUTOINDEX leave it to the server, an empty one does not.
func (p *indexPlan) indexType() (name string, named bool) {
	name, given := p.params.get(indexTypeKey)
	return name, given && name != autoIndex
}

func (p *indexPlan) checkStorage() error {
	name, _ := p.params.get(indexTypeKey)
	if err := checkMmap(name, p.params); err != nil {
		return errs.Invalid("invalid mmap type params: %s", err.Error())
	}
	if policy, given := p.params.get(warmupKey); given {
		if err := checkWarmup(policy); err != nil {
			return within("invalid warmup params", err)
		}
	}
	return nil
}

// checkType refuses types that are none, and the one that is for the server to choose.
func (p *indexPlan) checkType() error {
	name, named := p.indexType()
	if !named || name == "" {
		return nil
	}
	if _, known := indexKinds[name]; !known || name == hybridIndex {
		return errs.InvalidExpected("valid index", "invalid index type: "+name, "")
	}
	return nil
}

// choose fills in what is not given.
func (p *indexPlan) choose() error {
	_, named := p.indexType()
	switch {
	case p.field.Type == Text:
		return errs.Invalid("TEXT field does not support user-created scalar index")
	case !p.field.Type.Vector() && !named:
		return p.chooseScalar()
	case !p.field.Type.Vector():
		return nil
	case !named:
		return p.chooseVector()
	default:
		return p.fillBM25()
	}
}

func (p *indexPlan) chooseScalar() error {
	name := p.field.scalarIndex()
	if name == "" {
		return errs.InvalidExpected("supported field", "create auto index on type:"+p.field.Type.String()+" is not supported", "")
	}
	p.params.set(indexTypeKey, name)
	p.auto = true
	return nil
}

// chooseVector takes nothing from the client but the metric: whoever tunes must say what.
func (p *indexPlan) chooseVector() error {
	metric, given := p.params.get(metricKey)
	rest := p.params.len()
	if _, typed := p.params.get(indexTypeKey); typed {
		rest--
	}
	if given {
		rest--
	}
	if rest > 0 {
		return errs.Invalid("only metric type can be passed when use AutoIndex")
	}
	if !given {
		metric, p.metricLeft = p.defaultMetric(), true
	}
	p.user = []Property{{indexTypeKey, autoIndex}, {metricKey, metric}}
	p.params = &paramList{at: map[string]int{}}
	for _, param := range p.field.vectorIndex(metric) {
		p.params.set(param.Key, param.Value)
	}
	return p.fillBM25()
}

// defaultMetric is BM25 for what a BM25 function fills, as in Milvus 3.0; 2.6 chooses one here that it then refuses.
func (p *indexPlan) defaultMetric() string {
	if p.bm25() {
		return metricBM25
	}
	return p.field.defaultMetric()
}

// bm25 reports whether the field is what a BM25 function fills.
func (p *indexPlan) bm25() bool {
	return slices.ContainsFunc(p.schema.Functions, func(fn *Function) bool {
		return fn.Type == FunctionBM25 && slices.Contains(fn.Outputs, p.field.Name)
	})
}

func (p *indexPlan) fillBM25() error {
	if !p.bm25() {
		return nil
	}
	p.params.setDefault(metricKey, metricBM25)
	if metric, _ := p.params.get(metricKey); metric != metricBM25 {
		return errs.Invalid("index metric type of BM25 function output field must be BM25, got %s", metric)
	}
	for _, d := range []Property{{"bm25_k1", "1.2"}, {"bm25_b", "0.75"}, {"bm25_avgdl", "100"}} {
		p.params.setDefault(d.Key, d.Value)
	}
	return nil
}

func (p *indexPlan) checkMetric() error {
	if !p.field.Type.Vector() {
		return nil
	}
	metric, given := p.params.get(metricKey)
	switch {
	case !given:
		return badIndexParams("metric type not set for vector index")
	case metric == metricBM25 && p.field.Type == SparseFloatVector && !p.bm25():
		return badIndexParams("only BM25 Function output field support BM25 metric type")
	default:
		return p.field.checkMetric(metric)
	}
}

// checkField holds type of index and type of field against each other.
func (p *indexPlan) checkField() error {
	name, _ := p.params.get(indexTypeKey)
	kind := indexKinds[name]
	switch {
	case kind == nil:
		return badIndexParams("invalid index type: %s", name)
	case p.field.Type.Vector() && !kind.builtOn(p.field):
		return badIndexParams("data type %s can't build with this index %s", p.field.Type, name)
	case !kind.builtOn(p.field):
		return badIndexParams("%s", kind.mismatch(name, p.field))
	case name == bitmapIndex && p.field.PrimaryKey:
		return badIndexParams("create bitmap index on primary key not supported")
	}
	p.kind = kind
	return nil
}

// checkDimension: of vectors of a dimension, and no others, a request may say it once more.
func (p *indexPlan) checkDimension() error {
	if !p.field.Type.Vector() || p.field.Type == SparseFloatVector {
		return nil
	}
	asked, given := p.params.get(dimensionKey)
	if dim, _ := FindProperty(p.field.TypeParams, dimensionKey); given && asked != dim {
		return badIndexParams("dimension mismatch, dimension in schema: %s, dimension: %s", dim, asked)
	}
	return nil
}

// checkKind holds the parameters to what the type of index allows. What it does not know of is the data plane's affair.
func (p *indexPlan) checkKind() error {
	name, _ := p.params.get(indexTypeKey)
	if metric, given := p.params.get(metricKey); p.kind.metrics != nil && given && !slices.Contains(p.kind.metrics, metric) {
		return badIndexParams("metric type %s not found or not supported, supported: %v", metric, p.kind.metrics)
	}
	for _, rule := range p.kind.rules {
		if err := rule(p); err != nil {
			return err
		}
	}
	if name == bitmapIndex || name == hybridIndex {
		p.params.setDefault(cardinalityKey, "100")
	}
	return nil
}

func (p *indexPlan) checkOffsetCache() error {
	name, _ := p.params.get(indexTypeKey)
	if err := checkOffsetCache(name, p.params); err != nil {
		return errs.Invalid("invalid offset cache index params: %s", err.Error())
	}
	return nil
}
