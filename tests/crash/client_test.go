package crash

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/cockroachdb/errors"
	"github.com/milvus-io/milvus-proto/go-api/v3/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"github.com/milvus-io/milvus-proto/go-api/v3/schemapb"
	"google.golang.org/grpc/metadata"

	"github.com/taproot-db/taproot/tests/internal/milvus"
)

const (
	// contested is how many names all clients fight for, of collections and of partitions of the shared collection.
	contested = 6
	// mostOwn is how many collections a client keeps of its own, so that looking at all of them stays quick.
	mostOwn = 12
	// mostPartitions is how many partitions it makes in one of them.
	mostPartitions = 4
	// shared is a collection that is never dropped while clients run; they fight for its partitions.
	shared = "shared"
	// untracked is a partition of contested collections: nobody can say afterwards which of them it was in.
	untracked = "untracked"
	// patience bounds one call: a server that hangs must not hang the test.
	patience = 10 * time.Second
)

// client is one user, who does one thing after the other.
type client struct {
	name     string
	rng      *rand.Rand
	conn     *milvus.Conn
	began    time.Time // of the round
	sharedID int64
	own      []ownCollection
	serial   int // of the next own name

	history
	asked     int    // requests of all kinds
	timestamp uint64 // the highest that it was given
	wrong     []string
}

// ownCollection is a collection that nobody else touches.
type ownCollection struct {
	name       string
	id         int64
	partitions []string
}

// schema returns one of a few schemas for a name. The same name with another schema is refused.
func schema(name string, variant int) *schemapb.CollectionSchema {
	s := milvus.Schema(name)
	switch variant % 3 {
	case 1:
		s.Description = "of the second kind"
		s.EnableDynamicField = true
	case 2:
		s.Fields = append(s.Fields, &schemapb.FieldSchema{
			Name: "labels", DataType: schemapb.DataType_Array, ElementType: schemapb.DataType_VarChar, Nullable: true,
			TypeParams: []*commonpb.KeyValuePair{{Key: "max_capacity", Value: "16"}, {Key: "max_length", Value: "32"}},
		})
	}
	return s
}

// run acts until the server is gone.
func (c *client) run(ctx context.Context) {
	for ctx.Err() == nil {
		if !c.step(ctx) {
			return
		}
	}
}

// step does one thing and reports whether the server still answers.
func (c *client) step(ctx context.Context) bool {
	c.asked++
	switch p := c.rng.IntN(100); {
	case p < 25 && len(c.own) < mostOwn:
		return c.createOwn(ctx)
	case p < 40 && len(c.own) > 0:
		return c.dropOwn(ctx)
	case p < 58:
		name := fmt.Sprintf("contested_%d", c.rng.IntN(contested))
		ok := c.create(ctx, name)
		return ok && c.look(ctx, name)
	case p < 70:
		return c.drop(ctx, fmt.Sprintf("contested_%d", c.rng.IntN(contested)))
	case p < 80 && len(c.own) > 0:
		return c.createOwnPartition(ctx)
	case p < 85 && len(c.own) > 0:
		return c.dropOwnPartition(ctx)
	case p < 95:
		return c.partition(ctx, shared, c.sharedID, fmt.Sprintf("contested_%d", c.rng.IntN(contested)), c.rng.IntN(2) == 0)
	case p < 97: // in whatever collection has that name just now
		return c.partition(ctx, fmt.Sprintf("contested_%d", c.rng.IntN(contested)), 0, untracked, c.rng.IntN(2) == 0)
	default:
		return c.allocate(ctx)
	}
}

// database chooses one of the ways to say "the default database".
func (c *client) database(ctx context.Context) (context.Context, string) {
	switch c.rng.IntN(3) {
	case 0:
		return metadata.AppendToOutgoingContext(ctx, "dbname", "default"), ""
	case 1:
		return ctx, "default"
	default:
		return ctx, ""
	}
}

// ask makes one request about a thing and writes it down; it returns false if the server is gone.
func (c *client) ask(ctx context.Context, thing string, drop bool, call func(ctx context.Context, db string) (*commonpb.Status, error)) bool {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	ctx, db := c.database(ctx)
	r := request{thing: thing, drop: drop, began: time.Since(c.began)}
	err := milvus.Check(call(ctx, db))
	r.ended = time.Since(c.began)
	r.outcome = c.outcome(thing, err)
	if thing != "" {
		c.requests = append(c.requests, r)
	}
	return r.outcome != unknown
}

// outcome says what an error tells about what was done.
func (c *client) outcome(what string, err error) outcome {
	var no *milvus.RefusedError
	switch {
	case err == nil:
		return done
	case !errors.As(err, &no):
		return unknown
	case no.Code != 100 && no.Code != 200 && no.Code != 1100 && no.Code != 4: // not found, other parameters, queue full
		c.wrong = append(c.wrong, fmt.Sprintf("%s: unexpected answer %d %q", what, no.Code, no.Reason))
	}
	return refused
}

func (c *client) create(ctx context.Context, name string) bool {
	req, err := milvus.CreateRequest(schema(name, c.rng.IntN(3)))
	if err != nil {
		c.wrong = append(c.wrong, err.Error())
		return false
	}
	return c.ask(ctx, collectionThing(name), false, func(ctx context.Context, db string) (*commonpb.Status, error) {
		req.DbName = db
		return c.conn.CreateCollection(ctx, req)
	})
}

func (c *client) drop(ctx context.Context, name string) bool {
	return c.ask(ctx, collectionThing(name), true, func(ctx context.Context, db string) (*commonpb.Status, error) {
		return c.conn.DropCollection(ctx, &milvuspb.DropCollectionRequest{DbName: db, CollectionName: name})
	})
}

// look describes a collection and writes down what is seen.
func (c *client) look(ctx context.Context, name string) bool {
	_, alive := c.seen(ctx, name)
	return alive
}

func (c *client) seen(ctx context.Context, name string) (id int64, alive bool) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	at := time.Since(c.began)
	resp, err := milvus.Describe(ctx, c.conn, name)
	if err != nil {
		return 0, c.outcome(name, err) != unknown
	}
	c.sights = append(c.sights, sight{collectionThing(name), at, collectionObject(resp)})
	return resp.GetCollectionID(), true
}

func (c *client) createOwn(ctx context.Context) bool {
	name := fmt.Sprintf("own_%s_%d", c.name, c.serial)
	c.serial++
	if !c.create(ctx, name) {
		return false
	}
	id, alive := c.seen(ctx, name)
	if alive && id == 0 {
		c.wrong = append(c.wrong, name+": created, acknowledged, and not to be seen")
	}
	c.own = append(c.own, ownCollection{name: name, id: id})
	return alive
}

func (c *client) dropOwn(ctx context.Context) bool {
	i := c.rng.IntN(len(c.own))
	name := c.own[i].name
	c.own = append(c.own[:i], c.own[i+1:]...)
	return c.drop(ctx, name)
}

// partition creates or drops a partition. Without the id of its collection nobody can say later which one it was in.
func (c *client) partition(ctx context.Context, collection string, id int64, name string, drop bool) bool {
	thing := ""
	if id != 0 {
		thing = partitionThing(id, name)
	}
	return c.ask(ctx, thing, drop, func(ctx context.Context, db string) (*commonpb.Status, error) {
		if drop {
			return c.conn.DropPartition(ctx, &milvuspb.DropPartitionRequest{DbName: db, CollectionName: collection, PartitionName: name})
		}
		return c.conn.CreatePartition(ctx, &milvuspb.CreatePartitionRequest{DbName: db, CollectionName: collection, PartitionName: name})
	})
}

func (c *client) createOwnPartition(ctx context.Context) bool {
	own := &c.own[c.rng.IntN(len(c.own))]
	if len(own.partitions) >= mostPartitions {
		return true
	}
	name := fmt.Sprintf("part_%d", c.serial)
	c.serial++
	own.partitions = append(own.partitions, name)
	return c.partition(ctx, own.name, own.id, name, false)
}

func (c *client) dropOwnPartition(ctx context.Context) bool {
	own := &c.own[c.rng.IntN(len(c.own))]
	if len(own.partitions) == 0 {
		return true
	}
	i := c.rng.IntN(len(own.partitions))
	name := own.partitions[i]
	own.partitions = append(own.partitions[:i], own.partitions[i+1:]...)
	return c.partition(ctx, own.name, own.id, name, true)
}

// allocate asks for a timestamp, which must be above all that this client has been given.
func (c *client) allocate(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	resp, err := c.conn.AllocTimestamp(ctx, &milvuspb.AllocTimestampRequest{})
	if err := milvus.Check(resp.GetStatus(), err); err != nil {
		return c.outcome("AllocTimestamp", err) != unknown
	}
	if ts := resp.GetTimestamp(); ts <= c.timestamp {
		c.wrong = append(c.wrong, fmt.Sprintf("timestamp %d was given after %d", ts, c.timestamp))
	} else {
		c.timestamp = ts
	}
	return true
}
