// Package schemayaml is the form in which people write a collection's schema, and its translation to and from the Milvus API.
//
//	name: books
//	fields:
//	  - {name: id, type: Int64, primary_key: true}
//	  - {name: vec, type: FloatVector, dim: 4}
//
// A file holds one collection or a list of them, or several such documents. The one idea: only the form is checked here, that
// is names of keys and kinds of values, with the line they stand in. What a schema may say is decided by the server alone, so
// that a file and an SDK are told the same.
//
// What Describe makes of a collection gives an equal collection when it is created again.
package schemayaml
