// Package crash holds the stories of processes that end: by kill -9, by a signal, because another one is there first.
//
// The one idea: clients write down what they asked for, when, and what came of it. After a restart, each thing that is there,
// or is not, must be explained by that history: what was acknowledged holds, what was not may have happened or not, and whatever
// happened did so completely. The rules are in history_test.go and are tested themselves.
//
//	CRASH_ROUNDS=1000 CRASH_SEED=42 go test ./tests/crash -run TestKill -timeout 1h -v
//
// The seed gives the same choices again; how they fall together in time is up to the machine.
//
// What is larger than a transaction of etcd has stories of its own (large_test.go): there the process dies at each transaction that a
// statement takes, because a wire between it and its etcd kills it there (gate_test.go).
//
//	CRASH_STEPS=0 go test ./tests/crash -run TestKillAtEachTransaction -v
//	CRASH_LARGE_ROUNDS=24 go test ./tests/crash -run TestKillWithinALargeStatement -count 10 -v
package crash
