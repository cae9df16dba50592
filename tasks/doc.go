// Package tasks runs statements: a Task is one of them, a Pipeline is the named steps of its work, and a Queue bounds how
// many there are at once. It knows no DDL.
//
//	caller ──Do──▶ Queue: waiting (bounded) ──▶ running (bounded) ──▶ Run: Prepare → Execute → NotifyDone
//	   │                      │                         │                              │
//	   └── leaves when its ───┴── it never started      └── it goes on to its end      └── Pipeline: step, step, step
//	       context ends
//
// The one idea: what has been started ends by itself. A caller may stop waiting, but a statement whose outcome somebody
// may already rely on is never cut in the middle because its client hung up; only the owner of the queue can end it.
//
// Start reading at Task and Run.
package tasks
