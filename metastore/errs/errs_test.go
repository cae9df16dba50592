package errs

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/cockroachdb/errors"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestTable pins what SDKs branch on, once more and independently of the table, from ddl-semantics §1.3.
func TestTable(t *testing.T) {
	t.Parallel()
	const retry, fault = true, true
	rows := []struct {
		kind      *Kind
		code      int32
		legacy    int32
		text      string
		retriable bool
		input     bool
	}{
		{NotReady, 1, 56, "service not ready", retry, !fault},
		{Unavailable, 2, 1, "service unavailable", retry, !fault},
		{TooManyRequests, 4, 1, "too many concurrent requests, queue is full", retry, !fault},
		{Internal, 5, 1, "service internal error", !retry, !fault},
		{QuotaExceeded, 9, 48, "quota exceeded", !retry, !fault},
		{Unimplemented, 10, 1, "service unimplemented", !retry, !fault},
		{ResourceShort, 12, 1, "service resource insufficient", retry, !fault},
		{CollectionNotFound, 100, 4, "collection not found", !retry, fault},
		{CollectionNotLoaded, 101, 1, "collection not loaded", !retry, !fault},
		{CollectionLimit, 102, 1, "exceeded the limit number of collections", !retry, fault},
		{CollectionLoaded, 104, 1, "collection already loaded", !retry, fault},
		{IllegalSchema, 105, 1, "illegal collection schema", !retry, fault},
		{VectorClusteringKey, 107, 1, "vector clustering key not allowed", !retry, fault},
		{PartitionNotFound, 200, 15, "partition not found", !retry, fault},
		{PartitionNotLoaded, 201, 1, "partition not loaded", !retry, !fault},
		{CapacityExceeded, 250, 1, "general capacity exceeded", !retry, !fault},
		{GroupNotFound, 300, 1, "resource group not found", !retry, !fault},
		{GroupExists, 301, 1, "resource group already exist", !retry, !fault},
		{GroupLimit, 302, 1, "resource group num reach limit", !retry, !fault},
		{GroupIllegalConfig, 303, 1, "resource group illegal config", !retry, !fault},
		{GroupNodesShort, 304, 1, "resource group node not enough", !retry, !fault},
		{IndexNotFound, 700, 25, "index not found", !retry, !fault},
		{IndexDuplicate, 702, 1, "index duplicates", !retry, fault},
		{DatabaseNotFound, 800, 1, "database not found", !retry, fault},
		{DatabaseInvalidName, 802, 1, "invalid database name", !retry, fault},
		{ParameterInvalid, 1100, 5, "invalid parameter", !retry, fault},
		{ParameterMissing, 1101, 5, "missing parameter", !retry, fault},
		{ParameterTooLarge, 1102, 5, "parameter too large", !retry, fault},
		{AliasNotFound, 1600, 1, "alias not found", !retry, fault},
		{AliasNameConflict, 1601, 1, "alias and collection name conflict", !retry, fault},
		{DatabaseLimit, 801, 1, "exceeded the limit number of database", !retry, fault},
		{AliasExists, 1602, 1, "alias already exist", !retry, !fault},
		{NotSupported, 3000, 1, "unsupported operation", !retry, !fault},
		{FieldNotFound, 1700, 1, "field not found", !retry, fault},
		{FieldInvalidName, 1701, 1, "field name invalid", !retry, !fault},
		{Canceled, 10000, 1, "context canceled", !retry, !fault},
		{Timeout, 10001, 1, "context deadline exceeded", !retry, !fault},
		{ObjectChanged, 20001, 1, "object has changed", !retry, !fault},
		{RevisionTooOld, 20002, 1, "revision is too old to tell", !retry, !fault},
		{Unexpected, 65535, 1, "unexpected error", !retry, !fault},
	}
	assert.Len(t, rows, len(byCode), "a row for each kind")
	for _, row := range rows {
		t.Run(row.text[:min(len(row.text), 80)], func(t *testing.T) {
			t.Parallel()
			got := Of(row.kind.New("detail", Field{"name", "v"}, Field{"n", 7}))
			want := Status{
				Code: row.code, Legacy: row.legacy, Retriable: row.retriable, Input: row.input,
				Reason: "detail: " + row.text + "[name=v][n=7]",
			}
			assert.Equal(t, want, got)
			if row.input {
				assert.Equal(t, map[string]string{"is_input_error": "true"}, got.ExtraInfo())
			} else {
				assert.Nil(t, got.ExtraInfo())
			}
			assert.Equal(t, row.text, row.kind.New("").Error(), "no detail, no fields")
			assert.Equal(t, want, Of(FromStatus(want)), "there and back")
			assert.Equal(t, want, Of(FromStatus(Status{Code: want.Code, Reason: want.Reason, Retriable: want.Retriable, Input: want.Input})),
				"the legacy number need not travel")
		})
	}
}

func TestTexts(t *testing.T) {
	t.Parallel()
	rows := []struct {
		err  error
		code int32
		text string
	}{
		{Invalid("no %s", "such"), 1100, "no such: invalid parameter"},
		{Invalid("100%% of %d", 7), 1100, "100% of 7: invalid parameter"},
		{InvalidExpected("e", 2, "no %s", "such"), 1100, "no such: invalid parameter[expected=e][actual=2]"},
		{InvalidExpected("e", "a", ""), 1100, "invalid parameter[expected=e][actual=a]"},
		{OutOfRange(-128, 127, 128, "default value out of range"), 1100, "default value out of range: invalid parameter[128 out of range -128 <= value <= 127]"},
		{Missing("no %s", "key"), 1101, "no key: missing parameter"},
		{TooLarge("record of %d bytes", 9), 1102, "record of 9 bytes: parameter too large"},
		{BadSchema("c", "no %s", "key"), 105, "no key: illegal collection schema[collection=c]"},
		{NoVectorClusteringKey("c"), 107, "vector clustering key not allowed[collection=c]"},
		{Invalid("%s", strings.Repeat("x", 1<<10)), 1100, strings.Repeat("x", 1<<10) + ": invalid parameter"},
		{Invalid("bad name: %s, too long for %d", strings.Repeat("x", 3<<20), 5), 1100, "bad name: " + strings.Repeat("x", 1<<10) + "… (3145728 bytes), too long for 5: invalid parameter"},
		{Invalid("%q", strings.Repeat("x", 1<<10+1)), 1100, `"` + strings.Repeat("x", 1<<10) + `… (1025 bytes)": invalid parameter`},
		{Invalid("%s", "y"+strings.Repeat("ü", 3<<20)), 1100, "y" + strings.Repeat("ü", 1<<9-1) + "… (6291457 bytes): invalid parameter"},
		{Invalid("no JSON: %s", errors.New(strings.Repeat("x", 2000))), 1100, "no JSON: " + strings.Repeat("x", 1<<10) + "… (2000 bytes): invalid parameter"},
		{
			InvalidExpected("e", strings.Repeat("x", 2000), "%s", strings.Repeat("y", 2000)), 1100,
			strings.Repeat("y", 1<<10) + "… (2000 bytes): invalid parameter[expected=e][actual=" + strings.Repeat("x", 1<<10) + "… (2000 bytes)]",
		},
		{BadSchema(strings.Repeat("x", 3<<20), ""), 105, "illegal collection schema[collection=" + strings.Repeat("x", 1<<10) + "… (3145728 bytes)]"},
		{CannotFindCollection("d", strings.Repeat("x", 3<<20)), 100, "can't find collection[database=d][collection=" + strings.Repeat("x", 1<<10) + "… (3145728 bytes)]"},
		{Untyped(strings.Repeat("x", 3<<20)), 65535, strings.Repeat("x", 4<<10) + "…" + strings.Repeat("x", 4<<10)},
		{Unsupported(strings.Repeat("x", 4<<10)+"%s"+strings.Repeat("z", 4<<10), strings.Repeat("y", 1<<20)), 3000, strings.Repeat("x", 4<<10) + "…" + strings.Repeat("z", 4<<10) + ": unsupported operation"},
		{BadDatabaseName("d", "too %s", "long"), 802, "too long: invalid database name[database=d]"},
		{BadFieldName("f", "too %s", "long"), 1701, "too long: field name invalid[field=f]"},
		{NoCollection("d", "c"), 100, "collection not found[database=d][collection=c]"},
		{NoCollectionID(447), 100, "collection not found[collection=447]"},
		{NoCollectionID("c"), 100, "collection not found[collection=c]"},
		{CannotFindCollection("d", "c"), 100, "can't find collection[database=d][collection=c]"},
		{NotLoaded("c"), 101, "collection not loaded[collection=c]"},
		{NoDatabase("d"), 800, "database not found[database=d]"},
		{NoPartition("p"), 200, "partition not found[partition=p]"},
		{NoAlias("d", "a"), 1600, "alias not found[database=d][alias=a]"},
		{NameTaken("d", "a", "please choose a unique name"), 1601, "please choose a unique name: alias and collection name conflict[database=d][alias=a]"},
		{NameTaken("d", "a", ""), 1601, "alias and collection name conflict[database=d][alias=a]"},
		{NameHeld("d", "a"), 1601, "alias and collection name conflict[database=d][alias=a]"},
		{AliasTaken("d", "a", "c"), 1602, "a is alias to another collection: c: alias already exist[database=d][alias=a]"},
		{TooManyDatabases(64), 801, "exceeded the limit number of database[limit=64]"},
		{DatabaseNotFoundWhile("d", "failed to get database by name"), 800, "failed to get database by name: database not found[database=d]"},
		{AlreadyLoaded("c", "can not alter %s", "it"), 104, "can not alter it: collection already loaded[collection=c]"},
		{AlreadyLoaded("c", ""), 104, "collection already loaded[collection=c]"},
		{NoPartitionLoaded("p"), 201, "partition not loaded[partition=p]"},
		{NoIndex("i"), 700, "index not found[indexName=i]"},
		{NoIndexOf("c"), 700, "index not found[collection=c]"},
		{ManyIndexes("i"), 702, "index duplicates[indexName=i]"},
		{NoResourceGroup("rg"), 300, "resource group not found[rg=rg]"},
		{FewNodes("rg", 1, 2), 304, "resource group node not enough[rg=rg][currentNodeNum=1][expectedNodeNum=2]"},
		{FewStreamingNodes(1, 2), 12, "service resource insufficient[currentStreamingNode=1][expectedStreamingNode=2]"},
		{Unsupported("no %s", "such"), 3000, "no such: unsupported operation"},
		{TooManyCollections("d", 3), 102, "exceeded the limit number of collections[dbName=d][limit=3]"},
		{OverCapacity(11, 10), 250, "general capacity exceeded[newGeneralSize=11][generalCapacity=10]"},
		{QueueFull(1024), 4, "too many concurrent requests, queue is full[limit=1024]"},
		{Denied("switched off"), 9, "quota exceeded[reason=switched off]"},
		{NotImplemented("%s are not supported", "functions"), 10, "functions are not supported: service unimplemented"},
		{Untyped("100% as it is"), 65535, "100% as it is"},
		{Unavailable.Verbatim("100% as it is"), 2, "100% as it is"},
	}
	for _, row := range rows {
		t.Run(row.text[:min(len(row.text), 80)], func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, row.text, Of(row.err).Reason)
			assert.Equal(t, row.code, Of(row.err).Code)
		})
	}
}

func TestOfOtherErrors(t *testing.T) {
	t.Parallel()
	rows := map[string]struct {
		err  error
		want Status
	}{
		"none":                           {nil, Status{}},
		"untyped":                        {io.EOF, Status{Code: 65535, Legacy: 1, Reason: "EOF"}},
		"canceled":                       {errors.Wrap(context.Canceled, "wait"), Status{Code: 10000, Legacy: 1, Reason: "wait: context canceled"}},
		"timeout":                        {fmt.Errorf("wait: %w", context.DeadlineExceeded), Status{Code: 10001, Legacy: 1, Reason: "wait: context deadline exceeded"}},
		"context in front, kind kept":    {errors.Wrap(errors.Wrap(NotReady.New(""), "inner"), "outer"), Status{Code: 1, Legacy: 56, Reason: "outer: inner: service not ready", Retriable: true}},
		"through the standard library":   {fmt.Errorf("outer: %w", NoDatabase("d")), Status{Code: 800, Legacy: 1, Reason: "outer: database not found[database=d]", Input: true}},
		"marked":                         {errors.Mark(Unavailable.New(""), io.EOF), Status{Code: 2, Legacy: 1, Reason: "service unavailable", Retriable: true}},
		"the outermost kind wins":        {fmt.Errorf("%w, after %w", Unavailable.New(""), NoDatabase("d")), Status{Code: 2, Legacy: 1, Reason: "service unavailable, after database not found[database=d]", Retriable: true}},
		"a kind wins over the context":   {fmt.Errorf("%w: %w", context.Canceled, NoDatabase("d")), Status{Code: 800, Legacy: 1, Reason: "context canceled: database not found[database=d]", Input: true}},
		"secondary errors do not matter": {errors.WithSecondaryError(io.EOF, NoDatabase("d")), Status{Code: 65535, Legacy: 1, Reason: "EOF"}},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, row.want, Of(row.err))
		})
	}
}

func TestFromStatus(t *testing.T) {
	t.Parallel()
	require.NoError(t, FromStatus(Status{}))
	newer := Of(FromStatus(Status{Code: 2600, Reason: "snapshot not found"}))
	assert.Equal(t, Status{Code: 2600, Legacy: 1, Reason: "snapshot not found"}, newer, "a code of a newer peer is a failure to old clients too")
	assert.Equal(t, int32(65535), Of(FromStatus(Status{Reason: "no code"})).Code)
	both := Of(FromStatus(Status{Code: 1100, Reason: "x", Retriable: true, Input: true}))
	assert.False(t, both.Retriable, "the caller's fault is never retriable")
}

func TestKindIs(t *testing.T) {
	t.Parallel()
	err := errors.Wrap(NoCollection("d", "c"), "describe")
	assert.True(t, CollectionNotFound.Is(err))
	assert.False(t, DatabaseNotFound.Is(err))
	assert.True(t, CollectionNotFound.Is(FromStatus(Of(err))), "also after a connection")
	assert.False(t, CollectionNotFound.Is(nil))
	assert.False(t, Unexpected.Is(io.EOF))
}

// The stack in a log begins where the refusal was made, not in this package.
func TestStack(t *testing.T) {
	t.Parallel()
	for _, err := range []error{Invalid("x"), OutOfRange(1, 2, 3, "x"), NoDatabase("d"), Untyped("x"), NotReady.New(""), NotReady.Verbatim("x")} {
		stack := errors.GetReportableStackTrace(err)
		require.NotNil(t, stack)
		last := stack.Frames[len(stack.Frames)-1]
		assert.Equal(t, "TestStack", last.Function, err)
	}
}

// What a client does with an alias whose name a collection has is no fault of its input, as Milvus sees it; a collection
// under the name of an alias is.
func TestTheSameConflictFromBothSides(t *testing.T) {
	t.Parallel()
	assert.False(t, Of(NameHeld("d", "a")).Input)
	assert.True(t, Of(NameTaken("d", "a", "")).Input)
	assert.True(t, AliasNameConflict.Is(NameHeld("d", "a")), "one code")
}
