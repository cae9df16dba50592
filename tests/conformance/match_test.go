package conformance

import (
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/cockroachdb/errors"
)

// match compares a part of an answer, as protojson has it, with what is wanted of it. Maps need only hold what is wanted, lists
// must be equal in length and order, null means absent or empty, and a map wanted of a list of key-value pairs looks at those
// keys. Matchers: {$any: true} is anything but empty, {$not: v}, {$above: v} and {$below: v} compare numbers, {$unordered: list}, {$has: list}, {$size: n},
// {$keys: list} are all keys of a list of pairs, {$exactly: map} is a list of pairs without others.
func (c *common) match(want, got any) error {
	switch want := want.(type) {
	case nil:
		if !empty(got) {
			return errors.Newf("wanted nothing, got %v", got)
		}
		return nil
	case tree:
		if len(want) == 1 {
			for key, arg := range want {
				if strings.HasPrefix(key, "$") && key != "$meta" {
					return c.matcher(key, arg, got)
				}
			}
		}
		if list, ok := got.([]any); ok {
			got = pairs(list)
		}
		m, ok := got.(tree)
		if !ok {
			return errors.Newf("wanted %v, got %v", want, got)
		}
		for key, w := range want {
			if err := c.match(w, m[key]); err != nil {
				return errors.Wrap(err, key)
			}
		}
		return nil
	case []any:
		list, _ := got.([]any)
		if len(list) != len(want) {
			return errors.Newf("wanted %d items: %v, got %d: %v", len(want), want, len(list), got)
		}
		for i := range want {
			if err := c.match(want[i], list[i]); err != nil {
				return errors.Wrapf(err, "item %d", i)
			}
		}
		return nil
	case string:
		if m, ok := got.(tree); ok && m["data_type"] != nil { // a field in short form
			f, err := c.field(want)
			if err != nil {
				return err
			}
			return c.match(f, got)
		}
	}
	if fmt.Sprint(want) != fmt.Sprint(got) {
		return errors.Newf("wanted %v, got %v", want, got)
	}
	return nil
}

func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == "" || v == "0"
	case bool:
		return !v
	case []any:
		return len(v) == 0
	case tree:
		return len(v) == 0
	default:
		return fmt.Sprint(v) == "0"
	}
}

// pairs turns a list of key-value pairs into a map.
func pairs(list []any) any {
	out := tree{}
	for _, item := range list {
		m, ok := item.(tree)
		if !ok || len(m) != 2 || m["key"] == nil {
			return list
		}
		out[fmt.Sprint(m["key"])] = m["value"]
	}
	return out
}

func (c *common) matcher(name string, arg, got any) error {
	switch name {
	case "$any":
		if empty(got) {
			return errors.New("wanted anything, got nothing")
		}
	case "$not":
		if c.match(arg, got) == nil {
			return errors.Newf("did not want %v", arg)
		}
	case "$above", "$below":
		a, okA := new(big.Int).SetString(fmt.Sprint(arg), 10)
		g, okG := new(big.Int).SetString(fmt.Sprint(got), 10)
		if sign := map[string]int{"$above": 1, "$below": -1}[name]; !okA || !okG || g.Cmp(a) != sign {
			return errors.Newf("wanted %s %v, got %v", name[1:], arg, got)
		}
	case "$size":
		if n := size(got); fmt.Sprint(n) != fmt.Sprint(arg) {
			return errors.Newf("wanted %v items, got %d: %v", arg, n, got)
		}
	case "$exactly":
		want, _ := arg.(tree)
		if n := size(got); n != len(want) {
			return errors.Newf("wanted %v and no more, got %v", want, got)
		}
		return c.match(want, got)
	case "$unordered", "$has":
		want, _ := arg.([]any)
		list, _ := got.([]any)
		if name == "$unordered" && len(list) != len(want) {
			return errors.Newf("wanted %v in any order, got %v", want, got)
		}
		for _, w := range want {
			if !slices.ContainsFunc(list, func(g any) bool { return c.match(w, g) == nil }) {
				return errors.Newf("wanted %v among others, got %v", w, got)
			}
		}
	default:
		return errors.Newf("there is no matcher %s", name)
	}
	return nil
}

func size(v any) int {
	switch v := v.(type) {
	case []any:
		return len(v)
	case string:
		return len(v)
	case tree:
		return len(v)
	default:
		return 0
	}
}
