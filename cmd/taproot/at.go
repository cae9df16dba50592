package main

import (
	"strconv"
	"strings"
	"time"

	"github.com/cockroachdb/errors"
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"github.com/spf13/cobra"
)

// pastVerb is a verb that takes --at. What it asks for is then answered as of that time, because the client says so in its requests.
func pastVerb(use, short string, args []string, do func(cmd *cobra.Command, c *client, api milvuspb.MilvusServiceClient, args []string) error) *cobra.Command {
	var when string
	cmd := verb(use, short, args, func(cmd *cobra.Command, c *client, api milvuspb.MilvusServiceClient, args []string) error {
		var err error
		if c.at, err = hybrid(when, time.Now()); err != nil {
			return usage(cmd, errors.Wrap(err, "--at"))
		}
		return do(cmd, c, api, args)
	})
	cmd.Flags().StringVar(&when, "at", "", "answer as of a time: 2006-01-02T15:04:05Z, -5m for five minutes ago, or a hybrid timestamp")
	return cmd
}

// logicalBits is how many bits of a hybrid timestamp count within a millisecond.
const logicalBits = 18

// hybrid returns the hybrid timestamp that a text means; zero, which is the latest, for an empty one.
func hybrid(when string, now time.Time) (uint64, error) {
	if when == "" {
		return 0, nil
	}
	if ts, err := strconv.ParseUint(when, 10, 64); err == nil {
		return ts, nil
	}
	at, err := time.Parse(time.RFC3339, when)
	if err != nil {
		ago, derr := time.ParseDuration(when)
		if derr != nil || !strings.HasPrefix(when, "-") {
			return 0, errors.Newf("must be a time like 2006-01-02T15:04:05Z, a duration back like -5m, or a hybrid timestamp, not %q", when)
		}
		at = now.Add(ago)
	}
	if at.UnixMilli() <= 0 {
		return 0, errors.Newf("%s is before 1970", at.UTC().Format(time.RFC3339))
	}
	return uint64(at.UnixMilli()) << logicalBits, nil
}

// asOf puts the time of --at into a request that has a place for it.
func (c *client) asOf(req any) {
	if c.at == 0 {
		return
	}
	switch r := req.(type) {
	case *milvuspb.HasCollectionRequest:
		r.TimeStamp = c.at
	case *milvuspb.DescribeCollectionRequest:
		r.TimeStamp = c.at
	case *milvuspb.ShowCollectionsRequest:
		r.TimeStamp = c.at
	}
}

func hasCollection(cmd *cobra.Command, c *client, api milvuspb.MilvusServiceClient, args []string) error {
	r, err := api.HasCollection(cmd.Context(), &milvuspb.HasCollectionRequest{CollectionName: args[0]})
	if err != nil {
		return err
	}
	return c.write(cmd, map[string]bool{"has": r.GetValue()}, func(t *table) { t.row(r.GetValue()) })
}
