package rootcoord_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/taproot-db/taproot/kvstore/memory"
	"github.com/taproot-db/taproot/metastore/codec"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
	taprootv1 "github.com/taproot-db/taproot/proto/taproot/v1"
	"github.com/taproot-db/taproot/rootcoord"
	"github.com/taproot-db/taproot/rootcoord/steps"
)

func ifRevision(r uint64, req *taprootv1.ExecuteRequest) *taprootv1.ExecuteRequest {
	req.IfRevision = new(r)
	return req
}

func dryRun(req *taprootv1.ExecuteRequest) *taprootv1.ExecuteRequest {
	req.DryRun = true
	return req
}

// The answer is the same from the process that made the change and from one that was started after it.
func TestIfRevision(t *testing.T) {
	t.Parallel()
	data := memory.NewData()
	n := start(t, memory.Open(data))
	books := n.must(ifRevision(0, create("books"))).GetRevision()
	films := n.must(create("films")).GetRevision()
	part := n.must(createPartition("films", "p")).GetRevision()
	last := n.must(create("songs")).GetRevision()
	for range 2 {
		for _, c := range []struct {
			what string
			req  *taprootv1.ExecuteRequest
			code int32
			text string
		}{
			{"exists", ifRevision(0, create("books")), 20001, "it exists, and must not: object has changed[object=collection default.books][revision=2][wanted=0]"},
			{"changed after", ifRevision(books-1, drop("books")), 20001, "it was changed after the revision that was given: object has changed[object=collection default.books][revision=2][wanted=1]"},
			{"a partition changes its collection", ifRevision(films, drop("films")), 20001, "[object=collection default.films][revision=4][wanted=3]"},
			{"the partition itself", ifRevision(part-1, dropPartition("films", "p")), 20001, "[object=partition default.films.p][revision=4][wanted=3]"},
			{"gone", ifRevision(last, drop("none")), 20001, "it does not exist: object has changed[object=collection default.none][revision=0][wanted=5]"},
			{"future", ifRevision(last+1, drop("books")), 1100, "lies in the future, the catalog is at 5"},
			{"before the rules", ifRevision(books-1, createPartition("films", "p")), 20001, "object has changed"},
			{"then the rules", ifRevision(0, createPartition("none", "p")), 100, "collection not found"},
		} {
			_, err := n.execute(c.req)
			info := refusal(t, err)
			require.Equal(t, c.code, info.GetCode(), "%s: %s", c.what, info.GetReason())
			require.Contains(t, info.GetReason(), c.text, c.what)
			require.False(t, info.GetRetriable())
		}
		require.Error(t, n.stop())
		n = start(t, memory.Open(data))
	}
	// The revision of the change itself will do, and so will that of any later answer.
	require.True(t, n.must(ifRevision(books, createPartition("books", "_default"))).GetRevision() >= last, "a no-op")
	require.True(t, n.must(ifRevision(part, dropPartition("films", "p"))).GetChanged())
	require.True(t, n.must(ifRevision(last, drop("books"))).GetChanged())
	_, err := n.execute(ifRevision(last, drop("books")))
	require.Equal(t, int32(20001), refusal(t, err).GetCode(), "dropped meanwhile")
	require.Error(t, n.stop())
}

// What the journal does not reach back to cannot be told, whether this process was there or not.
func TestIfRevisionBeyondTheJournal(t *testing.T) {
	t.Parallel()
	data := memory.NewData()
	n := start(t, memory.Open(data))
	books := n.must(create("books")).GetRevision()
	n.must(create("films"))
	n.must(create("songs"))
	require.True(t, n.must(dryRun(ifRevision(books, drop("books")))).GetChanged())
	require.Error(t, n.stop())
	old := func() bool {
		_, err := n.execute(dryRun(ifRevision(books, drop("books"))))
		return err != nil && refusal(t, err).GetCode() == errs.RevisionTooOld.Code
	}
	// The first thing that it does is to trim; what it has read before, it still knows.
	n = start(t, memory.Open(data), func(c *rootcoord.Config, _ *rootcoord.Deps) { c.JournalBytes = 1 })
	n.await("what it is about to trim to be out of reach", old)
	n.await("the journal to be trimmed", func() bool {
		entries := 0
		for k := range keys(t, memory.Open(data)) {
			if strings.HasPrefix(k, codec.JournalPrefix) {
				entries++
			}
		}
		return entries == 1
	})
	require.Error(t, n.stop())
	n = start(t, memory.Open(data))
	require.True(t, old())
	now := n.must(create("more")).GetRevision()
	require.True(t, n.must(ifRevision(now, drop("books"))).GetChanged(), "it was not changed since the client looked")
	require.Error(t, n.stop())
}

func TestDryRun(t *testing.T) {
	t.Parallel()
	data := memory.NewData()
	n := start(t, memory.Open(data))
	n.must(create("books"))
	before, snap := keys(t, memory.Open(data)), n.Snapshot()

	resp := n.must(dryRun(withID("r", create("films"))))
	require.True(t, resp.GetChanged())
	require.Zero(t, resp.GetCollectionId(), "it has none yet")
	require.Equal(t, uint64(snap.Revision()), resp.GetRevision())
	want := []*taprootv1.PlannedChange{
		{Kind: "collection", Action: "create", Name: "films"},
		{Kind: "field", Action: "create", Name: "RowID"},
		{Kind: "field", Action: "create", Name: "Timestamp"},
		{Kind: "field", Action: "create", Name: "id"},
		{Kind: "field", Action: "create", Name: "vec"},
		{Kind: "partition", Action: "create", Name: "_default"},
	}
	require.Len(t, resp.GetPlanned(), len(want))
	for i := range want {
		require.True(t, proto.Equal(want[i], resp.GetPlanned()[i]), "%v", resp.GetPlanned()[i])
	}
	resp = n.must(dryRun(drop("books")))
	require.Len(t, resp.GetPlanned(), 1)
	require.Equal(t, "delete", resp.GetPlanned()[0].GetAction())
	require.NotZero(t, resp.GetPlanned()[0].GetId())
	resp = n.must(dryRun(drop("none")))
	require.False(t, resp.GetChanged())
	require.Empty(t, resp.GetPlanned())

	// A refusal has the words of the real one.
	for _, req := range []*taprootv1.ExecuteRequest{
		createSpec(spec("books", &taprootv1.Field{Name: "x", DataType: int32(model.Bool)})), dropPartition("books", "_default"),
		createPartition("none", "p"), ifRevision(1, drop("books")),
	} {
		_, err := n.execute(req)
		_, dry := n.execute(dryRun(proto.Clone(req).(*taprootv1.ExecuteRequest)))
		require.True(t, proto.Equal(refusal(t, err), refusal(t, dry)))
	}
	require.Equal(t, before, keys(t, memory.Open(data)), "nothing was written")
	require.Contains(t, before, codec.HeadKey)
	require.Equal(t, snap.Revision(), n.Snapshot().Revision())
	require.Equal(t, snap.NextID(), n.Snapshot().NextID())
	// The request id was not used up.
	require.True(t, n.must(withID("r", create("songs"))).GetChanged())
	require.Error(t, n.stop())
	_, err := n.execute(dryRun(create("films")))
	require.Error(t, err)
}

// A create that has to wait for others looks its request id up before it does anything.
func TestAWatchedCreateKnowsItsRequest(t *testing.T) {
	t.Parallel()
	watched := 0
	watch := watcher(func(*model.Collection) error { watched++; return nil })
	n := start(t, memory.New(), func(_ *rootcoord.Config, d *rootcoord.Deps) { d.Watchers = []steps.ChannelWatcher{watch} })
	first := n.must(withID("r", create("books")))
	n.must(drop("books"))
	again := n.must(withID("r", create("books")))
	require.True(t, proto.Equal(first, again))
	require.Equal(t, 1, watched)
	require.Zero(t, n.Snapshot().CountAllCollections(), "it was not made a second time")
	_, err := n.execute(withID("r", create("films")))
	require.Contains(t, refusal(t, err).GetReason(), "was used for another statement")
	require.Equal(t, 1, watched)

	// A refusal is an answer too.
	n.must(create("films"))
	wide := func() *taprootv1.ExecuteRequest {
		return withID("s", createSpec(spec("films", &taprootv1.Field{Name: "x", DataType: int32(model.Bool)})))
	}
	_, err = n.execute(wide())
	require.Equal(t, int32(1100), refusal(t, err).GetCode())
	n.must(drop("films"))
	_, again2 := n.execute(wide())
	require.True(t, proto.Equal(refusal(t, err), refusal(t, again2)))
	require.Equal(t, 2, watched)
	require.Error(t, n.stop())
}
