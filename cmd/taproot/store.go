package main

import (
	"context"
	"log/slog"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/cockroachdb/errors"
	"go.uber.org/zap"

	"github.com/taproot-db/taproot/cmd/taproot/internal/config"
	"github.com/taproot-db/taproot/kvstore"
	"github.com/taproot-db/taproot/kvstore/open"
)

// Waits between attempts to reach a store that is away.
const (
	firstRetry = 100 * time.Millisecond
	mostRetry  = 5 * time.Second
)

// opener returns what opens the store of the configuration. A cluster that does not answer is tried until the context ends, and away is
// told why each time; a store in this process either opens or does not.
func opener(c *config.Config, log *slog.Logger, zlog *zap.Logger, away func(error)) (func(context.Context) (kvstore.Store, string, error), error) {
	target, err := storeURL(c)
	if err != nil {
		return nil, err
	}
	remote := strings.HasPrefix(target, "etcd:")
	opts := open.Options{Logger: zlog, UnixSocket: c.UnixSocket}
	return func(ctx context.Context) (kvstore.Store, string, error) {
		for wait := firstRetry; ; wait = min(2*wait, mostRetry) {
			store, root, err := open.Open(ctx, target, opts)
			if err == nil || !remote || !errors.Is(err, kvstore.ErrUnavailable) {
				return store, root, hinted(err)
			}
			away(err)
			log.LogAttrs(ctx, slog.LevelWarn, "the store is away, will be tried again", slog.Duration("after", wait), slog.Any("error", err))
			select {
			case <-time.After(wait):
			case <-ctx.Done():
				return nil, "", context.Cause(ctx)
			}
		}
	}, nil
}

// storeURL returns the URL of the store; the embedded one has none in the configuration, but a directory.
func storeURL(c *config.Config) (string, error) {
	if c.Store != "" {
		return c.Store, nil
	}
	dir, err := filepath.Abs(c.DataDir)
	if err != nil {
		return "", errors.Wrap(err, "dataDir")
	}
	u := url.URL{Scheme: "embed", Path: filepath.ToSlash(dir)}
	return u.String(), nil
}

// hinted helps where the URL is at fault; what a store refuses has hints of its own.
func hinted(err error) error {
	if errors.Is(err, kvstore.ErrInvalid) {
		return errors.Mark(errors.WithHint(err, "--store takes embed:///directory, etcd://host:2379/root or memory://"), errUsage)
	}
	return err
}
