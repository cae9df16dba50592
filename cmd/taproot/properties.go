package main

import (
	"strings"

	"github.com/cockroachdb/errors"
	"github.com/milvus-io/milvus-proto/go-api/v3/commonpb"
	"github.com/spf13/cobra"
)

// changes are the flags of properties to set and keys to remove.
type changes struct{ set, unset []string }

func (p *changes) flags(cmd *cobra.Command) {
	setFlag(cmd, &p.set)
	cmd.Flags().StringArrayVar(&p.unset, "unset", nil, "KEY to remove; may be given several times")
}

// pairs returns the properties to set.
func (p *changes) pairs(cmd *cobra.Command) ([]*commonpb.KeyValuePair, error) {
	switch {
	case len(p.set) == 0 && len(p.unset) == 0:
		return nil, usage(cmd, errors.New("nothing to change: --set KEY=VALUE or --unset KEY is missing"))
	case len(p.set) > 0 && len(p.unset) > 0:
		return nil, usage(cmd, errors.WithHint(errors.New("--set and --unset cannot be given together"), "alter twice"))
	}
	return pairsOf(cmd, "--set", p.set)
}

// pairsOf reads the KEY=VALUE texts of a flag. A value may be empty and hold further equals signs.
func pairsOf(cmd *cobra.Command, flag string, texts []string) ([]*commonpb.KeyValuePair, error) {
	var out []*commonpb.KeyValuePair
	for _, text := range texts {
		key, value, ok := strings.Cut(text, "=")
		if !ok || key == "" {
			return nil, usage(cmd, errors.Newf("%s: must be KEY=VALUE, not %q", flag, text))
		}
		out = append(out, &commonpb.KeyValuePair{Key: key, Value: value})
	}
	return out, nil
}

func setFlag(cmd *cobra.Command, set *[]string) {
	cmd.Flags().StringArrayVar(set, "set", nil, "KEY=VALUE to set; may be given several times")
}
