package main

import (
	"cmp"

	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"github.com/spf13/cobra"
)

// renamed is the answer of rename.
type renamed struct {
	Renamed    string `json:"renamed" yaml:"renamed"`
	Collection string `json:"collection" yaml:"collection"`
	// Database is where it is now, if --to-db was given.
	Database string `json:"database,omitempty" yaml:"database,omitempty"`
}

func newCollectionRename() *cobra.Command {
	var to string
	cmd := verb("rename", "Give a collection another name, or move it to another database", []string{"NAME", "NEW-NAME"},
		func(cmd *cobra.Command, c *client, api milvuspb.MilvusServiceClient, args []string) error {
			// Without --to-db it stays in the database of --db: the service takes the name of both from there.
			req := &milvuspb.RenameCollectionRequest{OldName: args[0], NewName: args[1], NewDBName: cmp.Or(to, c.db)}
			if _, err := api.RenameCollection(cmd.Context(), req); err != nil {
				return err
			}
			return c.write(cmd, renamed{Renamed: args[0], Collection: args[1], Database: to}, func(t *table) {
				line := "renamed collection " + args[0] + " to " + args[1]
				if to != "" {
					line += " in " + to
				}
				t.row(line)
			})
		})
	cmd.Flags().StringVar(&to, "to-db", "", "database to move it to; empty: it stays where it is")
	return cmd
}
