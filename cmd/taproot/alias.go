package main

import (
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"github.com/spf13/cobra"
)

func newAlias() *cobra.Command {
	return group("alias", "Make, show, alter and drop aliases of collections",
		newAliasList(),
		verb("create", "Give a collection another name; one that it has is no error", []string{"COLLECTION", "ALIAS"}, createAlias),
		verb("alter", "Point an alias to another collection", []string{"COLLECTION", "ALIAS"}, alterAlias),
		verb("describe", "Show what an alias stands for", []string{"ALIAS"}, describeAlias),
		verb("drop", "Drop an alias; one that is not there is no error", []string{"ALIAS"}, dropAlias),
	)
}

// aliasLine is an alias with the collection that it stands for.
type aliasLine struct {
	Alias      string `json:"alias" yaml:"alias"`
	Collection string `json:"collection" yaml:"collection"`
}

func newAliasList() *cobra.Command {
	var collection string
	cmd := verb("list", "List the aliases of a database, or of a collection", nil,
		func(cmd *cobra.Command, c *client, api milvuspb.MilvusServiceClient, _ []string) error {
			r, err := api.ListAliases(cmd.Context(), &milvuspb.ListAliasesRequest{CollectionName: collection})
			if err != nil {
				return err
			}
			rows := make([]aliasLine, len(r.GetAliases()))
			for i, name := range r.GetAliases() {
				rows[i] = aliasLine{Alias: name, Collection: r.GetCollectionName()}
				if rows[i].Collection != "" {
					continue
				}
				// The list of a database does not say what its aliases stand for.
				d, err := api.DescribeAlias(cmd.Context(), &milvuspb.DescribeAliasRequest{Alias: name})
				if err != nil {
					return err
				}
				rows[i].Collection = d.GetCollection()
			}
			return c.write(cmd, rows, func(t *table) {
				t.row("ALIAS", "COLLECTION")
				for _, r := range rows {
					t.row(r.Alias, r.Collection)
				}
			})
		})
	cmd.Flags().StringVar(&collection, "collection", "", "only the aliases of this collection")
	return cmd
}

func createAlias(cmd *cobra.Command, c *client, api milvuspb.MilvusServiceClient, args []string) error {
	if _, err := api.CreateAlias(cmd.Context(), &milvuspb.CreateAliasRequest{CollectionName: args[0], Alias: args[1]}); err != nil {
		return err
	}
	return writeAlias(cmd, c, args)
}

func alterAlias(cmd *cobra.Command, c *client, api milvuspb.MilvusServiceClient, args []string) error {
	if _, err := api.AlterAlias(cmd.Context(), &milvuspb.AlterAliasRequest{CollectionName: args[0], Alias: args[1]}); err != nil {
		return err
	}
	return writeAlias(cmd, c, args)
}

func writeAlias(cmd *cobra.Command, c *client, args []string) error {
	a := aliasLine{Alias: args[1], Collection: args[0]}
	return c.write(cmd, a, func(t *table) { t.row("alias " + a.Alias + " of " + a.Collection) })
}

func describeAlias(cmd *cobra.Command, c *client, api milvuspb.MilvusServiceClient, args []string) error {
	r, err := api.DescribeAlias(cmd.Context(), &milvuspb.DescribeAliasRequest{Alias: args[0]})
	if err != nil {
		return err
	}
	d := map[string]string{"alias": r.GetAlias(), "collection": r.GetCollection(), "database": r.GetDbName()}
	return c.write(cmd, d, func(t *table) {
		for _, key := range sortedKeys(d) {
			t.row(key, d[key])
		}
	})
}

func dropAlias(cmd *cobra.Command, c *client, api milvuspb.MilvusServiceClient, args []string) error {
	if _, err := api.DropAlias(cmd.Context(), &milvuspb.DropAliasRequest{Alias: args[0]}); err != nil {
		return err
	}
	return c.write(cmd, map[string]string{"dropped": args[0]}, func(t *table) { t.row("dropped alias " + args[0]) })
}
