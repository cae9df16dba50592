package config

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/cockroachdb/errors"
)

// Setting is a row of the table.
type Setting struct {
	// Key is the name in the file; dots separate sections. Limits have the names that Milvus gives them.
	Key string
	// Flag is the name of the flag; empty: none.
	Flag string
	// Doc is what the setting means, with its unit.
	Doc string

	// field returns a pointer to where the value goes: *string, *bool, *int, *int64 or *time.Duration.
	field func(*Config) any
	// least bounds numbers from below, most from above (0: no bound), check looks at strings.
	least, most int64
	check       func(string) error
}

const (
	envPrefix = "TAPROOT_"
	// most16 bounds what is sent as a 16-bit number or would be absurd beyond.
	most16 = math.MaxUint16
	most32 = math.MaxInt32
)

// table is every setting, in the order of the reference. Rows of one section stand together.
var table = []Setting{
	row("dataDir", "data-dir", "directory of the embedded store",
		func(c *Config) any { return &c.DataDir }),
	row("store", "store", "URL of the store; empty: the embedded one in dataDir",
		func(c *Config) any { return &c.Store }),
	row("unixSocket", "unix-socket", "path of a unix socket for etcdctl to reach the embedded store by; empty: none",
		func(c *Config) any { return &c.UnixSocket }),
	row("listen", "listen", "host:port of the Milvus API (gRPC); port 0 takes a free one",
		func(c *Config) any { return &c.Listen }, checked(listenAddress)),
	row("apiSocket", "api-socket", "path of a unix socket that serves the same API; empty: none",
		func(c *Config) any { return &c.APISocket }),
	row("httpListen", "http-listen", "host:port of /healthz, /readyz and /metrics; port 0 takes a free one; empty: no HTTP",
		func(c *Config) any { return &c.HTTPListen }, checked(optional(listenAddress))),
	row("pprof", "pprof", "serve Go's profiles under /debug/pprof",
		func(c *Config) any { return &c.Pprof }),
	row("addressFile", "address-file", "file for the addresses in use and the process id, as YAML, written once they are bound; empty: none",
		func(c *Config) any { return &c.AddressFile }),
	row("clusterID", "cluster-id", "id of the catalog that the store must hold; empty: any, and a new one gets a random id",
		func(c *Config) any { return &c.ClusterID }),
	row("create", "create", "make a new catalog if the store is empty, although clusterID is given",
		func(c *Config) any { return &c.Create }),
	row("stopTimeout", "stop-timeout", "longest time from the signal to stop to the end; a third of it is the store's",
		func(c *Config) any { return &c.StopTimeout }, atLeast(100*time.Millisecond)),

	row("log.level", "log-level", "debug, info, warn or error",
		func(c *Config) any { return &c.Log.Level }, checked(oneOf("debug", "info", "warn", "error"))),
	row("log.format", "log-format", "text, json, or auto: text on a terminal, json otherwise",
		func(c *Config) any { return &c.Log.Format }, checked(oneOf("auto", "text", "json"))),

	row("journal.maxAge", "", "history older than this is trimmed: how far back time_stamp and --at reach",
		func(c *Config) any { return &c.Journal.MaxAge }, atLeast(10*time.Minute)),
	row("journal.maxBytes", "", "history beyond this size is trimmed, however young, in bytes",
		func(c *Config) any { return &c.Journal.MaxBytes }, between(1<<20, 0)),

	row("proxy.maxTaskNum", "", "statements that may wait; one more is refused as too many (code 4, retriable)",
		func(c *Config) any { return &c.Queue.Waiting }, between(1, most32)),
	row("proxy.ddlConcurrency", "", "statements that run at once",
		func(c *Config) any { return &c.Queue.AtOnce }, between(1, most32)),
	row("proxy.maxNameLength", "", "longest name of anything, in bytes",
		func(c *Config) any { return &c.limits.MaxNameLength }, between(1, most16)),
	row("proxy.maxFieldNum", "", "most fields of a collection",
		func(c *Config) any { return &c.limits.MaxFields }, between(2, most16)),
	row("proxy.maxVectorFieldNum", "", "most vector fields of a collection",
		func(c *Config) any { return &c.limits.MaxVectorFields }, between(1, most16)),
	row("proxy.maxShardNum", "", "most shards of a collection",
		func(c *Config) any { return &c.limits.MaxShards }, between(1, most16)),
	row("proxy.maxDimension", "", "largest dimension of a vector; of a binary vector eight times as many",
		func(c *Config) any { return &c.limits.MaxDimension }, between(2, most32/8)),
	row("proxy.maxVarCharLength", "", "largest max_length of a VarChar, in bytes",
		func(c *Config) any { return &c.limits.MaxVarCharLength }, between(1, most32)),
	row("proxy.maxTextLength", "", "largest max_length of a Text, in bytes",
		func(c *Config) any { return &c.limits.MaxTextLength }, between(1, most32)),
	row("proxy.maxArrayCapacity", "", "largest max_capacity of an Array",
		func(c *Config) any { return &c.limits.MaxArrayCapacity }, between(1, most32)),
	row("proxy.maxCollectionDescriptionLength", "", "longest description of a collection, in bytes",
		func(c *Config) any { return &c.limits.MaxDescriptionLength }, between(0, most32)),
	row("proxy.mustUsePartitionKey", "", "refuse collections without a partition key",
		func(c *Config) any { return &c.limits.MustUsePartitionKey }),

	row("rootCoord.maxPartitionNum", "", "most partitions of a collection",
		func(c *Config) any { return &c.limits.MaxPartitions }, between(1, most32)),
	row("rootCoord.dmlChannelNum", "", "physical channels that collections spread their shards over",
		func(c *Config) any { return &c.limits.PhysicalChannels }, between(1, most16)),
	row("rootCoord.maxDatabaseNum", "", "most databases besides the default one",
		func(c *Config) any { return &c.limits.MaxDatabases }, between(0, most32)),
	row("rootCoord.defaultDBProperties", "", "properties that the default database gets when a new catalog is made, as a JSON object",
		func(c *Config) any { return &c.DefaultDBProperties }, checked(jsonObject)),
	row("rootCoord.maxGeneralCapacity", "", "most that partitions x shards may come to over all collections; 0: unlimited",
		func(c *Config) any { return &c.limits.MaxCapacity }),

	row("quotaAndLimits.limits.maxCollectionNum", "", "most collections of all databases; 0: unlimited",
		func(c *Config) any { return &c.limits.MaxCollections }, between(0, math.MaxInt64)),
	row("quotaAndLimits.limits.maxCollectionNumPerDB", "", "most collections of a database that says nothing else; 0: unlimited",
		func(c *Config) any { return &c.limits.MaxCollectionsPerDatabase }, between(0, math.MaxInt64)),

	row("quotaAndLimits.limits.maxResourceGroupNumOfQueryNode", "", "most resource groups, the default one counted",
		func(c *Config) any { return &c.limits.MaxResourceGroups }, between(1, most32)),

	row("dataplane.mode", "", "none: what is to be indexed or loaded is so at once; external: a data plane reports how far it is",
		func(c *Config) any { return &c.DataPlane }, checked(dataPlaneMode)),
	row("dataplane.nodes", "", "query nodes that resource groups share",
		func(c *Config) any { return &c.limits.QueryNodes }, between(1, most16)),

	row("common.defaultPartitionName", "", "name of the partition that every collection starts with",
		func(c *Config) any { return &c.limits.DefaultPartition }, checked(notEmpty)),
	row("common.enableVectorClusteringKey", "", "let a FloatVector field be the clustering key",
		func(c *Config) any { return &c.limits.VectorClusteringKey }),

	row("msgChannel.chanNamePrefix.cluster", "", "first part of the names of physical channels",
		func(c *Config) any { return &c.ChannelCluster }, checked(notEmpty)),
	row("msgChannel.chanNamePrefix.rootCoordDml", "", "second part of the names of physical channels",
		func(c *Config) any { return &c.ChannelTopic }, checked(notEmpty)),
}

func row(key, flag, doc string, field func(*Config) any, bounds ...func(*Setting)) Setting {
	s := Setting{Key: key, Flag: flag, Doc: doc, field: field}
	for _, b := range bounds {
		b(&s)
	}
	return s
}

func between(least, most int64) func(*Setting) {
	return func(s *Setting) { s.least, s.most = least, most }
}

func atLeast(d time.Duration) func(*Setting) { return between(int64(d), 0) }

func checked(check func(string) error) func(*Setting) {
	return func(s *Setting) { s.check = check }
}

// Env returns the name of the setting's environment variable: proxy.maxFieldNum is TAPROOT_PROXY_MAX_FIELD_NUM.
func (s Setting) Env() string {
	var b strings.Builder
	b.WriteString(envPrefix)
	rs := []rune(s.Key)
	for i, r := range rs {
		switch {
		case r == '.':
			b.WriteByte('_')
			continue
		case i > 0 && unicode.IsUpper(r) && unicode.IsLower(rs[i-1]):
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToUpper(r))
	}
	return b.String()
}

// set parses v, which a file, a variable or a flag gave, into c.
func (s Setting) set(c *Config, v any) error {
	text, isText := v.(string)
	switch p := s.field(c).(type) {
	case *string:
		if !isText {
			return errors.Newf("must be a string (put it in quotes), not %v", v)
		}
		*p = text
	case *bool:
		b, err := strconv.ParseBool(asText(v))
		if err != nil {
			return errors.Newf("must be true or false, not %q", asText(v))
		}
		*p = b
	case *int:
		n, err := strconv.Atoi(asText(v))
		if err != nil {
			return errors.Newf("must be a whole number, not %q", asText(v))
		}
		*p = n
	case *int64:
		n, err := strconv.ParseInt(asText(v), 10, 64)
		if err != nil {
			return errors.Newf("must be a whole number, not %q", asText(v))
		}
		*p = n
	case *time.Duration:
		d, err := time.ParseDuration(asText(v))
		if err != nil {
			return errors.Newf("must be a duration like 30s or 24h, not %q", asText(v))
		}
		*p = d
	default:
		return errors.AssertionFailedf("setting %s has a field of type %T", s.Key, p)
	}
	return nil
}

// asText gives scalars of YAML the form they have on a command line. What is no scalar has a form that nothing parses.
func asText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case int:
		return strconv.Itoa(v)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case nil:
		return ""
	default:
		return "a list or a section"
	}
}

// value returns what c has for the setting: string, bool, int64 or time.Duration.
func (s Setting) value(c *Config) any {
	switch p := s.field(c).(type) {
	case *string:
		return *p
	case *bool:
		return *p
	case *int:
		return int64(*p)
	case *int64:
		return *p
	case *time.Duration:
		return *p
	default:
		return nil
	}
}

func (s Setting) validate(c *Config) error {
	switch v := s.value(c).(type) {
	case string:
		if s.check != nil {
			return errors.Wrap(s.check(v), s.Key)
		}
	case int64:
		if v < s.least {
			return errors.Newf("%s: must be %d or more, not %d", s.Key, s.least, v)
		}
		if s.most > 0 && v > s.most {
			return errors.Newf("%s: must be %d or less, not %d", s.Key, s.most, v)
		}
	case time.Duration:
		if v < time.Duration(s.least) {
			return errors.Newf("%s: must be %s or more, not %s", s.Key, time.Duration(s.least), v)
		}
	}
	return nil
}
