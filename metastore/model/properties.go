package model

import (
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // so that the answer does not depend on what the machine has installed

	"github.com/taproot-db/taproot/metastore/errs"
)

// Keys of properties that the catalog understands. All others are stored as they come.
const (
	// TimezoneProperty is an IANA time zone; a collection without one gets its database's, or UTC.
	TimezoneProperty = "timezone"
	// MaxFieldIDProperty is the highest field id ever given in a collection. The catalog writes it when fields come and go.
	MaxFieldIDProperty = "max_field_id"

	isolationKey   = "partitionkey.isolation"
	queryModeKey   = "query_mode"
	ttlKey         = "collection.ttl.seconds"
	ttlFieldKey    = "ttl_field"
	namespaceKey   = "namespace.enabled"
	consistencyKey = "consistency_level"
	warmupKey      = "warmup"
)

// maxTTL is a hundred years of 365.25 days, in seconds.
const maxTTL = 3155760000

func checkIsolation(s *CollectionSpec, _ *Limits) error {
	text, given := FindProperty(s.Properties, isolationKey)
	if !given {
		return nil
	}
	on, err := strconv.ParseBool(strings.ToLower(text))
	switch {
	case err != nil:
		return errs.Untyped("failed to parse partition key isolation: " + err.Error())
	case on && !s.HasPartitionKey():
		return errs.BadSchema(s.SchemaName,
			"partition key isolation mode is enabled but no partition key field is set. Please set the partition key first")
	}
	return nil
}

func checkProperties(s *CollectionSpec, _ *Limits) error {
	for _, p := range s.Properties {
		if err := checkProperty(p); err != nil {
			return err
		}
	}
	for _, f := range s.Fields {
		if err := checkWarmups(f.TypeParams); err != nil {
			return err
		}
	}
	return s.eachStruct(func(f *StructField) error {
		for _, sub := range f.Fields {
			if err := checkWarmups(sub.TypeParams); err != nil {
				return err
			}
		}
		return checkWarmups(f.TypeParams)
	})
}

func checkWarmups(params []Property) error {
	for _, p := range params {
		if p.Key == warmupKey {
			if err := checkWarmup(p.Value); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkProperty(p Property) error {
	switch p.Key {
	case MaxFieldIDProperty:
		return errs.Invalid("property %s is kept by the server and cannot be set", p.Key)
	case queryModeKey:
		if p.Value != "large_topk" {
			return errs.Invalid("invalid query_mode value %q, valid values: [large_topk]", p.Value)
		}
	case TimezoneProperty:
		if !validTimezone(p.Value) {
			return errs.Invalid("unknown or invalid IANA Time Zone ID: %s", p.Value)
		}
	case ttlKey:
		ttl, err := strconv.ParseInt(p.Value, 10, 64)
		switch {
		case err != nil:
			return errs.Invalid("collection TTL is not a valid positive integer")
		case ttl < -1 || ttl > maxTTL:
			return errs.Invalid("collection TTL is out of range, expect [-1, %d], got %d", int64(maxTTL), ttl)
		}
	case warmupKey, "warmup.scalarField", "warmup.scalarIndex", "warmup.vectorField", "warmup.vectorIndex":
		return checkWarmup(p.Value)
	}
	return nil
}

func checkWarmup(policy string) error {
	if policy != "disable" && policy != "sync" {
		return errs.Invalid("invalid warmup policy: %s, must be 'disable' or 'sync'", policy)
	}
	return nil
}

// timezones remembers the names found valid, of which there are some six hundred: looking one up reads a file.
var timezones sync.Map

// validTimezone: the empty name and "Local" name no zone; "Asia//Tokyo" is one to the file system, and would let a
// client fill the memory of names.
func validTimezone(name string) bool {
	if name == "UTC" {
		return true
	}
	if name == "Local" || path.Clean(name) != name {
		return false
	}
	if _, known := timezones.Load(name); known {
		return true
	}
	if _, err := time.LoadLocation(name); err != nil {
		return false
	}
	timezones.Store(name, struct{}{})
	return true
}

// without returns the properties less those with that key: the same slice where there are none.
func without(ps []Property, key string) []Property {
	hit := func(p Property) bool { return p.Key == key }
	if !slices.ContainsFunc(ps, hit) {
		return ps
	}
	return slices.DeleteFunc(slices.Clone(ps), hit)
}
