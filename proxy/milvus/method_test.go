package milvus

import (
	"context"
	"fmt"
	"testing"

	"github.com/cockroachdb/errors"
	"github.com/milvus-io/milvus-proto/go-api/v3/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// unary yields the descriptors of all RPCs that are not streams.
func unary(yield func(protoreflect.MethodDescriptor) bool) {
	for i := range service.Methods().Len() {
		d := service.Methods().Get(i)
		if !d.IsStreamingClient() && !d.IsStreamingServer() && !yield(d) {
			return
		}
	}
}

// call invokes an RPC with an empty request and returns its reply.
func (h *harness) call(ctx context.Context, d protoreflect.MethodDescriptor) (proto.Message, error) {
	reply := messageType(d.Output()).New().Interface()
	err := h.conn.Invoke(ctx, fmt.Sprintf("/%s/%s", service.FullName(), d.Name()), messageType(d.Input()).New().Interface(), reply)
	return reply, err
}

// statusOf returns the status of a reply, wherever it is, or nil.
func statusOf(reply proto.Message) *commonpb.Status {
	if st, ok := reply.(*commonpb.Status); ok {
		return st
	}
	r := reply.ProtoReflect()
	for _, name := range []protoreflect.Name{"status", "alter_status"} {
		if f := r.Descriptor().Fields().ByName(name); f != nil && r.Has(f) {
			return r.Get(f).Message().Interface().(*commonpb.Status)
		}
	}
	return nil
}

// The RPCs for which gRPC's UNIMPLEMENTED is the right answer (decisions 43, sdk-expectations 0.1).
var grpcUnimplemented = map[protoreflect.Name]bool{"Dummy": true, "GetReplicateInfo": true}

var alwaysAnswered = map[protoreflect.Name]bool{"CheckHealth": true, "GetComponentStates": true, "GetVersion": true}

// Every RPC answers as its class says: served ones with a status, others in-band or as UNIMPLEMENTED, and none with a
// gRPC code that SDKs retry for minutes.
func TestEveryMethodAnswersAsItsClassSays(t *testing.T) {
	t.Parallel()
	h := start(t, shelf())
	endpoints := h.service.endpoints()
	for name := range endpoints {
		require.NotNil(t, service.Methods().ByName(protoreflect.Name(name)), "endpoint %s is of no RPC", name)
	}
	count := map[string]int{}
	for d := range unary {
		reply, err := h.call(t.Context(), d)
		st := statusOf(reply)
		_, served := endpoints[string(d.Name())]
		switch {
		case served:
			count["served"]++
			require.NoError(t, err, "%s", d.Name())
			require.NotNil(t, st, "%s", d.Name())
		case grpcUnimplemented[d.Name()]:
			count["grpc"]++
			requireGRPC(t, err, codes.Unimplemented)
			require.ErrorContains(t, err, string(d.Name())+" "+why(string(d.Name())))
		default:
			count["in-band"]++
			require.NoError(t, err, "%s", d.Name())
			requireRefused(t, st, err, 10, commonpb.ErrorCode_UnexpectedError,
				string(d.Name())+" "+why(string(d.Name()))+": service unimplemented")
			require.False(t, st.GetRetriable())
		}
	}
	require.Equal(t, len(endpoints), count["served"])
	require.Equal(t, len(grpcUnimplemented), count["grpc"])
	require.Greater(t, count["in-band"], 40)
}

// Whoever calls what is not served learns which service is missing.
func TestEveryMethodIsServedOrSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	endpoints := start(t, shelf()).service.endpoints()
	for i := range service.Methods().Len() {
		name := string(service.Methods().Get(i).Name())
		_, served := endpoints[name]
		_, told := missing[name]
		require.NotEqual(t, served, told, name)
	}
	for name, text := range missing {
		require.NotNil(t, service.Methods().ByName(protoreflect.Name(name)), "%s is no RPC", name)
		require.Regexp(t, `^(needs|is|tells) [^.]+$`, text, "one sentence")
	}
	require.Contains(t, why("OfTheFuture"), "is not served by this version of taproot")
}

func TestStreamsAreUnimplemented(t *testing.T) {
	t.Parallel()
	h := start(t, shelf())
	both, err := h.CreateReplicateStream(t.Context())
	require.NoError(t, err)
	_, err = both.Recv()
	requireGRPC(t, err, codes.Unimplemented)
	down, err := h.DumpMessages(t.Context(), &milvuspb.DumpMessagesRequest{})
	require.NoError(t, err)
	_, err = down.Recv()
	requireGRPC(t, err, codes.Unimplemented)
	_, err = milvuspb.NewClientTelemetryServiceClient(h.conn).ClientHeartbeat(t.Context(), &milvuspb.ClientHeartbeatRequest{})
	requireGRPC(t, err, codes.Unimplemented)
	require.Empty(t, h.logs.String(), "clients beat on and on: it is no error")
}

func TestEveryMethodWaitsUntilReady(t *testing.T) {
	t.Parallel()
	h := start(t, nil)
	h.source.down("no leader")
	for d := range unary {
		_, err := h.call(t.Context(), d)
		if alwaysAnswered[d.Name()] {
			require.NoError(t, err, "%s", d.Name())
			continue
		}
		requireGRPC(t, err, codes.Unavailable)
		require.ErrorContains(t, err, "no leader")
	}
}

// rawCodec sends bytes as they are.
type rawCodec struct{}

func (rawCodec) Name() string { return "proto" }
func (rawCodec) Marshal(v any) (mem.BufferSlice, error) {
	return mem.BufferSlice{mem.SliceBuffer(v.([]byte))}, nil
}
func (rawCodec) Unmarshal(mem.BufferSlice, any) error { return nil }

func TestEveryMethodRefusesWhatIsNoMessage(t *testing.T) {
	t.Parallel()
	h := start(t, shelf())
	for d := range unary {
		var reply any
		err := h.conn.Invoke(t.Context(), fmt.Sprintf("/%s/%s", service.FullName(), d.Name()), []byte{0x0a, 0xff}, &reply,
			grpc.ForceCodecV2(rawCodec{}))
		requireGRPC(t, err, codes.InvalidArgument)
	}
	var reply any
	notUTF8 := []byte{2<<3 | 2, 2, 0xff, 0xfe}
	err := h.conn.Invoke(t.Context(), milvuspb.MilvusService_DescribeCollection_FullMethodName, notUTF8, &reply, grpc.ForceCodecV2(rawCodec{}))
	requireGRPC(t, err, codes.InvalidArgument)
	require.ErrorContains(t, err, "UTF-8")
}

// Every request that has a database name is in the database of the header when it names none itself; those about
// databases are left alone (decisions 8).
func TestEveryRequestGetsItsDatabase(t *testing.T) {
	t.Parallel()
	s := start(t, shelf()).service
	about := map[protoreflect.Name]bool{
		"CreateDatabase": true, "DropDatabase": true, "ListDatabases": true, "DescribeDatabase": true, "AlterDatabase": true,
	}
	header := metadata.NewIncomingContext(t.Context(), metadata.Pairs("dbname", "mine"))
	empty := metadata.NewIncomingContext(t.Context(), metadata.Pairs("dbname", ""))
	filled := 0
	for d := range unary {
		field := d.Input().Fields().ByName("db_name")
		if field == nil {
			continue
		}
		m := s.method(string(d.Name()), endpoint{})
		fill := func(ctx context.Context, sent string) string {
			req := m.endpoint.newRequest()
			if sent != "" {
				req.ProtoReflect().Set(field, protoreflect.ValueOfString(sent))
			}
			m.fillDatabases(ctx, req)
			return req.ProtoReflect().Get(field).String()
		}
		if about[d.Name()] {
			require.Empty(t, fill(header, ""), "%s", d.Name())
			continue
		}
		filled++
		require.Equal(t, "mine", fill(header, ""), "%s", d.Name())
		require.Equal(t, "named", fill(header, "named"), "%s", d.Name())
		require.Equal(t, "default", fill(empty, ""), "%s", d.Name())
		require.Equal(t, "default", fill(t.Context(), ""), "%s", d.Name())
	}
	require.Greater(t, filled, 70)
}

func TestRenameFillsBothDatabasesEachByItself(t *testing.T) {
	t.Parallel()
	m := start(t, shelf()).service.method("RenameCollection", endpoint{})
	req := &milvuspb.RenameCollectionRequest{DbName: "db1"}
	m.fillDatabases(t.Context(), req)
	require.Equal(t, [2]string{"db1", "default"}, [2]string{req.GetDbName(), req.GetNewDBName()})
	ctx := metadata.NewIncomingContext(t.Context(), metadata.Pairs("dbname", "mine"))
	req = &milvuspb.RenameCollectionRequest{NewDBName: "db2"}
	m.fillDatabases(ctx, req)
	require.Equal(t, [2]string{"mine", "db2"}, [2]string{req.GetDbName(), req.GetNewDBName()})
}

// A panic in any endpoint is code 5 in-band, counted, and logged with its stack (decisions 43).
func TestEveryPanicIsAnsweredInBand(t *testing.T) {
	t.Parallel()
	h := start(t, shelf())
	for name, e := range h.service.endpoints() {
		blowing := func(context.Context, any) (any, error) { panic("blew up") }
		m := h.service.method(name, endpoint{newRequest: e.newRequest, serve: blowing})
		reply, err := m.handle(nil, t.Context(), func(any) error { return nil }, nil)
		st := statusOf(reply.(proto.Message))
		requireRefused(t, st, err, 5, commonpb.ErrorCode_UnexpectedError,
			name+" met a bug in the server, whose log tells more: service internal error")
	}
	require.InDelta(t, len(h.service.endpoints()), countOf(t, h.service.metrics.panics), 0)
	require.Contains(t, h.logs.String(), "blew up")
	require.Contains(t, h.logs.String(), "method_test.go")

	h.source.panics.Store(true)
	reply, err := h.DescribeCollection(t.Context(), &milvuspb.DescribeCollectionRequest{CollectionName: "books"})
	require.NoError(t, err)
	require.Equal(t, int32(5), reply.GetStatus().GetCode())
	require.NotContains(t, reply.GetStatus().GetReason(), "snapshot today", "nothing of the inside")
}

// An error that nobody has worded goes in-band too, and to the log.
func TestPlainErrorsDoNotLeave(t *testing.T) {
	t.Parallel()
	h := start(t, shelf())
	failing := endpoint{
		newRequest: func() proto.Message { return &milvuspb.HasCollectionRequest{} },
		serve:      func(context.Context, any) (any, error) { return nil, errors.New("disk on fire") },
	}
	reply, err := h.service.method("HasCollection", failing).handle(nil, t.Context(), func(any) error { return nil }, nil)
	requireRefused(t, statusOf(reply.(proto.Message)), err, 65535, commonpb.ErrorCode_UnexpectedError, "disk on fire")
	require.Contains(t, h.logs.String(), "disk on fire")
}

func TestInterceptorsRunInside(t *testing.T) {
	t.Parallel()
	h := start(t, shelf())
	m := h.service.method("HasCollection", h.service.endpoints()["HasCollection"])
	decode := func(v any) error {
		v.(*request).msg.(*milvuspb.HasCollectionRequest).CollectionName = "books"
		return nil
	}
	seen := ""
	reply, err := m.handle(nil, t.Context(), decode, func(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
		seen = info.FullMethod
		require.Equal(t, "default", req.(*milvuspb.HasCollectionRequest).GetDbName())
		return next(ctx, req)
	})
	require.NoError(t, err)
	require.True(t, reply.(*milvuspb.BoolResponse).GetValue())
	require.Equal(t, milvuspb.MilvusService_HasCollection_FullMethodName, seen)

	reply, err = m.handle(nil, t.Context(), decode, func(context.Context, any, *grpc.UnaryServerInfo, grpc.UnaryHandler) (any, error) {
		return nil, errors.New("an interceptor without manners")
	})
	require.NoError(t, err)
	require.Equal(t, int32(65535), reply.(*milvuspb.BoolResponse).GetStatus().GetCode())
}

func TestRequestsAreCounted(t *testing.T) {
	t.Parallel()
	h := start(t, shelf())
	ctx := t.Context()
	for range 3 {
		_, err := h.GetVersion(ctx, &milvuspb.GetVersionRequest{})
		require.NoError(t, err)
	}
	_, err := h.DescribeCollection(ctx, &milvuspb.DescribeCollectionRequest{CollectionName: "missing"})
	require.NoError(t, err)
	h.source.down("away")
	_, err = h.ListDatabases(ctx, &milvuspb.ListDatabasesRequest{})
	requireGRPC(t, err, codes.Unavailable)
	requests := h.service.metrics.requests
	require.InDelta(t, 3, countOf(t, requests.WithLabelValues("GetVersion", "0")), 0)
	require.InDelta(t, 1, countOf(t, requests.WithLabelValues("DescribeCollection", "100")), 0)
	require.InDelta(t, 1, countOf(t, requests.WithLabelValues("ListDatabases", "Unavailable")), 0)
	families, err := h.registry.Gather()
	require.NoError(t, err)
	for _, f := range families {
		require.Regexp(t, "^taproot_proxy_", f.GetName())
	}
	require.Len(t, families, 5)
}

func TestNewRefusesBadConfig(t *testing.T) {
	t.Parallel()
	for field, change := range map[string]func(*Config){
		"MaxTaskNum":           func(c *Config) { c.MaxTaskNum = -1 },
		"DDLConcurrency":       func(c *Config) { c.DDLConcurrency = 0 },
		"DescribeCache":        func(c *Config) { c.DescribeCache = 0 },
		"Build.Version":        func(c *Config) { c.Build.Version = "" },
		"Limits: MaxFields is": func(c *Config) { c.Limits.MaxFields = 0 },
	} {
		c := DefaultConfig()
		change(&c)
		_, err := New(c, Deps{})
		require.ErrorContains(t, err, field)
	}
	_, err := New(DefaultConfig(), Deps{})
	require.ErrorContains(t, err, "required")
}

// gRPC lets bytes through in a header that no field of a message may hold. An answer that repeats them could not be sent, which gRPC
// would report as INTERNAL (decisions 3).
func TestTheDatabaseHeaderIsUTF8(t *testing.T) {
	t.Parallel()
	h := start(t, shelf())
	endpoints := h.service.endpoints()
	for _, name := range []string{"Connect", "DescribeCollection", "DropCollection", "ListDatabases", "DescribeAlias", "Search"} {
		m := h.service.method(name, endpoints[name])
		ctx := metadata.NewIncomingContext(t.Context(), metadata.Pairs("dbname", "caf\xe9"))
		_, err := m.handle(nil, ctx, func(any) error { return nil }, nil)
		requireGRPC(t, err, codes.InvalidArgument)
		require.ErrorContains(t, err, "header dbname is not UTF-8")
		_, err = m.handle(nil, metadata.NewIncomingContext(t.Context(), metadata.Pairs("dbname", "café")), func(any) error { return nil }, nil)
		require.NoError(t, err)
	}
}
