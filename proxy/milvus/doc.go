// Package milvus is the MilvusService: the face that SDKs see. It translates, and decides nothing about the catalog.
//
//	bytes ─▶ decode ─▶ fill in the database ─▶ ready? ─▶ endpoint ─┬─ read:  one Snapshot, answered on the spot
//	  ▲                                                            └─ write: a task in the ddQueue ─▶ coordinator
//	  └── encode ◀── reply with its status set ◀── any error, turned in-band or into a gRPC status in one place
//
// The one idea: what holds for every RPC is done to every RPC, by walking the descriptor of the service (method.go). An
// endpoint is a function that returns a reply or an error of package errs; it fills in no status, recovers from nothing
// and looks up no headers. What has no endpoint is answered as unimplemented in the form its reply allows. So a new RPC
// is one function and one line in endpoints.go.
//
// What must never happen: a plain error leaving a handler (gRPC UNKNOWN makes SDKs retry for minutes); a read that waits
// for a write; a request that looks at two Snapshots.
//
// Start reading at Service in service.go, then method.go.
package milvus
