package errs

import (
	"fmt"

	"github.com/cockroachdb/errors"
)

// Invalid is code 1100: "text: invalid parameter".
func Invalid(format string, args ...any) error {
	return ParameterInvalid.build(sprintf(format, args...))
}

// InvalidExpected is code 1100: "text: invalid parameter[expected=…][actual=…]". An empty format leaves the text out.
func InvalidExpected(expected, actual any, format string, args ...any) error {
	return ParameterInvalid.build(sprintf(format, args...), Field{"expected", expected}, Field{"actual", actual})
}

// OutOfRange is code 1100: "text: invalid parameter[value out of range low <= value <= high]".
func OutOfRange(low, high, value any, format string, args ...any) error {
	text := fmt.Sprintf("%s: %s[%v out of range %v <= value <= %v]",
		sprintf(format, args...), ParameterInvalid.Text, value, low, high)
	return errors.WithStackDepth(&Error{kind: ParameterInvalid, text: text}, 1)
}

// Missing is code 1101: "text: missing parameter".
func Missing(format string, args ...any) error {
	return ParameterMissing.build(sprintf(format, args...))
}

// TooLarge is code 1102: "text: parameter too large".
func TooLarge(format string, args ...any) error {
	return ParameterTooLarge.build(sprintf(format, args...))
}

// BadSchema is code 105: "text: illegal collection schema[collection=…]".
func BadSchema(collection, format string, args ...any) error {
	return IllegalSchema.build(sprintf(format, args...), Field{"collection", collection})
}

// NoVectorClusteringKey is code 107: "vector clustering key not allowed[collection=…]".
func NoVectorClusteringKey(collection string) error {
	return VectorClusteringKey.build("", Field{"collection", collection})
}

// BadDatabaseName is code 802: "text: invalid database name[database=…]".
func BadDatabaseName(database, format string, args ...any) error {
	return DatabaseInvalidName.build(sprintf(format, args...), Field{"database", database})
}

// BadFieldName is code 1701: "text: field name invalid[field=…]".
func BadFieldName(field, format string, args ...any) error {
	return FieldInvalidName.build(sprintf(format, args...), Field{"field", field})
}

// NoCollection is code 100: "collection not found[database=…][collection=…]".
func NoCollection(database, collection string) error {
	return CollectionNotFound.build("", Field{"database", database}, Field{"collection", collection})
}

// NoCollectionID is code 100 for an id or a name without a database: "collection not found[collection=…]".
func NoCollectionID(collection any) error {
	return CollectionNotFound.build("", Field{"collection", collection})
}

// CannotFindCollection is code 100 as DescribeCollection words it: "can't find collection[database=…][collection=…]".
// Clients look for these words to tell a missing collection from a failure.
func CannotFindCollection(database, collection string) error {
	return errors.WithStackDepth(&Error{
		kind: CollectionNotFound,
		text: "can't find collection[database=" + quoted(database) + "][collection=" + quoted(collection) + "]",
	}, 1)
}

// NotLoaded is code 101: "collection not loaded[collection=…]".
func NotLoaded(collection string) error {
	return CollectionNotLoaded.build("", Field{"collection", collection})
}

// NoDatabase is code 800: "database not found[database=…]".
func NoDatabase(database string) error {
	return DatabaseNotFound.build("", Field{"database", database})
}

// NoPartition is code 200: "partition not found[partition=…]".
func NoPartition(partition string) error {
	return PartitionNotFound.build("", Field{"partition", partition})
}

// NoAlias is code 1600: "alias not found[database=…][alias=…]".
func NoAlias(database, alias string) error {
	return AliasNotFound.build("", Field{"database", database}, Field{"alias", alias})
}

// NameTaken is code 1601, an alias and a collection of one name: "text: alias and collection name
// conflict[database=…][alias=…]". An empty format leaves the text out.
func NameTaken(database, alias, format string, args ...any) error {
	return AliasNameConflict.build(sprintf(format, args...), Field{"database", database}, Field{"alias", alias})
}

// TooManyCollections is code 102: "exceeded the limit number of collections[dbName=…][limit=…]".
func TooManyCollections(database string, limit int) error {
	return CollectionLimit.build("", Field{"dbName", database}, Field{"limit", limit})
}

// OverCapacity is code 250: "general capacity exceeded[newGeneralSize=…][generalCapacity=…]", both counted in
// partitions × shards over all collections.
func OverCapacity(size, capacity int64) error {
	return CapacityExceeded.build("", Field{"newGeneralSize", size}, Field{"generalCapacity", capacity})
}

// QueueFull is code 4: "too many concurrent requests, queue is full[limit=…]".
func QueueFull(limit int) error {
	return TooManyRequests.build("", Field{"limit", limit})
}

// Denied is code 9: "quota exceeded[reason=…]". An administrator has switched off what was asked for.
func Denied(reason string) error {
	return QuotaExceeded.build("", Field{"reason", reason})
}

// NotImplemented is code 10: "text: service unimplemented".
func NotImplemented(format string, args ...any) error {
	return Unimplemented.build(sprintf(format, args...))
}

// Untyped is code 65535 with exactly this text, for the errors to which Milvus gives no code.
func Untyped(text string) error {
	return errors.WithStackDepth(&Error{kind: Unexpected, text: short(text)}, 1)
}
