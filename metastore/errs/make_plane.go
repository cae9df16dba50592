package errs

import (
	"fmt"

	"github.com/cockroachdb/errors"
)

// What is said of indexes, loads and resource groups (index-load-semantics §9).

// AlreadyLoaded is code 104: "text: collection already loaded[collection=…]".
func AlreadyLoaded(collection, format string, args ...any) error {
	return CollectionLoaded.build(fmt.Sprintf(format, args...), Field{"collection", collection})
}

// NoPartitionLoaded is code 201: "partition not loaded[partition=…]".
func NoPartitionLoaded(partition any) error {
	return PartitionNotLoaded.build("", Field{"partition", partition})
}

// NoIndex is code 700: "index not found[indexName=…]".
func NoIndex(name string) error {
	return IndexNotFound.build("", Field{"indexName", name})
}

// NoIndexOf is code 700 where no index was named: "index not found[collection=…]".
func NoIndexOf(collection string) error {
	return IndexNotFound.build("", Field{"collection", collection})
}

// ManyIndexes is code 702: "index duplicates[indexName=…]".
func ManyIndexes(name string) error {
	return IndexDuplicate.build("", Field{"indexName", name})
}

// IndexInTheWay is code 702 for what an index that is there does not allow: "text: index duplicates[indexName=…]".
func IndexInTheWay(name, text string) error {
	return IndexDuplicate.build(text, Field{"indexName", name})
}

// NoResourceGroup is code 300: "resource group not found[rg=…]".
func NoResourceGroup(name string) error {
	return GroupNotFound.build("", Field{"rg", name})
}

// FewNodes is code 304: "resource group node not enough[rg=…][currentNodeNum=…][expectedNodeNum=…]".
func FewNodes(group string, current, expected int) error {
	return GroupNodesShort.build("", Field{"rg", group}, Field{"currentNodeNum", current}, Field{"expectedNodeNum", expected})
}

// FewStreamingNodes is code 12: "service resource insufficient[currentStreamingNode=…][expectedStreamingNode=…]".
func FewStreamingNodes(current, expected int) error {
	return ResourceShort.build("", Field{"currentStreamingNode", current}, Field{"expectedStreamingNode", expected})
}

// LoadFailed is code 101 with the cause in front: "cause: collection not loaded[collection=…]". Without a cause it is NotLoaded.
func LoadFailed(collection any, cause string) error {
	return CollectionNotLoaded.build(cause, Field{"collection", collection})
}

// NoField is code 1700: "field not found[field=…]".
func NoField(field string) error {
	return FieldNotFound.build("", Field{"field", field})
}

// Calling puts what was being called in front of a refusal, whose kind stays: "call query coordinator LoadCollection: …". Unlike a wrapped
// error it is one refusal, whose text is all the client's. What is no refusal stays as it is.
func Calling(what string, err error) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	return errors.WithStackDepth(&Error{kind: e.kind, text: "call " + what + ": " + e.text}, 1)
}
