package conformance

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/cockroachdb/errors"
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// dump returns everything that the API shows of a catalog, as text in a fixed order.
func dump(ctx context.Context, conn *grpc.ClientConn) (string, error) {
	d := &dumper{client: milvuspb.NewMilvusServiceClient(conn)}
	list, err := d.client.ListDatabases(ctx, &milvuspb.ListDatabasesRequest{})
	if err := d.add("databases", list, err); err != nil {
		return "", err
	}
	names := slices.Clone(list.GetDbNames())
	slices.Sort(names)
	for _, db := range names {
		if err := d.database(ctx, db); err != nil {
			return "", errors.Wrapf(err, "database %s", db)
		}
	}
	return d.text.String(), nil
}

type dumper struct {
	client milvuspb.MilvusServiceClient
	text   strings.Builder
}

// add writes an answer down. One that is no success is an error.
func (d *dumper) add(what string, reply proto.Message, err error) error {
	if err != nil {
		return errors.Wrap(err, what)
	}
	if s := statusOf(reply); s.String() != "" || s == nil {
		return errors.Newf("%s: %v", what, s)
	}
	// protojson varies its spacing from build to build, not within one.
	fmt.Fprintf(&d.text, "%s: %s\n", what, protojson.Format(reply))
	return nil
}

func (d *dumper) database(ctx context.Context, db string) error {
	desc, err := d.client.DescribeDatabase(ctx, &milvuspb.DescribeDatabaseRequest{DbName: db})
	if err := d.add("database "+db, desc, err); err != nil {
		return err
	}
	aliases, err := d.client.ListAliases(ctx, &milvuspb.ListAliasesRequest{DbName: db})
	if err := d.add("aliases in "+db, aliases, err); err != nil {
		return err
	}
	for _, a := range aliases.GetAliases() {
		alias, err := d.client.DescribeAlias(ctx, &milvuspb.DescribeAliasRequest{DbName: db, Alias: a})
		if err := d.add("alias "+a, alias, err); err != nil {
			return err
		}
	}
	list, err := d.client.ShowCollections(ctx, &milvuspb.ShowCollectionsRequest{DbName: db})
	if err := d.add("collections in "+db, list, err); err != nil {
		return err
	}
	for _, name := range list.GetCollectionNames() {
		coll, err := d.client.DescribeCollection(ctx, &milvuspb.DescribeCollectionRequest{DbName: db, CollectionName: name})
		if err := d.add("collection "+name, coll, err); err != nil {
			return err
		}
		parts, err := d.client.ShowPartitions(ctx, &milvuspb.ShowPartitionsRequest{DbName: db, CollectionName: name})
		if err := d.add("partitions of "+name, parts, err); err != nil {
			return err
		}
		if err := d.indexes(ctx, db, name); err != nil {
			return err
		}
	}
	return nil
}

// indexes writes the indexes of a collection down, which are refused where there are none.
func (d *dumper) indexes(ctx context.Context, db, name string) error {
	const notFound = 700
	list, err := d.client.DescribeIndex(ctx, &milvuspb.DescribeIndexRequest{DbName: db, CollectionName: name})
	if err == nil && list.GetStatus().GetCode() == notFound {
		return nil
	}
	if err := d.add("indexes of "+name, list, err); err != nil {
		return err
	}
	stats, err := d.client.GetIndexStatistics(ctx, &milvuspb.GetIndexStatisticsRequest{DbName: db, CollectionName: name})
	return d.add("statistics of indexes of "+name, stats, err)
}
