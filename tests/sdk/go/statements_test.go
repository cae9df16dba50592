package sdk_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"testing"

	"github.com/milvus-io/milvus/client/v2/milvusclient"
	"github.com/milvus-io/milvus/pkg/v2/util/merr"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"gopkg.in/yaml.v3"
)

// scenario is an entry of statements.yaml, which says what the members of its steps mean.
type scenario struct {
	Name  string `yaml:"scenario"`
	Steps []step `yaml:"steps"`
}

type step struct {
	Do string `yaml:"do"`
	In string `yaml:"in"`

	// What create sends, and the name in other statements.
	collection `yaml:",inline"`
	To         string         `yaml:"to"`
	Database   string         `yaml:"database"`
	Of         string         `yaml:"collection"`
	Alias      string         `yaml:"alias"`
	ID         int64          `yaml:"id"`
	Names      []string       `yaml:"names"`
	Set        map[string]any `yaml:"set"`
	Remove     []string       `yaml:"remove"`
	Field      field          `yaml:"field"`
	Struct     structField    `yaml:"struct"`
	Function   function       `yaml:"function"`
	Index      yaml.Node      `yaml:"index"`

	Shows     yaml.Node `yaml:"shows"`
	Includes  []string  `yaml:"includes"`
	Excludes  []string  `yaml:"excludes"`
	Keep      string    `yaml:"keep"`
	Same      string    `yaml:"same"`
	Newer     string    `yaml:"newer"`
	Unchanged string    `yaml:"unchanged"`
	Code      int32     `yaml:"code"`
	Text      string    `yaml:"text"`
	Input     *bool     `yaml:"input"`
	SDK       []string  `yaml:"sdk"`
}

// Each scenario runs in the default database and in another one.
func TestStatements(t *testing.T) {
	const other = "other_one"
	called := &calls{methods: map[string]bool{}}
	for _, database := range []string{"default", "elsewhere"} {
		var all []scenario
		load(t, "statements.yaml", &all, "${db}", database, "${other}", other)
		t.Run(database, func(t *testing.T) {
			for _, s := range all {
				if s.absent() {
					continue
				}
				t.Run(s.Name, func(t *testing.T) {
					for _, name := range []string{database, other} {
						makeDatabase(t, name)
					}
					r := run{database: database, called: called, clients: map[string]*milvusclient.Client{}, kept: map[string]described{}}
					for i := range s.Steps {
						r.step(t, i+1, &s.Steps[i])
					}
				})
			}
		})
	}
	t.Run("every method of the SDK", func(t *testing.T) { testMethods(t, called.methods) })
}

func TestEveryStatementIsUsed(t *testing.T) {
	var all []scenario
	load(t, "statements.yaml", &all)
	known, used := map[string]bool{}, map[string]bool{}
	for _, s := range all {
		for _, step := range s.Steps {
			known[step.Do] = true
			used[step.Do] = used[step.Do] || !s.absent()
		}
	}
	maps.DeleteFunc(used, func(_ string, used bool) bool { return !used })
	equal(t, "used", sorted(used), sorted(statements))
	for _, name := range absent {
		equal(t, name+" is a statement", known[name], true)
		delete(known, name)
	}
	equal(t, "not absent", sorted(known), sorted(statements))
}

func sorted[V any](names map[string]V) string { return fmt.Sprint(slices.Sorted(maps.Keys(names))) }

// absent tells whether the scenario has a statement that this SDK does not have.
func (s scenario) absent() bool {
	return slices.ContainsFunc(s.Steps, func(s step) bool { return slices.Contains(absent, s.Do) })
}

// run is a scenario in one database, and what it keeps.
type run struct {
	database string
	called   *calls
	clients  map[string]*milvusclient.Client
	kept     map[string]described
}

// client returns the connection to a database. It need not exist: a client that has gone astray keeps its database's name.
func (r *run) client(t *testing.T, database string) *milvusclient.Client {
	t.Helper()
	c, made := r.clients[database]
	if !made {
		c = connectTo(t, os.Getenv("TAPROOT_ADDR"), grpc.WithChainUnaryInterceptor(r.called.intercept))
		r.clients[database] = c
		if err := c.UseDatabase(newContext(t), milvusclient.NewUseDatabaseOption(database)); err != nil {
			refused(t, err, codeDatabaseNotFound, database)
		}
	}
	return c
}

func (r *run) step(t *testing.T, number int, s *step) {
	t.Helper()
	ctx := newContext(t)
	in := s.In
	if in == "" {
		in = r.database
	}
	got, err := statements[s.Do](ctx, t, r.client(t, in), s)
	switch {
	case slices.Contains(s.SDK, "go"):
		equal(t, "refused by the SDK", err != nil, true)
	case s.Code != 0:
		refused(t, err, s.Code, s.Text)
		equal(t, "may be tried again", merr.IsRetryableErr(err), false)
		if s.Input == nil || *s.Input {
			equal(t, "the caller's fault", merr.GetErrorType(err) == merr.InputError, true)
		}
	case err != nil:
		t.Errorf("unexpected error: %v", err)
	default:
		r.check(t, s, got)
	}
	if t.Failed() {
		t.Fatalf("this was step %d: %s %s%s%s in %s", number, s.Do, s.Name, s.Of, s.Alias, in)
	}
}

// check holds the answer to what the step says of it.
func (r *run) check(t *testing.T, s *step, got any) {
	t.Helper()
	if d, is := got.(described); is {
		r.checkDescribed(t, s, d)
		return
	}
	var shown, want any
	text, err := yaml.Marshal(got)
	ok(t, err)
	ok(t, yaml.Unmarshal(text, &shown))
	if !s.Shows.IsZero() {
		ok(t, s.Shows.Decode(&want))
		whole := shown
		if members, is := want.(map[string]any); is {
			all := shown.(map[string]any) //nolint:forcetypeassert,errcheck // else the suite is wrong
			some := map[string]any{}
			for key := range members {
				some[key] = all[key]
			}
			whole = some
		}
		if !reflect.DeepEqual(whole, want) {
			t.Errorf("got %v, want %v", whole, want)
		}
	}
	names, _ := got.([]string)
	for _, name := range s.Includes {
		equal(t, "includes "+name, slices.Contains(names, name), true)
	}
	for _, name := range s.Excludes {
		equal(t, "includes "+name, slices.Contains(names, name), false)
	}
}

func (r *run) checkDescribed(t *testing.T, s *step, d described) {
	t.Helper()
	kept := func(name string) described {
		k, is := r.kept[name]
		equal(t, "kept as "+name, is, true)
		return k
	}
	if s.Same != "" {
		k := kept(s.Same)
		equal(t, "id", d.ID, k.ID)
		equal(t, "created timestamp", d.raw.GetCreatedTimestamp(), k.raw.GetCreatedTimestamp())
	}
	if s.Newer != "" {
		equal(t, "newer", d.UpdateTimestamp > kept(s.Newer).UpdateTimestamp, true)
	}
	if s.Unchanged != "" {
		if k := kept(s.Unchanged); !proto.Equal(d.raw, k.raw) {
			t.Errorf("got %v, want %v", d.raw, k.raw)
		}
	}
	if s.Keep != "" {
		r.kept[s.Keep] = d
	}
	if s.Shows.IsZero() {
		return
	}
	var want collection
	members := map[string]any{}
	ok(t, s.Shows.Decode(&want))
	ok(t, s.Shows.Decode(&members))
	for member := range members {
		d.compare(t, member, want)
	}
}

// makeDatabase makes the database if it is not the default one, and empties and drops it when the test is over.
func makeDatabase(t *testing.T, name string) {
	t.Helper()
	c, isDefault := connect(t), name == "default"
	if !isDefault {
		ok(t, c.CreateDatabase(newContext(t), milvusclient.NewCreateDatabaseOption(name)))
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		c, err := milvusclient.New(ctx, &milvusclient.ClientConfig{Address: os.Getenv("TAPROOT_ADDR"), DBName: name})
		ok(t, err)
		defer func() { _ = c.Close(ctx) }()
		aliases, err := c.ListAliases(ctx, milvusclient.NewListAliasesOption(""))
		ok(t, err)
		for _, alias := range aliases {
			ok(t, c.DropAlias(ctx, milvusclient.NewDropAliasOption(alias)))
		}
		collections, err := c.ListCollections(ctx, milvusclient.NewListCollectionOption())
		ok(t, err)
		for _, collection := range collections {
			ok(t, c.DropCollection(ctx, milvusclient.NewDropCollectionOption(collection)))
		}
		if !isDefault {
			ok(t, c.DropDatabase(ctx, milvusclient.NewDropDatabaseOption(name)))
		}
	})
}
