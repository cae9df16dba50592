package schemayaml

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// TypeText returns the type as people read it, such as "Array of VarChar".
func (f *Field) TypeText() string {
	if f.ElementType == "" {
		return f.Type
	}
	return f.Type + " of " + f.ElementType
}

// ParamText returns the type's parameters as key=value.
func (f *Field) ParamText() string {
	var out []string
	for _, p := range f.typeParams() {
		out = append(out, p.GetKey()+"="+p.GetValue())
	}
	for _, k := range slices.Sorted(maps.Keys(f.IndexParams)) {
		out = append(out, "index."+k+"="+f.IndexParams[k])
	}
	return strings.Join(out, " ")
}

// FlagText returns what else holds for the field.
func (f *Field) FlagText() string {
	var out []string
	for _, p := range []struct {
		on   bool
		text string
	}{
		{f.PrimaryKey, "primary key"},
		{f.AutoID, "auto id"},
		{f.PartitionKey, "partition key"},
		{f.ClusteringKey, "clustering key"},
		{f.Nullable, "nullable"},
	} {
		if p.on {
			out = append(out, p.text)
		}
	}
	if f.Default != nil {
		out = append(out, "default "+f.Default.String())
	}
	if f.Description != "" {
		out = append(out, strconv.Quote(f.Description))
	}
	return strings.Join(out, ", ")
}
