package crash

import (
	"testing"
	"time"
)

// A rule that never objects proves nothing: each is shown a history that breaks it, and one that just keeps it.
func TestExplain(t *testing.T) {
	t.Parallel()
	const a = "c"
	create := func(began, ended time.Duration, o outcome) request { return request{a, false, began, ended, o} }
	drop := func(began, ended time.Duration, o outcome) request { return request{a, true, began, ended, o} }
	one, two := object{id: 1, created: 10, content: "x"}, object{id: 2, created: 20, content: "x"}
	absent, first, second := map[string]object{}, map[string]object{a: one}, map[string]object{a: two}
	changed := map[string]object{a: {id: 1, created: 10, content: "y"}}

	for name, c := range map[string]struct {
		before, after map[string]object
		requests      []request
		sights        []sight
		wrong         bool
	}{
		"nothing happened":                        {before: first, after: first},
		"an object changed":                       {before: first, after: changed, wrong: true},
		"an object vanished":                      {before: first, after: absent, wrong: true},
		"an object appeared":                      {before: absent, after: first, wrong: true},
		"an object was replaced":                  {before: first, after: second, requests: []request{create(1, 2, done)}, wrong: true},
		"acknowledged create is there":            {before: absent, after: first, requests: []request{create(1, 2, done)}},
		"acknowledged create is lost":             {before: absent, after: absent, requests: []request{create(1, 2, done)}, wrong: true},
		"unknown create is there":                 {before: absent, after: first, requests: []request{create(1, 2, unknown)}},
		"unknown create is not there":             {before: absent, after: absent, requests: []request{create(1, 2, unknown)}},
		"refused create is there":                 {before: absent, after: first, requests: []request{create(1, 2, refused)}, wrong: true},
		"acknowledged drop holds":                 {before: first, after: absent, requests: []request{drop(1, 2, done)}},
		"acknowledged drop is undone":             {before: first, after: first, requests: []request{drop(1, 2, done)}, wrong: true},
		"unknown drop happened":                   {before: first, after: absent, requests: []request{drop(1, 2, unknown)}},
		"unknown drop did not happen":             {before: first, after: first, requests: []request{drop(1, 2, unknown)}},
		"refused drop happened":                   {before: first, after: absent, requests: []request{drop(1, 2, refused)}, wrong: true},
		"drop then create":                        {before: first, after: second, requests: []request{drop(1, 2, done), create(3, 4, done)}},
		"create then drop, and back again":        {before: absent, after: first, requests: []request{create(1, 2, done), drop(3, 4, done)}, wrong: true},
		"drop then create, and lost":              {before: first, after: absent, requests: []request{drop(1, 2, done), create(3, 4, done)}, wrong: true},
		"overlapping, created":                    {before: absent, after: first, requests: []request{create(1, 4, done), drop(2, 3, done)}},
		"overlapping, dropped":                    {before: absent, after: absent, requests: []request{create(1, 4, done), drop(2, 3, done)}},
		"seen and there":                          {before: absent, after: first, requests: []request{create(1, 2, done)}, sights: []sight{{a, 3, one}}},
		"seen and otherwise there":                {before: absent, after: changed, requests: []request{create(1, 2, done)}, sights: []sight{{a, 3, one}}, wrong: true},
		"seen and lost, drop was before":          {before: absent, after: absent, requests: []request{create(1, 9, done), drop(1, 2, done)}, sights: []sight{{a, 3, one}}, wrong: true},
		"seen and dropped":                        {before: absent, after: absent, requests: []request{create(1, 2, done), drop(4, 5, done)}, sights: []sight{{a, 3, one}}},
		"seen, dropped, created":                  {before: absent, after: second, requests: []request{create(1, 2, done), drop(4, 5, done), create(6, 7, done)}, sights: []sight{{a, 3, one}}},
		"seen, and there under another id":        {before: absent, after: second, requests: []request{create(1, 2, done)}, sights: []sight{{a, 3, one}}, wrong: true},
		"seen with a higher id than there is now": {before: absent, after: first, requests: []request{create(1, 9, unknown), drop(1, 9, unknown)}, sights: []sight{{a, 3, two}}, wrong: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := history{c.requests, c.sights}
			if got := h.explain(c.before, c.after); (len(got) > 0) != c.wrong {
				t.Errorf("explain says %q", got)
			}
		})
	}
}
