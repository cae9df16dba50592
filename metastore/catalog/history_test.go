package catalog_test

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/codec"
	"github.com/taproot-db/taproot/metastore/model"
)

// history makes valid histories at random, and keeps two things beside the Snapshot to compare it with: a plain model of
// what is reachable, and the store with everything that was ever written and not purged.
type history struct {
	t     *rapid.T
	snap  *catalog.Snapshot
	log   []*catalog.ChangeSet
	store map[string]catalog.Change

	databases   map[model.ID]*model.Database
	collections map[model.ID]*member
	aliases     map[string]*model.Alias // by place
	groups      map[string]*model.ResourceGroup
	revisions   map[catalog.Ref]catalog.Revision
	pending     []catalog.Change // of the change set being made
	lastID      model.ID
}

type member struct {
	*model.Collection
	fields     map[model.ID]*model.Field
	partitions map[model.ID]*model.Partition
	functions  map[model.ID]*model.Function
	structs    map[model.ID]*model.StructField
	acted
}

func newHistory(t *rapid.T) *history {
	return &history{
		t: t, snap: catalog.Empty(), store: map[string]catalog.Change{}, lastID: 1000,
		databases: map[model.ID]*model.Database{}, collections: map[model.ID]*member{}, aliases: map[string]*model.Alias{},
		groups: map[string]*model.ResourceGroup{}, revisions: map[catalog.Ref]catalog.Revision{},
	}
}

func (h *history) id() model.ID {
	h.lastID += model.ID(h.pick("gap", 3) + 1)
	return h.lastID
}

// pick draws a number below n.
func (h *history) pick(what string, n int) int { return rapid.IntRange(0, n-1).Draw(h.t, what) }

func (h *history) write(c catalog.Change) { h.pending = append(h.pending, seal(h.t, c)) }

// place is where a name stands: collections and aliases share one name space per database.
func place(db model.ID, name string) string { return fmt.Sprintf("%d/%s", db, name) }

// freeName draws a name that is free in the database, from few, so that names come back.
func (h *history) freeName(db model.ID) (string, bool) {
	name := string(rune('a' + h.pick("name", 8)))
	if _, taken := h.aliases[place(db, name)]; taken {
		return "", false
	}
	for _, c := range h.collections {
		if c.Database == db && c.Name == name {
			return "", false
		}
	}
	return name, true
}

// one draws a key of a map, in an order that does not depend on the map's.
func one[K cmp.Ordered, V any](h *history, what string, m map[K]V) (V, bool) {
	if len(m) == 0 {
		var none V
		return none, false
	}
	keys := slices.Sorted(maps.Keys(m))
	return m[keys[h.pick(what, len(keys))]], true
}

func (h *history) putDatabase() {
	if d, ok := one(h, "database", h.databases); ok && h.pick("new", 3) > 0 {
		altered := *d
		altered.Properties = []model.Property{{Key: "k", Value: string(rune('0' + h.pick("value", 3)))}}
		h.databases[d.ID] = &altered
		h.write(catalog.PutDatabase(&altered))
		return
	}
	id := h.id()
	d := database(id, fmt.Sprintf("db%d", id))
	h.databases[id] = d
	h.write(catalog.PutDatabase(d))
}

func (h *history) dropDatabase() {
	d, ok := one(h, "database", h.databases)
	if !ok {
		return
	}
	for _, c := range h.collections {
		if c.Database == d.ID {
			return
		}
	}
	delete(h.databases, d.ID)
	h.write(remove(catalog.DatabaseRef(d)))
}

func (h *history) createCollection() {
	d, ok := one(h, "database", h.databases)
	if !ok {
		return
	}
	name, free := h.freeName(d.ID)
	if !free {
		return
	}
	id := h.id()
	c := &member{
		Collection: &model.Collection{ID: id, Database: d.ID, Name: name, State: model.State(h.pick("creating", 2)), Shards: int32(h.pick("shards", 3) + 1)},
		fields:     map[model.ID]*model.Field{}, partitions: map[model.ID]*model.Partition{},
		functions: map[model.ID]*model.Function{}, structs: map[model.ID]*model.StructField{}, acted: newActed(),
	}
	for i := range c.Shards {
		c.PhysicalChannels = append(c.PhysicalChannels, fmt.Sprintf("dml_%d", (int(i)+h.pick("channel", 4))%4))
	}
	h.collections[id] = c
	h.write(catalog.PutCollection(c.Collection))
	for i := range h.pick("fields", 4) {
		f := field(model.ID(100 + i))
		c.fields[f.ID] = f
		h.write(catalog.PutField(id, f))
	}
	for range h.pick("partitions", 3) {
		h.addPartition(c)
	}
	if h.pick("rare", 3) == 0 {
		h.putFunction(c)
		h.putStructField(c)
	}
}

func (h *history) putFunction(c *member) {
	f := function(model.ID(100 + h.pick("function", 4)))
	f.Name = string(rune('0' + h.pick("name of a function", 3)))
	c.functions[f.ID] = f
	h.write(catalog.PutFunction(c.ID, f))
}

func (h *history) putStructField(c *member) {
	f := structField(model.ID(200 + h.pick("struct field", 4)))
	f.Nullable = h.pick("nullable", 2) == 0
	c.structs[f.ID] = f
	h.write(catalog.PutStructField(c.ID, f))
}

func (h *history) addPartition(c *member) {
	p := partition(c.ID, h.id())
	c.partitions[p.ID] = p
	h.write(catalog.PutPartition(p))
}

func (h *history) alterCollection() {
	c, ok := one(h, "collection", h.collections)
	if !ok {
		return
	}
	altered := *c.Collection
	from := catalog.CollectionRef(c.Collection)
	first := false
	switch h.pick("what", 4) {
	case 0:
		altered.State = model.Created
	case 1:
		altered.Description += "x"
	case 2:
		name, free := h.freeName(c.Database)
		if !free {
			return
		}
		altered.Name = name
	case 3: // to another database, where its aliases cannot follow
		d, _ := one(h, "target", h.databases)
		name, free := h.freeName(d.ID)
		if !free || len(h.aliasesOf(c.ID)) > 0 {
			return
		}
		if c.State != model.Created {
			return
		}
		altered.Database, altered.Name = d.ID, name
		first = h.pick("delete first", 2) == 0
	}
	c.Collection = &altered
	away := altered.Database != from.Parent // the key has the database's id in it
	if away && first {
		h.write(remove(from))
	}
	h.write(catalog.PutCollection(&altered))
	if away && !first {
		h.write(remove(from))
	}
}

func (h *history) aliasesOf(id model.ID) []*model.Alias {
	var out []*model.Alias
	for _, at := range slices.Sorted(maps.Keys(h.aliases)) {
		if h.aliases[at].Collection == id {
			out = append(out, h.aliases[at])
		}
	}
	return out
}

func (h *history) dropCollection() {
	c, ok := one(h, "collection", h.collections)
	if !ok {
		return
	}
	for _, a := range h.aliasesOf(c.ID) {
		h.removeAlias(a)
	}
	dropped := *c.Collection
	dropped.State = model.Dropping
	delete(h.collections, c.ID)
	h.write(catalog.PutCollection(&dropped))
}

func (h *history) changeChildren() {
	c, ok := one(h, "collection", h.collections)
	if !ok {
		return
	}
	switch h.pick("what", 9) {
	case 5:
		h.putFunction(c)
	case 6:
		h.putStructField(c)
	case 7:
		if f, ok := one(h, "function", c.functions); ok {
			delete(c.functions, f.ID)
			h.write(remove(catalog.FunctionRef(c.ID, f)))
		}
	case 8:
		if f, ok := one(h, "struct field", c.structs); ok {
			delete(c.structs, f.ID)
			h.write(remove(catalog.StructFieldRef(c.ID, f)))
		}
	case 0:
		f := field(model.ID(90 + h.pick("field", 30)))
		f.Description = string(rune('0' + h.pick("description", 3)))
		c.fields[f.ID] = f
		h.write(catalog.PutField(c.ID, f))
	case 1:
		if f, ok := one(h, "field", c.fields); ok {
			delete(c.fields, f.ID)
			h.write(remove(catalog.FieldRef(c.ID, f)))
		}
	case 2:
		h.addPartition(c)
	case 3:
		if p, ok := one(h, "partition", c.partitions); ok {
			dropped := *p
			dropped.State = model.Dropping
			delete(c.partitions, p.ID)
			first := h.pick("unload first", 2) == 0
			if first {
				h.unloadPartition(c, p.ID)
			}
			h.write(catalog.PutPartition(&dropped))
			if !first {
				h.unloadPartition(c, p.ID)
			}
		}
	case 4:
		if p, ok := one(h, "partition", c.partitions); ok {
			altered := *p
			altered.State = model.State(h.pick("state", 2))
			c.partitions[p.ID] = &altered
			h.write(catalog.PutPartition(&altered))
		}
	}
}

func (h *history) changeAlias() {
	if a, ok := one(h, "alias", h.aliases); ok && h.pick("drop", 3) == 0 {
		h.removeAlias(a)
		return
	}
	c, ok := one(h, "collection", h.collections)
	if !ok || c.State != model.Created {
		return
	}
	if a, ok := one(h, "alias", h.aliases); ok && a.Database == c.Database && h.pick("move", 2) == 0 {
		moved := *a
		moved.Collection = c.ID
		h.putAlias(&moved)
		return
	}
	if name, free := h.freeName(c.Database); free {
		h.putAlias(&model.Alias{Database: c.Database, Name: name, Collection: c.ID})
	}
}

func (h *history) putAlias(a *model.Alias) {
	h.aliases[place(a.Database, a.Name)] = a
	h.write(catalog.PutAlias(a))
}

func (h *history) removeAlias(a *model.Alias) {
	delete(h.aliases, place(a.Database, a.Name))
	h.write(remove(catalog.AliasRef(a)))
}

// step makes one change set of a few statements' worth of changes, and applies it.
func (h *history) step() {
	for range h.pick("operations", 4) {
		h.statement()
	}
	h.commit()
}

// statement adds what one statement changes, perhaps nothing.
func (h *history) statement() {
	ops := []func(){
		h.putDatabase, h.dropDatabase, h.createCollection, h.createCollection, h.alterCollection, h.dropCollection,
		h.changeChildren, h.changeChildren, h.changeAlias, h.changeAlias,
		h.changePlane, h.changePlane, h.changePlane, h.changeGroup,
	}
	ops[h.pick("operation", len(ops))]()
}

func (h *history) commit() {
	cs := next(h.t, h.snap)
	cs.Changes, cs.NextID = h.pending, h.lastID+1
	for i := range cs.Changes {
		cs.Changes[i].Stored = catalog.Stored{}
		exact, err := codec.Seal(h.snap, &cs.Changes[i])
		require.NoError(h.t, err)
		require.True(h.t, exact)
	}
	inexact, err := codec.SealLeft(h.snap, cs)
	require.NoError(h.t, err)
	require.Empty(h.t, inexact)
	for _, c := range cs.Changes {
		if c.Put == nil {
			delete(h.store, c.Stored.Key)
		} else {
			h.store[c.Stored.Key] = c
		}
	}
	cs.Sum = h.scratch()
	after, err := h.snap.Apply(cs) // which compares the sum with the one from scratch
	require.NoError(h.t, err)
	h.snap = after
	h.log = append(h.log, cs)
	h.pending = nil
	h.touch(cs)
}

// scratch is the fingerprint of the model, with nothing of the catalog's arithmetic but the digest.
func (h *history) scratch() catalog.Fingerprint {
	var sum catalog.Fingerprint
	add := func(c catalog.Change) {
		d := seal(h.t, c).Stored.Digest
		sum.Hi += d.Hi
		sum.Lo += d.Lo
	}
	for _, d := range h.databases {
		add(catalog.PutDatabase(d))
	}
	for _, c := range h.collections {
		add(catalog.PutCollection(c.Collection))
		for _, f := range c.fields {
			add(catalog.PutField(c.ID, f))
		}
		for _, p := range c.partitions {
			add(catalog.PutPartition(p))
		}
		for _, f := range c.functions {
			add(catalog.PutFunction(c.ID, f))
		}
		for _, f := range c.structs {
			add(catalog.PutStructField(c.ID, f))
		}
		c.each(add)
	}
	for _, a := range h.aliases {
		add(catalog.PutAlias(a))
	}
	for _, g := range h.groups {
		add(catalog.PutResourceGroup(g))
	}
	return sum
}

// checkCounters compares what a Snapshot counts along the way with the model.
func (h *history) checkCounters() {
	var capacity int64
	visible, perDB, channels := 0, map[model.ID]int{}, map[string]int{}
	for _, c := range h.collections {
		capacity += int64(len(c.partitions)) * int64(c.Shards)
		for _, ch := range c.PhysicalChannels {
			channels[ch]++
		}
		if c.State == model.Created {
			visible++
			perDB[c.Database]++
		}
	}
	require.Equal(h.t, capacity, h.snap.Capacity())
	require.Equal(h.t, visible, h.snap.CountAllCollections())
	require.Equal(h.t, len(h.databases), h.snap.CountDatabases())
	for id := range h.databases {
		require.Equal(h.t, perDB[id], h.snap.CountCollections(id))
	}
	for i := range 4 {
		ch := fmt.Sprintf("dml_%d", i)
		require.Equal(h.t, channels[ch], h.snap.ChannelUse(ch))
	}
}

// load builds a Snapshot of the store, read in some order.
func (h *history) load(seed uint64) (*catalog.Snapshot, []catalog.Ref) {
	b := catalog.NewBuilder()
	keys := slices.Sorted(maps.Keys(h.store))
	rand.New(rand.NewPCG(seed, 0)).Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
	for _, k := range keys {
		c := h.store[k]
		b.Add(c.Ref, c.Put, c.Stored.Digest)
	}
	return b.Build(catalog.Position{Revision: h.snap.Revision(), Epoch: h.snap.Epoch(), Timestamp: h.snap.Timestamp(), NextID: h.snap.NextID()})
}

// replay applies the log from the beginning.
func (h *history) replay() *catalog.Snapshot {
	s := catalog.Empty()
	for _, cs := range h.log {
		after, err := s.Apply(cs)
		require.NoError(h.t, err)
		s = after
	}
	return s
}

// checkHistory holds for every valid history:
//   - after each change set the fingerprint is the sum over what is reachable, and the counters are right;
//   - replaying the log leads to the same catalog (pains.md 2 and 57: there is one way to get there);
//   - so does loading the store, in whatever order, with what drops have left in it (pains.md 3, 4 and 42);
//   - what the load calls garbage is exactly what the catalog cannot reach (pains.md 12);
//   - each object has the revision of the last change set that touched it, after a load too (decisions 16);
//   - no Snapshot moves while later ones are made.
func checkHistory(t *rapid.T) {
	h := newHistory(t)
	h.putDatabase()
	h.commit()
	var kept []*catalog.Snapshot
	var seen [][]string
	for range rapid.IntRange(1, 30).Draw(t, "steps") {
		h.step()
		h.checkCounters()
		h.checkPlane()
		h.checkRevisions(h.snap)
		kept, seen = append(kept, h.snap), append(seen, dump(h.snap))
	}
	require.Equal(t, dump(h.snap), dump(h.replay()))

	loaded, garbage := h.load(rapid.Uint64().Draw(t, "order"))
	require.Equal(t, dump(h.snap), dump(loaded))
	require.Empty(t, loaded.Quarantine())
	var unreachable []catalog.Ref
	for _, c := range h.store {
		if _, _, ok := h.snap.Record(c.Ref); !ok {
			unreachable = append(unreachable, c.Ref)
		}
	}
	require.ElementsMatch(t, unreachable, garbage)
	h.touched(loaded)
	h.checkRevisions(loaded)

	// Both copies go the same way from here on.
	cs := next(t, h.snap, catalog.PutDatabase(database(h.id(), "after")))
	one, err := h.snap.Stage(cs)
	require.NoError(t, err)
	cs.Sum = one.Fingerprint()
	two, err := loaded.Apply(cs)
	require.NoError(t, err)
	require.Equal(t, dump(one), dump(two))

	for i, s := range kept {
		require.Equal(t, seen[i], dump(s), "snapshot %d", s.Revision())
	}
}

func TestHistories(t *testing.T) {
	t.Parallel()
	rapid.Check(t, checkHistory)
}

func FuzzHistories(f *testing.F) {
	f.Fuzz(rapid.MakeFuzz(checkHistory))
}
