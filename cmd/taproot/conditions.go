package main

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"

	"github.com/cockroachdb/errors"
	"github.com/milvus-io/milvus-proto/go-api/v3/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"github.com/spf13/cobra"
	"google.golang.org/grpc/metadata"
)

// conditions are the flags that every verb takes which changes something.
type conditions struct {
	dryRun     bool
	ifRevision string
	requestID  string
	plans      []plan
}

// plan is what a dry run answered.
type plan struct {
	Summary string          `json:"summary" yaml:"summary"`
	Changes []plannedChange `json:"changes" yaml:"changes"`
}

type plannedChange struct {
	Kind   string `json:"kind" yaml:"kind"`
	Action string `json:"action" yaml:"action"`
	Name   string `json:"name" yaml:"name"`
	ID     int64  `json:"id,omitempty" yaml:"id,omitempty"`
}

// errPlanned ends a verb after a dry run: there is nothing to say of what was not done.
var errPlanned = errors.New("planned only")

// readingVerbs only look. All others change something and take conditions.
var readingVerbs = []string{"list", "describe", "status", "show", "config", "has", "stats"}

func (c *conditions) flags(cmd *cobra.Command, use string) {
	if slices.Contains(readingVerbs, use) {
		return
	}
	cmd.Flags().BoolVar(&c.dryRun, "dry-run", false, "check everything and show what would change, without changing it")
	cmd.Flags().StringVar(&c.ifRevision, "if-revision", "", "refuse if the object was changed after this revision, which status and every answer tell; 0: it must not exist")
	cmd.Flags().StringVar(&c.requestID, "request-id", "", "name of this request: done again under the same name, it is done once")
}

// checkConditions refuses what makes no sense before anything is tried.
func (c *conditions) checkConditions(cmd *cobra.Command) error {
	if c.ifRevision == "" {
		return nil
	}
	if _, err := strconv.ParseUint(c.ifRevision, 10, 64); err != nil {
		return usage(cmd, errors.Newf("--if-revision: must be a revision, a number from 0 on, not %q", c.ifRevision))
	}
	return nil
}

// changesCatalog reports whether a call with such an answer changes something: nearly all of these answer with a bare status.
func changesCatalog(resp any) bool {
	switch resp.(type) {
	case *commonpb.Status, *milvuspb.AlterCollectionSchemaResponse, *milvuspb.TruncateCollectionResponse:
		return true
	default:
		return false
	}
}

// impose adds the headers to a call that changes something.
func (c *conditions) impose(ctx context.Context, resp any) context.Context {
	if !changesCatalog(resp) {
		return ctx
	}
	var headers []string
	for _, h := range [...]struct{ name, value string }{
		{"taproot-if-revision", c.ifRevision}, {"taproot-request-id", c.requestID}, {"taproot-dry-run", map[bool]string{true: "true"}[c.dryRun]},
	} {
		if h.value != "" {
			headers = append(headers, h.name, h.value)
		}
	}
	return metadata.AppendToOutgoingContext(ctx, headers...)
}

// planned keeps the answer to a dry run and returns errPlanned. A service that did it all the same, because it does not know
// of dry runs, is an error: the user must learn of that.
func (c *conditions) planned(resp any, st *commonpb.Status) error {
	if !c.dryRun || !changesCatalog(resp) {
		return nil
	}
	summary, known := st.GetExtraInfo()["taproot-dry-run"]
	if !known {
		return errors.New("the service knows no dry run: it was done")
	}
	p := plan{Summary: summary}
	if err := json.Unmarshal([]byte(st.GetExtraInfo()["taproot-changes"]), &p.Changes); err != nil {
		return errors.Wrap(err, "what would change")
	}
	c.plans = append(c.plans, p)
	return errPlanned
}

// finish ends a verb: after a dry run it prints the plans, and then whatever went wrong.
func (c *client) finish(cmd *cobra.Command, err error) error {
	if errors.Is(err, errPlanned) {
		err = nil
	}
	if len(c.plans) == 0 {
		return err
	}
	werr := c.write(cmd, c.plans, func(t *table) {
		for _, p := range c.plans {
			t.row("dry run: " + p.Summary)
			for _, ch := range p.Changes {
				id := ""
				if ch.ID != 0 {
					id = "id " + strconv.FormatInt(ch.ID, 10)
				}
				t.row("  "+ch.Action, ch.Kind, ch.Name, id)
			}
		}
	})
	if err != nil {
		return err
	}
	return werr
}
