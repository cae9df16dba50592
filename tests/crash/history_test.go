package crash

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"time"
)

// outcome of a request.
type outcome int

const (
	done    outcome = iota // acknowledged
	refused                // the server said no, and has done nothing
	unknown                // no answer: it may have been done, or not
)

// request is one create or drop of a thing. A create of what is there, and a drop of what is not, are successes too; so an
// acknowledged create says that the thing was there at some moment between began and ended, a drop that it was not.
type request struct {
	thing   string // names a collection, or a partition within the collection of one id
	drop    bool
	began   time.Duration
	ended   time.Duration
	outcome outcome
}

// over is when a request can have had its effect at the latest.
func (r request) over() time.Duration {
	if r.outcome == unknown {
		return math.MaxInt64
	}
	return r.ended
}

// object is a thing that is there. Another one under the same name has another id.
type object struct {
	id      int64
	created uint64
	// content is all the rest that must never change.
	content string
}

// sight is an object that was seen: it was there at some moment after began.
type sight struct {
	thing string
	began time.Duration
	object
}

// history is what clients did between two looks at the catalog.
type history struct {
	requests []request
	sights   []sight
}

func (h *history) add(other history) {
	h.requests = append(h.requests, other.requests...)
	h.sights = append(h.sights, other.sights...)
}

// explain returns what the history cannot explain about the way from one state to another; nothing if all is well. Both states
// map things to the objects that are there.
func (h *history) explain(before, after map[string]object) []string {
	byThing := map[string]*history{}
	of := func(thing string) *history {
		if byThing[thing] == nil {
			byThing[thing] = &history{}
		}
		return byThing[thing]
	}
	for _, r := range h.requests {
		of(r.thing).requests = append(of(r.thing).requests, r)
	}
	for _, s := range h.sights {
		of(s.thing).sights = append(of(s.thing).sights, s)
	}
	for thing := range before {
		of(thing)
	}
	for thing := range after {
		of(thing)
	}
	var wrong []string
	for _, thing := range slices.Sorted(maps.Keys(byThing)) {
		b, wasThere := before[thing]
		a, isThere := after[thing]
		one := byThing[thing]
		var why []string
		switch {
		case !isThere:
			why = one.explainAbsent(wasThere)
		case wasThere && a.id == b.id:
			why = one.explainKept(b, a)
		default:
			why = one.explainNew(wasThere, a)
		}
		for _, w := range why {
			wrong = append(wrong, thing+": "+w)
		}
	}
	return wrong
}

// mayHave reports whether a create, or a drop, can have had its effect after a moment.
func (h *history) mayHave(drop bool, after time.Duration) bool {
	return slices.ContainsFunc(h.requests, func(r request) bool {
		return r.drop == drop && r.outcome != refused && r.over() > after
	})
}

// explainAbsent: whatever was there must have been dropped afterwards.
func (h *history) explainAbsent(wasThere bool) (why []string) {
	if wasThere && !h.mayHave(true, -1) {
		why = append(why, "is gone, and nobody dropped it")
	}
	for _, r := range h.requests {
		if !r.drop && r.outcome == done && !h.mayHave(true, r.began) {
			why = append(why, "an acknowledged create is lost")
		}
	}
	for _, s := range h.sights {
		if !h.mayHave(true, s.began) {
			why = append(why, fmt.Sprintf("was seen with id %d and is lost", s.id))
		}
	}
	return why
}

// explainKept: ids are never used again, so an object that is there before and after was there all the time.
func (h *history) explainKept(before, after object) (why []string) {
	if before != after {
		why = append(why, fmt.Sprintf("has changed: %+v became %+v", before, after))
	}
	for _, r := range h.requests {
		if r.drop && r.outcome == done {
			why = append(why, fmt.Sprintf("an acknowledged drop is undone, id %d is back", after.id))
		}
	}
	return append(why, h.explainSights(after)...)
}

// explainNew: it was created in the meantime, after every acknowledged drop began.
func (h *history) explainNew(wasThere bool, after object) (why []string) {
	if !h.mayHave(false, -1) {
		why = append(why, fmt.Sprintf("nobody created id %d", after.id))
	}
	if wasThere && !h.mayHave(true, -1) {
		why = append(why, fmt.Sprintf("id %d took the place of another, which nobody dropped", after.id))
	}
	for _, r := range h.requests {
		if r.drop && r.outcome == done && !h.mayHave(false, r.began) {
			why = append(why, fmt.Sprintf("an acknowledged drop is undone, id %d is back", after.id))
		}
	}
	return append(why, h.explainSights(after)...)
}

// explainSights: what was seen is what is there, or was dropped and followed by another create.
func (h *history) explainSights(after object) (why []string) {
	for _, s := range h.sights {
		switch {
		case s.id == after.id && s.object != after:
			why = append(why, fmt.Sprintf("was seen as %+v and is %+v", s.object, after))
		case s.id != after.id && s.id > after.id:
			why = append(why, fmt.Sprintf("was seen with id %d and now has the older id %d", s.id, after.id))
		case s.id != after.id && (!h.mayHave(true, s.began) || !h.mayHave(false, s.began)):
			why = append(why, fmt.Sprintf("was seen with id %d and now has id %d", s.id, after.id))
		}
	}
	return why
}
