// Package committer is the single writer of a catalog.
//
//	Submit ─▶ waiting ─▶ plan on the speculative Snapshot ─▶ next batch ─┐
//	                                                                     ▼
//	replies ◀─ publish Snapshot, feed ◀─ durable ◀─ one transaction ◀─ flight
//
// The one idea: one goroutine plans statement after statement, each on the Snapshot that the ones before it will have
// made, so DDL needs no locks and commit order is revision order. While one batch is on its way to the store, the next
// is being planned; it leaves as soon as that one has landed. What was planned on a batch is told to nobody before
// that batch is durable: not a success, and not a refusal either.
package committer
