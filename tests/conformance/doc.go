// Package conformance holds the rules of Milvus's DDL as a table: statement, state before, request, expected status and state
// after. The rows are data, in the files of the folder rows; the Go code here only knows how to read and run them, and has no
// rule of Milvus in it but how a Status is filled from an error.
//
// A row is written from the specification, never from what the code does:
//
//	# a group; its cases are the rows
//	- rows: length of a collection's name
//	  spec: §2.1
//	  given: [db other, create books @other] # statements that must succeed; see rows/common.yaml
//	  do: {CreateCollection: {collection_name: $name, schema: {fields: [pk, vec]}}}
//	  cases:
//	    - {case: 255 bytes, name: {$repeat: [a, 255]}, want: ok}
//	    - {case: empty, name: "", want: {PI: collection name should not be empty}}
//
// A request is the protobuf message as YAML. Beyond what protojson takes: a map stands for a list of key-value pairs, a text
// like "f VarChar max_length=10 nullable" for a field, a map for the bytes of a schema.
//
// What is wanted is ok (planned for a dry run that would change something), or a refusal in the notation of the specification's section 0. What a refusal says besides its code
// (legacy code, retriable, is_input_error) follows from the table of section 1.3 and is always looked at. After a refusal, and
// where a row says "unchanged: true", everything that the API shows is as it was. "then" is a list of statements that look at
// the state after.
//
// Every row is run twice: as it is, and with a restart between the state before and the request, which must not change the
// answer (pains.md 26). Groups with "everywhere: true" are also run in another database than the default one; $db is its name.
//
//	go test ./tests/conformance -run 'TestRows/aliases'
//	TAPROOT_CONFORMANCE_STORE=embed go test ./tests/conformance      # as in CI: on the embedded store
package conformance
