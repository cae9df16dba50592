package main

import (
	"strings"

	"github.com/cockroachdb/errors"
	"github.com/spf13/cobra"
)

func newRoot(s streams) *cobra.Command {
	root := group("taproot", "The metadata service of a vector database",
		newServe(), newStatus(), newDatabase(), newCollection(), newAlias(), newPartition(), newIndex(), newLoad(), newRelease(), newConfig(), newVersion())
	root.Long = `taproot keeps the catalog of a vector database and serves it over Milvus's gRPC API.

  taproot serve                        run it here, with an embedded store
  taproot status                       see how it is
  taproot collection create -f FILE    make collections from a file

Exit codes: 0 done, 1 refused or failed, 2 the command line, a setting or a file is wrong and nothing was tried.`
	root.SilenceUsage, root.SilenceErrors = true, true // report prints errors
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	root.SetFlagErrorFunc(usage)
	asUsage(root)
	return root
}

// asUsage makes what is wrong with the arguments of any command a usage error.
func asUsage(cmd *cobra.Command) {
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			if err := check(cmd, args); err != nil {
				return usage(cmd, err)
			}
			return nil
		}
	}
	for _, sub := range cmd.Commands() {
		asUsage(sub)
	}
}

// arguments checks that there are as many arguments as the command's line names.
func arguments(names ...string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		switch {
		case len(args) < len(names):
			return errors.Newf("%s is missing", strings.Join(names[len(args):], " and "))
		case len(args) > len(names):
			return errors.Newf("too many arguments, from %q on", args[len(names)])
		default:
			return nil
		}
	}
}

// group is a command that only holds others.
func group(use, short string, subs ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use: use, Short: short,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			err := errors.Newf("unknown command %q", args[0])
			if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
				return errors.WithHintf(err, "did you mean %s?", near[0])
			}
			return err
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.SuggestionsMinimumDistance = 2
	cmd.AddCommand(subs...)
	return cmd
}
