package main

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/cockroachdb/errors"
	"go.yaml.in/yaml/v3"

	"github.com/taproot-db/taproot/cmd/taproot/internal/config"
)

// listeners are bound before anything else is done, so that an address in use is found out at once. Requests that come before there is
// somebody to answer wait in the kernel's queue.
type listeners struct {
	api []net.Listener // TCP, and the unix socket if there is one
	web net.Listener   // nil: no HTTP
}

func listen(ctx context.Context, c *config.Config) (*listeners, error) {
	ls := &listeners{}
	if err := ls.bind(ctx, c); err != nil {
		ls.Close()
		return nil, err
	}
	return ls, nil
}

func (ls *listeners) bind(ctx context.Context, c *config.Config) error {
	tcp, err := listenOn(ctx, "tcp", c.Listen, "listen")
	if err != nil {
		return err
	}
	ls.api = append(ls.api, tcp)
	if c.APISocket != "" {
		if err := removeStale(ctx, c.APISocket); err != nil {
			return err
		}
		unix, err := listenOn(ctx, "unix", c.APISocket, "api-socket")
		if err != nil {
			return err
		}
		ls.api = append(ls.api, unix)
	}
	if c.HTTPListen != "" {
		ls.web, err = listenOn(ctx, "tcp", c.HTTPListen, "http-listen")
	}
	return err
}

func listenOn(ctx context.Context, network, address, flag string) (net.Listener, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, network, address)
	switch {
	case err == nil:
		return l, nil
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, errors.WithHintf(errors.Newf("address %s is in use by another process", address),
			"choose another with --%s, or stop the process that has it", flag)
	default:
		var op *net.OpError
		if errors.As(err, &op) {
			err = op.Err
		}
		return nil, errors.WithHintf(errors.Newf("cannot listen on %s: %v", address, err), "choose another address with --%s", flag)
	}
}

// removeStale removes a socket that a process which is gone has left. One that answers is left alone, and binding it then fails.
func removeStale(ctx context.Context, path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return errors.Wrap(err, "unix socket")
	case info.Mode().Type() != fs.ModeSocket:
		return errors.Newf("unix socket: %s is there and is no socket", path)
	}
	d := net.Dialer{Timeout: time.Second}
	if conn, err := d.DialContext(ctx, "unix", path); err == nil {
		return conn.Close()
	}
	return errors.Wrap(os.Remove(path), "unix socket")
}

// addresses are those in use, in the form of the address file, which says whose they are.
type addresses struct {
	PID  int    `yaml:"pid"`
	GRPC string `yaml:"grpc"`
	Unix string `yaml:"unix,omitempty"`
	HTTP string `yaml:"http,omitempty"`
}

func (ls *listeners) addresses() addresses {
	a := addresses{PID: os.Getpid(), GRPC: ls.api[0].Addr().String()}
	if len(ls.api) > 1 {
		a.Unix = ls.api[1].Addr().String()
	}
	if ls.web != nil {
		a.HTTP = ls.web.Addr().String()
	}
	return a
}

// attrs are the addresses as fields of a log line.
func (a addresses) attrs() []slog.Attr {
	out := []slog.Attr{slog.String("grpc", a.GRPC)}
	if a.Unix != "" {
		out = append(out, slog.String("unix", a.Unix))
	}
	if a.HTTP != "" {
		out = append(out, slog.String("http", a.HTTP))
	}
	return out
}

// write puts the addresses in a file that is never seen half written.
func (a addresses) write(path string) error {
	text, err := yaml.Marshal(a)
	if err != nil {
		return errors.Wrap(err, "address file")
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), fmt.Sprintf(".%s-*", filepath.Base(path)))
	if err != nil {
		return errors.Wrap(err, "address file")
	}
	_, werr := tmp.Write(text)
	err = errors.CombineErrors(werr, tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return errors.Wrap(errors.CombineErrors(err, os.Remove(tmp.Name())), "address file")
	}
	return nil
}

// Close closes the listeners that nobody has taken over. Closing one twice does no harm.
func (ls *listeners) Close() {
	for _, l := range ls.api {
		_ = l.Close()
	}
	if ls.web != nil {
		_ = ls.web.Close()
	}
}
