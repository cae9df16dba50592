package config

import (
	"iter"
	"maps"
	"slices"

	"github.com/cockroachdb/errors"

	"github.com/taproot-db/taproot/cmd/taproot/internal/suggest"
)

// ordered yields a map by ascending keys, so that the same mistakes give the same message.
func ordered(m map[string]any) iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		for _, k := range slices.Sorted(maps.Keys(m)) {
			if !yield(k, m[k]) {
				return
			}
		}
	}
}

// unknown is the refusal of a name, with the known one that is closest as a hint.
func unknown(what, name string, known []string) error {
	return suggest.Hint(errors.Newf("unknown %s %s", what, name), name, known)
}
