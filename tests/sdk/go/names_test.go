package sdk_test

import (
	"slices"
	"testing"

	"github.com/milvus-io/milvus/client/v2/milvusclient"
)

func TestDatabases(t *testing.T) {
	ctx, client := newContext(t), connect(t)
	const name = "go_shop"
	t.Cleanup(func() { _ = client.DropDatabase(newContext(t), milvusclient.NewDropDatabaseOption(name)) })
	ok(t, client.CreateDatabase(ctx, milvusclient.NewCreateDatabaseOption(name).WithProperty("database.max.collections", 1)))
	refused(t, client.CreateDatabase(ctx, milvusclient.NewCreateDatabaseOption(name)), codeInvalid, "database already exist: "+name)
	names, err := client.ListDatabase(ctx, milvusclient.NewListDatabaseOption())
	ok(t, err)
	equal(t, "listed", slices.Contains(names, name) && slices.Contains(names, "default"), true)

	ok(t, client.AlterDatabaseProperties(ctx, milvusclient.NewAlterDatabasePropertiesOption(name).WithProperty("timezone", "Asia/Tokyo")))
	d, err := client.DescribeDatabase(ctx, milvusclient.NewDescribeDatabaseOption(name))
	ok(t, err)
	equal(t, "time zone", d.Properties["timezone"], "Asia/Tokyo")
	equal(t, "limit", d.Properties["database.max.collections"], "1")

	inside := connect(t) // a connection of its own: a database is a matter of the connection
	ok(t, inside.UseDatabase(ctx, milvusclient.NewUseDatabaseOption(name)))
	mustCreate(ctx, t, inside, simple("go_in_shop"))
	const codeTooMany = 102
	refused(t, create(ctx, t, inside, simple("go_too_many")), codeTooMany, "[dbName=go_shop][limit=1]")
	ok(t, client.DropDatabaseProperties(ctx, milvusclient.NewDropDatabasePropertiesOption(name, "database.max.collections")))
	mustCreate(ctx, t, inside, simple("go_in_shop_too"))
	found, err := client.HasCollection(ctx, milvusclient.NewHasCollectionOption("go_in_shop"))
	ok(t, err)
	equal(t, "seen from default", found, false)

	refused(t, client.DropDatabase(ctx, milvusclient.NewDropDatabaseOption(name)), codeInvalid, "must drop all collections before drop database")
	refused(t, client.DropDatabase(ctx, milvusclient.NewDropDatabaseOption("default")), codeInvalid, "can not drop default database")
	for _, c := range []string{"go_in_shop", "go_in_shop_too"} {
		ok(t, inside.DropCollection(ctx, milvusclient.NewDropCollectionOption(c)))
	}
	for range 2 { // what is gone already is no failure
		ok(t, client.DropDatabase(ctx, milvusclient.NewDropDatabaseOption(name)))
	}
	_, err = client.DescribeDatabase(ctx, milvusclient.NewDescribeDatabaseOption(name))
	refused(t, err, codeDatabaseNotFound, "database not found[database=go_shop]")
}

func TestAliases(t *testing.T) {
	ctx, client := newContext(t), connect(t)
	one, two := simple("go_alias_one"), simple("go_alias_two")
	mustCreate(ctx, t, client, one)
	mustCreate(ctx, t, client, two)
	const alias = "go_alias"
	drop := func() error { return client.DropAlias(newContext(t), milvusclient.NewDropAliasOption(alias)) }
	t.Cleanup(func() { _ = drop() }) // before the collections, which it holds
	for range 2 {
		ok(t, client.CreateAlias(ctx, milvusclient.NewCreateAliasOption(one.Name, alias)))
	}
	const codeConflict, codeTaken, codeNoAlias = 1601, 1602, 1600
	refused(t, client.CreateAlias(ctx, milvusclient.NewCreateAliasOption(two.Name, alias)), codeTaken, "is alias to another collection: "+one.Name)
	refused(t, client.CreateAlias(ctx, milvusclient.NewCreateAliasOption(two.Name, one.Name)), codeConflict, "alias and collection name conflict")
	refused(t, create(ctx, t, client, simple(alias)), codeConflict, "alias and collection name conflict")
	refused(t, client.DropCollection(ctx, milvusclient.NewDropCollectionOption(one.Name)), codeInvalid, "associated aliases [go_alias]")
	equal(t, "described by its alias", describeRaw(ctx, t, client, alias).GetSchema().GetName(), one.Name)

	ok(t, client.AlterAlias(ctx, milvusclient.NewAlterAliasOption(alias, two.Name)))
	a, err := client.DescribeAlias(ctx, milvusclient.NewDescribeAliasOption(alias))
	ok(t, err)
	equal(t, "collection", a.CollectionName, two.Name)
	listed, err := client.ListAliases(ctx, milvusclient.NewListAliasesOption(two.Name))
	ok(t, err)
	equal(t, "listed", slices.Equal(listed, []string{alias}), true)
	for range 2 {
		ok(t, drop())
	}
	_, err = client.DescribeAlias(ctx, milvusclient.NewDescribeAliasOption(alias))
	refused(t, err, codeNoAlias, "alias not found[database=default][alias=go_alias]")
}

func TestRename(t *testing.T) {
	ctx, client, c := newContext(t), connect(t), simple("go_rename")
	mustCreate(ctx, t, client, c)
	const name = "go_renamed"
	dropAfter(t, client, name)
	before := describeRaw(ctx, t, client, c.Name)
	ok(t, client.RenameCollection(ctx, milvusclient.NewRenameCollectionOption(c.Name, name)))
	after := describeRaw(ctx, t, client, name)
	equal(t, "id", after.GetCollectionID(), before.GetCollectionID())
	equal(t, "name", after.GetSchema().GetName(), name)
	mustCreate(ctx, t, client, c) // its old name is free
	refused(t, client.RenameCollection(ctx, milvusclient.NewRenameCollectionOption(name, c.Name)), codeInvalid, "duplicated new collection name default:go_rename")
	refused(t, client.RenameCollection(ctx, milvusclient.NewRenameCollectionOption(name, name)), codeInvalid, "collection name or database name should be different")
	refused(t, client.RenameCollection(ctx, milvusclient.NewRenameCollectionOption("go_nowhere", "go_somewhere")), codeCollectionNotFound, "collection not found[database=default][collection=go_nowhere]")
}
