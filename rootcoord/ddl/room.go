package ddl

import (
	"strconv"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
)

// maxCollectionsKey is the property of a database that overrides Limits.MaxCollectionsPerDatabase, with zero meaning zero.
const maxCollectionsKey = "database.max.collections"

// room refuses a collection, whose spec is normalized, for which there is no room. Only what is visible counts.
func room(s *catalog.Snapshot, d *model.Database, c *model.CollectionSpec, l model.Limits) error {
	limit, limited := l.MaxCollectionsPerDatabase, l.MaxCollectionsPerDatabase > 0
	if text, given := model.FindProperty(d.Properties, maxCollectionsKey); given && text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			return errs.Untyped("parse value of property fail, key:" + maxCollectionsKey + ", value:" + text)
		}
		limit, limited = n, true
	}
	if limited && s.CountCollections(d.ID) >= limit {
		return errs.TooManyCollections(d.Name, limit)
	}
	if l.MaxCollections > 0 && s.CountAllCollections() >= l.MaxCollections {
		return errs.TooManyCollections(d.Name, l.MaxCollections)
	}
	return capacity(s, c.CountPartitions()*int64(c.Shards), l)
}

// capacity refuses what would bring partitions × shards of all collections above the limit.
func capacity(s *catalog.Snapshot, more int64, l model.Limits) error {
	if size := s.Capacity() + more; l.MaxCapacity > 0 && size > l.MaxCapacity {
		return errs.OverCapacity(size, l.MaxCapacity)
	}
	return nil
}
