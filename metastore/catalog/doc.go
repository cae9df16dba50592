// Package catalog is the catalog as a value: Snapshot, the ChangeSets that lead from one to the next, and Apply, the only
// way to get there.
//
//	Snapshot r7 ──Apply(ChangeSet r8)──▶ Snapshot r8
//	   │                                    │
//	   └── readers keep it as long as ──────┘── shares all that r8 did not touch
//	       they like; it never moves
//
// The one idea: leader, followers, CLI and tests hold the same Snapshot type and advance it with the same Apply, which
// refuses a gap in the revisions and a wrong fingerprint, so two copies of the catalog cannot drift apart unnoticed.
//
// Everything here is pure: no I/O, no clock, no randomness, no stored protobuf. The three rules: nothing but its arguments may decide
// what Apply returns; a record is never changed once it is in a Snapshot; a plan is made on the Snapshot it will be
// applied to.
package catalog
