// Command bench measures taproot beside bare ceilings, in one run, and prints ratios: `go run ./tests/bench`.
//
//	bench (clients, one process) ──gRPC──▶ taproot serve            the product
//	                             ──gRPC──▶ bench -role bare         the ceiling: one etcd transaction a create, no more
//	                                       bench -role loop         the same transaction without gRPC: is the ceiling honest?
//
// The one idea: only ratios between neighbours in time mean anything on a machine that is shared. Product and ceiling are
// separate processes on the same cores and the same file system, they are driven by the same clients with the same messages over
// the same number of connections, and they take turns in short rounds; a figure is the median over the rounds of the ratio
// within one round. A missed target is a line of the report, not a failure: the exit code says only whether measuring worked.
//
// Many clients are a lean load generator (wire), because one that takes as much processor as what it measures measures itself: grpc-go's
// client took 60 µs for a create of which the ceiling takes 170. One client alone, whose calls are timed, is grpc-go's.
//
// The product runs as it is shipped, the ceilings with Go's defaults. $GOGC, if it is set, holds for both, so that what the product owes to
// its setting can be told from the rest.
//
// Start reading at main; each figure of the report has a function in figures_*.go.
package main
