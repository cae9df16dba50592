package main

import (
	"io"
	"os"
	"slices"
	"strings"

	"github.com/cockroachdb/errors"
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"github.com/milvus-io/milvus-proto/go-api/v3/schemapb"
	"github.com/spf13/cobra"
	"google.golang.org/protobuf/proto"

	"github.com/taproot-db/taproot/cmd/taproot/internal/schemayaml"
	"github.com/taproot-db/taproot/cmd/taproot/internal/suggest"
)

// newAlterations are the verbs that change a collection that is there. NAME may be an alias in all of them.
func newAlterations() []*cobra.Command {
	return []*cobra.Command{
		newCollectionAlter(),
		newAlterField(),
		newAddField(),
		verb("drop-field", "Drop a field, or a struct field, with its data", []string{"NAME", "FIELD"}, dropField),
		verb("truncate", "Drop all rows of a collection and keep the collection", []string{"NAME"}, truncateCollection),
	}
}

func newCollectionAlter() *cobra.Command {
	var p changes
	cmd := verb("alter", "Set or delete properties; collection.description, consistency_level and dynamicfield.enabled are set like them", []string{"NAME"},
		func(cmd *cobra.Command, c *client, api milvuspb.MilvusServiceClient, args []string) error {
			set, err := p.pairs(cmd)
			if err != nil {
				return err
			}
			if _, err := api.AlterCollection(cmd.Context(), &milvuspb.AlterCollectionRequest{
				CollectionName: args[0], Properties: set, DeleteKeys: p.unset,
			}); err != nil {
				return err
			}
			return c.done(cmd, "altered", "collection "+args[0], args[0])
		})
	p.flags(cmd)
	return cmd
}

func newAlterField() *cobra.Command {
	var p changes
	cmd := verb("alter-field", "Change max_length, max_capacity, mmap.enabled, warmup or field.description of a field; that of a struct is struct[field]",
		[]string{"NAME", "FIELD"},
		func(cmd *cobra.Command, c *client, api milvuspb.MilvusServiceClient, args []string) error {
			set, err := p.pairs(cmd)
			if err != nil {
				return err
			}
			if _, err := api.AlterCollectionField(cmd.Context(), &milvuspb.AlterCollectionFieldRequest{
				CollectionName: args[0], FieldName: args[1], Properties: set, DeleteKeys: p.unset,
			}); err != nil {
				return err
			}
			return c.done(cmd, "altered", "field "+args[1]+" of collection "+args[0], args[1])
		})
	p.flags(cmd)
	return cmd
}

// newField is a field as flags describe it.
type newField struct {
	file, value string
	field       schemayaml.Field
	numbers     map[string]*int64
	params      []string
}

func newAddField() *cobra.Command {
	n := newField{numbers: map[string]*int64{}}
	cmd := verb("add-field", "Add a field, nullable unless a file says otherwise: by flags, or one field or struct of a YAML file", []string{"NAME"},
		func(cmd *cobra.Command, c *client, api milvuspb.MilvusServiceClient, args []string) error {
			field, st, err := n.read(cmd)
			if err != nil {
				return err
			}
			if st != nil {
				if _, err := api.AddCollectionStructField(cmd.Context(), &milvuspb.AddCollectionStructFieldRequest{
					CollectionName: args[0], StructArrayFieldSchema: st,
				}); err != nil {
					return err
				}
				return c.done(cmd, "added", "struct field "+st.GetName()+" to collection "+args[0], st.GetName())
			}
			schema, err := proto.Marshal(field)
			if err != nil {
				return usage(cmd, err)
			}
			if _, err := api.AddCollectionField(cmd.Context(), &milvuspb.AddCollectionFieldRequest{CollectionName: args[0], Schema: schema}); err != nil {
				return err
			}
			return c.done(cmd, "added", "field "+field.GetName()+" to collection "+args[0], field.GetName())
		})
	fs := cmd.Flags()
	fs.StringVarP(&n.file, "file", "f", "", "YAML file with one field, or one struct; - reads standard input")
	fs.StringVar(&n.field.Name, "field", "", "name of the field")
	fs.StringVar(&n.field.Type, "type", "", "data type: Int64, VarChar, FloatVector, …")
	fs.StringVar(&n.field.ElementType, "element-type", "", "data type of an Array's elements")
	fs.StringVar(&n.field.Description, "description", "", "description of the field")
	fs.StringVar(&n.value, "default", "", "default value")
	fs.StringArrayVar(&n.params, "param", nil, "KEY=VALUE of another type parameter; may be given several times")
	for _, name := range []string{"dim", "max-length", "max-capacity"} {
		n.numbers[name] = fs.Int64(name, 0, "type parameter "+strings.ReplaceAll(name, "-", "_"))
	}
	return cmd
}

// read returns the field or the struct field that is to be added; the other is nil.
func (n *newField) read(cmd *cobra.Command) (*schemapb.FieldSchema, *schemapb.StructArrayFieldSchema, error) {
	if n.file != "" {
		f, s, err := readField(cmd, n.file)
		if err != nil {
			return nil, nil, err
		}
		if s != nil {
			return nil, s.Schema(), nil
		}
		return f.Schema(), nil, nil
	}
	if n.field.Name == "" || n.field.Type == "" {
		return nil, nil, usage(cmd, errors.New("-f FILE is missing, or --field and --type"))
	}
	for _, t := range []string{n.field.Type, n.field.ElementType} {
		if _, ok := schemapb.DataType_value[t]; !ok && t != "" {
			names := make([]string, 0, len(schemapb.DataType_value))
			for name := range schemapb.DataType_value {
				names = append(names, name)
			}
			slices.Sort(names)
			return nil, nil, suggest.Hint(usage(cmd, errors.Newf("no data type %q", t)), t, names)
		}
	}
	f := n.field
	f.Nullable = true
	for name, to := range map[string]**int64{"dim": &f.Dim, "max-length": &f.MaxLength, "max-capacity": &f.MaxCapacity} {
		if cmd.Flags().Changed(name) {
			*to = n.numbers[name]
		}
	}
	if cmd.Flags().Changed("default") {
		var err error
		if f.Default, err = schemayaml.ParseValue(n.value, f.Type); err != nil {
			return nil, nil, usage(cmd, errors.Wrap(err, "--default"))
		}
	}
	params, err := pairsOf(cmd, "--param", n.params)
	if err != nil {
		return nil, nil, err
	}
	schema := f.Schema()
	schema.TypeParams = append(schema.TypeParams, params...)
	return schema, nil, nil
}

func readField(cmd *cobra.Command, file string) (*schemayaml.Field, *schemayaml.Struct, error) {
	in := cmd.InOrStdin()
	if file != "-" {
		f, err := os.Open(file) //nolint:gosec // the operator names the file
		if err != nil {
			return nil, nil, usage(cmd, errors.Newf("%v", err))
		}
		defer func() { _ = f.Close() }()
		in = io.Reader(f)
	}
	f, s, err := schemayaml.ParseField(in)
	if err != nil {
		return nil, nil, errors.Mark(errors.Wrap(err, file), errUsage)
	}
	return f, s, nil
}

func dropField(cmd *cobra.Command, c *client, api milvuspb.MilvusServiceClient, args []string) error {
	drop := &milvuspb.AlterCollectionSchemaRequest_DropRequest{
		Identifier: &milvuspb.AlterCollectionSchemaRequest_DropRequest_FieldName{FieldName: args[1]},
	}
	if _, err := api.AlterCollectionSchema(cmd.Context(), &milvuspb.AlterCollectionSchemaRequest{
		CollectionName: args[0], Action: &milvuspb.AlterCollectionSchemaRequest_Action{
			Op: &milvuspb.AlterCollectionSchemaRequest_Action_DropRequest{DropRequest: drop},
		},
	}); err != nil {
		return err
	}
	return c.done(cmd, "dropped", "field "+args[1]+" of collection "+args[0], args[1])
}

func truncateCollection(cmd *cobra.Command, c *client, api milvuspb.MilvusServiceClient, args []string) error {
	if _, err := api.TruncateCollection(cmd.Context(), &milvuspb.TruncateCollectionRequest{CollectionName: args[0]}); err != nil {
		return err
	}
	return c.done(cmd, "truncated", "collection "+args[0], args[0])
}

// done answers that something was done with what.
func (c *client) done(cmd *cobra.Command, did, what, name string) error {
	return c.write(cmd, map[string]string{did: name}, func(t *table) { t.row(did + " " + what) })
}
