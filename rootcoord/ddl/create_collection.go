package ddl

import (
	"strconv"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
)

// CreateCollection writes a collection with its fields, struct fields, functions and partitions. The spec must not change while the planner is in
// use; the records share its slices.
//
// A collection that is already there exactly as asked for is a no-op (decisions 6), also where a limit would refuse a new
// one: a client that repeats a request whose answer it lost asks for nothing new. Otherwise the order is that of
// ddl-semantics §3.7. A name held by a collection in state Creating is refused as Unavailable, which is retriable: whoever
// tries again finds the collection there, or the name free.
func CreateCollection(db string, spec *model.CollectionSpec, opt Options) Planner {
	// What does not depend on the Snapshot is done here, by the caller: planners run one after the other.
	if err := spec.ValidateRequest(opt.Limits); err != nil {
		return func(*catalog.Snapshot, Input) (Draft, catalog.Result, error) { return refused(err) }
	}
	channels, content := spec.ValidateChannels(opt.Limits), spec.ValidateContent(opt.Limits)
	spec = spec.Normalize(opt.Limits)
	return func(s *catalog.Snapshot, in Input) (Draft, catalog.Result, error) {
		d, ok := database(s, db)
		if !ok {
			return refused(errs.NoDatabase(databaseName(db)))
		}
		if err := denied(d, denyCollectionDDL); err != nil {
			return refused(err)
		}
		if channels != nil {
			return refused(channels)
		}
		if content != nil {
			if err := room(s, d, spec, opt.Limits); err != nil {
				return refused(err)
			}
			return refused(content)
		}
		plan := newCollection(d, spec, opt)
		old, exists := s.Collection(d.ID, spec.Name)
		if exists {
			if err := damaged(s, old); err != nil {
				return refused(err)
			}
			if plan.same(old, d) {
				return unchanged(s, catalog.Result{Database: d.ID, Collection: old.ID})
			}
		}
		if err := room(s, d, spec, opt.Limits); err != nil {
			return refused(err)
		}
		if _, alias := s.Alias(d.ID, spec.Name); alias {
			return refused(errs.NameTaken(d.Name, spec.Name, "please choose a unique name"))
		}
		if err := damagedAlias(s, d, spec.Name); err != nil {
			return refused(err)
		}
		if exists {
			return refused(errs.Invalid("create duplicate collection with different parameters, collection: %s", spec.Name))
		}
		if _, pending := s.Pending(d.ID, spec.Name); pending {
			return refused(beingCreated(spec.Name))
		}
		return plan.draft(s, in.Now, opt.Limits)
	}
}

// beingCreated is retriable: it may be done soon, or given up.
func beingCreated(name string) error {
	return errs.Unavailable.New("collection " + name + " is being created, try again")
}

// creation is a collection on its way: as it will be stored, but for what only the Snapshot can give, ids and channels.
type creation struct {
	collection model.Collection
	fields     []*model.Field       // ascending by id
	structs    []*model.StructField // ascending by id
	functions  []*model.Function    // ascending by id
	partitions []string             // in order of their ids
}

// newCollection makes the records of a valid, normalized spec.
func newCollection(d *model.Database, spec *model.CollectionSpec, opt Options) *creation {
	c := &creation{
		collection: model.Collection{
			Database:           d.ID,
			Name:               spec.Name,
			Description:        spec.Description,
			DynamicField:       spec.DynamicField,
			Shards:             spec.Shards,
			Consistency:        spec.Consistency,
			State:              model.Created,
			Properties:         withTimezone(spec.Properties, d),
			StoredDatabaseName: d.Name,
		},
		fields:     fields(spec, timezone(spec.Properties, d)),
		structs:    structFields(spec),
		partitions: partitionNames(spec, opt.Limits),
	}
	c.functions = functions(spec, c.fields)
	if opt.Pending {
		c.collection.State = model.Creating
	}
	return c
}

// withTimezone adds the database's time zone, or UTC, to properties that have none.
func withTimezone(ps []model.Property, d *model.Database) []model.Property {
	if _, given := model.FindProperty(ps, model.TimezoneProperty); given {
		return ps
	}
	out := make([]model.Property, len(ps), len(ps)+1)
	copy(out, ps)
	return append(out, model.Property{Key: model.TimezoneProperty, Value: timezone(ps, d)})
}

// timezone is the time zone that holds for a collection with these properties.
func timezone(ps []model.Property, d *model.Database) string {
	for _, level := range [...][]model.Property{ps, d.Properties} {
		if zone, given := model.FindProperty(level, model.TimezoneProperty); given {
			return zone
		}
	}
	return "UTC"
}

// partitionNames: a partition key spreads rows over numbered partitions, all others have the default one.
func partitionNames(spec *model.CollectionSpec, l model.Limits) []string {
	if !spec.HasPartitionKey() {
		return []string{l.DefaultPartition}
	}
	names := make([]string, spec.Partitions)
	for i := range names {
		names[i] = l.DefaultPartition + "_" + strconv.Itoa(i)
	}
	return names
}

// draft gives the collection its ids and channels.
func (c *creation) draft(s *catalog.Snapshot, now model.Timestamp, l model.Limits) (Draft, catalog.Result, error) {
	id := s.NextID()
	next := id + 1
	own := c.collection // a record that lives as long as the catalog must not keep the whole creation alive
	rec := &own
	rec.ID, rec.Created, rec.Updated = id, now, now
	rec.PhysicalChannels = leastUsed(s, int(rec.Shards), l)
	rec.VirtualChannels = virtualChannels(rec.PhysicalChannels, id)
	rec.TruncatedAt = make([]model.Timestamp, rec.Shards)

	changes := make([]catalog.Change, 0, 1+len(c.fields)+len(c.structs)+len(c.functions)+len(c.partitions))
	changes = append(changes, catalog.PutCollection(rec))
	for _, f := range c.fields {
		changes = append(changes, catalog.PutField(id, f))
	}
	for _, f := range c.structs {
		changes = append(changes, catalog.PutStructField(id, f))
	}
	for _, f := range c.functions {
		changes = append(changes, catalog.PutFunction(id, f))
	}
	for _, name := range c.partitions {
		changes = append(changes, catalog.PutPartition(&model.Partition{
			ID: next, Collection: id, Name: name, Created: now, State: model.Created,
		}))
		next++
	}
	return Draft{Changes: changes, NextID: next}, catalog.Result{Database: rec.Database, Collection: id}, nil
}
