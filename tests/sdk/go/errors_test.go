package sdk_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/milvus-io/milvus/client/v2/milvusclient"
)

type wrong struct {
	Case   string     `yaml:"case"`
	Schema collection `yaml:"schema"`
	Code   int32      `yaml:"code"`
	Reason string     `yaml:"reason"`
	SDK    []string   `yaml:"sdk"`
}

func TestWrongSchemas(t *testing.T) {
	var cases []wrong
	load(t, "errors.yaml", &cases)
	client := connect(t)
	for _, w := range cases {
		t.Run(w.Case, func(t *testing.T) {
			err := create(newContext(t), t, client, w.Schema.expand())
			if slices.Contains(w.SDK, "go") {
				equal(t, "refused by the SDK", err != nil, true)
			} else {
				refused(t, err, w.Code, w.Reason)
			}
			equal(t, "listed", slices.Contains(list(t, client), w.Schema.Name), false)
		})
	}
}

func TestNameTooLong(t *testing.T) {
	ctx, client := newContext(t), connect(t)
	mustCreate(ctx, t, client, simple(strings.Repeat("n", 255)))
	refused(t, create(ctx, t, client, simple(strings.Repeat("n", 256))), codeInvalid,
		"the length of a collection name must be less than 255 characters")
}

func TestDuplicate(t *testing.T) {
	ctx, client, c := newContext(t), connect(t), simple("go_duplicate")
	mustCreate(ctx, t, client, c)
	other := simple(c.Name)
	other.Fields[1].Dim = 16
	refused(t, create(ctx, t, client, other), codeInvalid, "create duplicate collection with different parameters")
	other = simple(c.Name)
	other.Description = "another"
	refused(t, create(ctx, t, client, other), codeInvalid, "create duplicate collection with different parameters")
	compare(ctx, t, client, c) // unharmed
}

func TestMissingCollection(t *testing.T) {
	const missing = "go_no_such_collection"
	ctx, client := newContext(t), connect(t)
	equal(t, "exists", has(t, client, missing), false)
	_, err := client.DescribeCollection(ctx, milvusclient.NewDescribeCollectionOption(missing))
	refused(t, err, codeCollectionNotFound, "can't find collection[database=default][collection="+missing+"]")
	_, err = client.GetCollectionStats(ctx, milvusclient.NewGetCollectionStatsOption(missing))
	refused(t, err, codeCollectionNotFound, missing)
	ok(t, client.DropCollection(ctx, milvusclient.NewDropCollectionOption(missing))) // dropping nothing is no failure
}


// What needs a data plane is refused at once, by an answer in the message.
func TestNotSupported(t *testing.T) {
	const name = "go_data"
	ctx, client := newContext(t), connect(t)
	dropAfter(t, client, name)
	ok(t, client.CreateCollection(ctx, milvusclient.SimpleCreateCollectionOptions(name, 8)))
	began := time.Now()
	_, err := client.Query(ctx, milvusclient.NewQueryOption(name).WithFilter("id > 0"))
	refused(t, err, codeNotSupported, "")
	if took := time.Since(began); took > instant {
		t.Errorf("it took %s", took)
	}
}
