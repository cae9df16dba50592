package ddl

import (
	"strconv"
	"sync/atomic"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
)

// pool is the list of names of all physical channels under some Limits.
type pool struct {
	prefix string
	names  []string
}

// lastPool spares every create the making of the same names: a process has one configuration.
var lastPool atomic.Pointer[pool]

func channelPool(l model.Limits) []string {
	if p := lastPool.Load(); p != nil && p.prefix == l.ChannelPrefix && len(p.names) == l.PhysicalChannels {
		return p.names
	}
	p := &pool{prefix: l.ChannelPrefix, names: make([]string, l.PhysicalChannels)}
	for i := range p.names {
		p.names[i] = l.ChannelPrefix + "_" + strconv.Itoa(i)
	}
	lastPool.Store(p)
	return p.names
}

// leastUsed returns n different physical channels, those with the fewest virtual channels first, lower numbers before
// higher ones. There are that many: Validate has seen to it.
func leastUsed(s *catalog.Snapshot, n int, l model.Limits) []string {
	const taken = -1
	names := channelPool(l)
	var room [32]int
	use := append(room[:0], make([]int, len(names))...)
	for i, name := range names {
		use[i] = s.ChannelUse(name)
	}
	chosen := make([]string, n)
	for shard := range chosen {
		least := taken
		for i, u := range use {
			if u != taken && (least == taken || u < use[least]) {
				least = i
			}
		}
		chosen[shard] = names[least]
		use[least] = taken
	}
	return chosen
}

// virtualChannels names the shards of a collection, each on the physical channel of the same index.
func virtualChannels(physical []string, collection model.ID) []string {
	names := make([]string, len(physical))
	id := strconv.FormatInt(int64(collection), 10)
	for shard, channel := range physical {
		names[shard] = channel + "_" + id + "v" + strconv.Itoa(shard)
	}
	return names
}
