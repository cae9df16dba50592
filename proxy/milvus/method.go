package milvus

import (
	"context"
	"log/slog"
	"path"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/milvus-io/milvus-proto/go-api/v3/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/taproot-db/taproot/metastore/model"
	"github.com/taproot-db/taproot/tasks"
)

// method is one RPC with what its descriptor says about it.
type method struct {
	*Service
	name, full string
	endpoint   endpoint
	// databases are the fields of the request that the dbname header fills in.
	databases []protoreflect.FieldDescriptor
	// reads: it shows objects of the newest catalog, and its trailer tells in which revision. What may show those of the past tells
	// by itself which revision that was, see at.
	reads bool
	// reply is the type of the reply; status its field of type common.Status: nil if the reply is one, or has none.
	reply    protoreflect.MessageType
	isStatus bool
	status   protoreflect.FieldDescriptor
	observe  observer
}

// service is the descriptor of the MilvusService.
var service = milvuspb.File_milvus_proto.Services().ByName("MilvusService")

// statusName is the name of the message that carries refusals.
var statusName = (*commonpb.Status)(nil).ProtoReflect().Descriptor().FullName()

// method puts together what is known about an RPC. An empty endpoint means that there is none.
func (s *Service) method(name string, e endpoint) *method {
	d := service.Methods().ByName(protoreflect.Name(name))
	m := &method{
		Service:   s,
		name:      name,
		full:      "/" + string(service.FullName()) + "/" + name,
		endpoint:  e,
		databases: databaseFields(d),
		reads:     readsCatalog(name) && !takesTime(d.Input()),
		reply:     messageType(d.Output()),
		isStatus:  d.Output().FullName() == statusName,
		status:    statusField(d.Output()),
		observe:   s.metrics.observer(name),
	}
	if m.endpoint.serve == nil {
		in := messageType(d.Input())
		m.endpoint = endpoint{newRequest: func() proto.Message { return in.New().Interface() }, serve: m.unimplemented}
	}
	return m
}

// messageType returns the Go type of a message of the API, all of which are linked in.
func messageType(d protoreflect.MessageDescriptor) protoreflect.MessageType {
	t, err := protoregistry.GlobalTypes.FindMessageByName(d.FullName())
	if err != nil {
		panic("message of the Milvus API without a Go type: " + string(d.FullName()))
	}
	return t
}

// readsCatalog tells by the names of RPCs, which follow a rule: those that show databases, collections, partitions and aliases.
func readsCatalog(name string) bool {
	for _, verb := range [...]string{"Describe", "BatchDescribe", "Has", "Show", "List"} {
		if strings.HasPrefix(name, verb) {
			return true
		}
	}
	return false
}

// takesTime reports whether a request may ask for the catalog of another time.
func takesTime(d protoreflect.MessageDescriptor) bool { return d.Fields().ByName("time_stamp") != nil }

// statusField returns the field that carries refusals. It is called status in all replies but one, so it is looked for
// by type.
func statusField(d protoreflect.MessageDescriptor) protoreflect.FieldDescriptor {
	for i := range d.Fields().Len() {
		f := d.Fields().Get(i)
		if f.Message() != nil && !f.IsList() && f.Message().FullName() == statusName {
			return f
		}
	}
	return nil
}

// databaseRPCs speak about databases, not in one: an empty name is theirs to judge.
var databaseRPCs = []protoreflect.Name{"CreateDatabase", "DropDatabase", "ListDatabases", "DescribeDatabase", "AlterDatabase"}

// databaseFields returns the fields of a method's request that name a database to work in. They are filled in each by
// itself: a rename whose target names no database goes to that of the header, or to default.
func databaseFields(d protoreflect.MethodDescriptor) []protoreflect.FieldDescriptor {
	if slices.Contains(databaseRPCs, d.Name()) {
		return nil
	}
	var fields []protoreflect.FieldDescriptor
	for _, name := range []protoreflect.Name{"db_name", "dbName", "newDBName"} {
		if f := d.Input().Fields().ByName(name); f != nil && f.Kind() == protoreflect.StringKind && !f.IsList() {
			fields = append(fields, f)
		}
	}
	return fields
}

// handle is what gRPC calls. Interceptors run inside it, and see errors as errors.
func (m *method) handle(_ any, ctx context.Context, decode func(any) error, intercept grpc.UnaryServerInterceptor) (any, error) { //nolint:revive // the order of grpc.MethodHandler
	start := time.Now()
	reply, err := m.answer(ctx, decode, intercept)
	code := success
	if err != nil {
		reply, code, err = m.refuse(ctx, err)
	}
	took := time.Since(start)
	m.observe(code, took)
	if m.log.Enabled(ctx, slog.LevelDebug) {
		// Neither request nor reason: names and schemas are the user's.
		m.log.LogAttrs(ctx, slog.LevelDebug, "request",
			slog.String("method", m.name), slog.String("code", code), slog.Duration("took", took))
	}
	return reply, err
}

// answer returns a reply, whose status is set, or any error at all.
func (m *method) answer(ctx context.Context, decode func(any) error, intercept grpc.UnaryServerInterceptor) (reply any, err error) {
	defer func() {
		if v := recover(); v != nil {
			reply, err = nil, tasks.Recovered(v)
		}
	}()
	req := request{msg: m.endpoint.newRequest()}
	if err := decode(&req); err != nil {
		return nil, err // gRPC's own, a status
	}
	if req.err != nil {
		return nil, status.Errorf(codes.InvalidArgument, "%s: %v", m.name, req.err)
	}
	if !utf8.ValidString(headerDatabase(ctx)) {
		// A field of the request would not even have been read, and no answer could repeat it.
		return nil, status.Errorf(codes.InvalidArgument, "%s: header %s is not UTF-8", m.name, databaseHeader)
	}
	m.fillDatabases(ctx, req.msg)
	if intercept == nil {
		return m.serve(ctx, req.msg)
	}
	return intercept(ctx, req.msg, &grpc.UnaryServerInfo{Server: m.Service, FullMethod: m.full}, m.serve)
}

// fillDatabases does what Milvus's database interceptor does: a request that names no database means that of its dbname
// header, and without one the default.
func (m *method) fillDatabases(ctx context.Context, msg proto.Message) {
	if len(m.databases) == 0 {
		return
	}
	r := msg.ProtoReflect()
	for _, f := range m.databases {
		if r.Get(f).String() == "" {
			r.Set(f, protoreflect.ValueOfString(headerDatabase(ctx)))
		}
	}
}

// databaseHeader is set by SDKs on all requests of a connection.
const databaseHeader = "dbname"

// headerDatabase returns the database that the caller's connection is set to.
func headerDatabase(ctx context.Context) string {
	if names := metadata.ValueFromIncomingContext(ctx, databaseHeader); len(names) > 0 && names[0] != "" {
		return names[0]
	}
	return model.DefaultDatabase
}

func (m *method) serve(ctx context.Context, req any) (any, error) {
	if !m.endpoint.always {
		if err := m.source.Ready(); err != nil {
			return nil, status.Error(codes.Unavailable, "not ready: "+err.Error())
		}
	}
	if m.reads {
		// The revision from before it is read: what changes in between is then a change after what the client saw.
		if snap := m.source.Snapshot(); snap != nil {
			m.tellRevision(ctx, snap.Revision())
		}
	}
	reply, err := m.endpoint.serve(ctx, req)
	if err != nil {
		return nil, err
	}
	if msg, ok := reply.(proto.Message); ok && m.status != nil {
		// A reply without its status is a success to some SDKs and a crash to another.
		if r := msg.ProtoReflect(); !r.Has(m.status) {
			r.Set(m.status, protoreflect.ValueOfMessage(new(commonpb.Status).ProtoReflect()))
		}
	}
	return reply, nil
}

// refuseStream answers the streaming RPCs, which replicate data.
func (s *Service) refuseStream(_ any, stream grpc.ServerStream) error {
	full, _ := grpc.MethodFromServerStream(stream)
	name := path.Base(full)
	return status.Error(codes.Unimplemented, name+" "+why(name))
}
