package model

import (
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"strings"

	"github.com/cockroachdb/errors"

	"github.com/taproot-db/taproot/metastore/errs"
)

// Keys of type parameters that concern the splitting of text into words.
const (
	enableAnalyzerKey = "enable_analyzer"
	enableMatchKey    = "enable_match"
	analyzerKey       = "analyzer_params"
	multiAnalyzerKey  = "multi_analyzer_params"
)

// What Milvus 2.6 has built in. A row that names anything else could not be analyzed by any node.
var (
	analyzers  = []string{"standard", "english", "chinese"}
	tokenizers = []string{"standard", "whitespace", "jieba", "icu", "lindera", "char_group", "language_identifier", "grpc"}
	filters    = []string{
		"lowercase", "asciifolding", "alphanumonly", "cnalphanumonly", "cncharonly", "stop", "length", "stemmer", "decompounder",
		"removepunct", "regex", "pinyin", "synonym",
	}
)

// analyzed reports whether the field's text is split into words.
func (f *Field) analyzed() bool {
	return (f.Type == VarChar || f.Type == Text) && f.truth(enableAnalyzerKey)
}

func (f *Field) matched() bool {
	return (f.Type == VarChar || f.Type == Text) && f.truth(enableMatchKey)
}

func checkAnalyzers(s *CollectionSpec, _ *Limits) error {
	for _, f := range s.Fields {
		if err := f.checkAnalyzer(s.Fields); err != nil {
			return err
		}
	}
	return nil
}

// checkAnalyzer looks at the parameters of a field whose text is analyzed. Without its siblings, which are nil then, the
// field that a multi-analyzer depends on is not looked for.
func (f *Field) checkAnalyzer(siblings []*Field) error {
	if !f.analyzed() {
		if f.matched() {
			return errs.Invalid("field %s which has enable_match or is input of BM25 function must also enable_analyzer", f.Name)
		}
		return nil
	}
	one, single := FindProperty(f.TypeParams, analyzerKey)
	many, multi := FindProperty(f.TypeParams, multiAnalyzerKey)
	switch {
	case single && multi:
		return errs.Invalid("field %s analyzer params should be none if has multi analyzer params", f.Name)
	case single:
		return f.checkAnalyzerParams(one)
	case multi:
		return f.checkMultiAnalyzer(many, siblings)
	}
	return nil
}

func (f *Field) checkAnalyzerParams(text string) error {
	params, err := jsonObject(text)
	if err != nil {
		return errs.Invalid("%s of field %s is not a JSON object: %s", analyzerKey, f.Name, err)
	}
	return f.checkOneAnalyzer(params)
}

// checkOneAnalyzer: an analyzer is a built-in one by its type, or a tokenizer with filters.
func (f *Field) checkOneAnalyzer(params map[string]any) error {
	if kind, given := params["type"]; given {
		name, ok := kind.(string)
		if !ok || !slices.Contains(analyzers, name) {
			return errs.Invalid("unknown analyzer %s of field %s", shown(kind), f.Name)
		}
		return nil
	}
	if tokenizer, given := params["tokenizer"]; given {
		name, own := named(tokenizer)
		if !slices.Contains(tokenizers, name) {
			return errs.Invalid("unknown tokenizer %s of field %s", shown(tokenizer), f.Name)
		}
		if nested, given := own["analyzers"]; given && name == "language_identifier" {
			if err := f.checkNamedAnalyzers(nested); err != nil {
				return err
			}
		}
	}
	filter, given := params["filter"]
	if !given {
		return nil
	}
	list, ok := filter.([]any)
	if !ok {
		return errs.Invalid("filter of the analyzer of field %s is not a list", f.Name)
	}
	for _, item := range list {
		if name, _ := named(item); !slices.Contains(filters, name) {
			return errs.Invalid("unknown filter %s of field %s", shown(item), f.Name)
		}
	}
	return nil
}

func (f *Field) checkNamedAnalyzers(v any) error {
	byName, ok := v.(map[string]any)
	if !ok {
		return errs.Invalid("analyzers of field %s is not a JSON object", f.Name)
	}
	names := make([]string, 0, len(byName))
	for name := range byName {
		names = append(names, name)
	}
	slices.Sort(names) // the same schema always earns the same refusal
	for _, name := range names {
		params, ok := byName[name].(map[string]any)
		if !ok {
			return errs.Invalid("analyzer %s of field %s is not a JSON object", name, f.Name)
		}
		if err := f.checkOneAnalyzer(params); err != nil {
			return err
		}
	}
	return nil
}

// checkMultiAnalyzer: the analyzer of a row depends on the value of another field, and one serves all other values.
func (f *Field) checkMultiAnalyzer(text string, siblings []*Field) error {
	params, err := jsonObject(text)
	if err != nil {
		return errs.Invalid("%s of field %s is not a JSON object: %s", multiAnalyzerKey, f.Name, err)
	}
	by, given := params["by_field"]
	if !given {
		return errs.Invalid("multi analyzer params now must set by_field to specify with field decide analyzer")
	}
	name, ok := by.(string)
	if !ok {
		return errs.Invalid("multi analyzer params by_field must be string but now: %s", shown(by))
	}
	if siblings != nil {
		switch other := fieldFinder(siblings)(name); {
		case other == nil:
			return errs.Invalid("multi analyzer dependent field %s not exist in collection", name)
		case other.Type != VarChar:
			return errs.Invalid("multi analyzer now only support by string field, but field %s is not string", name)
		}
	}
	if alias, given := params["alias"]; given {
		names, ok := alias.(map[string]any)
		for _, target := range names {
			_, isText := target.(string)
			ok = ok && isText
		}
		if !ok {
			return errs.Invalid("multi analyzer alias must be string map but now: %s", shown(alias))
		}
	}
	all, given := params["analyzers"]
	if !given {
		return errs.Invalid("multi analyzer params must set analyzers")
	}
	if byName, ok := all.(map[string]any); ok && byName["default"] == nil {
		return errs.Invalid("multi analyzer must set default analyzer for all unknown value")
	}
	return f.checkNamedAnalyzers(all)
}

// named returns the name of a tokenizer or filter, which stands alone or as the type of an object with settings.
func named(v any) (string, map[string]any) {
	switch x := v.(type) {
	case string:
		return x, nil
	case map[string]any:
		name, _ := x["type"].(string)
		return name, x
	default:
		return "", nil
	}
}

// jsonObject reads one object and nothing behind it. The decoder bounds the depth.
func jsonObject(text string) (map[string]any, error) {
	var out map[string]any
	dec := json.NewDecoder(strings.NewReader(text))
	if err := dec.Decode(&out); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the object")
	}
	if out == nil {
		return nil, errors.New("it is null")
	}
	return out, nil
}

// shown is a value as a client reads it in an error: short, whatever was sent.
func shown(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return "?"
	}
	const most = 100
	if len(text) > most {
		return string(bytes.ToValidUTF8(text[:most], nil)) + "…"
	}
	return string(text)
}
