// Package journal keeps the catalog in a Store: Load reads it, a Log commits change sets to it, Tail follows it.
//
//	one transaction: guard head == the bytes I last wrote
//	                 put   the records      (Milvus's layout: what the catalog is)
//	                       one journal key  (how it got there)
//	                       head             (revision, ids, time, fingerprint)
//
// The one idea: head is the commit point and the fence. Whoever changed it last owns the catalog; a commit of anyone else
// fails its guard, whatever that process still believes. What does not fit one transaction is written ahead, where nothing refers
// to it until head moves (ahead.go), or follows from the journal entry, which has the last word until it is there (redo.go).
//
// This is the only code that knows which keys a catalog uses in a Store.
package journal

import (
	"strings"

	"github.com/cockroachdb/errors"
)

// The kinds of errors besides those of kvstore.
var (
	// ErrFenced means that another leader has written head: this one is over.
	ErrFenced = errors.New("another leader has taken over")
	// ErrNotLanded means that a commit was not applied and never will be. The same statements may be tried again.
	ErrNotLanded = errors.New("commit did not land")
	// ErrTooLarge means that a change set cannot be written within the store's limits. Nothing visible was written.
	ErrTooLarge = errors.New("change set too large for the store")
	// ErrTrimmed means that the journal no longer reaches back that far.
	ErrTrimmed = errors.New("journal is trimmed")
	// ErrForeign means that the store holds another catalog than was asked for, or none where one was expected.
	ErrForeign = errors.New("not the catalog that was asked for")
)

// keys turns keys relative to the root into keys of the store and back.
type keys struct{ root string }

func (k keys) abs(rel string) string { return k.root + "/" + rel }

func (k keys) rel(abs string) string { return strings.TrimPrefix(abs, k.root+"/") }
