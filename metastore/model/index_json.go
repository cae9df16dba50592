package model

import (
	"slices"
	"strconv"
	"strings"

	"github.com/taproot-db/taproot/metastore/errs"
)

// castTypes are what the values under a path of a JSON field can be indexed as.
var castTypes = []string{"BOOL", "DOUBLE", "VARCHAR", "ARRAY_BOOL", "ARRAY_DOUBLE", "ARRAY_VARCHAR", "JSON"}

// checkCast: a JSON field's index must say what the values are.
func checkCast(p *indexPlan) error {
	if p.field.Type != JSON {
		return nil
	}
	cast, given := p.params.get(castTypeKey)
	name, _ := p.params.get(indexTypeKey)
	switch {
	case !given:
		return errs.Missing("json index must specify cast type")
	case !slices.Contains(castTypes, cast):
		return badIndexParams("json_cast_type %s is not supported", cast)
	case name == ngramIndex && cast != "VARCHAR":
		return badIndexParams("JSON field with ngram index must specify VARCHAR as json_cast_type, got %s", cast)
	}
	function, given := p.params.get(castFunctionKey)
	switch {
	case !given:
		return nil
	case function != "STRING_TO_DOUBLE":
		return badIndexParams("json_cast_function %s is not supported", function)
	case cast != "DOUBLE":
		return badIndexParams("json_cast_function %s is not supported for json_cast_type %s", function, cast)
	}
	return nil
}

// checkPath turns the path of a JSON field's index, which is written as in a filter expression, into a JSON pointer. Without one it is the
// name under which the field was asked for.
func (p *indexPlan) checkPath() error {
	if p.field.Type != JSON {
		return nil
	}
	text, given := p.params.get(jsonPathKey)
	if !given {
		text = p.asked
	}
	root, keys, ok := parseJSONPath(text)
	if !ok {
		return errs.Invalid("cannot parse json path: %s", text)
	}
	f, found := p.schema.IndexField(root)
	switch {
	case !found:
		return errs.Invalid("cannot parse json path: %s, field %s not exist", text, root)
	case f.ID != p.field.ID:
		return errs.Invalid("fieldID not match with field name")
	case root != f.Name:
		keys = append([]string{root}, keys...) // a key of the dynamic field
	}
	p.params.set(jsonPathKey, pointer(keys))
	return nil
}

// parseJSONPath reads a field's name, or $meta, with keys and positions behind it: meta["a"]['b'][0].
func parseJSONPath(text string) (root string, keys []string, ok bool) {
	text = strings.Trim(text, " \t")
	end := strings.IndexByte(text, '[')
	if end < 0 {
		end = len(text)
	}
	root, rest := text[:end], text[end:]
	if root != DynamicField && (root == "" || !letter(root[0]) || !only(root, letterOrDigit)) {
		return "", nil, false
	}
	for rest != "" {
		key, after, ok := parseKey(rest)
		if !ok {
			return "", nil, false
		}
		keys, rest = append(keys, key), after
	}
	return root, keys, true
}

// parseKey reads one key in brackets.
func parseKey(text string) (key, rest string, ok bool) {
	if len(text) < 3 || text[0] != '[' {
		return "", "", false
	}
	if quote := text[1]; quote == '"' || quote == '\'' {
		end := endOfQuote(text[1:])
		if end < 0 || !strings.HasPrefix(text[1+end:], "]") {
			return "", "", false
		}
		key, ok = unquoted(text[1 : 1+end])
		return key, text[2+end:], ok
	}
	key, rest, ok = strings.Cut(text[1:], "]")
	digits := key != "" && only(key, func(c byte) bool { return '0' <= c && c <= '9' })
	return key, rest, ok && digits && (key == "0" || key[0] != '0')
}

// endOfQuote returns how long the quoted text at the beginning is, quotes included; -1: it does not end.
func endOfQuote(text string) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case text[0]:
			return i + 1
		}
	}
	return -1
}

// unquoted takes quotes of either kind off, and escapes apart.
func unquoted(text string) (string, bool) {
	if text[0] == '\'' {
		inner := strings.ReplaceAll(text[1:len(text)-1], `\'`, `'`)
		text = `"` + strings.ReplaceAll(strings.ReplaceAll(inner, `\"`, `"`), `"`, `\"`) + `"`
	} else {
		text = strings.ReplaceAll(text, `\'`, `'`)
	}
	key, err := strconv.Unquote(text)
	return key, err == nil
}

var (
	escapePointer   = strings.NewReplacer("~", "~0", "/", "~1")
	unescapePointer = strings.NewReplacer("~1", "/", "~0", "~")
)

func pointer(keys []string) string {
	var b strings.Builder
	for _, key := range keys {
		b.WriteByte('/')
		_, _ = escapePointer.WriteString(&b, key)
	}
	return b.String()
}

// firstOfPointer returns the first key of a JSON pointer; empty if there is none.
func firstOfPointer(p string) string {
	key, _, _ := strings.Cut(strings.TrimPrefix(p, "/"), "/")
	return unescapePointer.Replace(key)
}
