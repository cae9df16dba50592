package errs

import "fmt"

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
