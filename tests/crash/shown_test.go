package crash

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/cockroachdb/errors"
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"github.com/milvus-io/milvus-proto/go-api/v3/schemapb"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"

	"github.com/taproot-db/taproot/tests/internal/milvus"
)

// shown is everything that a server shows.
type shown struct {
	things      map[string]object
	defaults    map[int64]object    // the partition that a collection is born with, by collection
	collections map[string]int64    // ids by name
	partitions  map[string][]string // names by collection
	highestID   int64
	highestTS   uint64
}

func collectionThing(name string) string { return "collection " + name }

func partitionThing(collection int64, name string) string {
	return fmt.Sprintf("partition %s of %d", name, collection)
}

// collectionObject is a collection without what may change while it lives: partitions come and go.
func collectionObject(resp *milvuspb.DescribeCollectionResponse) object {
	rest := proto.CloneOf(resp)
	rest.Status, rest.RequestTime, rest.NumPartitions = nil, 0, 0
	// prototext varies its spacing from build to build, not within one.
	return object{resp.GetCollectionID(), resp.GetCreatedTimestamp(), prototext.MarshalOptions{}.Format(rest)}
}

// readCatalog lists everything and looks at each collection in every way there is. What is not whole is an error.
func readCatalog(ctx context.Context, conn *milvus.Conn) (*shown, error) {
	list, err := conn.ShowCollections(ctx, &milvuspb.ShowCollectionsRequest{})
	if err := milvus.Check(list.GetStatus(), err); err != nil {
		return nil, errors.Wrap(err, "show collections")
	}
	c := &shown{things: map[string]object{}, defaults: map[int64]object{}, collections: map[string]int64{}, partitions: map[string][]string{}}
	for i, name := range list.GetCollectionNames() {
		id := list.GetCollectionIds()[i]
		if err := c.readCollection(ctx, conn, name, id); err != nil {
			return nil, errors.Wrapf(err, "collection %s, id %d", name, id)
		}
	}
	return c, nil
}

func (c *shown) readCollection(ctx context.Context, conn *milvus.Conn, name string, id int64) error {
	resp, err := milvus.Describe(ctx, conn, name)
	if err != nil {
		return errors.Wrap(err, "describe")
	}
	byID, err := conn.DescribeCollection(ctx, &milvuspb.DescribeCollectionRequest{CollectionID: id})
	if err := milvus.Check(byID.GetStatus(), err); err != nil {
		return errors.Wrap(err, "describe by id")
	}
	if a, b := collectionObject(resp), collectionObject(byID); a != b {
		return errors.Newf("by name it is %+v, by id %+v", a, b)
	}
	has, err := conn.HasCollection(ctx, &milvuspb.HasCollectionRequest{CollectionName: name})
	if err := milvus.Check(has.GetStatus(), err); err != nil || !has.GetValue() {
		return errors.CombineErrors(err, errors.Newf("has says %v", has.GetValue()))
	}
	if resp.GetCollectionID() != id {
		return errors.Newf("described with id %d", resp.GetCollectionID())
	}
	if err := whole(name, resp); err != nil {
		return err
	}
	if _, twice := c.collections[name]; twice {
		return errors.New("is listed twice")
	}
	c.collections[name] = id
	o := collectionObject(resp)
	c.things[collectionThing(name)] = o
	c.highestID, c.highestTS = max(c.highestID, o.id), max(c.highestTS, o.created)
	return c.readPartitions(ctx, conn, name, resp)
}

// whole compares a collection with the schemas that clients ask for: all of one, nothing of another.
func whole(name string, resp *milvuspb.DescribeCollectionResponse) error {
	if n := len(resp.GetVirtualChannelNames()); n != 1 || len(resp.GetPhysicalChannelNames()) != n {
		return errors.Newf("has %d virtual and %d physical channels", n, len(resp.GetPhysicalChannelNames()))
	}
	var got []string
	for _, f := range resp.GetSchema().GetFields() {
		got = append(got, f.GetName()+":"+f.GetDataType().String())
	}
	for variant := range 3 {
		want := fieldNames(schema(name, variant))
		if slices.Equal(got, want) && resp.GetSchema().GetDescription() == schema(name, variant).GetDescription() {
			return nil
		}
	}
	return errors.Newf("is not whole: it has the fields %s", strings.Join(got, " "))
}

func fieldNames(s *schemapb.CollectionSchema) (names []string) {
	for _, f := range s.GetFields() {
		names = append(names, f.GetName()+":"+f.GetDataType().String())
	}
	return names
}

func (c *shown) readPartitions(ctx context.Context, conn *milvus.Conn, name string, coll *milvuspb.DescribeCollectionResponse) error {
	resp, err := conn.ShowPartitions(ctx, &milvuspb.ShowPartitionsRequest{CollectionName: name})
	if err := milvus.Check(resp.GetStatus(), err); err != nil {
		return errors.Wrap(err, "show partitions")
	}
	names := resp.GetPartitionNames()
	if !slices.Contains(names, "_default") {
		return errors.Newf("is not whole: it has the partitions %q", names)
	}
	if int64(len(names)) != coll.GetNumPartitions() {
		return errors.Newf("has %d partitions and says %d", len(names), coll.GetNumPartitions())
	}
	for i, p := range names {
		id, ts := resp.GetPartitionIDs()[i], resp.GetCreatedTimestamps()[i]
		if id <= coll.GetCollectionID() || ts < coll.GetCreatedTimestamp() {
			return errors.Newf("partition %s, id %d of %d, is older than its collection, of %d", p, id, ts, coll.GetCreatedTimestamp())
		}
		c.partitions[name] = append(c.partitions[name], p)
		o := object{id: id, created: ts}
		c.highestID, c.highestTS = max(c.highestID, id), max(c.highestTS, ts)
		switch {
		case p == "_default":
			c.defaults[coll.GetCollectionID()] = o
		case p != untracked:
			c.things[partitionThing(coll.GetCollectionID(), p)] = o
		}
	}
	return nil
}

// ownerOf returns the collection that a partition lies in.
func ownerOf(thing string) (collection int64, isPartition bool) {
	if !strings.HasPrefix(thing, "partition ") {
		return 0, false
	}
	_, err := fmt.Sscan(thing[strings.LastIndex(thing, " ")+1:], &collection)
	return collection, err == nil
}

// explain returns what a history cannot explain about the way from one catalog to the next. Partitions of a collection
// that is gone are gone with it, for whatever reason it went.
func (c *shown) explain(h history, next *shown) []string {
	live := map[int64]bool{}
	for _, id := range next.collections {
		live[id] = true
	}
	orphan := func(thing string) bool {
		owner, isPartition := ownerOf(thing)
		return isPartition && !live[owner]
	}
	before := maps.Clone(c.things)
	maps.DeleteFunc(before, func(thing string, _ object) bool { return orphan(thing) })
	h.requests = slices.DeleteFunc(slices.Clone(h.requests), func(r request) bool { return orphan(r.thing) })
	wrong := h.explain(before, next.things)
	for id, was := range c.defaults {
		if is, ok := next.defaults[id]; ok && is != was {
			wrong = append(wrong, fmt.Sprintf("default partition of %d was %+v and is %+v", id, was, is))
		}
	}
	return wrong
}
