package open

import (
	"maps"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cockroachdb/errors"
)

// params are the parameters of a URL. Each is asked for once, by the backend that knows it; what is left over nobody
// knows. The first mistake is kept until done.
type params struct {
	values map[string]string
	err    error
}

func parseParams(query string) (*params, error) {
	parsed, err := url.ParseQuery(query)
	if err != nil {
		return nil, errors.New("the parameters cannot be read: percent signs and semicolons must be escaped") // not err: it shows them
	}
	p := &params{values: make(map[string]string, len(parsed))}
	for _, name := range slices.Sorted(maps.Keys(parsed)) {
		if len(parsed[name]) > 1 {
			return nil, errors.Newf("parameter %s is given twice", errors.Safe(name))
		}
		p.values[name] = parsed[name][0]
	}
	return p, nil
}

// lookup takes a parameter out.
func (p *params) lookup(name string) (value string, given bool) {
	value, given = p.values[name]
	delete(p.values, name)
	return value, given
}

// text takes out a parameter that may be any text but an empty one.
func (p *params) text(name string) string {
	value, given := p.lookup(name)
	if given && value == "" {
		p.fail("parameter %s is empty", name)
	}
	return value
}

func (p *params) integer64(name string) int64 {
	value, given := p.lookup(name)
	if !given {
		return 0
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n <= 0 {
		p.fail("parameter %s is no positive number", name)
	}
	return n
}

func (p *params) integer(name string) int {
	n := p.integer64(name)
	if n > math.MaxInt32 {
		p.fail("parameter %s is too large", name)
	}
	return int(n)
}

func (p *params) duration(name string) time.Duration {
	value, given := p.lookup(name)
	if !given {
		return 0
	}
	d, err := time.ParseDuration(value)
	if err != nil || d <= 0 {
		p.fail("parameter %s is no positive duration like 5s", name)
	}
	return d
}

func (p *params) boolean(name string) (value, given bool) {
	text, given := p.lookup(name)
	if !given {
		return false, false
	}
	value, err := strconv.ParseBool(text)
	if err != nil {
		p.fail("parameter %s is neither true nor false", name)
	}
	return value, true
}

// fail keeps the first mistake. It names the parameter and never shows the value, which may be a secret in the wrong place.
func (p *params) fail(format, name string) {
	if p.err == nil {
		p.err = errors.Newf(format, errors.Safe(name))
	}
}

// done returns the first mistake, or that a parameter is left over.
func (p *params) done() error {
	if p.err != nil {
		return p.err
	}
	if len(p.values) == 0 {
		return nil
	}
	return errors.Newf("unknown parameter %s", errors.Safe(strings.Join(slices.Sorted(maps.Keys(p.values)), ", ")))
}
