package config

import (
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/cockroachdb/errors"
	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/providers/posflag"
	"github.com/knadh/koanf/v2"
	"github.com/spf13/pflag"
)

// FileEnv is the variable that names the file, where the flag does not.
const FileEnv = envPrefix + "CONFIG"

// TestEnvPrefix starts the names of variables that belong to test suites; they are left alone.
const TestEnvPrefix = envPrefix + "TEST_"

// otherEnv are variables of the operator's verbs and of the suites under tests/, which a server that they start inherits.
var otherEnv = []string{
	envPrefix + "ADDR", envPrefix + "BIN", envPrefix + "SERVER", envPrefix + "TESTDATA", envPrefix + "SUITE_TMP", envPrefix + "READY_WITHIN",
}

// Sources is where a configuration comes from, besides the defaults.
type Sources struct {
	// File is the path of a YAML file; empty: $TAPROOT_CONFIG, or none.
	File string
	// Environ is in the form of os.Environ.
	Environ []string
	// Flags were made by AddFlags; only those that were given count. May be nil.
	Flags *pflag.FlagSet
}

// AddFlags adds a flag for each setting that has one.
func AddFlags(fs *pflag.FlagSet) {
	d := Default()
	for _, s := range table {
		if s.Flag == "" {
			continue
		}
		switch p := s.field(&d).(type) {
		case *bool:
			fs.Bool(s.Flag, *p, s.Doc)
		default:
			// Everything else is text here, so that a wrong value gets one and the same sentence wherever it stands.
			kind := "string"
			if _, isTime := p.(*time.Duration); isTime {
				kind = "duration"
			}
			fs.Var(&text{value: render(s.value(&d)), kind: kind}, s.Flag, s.Doc)
		}
	}
}

// text is a flag that takes anything; help shows it as a kind.
type text struct{ value, kind string }

func (t *text) Set(v string) error { t.value = v; return nil }
func (t *text) String() string     { return t.value }
func (t *text) Type() string       { return t.kind }

// Load returns the configuration from all sources, validated.
func Load(src Sources) (Config, error) {
	c := Default()
	if src.File == "" {
		src.File = lookup(src.Environ, FileEnv)
	}
	for _, layer := range []func(*Config, Sources) error{fromFile, fromEnv, fromFlags} {
		if err := layer(&c, src); err != nil {
			return Config{}, err
		}
	}
	return c, c.Validate()
}

// shorthand are sections that may be given a value of their own, which is that of their main setting.
var shorthand = map[string]string{"dataplane": "dataplane.mode"}

func fromFile(c *Config, src Sources) error {
	if src.File == "" {
		return nil
	}
	k := koanf.New(".")
	if err := k.Load(file.Provider(src.File), yaml.Parser()); err != nil {
		var path *fs.PathError
		if errors.As(err, &path) {
			return errors.Newf("config file %s: %v", src.File, path.Err)
		}
		return errors.Wrapf(err, "config file %s", src.File)
	}
	for key, v := range ordered(k.All()) {
		if main, ok := shorthand[key]; ok && v != nil {
			key = main
		}
		s, err := find(key)
		switch {
		case err != nil && v == nil && isSection(key):
			continue // a section without anything in it
		case err != nil && isSection(key):
			return errors.Newf("config file %s: %s is a section and takes no value of its own", src.File, key)
		case err != nil:
			return errors.Wrapf(err, "config file %s", src.File)
		case v == nil:
			return errors.Newf("config file %s: %s: has no value", src.File, key)
		}
		if err := s.set(c, v); err != nil {
			return errors.Wrapf(err, "config file %s: %s", src.File, key)
		}
	}
	return nil
}

func fromEnv(c *Config, src Sources) error {
	k := koanf.New("\x00") // names of variables stay whole: nothing in them is a section
	environ := func() []string { return src.Environ }
	if err := k.Load(env.Provider("\x00", env.Opt{Prefix: envPrefix, EnvironFunc: environ}), nil); err != nil {
		return errors.Wrap(err, "read the environment")
	}
	for name, v := range ordered(k.All()) {
		if name == FileEnv || strings.HasPrefix(name, TestEnvPrefix) || slices.Contains(otherEnv, name) {
			continue
		}
		i := slices.IndexFunc(table, func(s Setting) bool { return s.Env() == name })
		if i < 0 {
			return unknown("environment variable", name, envNames())
		}
		if err := table[i].set(c, v); err != nil {
			return errors.Wrapf(err, "environment variable %s", name)
		}
	}
	return nil
}

func fromFlags(c *Config, src Sources) error {
	if src.Flags == nil {
		return nil
	}
	k := koanf.New(".")
	given := func(f *pflag.Flag) (string, any) {
		i := slices.IndexFunc(table, func(s Setting) bool { return s.Flag == f.Name })
		if i < 0 || !f.Changed {
			return "", nil
		}
		return table[i].Key, f.Value.String()
	}
	if err := k.Load(posflag.ProviderWithFlag(src.Flags, ".", k, given), nil); err != nil {
		return errors.Wrap(err, "read the flags")
	}
	for key, v := range ordered(k.All()) {
		s, err := find(key)
		if err != nil {
			return err
		}
		if err := s.set(c, v); err != nil {
			return errors.Wrapf(err, "flag --%s", s.Flag)
		}
	}
	return nil
}

func find(key string) (Setting, error) {
	i := slices.IndexFunc(table, func(s Setting) bool { return s.Key == key })
	if i < 0 {
		return Setting{}, unknown("setting", key, keys())
	}
	return table[i], nil
}

func isSection(key string) bool {
	return slices.ContainsFunc(table, func(s Setting) bool { return strings.HasPrefix(s.Key, key+".") })
}

func keys() []string {
	out := make([]string, len(table))
	for i, s := range table {
		out[i] = s.Key
	}
	return out
}

func envNames() []string {
	out := []string{FileEnv}
	for _, s := range table {
		out = append(out, s.Env())
	}
	return out
}

func lookup(environ []string, name string) string {
	for _, e := range environ {
		if k, v, ok := strings.Cut(e, "="); ok && k == name {
			return v
		}
	}
	return ""
}
