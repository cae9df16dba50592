package config

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/cockroachdb/errors"

	"github.com/taproot-db/taproot/metastore/model"
)

// DefaultDatabaseProperties returns the properties with which the default database is made, by ascending keys. c must be valid.
func (c *Config) DefaultDatabaseProperties() []model.Property {
	values, err := parseObject(c.DefaultDBProperties)
	if err != nil || len(values) == 0 {
		return nil
	}
	out := make([]model.Property, 0, len(values))
	for _, k := range slices.Sorted(maps.Keys(values)) {
		out = append(out, model.Property{Key: k, Value: values[k]})
	}
	return out
}

func jsonObject(s string) error {
	_, err := parseObject(s)
	return err
}

func parseObject(s string) (map[string]string, error) {
	var values map[string]string
	if err := json.Unmarshal([]byte(s), &values); err != nil {
		return nil, errors.Newf(`must be a JSON object of strings, like {"timezone": "UTC"}, not %q`, s)
	}
	return values, nil
}
