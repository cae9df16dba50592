package rootcoord_test

import (
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/kvstore"
	"github.com/taproot-db/taproot/kvstore/memory"
	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/codec"
	"github.com/taproot-db/taproot/metastore/model"
	taprootv1 "github.com/taproot-db/taproot/proto/taproot/v1"
)

// in makes the statements of one database.
type in string

func (db in) create(name string, fields ...*taprootv1.Field) *taprootv1.ExecuteRequest {
	return &taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_CreateCollection{
		CreateCollection: &taprootv1.CreateCollection{Database: string(db), Spec: spec(name, fields...)},
	}}
}

func (db in) drop(name string) *taprootv1.ExecuteRequest {
	return &taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_DropCollection{
		DropCollection: &taprootv1.DropCollection{Database: string(db), Collection: name},
	}}
}

func (db in) createPartition(collection string) *taprootv1.ExecuteRequest {
	return &taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_CreatePartition{
		CreatePartition: &taprootv1.CreatePartition{Database: string(db), Collection: collection, Partition: "p"},
	}}
}

func (db in) dropPartition(collection string) *taprootv1.ExecuteRequest {
	return &taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_DropPartition{
		DropPartition: &taprootv1.DropPartition{Database: string(db), Collection: collection, Partition: "p"},
	}}
}

func (db in) createAlias(collection, alias string) *taprootv1.ExecuteRequest {
	return &taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_CreateAlias{
		CreateAlias: &taprootv1.CreateAlias{Database: string(db), Collection: collection, Alias: alias},
	}}
}

func (db in) alterAlias(collection, alias string) *taprootv1.ExecuteRequest {
	return &taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_AlterAlias{
		AlterAlias: &taprootv1.AlterAlias{Database: string(db), Collection: collection, Alias: alias},
	}}
}

func (db in) dropAlias(alias string) *taprootv1.ExecuteRequest {
	return &taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_DropAlias{
		DropAlias: &taprootv1.DropAlias{Database: string(db), Alias: alias},
	}}
}

func (db in) rename(name string, to in, newName string) *taprootv1.ExecuteRequest {
	return &taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_RenameCollection{
		RenameCollection: &taprootv1.RenameCollection{
			Database: string(db), Collection: name, NewDatabase: string(to), NewCollection: newName,
		},
	}}
}

func (db in) createDatabase(kv ...string) *taprootv1.ExecuteRequest {
	m := &taprootv1.CreateDatabase{Database: string(db)}
	for i := 0; i < len(kv); i += 2 {
		m.Properties = append(m.Properties, &taprootv1.Property{Key: kv[i], Value: kv[i+1]})
	}
	return &taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_CreateDatabase{CreateDatabase: m}}
}

func (db in) dropDatabase() *taprootv1.ExecuteRequest {
	return &taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_DropDatabase{
		DropDatabase: &taprootv1.DropDatabase{Database: string(db)},
	}}
}

func (db in) alterDatabase(set map[string]string, remove ...string) *taprootv1.ExecuteRequest {
	m := &taprootv1.AlterDatabase{Database: string(db), Delete: remove}
	for k, v := range set {
		m.Set = append(m.Set, &taprootv1.Property{Key: k, Value: v})
	}
	return &taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_AlterDatabase{AlterDatabase: m}}
}

// code runs a statement and returns the code of its refusal, 0 if there is none.
func (n *node) code(req *taprootv1.ExecuteRequest) int32 {
	n.t.Helper()
	_, err := n.execute(req)
	if err == nil {
		return 0
	}
	return refusal(n.t, err).GetCode()
}

func field(name string) *taprootv1.Field {
	return &taprootv1.Field{Name: name, DataType: int32(model.Int32)}
}

// The interplay of names (ddl-semantics §8) is the same in every database, and none of it is seen in another one.
func TestNamesInEveryDatabase(t *testing.T) {
	t.Parallel()
	for _, db := range []in{"default", "shop"} {
		t.Run(string(db), func(t *testing.T) {
			t.Parallel()
			data := memory.NewData()
			n := start(t, memory.Open(data))
			other := in("second")
			n.must(other.createDatabase())
			if db != "default" {
				n.must(db.createDatabase())
			}
			require.EqualValues(t, 1100, n.code(db.createDatabase()), "create existing database")
			twin := n.must(other.create("a")).GetCollectionId()
			a := n.must(db.create("a")).GetCollectionId()
			require.NotEqual(t, twin, a, "same collection name in two databases")
			b := n.must(db.create("b")).GetCollectionId()
			require.Equal(t, a, n.must(db.create("a")).GetCollectionId(), "create existing collection equal")
			require.EqualValues(t, 1100, n.code(db.create("a", field("x"))), "and different")

			n.must(db.createAlias("a", "x"))
			require.False(t, n.must(db.createAlias("a", "x")).GetChanged())
			require.EqualValues(t, 1602, n.code(db.createAlias("b", "x")))
			require.EqualValues(t, 1601, n.code(db.create("x")), "create collection named like an alias")
			require.EqualValues(t, 1601, n.code(db.createAlias("a", "b")), "create alias named like a collection")
			require.Equal(t, a, n.must(db.createAlias("x", "y")).GetCollectionId(), "alias of an alias")
			require.EqualValues(t, 1100, n.code(db.drop("a")), "drop collection with aliases")
			require.EqualValues(t, 1100, n.code(db.drop("x")), "drop collection through its alias")
			n.must(db.createPartition("x"))
			require.False(t, n.must(db.createPartition("y")).GetChanged(), "create existing partition, through an alias")
			require.True(t, n.must(db.dropPartition("x")).GetChanged())
			require.False(t, n.must(db.dropPartition("x")).GetChanged(), "drop missing partition")

			require.EqualValues(t, 1100, n.code(db.rename("a", db, "b")), "rename onto a collection")
			require.EqualValues(t, 1601, n.code(db.rename("b", db, "x")), "rename onto an alias")
			require.EqualValues(t, 1100, n.code(db.rename("x", db, "c")), "rename through an alias")
			require.EqualValues(t, 1100, n.code(db.rename("a", db, "a")), "rename to itself")
			require.EqualValues(t, 1100, n.code(db.rename("a", other, "c")), "rename with aliases, other db")
			require.Equal(t, a, n.must(db.rename("a", db, "c")).GetCollectionId(), "rename with aliases, same db")
			require.EqualValues(t, 100, n.code(db.createAlias("a", "z")), "the old name is gone")

			require.Equal(t, b, n.must(db.alterAlias("b", "y")).GetCollectionId())
			require.EqualValues(t, 1600, n.code(db.alterAlias("b", "z")))
			require.EqualValues(t, 1600, n.code(other.alterAlias("a", "x")), "aliases of another database")
			require.EqualValues(t, 1100, n.code(other.dropDatabase()), "drop db with collections")
			require.EqualValues(t, 1100, n.code(in("default").dropDatabase()))

			s := n.Snapshot()
			d, _ := s.Database(string(db))
			for name, id := range map[string]int64{"c": a, "x": a, "b": b, "y": b} {
				c, ok := s.Resolve(d.ID, name)
				require.True(t, ok, name)
				require.EqualValues(t, id, c.ID, name)
			}
			require.EqualValues(t, 100, n.code(db.createPartition("none")))
			for _, alias := range []string{"x", "y"} {
				require.True(t, n.must(db.dropAlias(alias)).GetChanged())
				require.False(t, n.must(db.dropAlias(alias)).GetChanged(), "drop missing alias")
			}
			for _, name := range []string{"c", "b"} {
				require.True(t, n.must(db.drop(name)).GetChanged())
				require.False(t, n.must(db.drop(name)).GetChanged(), "drop missing collection")
			}
			require.Greater(t, n.must(db.create("a")).GetCollectionId(), b, "re-create right after drop")
			n.must(db.drop("a"))
			require.EqualValues(t, 800, n.code(in("none").create("a")))
			n.await("purge", func() bool { return garbage(t, data) == 0 })
			require.Error(t, n.stop())
			loaded := check(t, memory.Open(data))
			require.Equal(t, 1, loaded.CountAllCollections(), "the one in the other database")
		})
	}
}

// pains.md 16, 23: a database may be dropped as soon as nothing in it is visible, and nothing of it stays behind, though its
// collections are purged after it.
func TestDropDatabaseLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	data := memory.NewData()
	n := start(t, memory.Open(data))
	shop := in("shop")
	id := n.must(shop.createDatabase("timezone", "Asia/Tokyo")).GetDatabaseId()
	before := keys(t, memory.Open(data))
	require.Contains(t, before, "meta/root-coord/database/db-info/"+strconv.FormatInt(id, 10))
	for _, name := range []string{"a", "b", "c"} {
		n.must(shop.create(name))
		n.must(shop.createPartition(name))
		n.must(shop.createAlias(name, name+"_alias"))
	}
	for _, name := range []string{"a", "b", "c"} {
		n.must(shop.dropAlias(name + "_alias"))
		n.must(shop.drop(name))
	}
	n.must(shop.dropDatabase())
	n.await("purge", func() bool { return len(catalogKeys(t, memory.Open(data))) == 0 })
	require.Greater(t, n.must(shop.createDatabase()).GetDatabaseId(), id, "another database of that name")
	require.Error(t, n.stop())
	check(t, memory.Open(data))
}

// A crash between the drop of a database and the purge of what was in it, and what Milvus 2.3 left behind in that case: a
// collection that is Dropping, in a database that nobody knows, with all that belongs to it.
func TestWhatWasDroppedIsPurgedWithoutItsDatabase(t *testing.T) {
	t.Parallel()
	data := memory.NewData()
	n := start(t, memory.Open(data))
	n.must(create("stays"))
	require.Error(t, n.stop())
	live := len(catalogKeys(t, memory.Open(data)))

	const db, id = model.ID(77), model.ID(7700)
	var txn kvstore.Txn
	for _, c := range []catalog.Change{
		catalog.PutCollection(&model.Collection{ID: id, Database: db, Name: "a", Shards: 1, State: model.Dropping}),
		catalog.PutField(id, &model.Field{ID: 100, Name: "pk", Type: model.Int64, PrimaryKey: true}),
		catalog.PutPartition(&model.Partition{ID: 7701, Collection: id, Name: "_default"}),
		catalog.PutAlias(&model.Alias{Database: db, Name: "x", Collection: id}),
	} {
		value, err := codec.Encode(c.Put)
		require.NoError(t, err)
		txn.Puts = append(txn.Puts, kvstore.Item{Key: root + "/" + codec.Key(c.Ref), Value: value})
	}
	require.NoError(t, memory.Open(data).Commit(t.Context(), txn))
	require.Len(t, catalogKeys(t, memory.Open(data)), live+4)

	n = start(t, memory.Open(data))
	n.await("purge", func() bool { return len(catalogKeys(t, memory.Open(data))) == live })
	require.Error(t, n.stop())
	check(t, memory.Open(data))
}

// nameRounds is how many rounds the races for a name have, unless TAPROOT_NAME_ROUNDS says otherwise.
const nameRounds = 5

// number returns the number in an environment variable, or another one.
func number(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	require.NoError(t, err, name)
	return n
}

// pains.md 23: however many want a name, as a collection or as an alias, one object has it. Those who asked for exactly
// that one succeed; the others are refused (decisions 6).
func TestSixtyFourWantOneName(t *testing.T) {
	t.Parallel()
	data := memory.NewData()
	n := start(t, memory.Open(data))
	n.must(in("shop").createDatabase())
	for _, db := range []in{"default", "shop"} {
		n.must(db.create("a"))
		n.must(db.create("b"))
	}
	wishes := map[string][]func(in, string) *taprootv1.ExecuteRequest{
		"collections": {in.plain, in.wider},
		"aliases":     {in.ofA, in.ofB},
		"mixed":       {in.plain, in.wider, in.ofA, in.ofB},
	}
	for round := range number(t, "TAPROOT_NAME_ROUNDS", nameRounds) {
		for _, db := range []in{"default", "shop"} {
			for what, wish := range wishes {
				n.race(db, what+strconv.Itoa(round), wish)
			}
		}
	}
	require.Error(t, n.stop())
	check(t, memory.Open(data))
}

func (db in) plain(name string) *taprootv1.ExecuteRequest { return db.create(name) }
func (db in) wider(name string) *taprootv1.ExecuteRequest { return db.create(name, field("x")) }
func (db in) ofA(name string) *taprootv1.ExecuteRequest   { return db.createAlias("a", name) }
func (db in) ofB(name string) *taprootv1.ExecuteRequest   { return db.createAlias("b", name) }

// race lets 64 clients want a name in several ways.
func (n *node) race(db in, name string, wishes []func(in, string) *taprootv1.ExecuteRequest) {
	n.t.Helper()
	const clients = 64
	replies, failures := make([]*taprootv1.ExecuteResponse, clients), make([]error, clients)
	var wg sync.WaitGroup
	for i := range clients {
		wg.Go(func() { replies[i], failures[i] = n.execute(wishes[i%len(wishes)](db, name)) })
	}
	wg.Wait()
	s := n.Snapshot()
	d, _ := s.Database(string(db))
	_, isAlias := s.Alias(d.ID, name)
	_, isCollection := s.Collection(d.ID, name)
	require.NotEqual(n.t, isAlias, isCollection, "exactly one of them")
	holder, ok := s.Resolve(d.ID, name)
	require.True(n.t, ok)
	winner, changed := -1, 0
	for i := range clients {
		kind := i % len(wishes)
		if failures[i] != nil {
			require.Contains(n.t, []int32{1100, 1601, 1602}, refusal(n.t, failures[i]).GetCode())
			require.NotEqual(n.t, winner, kind, "equal wishes have equal answers")
			continue
		}
		if winner < 0 {
			require.Less(n.t, i, len(wishes), "the first of its kind succeeds too")
			winner = kind
		}
		require.Equal(n.t, winner, kind, "different wishes have different answers")
		require.EqualValues(n.t, holder.ID, replies[i].GetCollectionId())
		if replies[i].GetChanged() {
			changed++
		}
	}
	require.GreaterOrEqual(n.t, winner, 0, "somebody wins")
	require.Equal(n.t, 1, changed, "and one of them made it")
}

// Databases survive a restart with their properties, and AlterDatabase is never locked out.
func TestDatabasesSurviveARestart(t *testing.T) {
	t.Parallel()
	data := memory.NewData()
	n := start(t, memory.Open(data))
	shop := in("shop")
	id := n.must(shop.createDatabase("a", "1", "b", "2")).GetDatabaseId()
	n.must(shop.alterDatabase(map[string]string{"database.force.deny.ddl": "true"}))
	require.EqualValues(t, 9, n.code(shop.create("a")))
	require.EqualValues(t, 9, n.code(shop.createAlias("a", "b")))
	require.EqualValues(t, 9, n.code(shop.dropDatabase()))
	require.EqualValues(t, 800, n.code(in("none").alterDatabase(map[string]string{"a": "1"})))
	require.Error(t, n.stop())
	check(t, memory.Open(data))

	n = start(t, memory.Open(data))
	d, ok := n.Snapshot().Database("shop")
	require.True(t, ok)
	require.EqualValues(t, id, d.ID)
	require.Equal(t, []model.Property{{Key: "a", Value: "1"}, {Key: "b", Value: "2"}, {Key: "database.force.deny.ddl", Value: "true"}}, d.Properties)
	require.Zero(t, d.Created%1e6, "milliseconds")
	require.Greater(t, d.Created, uint64(1.6e18), "in nanoseconds")
	n.must(shop.alterDatabase(nil, "database.force.deny.ddl", "a"))
	n.must(shop.create("a"))
	require.Error(t, n.stop())
	check(t, memory.Open(data))
}

// pains.md 6, 17, 27: a rename is one change, within a database and across them. All that belongs to the collection goes with
// it, now and after a restart, and nothing stays behind.
func TestRenameAcrossDatabases(t *testing.T) {
	t.Parallel()
	data := memory.NewData()
	n := start(t, memory.Open(data))
	from, to := in("default"), in("shop")
	db := strconv.FormatInt(n.must(to.createDatabase()).GetDatabaseId(), 10)
	made := n.must(from.create("a", field("x")))
	id := strconv.FormatInt(made.GetCollectionId(), 10)
	n.must(from.createPartition("a"))
	keyIn := func(db string) string { return "meta/root-coord/database/collection-info/" + db + "/" + id }
	belongings := func() map[string]string {
		out := keys(t, memory.Open(data))
		for k := range out {
			if !strings.HasPrefix(k, "meta/root-coord/fields/"+id) && !strings.HasPrefix(k, "meta/root-coord/partitions/"+id) {
				delete(out, k)
			}
		}
		return out
	}
	before := belongings()
	require.Len(t, before, 5+2)
	old, _ := n.Snapshot().CollectionByID(model.ID(made.GetCollectionId()))

	require.EqualValues(t, 800, n.code(from.rename("a", "nowhere", "a")))
	moved := n.must(from.rename("a", to, "b"))
	require.Equal(t, made.GetCollectionId(), moved.GetCollectionId())
	seen := func(s *catalog.Snapshot) {
		t.Helper()
		d, _ := s.Database("shop")
		c, ok := s.Collection(d.ID, "b")
		require.True(t, ok)
		require.Equal(t, 5, c.CountFields())
		require.Equal(t, 2, c.CountPartitions())
		require.Equal(t, old.Created, c.Created)
		require.Greater(t, c.Updated, old.Updated)
		require.Equal(t, old.VirtualChannels, c.VirtualChannels)
		require.Equal(t, "shop", c.StoredDatabaseName)
		require.Zero(t, s.CountCollections(model.DefaultDatabaseID))
		require.Equal(t, 1, s.CountCollections(d.ID))
		_, ok = s.Resolve(model.DefaultDatabaseID, "a")
		require.False(t, ok)
	}
	seen(n.Snapshot())
	all := keys(t, memory.Open(data))
	require.NotContains(t, all, keyIn("1"))
	require.Contains(t, all, keyIn(db))
	require.Equal(t, before, belongings(), "what belongs to it lies under its id alone, and is not written again")
	require.Error(t, n.stop())
	seen(check(t, memory.Open(data)))

	n = start(t, memory.Open(data))
	seen(n.Snapshot())
	require.EqualValues(t, 1100, n.code(to.dropDatabase()))
	n.must(from.create("a")) // the old name is free
	require.EqualValues(t, 1100, n.code(to.rename("b", from, "a")))
	n.must(to.rename("b", from, "c"))
	n.must(from.rename("c", to, "c"))
	n.must(to.rename("c", from, "b"))
	n.must(to.dropDatabase())
	n.must(from.createAlias("b", "x"))
	n.must(from.dropAlias("x"))
	n.must(from.drop("b"))
	n.must(from.drop("a"))
	n.await("purge", func() bool { return len(catalogKeys(t, memory.Open(data))) == 0 })
	require.Error(t, n.stop())
	check(t, memory.Open(data))
}
