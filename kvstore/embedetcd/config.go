package embedetcd

import (
	"net/url"
	"path/filepath"
	"time"

	"github.com/cockroachdb/errors"
	"go.etcd.io/etcd/server/v3/embed"
	"go.uber.org/zap"

	"github.com/taproot-db/taproot/kvstore/etcd"
)

// Defaults of Config.
const (
	DefaultName            = "taproot"
	DefaultMaxTxnOps       = 4096
	DefaultMaxRequestBytes = 16 << 20
	DefaultQuotaBytes      = 8 << 30
	DefaultStartTimeout    = time.Minute

	// MinRetention is how long every View can be read at least, and the default.
	MinRetention = 5 * time.Minute
)

// Config describes the server. The zero value of every field but Dir is usable.
type Config struct {
	// Dir is the data directory. It is created, readable by its owner only, if it does not exist.
	Dir string
	// Name is the name of the member. It is looked at only when Dir is empty.
	Name string
	// PeerURL is the address other members would find this one at. Nothing listens there, but it is stored in the
	// membership when Dir is empty. Empty means http://localhost:2380.
	PeerURL string
	// UnixSocket is the path of a socket on which the server can be reached by its owner. Empty means none.
	UnixSocket string
	// Logger receives what the server has to say. Nil means nobody does. A server that cannot go on (its disk fails)
	// panics after it has said so.
	Logger *zap.Logger

	// MaxTxnOps and MaxRequestBytes bound one transaction.
	MaxTxnOps       int
	MaxRequestBytes int
	// QuotaBytes is the size the database file may reach. Beyond it only deletes are accepted until space was reclaimed.
	// More than 8 GiB is not recommended by etcd.
	QuotaBytes int64
	// Retention is how long a moment of the past can be read. At least MinRetention.
	Retention time.Duration
	// StartTimeout bounds how long New waits for the server to get ready, which takes as long as reading its log and
	// its index.
	StartTimeout time.Duration
}

// maxSocketPath is what the kernel's address of a unix socket holds, without the zero byte at its end.
const maxSocketPath = 107

// withDefaults fills in what is not set, and names the first field that cannot be right.
func (c Config) withDefaults() (Config, error) {
	if c.Dir == "" {
		return c, errors.New("Dir is empty")
	}
	dir, err := filepath.Abs(c.Dir)
	if err != nil {
		return c, errors.Wrapf(err, "Dir %s", errors.Safe(c.Dir))
	}
	c.Dir = dir
	if c.Name == "" {
		c.Name = DefaultName
	}
	if c.PeerURL == "" {
		c.PeerURL = embed.DefaultInitialAdvertisePeerURLs
	}
	if u, err := url.Parse(c.PeerURL); err != nil || u.Host == "" {
		return c, errors.Newf("PeerURL %q is no URL with a host", c.PeerURL)
	}
	if c.UnixSocket != "" {
		if c.UnixSocket, err = filepath.Abs(c.UnixSocket); err != nil {
			return c, errors.Wrapf(err, "UnixSocket %s", errors.Safe(c.UnixSocket))
		}
		if len(c.UnixSocket) > maxSocketPath {
			return c, errors.Newf("UnixSocket %s is longer than %d bytes", errors.Safe(c.UnixSocket), maxSocketPath)
		}
	}
	if c.Logger == nil {
		c.Logger = zap.NewNop()
	}
	if c.MaxTxnOps == 0 {
		c.MaxTxnOps = DefaultMaxTxnOps
	}
	if c.MaxRequestBytes == 0 {
		c.MaxRequestBytes = DefaultMaxRequestBytes
	}
	if c.QuotaBytes == 0 {
		c.QuotaBytes = DefaultQuotaBytes
	}
	if c.Retention == 0 {
		c.Retention = MinRetention
	}
	if c.StartTimeout == 0 {
		c.StartTimeout = DefaultStartTimeout
	}
	if err := c.client(nil).Validate(); err != nil {
		return c, err
	}
	switch {
	case c.QuotaBytes < 0:
		return c, errors.Newf("QuotaBytes is negative: %d", c.QuotaBytes)
	case c.Retention < MinRetention:
		return c, errors.Newf("Retention is %v, less than %v", c.Retention, MinRetention)
	case c.StartTimeout < 0:
		return c, errors.Newf("StartTimeout is negative: %v", c.StartTimeout)
	}
	return c, nil
}

// client is the configuration of a Store on the server.
func (c Config) client(l etcd.Local) etcd.Config {
	return etcd.Config{MaxTxnOps: c.MaxTxnOps, MaxRequestBytes: c.MaxRequestBytes, Local: l}
}

// server is the configuration of etcd.
func (c Config) server(log *zap.Logger) (*embed.Config, error) {
	peer, err := url.Parse(c.PeerURL)
	if err != nil {
		return nil, errors.Wrap(err, "PeerURL")
	}
	e := embed.NewConfig()
	e.ZapLoggerBuilder = embed.NewZapLoggerBuilder(log)
	e.Name = c.Name
	e.Dir = c.Dir
	e.ListenPeerUrls = nil
	e.ListenClientUrls = nil
	e.AdvertiseClientUrls = nil
	e.AdvertisePeerUrls = []url.URL{*peer}
	e.InitialCluster = e.InitialClusterFromName(e.Name)
	if c.UnixSocket != "" {
		socket := url.URL{Scheme: "unix", Path: c.UnixSocket}
		e.ListenClientUrls = []url.URL{socket}
		e.AdvertiseClientUrls = []url.URL{socket}
	}
	e.EnableGRPCGateway = false

	// A single member has nobody to wait for: the shorter its election, the sooner it starts.
	e.TickMs = 10
	e.ElectionMs = 100

	// The raft log is kept in memory for followers that lag. There are none.
	e.SnapshotCount = 1000
	e.SnapshotCatchUpEntries = 1000

	e.MaxTxnOps = uint(c.MaxTxnOps)
	e.MaxRequestBytes = uint(c.MaxRequestBytes)
	e.QuotaBackendBytes = c.QuotaBytes
	e.AutoCompactionMode = embed.CompactorModePeriodic
	e.AutoCompactionRetention = c.Retention.String()
	return e, nil
}
