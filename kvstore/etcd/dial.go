package etcd

import (
	"context"
	"strings"
	"time"

	"github.com/cockroachdb/errors"
	clientv3 "go.etcd.io/etcd/client/v3"

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

	client, err := connect(dialCtx, cfg)
	if err != nil {
		return nil, dialError(ctx, where, err)
	}
	s, err := New(client, cfg)
	if err != nil {
		return nil, errors.CombineErrors(err, client.Close())
	}
	if err := probe(dialCtx, client); err != nil {
		return nil, errors.WithSecondaryError(dialError(ctx, where, err), s.Close())
	}
	if _, err := s.revision(dialCtx); err != nil {
		return nil, errors.WithSecondaryError(dialError(ctx, where, err), s.Close())
	}
	return s, nil
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
		TLS:                  cfg.TLS,
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
	context.AfterFunc(client.Ctx(), cancel) // when the client is closed
	return client, nil
}

// probe returns nil as soon as a member answers. clientv3.New does not wait for one.
func probe(ctx context.Context, client *clientv3.Client) error {
	ctx, cancel := context.WithCancel(ctx)
	endpoints := client.Endpoints()
	answers := make(chan error, len(endpoints)) // one of each member
	for _, ep := range endpoints {
		go func() {
			_, err := client.Status(ctx, ep)
			answers <- err
		}()
	}
	var failed, refused error
	ok := false
	for range endpoints {
		err := <-answers
		switch {
		case err == nil:
			ok = true
			cancel() // the others need not answer
		case errors.IsAny(err, context.Canceled, context.DeadlineExceeded):
			failed = err
		default:
			refused = err
		}
	}
	cancel()
	switch {
	case ok:
		return nil
	case refused != nil:
		return refused // says more than that time ran out
	default:
		return failed
	}
}
