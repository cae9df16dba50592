package model

import (
	"slices"
	"strconv"
	"strings"

	"github.com/taproot-db/taproot/metastore/errs"
)

// The keys with which Milvus encrypts a database. There is no data here to encrypt, so they are never set, on a collection neither; a store that
// Milvus wrote may hold them.
const cipherEnabledKey = "cipher.enabled"

var cipherKeys = []string{cipherEnabledKey, "cipher.ezID", "cipher.key"}

// Encrypted reports whether Milvus encrypts what is in the database.
func (d *Database) Encrypted() bool { return encrypts(d.Properties) }

func encrypts(ps []Property) bool {
	return slices.ContainsFunc(ps, func(p Property) bool {
		on, err := strconv.ParseBool(strings.ToLower(p.Value))
		return p.Key == cipherEnabledKey && err == nil && on
	})
}

// ValidateDatabaseProperties refuses values that a database cannot have, with code 1100. Keys that the catalog does not
// understand are stored as they come, for a data plane.
func ValidateDatabaseProperties(ps []Property) error {
	for _, p := range ps {
		if p.Key == TimezoneProperty && !validTimezone(p.Value) {
			return errs.Invalid("unknown or invalid IANA Time Zone ID: %s", p.Value)
		}
	}
	return nil
}

// ValidateCreateDatabase refuses what a new database cannot be: its name with code 802, its properties with code 1100. A
// database that is to be encrypted is refused with code 10: nobody would do it.
func ValidateCreateDatabase(name string, ps []Property, l Limits) error {
	if err := ValidateDatabaseName(name, l); err != nil {
		return err
	}
	if err := ValidateDatabaseProperties(ps); err != nil {
		return err
	}
	if encrypts(ps) {
		return errs.NotImplemented("encryption of a database (%s)", cipherEnabledKey)
	}
	return nil
}

// ValidateAlterDatabase refuses an alteration that makes no sense on any database, with code 1100, in Milvus's order:
// the values first, which its proxy checks.
func ValidateAlterDatabase(name string, set []Property, remove []string) error {
	if err := ValidateDatabaseProperties(set); err != nil {
		return err
	}
	switch {
	case name == "":
		return errs.Invalid("alter database failed, database name does not exists")
	case len(set) == 0 && len(remove) == 0:
		return errs.Invalid("alter database with empty properties and delete keys, expected to set either properties or delete keys")
	case len(set) > 0 && len(remove) > 0:
		return errs.Invalid("alter database cannot modify properties and delete keys at the same time")
	}
	isCipher := func(key string) bool { return slices.Contains(cipherKeys, key) }
	if slices.ContainsFunc(remove, isCipher) || slices.ContainsFunc(set, func(p Property) bool { return isCipher(p.Key) }) {
		return errs.Invalid("can not alter cipher related properties")
	}
	return nil
}
