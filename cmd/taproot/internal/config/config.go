// Package config is what `taproot serve` can be told, and where it was told it: defaults, a YAML file, the environment,
// flags, in that order; the later one wins.
//
// The one idea: every setting is one row of one table (table.go). Its name in the file, its environment variable, its flag, its
// bounds and its description come from that row, and a name that is in no row is refused, so a misspelled setting never passes as a default.
package config

import (
	"net"
	"slices"
	"strings"
	"time"

	"github.com/cockroachdb/errors"

	"github.com/taproot-db/taproot/metastore/model"
)

// Config is the whole configuration of one process.
type Config struct {
	// DataDir holds the embedded store. Not used when Store names another one.
	DataDir string
	// Store is the URL of the store; empty means the embedded one in DataDir.
	Store string
	// Listen and HTTPListen are host:port; port 0 takes a free one. HTTPListen may be empty: no HTTP.
	Listen, HTTPListen string
	// APISocket is the path of a second listener for gRPC; empty: none.
	APISocket string
	// UnixSocket is the path of a socket on which the embedded store can be reached with its own tools; empty: none.
	UnixSocket string
	// AddressFile is a path where the addresses in use are written once they are known; empty: nowhere.
	AddressFile string
	// Pprof serves Go's profiles on HTTPListen.
	Pprof bool
	// ClusterID is the catalog that is expected in the store; empty: any.
	ClusterID string
	// Create allows an empty store although a ClusterID is given.
	Create bool
	// StopTimeout bounds the time from the signal to stop until the process has ended.
	StopTimeout time.Duration
	Log         Log
	Queue       Queue
	Journal     Journal
	// ChannelCluster and ChannelTopic are the two parts of the prefix of physical channels.
	ChannelCluster, ChannelTopic string
	// DefaultDBProperties is a JSON object of strings: the properties with which the default database is made.
	DefaultDBProperties string

	// DataPlane is none or external.
	DataPlane string

	limits model.Limits
}

// Log says what is logged and in what form.
type Log struct {
	Level  string
	Format string
}

// Queue bounds the statements that are under way.
type Queue struct {
	// Waiting and AtOnce are the most that wait and that run.
	Waiting, AtOnce int
}

// Journal says how much history is kept; the bound that is reached first counts.
type Journal struct {
	MaxAge   time.Duration
	MaxBytes int64
}

// Default returns the configuration of a process that was told nothing.
func Default() Config {
	return Config{
		DataDir:             "taproot-data",
		Listen:              "127.0.0.1:19530",
		HTTPListen:          "127.0.0.1:9091",
		StopTimeout:         5 * time.Second,
		Log:                 Log{Level: "info", Format: "auto"},
		Queue:               Queue{Waiting: 1024, AtOnce: 256},
		Journal:             Journal{MaxAge: 24 * time.Hour, MaxBytes: 1 << 30},
		ChannelCluster:      "by-dev",
		ChannelTopic:        "rootcoord-dml",
		DefaultDBProperties: "{}",
		DataPlane:           "none",
		limits:              model.DefaultLimits(),
	}
}

// Limits returns what clients may ask for.
func (c *Config) Limits() model.Limits {
	l := c.limits
	l.ChannelPrefix = c.ChannelCluster + "-" + c.ChannelTopic
	l.ExternalDataPlane = c.DataPlane == "external"
	return l
}

// Validate names the first setting that cannot work, by its name in the file.
func (c *Config) Validate() error {
	for _, s := range table {
		if err := s.validate(c); err != nil {
			return err
		}
	}
	if c.Store == "" && c.DataDir == "" {
		return errors.New("dataDir: must not be empty without a store")
	}
	// The rows hold the bounds under the names that people write; this holds what only the model knows.
	return errors.Wrap(c.Limits().Validate(), "limits")
}

func dataPlaneMode(s string) error {
	if s != "none" && s != "external" {
		return errors.Newf("must be none or external, not %q", s)
	}
	return nil
}

func listenAddress(s string) error {
	if _, _, err := net.SplitHostPort(s); err != nil {
		return errors.Newf("must be host:port, not %q", s)
	}
	return nil
}

func optional(check func(string) error) func(string) error {
	return func(s string) error {
		if s == "" {
			return nil
		}
		return check(s)
	}
}

func oneOf(words ...string) func(string) error {
	return func(s string) error {
		if !slices.Contains(words, s) {
			return errors.Newf("must be one of %s, not %q", strings.Join(words, ", "), s)
		}
		return nil
	}
}

func notEmpty(s string) error {
	if s == "" {
		return errors.New("must not be empty")
	}
	return nil
}
