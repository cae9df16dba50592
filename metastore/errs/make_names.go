package errs

// nameHeld is AliasNameConflict seen from the alias: Milvus does not blame the caller there.
var nameHeld = &Kind{Code: AliasNameConflict.Code, Legacy: AliasNameConflict.Legacy, Text: AliasNameConflict.Text}

// NameHeld is code 1601 for an alias whose name a collection has: "alias and collection name
// conflict[database=…][alias=…]". NameTaken is the same conflict seen from the collection.
func NameHeld(database, alias string) error {
	return nameHeld.build("", Field{"database", database}, Field{"alias", alias})
}

// AliasTaken is code 1602: "alias is alias to another collection: …: alias already exist[database=…][alias=…]".
func AliasTaken(database, alias, collection string) error {
	return AliasExists.build(alias+" is alias to another collection: "+collection, Field{"database", database}, Field{"alias", alias})
}

// TooManyDatabases is code 801: "exceeded the limit number of database[limit=…]".
func TooManyDatabases(limit int) error {
	return DatabaseLimit.build("", Field{"limit", limit})
}

// DatabaseNotFoundWhile is code 800 with what was being done in front: "doing: database not found[database=…]".
func DatabaseNotFoundWhile(database, doing string) error {
	return DatabaseNotFound.build(doing, Field{"database", database})
}

// Unsupported is code 3000: "text: unsupported operation".
func Unsupported(format string, args ...any) error {
	return NotSupported.build(sprintf(format, args...))
}
