package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"math"
	"net"
	"slices"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/errors"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"google.golang.org/grpc"
)

const (
	// window is how much a server may send before it is told that it was read, on a connection and on a stream.
	window = 1 << 20
	// overdue is how long after its end a flood waits for answers.
	overdue = time.Minute
)

// wire is one HTTP/2 connection with its share of the clients, all of them in one goroutine: whoever is answered sends its next request
// at once. It does what a gRPC client does on the wire and no more.
type wire struct {
	conn    net.Conn
	out     bytes.Buffer // frames that the next write takes along
	framer  *http2.Framer
	encoder *hpack.Encoder
	block   bytes.Buffer // the headers of a request, as encoder made them
	encoded int          // requests since the size of its table was set
	decoder *hpack.Decoder

	req     *request
	headers []hpack.HeaderField
	body    []byte
	counter *atomic.Uint64
	until   time.Time

	idle     []*caller
	open     map[uint32]*caller // by stream
	last     uint32             // stream
	reading  *caller            // whose header block is being decoded
	unread   uint32             // of the connection's window, not yet given back
	finished int64

	// What the server allows.
	streams, frame, streamWindow uint32
	connWindow                   int64
}

// caller is one client: it has one request at a time, or none.
type caller struct {
	answer                    []byte
	unread                    uint32
	http, grpcStatus, message string
}

// flood has so many clients call on one connection until a time, and returns how often they were answered, every answer checked.
func flood(ctx context.Context, addr string, clients int, r *request, counter *atomic.Uint64, until time.Time) (int64, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return 0, errors.WithStack(err)
	}
	defer func() { _ = conn.Close() }()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	if err := conn.SetDeadline(until.Add(overdue)); err != nil {
		return 0, errors.WithStack(err)
	}
	w := &wire{
		conn: conn, req: r, body: bytes.Clone(r.body), counter: counter, until: until,
		idle: make([]*caller, clients), open: make(map[uint32]*caller, clients), last: math.MaxUint32, // so that the first is 1
		headers: []hpack.HeaderField{
			{Name: ":method", Value: "POST"},
			{Name: ":scheme", Value: "http"},
			{Name: ":path", Value: r.path},
			{Name: ":authority", Value: addr},
			{Name: "content-type", Value: "application/grpc"},
			{Name: "user-agent", Value: "grpc-go/" + grpc.Version},
			{Name: "te", Value: "trailers"},
		},
		frame: 16 << 10, streamWindow: 1<<16 - 1, connWindow: 1<<16 - 1, // until the server says something else
	}
	for i := range w.idle {
		w.idle[i] = &caller{}
	}
	w.framer = http2.NewFramer(&w.out, bufio.NewReaderSize(w, 64<<10))
	w.framer.SetReuseFrames()
	w.encoder = hpack.NewEncoder(&w.block)
	w.decoder = hpack.NewDecoder(4096, w.header) // the size that holds where nothing else is announced
	err = w.run()
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return w.finished, errors.Wrapf(err, "%s at %s", r.path, addr)
}

func (w *wire) run() error {
	w.out.WriteString(http2.ClientPreface)
	err := w.framer.WriteSettings(http2.Setting{ID: http2.SettingEnablePush}, http2.Setting{ID: http2.SettingInitialWindowSize, Val: window})
	if err != nil {
		return err
	}
	if err := w.framer.WriteWindowUpdate(0, window-uint32(w.connWindow)); err != nil {
		return err
	}
	for len(w.open) > 0 || time.Now().Before(w.until) {
		f, err := w.framer.ReadFrame()
		if err != nil {
			return errors.WithStack(err)
		}
		if err := w.handle(f); err != nil {
			return err
		}
		if err := w.start(); err != nil {
			return err
		}
	}
	return nil
}

// Read writes what has gathered before it waits for more: what became of all that one read has brought leaves in one write.
func (w *wire) Read(p []byte) (int, error) {
	if _, err := w.out.WriteTo(w.conn); err != nil {
		return 0, err
	}
	return w.conn.Read(p)
}

// start has idle clients send their next requests, as many as the server allows: none before its first SETTINGS.
func (w *wire) start() error {
	size := uint32(len(w.body))
	for len(w.idle) > 0 && uint32(len(w.open)) < w.streams && w.connWindow >= int64(size) && time.Now().Before(w.until) {
		if size > min(w.frame, w.streamWindow) {
			return errors.Newf("the server takes frames of %d bytes and %d bytes on a stream, a request has %d", w.frame, w.streamWindow, size)
		}
		if w.last += 2; w.last > math.MaxInt32 {
			return errors.New("no stream is left on the connection")
		}
		if w.encoded++; w.encoded <= 2 { // the first fills the table, and all after it are like the second
			w.block.Reset()
			for _, h := range w.headers {
				if err := w.encoder.WriteField(h); err != nil {
					return err
				}
			}
		}
		if err := w.framer.WriteHeaders(http2.HeadersFrameParam{StreamID: w.last, BlockFragment: w.block.Bytes(), EndHeaders: true}); err != nil {
			return err
		}
		w.req.patch(w.body, w.counter.Add(1))
		if err := w.framer.WriteData(w.last, true, w.body); err != nil {
			return err
		}
		w.connWindow -= int64(size)
		c := w.idle[0]
		*c = caller{answer: c.answer[:0]}
		w.idle = slices.Delete(w.idle, 0, 1)
		w.open[w.last] = c
	}
	return nil
}

func (w *wire) handle(f http2.Frame) error {
	switch f := f.(type) {
	case *http2.DataFrame:
		return w.data(f)
	case *http2.HeadersFrame:
		return w.headerBlock(f.StreamID, f.HeaderBlockFragment(), f.HeadersEnded(), f.StreamEnded())
	case *http2.SettingsFrame:
		return w.settings(f)
	case *http2.WindowUpdateFrame:
		if f.StreamID == 0 { // a request is sent whole, so that no stream waits
			w.connWindow += int64(f.Increment)
		}
	case *http2.PingFrame:
		if !f.IsAck() {
			return w.framer.WritePing(true, f.Data)
		}
	case *http2.GoAwayFrame:
		return errors.Newf("GOAWAY: %s %s", f.ErrCode, f.DebugData())
	case *http2.RSTStreamFrame:
		return errors.Newf("RST_STREAM: %s", f.ErrCode)
	case *http2.ContinuationFrame, *http2.PushPromiseFrame:
		return errors.Newf("a gRPC server has no use for %s", f.Header().Type)
	}
	return nil // what is unknown is to be ignored
}

func (w *wire) settings(f *http2.SettingsFrame) error {
	if f.IsAck() {
		return nil
	}
	if w.streams == 0 {
		w.streams = math.MaxUint32
	}
	err := f.ForeachSetting(func(s http2.Setting) error {
		switch s.ID {
		case http2.SettingMaxConcurrentStreams:
			w.streams = s.Val
		case http2.SettingMaxFrameSize:
			w.frame = s.Val
		case http2.SettingInitialWindowSize:
			w.streamWindow = s.Val
		case http2.SettingHeaderTableSize:
			w.encoder.SetMaxDynamicTableSizeLimit(s.Val)
			w.encoded = 0
		default: // the others are about what a gRPC client does not do
		}
		return nil
	})
	if err != nil {
		return err
	}
	return w.framer.WriteSettingsAck()
}

func (w *wire) data(f *http2.DataFrame) error {
	c := w.open[f.StreamID]
	if c == nil {
		return errors.Newf("DATA on stream %d, which nobody waits for", f.StreamID)
	}
	c.answer = append(c.answer, f.Data()...)
	if err := w.giveBack(0, &w.unread, f.Length); err != nil {
		return err
	}
	if f.StreamEnded() {
		return w.finish(f.StreamID, c)
	}
	return w.giveBack(f.StreamID, &c.unread, f.Length)
}

// giveBack tells the server what was read as soon as it is half a window.
func (w *wire) giveBack(stream uint32, unread *uint32, n uint32) error {
	if *unread += n; *unread < window/2 {
		return nil
	}
	n, *unread = *unread, 0
	return w.framer.WriteWindowUpdate(stream, n)
}

// headerBlock decodes what comes before or after a message. Of a server that answers OK, and of most that do not, either fits in a frame.
func (w *wire) headerBlock(stream uint32, block []byte, whole, ended bool) error {
	if w.reading = w.open[stream]; w.reading == nil {
		return errors.Newf("HEADERS on stream %d, which nobody waits for", stream)
	}
	if _, err := w.decoder.Write(block); err != nil {
		return errors.WithStack(err)
	}
	if !whole {
		return errors.New("header block too large")
	}
	if err := w.decoder.Close(); err != nil {
		return errors.WithStack(err)
	}
	if ended {
		return w.finish(stream, w.reading)
	}
	return nil
}

func (w *wire) header(f hpack.HeaderField) {
	switch f.Name {
	case ":status":
		w.reading.http = f.Value
	case "grpc-status":
		w.reading.grpcStatus = f.Value
	case "grpc-message":
		w.reading.message = f.Value
	}
}

// finish checks a whole answer.
func (w *wire) finish(stream uint32, c *caller) error {
	if c.grpcStatus != "0" {
		return errors.Newf("grpc-status %q: %s (HTTP status %s)", c.grpcStatus, c.message, c.http)
	}
	if len(c.answer) < prefixLength || c.answer[0] != 0 || int(binary.BigEndian.Uint32(c.answer[1:])) != len(c.answer)-prefixLength {
		return errors.Newf("%d bytes that are not one message", len(c.answer))
	}
	if err := w.req.check(c.answer[prefixLength:]); err != nil {
		return err
	}
	w.finished++
	delete(w.open, stream)
	w.idle = append(w.idle, c)
	return nil
}
