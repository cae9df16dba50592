package model

import (
	"strings"

	"github.com/taproot-db/taproot/metastore/errs"
)

// ValidateDatabaseName refuses what cannot name a database, with code 802.
func ValidateDatabaseName(name string, l Limits) error {
	switch {
	case name == "":
		return errs.BadDatabaseName(name, "database name couldn't be empty")
	case len(name) > l.MaxNameLength:
		return errs.BadDatabaseName(name, "the length of a database name must be less than %d characters", l.MaxNameLength)
	case !letter(name[0]):
		return errs.BadDatabaseName(name, "the first character of a database name must be an underscore or letter")
	case !only(name, letterOrDigit):
		return errs.BadDatabaseName(name, "database name can only contain numbers, letters and underscores")
	}
	return nil
}

// ValidateCollectionName refuses what cannot name a collection, with code 1100.
func ValidateCollectionName(name string, l Limits) error {
	return collectionName("name", name, l)
}

// ValidateAliasName refuses what cannot be an alias, with code 1100. The rules are those of collections.
func ValidateAliasName(name string, l Limits) error {
	return collectionName("alias", name, l)
}

func collectionName(what, name string, l Limits) error {
	switch {
	case name == "":
		return errs.Invalid("collection %s should not be empty", what)
	case len(name) > l.MaxNameLength:
		return errs.Invalid("Invalid collection %s: %s.  the length of a collection %s must be less than %d characters",
			what, name, what, l.MaxNameLength)
	case !letter(name[0]):
		return errs.Invalid("Invalid collection %s: %s.  the first character of a collection %s must be an underscore or letter",
			what, name, what)
	case !only(name, letterOrDigit):
		return errs.Invalid("Invalid collection %s: %s.  collection %s can only contain numbers, letters and underscores",
			what, name, what)
	}
	return nil
}

// ValidatePartitionName refuses what cannot name a partition, with code 1100. White space around the name is overlooked,
// as Milvus does; it stays part of the name.
func ValidatePartitionName(name string, l Limits) error {
	name = strings.TrimSpace(name)
	switch {
	case name == "":
		return errs.Invalid("Invalid partition name: %s. Partition name should not be empty.", name)
	case len(name) > l.MaxNameLength:
		return errs.Invalid("Invalid partition name: %s. The length of a partition name must be less than %d characters.",
			name, l.MaxNameLength)
	case !letterOrDigit(name[0]):
		return errs.Invalid("Invalid partition name: %s. The first character of a partition name must be an underscore or letter.", name)
	case !only(name, func(c byte) bool { return letterOrDigit(c) || c == '-' }):
		return errs.Invalid("Invalid partition name: %s. Partition name can only contain numbers, letters and underscores.", name)
	}
	return nil
}

// ValidateFieldName refuses what cannot name a field, with code 1701. White space around the name is overlooked, as
// Milvus does; it stays part of the name.
func ValidateFieldName(name string, l Limits) error {
	name = strings.TrimSpace(name)
	switch {
	case name == "":
		return errs.BadFieldName(name, "field name should not be empty")
	case len(name) > l.MaxNameLength:
		return errs.BadFieldName(name, "Invalid field name: %s. The length of a field name must be less than %d characters.",
			name, l.MaxNameLength)
	case !letter(name[0]):
		return errs.BadFieldName(name, "Invalid field name: %s. The first character of a field name must be an underscore or letter.", name)
	case !only(name, letterOrDigit):
		return errs.BadFieldName(name, "Invalid field name: %s. Field name can only contain numbers, letters, and underscores.", name)
	case keyword(name):
		return errs.BadFieldName(name, "Invalid field name: %s. %s is keyword in milvus.", name, name)
	}
	return nil
}

// keyword reports whether name means something in a filter expression, where a field could not be told from it. Each
// word counts in the spellings that Milvus's grammar has, and in no others.
func keyword(name string) bool {
	switch name {
	case DynamicField, "like", "exists", "EXISTS", "and", "or", "not", "in", "true", "True", "TRUE", "false", "False", "FALSE",
		"json_contains", "JSON_CONTAINS", "json_contains_all", "JSON_CONTAINS_ALL", "json_contains_any", "JSON_CONTAINS_ANY",
		"array_contains", "ARRAY_CONTAINS", "array_contains_all", "ARRAY_CONTAINS_ALL", "array_contains_any", "ARRAY_CONTAINS_ANY",
		"array_length", "ARRAY_LENGTH", "text_match", "TEXT_MATCH", "phrase_match", "PHRASE_MATCH", "random_sample", "RANDOM_SAMPLE":
		return true
	}
	return false
}

// letter reports whether a name may begin with c: an ASCII letter or an underscore.
func letter(c byte) bool { return c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }

func letterOrDigit(c byte) bool { return letter(c) || '0' <= c && c <= '9' }

func only(name string, ok func(byte) bool) bool {
	for i := range len(name) {
		if !ok(name[i]) {
			return false
		}
	}
	return true
}
