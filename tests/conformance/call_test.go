package conformance

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/cockroachdb/errors"
	"github.com/milvus-io/milvus-proto/go-api/v3/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

var service = milvuspb.File_milvus_proto.Services().ByName("MilvusService")

func messageType(d protoreflect.MessageDescriptor) protoreflect.MessageType {
	t, err := protoregistry.GlobalTypes.FindMessageByName(d.FullName())
	if err != nil {
		panic(err)
	}
	return t
}

// statement is one request with what must come of it.
type statement struct {
	method  protoreflect.MethodDescriptor
	request any
	headers map[string]string
	want    any // nil: success
	reply   any
	save    map[string]any // variable: path in the reply
}

// statement reads a request: a map of the method's name to the message, with headers, want, reply and save beside it; or the
// name of one in rows/common.yaml, with its arguments, and @ before the database: "alias shelf books @other".
func (c *common) statement(v any, vars tree) (*statement, error) {
	v, err := expand(v, vars)
	if err != nil {
		return nil, err
	}
	if s, ok := v.(string); ok {
		if v, err = c.short(s); err != nil {
			return nil, err
		}
	}
	m, ok := v.(tree)
	if !ok {
		return nil, errors.Newf("not a statement: %v", v)
	}
	if name, ok := m["short"].(string); ok { // with headers, want, reply or save beside it
		short, err := c.short(name)
		if err != nil {
			return nil, err
		}
		m = maps.Clone(m)
		delete(m, "short")
		maps.Copy(m, short)
	}
	s := &statement{want: m["want"], reply: m["reply"]}
	s.save, _ = m["save"].(tree)
	if h, ok := m["headers"].(tree); ok {
		s.headers = map[string]string{}
		for key, value := range h {
			s.headers[key] = fmt.Sprint(value)
		}
	}
	for key, request := range m {
		if !unicode.IsUpper(rune(key[0])) {
			if !slices.Contains([]string{"want", "reply", "save", "headers"}, key) {
				return nil, errors.Newf("what is %q in %v?", key, m)
			}
			continue
		}
		if s.method != nil {
			return nil, errors.Newf("two requests in one: %v", m)
		}
		s.method, s.request = service.Methods().ByName(protoreflect.Name(key)), request
		if s.method == nil {
			return nil, errors.Newf("there is no method %s", key)
		}
	}
	if s.method == nil {
		return nil, errors.Newf("no request: %v", m)
	}
	if s.request == nil {
		s.request = tree{}
	}
	return s, nil
}

// short finds a statement of rows/common.yaml and puts the arguments in.
func (c *common) short(s string) (tree, error) {
	words := strings.Fields(s)
	database := ""
	if n := len(words); n > 1 && strings.HasPrefix(words[n-1], "@") {
		database, words = words[n-1][1:], words[:n-1]
	}
	known, ok := c.Statements[words[0]]
	if !ok {
		return nil, errors.Newf("there is no statement %q in rows/common.yaml", words[0])
	}
	args := tree{}
	for i, w := range words[1:] {
		args[fmt.Sprint(i+1)] = w
	}
	v, err := expand(known, args)
	if err != nil {
		return nil, err
	}
	m, ok := v.(tree)
	if !ok {
		return nil, errors.Newf("statement %q is no map", words[0])
	}
	if database != "" {
		for _, request := range m {
			request.(tree)["db_name"] = database
		}
	}
	return m, nil
}

// answer is what came of a call.
type answer struct {
	err    error // of the transport
	reply  proto.Message
	status *commonpb.Status
	tree   tree // the reply as protojson has it
}

// call makes a request. Every error but the transport's is one of the row.
func (c *common) call(ctx context.Context, conn *grpc.ClientConn, s *statement) (*answer, error) {
	raw, err := c.encode(s.method.Input(), s.request)
	if err != nil {
		return nil, errors.Wrap(err, string(s.method.Name()))
	}
	ctx = metadata.NewOutgoingContext(ctx, metadata.New(s.headers))
	a := &answer{reply: messageType(s.method.Output()).New().Interface()}
	path := fmt.Sprintf("/%s/%s", service.FullName(), s.method.Name())
	a.err = conn.Invoke(ctx, path, rawMessage(raw), a.reply, grpc.ForceCodec(rawCodec{}))
	if status.Code(a.err) != codes.OK {
		return a, nil
	}
	a.status = statusOf(a.reply)
	text, err := protojson.MarshalOptions{UseProtoNames: true, EmitUnpopulated: true}.Marshal(a.reply)
	if err != nil {
		return nil, errors.WithStack(err)
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	return a, errors.WithStack(dec.Decode(&a.tree))
}

// statusOf returns the reply's status; nil if it is left out.
func statusOf(reply proto.Message) *commonpb.Status {
	if s, ok := reply.(*commonpb.Status); ok {
		return s
	}
	m := reply.ProtoReflect()
	for _, name := range []protoreflect.Name{"status", "alter_status"} {
		if f := m.Descriptor().Fields().ByName(name); f != nil && m.Has(f) {
			s, _ := m.Get(f).Message().Interface().(*commonpb.Status)
			return s
		}
	}
	return nil
}

// rawCodec sends bytes as they are, so that a row can send what is no message.
type rawCodec struct{}

type rawMessage []byte

func (rawCodec) Name() string { return "proto" }

func (rawCodec) Marshal(v any) ([]byte, error) {
	raw, ok := v.(rawMessage)
	if !ok {
		return nil, errors.Newf("not bytes: %T", v)
	}
	return raw, nil
}

func (rawCodec) Unmarshal(data []byte, v any) error {
	m, ok := v.(proto.Message)
	if !ok {
		return errors.Newf("not a message: %T", v)
	}
	return errors.WithStack(proto.Unmarshal(data, m))
}

// check compares an answer with what the statement wants, and saves what it says to save.
func (c *common) check(s *statement, a *answer, vars tree) error {
	if s.want == nil {
		s.want = "ok"
	}
	w, err := parseWant(s.want)
	if err != nil {
		return err
	}
	switch got := status.Code(a.err); {
	case got != w.grpc:
		return errors.Newf("wanted gRPC %v, got %v: %v", w.grpc, got, a.err)
	case got != codes.OK:
		return nil
	}
	if err := w.compare(a.status); err != nil {
		return err
	}
	if s.reply != nil {
		if err := c.match(s.reply, a.tree); err != nil {
			return errors.Wrap(err, "reply")
		}
	}
	for name, path := range s.save {
		v, err := at(a.tree, fmt.Sprint(path))
		if err != nil {
			return err
		}
		vars[name] = v
	}
	return nil
}

// at finds a part of an answer by its path: names, and numbers in lists, with dots between.
func at(v any, path string) (any, error) {
	for step := range strings.SplitSeq(path, ".") {
		switch in := v.(type) {
		case tree:
			v = in[step]
		case []any:
			var i int
			if _, err := fmt.Sscan(step, &i); err != nil || i >= len(in) {
				return nil, errors.Newf("there is no %s in %s", step, path)
			}
			v = in[i]
		default:
			return nil, errors.Newf("there is no %s in %s", step, path)
		}
	}
	return v, nil
}
