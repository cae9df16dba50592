package codec

import (
	"bytes"

	"github.com/cockroachdb/errors"
	"github.com/cockroachdb/redact"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
)

// tombstone is what Milvus up to 2.5 writes in place of deleting a key.
var tombstone = []byte{0xE2, 0x9B, 0xBC}

// Tombstone reports whether value stands for "deleted". Milvus up to 2.5 left such values, and later versions do not
// remove all of them; a reader skips the key.
func Tombstone(value []byte) bool { return bytes.Equal(value, tombstone) }

// Decode returns the record that ref names, from its stored bytes: *model.Database, *model.Collection, *model.Field,
// *model.Partition, *model.Alias, and so on by ref.Kind. The record shares nothing with value, but may be shared with other
// callers: it must not be changed.
//
// Where only the key says an id (the collection of a field, function or struct field), or the key has the last word (the database of a collection or
// alias), it comes from ref. Every error is marked ErrMalformed: value is no valid message, it names another record than
// ref does, or ref is of no known kind.
func Decode(ref catalog.Ref, value []byte) (any, error) {
	var rec any
	var err error
	switch ref.Kind {
	case catalog.KindDatabase:
		rec, err = decodeDatabase(ref, value)
	case catalog.KindCollection:
		rec, err = decodeCollection(ref, value)
	case catalog.KindField:
		rec, err = decodeField(ref, value)
	case catalog.KindPartition:
		rec, err = decodePartition(ref, value)
	case catalog.KindAlias:
		rec, err = decodeAlias(ref, value)
	case catalog.KindFunction:
		rec, err = decodeFunction(ref, value)
	case catalog.KindStructField:
		rec, err = decodeStructField(ref, value)
	case catalog.KindIndex:
		rec, err = decodeIndex(ref, value)
	case catalog.KindLoad:
		rec, err = decodeLoad(ref, value)
	case catalog.KindPartitionLoad:
		rec, err = decodePartitionLoad(ref, value)
	case catalog.KindReplica:
		rec, err = decodeReplica(ref, value)
	case catalog.KindResourceGroup:
		rec, err = decodeResourceGroup(ref, value)
	case catalog.KindIndexReport:
		rec, err = decodeIndexReport(ref, value)
	case catalog.KindLoadReport:
		rec, err = decodeLoadReport(ref, value)
	default:
		err = malformed("a record of unknown kind")
	}
	if err != nil {
		return nil, errors.Wrapf(err, "decode %s", describe(ref))
	}
	return rec, nil
}

// Encode returns the stored bytes of a record, as Milvus 2.6 writes them; what Decode carried along is in them again. rec is of
// one of the types that Decode returns. It fails for a record that cannot be stored: a string that is not valid
// UTF-8, a default value out of its range. The caller owns the bytes.
func Encode(rec any) ([]byte, error) {
	var scratch [1024]byte // holds nearly every record; the result is cut to size
	b, err := appendRecord(scratch[:0], rec)
	if err != nil {
		return nil, errors.Wrapf(err, "encode %T", rec)
	}
	return bytes.Clone(b), nil
}

func appendRecord(b []byte, rec any) ([]byte, error) {
	switch r := rec.(type) {
	case *model.Database:
		return appendDatabase(b, r)
	case *model.Collection:
		return appendCollection(b, r)
	case *model.Field:
		return appendField(b, r)
	case *model.Partition:
		return appendPartition(b, r)
	case *model.Alias:
		return appendAlias(b, r)
	case *model.Function:
		return appendFunction(b, r)
	case *model.StructField:
		return appendStructField(b, r)
	case *model.Index:
		return appendIndex(b, r)
	case *model.Load:
		return appendLoad(b, r)
	case *model.PartitionLoad:
		return appendPartitionLoad(b, r)
	case *model.Replica:
		return appendReplica(b, r)
	case *model.ResourceGroup:
		return appendResourceGroup(b, r)
	case *model.IndexReport:
		return appendIndexReport(b, r)
	case *model.LoadReport:
		return appendLoadReport(b, r)
	default:
		return nil, errors.AssertionFailedf("%T is no record", rec)
	}
}

// describe names a record in an error by its key. The name of an alias or a resource group is the user's, ids are not.
func describe(ref catalog.Ref) any {
	if ref.Kind == catalog.KindAlias || ref.Kind == catalog.KindResourceGroup {
		return Key(ref)
	}
	return redact.SafeString(ref.Kind.String() + " " + Key(ref))
}

// contradiction is the error of a value that names another record than its key.
func contradiction(what string, in, key model.ID) error {
	return malformed("the value is of %s %d, the key of %d", redact.SafeString(what), redact.Safe(int64(in)), redact.Safe(int64(key)))
}
