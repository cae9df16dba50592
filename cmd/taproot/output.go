package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/cockroachdb/errors"
	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"
)

// output is the form in which a command answers. The names in json and yaml are an interface: they may be added to, not changed.
type output struct{ format string }

func (o *output) flag(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&o.format, "output", "o", "table", "form of the answer: table, json or yaml")
}

// check refuses an unknown form before anything is done.
func (o *output) check(cmd *cobra.Command) error {
	switch o.format {
	case "table", "json", "yaml":
		return nil
	default:
		return usage(cmd, errors.Newf("--output: must be table, json or yaml, not %q", o.format))
	}
}

// write prints v as json or yaml, or what fill puts in a table.
func (o *output) write(cmd *cobra.Command, v any, fill func(*table)) error {
	if err := o.check(cmd); err != nil {
		return err
	}
	w := cmd.OutOrStdout()
	switch o.format {
	case "json":
		enc := json.NewEncoder(w)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		return enc.Encode(v)
	case "yaml":
		enc := yaml.NewEncoder(w)
		enc.SetIndent(2)
		if err := enc.Encode(v); err != nil {
			return err
		}
		return enc.Close()
	default:
		t := &table{w: tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)}
		fill(t)
		return t.w.Flush()
	}
}

// table is plain text in columns.
type table struct{ w *tabwriter.Writer }

// row writes one line. Tabs and line ends inside a cell would tear the columns apart.
func (t *table) row(cells ...any) {
	for i, c := range cells {
		if i > 0 {
			fmt.Fprint(t.w, "\t")
		}
		fmt.Fprint(t.w, strings.NewReplacer("\t", " ", "\n", " ", "\r", " ").Replace(fmt.Sprint(c)))
	}
	fmt.Fprintln(t.w)
}

// optional writes a line if there is something to say.
func (t *table) optional(label, value string) {
	if value != "" {
		t.row(label, value)
	}
}

// gap separates two tables, whose columns then have widths of their own.
func (t *table) gap() {
	_ = t.w.Flush() // an error stays with the writer and comes out at the end
	fmt.Fprintln(t.w)
}
