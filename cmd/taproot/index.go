package main

import (
	"strconv"
	"strings"

	"github.com/cockroachdb/errors"
	"github.com/milvus-io/milvus-proto/go-api/v3/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"github.com/spf13/cobra"

	"github.com/taproot-db/taproot/metastore/errs"
)

func newIndex() *cobra.Command {
	return group("index", "Make, show, alter and drop indexes of fields",
		verb("list", "List the indexes of a collection", []string{"COLLECTION"}, listIndexes),
		verb("describe", "Show an index", []string{"COLLECTION", "INDEX"}, describeIndex),
		newIndexCreate(),
		newIndexAlter(),
		verb("drop", "Drop an index; one that is not there is no error", []string{"COLLECTION", "INDEX"}, dropIndex),
	)
}

// index is what is known of an index.
type index struct {
	Name    string            `json:"name" yaml:"name"`
	ID      int64             `json:"id" yaml:"id"`
	Field   string            `json:"field" yaml:"field"`
	Params  map[string]string `json:"params" yaml:"params"`
	State   string            `json:"state" yaml:"state"`
	Indexed int64             `json:"indexed_rows" yaml:"indexed_rows"`
	Total   int64             `json:"total_rows" yaml:"total_rows"`
	Reason  string            `json:"reason,omitempty" yaml:"reason,omitempty"`
}

// indexesOf returns the indexes of a collection, all of them for the empty name. That there are none is no error there.
func indexesOf(cmd *cobra.Command, api milvuspb.MilvusServiceClient, collection, name string) ([]index, error) {
	r, err := api.DescribeIndex(cmd.Context(), &milvuspb.DescribeIndexRequest{CollectionName: collection, IndexName: name})
	if name == "" && errs.IndexNotFound.Is(err) {
		return []index{}, nil
	}
	if err != nil {
		return nil, err
	}
	out := make([]index, len(r.GetIndexDescriptions()))
	for i, d := range r.GetIndexDescriptions() {
		params := map[string]string{}
		for _, p := range d.GetParams() {
			params[p.GetKey()] = p.GetValue()
		}
		out[i] = index{
			Name: d.GetIndexName(), ID: d.GetIndexID(), Field: d.GetFieldName(), Params: params, State: d.GetState().String(),
			Indexed: d.GetIndexedRows(), Total: d.GetTotalRows(), Reason: d.GetIndexStateFailReason(),
		}
	}
	return out, nil
}

func (i *index) paramText() string {
	keys := sortedKeys(i.Params)
	for n, key := range keys {
		keys[n] = key + "=" + i.Params[key]
	}
	return strings.Join(keys, " ")
}

func indexTable(t *table, all []index) {
	t.row("INDEX", "FIELD", "PARAMETERS", "STATE")
	for _, i := range all {
		t.row(i.Name, i.Field, i.paramText(), i.State)
	}
}

func listIndexes(cmd *cobra.Command, c *client, api milvuspb.MilvusServiceClient, args []string) error {
	all, err := indexesOf(cmd, api, args[0], "")
	if err != nil {
		return err
	}
	return c.write(cmd, all, func(t *table) { indexTable(t, all) })
}

func describeIndex(cmd *cobra.Command, c *client, api milvuspb.MilvusServiceClient, args []string) error {
	all, err := indexesOf(cmd, api, args[0], args[1])
	if err != nil {
		return err
	}
	if len(all) != 1 {
		return errors.Newf("the service answered with %d indexes of the name %s", len(all), args[1])
	}
	i := all[0]
	return c.write(cmd, i, func(t *table) {
		t.row("name", i.Name)
		t.row("id", i.ID)
		t.row("field", i.Field)
		t.row("state", i.State)
		t.optional("reason", i.Reason)
		t.row("rows", strconv.FormatInt(i.Indexed, 10)+" of "+strconv.FormatInt(i.Total, 10))
		for _, key := range sortedKeys(i.Params) {
			t.row(key, i.Params[key])
		}
	})
}

func newIndexCreate() *cobra.Command {
	var name, kind, metric string
	var params []string
	cmd := verb("create", "Make an index of a field; an equal one is no error", []string{"COLLECTION", "FIELD"},
		func(cmd *cobra.Command, c *client, api milvuspb.MilvusServiceClient, args []string) error {
			var pairs []*commonpb.KeyValuePair
			if kind != "" {
				pairs = append(pairs, &commonpb.KeyValuePair{Key: "index_type", Value: kind})
			}
			if metric != "" {
				pairs = append(pairs, &commonpb.KeyValuePair{Key: "metric_type", Value: metric})
			}
			more, err := pairsOf(cmd, "--param", params)
			if err != nil {
				return err
			}
			if _, err := api.CreateIndex(cmd.Context(), &milvuspb.CreateIndexRequest{
				CollectionName: args[0], FieldName: args[1], IndexName: name, ExtraParams: append(pairs, more...),
			}); err != nil {
				return err
			}
			return c.done(cmd, "created", "index of field "+args[1]+" of collection "+args[0], args[1])
		})
	cmd.Flags().StringVar(&name, "name", "", "name of the index; empty: that of the field")
	cmd.Flags().StringVar(&kind, "type", "", "index type, e.g. HNSW; empty: the service chooses")
	cmd.Flags().StringVar(&metric, "metric", "", "metric type, e.g. COSINE; empty: the service chooses where it chooses the type")
	cmd.Flags().StringArrayVar(&params, "param", nil, "KEY=VALUE of the index type, e.g. M=16; may be given several times")
	return cmd
}

func newIndexAlter() *cobra.Command {
	var p changes
	cmd := verb("alter", "Set or delete mmap.enabled, indexoffsetcache.enabled or warmup of an index", []string{"COLLECTION", "INDEX"},
		func(cmd *cobra.Command, c *client, api milvuspb.MilvusServiceClient, args []string) error {
			set, err := p.pairs(cmd)
			if err != nil {
				return err
			}
			if _, err := api.AlterIndex(cmd.Context(), &milvuspb.AlterIndexRequest{
				CollectionName: args[0], IndexName: args[1], ExtraParams: set, DeleteKeys: p.unset,
			}); err != nil {
				return err
			}
			return c.done(cmd, "altered", "index "+args[1]+" of collection "+args[0], args[1])
		})
	p.flags(cmd)
	return cmd
}

func dropIndex(cmd *cobra.Command, c *client, api milvuspb.MilvusServiceClient, args []string) error {
	if _, err := api.DropIndex(cmd.Context(), &milvuspb.DropIndexRequest{CollectionName: args[0], IndexName: args[1]}); err != nil {
		return err
	}
	return c.done(cmd, "dropped", "index "+args[1]+" of collection "+args[0], args[1])
}
