package main

import (
	"context"

	"github.com/cockroachdb/errors"
	"go.uber.org/zap"

	"github.com/taproot-db/taproot/cmd/taproot/internal/config"
	"github.com/taproot-db/taproot/kvstore"
	"github.com/taproot-db/taproot/kvstore/embedetcd"
	"github.com/taproot-db/taproot/kvstore/memory"
)

// openStore opens the store that the configuration names, and returns the prefix of all keys in it.
func openStore(ctx context.Context, c *config.Config, log *zap.Logger) (kvstore.Store, string, error) {
	switch c.Store {
	case "memory://":
		return memory.New(), "by-dev", nil
	case "":
		s, err := embedetcd.New(ctx, embedetcd.Config{Dir: c.DataDir, Logger: log})
		return s, "by-dev", err
	}
	return nil, "", errors.Newf("store %q: no such kind of store yet", c.Store)
}
