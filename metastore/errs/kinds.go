package errs

// Numbers of Milvus's deprecated ErrorCode enum.
const (
	legacyUnexpected          = 1
	legacyCollectionNotExists = 4
	legacyIllegalArgument     = 5
	legacyMetaFailed          = 15
	legacyIndexNotExist       = 25
	legacyForceDeny           = 48
	legacyNotReady            = 56
)

// The table. Source of the numbers and texts: Milvus 2.6.19, ddl-semantics §1.3.
var (
	NotReady            = kind(1, legacyNotReady, "service not ready", retriable)
	Unavailable         = kind(2, legacyUnexpected, "service unavailable", retriable)
	TooManyRequests     = kind(4, legacyUnexpected, "too many concurrent requests, queue is full", retriable)
	Internal            = kind(5, legacyUnexpected, "service internal error", 0)
	QuotaExceeded       = kind(9, legacyForceDeny, "quota exceeded", 0)
	Unimplemented       = kind(10, legacyUnexpected, "service unimplemented", 0)
	ResourceShort       = kind(12, legacyUnexpected, "service resource insufficient", retriable)
	CollectionNotFound  = kind(100, legacyCollectionNotExists, "collection not found", input)
	CollectionNotLoaded = kind(101, legacyUnexpected, "collection not loaded", 0)
	CollectionLimit     = kind(102, legacyUnexpected, "exceeded the limit number of collections", input)
	CollectionLoaded    = kind(104, legacyUnexpected, "collection already loaded", input)
	IllegalSchema       = kind(105, legacyUnexpected, "illegal collection schema", input)
	VectorClusteringKey = kind(107, legacyUnexpected, "vector clustering key not allowed", input)
	PartitionNotFound   = kind(200, legacyMetaFailed, "partition not found", input)
	PartitionNotLoaded  = kind(201, legacyUnexpected, "partition not loaded", 0)
	CapacityExceeded    = kind(250, legacyUnexpected, "general capacity exceeded", 0)
	GroupNotFound       = kind(300, legacyUnexpected, "resource group not found", 0)
	GroupExists         = kind(301, legacyUnexpected, "resource group already exist", 0)
	GroupLimit          = kind(302, legacyUnexpected, "resource group num reach limit", 0)
	GroupIllegalConfig  = kind(303, legacyUnexpected, "resource group illegal config", 0)
	GroupNodesShort     = kind(304, legacyUnexpected, "resource group node not enough", 0)
	IndexNotFound       = kind(700, legacyIndexNotExist, "index not found", 0)
	IndexDuplicate      = kind(702, legacyUnexpected, "index duplicates", input)
	DatabaseNotFound    = kind(800, legacyUnexpected, "database not found", input)
	DatabaseLimit       = kind(801, legacyUnexpected, "exceeded the limit number of database", input)
	DatabaseInvalidName = kind(802, legacyUnexpected, "invalid database name", input)
	ParameterInvalid    = kind(1100, legacyIllegalArgument, "invalid parameter", input)
	ParameterMissing    = kind(1101, legacyIllegalArgument, "missing parameter", input)
	ParameterTooLarge   = kind(1102, legacyIllegalArgument, "parameter too large", input)
	AliasNotFound       = kind(1600, legacyUnexpected, "alias not found", input)
	AliasNameConflict   = kind(1601, legacyUnexpected, "alias and collection name conflict", input)
	AliasExists         = kind(1602, legacyUnexpected, "alias already exist", 0)
	FieldNotFound       = kind(1700, legacyUnexpected, "field not found", input)
	FieldInvalidName    = kind(1701, legacyUnexpected, "field name invalid", 0)
	NotSupported        = kind(3000, legacyUnexpected, "unsupported operation", 0)
	Canceled            = kind(10000, legacyUnexpected, "context canceled", 0)
	Timeout             = kind(10001, legacyUnexpected, "context deadline exceeded", 0)
	// Taproot's own, far above Milvus's (3000 is the highest that is no end of a context). No input errors: the request was right
	// when it was written; and not retriable: the same one will be refused again.
	ObjectChanged  = kind(20001, legacyUnexpected, "object has changed", 0)
	RevisionTooOld = kind(20002, legacyUnexpected, "revision is too old to tell", 0)
	Unexpected     = kind(65535, legacyUnexpected, "unexpected error", 0)
)

type flag uint8

const (
	retriable flag = 1 << iota
	input
)

// byCode is complete when the package is initialised and only read afterwards.
var byCode = map[int32]*Kind{}

func kind(code, legacy int32, text string, f flag) *Kind {
	k := &Kind{Code: code, Legacy: legacy, Text: text, Retriable: f&retriable != 0, Input: f&input != 0}
	byCode[code] = k
	return k
}
