package milvus

import (
	"context"

	"github.com/cockroachdb/errors"
	"github.com/milvus-io/milvus-proto/go-api/v3/commonpb"
	"github.com/milvus-io/milvus-proto/go-api/v3/milvuspb"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
	taprootv1 "github.com/taproot-db/taproot/proto/taproot/v1"
	"github.com/taproot-db/taproot/tasks"
)

// ddTask is a statement in the ddQueue.
type ddTask interface {
	// PreExecute validates. What it looks up in the Snapshot is a courtesy that spares the coordinator work, so it may
	// only refuse what the coordinator would refuse too.
	PreExecute(ctx context.Context) error
	// Execute sends the statement to the coordinator.
	Execute(ctx context.Context) error
	// PostExecute returns when this server's reads see the statement's effect.
	PostExecute(ctx context.Context) error
}

// run takes a statement through the ddQueue and returns its answer, which is a bare status.
func (s *Service) run(ctx context.Context, name string, t ddTask) (*commonpb.Status, error) {
	cond, err := conditionsOf(ctx)
	if err != nil {
		return nil, err
	}
	own, _ := t.(conditional)
	if own != nil {
		own.condition(cond)
	}
	err = s.queue.Do(ctx, &queued{ddTask: t, service: s, name: name, askFirst: own != nil && cond.first()})
	if _, panicked := tasks.AsPanic(err); panicked {
		err = bug(name) // NotifyDone has reported it
	}
	if err != nil {
		return nil, err
	}
	if own == nil {
		return &commonpb.Status{}, nil
	}
	revision, extra := own.outcome()
	s.tellRevision(ctx, revision)
	return &commonpb.Status{ExtraInfo: extra}, nil
}

// queued is a ddTask as a tasks.Task.
type queued struct {
	ddTask
	service *Service
	name    string
	// askFirst: the coordinator decides, whatever PreExecute finds.
	askFirst bool
}

func (q *queued) Prepare(ctx context.Context) error {
	err := q.PreExecute(ctx)
	if err != nil && q.askFirst {
		// The coordinator makes the same checks, after those that the client asked for.
		if own, ok := q.ddTask.(conditional); ok && own.complete() {
			return nil
		}
	}
	return err
}

func (q *queued) Execute(ctx context.Context) error {
	if err := q.ddTask.Execute(ctx); err != nil {
		return err
	}
	return q.PostExecute(ctx)
}

// NotifyDone reports a panic here, because the caller may have left.
func (q *queued) NotifyDone(err error) {
	if p, ok := tasks.AsPanic(err); ok {
		q.service.reportPanic(context.Background(), q.name, p) //nolint:forbidigo // the outcome of a task has no caller
	}
}

// ddl is what all statements share.
type ddl struct {
	*Service
	conditions conditions
	revision   catalog.Revision  // in which the answer holds, once there is one
	extra      map[string]string // what goes beside the status
}

func (d *ddl) submit(ctx context.Context, req *taprootv1.ExecuteRequest) error {
	d.conditions.impose(req)
	resp, err := d.coordinator.Execute(ctx, req)
	if err != nil {
		if closed := context.Cause(ctx); closed != nil {
			// Nothing but the end of the server cuts a statement short. The client is to try again, elsewhere or later.
			return errors.WithSecondaryError(errors.Wrap(closed, "the outcome is unknown"), err)
		}
		return err
	}
	d.revision = catalog.Revision(resp.GetRevision())
	if d.conditions.dryRun {
		d.extra, err = planInfo(resp)
	}
	return err
}

// PostExecute waits only where the Source lags behind the coordinator.
func (d *ddl) PostExecute(ctx context.Context) error {
	if w, lags := d.source.(Waiter); lags && d.source.Snapshot().Revision() < d.revision {
		return w.WaitFor(ctx, d.revision)
	}
	return nil
}

func (s *Service) createCollection(ctx context.Context, req *milvuspb.CreateCollectionRequest) (*commonpb.Status, error) {
	return s.run(ctx, "CreateCollection", &createCollectionTask{ddl: ddl{Service: s}, req: req})
}

type createCollectionTask struct {
	ddl
	req  *milvuspb.CreateCollectionRequest
	spec *model.CollectionSpec
}

// PreExecute leaves the rules that come after the catalog was looked at to the planner, and whether the name is taken too:
// an equal collection under it makes the statement a success.
func (t *createCollectionTask) PreExecute(context.Context) error {
	spec, err := specOf(t.req)
	if err != nil {
		return err
	}
	t.spec = spec
	if err := spec.ValidateRequest(t.Limits); err != nil {
		return err
	}
	_, err = database(t.source.Snapshot(), t.req.GetDbName())
	return err
}

func (t *createCollectionTask) complete() bool { return t.spec != nil }

func (t *createCollectionTask) Execute(ctx context.Context) error {
	return t.submit(ctx, &taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_CreateCollection{
		CreateCollection: &taprootv1.CreateCollection{Database: t.req.GetDbName(), Spec: statementOf(t.spec)},
	}})
}

func (s *Service) dropCollection(ctx context.Context, req *milvuspb.DropCollectionRequest) (*commonpb.Status, error) {
	return s.run(ctx, "DropCollection", &dropCollectionTask{ddl: ddl{Service: s}, req: req})
}

type dropCollectionTask struct {
	ddl
	req *milvuspb.DropCollectionRequest
}

// PreExecute checks nothing: whatever has a name can be dropped by it, and what is missing is dropped already.
func (t *dropCollectionTask) PreExecute(context.Context) error { return nil }

func (t *dropCollectionTask) complete() bool { return true }

func (t *dropCollectionTask) Execute(ctx context.Context) error {
	return t.submit(ctx, &taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_DropCollection{
		DropCollection: &taprootv1.DropCollection{Database: t.req.GetDbName(), Collection: t.req.GetCollectionName()},
	}})
}

func (s *Service) createPartition(ctx context.Context, req *milvuspb.CreatePartitionRequest) (*commonpb.Status, error) {
	return s.run(ctx, "CreatePartition", &createPartitionTask{ddl: ddl{Service: s}, req: req})
}

type createPartitionTask struct {
	ddl
	req *milvuspb.CreatePartitionRequest
}

func (t *createPartitionTask) PreExecute(context.Context) error {
	return t.checkPartition(t.req, "create")
}

func (t *createPartitionTask) complete() bool { return true }

func (t *createPartitionTask) Execute(ctx context.Context) error {
	return t.submit(ctx, &taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_CreatePartition{
		CreatePartition: &taprootv1.CreatePartition{
			Database: t.req.GetDbName(), Collection: t.req.GetCollectionName(), Partition: t.req.GetPartitionName(),
		},
	}})
}

func (s *Service) dropPartition(ctx context.Context, req *milvuspb.DropPartitionRequest) (*commonpb.Status, error) {
	return s.run(ctx, "DropPartition", &dropPartitionTask{ddl: ddl{Service: s}, req: req})
}

type dropPartitionTask struct {
	ddl
	req *milvuspb.DropPartitionRequest
}

func (t *dropPartitionTask) PreExecute(context.Context) error {
	if err := t.checkPartition(t.req, "drop"); err != nil {
		return err
	}
	return t.checkPartitionNotLoaded(t.req)
}

func (t *dropPartitionTask) complete() bool { return true }

func (t *dropPartitionTask) Execute(ctx context.Context) error {
	return t.submit(ctx, &taprootv1.ExecuteRequest{Statement: &taprootv1.ExecuteRequest_DropPartition{
		DropPartition: &taprootv1.DropPartition{
			Database: t.req.GetDbName(), Collection: t.req.GetCollectionName(), Partition: t.req.GetPartitionName(),
		},
	}})
}

// partitionRequest is a request for one partition of a collection.
type partitionRequest interface {
	GetDbName() string
	GetCollectionName() string
	GetPartitionName() string
}

// checkPartition makes the checks of Milvus's proxy before a partition is created or dropped, in its order.
func (s *Service) checkPartition(req partitionRequest, verb string) error {
	if err := model.ValidateCollectionName(req.GetCollectionName(), s.Limits); err != nil {
		return err
	}
	c, err := collection(s.source.Snapshot(), req.GetDbName(), req.GetCollectionName())
	if err != nil {
		return err
	}
	if c.PartitionKey() {
		return errs.Invalid("disable %s partition if partition key mode is used", verb)
	}
	return model.ValidatePartitionName(req.GetPartitionName(), s.Limits)
}
