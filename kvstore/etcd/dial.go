package etcd

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"strings"
	"time"

	"github.com/cockroachdb/errors"
	"go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/taproot-db/taproot/kvstore"
)

// Dial connects to the cluster that cfg describes. It returns when a member has answered and the cluster has served a
// linearizable read, or with an error marked ErrUnavailable when none did within DialTimeout, or with ErrInvalid when
// cfg cannot be right. No error names the password.
func Dial(ctx context.Context, cfg Config) (*Store, error) {
	if len(cfg.Endpoints) == 0 {
		return nil, errors.Mark(errors.New("dial etcd: no Endpoints"), kvstore.ErrInvalid)
	}
	if err := cfg.Validate(); err != nil {
		return nil, errors.Mark(errors.Wrap(err, "dial etcd"), kvstore.ErrInvalid)
	}
	cfg = cfg.withDefaults()
	where := strings.Join(cfg.Endpoints, ",")
	dialCtx, cancel := context.WithTimeout(ctx, cfg.DialTimeout)
	defer cancel()

	var client *clientv3.Client
	err := patiently(dialCtx, func() (err error) {
		client, err = connect(dialCtx, cfg)
		return err
	})
	if err != nil {
		return nil, dialError(ctx, where, err)
	}
	s, err := New(client, cfg)
	if err != nil {
		return nil, errors.CombineErrors(err, client.Close())
	}
	// The client does not wait for a connection, and its own retries forget why there is none.
	err = patiently(dialCtx, func() error {
		resp, err := s.direct.Range(dialCtx, &etcdserverpb.RangeRequest{Key: []byte(cfg.ProbeKey), CountOnly: true})
		s.note(resp.GetHeader())
		return err
	})
	if err != nil {
		return nil, errors.WithSecondaryError(dialError(ctx, where, err), s.Close())
	}
	return s, nil
}

// patiently calls try until it succeeds, fails for good, or ctx ends; then the last failure that tells more than that is
// returned.
func patiently(ctx context.Context, try func() error) error {
	var last error
	for {
		err := try()
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			if last != nil {
				return last
			}
			return err
		}
		if !unavailable(err) {
			return err
		}
		last = err
		pause := time.NewTimer(100 * time.Millisecond)
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
		}
	}
}

// unavailable says that a member may answer later. The client turns some of the errors it gets into its own type.
func unavailable(err error) bool {
	var e rpctypes.EtcdError
	if errors.As(err, &e) {
		return e.Code() == codes.Unavailable
	}
	return status.Code(err) == codes.Unavailable
}

func dialError(ctx context.Context, where string, err error) error {
	if ctxErr := ctx.Err(); ctxErr != nil {
		err = errors.WithSecondaryError(ctxErr, hidden(err))
	} else {
		err = hidden(err)
	}
	return errors.Mark(errors.Wrapf(err, "dial etcd at %s", errors.Safe(where)), kvstore.ErrUnavailable)
}

// connect makes a client. It blocks only to authenticate, and no longer than ctx.
func connect(ctx context.Context, cfg Config) (*clientv3.Client, error) {
	// The client lives on when ctx has ended, but while it is being made it ends with it.
	clientCtx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, cancel)
	client, err := clientv3.New(clientv3.Config{
		Context:              clientCtx,
		Endpoints:            cfg.Endpoints,
		TLS:                  pinned(cfg.TLS),
		Username:             cfg.User,
		Password:             cfg.Password,
		DialTimeout:          cfg.DialTimeout,
		DialKeepAliveTime:    30 * time.Second, // a server takes offence at less than 5 s
		DialKeepAliveTimeout: 10 * time.Second,
		Logger:               cfg.Logger,
	})
	if !stop() && err == nil {
		err = errors.CombineErrors(ctx.Err(), client.Close())
	}
	if err != nil {
		cancel()
		return nil, err
	}
	context.AfterFunc(client.Ctx(), cancel) //nolint:contextcheck // when the client is closed, not when ctx ends
	return client, nil
}

// pinned makes a connection hold the server to cfg.ServerName. The client of etcd overwrites the name with the host of the
// endpoint, so that it could not be reached by another name than the certificate's.
func pinned(cfg *tls.Config) *tls.Config {
	if cfg == nil || cfg.ServerName == "" || cfg.InsecureSkipVerify {
		return cfg
	}
	name, also := cfg.ServerName, cfg.VerifyConnection
	cfg = cfg.Clone()
	cfg.InsecureSkipVerify = true // because the name it would verify is the wrong one
	cfg.VerifyConnection = func(state tls.ConnectionState) error {
		opts := x509.VerifyOptions{DNSName: name, Roots: cfg.RootCAs, Intermediates: x509.NewCertPool()}
		for _, cert := range state.PeerCertificates[1:] {
			opts.Intermediates.AddCert(cert)
		}
		if _, err := state.PeerCertificates[0].Verify(opts); err != nil {
			return err
		}
		if also != nil {
			return also(state)
		}
		return nil
	}
	return cfg
}
