package model

import (
	"github.com/cockroachdb/errors"
)

// Limits bounds what clients may ask for. The name after each colon is Milvus's configuration key; the defaults are
// those of Milvus 2.6 unless a field says otherwise. A plain value: copy it, never share a pointer to change it.
type Limits struct {
	// MaxNameLength, in bytes, of every name: proxy.maxNameLength. A name of exactly this length is accepted.
	MaxNameLength int
	// MaxFields of a collection that users declare; the system's and $meta do not count: proxy.maxFieldNum.
	MaxFields int
	// MaxVectorFields of a collection: proxy.maxVectorFieldNum.
	MaxVectorFields int
	// MaxShards of a collection: proxy.maxShardNum.
	MaxShards int
	// MaxDimension of a dense vector; a binary vector may have eight times as many: proxy.maxDimension.
	MaxDimension int
	// MaxVarCharLength, in bytes: proxy.maxVarCharLength.
	MaxVarCharLength int
	// MaxTextLength, in bytes, where a Text field has a max_length at all: proxy.maxTextLength.
	MaxTextLength int
	// MaxArrayCapacity, in elements: proxy.maxArrayCapacity.
	MaxArrayCapacity int
	// MaxDescriptionLength, in bytes, of a collection's description: proxy.maxCollectionDescriptionLength.
	MaxDescriptionLength int
	// MustUsePartitionKey refuses collections without a partition key: proxy.mustUsePartitionKey.
	MustUsePartitionKey bool
	// VectorClusteringKey lets a FloatVector be the clustering key: common.enableVectorClusteringKey.
	VectorClusteringKey bool
	// MaxPartitions of a collection: rootCoord.maxPartitionNum.
	MaxPartitions int
	// PhysicalChannels is the size of the pool that collections spread their shards over; all shards of one collection
	// lie on different ones: rootCoord.dmlChannelNum.
	PhysicalChannels int
	// MaxDatabases that users create, the default database not counted: rootCoord.maxDatabaseNum.
	MaxDatabases int
	// MaxCapacity is the most that partitions × shards may come to over all collections; 0, the default, is unlimited
	// (Milvus: 65536): rootCoord.maxGeneralCapacity.
	MaxCapacity int64
	// MaxCollections of all databases; 0, the default, is unlimited (Milvus: 65536): quotaAndLimits.limits.maxCollectionNum.
	MaxCollections int
	// MaxCollectionsPerDatabase, unless the database has a property that says otherwise; 0, the default, is unlimited
	// (Milvus: 65536): quotaAndLimits.limits.maxCollectionNumPerDB.
	MaxCollectionsPerDatabase int
	// DefaultPartitions of a collection with a partition key whose creator named no number. A constant in Milvus.
	DefaultPartitions int
	// DefaultPartition is the name of the partition that is always there: common.defaultPartitionName.
	DefaultPartition string
	// MaxResourceGroups, the default one counted: quotaAndLimits.limits.maxResourceGroupNumOfQueryNode.
	MaxResourceGroups int
	// ExternalDataPlane: indexes are built and collections loaded by someone else, who reports how far that is. Otherwise what is asked
	// for is done at once, as for a Milvus whose collections are empty: dataplane.mode, of taproot's own.
	ExternalDataPlane bool
	// QueryNodes is the number of nodes that resource groups share: dataplane.nodes, of taproot's own.
	QueryNodes int
	// ChannelPrefix goes in front of "_<i>" in the names of physical channels: msgChannel.chanNamePrefix.cluster, "-" and
	// msgChannel.chanNamePrefix.rootCoordDml.
	ChannelPrefix string
}

// DefaultLimits returns the limits without any configuration.
func DefaultLimits() Limits {
	return Limits{
		MaxNameLength:        255,
		MaxFields:            64,
		MaxVectorFields:      10,
		MaxShards:            16,
		MaxDimension:         32768,
		MaxVarCharLength:     65535,
		MaxTextLength:        2 << 20,
		MaxArrayCapacity:     4096,
		MaxDescriptionLength: 1024,
		MaxPartitions:        1024,
		PhysicalChannels:     16,
		MaxDatabases:         64,
		DefaultPartitions:    16,
		MaxResourceGroups:    1024,
		QueryNodes:           1,
		DefaultPartition:     DefaultPartition,
		ChannelPrefix:        "by-dev-rootcoord-dml",
	}
}

// Validate names the first limit under which nothing could be created, by its field.
func (l Limits) Validate() error {
	for _, least := range []struct {
		field string
		value int64
		min   int64
	}{
		{"MaxNameLength", int64(l.MaxNameLength), 1},
		{"MaxFields", int64(l.MaxFields), 2}, // a primary key and a vector
		{"MaxVectorFields", int64(l.MaxVectorFields), 1},
		{"MaxShards", int64(l.MaxShards), 1},
		{"MaxDimension", int64(l.MaxDimension), minDimension},
		{"MaxVarCharLength", int64(l.MaxVarCharLength), 1},
		{"MaxTextLength", int64(l.MaxTextLength), 1},
		{"MaxArrayCapacity", int64(l.MaxArrayCapacity), 1},
		{"MaxDescriptionLength", int64(l.MaxDescriptionLength), 0},
		{"MaxPartitions", int64(l.MaxPartitions), 1},
		{"PhysicalChannels", int64(l.PhysicalChannels), 1},
		{"MaxDatabases", int64(l.MaxDatabases), 0},
		{"MaxCapacity", l.MaxCapacity, 0},
		{"MaxCollections", int64(l.MaxCollections), 0},
		{"MaxCollectionsPerDatabase", int64(l.MaxCollectionsPerDatabase), 0},
		{"DefaultPartitions", int64(l.DefaultPartitions), 1},
	} {
		if least.value < least.min {
			return errors.Newf("%s is %d, must be %d or more", errors.Safe(least.field), errors.Safe(least.value), errors.Safe(least.min))
		}
	}
	if err := ValidatePartitionName(l.DefaultPartition, l); err != nil {
		return errors.Wrap(err, "DefaultPartition")
	}
	if l.ChannelPrefix == "" {
		return errors.New("ChannelPrefix is empty")
	}
	return nil
}
