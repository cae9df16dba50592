package errs

// Changed is code 20001, taproot's own: "text: object has changed[object=…][revision=…][wanted=…]". The revision is that of the object's
// last change, 0 if there is no such object or that is too old to tell; wanted is the one that the request named, 0 if it wanted that there be none.
func Changed(object string, revision, wanted uint64, text string) error {
	return ObjectChanged.build(text, Field{"object", object}, Field{"revision", revision}, Field{"wanted", wanted})
}

// TooOldToTell is code 20002, taproot's own: "text: revision is too old to tell[object=…][wanted=…][oldest=…]". The oldest is the first
// revision that history still holds.
func TooOldToTell(object string, wanted, oldest uint64) error {
	return RevisionTooOld.build("history does not reach back to the revision that was given, look at the object again",
		Field{"object", object}, Field{"wanted", wanted}, Field{"oldest", oldest})
}
