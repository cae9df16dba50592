// Package ddl decides: one planner per statement turns a Snapshot and a request into the changes to make.
//
//	Planner(Snapshot, Input) ──▶ Draft (changes, next id) + Result, or a refusal
//
// The one idea: a planner is a pure function. It has no clock, no randomness and no I/O; ids come from the Snapshot's
// counter, time from Input. So it may be run again on a newer Snapshot at will, and every rule of a statement can be tested with a table.
package ddl

import (
	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
)

// Input is what a planner may know besides the Snapshot.
type Input struct {
	// Now is the hybrid timestamp that the change set will have.
	Now model.Timestamp
}

// Draft is what a statement wants to change. Without changes it is a no-op: the catalog is already as asked for, and
// nothing is written.
type Draft struct {
	Changes []catalog.Change
	// NextID is the id counter afterwards; the Snapshot's own if no id was taken.
	NextID model.ID
}

// Planner plans one statement on a Snapshot. An error is a refusal of package errs, and nothing changes. Safe for
// concurrent use; the Draft belongs to the caller, the records in it to the catalog.
type Planner func(s *catalog.Snapshot, in Input) (Draft, catalog.Result, error)
