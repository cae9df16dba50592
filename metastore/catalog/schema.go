package catalog

import (
	"slices"

	"github.com/taproot-db/taproot/metastore/model"
)

// Schema returns the collection as the rules about a change of its schema take it. The slices are the caller's, the records in them the
// catalog's.
func (c *Collection) Schema() *model.Schema {
	return &model.Schema{
		Collection:   c.Collection,
		Fields:       slices.AppendSeq(make([]*model.Field, 0, c.CountFields()), c.Fields()),
		StructFields: slices.Collect(c.StructFields()),
		Functions:    slices.Collect(c.Functions()),
	}
}
