package main

import (
	"cmp"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cockroachdb/errors"
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"github.com/spf13/cobra"

	"github.com/taproot-db/taproot/cmd/taproot/internal/schemayaml"
)

func newCollection() *cobra.Command {
	cmd := group("collection", "Make, show, change and drop collections",
		pastVerb("list", "List the collections of a database", nil, listCollections),
		pastVerb("describe", "Show a collection; -o yaml prints what create takes", []string{"NAME"}, describeCollection),
		pastVerb("has", "Tell whether there is a collection or an alias of that name", []string{"NAME"}, hasCollection),
		newCollectionCreate(),
		newCollectionRename(),
		verb("drop", "Drop a collection; one that is not there is no error", []string{"NAME"}, dropCollection),
	)
	cmd.AddCommand(newAlterations()...)
	return cmd
}

// listed is a line of a list.
type listed struct {
	Name    string `json:"name" yaml:"name"`
	ID      int64  `json:"id" yaml:"id"`
	Shards  int32  `json:"shards,omitempty" yaml:"shards,omitempty"`
	Created string `json:"created" yaml:"created"`
}

func listCollections(cmd *cobra.Command, c *client, api milvuspb.MilvusServiceClient, _ []string) error {
	r, err := api.ShowCollections(cmd.Context(), &milvuspb.ShowCollectionsRequest{})
	if err != nil {
		return err
	}
	rows := make([]listed, len(r.GetCollectionNames()))
	for i, name := range r.GetCollectionNames() {
		rows[i] = listed{Name: name, ID: at(r.GetCollectionIds(), i), Shards: at(r.GetShardsNum(), i), Created: utc(at(r.GetCreatedUtcTimestamps(), i))}
	}
	return c.write(cmd, rows, func(t *table) {
		t.row("NAME", "ID", "SHARDS", "CREATED")
		for _, r := range rows {
			t.row(r.Name, r.ID, r.Shards, r.Created)
		}
	})
}

// description is all that is known about a collection: the form of the file, and what the service added.
type description struct {
	ID       int64    `json:"id"`
	Database string   `json:"database"`
	Aliases  []string `json:"aliases"`
	Created  string   `json:"created"`
	Updated  string   `json:"updated,omitempty"`
	// Partitions counts them; num_partitions is what was asked for.
	Partitions       int64    `json:"partitions"`
	PartitionNames   []string `json:"partition_names"`
	VirtualChannels  []string `json:"virtual_channels"`
	PhysicalChannels []string `json:"physical_channels"`
	// Load is how far that is; Indexes are what is there now, and left out where the schema is of an earlier time.
	Load    string  `json:"load,omitempty"`
	Indexes []index `json:"indexes,omitempty"`
	schemayaml.Collection
}

func describe(r *milvuspb.DescribeCollectionResponse) description {
	d := description{
		ID: r.GetCollectionID(), Database: r.GetDbName(), Aliases: append([]string{}, r.GetAliases()...),
		Created: utc(r.GetCreatedUtcTimestamp()), Partitions: r.GetNumPartitions(),
		VirtualChannels: r.GetVirtualChannelNames(), PhysicalChannels: r.GetPhysicalChannelNames(),
		Collection: schemayaml.Describe(r),
	}
	slices.Sort(d.Aliases)
	// The number is sent as text beside the number, and only the text by some.
	if updated, err := strconv.ParseUint(r.GetUpdateTimestampStr(), 10, 64); err == nil && updated > 0 {
		d.Updated = utc(updated >> 18) // the physical part of a hybrid timestamp
	}
	return d
}

func describeCollection(cmd *cobra.Command, c *client, api milvuspb.MilvusServiceClient, args []string) error {
	r, err := api.DescribeCollection(cmd.Context(), &milvuspb.DescribeCollectionRequest{CollectionName: args[0]})
	if err != nil {
		return err
	}
	d := describe(r)
	if c.format == "yaml" {
		return d.Collection.Write(cmd.OutOrStdout())
	}
	p, err := api.ShowPartitions(cmd.Context(), &milvuspb.ShowPartitionsRequest{CollectionName: args[0]})
	if err != nil {
		return err
	}
	d.PartitionNames = append([]string{}, p.GetPartitionNames()...)
	if c.at == 0 { // of indexes and loads only the present can be asked
		if d.Indexes, err = indexesOf(cmd, api, args[0], ""); err != nil {
			return err
		}
		if d.Load, err = loadState(cmd, api, args[0], nil); err != nil {
			return err
		}
	}
	return c.write(cmd, d, d.table)
}

func (d *description) table(t *table) {
	t.row("name", d.Name)
	t.row("id", d.ID)
	t.row("database", d.Database)
	t.optional("description", d.Description)
	t.optional("aliases", strings.Join(d.Aliases, " "))
	t.row("created", d.Created)
	t.optional("updated", d.Updated)
	t.row("consistency", d.ConsistencyLevel)
	t.row("shards", d.ShardsNum)
	t.row("partitions", few(d.PartitionNames))
	t.row("dynamic field", d.EnableDynamicField)
	t.optional("load", d.Load)
	for _, key := range sortedKeys(d.Properties) {
		t.row(key, d.Properties[key])
	}
	t.gap()
	t.row("FIELD", "TYPE", "PARAMETERS", "PROPERTIES")
	for _, f := range d.Fields {
		t.row(f.Name, f.TypeText(), f.ParamText(), f.FlagText())
	}
	for _, s := range d.Structs {
		for _, f := range s.Fields {
			if f.MaxCapacity == nil {
				f.MaxCapacity = s.MaxCapacity
			}
			t.row(s.Name+"["+f.Name+"]", f.TypeText(), f.ParamText(), f.FlagText())
		}
	}
	d.functionTable(t)
	if len(d.Indexes) > 0 {
		t.gap()
		indexTable(t, d.Indexes)
	}
}

func (d *description) functionTable(t *table) {
	if len(d.Functions) == 0 {
		return
	}
	t.gap()
	t.row("FUNCTION", "TYPE", "INPUT", "OUTPUT", "PARAMETERS")
	for _, f := range d.Functions {
		params := sortedKeys(f.Params)
		for i, key := range params {
			params[i] = key + "=" + f.Params[key]
		}
		t.row(f.Name, f.Type, strings.Join(f.Input, " "), strings.Join(f.Output, " "), strings.Join(params, " "))
	}
}

// few returns the number of names, and the first of them: a partition key may make a thousand partitions.
func few(names []string) string {
	const most = 8
	text := strconv.Itoa(len(names))
	switch {
	case len(names) > most:
		return text + ": " + strings.Join(names[:most], " ") + " …"
	case len(names) > 0:
		return text + ": " + strings.Join(names, " ")
	}
	return text
}

func newCollectionCreate() *cobra.Command {
	var file string
	var names []string
	cmd := verb("create", "Make the collections of a file; those that are there with the same schema are left as they are", nil,
		func(cmd *cobra.Command, c *client, api milvuspb.MilvusServiceClient, _ []string) error {
			all, err := readSchemas(cmd, file, names)
			if err != nil {
				return err
			}
			return createCollections(cmd, c, api, all)
		})
	cmd.Use += " -f FILE"
	cmd.Flags().StringVarP(&file, "file", "f", "", "YAML file with one collection or several; - reads standard input")
	cmd.Flags().StringArrayVar(&names, "name", nil, "make only the collection of this name; may be given several times")
	return cmd
}

func readSchemas(cmd *cobra.Command, file string, names []string) ([]schemayaml.Collection, error) {
	if file == "" {
		return nil, usage(cmd, errors.New("-f FILE is missing"))
	}
	in := cmd.InOrStdin()
	if file != "-" {
		f, err := os.Open(file) //nolint:gosec // the operator names the file
		if err != nil {
			var path *os.PathError
			if errors.As(err, &path) {
				err = path.Err
			}
			return nil, usage(cmd, errors.Newf("%s: %v", file, err))
		}
		defer func() { _ = f.Close() }()
		in = io.Reader(f)
	}
	all, err := schemayaml.Parse(in)
	if err != nil {
		return nil, errors.Mark(errors.Wrap(err, file), errUsage)
	}
	if len(names) == 0 {
		return all, nil
	}
	var chosen []schemayaml.Collection
	for _, name := range names {
		i := slices.IndexFunc(all, func(s schemayaml.Collection) bool { return s.Name == name })
		if i < 0 {
			known := make([]string, len(all))
			for i, s := range all {
				known[i] = s.Name
			}
			err := errors.Newf("%s: no collection %q in it", file, name)
			return nil, usage(cmd, errors.WithHintf(err, "it has %s", strings.Join(known, ", ")))
		}
		chosen = append(chosen, all[i])
	}
	return chosen, nil
}

// made is a line of create's answer.
type made struct {
	Name string `json:"name" yaml:"name"`
	ID   int64  `json:"id" yaml:"id"`
}

// createCollections stops at the first refusal, after it has said what was made.
func createCollections(cmd *cobra.Command, c *client, api milvuspb.MilvusServiceClient, all []schemayaml.Collection) error {
	if len(all) > 1 && c.requestID != "" {
		return usage(cmd, errors.New("--request-id names one request, and the file has several collections; choose one with --name"))
	}
	done := []made{}
	var failed error
	for i := range all {
		m, err := createCollection(cmd, api, &all[i])
		if errors.Is(err, errPlanned) {
			continue
		}
		if err != nil {
			failed = errors.Wrapf(err, "create %s", all[i].Name)
			break
		}
		done = append(done, m)
	}
	if len(done) == 0 {
		return failed
	}
	err := c.write(cmd, done, func(t *table) {
		for _, m := range done {
			t.row("collection "+m.Name, "id "+strconv.FormatInt(m.ID, 10))
		}
	})
	return cmp.Or(failed, err)
}

func createCollection(cmd *cobra.Command, api milvuspb.MilvusServiceClient, s *schemayaml.Collection) (made, error) {
	req, err := s.Request()
	if err != nil {
		return made{}, err
	}
	if _, err := api.CreateCollection(cmd.Context(), req); err != nil {
		return made{}, err
	}
	// The answer to a create is bare: the id has to be asked for.
	r, err := api.DescribeCollection(cmd.Context(), &milvuspb.DescribeCollectionRequest{CollectionName: s.Name})
	return made{Name: s.Name, ID: r.GetCollectionID()}, err
}

func dropCollection(cmd *cobra.Command, c *client, api milvuspb.MilvusServiceClient, args []string) error {
	if _, err := api.DropCollection(cmd.Context(), &milvuspb.DropCollectionRequest{CollectionName: args[0]}); err != nil {
		return err
	}
	return c.write(cmd, map[string]string{"dropped": args[0]}, func(t *table) { t.row("dropped collection " + args[0]) })
}

// at returns an element, or the zero value where an older service sends a shorter list.
func at[T any](s []T, i int) T {
	if i < len(s) {
		return s[i]
	}
	var zero T
	return zero
}

func utc(millis uint64) string { return time.UnixMilli(int64(millis)).UTC().Format(time.RFC3339) }

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
