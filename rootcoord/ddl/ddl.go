// Package ddl decides: one planner per statement turns a Snapshot and a request into the changes to make.
//
//	Planner(Snapshot, Input) ──▶ Draft (changes, next id) + Result, or a refusal
//
// The one idea: a planner is a pure function. It has no clock, no randomness and no I/O; ids come from the Snapshot's
// counter, time from Input. So it may be run again on a newer Snapshot at will, and every rule of a statement can be tested with a table.
//
// A file per statement, and the order of checks in it is Milvus 2.6.19's: a client that breaks two rules sees which one
// came first. What they share is here and in scope.go. A planner repeats what the proxy has validated, so that no face of
// the service can go round it. Read drop_collection.go first.
package ddl

import (
	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/model"
)

// Input is what a planner may know besides the Snapshot.
type Input struct {
	// Now is the hybrid timestamp that the change set will have.
	Now model.Timestamp
	// Oldest is the first revision that the journal still holds. What was last changed before it has no revision that could be told.
	Oldest catalog.Revision
}

// Options are the settings of the service that planners need.
type Options struct {
	Limits model.Limits
	// Pending: a new collection is written in state Creating, because others must act before it may be seen. FinishCreate
	// makes it visible, MarkDropping gives it up. Otherwise it is written as Created at once.
	Pending bool
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

// unchanged is the plan of a statement that finds the catalog as asked for. found names what it was about.
func unchanged(s *catalog.Snapshot, found catalog.Result) (Draft, catalog.Result, error) {
	return Draft{NextID: s.NextID()}, found, nil
}

func refused(err error) (Draft, catalog.Result, error) { return Draft{}, catalog.Result{}, err }

// change is the plan of a statement that takes no ids.
func change(s *catalog.Snapshot, result catalog.Result, changes ...catalog.Change) (Draft, catalog.Result, error) {
	return Draft{Changes: changes, NextID: s.NextID()}, result, nil
}
