package server

import (
	"context"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/model"
	taprootv1 "github.com/taproot-db/taproot/proto/taproot/v1"
	"github.com/taproot-db/taproot/rootcoord/ddl"
	"github.com/taproot-db/taproot/rootcoord/progress"
	"github.com/taproot-db/taproot/rootcoord/steps"
	"github.com/taproot-db/taproot/tasks"
)

// Plane is what the service of a data plane works with while somebody leads.
type Plane struct {
	Runner Runner
	// Snapshot returns the newest catalog.
	Snapshot func() *catalog.Snapshot
	Board    *progress.Board
}

// DataPlane implements taproot.v1.DataPlane. A refusal is a gRPC status with an ErrorInfo among its details. Safe for concurrent use.
type DataPlane struct {
	taprootv1.UnimplementedDataPlaneServer
	external bool
	plane    func() (Plane, error)
	panicked func(context.Context, *tasks.PanicError)
}

// NewDataPlane returns the service. external says whether a data plane is attached at all; otherwise everything is refused. plane is asked
// for each call; its error is answered as UNAVAILABLE. panicked is told of every panic.
func NewDataPlane(external bool, plane func() (Plane, error), panicked func(context.Context, *tasks.PanicError)) *DataPlane {
	return &DataPlane{external: external, plane: plane, panicked: panicked}
}

func (d *DataPlane) open() (Plane, error) {
	if !d.external {
		return Plane{}, encode(ddl.NoDataPlane())
	}
	p, err := d.plane()
	if err != nil {
		return p, status.Error(codes.Unavailable, err.Error())
	}
	return p, nil
}

// atOnce is how many reports of one request are committed at the same time: they share a commit then.
const atOnce = 64

// Report takes reports. Those of one index or load are taken in their order, others are independent of each other. If one of them makes no
// sense, none is taken. After any other error some may have been; they can be sent again.
func (d *DataPlane) Report(ctx context.Context, req *taprootv1.ReportRequest) (*taprootv1.ReportResponse, error) {
	p, err := d.open()
	if err != nil {
		return nil, err
	}
	type object struct{ collection, index model.ID }
	order := map[object][]int{}
	reports := make([]ddl.Report, len(req.GetReports()))
	for i, m := range req.GetReports() {
		if reports[i], err = report(m); err != nil {
			return nil, encode(err)
		}
		o := object{reports[i].Collection, reports[i].Index}
		order[o] = append(order[o], i)
	}
	taken := make([]bool, len(reports))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(atOnce)
	for _, mine := range order {
		g.Go(func() error {
			for _, i := range mine {
				var err error
				if taken[i], err = d.take(ctx, p, reports[i]); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, encode(err)
	}
	return &taprootv1.ReportResponse{Taken: taken, Revision: uint64(p.Snapshot().Revision())}, nil
}

// take takes one report, and says whether it was of what is in force. A panic is an error like others: nobody else could catch it here.
func (d *DataPlane) take(ctx context.Context, p Plane, r ddl.Report) (taken bool, err error) {
	defer func() {
		if v := recover(); v != nil {
			taken, err = false, tasks.Recovered(v)
		}
		if bug, ok := tasks.AsPanic(err); ok {
			d.panicked(ctx, bug)
			err = errs.Internal.New(bug.Error())
		}
	}()
	verdict := r.Judge(p.Snapshot())
	if verdict == ddl.NewState {
		task := p.Runner.Task(steps.Statement{Actor: "dataplane", Request: steps.Report{Report: r}})
		if err := tasks.Run(ctx, task); err != nil {
			return false, err
		}
		if task.Committed().Changed {
			return true, nil
		}
		verdict = r.Judge(p.Snapshot()) // another change came first
	}
	if verdict == ddl.Late {
		return false, nil
	}
	return p.note(r), nil
}

// note keeps progress in memory, and says whether the object is still there.
func (p Plane) note(r ddl.Report) bool {
	forget := func() { p.Board.ForgetLoad(r.Collection) }
	if r.Index == 0 {
		p.Board.Load(r.Collection, r.Spec, r.Percent)
	} else {
		p.Board.Index(r.Collection, r.Index, r.Spec, r.Indexed, r.Total)
		forget = func() { p.Board.ForgetIndex(r.Collection, r.Index) }
	}
	// What the object went with may have been published before the note was there to be forgotten.
	if r.Judge(p.Snapshot()) == ddl.Late {
		forget()
		return false
	}
	return true
}

// report reads a report and refuses one that makes no sense.
func report(m *taprootv1.Report) (ddl.Report, error) {
	r := ddl.Report{
		Collection: model.ID(m.GetCollectionId()), Index: model.ID(m.GetIndexId()), Spec: m.GetSpec(),
		Indexed: m.GetIndexedRows(), Total: m.GetTotalRows(), Percent: m.GetProgress(), Reason: m.GetReason(),
	}
	switch m.GetState() {
	case taprootv1.ReportState_REPORT_STATE_RUNNING:
		r.State = model.ReportPending
	case taprootv1.ReportState_REPORT_STATE_DONE:
		r.State = model.ReportDone
	case taprootv1.ReportState_REPORT_STATE_FAILED:
		r.State = model.ReportFailed
	case taprootv1.ReportState_REPORT_STATE_UNSPECIFIED:
		return r, errs.Invalid("report without a state")
	default:
		return r, errs.Invalid("report of a state that is not known here: %d", m.GetState())
	}
	return r, r.Validate()
}

// stateOf is report backwards.
func stateOf(s model.ReportState) taprootv1.ReportState {
	switch s {
	case model.ReportDone:
		return taprootv1.ReportState_REPORT_STATE_DONE
	case model.ReportFailed:
		return taprootv1.ReportState_REPORT_STATE_FAILED
	case model.ReportPending:
		return taprootv1.ReportState_REPORT_STATE_RUNNING
	default:
		return taprootv1.ReportState_REPORT_STATE_UNSPECIFIED
	}
}

// Wanted lists what is to be built and loaded, by ascending ids of databases, of collections, and of indexes.
func (d *DataPlane) Wanted(_ context.Context, req *taprootv1.WantedRequest) (*taprootv1.WantedResponse, error) {
	p, err := d.open()
	if err != nil {
		return nil, err
	}
	snap := p.Snapshot()
	resp := &taprootv1.WantedResponse{Revision: uint64(snap.Revision())}
	if id := model.ID(req.GetCollectionId()); id != 0 {
		c, ok := snap.CollectionByID(id)
		if !ok {
			return nil, encode(errs.NoCollectionID(id))
		}
		want(resp, c)
		return resp, nil
	}
	for db := range snap.Databases() {
		for c := range snap.Collections(db.ID) {
			want(resp, c)
		}
	}
	return resp, nil
}

// want adds what is wanted of a collection.
func want(resp *taprootv1.WantedResponse, c *catalog.Collection) {
	for i := range c.Indexes() {
		w := &taprootv1.WantedIndex{
			CollectionId: int64(c.ID), IndexId: int64(i.ID), FieldId: int64(i.Field), Name: i.Name,
			State: stateOf(c.IndexProgress(i.ID, true).State),
		}
		if r, ok := c.IndexReport(i.ID); ok {
			w.Spec = r.Spec
		}
		for _, param := range i.IndexParams {
			w.Params = append(w.Params, &taprootv1.Property{Key: param.Key, Value: param.Value})
		}
		resp.Indexes = append(resp.Indexes, w)
	}
	load, ok := c.Load()
	if !ok {
		return
	}
	progress, _ := c.LoadProgress(true)
	w := &taprootv1.WantedLoad{CollectionId: int64(c.ID), Replicas: max(load.Replicas, 0), State: stateOf(progress.State)}
	if r, ok := c.LoadReport(); ok {
		w.Spec = r.Spec
	}
	for part := range c.PartitionLoads() {
		w.PartitionIds = append(w.PartitionIds, int64(part.Partition))
	}
	for _, f := range load.Fields {
		w.FieldIds = append(w.FieldIds, int64(f))
	}
	resp.Loads = append(resp.Loads, w)
}
