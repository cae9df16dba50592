// Package open turns a URL into a Store. It is the only package that knows every backend.
//
// The one idea: what a backend needs to be told stands in one line, and nothing in it is guessed or ignored: an unknown
// parameter is an error that names it, so that a slip of the pen is found before it matters.
//
//	memory://                                       in the memory of this process; gone when it ends
//	embed:///var/lib/taproot                        an etcd server in this process, with its data in that directory
//	etcd://user:password@a:2379,b:2379/by-dev?ca=…  a cluster
//
// Every URL may say root=…, the prefix of all keys; that of etcd may say it as its path. The Store is not bound to the
// root: who gets it puts the root before its keys.
//
// Parameters of embed: name, peer_url, socket, quota_bytes, retention, max_txn_ops, max_request_bytes. Of memory:
// max_txn_ops, max_request_bytes. Of etcd: ca, cert, key, server_name, insecure_skip_verify, tls, user, password,
// password_file, dial_timeout, max_txn_ops, max_request_bytes. Durations are written like 5s, sizes in bytes.
package open

import (
	"context"
	"net/url"
	"strings"

	"github.com/cockroachdb/errors"
	"go.uber.org/zap"

	"github.com/taproot-db/taproot/kvstore"
	"github.com/taproot-db/taproot/kvstore/embedetcd"
	"github.com/taproot-db/taproot/kvstore/etcd"
	"github.com/taproot-db/taproot/kvstore/memory"
)

// DefaultRoot is the root when a URL names none.
const DefaultRoot = "by-dev"

// Options are what does not belong into a URL. The zero value is usable.
type Options struct {
	// Logger receives what a backend has to say. Nil means nobody does.
	Logger *zap.Logger
	// UnixSocket is where an embedded server can be reached. Empty means nowhere, unless the URL says socket=….
	UnixSocket string
}

// Open opens the Store that rawURL describes, and returns the root prefix for its keys, without slashes around it. An
// error is marked with ErrInvalid when the URL cannot be right and with ErrUnavailable when the backend does not answer.
// No error shows a password.
func Open(ctx context.Context, rawURL string, opts Options) (store kvstore.Store, root string, err error) {
	t, err := parse(rawURL)
	if err != nil {
		return nil, "", invalid(err)
	}
	switch t.scheme {
	case "memory":
		store, err = openMemory(t)
	case "embed":
		store, err = openEmbedded(ctx, t, opts)
	case "etcd":
		store, err = openEtcd(ctx, t, opts)
	default:
		err = invalid(errors.Newf("unknown scheme %q; there are memory, embed and etcd", t.scheme))
	}
	if err != nil {
		return nil, "", errors.Wrapf(err, "open %s", errors.Safe(t.shown))
	}
	return store, t.root, nil
}

func invalid(err error) error { return errors.Mark(err, kvstore.ErrInvalid) }

func openMemory(t *target) (kvstore.Store, error) {
	if t.user != nil || t.hosts != "" || strings.Trim(t.path, "/") != "" {
		return nil, invalid(errors.New("memory:// takes no host and no path; the root is written ?root=…"))
	}
	limits := kvstore.Limits{Ops: t.params.integer("max_txn_ops"), Bytes: t.params.integer("max_request_bytes")}
	if err := t.params.done(); err != nil {
		return nil, invalid(err)
	}
	return memory.New(memory.WithLimits(limits)), nil
}

func openEmbedded(ctx context.Context, t *target, opts Options) (kvstore.Store, error) {
	switch {
	case t.user != nil:
		return nil, invalid(errors.New("an embedded server has no users"))
	case t.hosts != "":
		return nil, invalid(errors.Newf("the directory must be absolute: write embed:///%s… with three slashes", t.hosts))
	case strings.Trim(t.path, "/") == "":
		return nil, invalid(errors.New("the directory is missing: write embed:///var/lib/…"))
	}
	cfg := embedetcd.Config{
		Dir:             t.path,
		Logger:          opts.Logger,
		Name:            t.params.text("name"),
		PeerURL:         t.params.text("peer_url"),
		UnixSocket:      t.params.text("socket"),
		QuotaBytes:      t.params.integer64("quota_bytes"),
		Retention:       t.params.duration("retention"),
		MaxTxnOps:       t.params.integer("max_txn_ops"),
		MaxRequestBytes: t.params.integer("max_request_bytes"),
	}
	if err := t.params.done(); err != nil {
		return nil, invalid(err)
	}
	if cfg.UnixSocket == "" {
		cfg.UnixSocket = opts.UnixSocket
	}
	return noNil(embedetcd.New(ctx, cfg))
}

func openEtcd(ctx context.Context, t *target, opts Options) (kvstore.Store, error) {
	cfg := etcd.Config{
		Logger:          opts.Logger,
		DialTimeout:     t.params.duration("dial_timeout"),
		MaxTxnOps:       t.params.integer("max_txn_ops"),
		MaxRequestBytes: t.params.integer("max_request_bytes"),
		ProbeKey:        t.root + "/", // within what a user of this root may read
	}
	var err error
	if cfg.Endpoints, err = endpoints(t.hosts); err != nil {
		return nil, invalid(err)
	}
	if cfg.User, cfg.Password, err = credentials(t); err != nil {
		return nil, invalid(err)
	}
	if cfg.TLS, err = tlsConfig(t.params); err != nil {
		return nil, invalid(err)
	}
	if err := t.params.done(); err != nil {
		return nil, invalid(err)
	}
	return noNil(etcd.Dial(ctx, cfg))
}

// noNil keeps a nil pointer from becoming a Store that is not nil.
func noNil[S kvstore.Store](s S, err error) (kvstore.Store, error) {
	if err != nil {
		return nil, err
	}
	return s, nil
}

// target is a URL taken apart.
type target struct {
	scheme string
	user   *url.Userinfo
	hosts  string // host:port,host:port
	path   string
	root   string
	params *params
	shown  string // the URL as errors may show it
}

// parse takes a URL apart. It does not use url.Parse for the whole, which knows one host only, and shows in its errors
// what it was given.
func parse(raw string) (*target, error) {
	scheme, rest, ok := strings.Cut(raw, "://")
	if !ok {
		return nil, errors.New("open: not a URL of a store, which begins with memory://, embed:// or etcd://")
	}
	t := &target{scheme: strings.ToLower(scheme)}
	if strings.Contains(rest, "#") {
		return nil, errors.Newf("open %s: # must be written %%23", errors.Safe(t.scheme+"://…"))
	}
	rest, query, _ := strings.Cut(rest, "?")
	authority, path, slash := strings.Cut(rest, "/")
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		user, err := userinfo(authority[:at])
		if err != nil {
			return nil, errors.Wrapf(err, "open %s", errors.Safe(t.scheme+"://…"))
		}
		t.user, authority = user, authority[at+1:]
	}
	t.hosts = authority
	t.shown = t.scheme + "://" + authority
	if slash {
		unescaped, err := url.PathUnescape("/" + path)
		if err != nil {
			return nil, errors.Newf("open %s: a percent sign in the path must be written %%25", errors.Safe(t.shown))
		}
		t.path = unescaped
		t.shown += "/" + path
	}
	params, err := parseParams(query)
	if err != nil {
		return nil, errors.Wrapf(err, "open %s", errors.Safe(t.shown))
	}
	t.params = params
	if t.root, err = rootOf(t); err != nil {
		return nil, errors.Wrapf(err, "open %s", errors.Safe(t.shown))
	}
	return t, nil
}

func userinfo(s string) (*url.Userinfo, error) {
	name, password, both := strings.Cut(s, ":")
	name, err := url.PathUnescape(name)
	if err == nil {
		password, err = url.PathUnescape(password)
	}
	if err != nil {
		return nil, errors.New("a percent sign in user or password must be written %25") // not err: it shows the text
	}
	if !both {
		return url.User(name), nil
	}
	return url.UserPassword(name, password), nil
}

// rootOf finds the root prefix: ?root=…, or the path where it is not something else.
func rootOf(t *target) (string, error) {
	root, given := t.params.lookup("root")
	if t.scheme == "etcd" {
		path := strings.Trim(t.path, "/")
		if given && path != "" && path != strings.Trim(root, "/") {
			return "", errors.Newf("the root is given twice, as path %q and as root=%q", path, root)
		}
		if path != "" {
			root, given = path, true
		}
	}
	if !given {
		return DefaultRoot, nil
	}
	root = strings.Trim(root, "/")
	if root == "" {
		return "", errors.New("the root is empty")
	}
	return root, nil
}

// endpoints takes the list of members apart.
func endpoints(hosts string) ([]string, error) {
	if hosts == "" {
		return nil, errors.New("no member is named: write etcd://host:2379,host:2379/…")
	}
	list := strings.Split(hosts, ",")
	for i, host := range list {
		switch {
		case host == "":
			return nil, errors.Newf("member %d of %q is empty", i+1, hosts)
		case !strings.Contains(host[strings.LastIndexByte(host, ']')+1:], ":"):
			list[i] = host + ":2379"
		}
	}
	return list, nil
}
