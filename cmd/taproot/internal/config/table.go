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
	{Key: "dataDir", Flag: "data-dir", Doc: "directory of the embedded store",
		field: func(c *Config) any { return &c.DataDir }},
	{Key: "store", Flag: "store", Doc: "URL of the store; empty: the embedded one in dataDir",
		field: func(c *Config) any { return &c.Store }},
	{Key: "listen", Flag: "listen", Doc: "host:port of the Milvus API (gRPC); port 0 takes a free one",
		field: func(c *Config) any { return &c.Listen }, check: listenAddress},
	{Key: "unixSocket", Flag: "unix-socket", Doc: "path of a unix socket that serves the same API; empty: none",
		field: func(c *Config) any { return &c.UnixSocket }},
	{Key: "httpListen", Flag: "http-listen", Doc: "host:port of /healthz, /readyz and /metrics; port 0 takes a free one; empty: no HTTP",
		field: func(c *Config) any { return &c.HTTPListen }, check: optional(listenAddress)},
	{Key: "pprof", Flag: "pprof", Doc: "serve Go's profiles under /debug/pprof",
		field: func(c *Config) any { return &c.Pprof }},
	{Key: "addressFile", Flag: "address-file", Doc: "file to write the addresses in use to, as YAML, once they are bound; empty: none",
		field: func(c *Config) any { return &c.AddressFile }},
	{Key: "stopTimeout", Flag: "stop-timeout", Doc: "how long requests in flight may take after the signal to stop",
		field: func(c *Config) any { return &c.StopTimeout }},

	{Key: "log.level", Flag: "log-level", Doc: "debug, info, warn or error",
		field: func(c *Config) any { return &c.Log.Level }, check: oneOf("debug", "info", "warn", "error")},
	{Key: "log.format", Flag: "log-format", Doc: "text, json, or auto: text on a terminal, json otherwise",
		field: func(c *Config) any { return &c.Log.Format }, check: oneOf("auto", "text", "json")},

	{Key: "journal.maxAge", Doc: "history older than this is trimmed",
		field: func(c *Config) any { return &c.Journal.MaxAge }, least: int64(10 * time.Minute)},
	{Key: "journal.maxBytes", Doc: "history beyond this size is trimmed, in bytes",
		field: func(c *Config) any { return &c.Journal.MaxBytes }, least: 1 << 20},

	{Key: "proxy.maxTaskNum", Doc: "statements that may wait; one more is refused as too many (code 4, retriable)",
		field: func(c *Config) any { return &c.Queue.Waiting }, least: 1, most: most32},
	{Key: "proxy.ddlConcurrency", Doc: "statements that run at once",
		field: func(c *Config) any { return &c.Queue.AtOnce }, least: 1, most: most32},
	{Key: "proxy.maxNameLength", Doc: "longest name of anything, in bytes",
		field: func(c *Config) any { return &c.limits.MaxNameLength }, least: 1, most: most16},
	{Key: "proxy.maxFieldNum", Doc: "most fields of a collection",
		field: func(c *Config) any { return &c.limits.MaxFields }, least: 2, most: most16},
	{Key: "proxy.maxVectorFieldNum", Doc: "most vector fields of a collection",
		field: func(c *Config) any { return &c.limits.MaxVectorFields }, least: 1, most: most16},
	{Key: "proxy.maxShardNum", Doc: "most shards of a collection",
		field: func(c *Config) any { return &c.limits.MaxShards }, least: 1, most: most16},
	{Key: "proxy.maxDimension", Doc: "largest dimension of a vector; of a binary vector eight times as many",
		field: func(c *Config) any { return &c.limits.MaxDimension }, least: 2, most: most32 / 8},
	{Key: "proxy.maxVarCharLength", Doc: "largest max_length of a VarChar, in bytes",
		field: func(c *Config) any { return &c.limits.MaxVarCharLength }, least: 1, most: most32},
	{Key: "proxy.maxTextLength", Doc: "largest max_length of a Text, in bytes",
		field: func(c *Config) any { return &c.limits.MaxTextLength }, least: 1, most: most32},
	{Key: "proxy.maxArrayCapacity", Doc: "largest max_capacity of an Array",
		field: func(c *Config) any { return &c.limits.MaxArrayCapacity }, least: 1, most: most32},
	{Key: "proxy.maxCollectionDescriptionLength", Doc: "longest description of a collection, in bytes",
		field: func(c *Config) any { return &c.limits.MaxDescriptionLength }, most: most32},
	{Key: "proxy.mustUsePartitionKey", Doc: "refuse collections without a partition key",
		field: func(c *Config) any { return &c.limits.MustUsePartitionKey }},

	{Key: "rootCoord.maxPartitionNum", Doc: "most partitions of a collection",
		field: func(c *Config) any { return &c.limits.MaxPartitions }, least: 1, most: most32},
	{Key: "rootCoord.dmlChannelNum", Doc: "physical channels that collections spread their shards over",
		field: func(c *Config) any { return &c.limits.PhysicalChannels }, least: 1, most: most16},
	{Key: "rootCoord.maxDatabaseNum", Doc: "most databases besides the default one",
		field: func(c *Config) any { return &c.limits.MaxDatabases }, most: most32},
	{Key: "rootCoord.maxGeneralCapacity", Doc: "most that partitions x shards may come to over all collections; 0: unlimited",
		field: func(c *Config) any { return &c.limits.MaxCapacity }},

	{Key: "quotaAndLimits.limits.maxCollectionNum", Doc: "most collections of all databases; 0: unlimited",
		field: func(c *Config) any { return &c.limits.MaxCollections }, most: math.MaxInt64},
	{Key: "quotaAndLimits.limits.maxCollectionNumPerDB", Doc: "most collections of a database that says nothing else; 0: unlimited",
		field: func(c *Config) any { return &c.limits.MaxCollectionsPerDatabase }, most: math.MaxInt64},

	{Key: "common.defaultPartitionName", Doc: "name of the partition that every collection starts with",
		field: func(c *Config) any { return &c.limits.DefaultPartition }, check: notEmpty},

	{Key: "msgChannel.chanNamePrefix.cluster", Doc: "first part of the names of physical channels",
		field: func(c *Config) any { return &c.ChannelCluster }, check: notEmpty},
	{Key: "msgChannel.chanNamePrefix.rootCoordDml", Doc: "second part of the names of physical channels",
		field: func(c *Config) any { return &c.ChannelTopic }, check: notEmpty},
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
