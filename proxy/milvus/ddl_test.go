package milvus

import (
	"context"
	"encoding/hex"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cockroachdb/errors"
	"github.com/google/go-cmp/cmp"
	"github.com/milvus-io/milvus-proto/go-api/v3/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"github.com/milvus-io/milvus-proto/go-api/v3/schemapb"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
	taprootv1 "github.com/taproot-db/taproot/proto/taproot/v1"
	"github.com/taproot-db/taproot/proxy/rootclient"
)

func kv(key, value string) *commonpb.KeyValuePair {
	return &commonpb.KeyValuePair{Key: key, Value: value}
}

// bookSchema returns a valid schema, for tests to spoil.
func bookSchema() *schemapb.CollectionSchema {
	return &schemapb.CollectionSchema{
		Name: "books", Description: "a shelf", EnableDynamicField: true, AutoID: true,
		Fields: []*schemapb.FieldSchema{
			{FieldID: 7, Name: "id", DataType: schemapb.DataType_Int64, IsPrimaryKey: true, AutoID: true, Description: "key"},
			{
				Name: "vec", DataType: schemapb.DataType_FloatVector, IsFunctionOutput: true,
				TypeParams: []*commonpb.KeyValuePair{kv("dim", "8")}, IndexParams: []*commonpb.KeyValuePair{kv("metric_type", "L2")},
			},
			{
				Name: "title", DataType: schemapb.DataType_VarChar, Nullable: true, TypeParams: []*commonpb.KeyValuePair{kv("max_length", "64")},
				DefaultValue: &schemapb.ValueField{Data: &schemapb.ValueField_StringData{StringData: "untitled"}},
			},
			{
				Name: "tags", DataType: schemapb.DataType_Array, ElementType: schemapb.DataType_Int32,
				TypeParams: []*commonpb.KeyValuePair{kv("max_capacity", "4")},
			},
			{Name: "shop", DataType: schemapb.DataType_Int64, IsPartitionKey: true},
		},
	}
}

func createRequest(t testing.TB, schema *schemapb.CollectionSchema) *milvuspb.CreateCollectionRequest {
	t.Helper()
	b, err := proto.Marshal(schema)
	require.NoError(t, err)
	return &milvuspb.CreateCollectionRequest{CollectionName: "books", Schema: b}
}

func TestCreateCollectionSendsTheStatement(t *testing.T) {
	t.Parallel()
	h := start(t, shelf())
	req := createRequest(t, bookSchema())
	req.ShardsNum, req.NumPartitions, req.ConsistencyLevel = 2, 8, commonpb.ConsistencyLevel_Eventually
	req.Properties = []*commonpb.KeyValuePair{kv("collection.ttl.seconds", "60")}
	req.Schema = append(req.Schema, 0xfa, 0x7f, 1, 'x') // a field from the future
	st, err := h.CreateCollection(inDatabase(t, "other"), req)
	requireOK(t, st, err)
	asked := h.coordinator.requests()
	require.Len(t, asked, 1)
	param := func(k, v string) []*taprootv1.Property { return []*taprootv1.Property{{Key: k, Value: v}} }
	require.Empty(t, cmp.Diff(&taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_CreateCollection{CreateCollection: &taprootv1.CreateCollection{
		Database: "other",
		Spec: &taprootv1.CollectionSpec{
			Name: "books", SchemaName: "books", Description: "a shelf", EnableDynamicField: true,
			Fields: []*taprootv1.Field{
				{Name: "id", DataType: 5, PrimaryKey: true, AutoId: true, Description: "key"},
				{Name: "vec", DataType: 101, TypeParams: param("dim", "8"), IndexParams: param("metric_type", "L2")},
				{
					Name: "title", DataType: 21, Nullable: true, TypeParams: param("max_length", "64"),
					DefaultValue: &taprootv1.Value{Value: &taprootv1.Value_StringValue{StringValue: "untitled"}},
				},
				{Name: "tags", DataType: 22, ElementType: 4, TypeParams: param("max_capacity", "4")},
				{Name: "shop", DataType: 5, PartitionKey: true},
			},
			Properties: param("collection.ttl.seconds", "60"), ShardsNum: 2, ConsistencyLevel: 3, NumPartitions: 8,
		},
	}}}, asked[0], protocmp.Transform()))
}

func TestCreateCollectionRefusals(t *testing.T) {
	t.Parallel()
	h := start(t, shelf())
	spoil := func(f func(*schemapb.CollectionSchema)) *milvuspb.CreateCollectionRequest {
		s := bookSchema()
		f(s)
		return createRequest(t, s)
	}
	for name, tc := range map[string]struct {
		req    *milvuspb.CreateCollectionRequest
		code   int32
		reason string // a part of it
	}{
		"broken schema":  {req: &milvuspb.CreateCollectionRequest{CollectionName: "books", Schema: []byte{0xff}}, code: 65535, reason: "proto"},
		"schema in bits": {req: &milvuspb.CreateCollectionRequest{CollectionName: "books", Schema: []byte{0x0a, 1, 0xff}}, code: 65535, reason: "UTF-8"},
		"no schema":      {req: &milvuspb.CreateCollectionRequest{CollectionName: "books"}, code: 1100, reason: "schema does not contain vector field: invalid parameter"},
		"functions": {req: spoil(func(s *schemapb.CollectionSchema) {
			s.Functions = []*schemapb.FunctionSchema{{Name: "f"}}
		}), code: 1101, reason: "function input field names cannot be empty, function: f: missing parameter"},
		"function that is absent": {req: spoil(func(s *schemapb.CollectionSchema) {
			s.Functions = []*schemapb.FunctionSchema{{}}
		}), code: 1101, reason: "function name cannot be empty: missing parameter"},
		"struct fields": {req: spoil(func(s *schemapb.CollectionSchema) {
			s.StructArrayFields = []*schemapb.StructArrayFieldSchema{{Name: "f"}}
		}), code: 1100, reason: "struct array field f has no sub-fields: invalid parameter"},
		"external sub-field": {req: spoil(func(s *schemapb.CollectionSchema) {
			s.StructArrayFields = []*schemapb.StructArrayFieldSchema{{Fields: []*schemapb.FieldSchema{{ExternalField: "x"}}}}
		}), code: 10, reason: "external"},
		"namespaces":      {req: spoil(func(s *schemapb.CollectionSchema) { s.EnableNamespace = true }), code: 10, reason: "namespace"},
		"external source": {req: spoil(func(s *schemapb.CollectionSchema) { s.ExternalSource = "s3://x" }), code: 10, reason: "external"},
		"external spec":   {req: spoil(func(s *schemapb.CollectionSchema) { s.ExternalSpec = "{}" }), code: 10, reason: "external"},
		"external field":  {req: spoil(func(s *schemapb.CollectionSchema) { s.Fields[0].ExternalField = "x" }), code: 10, reason: "external"},
		"no key":          {req: spoil(func(s *schemapb.CollectionSchema) { s.Fields[0].IsPrimaryKey = false }), code: 1101, reason: "primary key is not specified: missing parameter"},
		"missing database": {
			req: func() *milvuspb.CreateCollectionRequest {
				r := createRequest(t, bookSchema())
				r.DbName = "gone"
				return r
			}(),
			code: 800, reason: "database not found[database=gone]",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st, err := h.CreateCollection(t.Context(), tc.req)
			require.NoError(t, err)
			require.Equal(t, tc.code, st.GetCode(), st.GetReason())
			require.NotZero(t, st.GetErrorCode()) // Node looks at nothing else
			require.Contains(t, st.GetReason(), tc.reason)
		})
	}
	t.Cleanup(func() { require.Empty(t, h.coordinator.requests(), "nothing of it went further") })
}

func TestDropAndPartitionsSendTheirStatements(t *testing.T) {
	t.Parallel()
	h := start(t, shelf())
	ctx := inDatabase(t, "default")
	last := func() *taprootv1.ExecuteRequest {
		asked := h.coordinator.requests()
		require.Len(t, asked, 1)
		return asked[0]
	}
	// Whatever has a name, however bad, can be dropped by it; whether it is there is for the coordinator to tell.
	st, err := h.DropCollection(ctx, &milvuspb.DropCollectionRequest{CollectionName: "b-d", DbName: "gone"})
	requireOK(t, st, err)
	require.Equal(t, "b-d", last().GetDropCollection().GetCollection())

	st, err = h.CreatePartition(ctx, &milvuspb.CreatePartitionRequest{CollectionName: "shelf", PartitionName: "p"})
	requireOK(t, st, err)
	require.Empty(t, cmp.Diff(&taprootv1.CreatePartition{Database: "default", Collection: "shelf", Partition: "p"},
		last().GetCreatePartition(), protocmp.Transform()))

	st, err = h.DropPartition(ctx, &milvuspb.DropPartitionRequest{CollectionName: "books", PartitionName: "p"})
	requireOK(t, st, err)
	require.Empty(t, cmp.Diff(&taprootv1.DropPartition{Database: "default", Collection: "books", Partition: "p"},
		last().GetDropPartition(), protocmp.Transform()))
}

func TestPartitionRefusals(t *testing.T) {
	t.Parallel()
	h := start(t, shelf())
	for name, tc := range map[string]struct {
		db, collection, partition string
		code                      int32
		reason                    string
	}{
		"bad collection":     {collection: "b-d", partition: "p", code: 1100, reason: "Invalid collection name: b-d.  collection name can only contain numbers, letters and underscores: invalid parameter"},
		"missing collection": {collection: "missing", partition: "b d", code: 100, reason: "collection not found[database=default][collection=missing]"},
		"missing database":   {db: "gone", collection: "books", partition: "p", code: 800, reason: "database not found[database=gone]"},
		"partition key":      {collection: "keyed", partition: "b d", code: 1100, reason: "disable VERB partition if partition key mode is used: invalid parameter"},
		"bad partition":      {collection: "books", partition: "b d", code: 1100, reason: "Invalid partition name: b d. Partition name can only contain numbers, letters and underscores.: invalid parameter"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for verb, call := range map[string]func() (*commonpb.Status, error){
				"create": func() (*commonpb.Status, error) {
					return h.CreatePartition(t.Context(), &milvuspb.CreatePartitionRequest{DbName: tc.db, CollectionName: tc.collection, PartitionName: tc.partition})
				},
				"drop": func() (*commonpb.Status, error) {
					return h.DropPartition(t.Context(), &milvuspb.DropPartitionRequest{DbName: tc.db, CollectionName: tc.collection, PartitionName: tc.partition})
				},
			} {
				st, err := call()
				require.NoError(t, err)
				require.Equal(t, tc.code, st.GetCode())
				require.Equal(t, replaceVerb(tc.reason, verb), st.GetReason())
			}
		})
	}
}

func replaceVerb(s, verb string) string {
	const mark = "VERB"
	for i := range len(s) - len(mark) {
		if s[i:i+len(mark)] == mark {
			return s[:i] + verb + s[i+len(mark):]
		}
	}
	return s
}

// What the coordinator answers is what the client sees.
func TestCoordinatorErrorsReachTheClient(t *testing.T) {
	t.Parallel()
	h := start(t, shelf())
	drop := func(answer error) (*commonpb.Status, error) {
		h.coordinator.mu.Lock()
		h.coordinator.execute = func(context.Context, *taprootv1.ExecuteRequest) (*taprootv1.ExecuteResponse, error) {
			return nil, answer
		}
		h.coordinator.mu.Unlock()
		return h.DropCollection(t.Context(), &milvuspb.DropCollectionRequest{CollectionName: "books"})
	}
	st, err := drop(errs.Invalid("cannot drop the collection via alias = %s", "shelf"))
	requireRefused(t, st, err, 1100, illegal, "cannot drop the collection via alias = shelf: invalid parameter")
	require.Equal(t, "true", st.GetExtraInfo()["is_input_error"])
	require.False(t, st.GetRetriable())

	st, err = drop(errs.QueueFull(9))
	requireRefused(t, st, err, 4, unknown, "too many concurrent requests, queue is full[limit=9]")
	require.True(t, st.GetRetriable())
	require.Empty(t, st.GetExtraInfo())

	_, err = drop(errs.Unavailable.New("the store is away"))
	requireGRPC(t, err, codes.Unavailable)
	_, err = drop(errs.NotReady.New("no leader"))
	requireGRPC(t, err, codes.Unavailable)

	st, err = drop(context.DeadlineExceeded)
	requireRefused(t, st, err, 10001, unknown, "context deadline exceeded")

	panicking := errors.New("unused")
	h.coordinator.mu.Lock()
	h.coordinator.execute = func(context.Context, *taprootv1.ExecuteRequest) (*taprootv1.ExecuteResponse, error) { panic(panicking) }
	h.coordinator.mu.Unlock()
	st, err = h.DropCollection(t.Context(), &milvuspb.DropCollectionRequest{CollectionName: "books"})
	requireRefused(t, st, err, 5, unknown, "DropCollection met a bug in the server, whose log tells more: service internal error")
	require.InDelta(t, 1, countOf(t, h.service.metrics.panics), 0, "counted once")
}

// Through the real client: a refusal and a lost leader as they come from a coordinator elsewhere.
func TestThroughTheRealClient(t *testing.T) {
	t.Parallel()
	refusal, err := status.New(codes.FailedPrecondition, "no").WithDetails(&taprootv1.ErrorInfo{
		Code: 1601, Reason: "alias and collection name conflict[database=default][alias=books]", Input: true,
	})
	require.NoError(t, err)
	servers := &scriptedServers{answers: []error{status.Error(codes.Unavailable, "no leader"), refusal.Err()}}
	local := rootclient.InProcess(servers, servers)
	client, err := rootclient.New(local, local, rootclient.Config{Pause: time.Millisecond, RetryFor: time.Second})
	require.NoError(t, err)
	h := start(t, shelf())
	h.service.coordinator = client
	req := createRequest(t, bookSchema())
	st, err := h.CreateCollection(t.Context(), req)
	requireRefused(t, st, err, 1601, unknown, "alias and collection name conflict[database=default][alias=books]")
	require.Len(t, servers.ids, 2)
	require.Equal(t, servers.ids[0], servers.ids[1], "a retry has the same request id")
	id, err := hex.DecodeString(servers.ids[0])
	require.NoError(t, err)
	require.Len(t, id, 16)
}

type scriptedServers struct {
	taprootv1.UnimplementedStatementsServer
	taprootv1.UnimplementedTimestampsServer
	answers []error
	ids     []string
}

func (s *scriptedServers) Execute(_ context.Context, req *taprootv1.ExecuteRequest) (*taprootv1.ExecuteResponse, error) {
	s.ids = append(s.ids, req.GetRequestId())
	err := s.answers[0]
	s.answers = s.answers[1:]
	return nil, err
}

func TestQueueIsFull(t *testing.T) {
	t.Parallel()
	h := start(t, shelf(), func(c *Config) { c.DDLConcurrency, c.MaxTaskNum = 1, 1 })
	release, entered := make(chan struct{}), make(chan struct{}, 2)
	h.coordinator.execute = func(context.Context, *taprootv1.ExecuteRequest) (*taprootv1.ExecuteResponse, error) {
		entered <- struct{}{}
		<-release
		return &taprootv1.ExecuteResponse{}, nil
	}
	done := make(chan error, 2)
	drop := func() (*commonpb.Status, error) {
		return h.DropCollection(t.Context(), &milvuspb.DropCollectionRequest{CollectionName: "books"})
	}
	for range 2 {
		go func() {
			_, err := drop()
			done <- err
		}()
	}
	<-entered
	require.Eventually(t, func() bool { w, r := h.service.queue.Load(); return w == 1 && r == 1 }, 5*time.Second, time.Millisecond)
	st, err := drop()
	requireRefused(t, st, err, 4, unknown, "too many concurrent requests, queue is full[limit=1]")
	require.True(t, st.GetRetriable())

	// Reads do not queue behind writes (pains.md 45, 46).
	reply, err := h.DescribeCollection(t.Context(), &milvuspb.DescribeCollectionRequest{CollectionName: "books"})
	requireOK(t, reply.GetStatus(), err)
	states, err := h.GetComponentStates(t.Context(), &milvuspb.GetComponentStatesRequest{})
	requireOK(t, states.GetStatus(), err)
	require.Equal(t, "1", extra(states)["ddl_waiting"])

	close(release)
	require.NoError(t, <-done)
	require.NoError(t, <-done)
}

// A caller that leaves does not cut its statement short.
func TestCallerLeaves(t *testing.T) {
	t.Parallel()
	h := start(t, shelf(), func(c *Config) { c.DDLConcurrency, c.MaxTaskNum = 1, 1 })
	release, entered := make(chan struct{}), make(chan struct{}, 1)
	var ended atomic.Pointer[error]
	h.coordinator.execute = func(ctx context.Context, _ *taprootv1.ExecuteRequest) (*taprootv1.ExecuteResponse, error) {
		entered <- struct{}{}
		<-release
		err := ctx.Err()
		ended.Store(&err)
		return &taprootv1.ExecuteResponse{}, nil
	}
	done := make(chan error, 2)
	drop := func(ctx context.Context) {
		_, err := h.DropCollection(ctx, &milvuspb.DropCollectionRequest{CollectionName: "books"})
		done <- err
	}
	ctx, cancel := context.WithCancel(t.Context())
	go drop(ctx)
	<-entered
	short, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer stop()
	go drop(short) // leaves while it waits
	requireGRPC(t, <-done, codes.DeadlineExceeded)
	cancel() // leaves while it runs
	requireGRPC(t, <-done, codes.Canceled)
	require.Eventually(t, func() bool { w, r := h.service.queue.Load(); return w == 0 && r == 1 }, 5*time.Second, time.Millisecond)
	close(release)
	require.Eventually(t, func() bool { return ended.Load() != nil }, 5*time.Second, time.Millisecond)
	require.NoError(t, *ended.Load(), "the statement saw no end")
	require.Len(t, h.coordinator.requests(), 1)
}

// The conversion for callers inside the process, who do see what came of it.
func TestEndOfTheCallersContext(t *testing.T) {
	t.Parallel()
	m := start(t, shelf()).service.method("DropCollection", endpoint{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, code, err := m.refuse(ctx, errors.Wrap(ctx.Err(), "waiting"))
	requireGRPC(t, err, codes.Canceled)
	require.Equal(t, "Canceled", code)
	reply, code, err := m.refuse(t.Context(), errors.Wrap(context.Canceled, "waiting"))
	requireRefused(t, reply.(*commonpb.Status), err, 10000, unknown, "waiting: context canceled")
	require.Equal(t, "10000", code)
}

func TestCloseSendsStatementsElsewhere(t *testing.T) {
	t.Parallel()
	h := start(t, shelf())
	entered := make(chan struct{}, 1)
	h.coordinator.execute = func(ctx context.Context, _ *taprootv1.ExecuteRequest) (*taprootv1.ExecuteResponse, error) {
		entered <- struct{}{}
		<-ctx.Done()
		return nil, ctx.Err()
	}
	done := make(chan error, 1)
	go func() {
		_, err := h.DropCollection(t.Context(), &milvuspb.DropCollectionRequest{CollectionName: "books"})
		done <- err
	}()
	<-entered
	short, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, h.service.Close(short), context.DeadlineExceeded)
	err := <-done
	requireGRPC(t, err, codes.Unavailable)
	require.ErrorContains(t, err, "outcome is unknown")
	_, err = h.DropCollection(t.Context(), &milvuspb.DropCollectionRequest{CollectionName: "books"})
	requireGRPC(t, err, codes.Unavailable)
	reply, err := h.DescribeCollection(t.Context(), &milvuspb.DescribeCollectionRequest{CollectionName: "books"})
	requireOK(t, reply.GetStatus(), err)
}

// lagging is a Source that follows the coordinator from behind.
type lagging struct {
	*fakeSource
	waited atomic.Uint64
}

func (l *lagging) WaitFor(_ context.Context, r catalog.Revision) error {
	l.waited.Store(uint64(r))
	return nil
}

func TestAClientReadsItsOwnWrites(t *testing.T) {
	t.Parallel()
	h := start(t, shelf())
	source := &lagging{fakeSource: h.source}
	h.service.source = source
	answer := func(revision uint64) {
		h.coordinator.execute = func(context.Context, *taprootv1.ExecuteRequest) (*taprootv1.ExecuteResponse, error) {
			return &taprootv1.ExecuteResponse{Revision: revision}, nil
		}
		st, err := h.DropCollection(t.Context(), &milvuspb.DropCollectionRequest{CollectionName: "books"})
		requireOK(t, st, err)
	}
	answer(42)
	require.Zero(t, source.waited.Load(), "the Snapshot is there already")
	answer(43)
	require.Equal(t, uint64(43), source.waited.Load())
}

// Every kind of default value survives the way in and the way out.
func TestValuesSurvive(t *testing.T) {
	t.Parallel()
	for _, v := range []*schemapb.ValueField{
		nil,
		{Data: &schemapb.ValueField_BoolData{BoolData: true}},
		{Data: &schemapb.ValueField_IntData{IntData: -5}},
		{Data: &schemapb.ValueField_LongData{LongData: 1 << 40}},
		{Data: &schemapb.ValueField_FloatData{FloatData: 0.1}},
		{Data: &schemapb.ValueField_DoubleData{DoubleData: 0.1}},
		{Data: &schemapb.ValueField_StringData{StringData: "s"}},
		{Data: &schemapb.ValueField_BytesData{BytesData: []byte("{}")}},
		{Data: &schemapb.ValueField_TimestamptzData{TimestamptzData: 9}},
	} {
		require.Empty(t, cmp.Diff(v, valueField(valueOf(v)), protocmp.Transform()))
	}
	long := statementValue(&model.Value{Kind: model.ValueLong, Int: 1 << 40})
	require.Equal(t, int64(1<<40), long.GetLongValue())
	require.InDelta(t, 0.1, statementValue(&model.Value{Kind: model.ValueFloat, Float: float64(float32(0.1))}).GetFloatValue(), 1e-7)
	require.InDelta(t, 0.1, statementValue(&model.Value{Kind: model.ValueDouble, Float: 0.1}).GetDoubleValue(), 0)
	require.True(t, statementValue(&model.Value{Kind: model.ValueBool, Bool: true}).GetBoolValue())
	require.Equal(t, int32(-5), statementValue(&model.Value{Kind: model.ValueInt, Int: -5}).GetIntValue())
	require.Equal(t, []byte("{}"), statementValue(&model.Value{Kind: model.ValueBytes, String: "{}"}).GetBytesValue())
}

// Nothing a client can put into the schema's bytes makes the translation or the validation panic, and what passes keeps
// its fields.
func FuzzSchema(f *testing.F) {
	whole, err := proto.Marshal(bookSchema())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add([]byte{})
	rich, err := proto.Marshal(richSchema())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(rich)
	f.Add([]byte{0x3a, 0, 0x4a, 0})          // an empty function and an empty struct field
	f.Add([]byte{0x22, 0})                   // an empty field
	f.Add([]byte{0x22, 2, 0x5a, 0})          // … with an empty default value
	f.Add([]byte{0x22, 2, 0x32, 0, 0x32, 0}) // … with an empty type parameter
	limits := model.DefaultLimits()
	f.Fuzz(func(t *testing.T, schema []byte) {
		spec, err := specOf(&milvuspb.CreateCollectionRequest{CollectionName: "books", Schema: schema})
		if err != nil {
			return
		}
		if spec.ValidateRequest(limits) != nil {
			return
		}
		st := statementOf(spec)
		require.Len(t, st.GetFields(), len(spec.Fields))
		require.Len(t, st.GetFunctions(), len(spec.Functions))
		require.Len(t, st.GetStructFields(), len(spec.StructFields))
		_, err = proto.Marshal(st)
		require.NoError(t, err)
	})
}
