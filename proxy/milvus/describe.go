package milvus

import (
	"context"
	"hash/maphash"
	"math/bits"
	"strconv"
	"sync/atomic"

	"github.com/cockroachdb/errors"
	"github.com/milvus-io/milvus-proto/go-api/v3/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"google.golang.org/protobuf/proto"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
)

// describeCollection is what SDKs call most: has_collection is this RPC too. By name or alias, or by id alone: then the
// database is the collection's own, whatever the request says.
func (s *Service) describeCollection(ctx context.Context, req *milvuspb.DescribeCollectionRequest) (encoded, error) {
	snap, past, err := s.at(ctx, req.GetTimeStamp())
	if err != nil {
		return nil, err
	}
	return s.describeIn(snap, past, req)
}

// describeIn answers from one catalog; past: it may be an older one than the newest.
func (s *Service) describeIn(snap *catalog.Snapshot, past bool, req *milvuspb.DescribeCollectionRequest) (encoded, error) {
	c, asked, err := s.described(snap, req)
	if err != nil {
		return nil, err
	}
	if err := intact(snap, c.ID); err != nil {
		return nil, err
	}
	cache := s.describes
	if past {
		cache = s.pasts
	}
	return cache.reply(c, asked, func() *milvuspb.DescribeCollectionResponse {
		db, _ := snap.DatabaseByID(c.Database)
		return describe(db, c, asked)
	})
}

// described returns the collection, and the name under which it is to appear.
func (s *Service) described(snap *catalog.Snapshot, req *milvuspb.DescribeCollectionRequest) (*catalog.Collection, string, error) {
	name, id := req.GetCollectionName(), model.ID(req.GetCollectionID())
	var c *catalog.Collection
	var err error
	if byID := name == "" && id != 0; byID {
		if c, err = collectionByID(snap, id); err == nil {
			return c, c.Name, nil
		}
		name = strconv.FormatInt(int64(id), 10)
	} else {
		if c, err = collection(snap, req.GetDbName(), name); err == nil {
			return c, name, nil
		}
		// Milvus looks at the name before anything else. One that was found needs no look.
		if invalid := model.ValidateCollectionName(name, s.Limits); invalid != nil {
			return nil, "", invalid
		}
	}
	if errs.CollectionNotFound.Is(err) {
		err = errs.CannotFindCollection(req.GetDbName(), name)
	}
	return nil, "", err
}

// describe returns the description of a collection under the name that was asked for.
func describe(db *model.Database, c *catalog.Collection, asked string) *milvuspb.DescribeCollectionResponse {
	properties := keyValues(c.Properties)
	return &milvuspb.DescribeCollectionResponse{
		Status:               &commonpb.Status{},
		Schema:               schemaOf(db, c, properties),
		CollectionID:         int64(c.ID),
		VirtualChannelNames:  c.VirtualChannels,
		PhysicalChannelNames: c.PhysicalChannels,
		CreatedTimestamp:     uint64(c.Created),
		CreatedUtcTimestamp:  uint64(c.Created.Millis()),
		ShardsNum:            c.Shards,
		Aliases:              c.Aliases(),
		ConsistencyLevel:     commonpb.ConsistencyLevel(c.Consistency),
		CollectionName:       asked,
		Properties:           properties,
		DbName:               db.Name,
		NumPartitions:        int64(c.CountPartitions()),
		DbId:                 int64(db.ID),
		UpdateTimestamp:      uint64(c.Updated),
		UpdateTimestampStr:   strconv.FormatUint(uint64(c.Updated), 10),
	}
}

// describeCache keeps descriptions in the form in which they are sent. A slot holds one, and the next that hashes to it
// takes its place; so the cache has a bound, no locks and no bookkeeping. A changed collection is another pointer,
// which no entry has; so nothing is ever invalidated.
type describeCache struct {
	slots []atomic.Pointer[description] // a power of two
	shift int                           // leaves as many of a hash's bits as number a slot
	seed  maphash.Seed
	// versions: several states of one collection have slots of their own.
	versions bool
}

// description is the answer for a collection asked for by a name. It never changes.
type description struct {
	collection *catalog.Collection
	asked      string
	reply      encoded
}

// newDescribeCache returns a cache of at least size entries. size is positive.
func newDescribeCache(size int) *describeCache {
	n := bits.Len(uint(size - 1))
	return &describeCache{slots: make([]atomic.Pointer[description], 1<<n), shift: 64 - n, seed: maphash.MakeSeed()}
}

// reply returns the description of c under a name, making it if it is not there.
func (d *describeCache) reply(c *catalog.Collection, asked string, build func() *milvuspb.DescribeCollectionResponse) (encoded, error) {
	slot := d.slot(c, asked)
	if e := slot.Load(); e != nil && e.collection == c && e.asked == asked {
		return e.reply, nil
	}
	reply, err := proto.Marshal(build())
	if err != nil {
		return nil, errors.Wrapf(err, "encode the description of collection %d", errors.Safe(int64(c.ID)))
	}
	slot.Store(&description{collection: c, asked: asked, reply: reply})
	return reply, nil
}

// slot returns where a description belongs. Ids are counted, so multiplying by the golden ratio spreads them evenly.
func (d *describeCache) slot(c *catalog.Collection, asked string) *atomic.Pointer[description] {
	hash := uint64(c.ID) * 0x9e3779b97f4a7c15
	if asked != c.Name {
		hash ^= maphash.String(d.seed, asked)
	}
	if d.versions {
		hash ^= maphash.Comparable(d.seed, c)
	}
	return &d.slots[hash>>d.shift]
}
