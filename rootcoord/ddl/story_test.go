package ddl_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/codec"
	"github.com/taproot-db/taproot/metastore/model"
	"github.com/taproot-db/taproot/rootcoord/ddl"
)

// story is a catalog to which statements are done at random, on few names, so that most of them mean something.
type story struct {
	t    *rapid.T
	snap *catalog.Snapshot
	log  []*catalog.ChangeSet
	// marks and dumps are what the catalog was before each change set.
	marks []catalog.Mark
	dumps [][]string
	// given are the ids of fields that a collection has ever had, with what had them.
	given map[fieldID]string
}

type fieldID struct{ collection, field model.ID }

func (s *story) one(what string, of ...string) string { return rapid.SampledFrom(of).Draw(s.t, what) }

func (s *story) coin(what string) bool { return rapid.Bool().Draw(s.t, what) }

// planner draws a statement.
func (s *story) planner() (string, ddl.Planner) {
	opt := options()
	opt.Limits.MaxFields, opt.Limits.MaxPartitions = 14, 4
	db, name := s.one("database", "default", "default", "default", "other", "third"), s.one("name", "a", "a", "a", "b", "c", "d")
	field, fn := s.one("field", "f", "g", "h", "vec", "out", "text", "$meta", "s", "s[x]", "RowID"), s.one("function", "embed", "bm25")
	value := s.one("value", "1", "2")
	var set []model.Property
	var remove []string
	if s.coin("set") {
		for range rapid.IntRange(0, 2).Draw(s.t, "properties") {
			key := s.one("key", "k", "l", "collection.description", "timezone", "consistency_level", "max_field_id")
			set = append(set, model.Property{Key: key, Value: map[string]string{"timezone": "Asia/Tokyo"}[key] + value})
			if key == "timezone" {
				set[len(set)-1].Value = "Asia/Tokyo"
			}
		}
	} else {
		remove = []string{s.one("delete", "k", "l", "timezone", "mmap.enabled")}
	}
	switch what := rapid.IntRange(0, 19).Draw(s.t, "statement"); what {
	case 0, 1:
		sp := spec(name)
		sp.DynamicField = s.coin("dynamic")
		if s.coin("rich") {
			rich(sp)
		} else {
			sp.Fields = append(sp.Fields, added(func(f *model.Field) { f.Name, f.Nullable = "text", false }), number("h"),
				&model.Field{Name: "out", Type: model.FloatVector, TypeParams: props("dim", "8")})
		}
		if rapid.IntRange(0, 7).Draw(s.t, "pending") == 0 {
			opt.Pending = true
		}
		return "create", ddl.CreateCollection(db, sp, opt)
	case 2:
		if s.coin("another partition") {
			return "create partition", ddl.CreatePartition(db, name, s.one("partition", "p", "q"), opt)
		}
		return "drop partition", ddl.DropPartition(db, name, s.one("partition", "p", "q"), opt)
	case 3:
		if s.coin("truncate") {
			return "truncate", ddl.TruncateCollection(db, name, opt)
		}
		return "drop", ddl.DropCollection(db, name)
	case 4:
		to := ddl.Rename{Database: db, Name: name, NewDatabase: s.one("to", "default", "other"), NewName: s.one("as", "a", "b", "c", "d")}
		return "rename", ddl.RenameCollection(to, opt)
	case 5:
		return "create alias", ddl.CreateAlias(db, name, s.one("alias", "c", "d", "e"), opt)
	case 6:
		return "alter alias", ddl.AlterAlias(db, name, s.one("alias", "c", "d", "e"), opt)
	case 7:
		return "drop alias", ddl.DropAlias(db, s.one("alias", "c", "d", "e"))
	case 8:
		return "create partition", ddl.CreatePartition(db, name, s.one("partition", "_default", "p", "q", "r", "t"), opt)
	case 9:
		return "drop partition", ddl.DropPartition(db, name, s.one("partition", "p", "q", "r"), opt)
	case 10:
		if s.coin("make dynamic") {
			set, remove = props("dynamicfield.enabled", "true"), nil
		}
		return "alter collection", ddl.AlterCollection(db, name, model.Alteration{Set: set, Delete: remove}, opt)
	case 11:
		q := model.Alteration{Set: props(s.one("param", "max_length", "max_capacity", "mmap.enabled", "field.description"), value), Delete: remove}
		return "alter field", ddl.AlterCollectionField(db, name, field, q, opt)
	case 12:
		f := added(func(f *model.Field) { f.Name = field })
		var with *model.Function
		if s.coin("with a function") {
			f.Type, f.TypeParams, f.Nullable = model.FloatVector, props("dim", "8"), false
			with = embedding(fn, field, value)
		}
		return "add field", ddl.AddCollectionField(db, name, f, with, opt)
	case 13:
		return "add struct field", ddl.AddCollectionStructField(db, name, structField(field, rapid.IntRange(0, 3).Draw(s.t, "sub-fields")), opt)
	case 14:
		if s.coin("by function") {
			return "drop function field", ddl.DropCollectionField(db, name, "", 0, fn, opt)
		}
		return "drop field", ddl.DropCollectionField(db, name, field, 0, "", opt)
	case 15:
		return "add function", ddl.AddCollectionFunction(db, name, embedding(fn, field, value), opt)
	case 16:
		return "alter function", ddl.AlterCollectionFunction(db, name, fn, embedding(fn, field, value), opt)
	case 17:
		return "drop function", ddl.DropCollectionFunction(db, name, fn, opt)
	case 18:
		if s.coin("drop database") {
			return "drop database", ddl.DropDatabase(db, opt)
		}
		return "create database", ddl.CreateDatabase(db, set, opt)
	default:
		return "alter database", ddl.AlterDatabase(db, set, remove)
	}
}

// pending finishes or gives up what is being created.
func (s *story) pending() {
	var ids []model.ID
	for c := range s.snap.Unfinished() {
		ids = append(ids, c.ID)
	}
	for _, id := range ids {
		switch rapid.IntRange(0, 2).Draw(s.t, "unfinished") {
		case 0:
			s.do("finish", ddl.FinishCreate(id))
		case 1:
			s.do("give up", ddl.MarkDropping(id))
		}
	}
}

// do plans and applies a statement, and holds it to what every planner promises.
func (s *story) do(what string, p ddl.Planner) {
	t, before := s.t, s.snap
	in := ddl.Input{Now: before.Timestamp() + 10}
	d, res, err := p(before, in)
	again, resAgain, errAgain := p(before, in)
	require.Equal(t, err == nil, errAgain == nil, what)
	require.Equal(t, d, again, "%s is planned the same way twice", what)
	require.Equal(t, res, resAgain, what)
	if err != nil {
		return
	}
	if len(d.Changes) == 0 {
		require.Equal(t, before.NextID(), d.NextID, "%s takes ids for nothing", what)
		return
	}
	cs := &catalog.ChangeSet{Revision: before.Revision() + 1, Timestamp: in.Now, NextID: d.NextID, Changes: d.Changes}
	keys := map[string]bool{}
	for i := range cs.Changes {
		c := &cs.Changes[i]
		exact, err := codec.Seal(before, c)
		require.NoError(t, err, what)
		require.True(t, exact)
		require.False(t, keys[c.Stored.Key], "%s names %s twice", what, c.Stored.Key)
		keys[c.Stored.Key] = true
		require.False(t, c.Put != nil && c.Stored.Existed && string(c.Stored.Value) == string(c.Stored.Before), "%s writes %s as it is", what, c.Stored.Key)
		require.True(t, c.Put != nil || c.Stored.Existed, "%s deletes %s, which is not there", what, c.Stored.Key)
	}
	_, err = codec.SealLeft(before, cs)
	require.NoError(t, err, what)
	s.marks, s.dumps = append(s.marks, before.Mark()), append(s.dumps, dump(before))
	s.snap, err = before.Stage(cs)
	require.NoError(t, err, what)
	cs.Sum = s.snap.Fingerprint()
	s.log = append(s.log, cs)
	s.schemas(what, before, in.Now)

	done, _, err := p(s.snap, ddl.Input{Now: in.Now + 10})
	if err == nil && what != "create database" && what != "add function" && what != "truncate" {
		require.Empty(t, done.Changes, "%s, repeated, changes something more", what)
	}
}

// schemas checks what every change of a schema does besides.
func (s *story) schemas(what string, before *catalog.Snapshot, now model.Timestamp) {
	for db := range s.snap.Databases() {
		for c := range s.snap.Collections(db.ID) {
			fields := map[string]model.ID{}
			note := func(f *model.Field) {
				fields[f.Name] = f.ID
				id := fieldID{c.ID, f.ID}
				if old, used := s.given[id]; used {
					require.Equal(s.t, old, f.Name, "%s: the id %d of collection %d has been used before", what, f.ID, c.ID)
				}
				s.given[id] = f.Name
			}
			for f := range c.Fields() {
				note(f)
			}
			for f := range c.StructFields() {
				note(&model.Field{ID: f.ID, Name: f.Name})
				for _, sub := range f.Fields {
					note(sub)
				}
			}
			outputs := map[string]bool{}
			for f := range c.Functions() {
				for i, name := range append(slices.Clone(f.Inputs), f.Outputs...) {
					require.Equal(s.t, fields[name], append(slices.Clone(f.InputIDs), f.OutputIDs...)[i], "%s: %s names what is there", what, f.Name)
				}
				for _, name := range f.Outputs {
					outputs[name] = true
				}
			}
			for f := range c.Fields() {
				require.Equal(s.t, outputs[f.Name], f.FunctionOutput, "%s: %s is filled by a function", what, f.Name)
			}
			old, ok := before.CollectionByID(c.ID)
			if !ok || old == c {
				continue
			}
			if !slices.Equal(children(old), children(c)) {
				require.Equal(s.t, old.SchemaVersion+1, c.SchemaVersion, what)
			}
			if !old.Equal(c.Collection) && what != "truncate" {
				require.Equal(s.t, now, c.Updated, what)
			}
		}
	}
}

// show is a record as it is stored.
func show(rec any) string {
	b, err := codec.Encode(rec)
	return fmt.Sprintf("%T %q %v", rec, b, err)
}

// children are what makes up the schema of a collection.
func children(c *catalog.Collection) (out []string) {
	for f := range c.Fields() {
		out = append(out, show(f))
	}
	for f := range c.StructFields() {
		out = append(out, show(f))
	}
	for f := range c.Functions() {
		out = append(out, show(f))
	}
	return out
}

// dump is everything that can be seen of a Snapshot.
func dump(s *catalog.Snapshot) []string {
	out := []string{fmt.Sprint(s.Mark(), s.CountAllCollections(), s.Capacity(), s.CountDatabases())}
	one := func(c *catalog.Collection) {
		out = append(out, fmt.Sprintf("%s %q", show(c.Collection), c.Aliases()))
		out = append(out, children(c)...)
		for p := range c.Partitions() {
			out = append(out, show(p))
		}
		for _, ch := range c.PhysicalChannels {
			out = append(out, fmt.Sprint(ch, s.ChannelUse(ch)))
		}
	}
	for d := range s.Databases() {
		out = append(out, fmt.Sprintf("%s %d", show(d), s.CountCollections(d.ID)))
		for c := range s.Collections(d.ID) {
			one(c)
		}
		for a := range s.Aliases(d.ID) {
			out = append(out, show(a))
		}
	}
	for c := range s.Unfinished() {
		one(c)
	}
	return out
}

// Every statement is the same whoever plans it, writes only what changes, never gives an id twice, and can be taken back.
func checkStory(t *rapid.T) {
	s := &story{t: t, given: map[fieldID]string{}}
	s.snap = catalog.Empty().At(catalog.Position{NextID: firstID})
	first := &catalog.ChangeSet{Revision: 1, NextID: firstID, Changes: []catalog.Change{
		catalog.PutDatabase(&model.Database{ID: 1, Name: "default", State: model.DatabaseCreated}),
		catalog.PutDatabase(&model.Database{ID: 2, Name: "other", State: model.DatabaseCreated}),
	}}
	for i := range first.Changes {
		_, err := codec.Seal(s.snap, &first.Changes[i])
		require.NoError(t, err)
	}
	snap, err := s.snap.Stage(first)
	require.NoError(t, err)
	s.snap = snap
	for range rapid.IntRange(1, 100).Draw(t, "statements") {
		s.do(s.planner())
		s.pending()
	}
	w := s.snap.Work()
	for i, cs := range slices.Backward(s.log) {
		undo, err := codec.Undo(cs)
		require.NoError(t, err)
		require.NoError(t, w.Revert(cs, undo, s.marks[i]))
		require.Equal(t, s.dumps[i], dump(w.Snapshot()))
	}
}

// pains.md 2, 13, 57.
func TestStory(t *testing.T) {
	t.Parallel()
	rapid.Check(t, checkStory)
}
