// Package history answers what the catalog was at a time.
//
//	   journal, in the store                       in memory
//	├──────────────────────────────┬──────────────────────────────────┤ now
//	  rebuilt by undoing, then kept   the last change sets (the ring)
//
// The one idea: a Snapshot shares all that did not change with its neighbours, so the past is kept as Snapshots, not as
// bookkeeping about changes. The recent ones are those that the committer made anyway; an older one is made from the
// nearest later one by undoing the journal backwards, which never looks at the records in the store: those are the present.
//
// A rebuild is nobody's and everybody's: one goes on at a time, and whoever waits for it looks again at what it left. One that
// is given up half way leaves the Snapshot it has got to, from which the next one continues.
package history
