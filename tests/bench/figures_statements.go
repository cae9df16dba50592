package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/milvus-io/milvus-proto/go-api/v3/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"

	"github.com/taproot-db/taproot/tests/internal/milvus"
)

// statements measures the time of small statements with one client, against that of a create: they write fewer records, and wait for as
// many fsyncs.
func (b *bench) statements(ctx context.Context) error {
	n, product, err := b.product(ctx, "")
	if err != nil {
		return err
	}
	defer n.Kill()
	defer product.close()
	const shelf, rack, moved = "shelf", "rack", "moved"
	for _, name := range []string{shelf, rack, moved} {
		if err := milvus.Create(ctx, product.conns[0], milvus.Schema(name)); err != nil {
			return err
		}
	}
	aliased := func(n uint64) string { return "alias" + strconv.FormatUint(n, 10) }
	if err := milvus.Check(product.conns[0].CreateAlias(ctx, &milvuspb.CreateAliasRequest{CollectionName: shelf, Alias: aliased(0)})); err != nil {
		return err
	}
	last := moved
	others := []struct {
		name string
		call call
	}{
		{"alter", func(ctx context.Context, c *milvus.Conn, n uint64) error {
			return milvus.Check(c.AlterCollection(ctx, &milvuspb.AlterCollectionRequest{
				CollectionName: shelf, Properties: []*commonpb.KeyValuePair{{Key: "n", Value: strconv.FormatUint(n, 10)}},
			}))
		}},
		{"rename", func(ctx context.Context, c *milvus.Conn, n uint64) error {
			from := last
			last = moved + strconv.FormatUint(n, 10)
			return milvus.Check(c.RenameCollection(ctx, &milvuspb.RenameCollectionRequest{OldName: from, NewName: last}))
		}},
		{"create alias", func(ctx context.Context, c *milvus.Conn, n uint64) error {
			return milvus.Check(c.CreateAlias(ctx, &milvuspb.CreateAliasRequest{CollectionName: shelf, Alias: aliased(n)}))
		}},
		{"alter alias", func(ctx context.Context, c *milvus.Conn, n uint64) error {
			return milvus.Check(c.AlterAlias(ctx, &milvuspb.AlterAliasRequest{CollectionName: []string{shelf, rack}[n%2], Alias: aliased(0)}))
		}},
	}
	arms := []arm{b.called(ctx, product, b.singles, create(series))}
	for _, o := range others {
		arms = append(arms, b.called(ctx, product, b.singles, o.call))
	}
	took, err := alternate(b.blocks, arms...)
	if err != nil {
		return err
	}
	for i, o := range others {
		b.compare(fmt.Sprintf("%s p50 in ms, one client, against a create", o.name), "%.3f", against(took[i+1], took[0]), atMost(1.0))
	}
	return nil
}
