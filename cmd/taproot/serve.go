package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/errors"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"

	"github.com/taproot-db/taproot/cmd/taproot/internal/config"
	"github.com/taproot-db/taproot/kvstore"
	"github.com/taproot-db/taproot/metastore/journal"
	taprootv1 "github.com/taproot-db/taproot/proto/taproot/v1"
	"github.com/taproot-db/taproot/proxy"
	"github.com/taproot-db/taproot/proxy/milvus"
	"github.com/taproot-db/taproot/proxy/rootclient"
	"github.com/taproot-db/taproot/rootcoord"
)

func newServe() *cobra.Command {
	var file string
	var show bool
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the service",
		Long: `serve runs coordinator, Milvus API and, unless --store names another, an embedded store in one process, until SIGTERM or
SIGINT. It then refuses new statements, finishes those under way, and ends; a second signal ends it at once.

Settings come from defaults, a YAML file, the environment, and flags; the later one wins. --print-config prints them all as
such a file, each with its meaning and its variable, as they are with everything else that was given.`,
		Args: arguments(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := config.Load(config.Sources{File: file, Environ: os.Environ(), Flags: cmd.Flags()})
			if err != nil {
				return usage(cmd, err)
			}
			if show {
				return cfg.Write(cmd.OutOrStdout())
			}
			return run(cmd.Context(), &cfg, cmd.ErrOrStderr())
		},
	}
	config.AddFlags(cmd.Flags())
	cmd.Flags().StringVar(&file, "config", "", "YAML file with settings (also $"+config.FileEnv+")")
	cmd.Flags().BoolVar(&show, "print-config", false, "print the settings as a file, and end")
	return cmd
}

// forStore is the part of the time for stopping that is kept for the coordinator and the store, once no more requests are answered.
const forStore = 3 // a third

// run serves until ctx ends (nil), or until it cannot go on.
func run(ctx context.Context, cfg *config.Config, stderr io.Writer) error {
	tuneGC()
	log, zlog, err := newLog(cfg.Log, stderr)
	if err != nil {
		return err
	}
	ls, err := listen(ctx, cfg)
	if err != nil {
		return err
	}
	defer ls.Close()
	s, err := newServer(cfg, log)
	if err != nil {
		return err
	}
	if s.open, err = opener(cfg, log, zlog, s.backend.away); err != nil {
		return err
	}
	where := ls.addresses()
	if cfg.AddressFile != "" {
		if err := where.write(cfg.AddressFile); err != nil {
			return err
		}
	}
	log.LogAttrs(ctx, slog.LevelInfo, "listening", append(where.attrs(), slog.String("version", thisBuild().Version))...)
	if err := s.run(ctx, ls, where); err != nil {
		log.LogAttrs(ctx, slog.LevelError, "stopped", slog.Any("error", err))
		return explain(err)
	}
	log.LogAttrs(ctx, slog.LevelInfo, "stopped")
	return nil
}

// explain says in the operator's words why a service could not go on.
func explain(err error) error {
	if errors.Is(err, journal.ErrFenced) {
		return errors.WithHint(errors.Wrap(err, "another process has taken the lead of this catalog"),
			"two processes on one store take the lead from each other; let only one of them run")
	}
	return err
}

// server is one process that serves: the proxy in front, the coordinator behind, HTTP beside them.
type server struct {
	cfg      *config.Config
	log      *slog.Logger
	registry *prometheus.Registry
	backend  *backend
	proxy    *proxy.Proxy
	grpc     *grpc.Server
	web      *http.Server
	stopping atomic.Bool
	// open returns the store and the prefix of all keys in it.
	open func(ctx context.Context) (kvstore.Store, string, error)
}

func newServer(cfg *config.Config, log *slog.Logger) (*server, error) {
	s := &server{cfg: cfg, log: log, registry: prometheus.NewRegistry(), backend: &backend{}}
	b := thisBuild()
	pc := proxy.DefaultConfig()
	pc.Milvus.MaxTaskNum, pc.Milvus.DDLConcurrency = cfg.Queue.Waiting, cfg.Queue.AtOnce
	pc.Milvus.Limits = cfg.Limits()
	pc.Milvus.Build = milvus.Build{Version: milvus.Version, Time: b.Time, Commit: b.Commit}
	pc.Milvus.Started = time.Now()
	local := rootclient.InProcess(s.backend, s.backend)
	var err error
	s.proxy, err = proxy.New(pc, proxy.Deps{
		Source: s.backend, Statements: local, Timestamps: local, Logger: log, Registerer: s.registry,
	})
	if err != nil {
		return nil, err
	}
	s.grpc = grpc.NewServer(s.proxy.ServerOptions()...)
	s.proxy.Register(s.grpc)
	s.proxy.RegisterHealth(s.grpc)
	shown, err := cfg.Shown()
	if err != nil {
		return nil, err
	}
	taprootv1.RegisterDataPlaneServer(s.grpc, dataPlane{backend: s.backend})
	taprootv1.RegisterSettingsServer(s.grpc, &settings{yaml: shown})
	s.proxy.RegisterReflection(s.grpc)
	s.web = newWeb(s.ready, s.registry, cfg.Pprof)
	return s, nil
}

// ready returns nil, or why requests are not served.
func (s *server) ready() error {
	if s.stopping.Load() {
		return errStopping
	}
	return s.backend.Ready()
}

// run serves on the listeners until ctx ends or the coordinator does. Everything it started has ended when it returns, unless that took
// longer than StopTimeout: then it says so.
func (s *server) run(ctx context.Context, ls *listeners, where addresses) error {
	// The coordinator outlives ctx: statements under way need it while they are finished.
	lead, endLead := context.WithCancelCause(context.WithoutCancel(ctx))
	defer endLead(nil)
	serving, endServing := context.WithCancel(ctx)
	defer endServing()

	var g errgroup.Group
	for _, l := range ls.api {
		g.Go(func() error {
			defer endServing()
			return errors.Wrap(s.grpc.Serve(l), "serve the API")
		})
	}
	if ls.web != nil {
		g.Go(func() error {
			defer endServing()
			if err := s.web.Serve(ls.web); !errors.Is(err, http.ErrServerClosed) {
				return errors.Wrap(err, "serve HTTP")
			}
			return nil
		})
	}
	coordinated := make(chan struct{})
	g.Go(func() error {
		defer endServing()
		defer close(coordinated)
		return s.coordinate(lead, where)
	})

	<-serving.Done()
	s.stopping.Store(true)
	s.log.LogAttrs(ctx, slog.LevelInfo, "stopping")
	done := make(chan error, 1)
	go func() {
		s.stop(context.WithoutCancel(ctx), endLead, coordinated)
		done <- g.Wait()
	}()
	select {
	case err := <-done:
		return err
	case <-time.After(s.cfg.StopTimeout):
		return errors.Newf("did not come to an end within %s", s.cfg.StopTimeout)
	}
}

// errStopping is why the coordinator's context ends when all is well.
var errStopping = errors.New("stopping")

// stop brings everything to an end, from the front to the back.
func (s *server) stop(ctx context.Context, endLead context.CancelCauseFunc, coordinated <-chan struct{}) {
	patience, cancel := context.WithTimeout(ctx, s.cfg.StopTimeout-s.cfg.StopTimeout/forStore)
	defer cancel()
	if err := s.proxy.Close(patience); err != nil {
		s.log.LogAttrs(ctx, slog.LevelWarn, "statements under way were given up", slog.Any("error", err))
	}
	gone := context.AfterFunc(patience, s.grpc.Stop)
	s.grpc.GracefulStop()
	gone()
	endLead(errStopping)
	<-coordinated
	if err := s.web.Close(); err != nil { // last, so that its health can be watched to the end
		s.log.LogAttrs(ctx, slog.LevelWarn, "HTTP did not end well", slog.Any("error", err))
	}
}

// coordinate opens the store and runs the coordinator on it until ctx ends or it cannot go on.
func (s *server) coordinate(ctx context.Context, where addresses) error {
	store, root, err := s.open(ctx)
	if err != nil {
		return unlessStopped(ctx, err)
	}
	err = unlessStopped(ctx, s.lead(ctx, store, root, where))
	return errors.CombineErrors(err, errors.Wrap(store.Close(), "close the store"))
}

func (s *server) lead(ctx context.Context, store kvstore.Store, root string, where addresses) error {
	c, err := rootcoord.New(rootcoord.Config{
		Address: where.GRPC, ClusterID: s.cfg.ClusterID, Create: s.cfg.Create, Limits: s.cfg.Limits(), StopGrace: s.cfg.StopTimeout / 5,
		DefaultDatabaseProperties: s.cfg.DefaultDatabaseProperties(),
		JournalAge:                s.cfg.Journal.MaxAge, JournalBytes: s.cfg.Journal.MaxBytes,
	}, rootcoord.Deps{Store: store, Root: root, Logger: s.log, Registerer: s.registry})
	if err != nil {
		return err
	}
	s.backend.use(c)
	return c.Run(ctx)
}

// unlessStopped forgets an error that says no more than that ctx has ended, as it was meant to.
func unlessStopped(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.IsAny(err, errStopping, context.Canceled) {
		return nil
	}
	return err
}
