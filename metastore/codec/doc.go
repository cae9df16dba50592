// Package codec translates between the catalog's records and the keys and bytes under which they lie in a store: the
// layout of Milvus 2.6 for databases, collections, fields, partitions and aliases, and taproot's own for head, leader and
// journal.
//
//	model.Field ──Encode──▶ 08 64 12 02 …          ParseKey ◀── meta/root-coord/fields/<collection>/<field>
//	            ◀──Decode──                        Key ──────▶
//
// The one idea: a record is the fields that this version models plus the rest, carried along as it was on the wire. Decode keeps
// whatever it does not understand in the record's Extra, Encode puts it back where it stood, so a record may pass
// through an older taproot and lose nothing. It follows that what any Milvus wrote in canonical form (fields by ascending
// number, nothing twice, no zero scalars) is encoded to the same bytes again, and Seal can tell what stood in the
// store before a change without reading it.
//
// Bytes go straight to and from the model's types; there is no protobuf message in between, because a restart decodes
// nine records a collection. The .proto files under proto/taproot remain the definition: the tests hold every function here
// to what the generated types do. Equal values are shared on decoding (share.go), which is safe because records
// never change.
//
// Everything is pure and safe for concurrent use; nothing here reads a clock or a store. Input is not trusted: any
// bytes give a record or an error, never a panic, and nothing returned aliases the input unless it says so.
//
// The layout is written down in Milvus's sources (rootcoord's catalog, etcd_meta.proto, schema.proto); start reading at
// Decode and Encode in record.go, then collection.go as an example of a record.
package codec
