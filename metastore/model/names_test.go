package model_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
)

// refusal is what a client sees of an error; the zero value stands for success.
type refusal struct {
	code int32
	text string
}

func of(err error) refusal {
	s := errs.Of(err)
	return refusal{s.Code, s.Reason}
}

func invalid(text string) refusal { return refusal{1100, text + ": invalid parameter"} }
func missing(text string) refusal { return refusal{1101, text + ": missing parameter"} }

func TestNames(t *testing.T) {
	t.Parallel()
	full, over := strings.Repeat("a", 255), strings.Repeat("a", 256)
	wide := strings.Repeat("é", 128) // 256 bytes, 128 letters
	db := func(name, text string) refusal {
		return refusal{802, text + ": invalid database name[database=" + name + "]"}
	}
	field := func(name, text string) refusal {
		return refusal{1701, text + ": field name invalid[field=" + name + "]"}
	}
	kinds := map[string]struct {
		validate func(string, model.Limits) error
		rows     map[string]refusal
	}{
		"database": {model.ValidateDatabaseName, map[string]refusal{
			"db_1": {}, "_": {}, "Z": {}, full: {}, "like": {},
			"":      db("", "database name couldn't be empty"),
			over:    db(over, "the length of a database name must be less than 255 characters"),
			wide:    db(wide, "the length of a database name must be less than 255 characters"),
			"1db":   db("1db", "the first character of a database name must be an underscore or letter"),
			" db":   db(" db", "the first character of a database name must be an underscore or letter"),
			"d-b":   db("d-b", "database name can only contain numbers, letters and underscores"),
			"db ":   db("db ", "database name can only contain numbers, letters and underscores"),
			"d/b":   db("d/b", "database name can only contain numbers, letters and underscores"),
			"dé":    db("dé", "database name can only contain numbers, letters and underscores"),
			"d\x00": db("d\x00", "database name can only contain numbers, letters and underscores"),
		}},
		"collection": {model.ValidateCollectionName, map[string]refusal{
			"books": {}, "_1": {}, full: {}, "like": {},
			"":      invalid("collection name should not be empty"),
			over:    invalid("Invalid collection name: " + over + ".  the length of a collection name must be less than 255 characters"),
			"1c":    invalid("Invalid collection name: 1c.  the first character of a collection name must be an underscore or letter"),
			" c":    invalid("Invalid collection name:  c.  the first character of a collection name must be an underscore or letter"),
			"$c":    invalid("Invalid collection name: $c.  the first character of a collection name must be an underscore or letter"),
			"c-1":   invalid("Invalid collection name: c-1.  collection name can only contain numbers, letters and underscores"),
			"c ":    invalid("Invalid collection name: c .  collection name can only contain numbers, letters and underscores"),
			"a/b":   invalid("Invalid collection name: a/b.  collection name can only contain numbers, letters and underscores"),
			"c%d%s": invalid("Invalid collection name: c%d%s.  collection name can only contain numbers, letters and underscores"),
		}},
		"alias": {model.ValidateAliasName, map[string]refusal{
			"latest": {}, "_1": {}, full: {},
			"":    invalid("collection alias should not be empty"),
			over:  invalid("Invalid collection alias: " + over + ".  the length of a collection alias must be less than 255 characters"),
			"1a":  invalid("Invalid collection alias: 1a.  the first character of a collection alias must be an underscore or letter"),
			"a.b": invalid("Invalid collection alias: a.b.  collection alias can only contain numbers, letters and underscores"),
		}},
		"partition": {model.ValidatePartitionName, map[string]refusal{
			"_default": {}, "2026-01": {}, " p ": {}, "0": {}, full: {},
			"":    invalid("Invalid partition name: . Partition name should not be empty."),
			" \t": invalid("Invalid partition name: . Partition name should not be empty."),
			over:  invalid("Invalid partition name: " + over + ". The length of a partition name must be less than 255 characters."),
			"-p":  invalid("Invalid partition name: -p. The first character of a partition name must be an underscore or letter."),
			"p/q": invalid("Invalid partition name: p/q. Partition name can only contain numbers, letters and underscores."),
			"p q": invalid("Invalid partition name: p q. Partition name can only contain numbers, letters and underscores."),
		}},
		"field": {model.ValidateFieldName, map[string]refusal{
			"vec": {}, "_1": {}, " f ": {}, full: {}, "Like": {}, "AND": {}, "Exists": {}, "RowID": {},
			"":             field("", "field name should not be empty"),
			"  ":           field("", "field name should not be empty"),
			over:           field(over, "Invalid field name: "+over+". The length of a field name must be less than 255 characters."),
			"1f":           field("1f", "Invalid field name: 1f. The first character of a field name must be an underscore or letter."),
			"$meta":        field("$meta", "Invalid field name: $meta. The first character of a field name must be an underscore or letter."),
			"f-g":          field("f-g", "Invalid field name: f-g. Field name can only contain numbers, letters, and underscores."),
			"s[a]":         field("s[a]", "Invalid field name: s[a]. Field name can only contain numbers, letters, and underscores."),
			"like":         field("like", "Invalid field name: like. like is keyword in milvus."),
			"True":         field("True", "Invalid field name: True. True is keyword in milvus."),
			" in ":         field("in", "Invalid field name: in. in is keyword in milvus."),
			"TEXT_MATCH":   field("TEXT_MATCH", "Invalid field name: TEXT_MATCH. TEXT_MATCH is keyword in milvus."),
			"array_length": field("array_length", "Invalid field name: array_length. array_length is keyword in milvus."),
		}},
	}
	for kind, k := range kinds {
		for name, want := range k.rows {
			t.Run(kind+" "+name, func(t *testing.T) {
				t.Parallel()
				assert.Equal(t, want, of(k.validate(name, model.DefaultLimits())))
			})
		}
	}
}

// Every keyword of ddl-semantics §2.1, each in the spellings listed and no other.
func TestFieldKeywords(t *testing.T) {
	t.Parallel()
	words := strings.Fields("like exists EXISTS and or not in true True TRUE false False FALSE")
	for f := range strings.FieldsSeq("json_contains json_contains_all json_contains_any array_contains array_contains_all " +
		"array_contains_any array_length text_match phrase_match random_sample") {
		words = append(words, f, strings.ToUpper(f))
		require.NoError(t, model.ValidateFieldName(strings.ToUpper(f[:1])+f[1:], model.DefaultLimits()))
	}
	for _, w := range words {
		assert.Equal(t, refusal{1701, "Invalid field name: " + w + ". " + w + " is keyword in milvus.: field name invalid[field=" + w + "]"},
			of(model.ValidateFieldName(w, model.DefaultLimits())))
	}
}

func TestNameLengthIsConfigured(t *testing.T) {
	t.Parallel()
	l := model.DefaultLimits()
	l.MaxNameLength = 3
	for _, validate := range []func(string, model.Limits) error{
		model.ValidateDatabaseName, model.ValidateCollectionName, model.ValidateAliasName, model.ValidatePartitionName, model.ValidateFieldName,
	} {
		require.NoError(t, validate("abc", l))
		assert.ErrorContains(t, validate("abcd", l), "must be less than 3 characters")
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	require.NoError(t, model.DefaultLimits().Validate())
	rows := map[string]func(*model.Limits){
		"MaxNameLength is 0, must be 1 or more":     func(l *model.Limits) { l.MaxNameLength = 0 },
		"MaxFields is 1, must be 2 or more":         func(l *model.Limits) { l.MaxFields = 1 },
		"MaxDimension is 1, must be 2 or more":      func(l *model.Limits) { l.MaxDimension = 1 },
		"PhysicalChannels is 0, must be 1 or more":  func(l *model.Limits) { l.PhysicalChannels = 0 },
		"MaxCapacity is -1, must be 0 or more":      func(l *model.Limits) { l.MaxCapacity = -1 },
		"DefaultPartitions is 0, must be 1 or more": func(l *model.Limits) { l.DefaultPartitions = 0 },
		"DefaultPartition: Invalid partition name: . Partition name should not be empty.: invalid parameter": func(l *model.Limits) { l.DefaultPartition = "" },
		"ChannelPrefix is empty": func(l *model.Limits) { l.ChannelPrefix = "" },
	}
	for want, spoil := range rows {
		l := model.DefaultLimits()
		spoil(&l)
		assert.EqualError(t, l.Validate(), want)
	}
}
