package main

import (
	"context"
	"time"

	"github.com/cockroachdb/errors"
	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/server/v3/embed"
	"go.etcd.io/etcd/server/v3/etcdserver/api/v3client"
	"go.uber.org/zap"
)

// bareEtcd is an etcd in this process with a client that calls its functions.
type bareEtcd struct {
	*embed.Etcd
	kv clientv3.KV
}

// startEtcd opens dir with the settings that the product's embedded store has: what they cost and save is on both
// sides. It is written out here so that a change of the product's settings shows as a change of the ratio.
func startEtcd(ctx context.Context, dir string) (*bareEtcd, error) {
	cfg := embed.NewConfig()
	cfg.Dir, cfg.Name = dir, "taproot"
	cfg.ListenPeerUrls, cfg.ListenClientUrls, cfg.AdvertiseClientUrls = nil, nil, nil
	cfg.InitialCluster = cfg.InitialClusterFromName(cfg.Name)
	cfg.EnableGRPCGateway = false
	cfg.TickMs, cfg.ElectionMs = 10, 100
	cfg.SnapshotCount, cfg.SnapshotCatchUpEntries = 1000, 1000
	cfg.MaxTxnOps, cfg.MaxRequestBytes, cfg.QuotaBackendBytes = 4096, 16<<20, 8<<30
	cfg.AutoCompactionMode, cfg.AutoCompactionRetention = "periodic", "5m"
	cfg.ZapLoggerBuilder = embed.NewZapLoggerBuilder(zap.NewNop())
	e, err := embed.StartEtcd(cfg)
	if err != nil {
		return nil, errors.Wrap(err, "start etcd")
	}
	timer := time.NewTimer(30 * time.Second)
	defer timer.Stop()
	select {
	case <-e.Server.ReadyNotify():
		return &bareEtcd{e, v3client.New(e.Server).KV}, nil
	case err = <-e.Err():
	case <-ctx.Done():
		err = context.Cause(ctx)
	case <-timer.C:
		err = errors.New("not ready after 30 s")
	}
	e.Close()
	return nil, errors.Wrap(err, "start etcd")
}

// put writes the nine records of a collection in one transaction.
func (e *bareEtcd) put(ctx context.Context, t *template, id int64) error {
	ops := make([]clientv3.Op, 0, records)
	t.each(id, func(key string, value []byte) { ops = append(ops, clientv3.OpPut(key, string(value))) })
	_, err := e.kv.Txn(ctx).Then(ops...).Commit()
	return errors.WithStack(err)
}
