//go:build race

package kvstoretest

// raceDetector says that everything takes several times as long.
const raceDetector = true
