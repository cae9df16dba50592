// Package suggest finds the name that a misspelled one most likely stands for.
package suggest

import (
	"strings"

	"github.com/cockroachdb/errors"
)

// Hint adds a hint to err if a known name is close to name; otherwise it returns err itself.
func Hint(err error, name string, known []string) error {
	if best, ok := Closest(name, known); ok {
		return errors.WithHintf(err, "did you mean %s?", best)
	}
	return err
}

// Closest returns the known name that is closest, or false if none is near. Case does not count, and a name without its sections
// is as near as one with them.
func Closest(name string, known []string) (string, bool) {
	best, distance := "", len(name)+1
	for _, k := range known {
		short := k[strings.LastIndexByte(k, '.')+1:]
		for _, candidate := range []string{k, short} {
			if d := edits(strings.ToLower(name), strings.ToLower(candidate)); d < distance {
				best, distance = k, d
			}
		}
	}
	// Two letters or a third of them may be wrong, one in a very short name; beyond that a hint misleads.
	tolerance := max(2, len(name)/3)
	if len(name) < 4 {
		tolerance = 1
	}
	return best, best != "" && distance <= tolerance
}

// edits is the Levenshtein distance: the least number of letters to put in, take out or exchange.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
