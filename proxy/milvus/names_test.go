package milvus

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/milvus-io/milvus-proto/go-api/v3/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
	taprootv1 "github.com/taproot-db/taproot/proto/taproot/v1"
)

// Statements about databases, aliases and names, as the coordinator gets them. The connection is set to the database
// other: those about databases do not care.
func TestNameStatementsAreSent(t *testing.T) {
	t.Parallel()
	h := start(t, shelf())
	ctx := inDatabase(t, "other")
	for name, tc := range map[string]struct {
		call func() (*commonpb.Status, error)
		want *taprootv1.ExecuteRequest
	}{
		"create database": {
			func() (*commonpb.Status, error) {
				return h.CreateDatabase(ctx, &milvuspb.CreateDatabaseRequest{DbName: "d", Properties: []*commonpb.KeyValuePair{kv("k", "v")}})
			},
			&taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_CreateDatabase{CreateDatabase: &taprootv1.CreateDatabase{
				Database: "d", Properties: []*taprootv1.Property{{Key: "k", Value: "v"}},
			}}},
		},
		"drop database": {
			func() (*commonpb.Status, error) {
				return h.DropDatabase(ctx, &milvuspb.DropDatabaseRequest{DbName: "none"})
			},
			&taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_DropDatabase{DropDatabase: &taprootv1.DropDatabase{Database: "none"}}},
		},
		"alter database, set": {
			func() (*commonpb.Status, error) {
				return h.AlterDatabase(ctx, &milvuspb.AlterDatabaseRequest{DbName: "d", Properties: []*commonpb.KeyValuePair{kv("k", "v")}})
			},
			&taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_AlterDatabase{AlterDatabase: &taprootv1.AlterDatabase{
				Database: "d", Set: []*taprootv1.Property{{Key: "k", Value: "v"}},
			}}},
		},
		"alter database, remove": {
			func() (*commonpb.Status, error) {
				return h.AlterDatabase(ctx, &milvuspb.AlterDatabaseRequest{DbName: "d", DeleteKeys: []string{"k"}})
			},
			&taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_AlterDatabase{AlterDatabase: &taprootv1.AlterDatabase{
				Database: "d", Delete: []string{"k"},
			}}},
		},
		"create alias": {
			func() (*commonpb.Status, error) {
				return h.CreateAlias(ctx, &milvuspb.CreateAliasRequest{CollectionName: "books", Alias: "b"})
			},
			&taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_CreateAlias{CreateAlias: &taprootv1.CreateAlias{
				Database: "other", Collection: "books", Alias: "b",
			}}},
		},
		"alter alias": {
			func() (*commonpb.Status, error) {
				return h.AlterAlias(ctx, &milvuspb.AlterAliasRequest{DbName: "default", CollectionName: "books", Alias: "b"})
			},
			&taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_AlterAlias{AlterAlias: &taprootv1.AlterAlias{
				Database: "default", Collection: "books", Alias: "b",
			}}},
		},
		"drop alias, whatever its name": {
			func() (*commonpb.Status, error) { return h.DropAlias(ctx, &milvuspb.DropAliasRequest{Alias: "1/2"}) },
			&taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_DropAlias{DropAlias: &taprootv1.DropAlias{Database: "other", Alias: "1/2"}}},
		},
		"rename, the old name unchecked": {
			func() (*commonpb.Status, error) {
				return h.RenameCollection(ctx, &milvuspb.RenameCollectionRequest{OldName: "1 2", NewName: "b"})
			},
			&taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_RenameCollection{RenameCollection: &taprootv1.RenameCollection{
				Database: "other", Collection: "1 2", NewDatabase: "other", NewCollection: "b",
			}}},
		},
		"rename, to a default database": {
			func() (*commonpb.Status, error) {
				return h.RenameCollection(t.Context(), &milvuspb.RenameCollectionRequest{DbName: "other", OldName: "a", NewName: "b"})
			},
			&taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_RenameCollection{RenameCollection: &taprootv1.RenameCollection{
				Database: "other", Collection: "a", NewDatabase: "default", NewCollection: "b",
			}}},
		},
	} {
		st, err := tc.call()
		requireOK(t, st, err)
		asked := h.coordinator.requests()
		require.Len(t, asked, 1, name)
		require.Empty(t, cmp.Diff(tc.want, asked[0], protocmp.Transform()), name)
	}
}

// What this service refuses by itself never reaches the coordinator.
func TestNameStatementsThatAreRefused(t *testing.T) {
	t.Parallel()
	h := start(t, shelf())
	ctx := t.Context()
	const illegal = commonpb.ErrorCode_IllegalArgument
	for name, tc := range map[string]struct {
		call   func() (*commonpb.Status, error)
		code   int32
		legacy commonpb.ErrorCode
		reason string
	}{
		"create database, bad name": {
			func() (*commonpb.Status, error) {
				return h.CreateDatabase(ctx, &milvuspb.CreateDatabaseRequest{DbName: "1"})
			}, 802, unknown, "the first character of a database name must be an underscore or letter: invalid database name[database=1]",
		},
		"create database, time zone": {
			func() (*commonpb.Status, error) {
				return h.CreateDatabase(ctx, &milvuspb.CreateDatabaseRequest{DbName: "d", Properties: []*commonpb.KeyValuePair{kv("timezone", "x")}})
			}, 1100, illegal, "unknown or invalid IANA Time Zone ID: x: invalid parameter",
		},
		"drop database, no name": {
			func() (*commonpb.Status, error) { return h.DropDatabase(ctx, &milvuspb.DropDatabaseRequest{}) },
			802, unknown, "database name couldn't be empty: invalid database name[database=]",
		},
		"alter database, no name": {
			func() (*commonpb.Status, error) { return h.AlterDatabase(ctx, &milvuspb.AlterDatabaseRequest{}) },
			1100, illegal, "alter database failed, database name does not exists: invalid parameter",
		},
		"create alias, alias first": {
			func() (*commonpb.Status, error) {
				return h.CreateAlias(ctx, &milvuspb.CreateAliasRequest{CollectionName: "1", Alias: "2"})
			}, 1100, illegal, "Invalid collection alias: 2.  the first character of a collection alias must be an underscore or letter: invalid parameter",
		},
		"create alias, then name": {
			func() (*commonpb.Status, error) {
				return h.CreateAlias(ctx, &milvuspb.CreateAliasRequest{Alias: "a"})
			}, 1100, illegal, "collection name should not be empty: invalid parameter",
		},
		"alter alias": {
			func() (*commonpb.Status, error) {
				return h.AlterAlias(ctx, &milvuspb.AlterAliasRequest{CollectionName: "books"})
			}, 1100, illegal, "collection alias should not be empty: invalid parameter",
		},
		"rename, new name": {
			func() (*commonpb.Status, error) {
				return h.RenameCollection(ctx, &milvuspb.RenameCollectionRequest{OldName: "books", NewName: "a.b"})
			}, 1100, illegal, "Invalid collection name: a.b.  collection name can only contain numbers, letters and underscores: invalid parameter",
		},
		"rename, no new name": {
			func() (*commonpb.Status, error) {
				return h.RenameCollection(ctx, &milvuspb.RenameCollectionRequest{OldName: "books"})
			}, 1100, illegal, "collection name should not be empty: invalid parameter",
		},
	} {
		t.Log(name)
		st, err := tc.call()
		requireRefused(t, st, err, tc.code, tc.legacy, tc.reason)
	}
	require.Empty(t, h.coordinator.requests())
}

func TestDescribeAlias(t *testing.T) {
	t.Parallel()
	comes := func(b *catalog.Builder) {
		add := func(c catalog.Change) { b.Add(c.Ref, c.Put, catalog.Fingerprint{}) }
		add(catalog.PutCollection(&model.Collection{ID: keyedID + 90, Database: 1, Name: "comes", State: model.Creating}))
		add(catalog.PutAlias(&model.Alias{Database: 1, Name: "early", Collection: keyedID + 90}))
	}
	h := start(t, shelf(comes))
	reply, err := h.DescribeAlias(t.Context(), &milvuspb.DescribeAliasRequest{Alias: "shelf"})
	requireOK(t, reply.GetStatus(), err)
	require.Equal(t, [3]string{"default", "shelf", "books"}, [3]string{reply.GetDbName(), reply.GetAlias(), reply.GetCollection()})
	for name, tc := range map[string]struct {
		db     string
		alias  string
		code   int32
		reason string
	}{
		"missing":                {"", "none", 1600, "alias not found[database=default][alias=none]"},
		"a collection":           {"", "books", 1600, "alias not found[database=default][alias=books]"},
		"in another database":    {"other", "shelf", 1600, "alias not found[database=other][alias=shelf]"},
		"in a missing database":  {"none", "shelf", 800, "database not found[database=none]"},
		"of what is not visible": {"", "early", 1600, "alias not found[database=default][alias=early]"},
		"bad name":               {"none", "a b", 1100, "Invalid collection alias: a b.  collection alias can only contain numbers, letters and underscores: invalid parameter"},
		"no name":                {"", "", 1100, "collection alias should not be empty: invalid parameter"},
	} {
		reply, err := h.DescribeAlias(inDatabase(t, tc.db), &milvuspb.DescribeAliasRequest{Alias: tc.alias})
		require.NoError(t, err, name)
		require.Equal(t, tc.code, reply.GetStatus().GetCode(), name)
		require.Equal(t, tc.reason, reply.GetStatus().GetReason(), name)
	}
}

func TestListAliases(t *testing.T) {
	t.Parallel()
	more := func(b *catalog.Builder) {
		for _, a := range []*model.Alias{
			{Database: 1, Name: "z", Collection: keyedID},
			{Database: 1, Name: "a", Collection: booksID},
			{Database: otherDB, Name: "o", Collection: keyedID + 50},
		} {
			b.Add(catalog.AliasRef(a), a, catalog.Fingerprint{})
		}
	}
	h := start(t, shelf(more))
	for name, tc := range map[string]struct {
		db         string
		collection string
		want       *milvuspb.ListAliasesResponse
	}{
		"of a database":         {"", "", &milvuspb.ListAliasesResponse{DbName: "default", Aliases: []string{"a", "shelf", "z"}}},
		"of another":            {"other", "", &milvuspb.ListAliasesResponse{DbName: "other", Aliases: []string{"o"}}},
		"of a collection":       {"", "books", &milvuspb.ListAliasesResponse{DbName: "default", CollectionName: "books", Aliases: []string{"a", "shelf"}}},
		"of an alias":           {"", "a", &milvuspb.ListAliasesResponse{DbName: "default", CollectionName: "books", Aliases: []string{"a", "shelf"}}},
		"of one in another":     {"other", "books", &milvuspb.ListAliasesResponse{DbName: "other", CollectionName: "books", Aliases: []string{"o"}}},
		"of a missing one":      {"", "none", &milvuspb.ListAliasesResponse{Status: &commonpb.Status{Code: 100, Reason: "collection not found[collection=none]"}}},
		"in a missing database": {"none", "", &milvuspb.ListAliasesResponse{Status: &commonpb.Status{Code: 800, Reason: "database not found[database=none]"}}},
		"bad name":              {"none", "1", &milvuspb.ListAliasesResponse{Status: &commonpb.Status{Code: 1100, Reason: "Invalid collection name: 1.  the first character of a collection name must be an underscore or letter: invalid parameter"}}},
	} {
		reply, err := h.ListAliases(inDatabase(t, tc.db), &milvuspb.ListAliasesRequest{CollectionName: tc.collection})
		require.NoError(t, err, name)
		require.Equal(t, tc.want.GetStatus().GetCode(), reply.GetStatus().GetCode(), name)
		require.Equal(t, tc.want.GetStatus().GetReason(), reply.GetStatus().GetReason(), name)
		reply.Status, tc.want.Status = nil, nil
		require.Empty(t, cmp.Diff(tc.want, reply, protocmp.Transform()), name)
	}
}
