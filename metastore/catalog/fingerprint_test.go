package catalog_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/taproot-db/taproot/metastore/catalog"
)

// The digest is part of the stored form: every head record holds sums of it. These values must never change.
func TestDigestGolden(t *testing.T) {
	t.Parallel()
	for _, row := range []struct{ key, value, want string }{
		{"", "", "2c0a8a99dc147d5445c3b49d035665b2"},
		{"a", "", "ea7daf8b8b8e0899adea399fbae36cb2"},
		{"", "a", "00da85f4262feccfe742f8420d34c858"},
		{"root-coord/database/db-info/1", "\x08\x01\x12\x07default", "a6aa4946da1954833ebbf15c38bb2572"},
		{"k", strings.Repeat("long", 1000), "014adbad5bfb3f3ff6c65e7b5271f7f9"},
	} {
		assert.Equal(t, row.want, catalog.Digest(row.key, []byte(row.value)).String(), "%q %.20q", row.key, row.value)
	}
}

// Where the key ends and the value begins matters.
func TestDigestSeparatesKeyAndValue(t *testing.T) {
	t.Parallel()
	assert.NotEqual(t, catalog.Digest("ab", []byte("c")), catalog.Digest("a", []byte("bc")))
	assert.NotEqual(t, catalog.Digest("ab", nil), catalog.Digest("", []byte("ab")))
	assert.Equal(t, catalog.Digest("ab", nil), catalog.Digest("ab", []byte{}))
}

func TestFingerprintString(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "00000000000000010000000000000abc", catalog.Fingerprint{Hi: 1, Lo: 0xabc}.String())
}

// The head record lists these names: a version that knows more or fewer kinds must be able to tell.
func TestKinds(t *testing.T) {
	t.Parallel()
	var names []string
	for _, k := range catalog.Kinds() {
		names = append(names, k.String())
	}
	assert.Equal(t, []string{
		"database", "collection", "alias", "resource_group", "field", "partition", "function", "struct_field",
		"index", "load", "partition_load", "replica", "index_report", "load_report",
	}, names)
	assert.Equal(t, "unknown", catalog.KindUnknown.String())
	assert.Equal(t, "unknown", catalog.Kind(99).String())
}
