package conformance

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cockroachdb/errors"
	"go.yaml.in/yaml/v3"
)

// tree is what YAML makes of a text: map[string]any, []any, and scalars.
type tree = map[string]any

// row is one line of the table.
type row struct {
	file, group, name string
	spec              string
	limits            tree
	given             []any
	do                any
	want              any
	reply             any
	unchanged         bool
	then              []any
	everywhere        bool
	vars              tree
}

// common is what rows of all files may use: short names of fields and of statements.
type common struct {
	Fields     map[string]any `yaml:"fields"`
	Statements map[string]any `yaml:"statements"`
}

func readCommon() (*common, error) {
	c := &common{}
	text, err := os.ReadFile("rows/common.yaml")
	if err != nil {
		return nil, errors.WithStack(err)
	}
	return c, errors.Wrap(yaml.Unmarshal(text, c), "rows/common.yaml")
}

// readRows reads every file of rows.
func readRows() ([]row, error) {
	files, err := filepath.Glob("rows/*.yaml")
	if err != nil {
		return nil, errors.WithStack(err)
	}
	var rows []row
	for _, file := range files {
		if filepath.Base(file) == "common.yaml" {
			continue
		}
		more, err := readFile(file)
		if err != nil {
			return nil, errors.Wrap(err, file)
		}
		rows = append(rows, more...)
	}
	return rows, nil
}

func readFile(file string) ([]row, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, errors.WithStack(err)
	}
	var groups []tree
	if err := yaml.Unmarshal(text, &groups); err != nil {
		return nil, errors.WithStack(err)
	}
	var rows []row
	for _, g := range groups {
		name, _ := g["rows"].(string)
		if name == "" {
			return nil, errors.Newf("a group without a name: %v", g)
		}
		cases, ok := g["cases"].([]any)
		if !ok {
			return nil, errors.Newf("group %q has no cases", name)
		}
		delete(g, "rows")
		delete(g, "cases")
		for _, c := range cases {
			one, ok := c.(tree)
			if !ok {
				return nil, errors.Newf("group %q has a case that is no map: %v", name, c)
			}
			all := maps.Clone(g)
			maps.Copy(all, one)
			r, err := newRow(all)
			if err != nil {
				return nil, errors.Wrapf(err, "group %q, case %v", name, one["case"])
			}
			r.file, r.group = strings.TrimSuffix(filepath.Base(file), ".yaml"), name
			rows = append(rows, r)
		}
	}
	return rows, nil
}

// newRow takes the parts of a row apart. What is no part is a variable.
func newRow(all tree) (row, error) {
	r := row{vars: tree{}}
	for key, v := range all {
		ok := true
		switch key {
		case "case":
			r.name = fmt.Sprint(v)
		case "spec":
			r.spec, ok = v.(string)
		case "limits":
			r.limits, ok = v.(tree)
		case "given":
			r.given, ok = v.([]any)
		case "also": // more of the state before, of one case
		case "do":
			r.do = v
		case "want":
			r.want = v
		case "reply":
			r.reply = v
		case "unchanged":
			r.unchanged, ok = v.(bool)
		case "then":
			r.then, ok = v.([]any)
		case "everywhere":
			r.everywhere, ok = v.(bool)
		default:
			r.vars[key] = v
		}
		if !ok {
			return row{}, errors.Newf("%s has the wrong form: %v", key, v)
		}
	}
	if also, ok := all["also"].([]any); ok {
		r.given = append(slices.Clone(r.given), also...)
	}
	if r.name == "" || r.do == nil || r.want == nil || r.spec == "" {
		return row{}, errors.New("case, spec, do and want are required")
	}
	return r, nil
}

// expand puts variables in and carries out what generates: {$repeat: [text, times]}, {$join: [text, …]}, and in a list
// {$times: n, of: item} for n items, in which # stands for the number of the item, from 0.
func expand(v any, vars tree) (any, error) {
	switch v := v.(type) {
	case string:
		return substitute(v, vars)
	case []any:
		return expandList(v, vars)
	case tree:
		if len(v) == 1 {
			for key, arg := range v {
				if generator, ok := generators[key]; ok {
					return generator(arg, vars)
				}
			}
		}
		out := make(tree, len(v))
		for key, item := range v {
			var err error
			if out[key], err = expand(item, vars); err != nil {
				return nil, err
			}
		}
		return out, nil
	default:
		return v, nil
	}
}

var generators map[string]func(arg any, vars tree) (any, error)

func init() {
	generators = map[string]func(any, tree) (any, error){"$repeat": repeat, "$join": join}
}

func repeat(arg any, vars tree) (any, error) {
	parts, err := expandedList(arg, vars)
	if err != nil || len(parts) != 2 {
		return nil, errors.Newf("$repeat needs a text and a number: %v %v", arg, err)
	}
	n, ok := parts[1].(int)
	if !ok {
		return nil, errors.Newf("$repeat needs a number: %v", arg)
	}
	return strings.Repeat(fmt.Sprint(parts[0]), n), nil
}

func join(arg any, vars tree) (any, error) {
	parts, err := expandedList(arg, vars)
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	for _, p := range parts {
		fmt.Fprint(&b, p)
	}
	return b.String(), nil
}

func expandedList(arg any, vars tree) ([]any, error) {
	v, err := expand(arg, vars)
	if err != nil {
		return nil, err
	}
	list, ok := v.([]any)
	if !ok {
		return nil, errors.Newf("not a list: %v", arg)
	}
	return list, nil
}

func expandList(list []any, vars tree) (any, error) {
	out := make([]any, 0, len(list))
	for _, item := range list {
		if m, ok := item.(tree); ok && m["$times"] != nil {
			times, err := expand(m["$times"], vars)
			if err != nil {
				return nil, err
			}
			n, ok := times.(int)
			if !ok {
				return nil, errors.Newf("$times needs a number: %v", m)
			}
			for i := range n {
				one, err := expand(numbered(m["of"], i), vars)
				if err != nil {
					return nil, err
				}
				out = append(out, one)
			}
			continue
		}
		one, err := expand(item, vars)
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, nil
}

// unroll carries out $times in a list of statements, and nothing else: variables may be saved on the way.
func unroll(list []any) []any {
	var out []any
	for _, item := range list {
		m, ok := item.(tree)
		if n, times := m["$times"].(int); ok && times {
			for i := range n {
				out = append(out, numbered(m["of"], i))
			}
			continue
		}
		out = append(out, item)
	}
	return out
}

// numbered puts i for each # in all texts.
func numbered(v any, i int) any {
	switch v := v.(type) {
	case string:
		return strings.ReplaceAll(v, "#", fmt.Sprint(i))
	case []any:
		out := make([]any, len(v))
		for k, item := range v {
			out[k] = numbered(item, i)
		}
		return out
	case tree:
		out := make(tree, len(v))
		for key, item := range v {
			out[key] = numbered(item, i)
		}
		return out
	default:
		return v
	}
}

// substitute replaces $name by the variable's value, of whatever type, if that is the whole text, and ${name} anywhere.
func substitute(s string, vars tree) (any, error) {
	if name, ok := strings.CutPrefix(s, "$"); ok && !strings.ContainsAny(name, "{} $") {
		if v, ok := vars[name]; ok {
			return expand(v, vars)
		}
		return s, nil // $meta is a name; a wrong variable shows in the answer
	}
	for {
		begin := strings.Index(s, "${")
		if begin < 0 {
			return s, nil
		}
		name, rest, ok := strings.Cut(s[begin+2:], "}")
		v, known := vars[name]
		if !ok || !known {
			return nil, errors.Newf("unknown variable in %q", s)
		}
		v, err := expand(v, vars)
		if err != nil {
			return nil, err
		}
		s = s[:begin] + fmt.Sprint(v) + rest
	}
}
