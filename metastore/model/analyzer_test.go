package model_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/metastore/model"
)

func TestSpecAnalyzer(t *testing.T) {
	t.Parallel()
	text := func(params ...string) *model.CollectionSpec {
		return with(field("f", model.VarChar, append([]string{"max_length", "9"}, params...)...), field("lang", model.VarChar, "max_length", "9"))
	}
	on := func(params string) *model.CollectionSpec {
		return text("enable_analyzer", "true", "analyzer_params", params)
	}
	multi := func(params string) *model.CollectionSpec {
		return text("enable_analyzer", "true", "multi_analyzer_params", params)
	}
	needs := invalid("field f which has enable_match or is input of BM25 function must also enable_analyzer")
	rows := map[string]specCase{
		"analyzer":                 {text("enable_analyzer", "true"), refusal{}},
		"match":                    {text("enable_analyzer", "true", "enable_match", "true"), refusal{}},
		"match alone":              {text("enable_match", "true"), needs},
		"match, analyzer off":      {text("enable_match", "true", "enable_analyzer", "false"), needs},
		"match, analyzer unread":   {text("enable_match", "true", "enable_analyzer", "ja"), needs},
		"match off":                {text("enable_match", "false"), refusal{}},
		"match of a number":        {with(field("f", model.Int8, "enable_match", "true")), refusal{}},
		"no analyzer, no matter":   {text("analyzer_params", "nonsense"), refusal{}},
		"built in":                 {on(`{"type": "english", "stop_words": ["a"]}`), refusal{}},
		"nothing said":             {on(`{}`), refusal{}},
		"tokenizer":                {on(`{"tokenizer": "jieba"}`), refusal{}},
		"tokenizer with settings":  {on(`{"tokenizer": {"type": "lindera", "dict_kind": "ipadic"}, "filter": ["lowercase", {"type": "stop", "stop_words": ["of"]}]}`), refusal{}},
		"by language":              {on(`{"tokenizer": {"type": "language_identifier", "analyzers": {"default": {"tokenizer": "icu"}, "English": {"type": "english"}}}}`), refusal{}},
		"by language, unknown":     {on(`{"tokenizer": {"type": "language_identifier", "analyzers": {"default": {"tokenizer": "ic"}}}}`), invalid(`unknown tokenizer "ic" of field f`)},
		"by language, no map":      {on(`{"tokenizer": {"type": "language_identifier", "analyzers": []}}`), invalid("analyzers of field f is not a JSON object")},
		"no json":                  {on(`standard`), invalid("analyzer_params of field f is not a JSON object: invalid character 's' looking for beginning of value")},
		"a list":                   {on(`[]`), invalid("analyzer_params of field f is not a JSON object: json: cannot unmarshal array into Go value of type map[string]interface {}")},
		"null":                     {on(`null`), invalid("analyzer_params of field f is not a JSON object: it is null")},
		"empty":                    {on(``), invalid("analyzer_params of field f is not a JSON object: EOF")},
		"two objects":              {on(`{} {}`), invalid("analyzer_params of field f is not a JSON object: something follows the object")},
		"analyzer unknown":         {on(`{"type": "klingon"}`), invalid(`unknown analyzer "klingon" of field f`)},
		"analyzer a number":        {on(`{"type": 7}`), invalid(`unknown analyzer 7 of field f`)},
		"tokenizer unknown":        {on(`{"tokenizer": "magic"}`), invalid(`unknown tokenizer "magic" of field f`)},
		"tokenizer without a type": {on(`{"tokenizer": {}}`), invalid(`unknown tokenizer {} of field f`)},
		"tokenizer a number":       {on(`{"tokenizer": 1}`), invalid(`unknown tokenizer 1 of field f`)},
		"filter unknown":           {on(`{"tokenizer": "standard", "filter": ["lowercase", "louder"]}`), invalid(`unknown filter "louder" of field f`)},
		"filter no list":           {on(`{"filter": "lowercase"}`), invalid("filter of the analyzer of field f is not a list")},
		"filter with settings":     {on(`{"filter": [{"type": "louder"}]}`), invalid(`unknown filter {"type":"louder"} of field f`)},

		"multi":                {multi(`{"by_field": "lang", "analyzers": {"default": {"tokenizer": "icu"}, "en": {"type": "english"}}, "alias": {"eng": "en"}}`), refusal{}},
		"multi and single":     {text("enable_analyzer", "true", "analyzer_params", "{}", "multi_analyzer_params", "{}"), invalid("field f analyzer params should be none if has multi analyzer params")},
		"multi no json":        {multi(`x`), invalid("multi_analyzer_params of field f is not a JSON object: invalid character 'x' looking for beginning of value")},
		"multi by nothing":     {multi(`{"analyzers": {"default": {}}}`), invalid("multi analyzer params now must set by_field to specify with field decide analyzer")},
		"multi by a number":    {multi(`{"by_field": 1}`), invalid("multi analyzer params by_field must be string but now: 1")},
		"multi by none":        {multi(`{"by_field": "none"}`), invalid("multi analyzer dependent field none not exist in collection")},
		"multi by the key":     {multi(`{"by_field": "pk"}`), invalid("multi analyzer now only support by string field, but field pk is not string")},
		"multi alias":          {multi(`{"by_field": "lang", "alias": {"a": 1}}`), invalid(`multi analyzer alias must be string map but now: {"a":1}`)},
		"multi alias a list":   {multi(`{"by_field": "lang", "alias": []}`), invalid(`multi analyzer alias must be string map but now: []`)},
		"multi no analyzers":   {multi(`{"by_field": "lang"}`), invalid("multi analyzer params must set analyzers")},
		"multi no default":     {multi(`{"by_field": "lang", "analyzers": {"en": {}}}`), invalid("multi analyzer must set default analyzer for all unknown value")},
		"multi a list":         {multi(`{"by_field": "lang", "analyzers": []}`), invalid("analyzers of field f is not a JSON object")},
		"multi a text":         {multi(`{"by_field": "lang", "analyzers": {"default": "x"}}`), invalid("analyzer default of field f is not a JSON object")},
		"multi unknown":        {multi(`{"by_field": "lang", "analyzers": {"default": {}, "a": {"type": "x"}, "b": {"type": "y"}}}`), invalid(`unknown analyzer "x" of field f`)},
		"before unknown types": {edit(func(s *model.CollectionSpec) { s.Fields = append(text("enable_match", "true").Fields, field("u", 77)) }), needs},
	}
	for name := range strings.FieldsSeq("standard english chinese") {
		rows["analyzer "+name] = specCase{on(`{"type": "` + name + `"}`), refusal{}}
	}
	for name := range strings.FieldsSeq("standard whitespace jieba icu lindera char_group language_identifier grpc") {
		rows["tokenizer "+name] = specCase{on(`{"tokenizer": "` + name + `"}`), refusal{}}
	}
	for name := range strings.FieldsSeq("lowercase asciifolding alphanumonly cnalphanumonly cncharonly stop length stemmer decompounder removepunct regex pinyin synonym") {
		rows["filter "+name] = specCase{on(`{"filter": ["` + name + `"]}`), refusal{}}
	}
	runSpecs(t, rows)
}

// Deep and long parameters cost their length, and an error quotes little of them.
func TestAnalyzerHostile(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat(`{"tokenizer":{"type":"language_identifier","analyzers":{"default":`, 3000) + `{}` + strings.Repeat(`}}}`, 3000)
	for _, params := range []string{
		deep, strings.Repeat("[", 1<<20), `{"type": "` + strings.Repeat("ü", 1<<20) + `"}`, `{"type": "` + "\xff" + `"}`,
	} {
		s := with(field("f", model.VarChar, "max_length", "9", "enable_analyzer", "true", "analyzer_params", params))
		err := s.Validate(model.DefaultLimits())
		if params == deep {
			require.NoError(t, err)
			continue
		}
		require.Error(t, err)
		require.Less(t, len(err.Error()), 400)
	}
}

func TestValidateField(t *testing.T) {
	t.Parallel()
	l := model.DefaultLimits()
	text := func(params ...string) *model.Field {
		return field("f", model.VarChar, append([]string{"max_length", "9"}, params...)...)
	}
	for name, row := range map[string]struct {
		field *model.Field
		want  refusal
	}{
		"a text":              {text("enable_analyzer", "true", "analyzer_params", `{"type":"english"}`), refusal{}},
		"nil":                 {nil, missing("field schema is empty")},
		"none":                {field("f", model.None), invalid("data type None is not valid")},
		"element":             {sub("f", model.Array, model.JSON), invalid("element type JSON is not supported")},
		"name":                {field("1", model.Bool), refusal{1701, "Invalid field name: 1. The first character of a field name must be an underscore or letter.: field name invalid[field=1]"}},
		"length":              {field("f", model.VarChar), missing("type param(max_length) should be specified for the field(f) of collection c")},
		"default":             {&model.Field{Name: "f", Type: model.JSON, Default: &model.Value{Kind: model.ValueBytes}}, invalid("type not support default_value, type:JSON, name:f")},
		"match":               {text("enable_match", "true"), invalid("field f which has enable_match or is input of BM25 function must also enable_analyzer")},
		"analyzer":            {text("enable_analyzer", "true", "analyzer_params", `{"type":"x"}`), invalid(`unknown analyzer "x" of field f`)},
		"multi, by a sibling": {text("enable_analyzer", "true", "multi_analyzer_params", `{"by_field":"elsewhere","analyzers":{"default":{}}}`), refusal{}},
		"unknown type":        {field("f", 77), refusal{1100, "invalid parameter[expected=valid field][actual=field data type: 77 is not supported]"}},
	} {
		assert.Equal(t, row.want, of(model.ValidateField(row.field, "c", l)), name)
	}
}

func TestTimestamptzDefaults(t *testing.T) {
	t.Parallel()
	at := func(v model.Value) *model.Field { return &model.Field{Name: "f", Type: model.Timestamptz, Default: &v} }
	text := func(s string) *model.Field { return at(model.Value{Kind: model.ValueString, String: s}) }
	bad := func(s string) refusal { return invalid("default value of field (f) is no valid timestamptz: " + s) }
	micros := func(n int64) *model.Field { return at(model.Value{Kind: model.ValueTimestamptz, Int: n}) }
	outside := func(n string) refusal {
		return refusal{1100, "default value out of range: invalid parameter[" + n + " out of range -62167219200000000 <= value <= 253402300799999999]"}
	}
	for name, row := range map[string]struct {
		field *model.Field
		want  refusal
	}{
		"utc":               {text("2025-01-02T03:04:05Z"), refusal{}},
		"offset":            {text("2025-01-02T03:04:05.123456+08:00"), refusal{}},
		"local":             {text("2025-01-02 03:04:05"), refusal{}},
		"the first":         {text("0000-01-01T00:00:00Z"), refusal{}},
		"the last":          {text("9999-12-31T23:59:59.999999Z"), refusal{}},
		"later, in utc":     {text("9999-12-31T23:59:59-01:00"), bad("9999-12-31T23:59:59-01:00")},
		"earlier, in utc":   {text("0000-01-01T00:00:00+01:00"), bad("0000-01-01T00:00:00+01:00")},
		"no date":           {text("yesterday"), bad("yesterday")},
		"empty":             {text(""), bad("")},
		"micros":            {micros(5), refusal{}},
		"micros, the first": {micros(-62167219200000000), refusal{}},
		"micros, the last":  {micros(253402300799999999), refusal{}},
		"micros below":      {micros(-62167219200000001), outside("-62167219200000001")},
		"micros above":      {micros(253402300800000000), outside("253402300800000000")},
		"a number":          {at(model.Value{Kind: model.ValueLong, Int: 5}), invalid("type (Timestamptz) of field (f) is not equal to the type(DataType_Int64) of default_value")},
	} {
		assert.Equal(t, row.want, of(model.ValidateField(row.field, "c", model.DefaultLimits())), name)
	}

	for text, want := range map[string]int64{
		"1970-01-01T00:00:01Z": 1e6, "1970-01-01T08:00:00.5+08:00": 5e5, "1970-01-01T08:00:00": 0, "1970-01-01 08:00:00.000001": 1,
	} {
		got := model.StoredDefault(at(model.Value{Kind: model.ValueString, String: text}), "Asia/Shanghai")
		require.Equal(t, &model.Value{Kind: model.ValueTimestamptz, Int: want}, got, text)
	}
	require.Equal(t, "1970-01-01T08:00:00.5+08:00", model.FormatTimestamptz(5e5, "Asia/Shanghai"))
	for _, zone := range []string{"", "UTC", "Mars/Olympus"} {
		require.Equal(t, "1970-01-01T00:00:00Z", model.FormatTimestamptz(0, zone))
	}
	other := &model.Field{Type: model.VarChar, Default: &model.Value{Kind: model.ValueString, String: "1970-01-01T00:00:01Z"}}
	require.Same(t, other.Default, model.StoredDefault(other, "UTC"))
}
