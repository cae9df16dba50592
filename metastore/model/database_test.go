package model

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/taproot-db/taproot/metastore/errs"
)

func TestMerge(t *testing.T) {
	t.Parallel()
	ps := []Property{{"a", "1"}, {"b", "2"}}
	for name, row := range map[string]struct {
		set    []Property
		remove []string
		want   []Property
	}{
		"nothing":       {want: ps},
		"replaced":      {set: []Property{{"a", "9"}}, want: []Property{{"a", "9"}, {"b", "2"}}},
		"added":         {set: []Property{{"c", "3"}}, want: []Property{{"a", "1"}, {"b", "2"}, {"c", "3"}}},
		"given twice":   {set: []Property{{"c", "3"}, {"c", "4"}}, want: []Property{{"a", "1"}, {"b", "2"}, {"c", "4"}}},
		"removed":       {remove: []string{"a", "x"}, want: []Property{{"b", "2"}}},
		"all of them":   {remove: []string{"b", "a"}, want: []Property{}},
		"empty values":  {set: []Property{{"a", ""}}, want: []Property{{"a", ""}, {"b", "2"}}},
		"removed twice": {remove: []string{"a", "a"}, want: []Property{{"b", "2"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, row.want, Merge(ps, row.set, row.remove))
			assert.Equal(t, []Property{{"a", "1"}, {"b", "2"}}, ps, "the properties of a record are not changed in place")
		})
	}
}

func TestEncryptedDatabase(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]bool{"true": true, "TRUE": true, "false": false, "": false, "yes": false} {
		assert.Equal(t, want, (&Database{Properties: []Property{{cipherEnabledKey, value}}}).Encrypted(), value)
	}
	assert.False(t, (&Database{}).Encrypted())
	err := ValidateCreateDatabase("d", []Property{{cipherEnabledKey, "true"}}, DefaultLimits())
	assert.Equal(t, "encryption of a database (cipher.enabled): service unimplemented", err.Error())
	assert.True(t, errs.Unimplemented.Is(err))
}
