package main

import (
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"github.com/spf13/cobra"
)

func newDatabase() *cobra.Command {
	return group("db", "Make, show, alter and drop databases",
		verb("list", "List the databases", nil, listDatabases),
		newDatabaseCreate(),
		verb("describe", "Show a database with its properties", []string{"NAME"}, describeDatabase),
		newDatabaseAlter(),
		verb("drop", "Drop a database with no collections in it; one that is not there is no error", []string{"NAME"}, dropDatabase),
	)
}

func listDatabases(cmd *cobra.Command, c *client, api milvuspb.MilvusServiceClient, _ []string) error {
	r, err := api.ListDatabases(cmd.Context(), &milvuspb.ListDatabasesRequest{})
	if err != nil {
		return err
	}
	rows := make([]listed, len(r.GetDbNames()))
	for i, name := range r.GetDbNames() {
		rows[i] = listed{Name: name, ID: at(r.GetDbIds(), i), Created: utcNanos(at(r.GetCreatedTimestamp(), i))}
	}
	return c.write(cmd, rows, func(t *table) {
		t.row("NAME", "ID", "CREATED")
		for _, r := range rows {
			t.row(r.Name, r.ID, r.Created)
		}
	})
}

// utcNanos shows the time of creation of a database, which is in nanoseconds, unlike that of everything else.
func utcNanos(nanos uint64) string { return utc(nanos / 1e6) }

// databaseDescription is all that is known about a database.
type databaseDescription struct {
	Name       string            `json:"name" yaml:"name"`
	ID         int64             `json:"id" yaml:"id"`
	Created    string            `json:"created" yaml:"created"`
	Properties map[string]string `json:"properties" yaml:"properties"`
}

func describeDatabase(cmd *cobra.Command, c *client, api milvuspb.MilvusServiceClient, args []string) error {
	r, err := api.DescribeDatabase(cmd.Context(), &milvuspb.DescribeDatabaseRequest{DbName: args[0]})
	if err != nil {
		return err
	}
	d := databaseDescription{Name: r.GetDbName(), ID: r.GetDbID(), Created: utcNanos(r.GetCreatedTimestamp()), Properties: map[string]string{}}
	for _, p := range r.GetProperties() {
		d.Properties[p.GetKey()] = p.GetValue()
	}
	return c.write(cmd, d, func(t *table) {
		t.row("name", d.Name)
		t.row("id", d.ID)
		t.row("created", d.Created)
		for _, key := range sortedKeys(d.Properties) {
			t.row(key, d.Properties[key])
		}
	})
}

func newDatabaseCreate() *cobra.Command {
	var set []string
	cmd := verb("create", "Make a database; one that is there already is an error", []string{"NAME"},
		func(cmd *cobra.Command, c *client, api milvuspb.MilvusServiceClient, args []string) error {
			properties, err := pairsOf(cmd, "--set", set)
			if err != nil {
				return err
			}
			if _, err := api.CreateDatabase(cmd.Context(), &milvuspb.CreateDatabaseRequest{DbName: args[0], Properties: properties}); err != nil {
				return err
			}
			// The answer to a create is bare: the id has to be asked for.
			r, err := api.DescribeDatabase(cmd.Context(), &milvuspb.DescribeDatabaseRequest{DbName: args[0]})
			if err != nil {
				return err
			}
			m := made{Name: args[0], ID: r.GetDbID()}
			return c.write(cmd, m, func(t *table) { t.row("database "+m.Name, "id", m.ID) })
		})
	setFlag(cmd, &set)
	return cmd
}

func newDatabaseAlter() *cobra.Command {
	var p changes
	cmd := verb("alter", "Set properties of a database, or remove some", []string{"NAME"},
		func(cmd *cobra.Command, c *client, api milvuspb.MilvusServiceClient, args []string) error {
			set, err := p.pairs(cmd)
			if err != nil {
				return err
			}
			if _, err := api.AlterDatabase(cmd.Context(), &milvuspb.AlterDatabaseRequest{DbName: args[0], Properties: set, DeleteKeys: p.unset}); err != nil {
				return err
			}
			return c.write(cmd, map[string]string{"altered": args[0]}, func(t *table) { t.row("altered database " + args[0]) })
		})
	p.flags(cmd)
	return cmd
}

func dropDatabase(cmd *cobra.Command, c *client, api milvuspb.MilvusServiceClient, args []string) error {
	if _, err := api.DropDatabase(cmd.Context(), &milvuspb.DropDatabaseRequest{DbName: args[0]}); err != nil {
		return err
	}
	return c.write(cmd, map[string]string{"dropped": args[0]}, func(t *table) { t.row("dropped database " + args[0]) })
}
