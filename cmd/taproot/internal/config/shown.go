package config

import (
	"regexp"
	"strings"

	"github.com/cockroachdb/errors"
)

// Shown returns what Write writes, for anybody who may ask a running service: passwords are left out.
func (c *Config) Shown() (string, error) {
	public := *c
	public.Store = withoutPassword(c.Store)
	var b strings.Builder
	err := public.Write(&b)
	return b.String(), errors.Wrap(err, "show the settings")
}

var paramPassword = regexp.MustCompile(`([?&]password=)[^&#]*`)

// withoutPassword blots out the two places of a password in the URL of a store. The hosts may be a list, which net/url does
// not take, so this looks at the text; what it cannot tell apart it rather leaves out.
func withoutPassword(store string) string {
	if i := strings.Index(store, "://"); i >= 0 {
		rest := store[i+len("://"):]
		if at := strings.LastIndex(rest, "@"); at >= 0 {
			user, _, _ := strings.Cut(rest[:at], ":")
			store = store[:i] + "://" + user + ":***" + rest[at:]
		}
	}
	return paramPassword.ReplaceAllString(store, "${1}***")
}
