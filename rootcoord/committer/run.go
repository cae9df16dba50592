package committer

import (
	"context"
	"log/slog"
	"time"

	"github.com/cockroachdb/errors"

	"github.com/taproot-db/taproot/kvstore"
	"github.com/taproot-db/taproot/metastore/catalog"
	"github.com/taproot-db/taproot/metastore/codec"
	"github.com/taproot-db/taproot/metastore/errs"
	"github.com/taproot-db/taproot/metastore/journal"
	"github.com/taproot-db/taproot/metastore/model"
	"github.com/taproot-db/taproot/rootcoord/ddl"
	"github.com/taproot-db/taproot/tasks"
)

// run is the state of a running committer. All of it belongs to the goroutine of loop, except that a flight's commit
// uses the Log while it is under way.
type run struct {
	*Committer
	requests *requests
	under    map[string]*submission // by request id: planned, and not yet answered
	next     *batch
	flying   *flight
	held     []*submission // to be planned before anything that waits in c.in
	lonely   int           // flights in a row that carried one statement, with nobody waiting behind it
}

// batch is what one transaction will hold: statements planned one on top of the other.
type batch struct {
	work       *catalog.Work // what they lead to
	plans      []plan
	sets       []*catalog.ChangeSet
	ops, bytes int
	remove     *submission // a removal; then there are no plans
	full       bool
	// reserved is set for a statement too large for one transaction: sets[0] reserves its ids, sets[1] is the statement,
	// and they are committed one after the other. It is the Snapshot between them.
	reserved     *catalog.Snapshot
	reservedDone bool // written by the commit
}

// plan is a statement with the answer it gets once its batch is durable.
type plan struct {
	sub    *submission
	answer answer
}

// flight is a batch on its way to the store.
type flight struct {
	*batch
	done chan error // with room for the one outcome; sent by the commit's goroutine
	took time.Duration
}

func newRun(c *Committer) *run {
	r := &run{Committer: c, requests: newRequests(c.Requests), under: map[string]*submission{}}
	r.Requests = nil
	r.next = r.newBatch(c.Snapshot())
	return r
}

// waiting notes that a commit does not learn its outcome: who comes now is told at once, instead of waiting too.
func (r *run) waiting(ctx context.Context, waited time.Duration, err error) {
	if waited < awayAfter {
		return
	}
	if r.away.Swap(&err) == nil {
		r.Logger.LogAttrs(ctx, slog.LevelWarn, "store is away: a commit waits for its outcome",
			slog.Duration("waited", waited), slog.Any("error", err))
	}
}

// awayAfter is how long a commit may wait for its outcome before the store counts as away.
const awayAfter = time.Second

func (r *run) newBatch(base *catalog.Snapshot) *batch { return &batch{work: base.Work()} }

// snap is the catalog as the batch will leave it, and as the next statement is planned on.
func (b *batch) snap() *catalog.Snapshot { return b.work.Snapshot() }

func (r *run) loop(ctx context.Context) error {
	// Commits outlive ctx by a little, so that stopping does not turn them into unknown outcomes.
	commits, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cancel(nil)
	r.Log.Waiting = func(waited time.Duration, err error) { r.waiting(commits, waited, err) }
	r.Log.Owing = func(records int, err error) {
		r.Logger.LogAttrs(commits, slog.LevelWarn, "a statement is durable, and some of its records are still to be written: the next commit waits for them",
			slog.Int("records", records), slog.Any("error", err))
	}
	defer context.AfterFunc(ctx, func() {
		time.AfterFunc(r.Grace, func() { cancel(context.Cause(ctx)) })
	})()
	for {
		r.planHeld(commits)
		if r.flying == nil && !r.next.empty() {
			r.drain(commits)
			r.launch(commits)
		}
		var landed chan error
		if r.flying != nil {
			landed = r.flying.done
		}
		in := r.in
		if r.next.full {
			in = nil
		}
		select {
		case sub := <-in:
			r.plan(commits, sub)
		case err := <-landed:
			if err := r.land(err); err != nil {
				return err
			}
		case <-ctx.Done():
			return r.stop(context.Cause(ctx))
		}
	}
}

// drain plans what waits now. There is no timer: what comes while this batch flies makes the next one.
func (r *run) drain(ctx context.Context) {
	for !r.next.full {
		select {
		case sub := <-r.in:
			r.plan(ctx, sub)
		default:
			return
		}
	}
}

func (r *run) planHeld(ctx context.Context) {
	for len(r.held) > 0 && !r.next.full {
		sub := r.held[0]
		r.held = r.held[1:]
		r.plan(ctx, sub)
	}
}

// plan puts one statement into the next batch, or answers it at once.
func (r *run) plan(ctx context.Context, sub *submission) {
	switch {
	case sub.remove != nil:
		if !r.next.empty() {
			r.hold(sub)
			return
		}
		r.next.remove, r.next.full = sub, true
		return
	case sub.alone && !r.next.empty():
		r.hold(sub)
		return
	case r.repeated(sub):
		return
	}
	b := r.next
	snap := b.snap()
	draft, result, err := r.draft(snap, sub)
	if err != nil || len(draft.Changes) == 0 && !sub.reserve {
		r.certain(snap, sub, answer{Committed: Committed{Revision: snap.Revision(), Timestamp: snap.Timestamp(), Result: result}, err: err})
		return
	}
	if err := r.extend(ctx, sub, draft, result); err != nil {
		r.certain(snap, sub, answer{err: err})
	}
}

// certain gives an answer that writes nothing as soon as the catalog it was planned on is durable.
func (r *run) certain(planned *catalog.Snapshot, sub *submission, a answer) {
	if planned == r.current.Load() {
		r.answer(sub, a)
		return
	}
	r.add(r.next, plan{sub, a})
}

// hold keeps a submission for the batch after the next one.
func (r *run) hold(sub *submission) {
	r.held = append([]*submission{sub}, r.held...)
	r.next.full = true
}

// draft runs the planner, under the timestamp that its change set will have. One more is drawn for a reservation that
// may have to go before it.
//
// A planner that panics fails its own statement only: it has changed nothing.
func (r *run) draft(s *catalog.Snapshot, sub *submission) (_ ddl.Draft, _ catalog.Result, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = tasks.Recovered(v)
		}
	}()
	sub.spare, sub.now = r.Clock.Next(), r.Clock.Next()
	if sub.reserve {
		return ddl.Draft{NextID: s.NextID()}, catalog.Result{}, nil
	}
	return sub.Plan(s, ddl.Input{Now: sub.now, Oldest: r.oldest()})
}

// extend adds a statement's change set to the next batch, or holds it for the one after if it does not fit.
func (r *run) extend(ctx context.Context, sub *submission, draft ddl.Draft, result catalog.Result) error {
	b := r.next
	cs := &catalog.ChangeSet{
		Revision: b.snap().Revision() + 1, Epoch: r.epoch, Timestamp: sub.now, NextID: draft.NextID,
		RequestID: sub.RequestID, Actor: sub.Actor, Statement: sub.Name, Body: sub.Body, Result: result, Changes: draft.Changes,
	}
	if sub.First {
		cs.RequestID, cs.Body = "", 0 // the last one has them
	}
	if err := r.seal(ctx, b.snap(), cs); err != nil {
		return err
	}
	ops, bytes := r.Log.Cost(cs)
	if !r.Log.Fits(b.ops+ops, b.bytes+bytes) {
		if !b.empty() {
			r.hold(sub)
			return nil
		}
		if err := r.Log.Holds(cs); err != nil { // before anything is reserved for it
			return refusal(err)
		}
		if err := r.reserve(b, cs, sub.spare); err != nil {
			return err
		}
	}
	if err := b.work.Stage(cs); err != nil {
		r.replanNext() // the batch's catalog is half changed
		return errors.NewAssertionErrorWithWrappedErrf(err, "%s", sub.Name)
	}
	cs.Sum = b.snap().Fingerprint()
	b.sets, b.ops, b.bytes = append(b.sets, cs), b.ops+ops, b.bytes+bytes
	r.add(b, plan{sub, answer{Committed: Committed{Revision: cs.Revision, Timestamp: cs.Timestamp, Changed: true, Result: result}}})
	b.full = b.full || len(b.sets) == journal.MaxBatch || sub.alone
	return nil
}

// reserve puts a change set in front of cs that reserves its ids, so that its records may be written ahead.
func (r *run) reserve(b *batch, cs *catalog.ChangeSet, spare model.Timestamp) error {
	res := &catalog.ChangeSet{
		Revision: cs.Revision, Epoch: cs.Epoch, Timestamp: spare, NextID: cs.NextID,
		Statement: "Reserve", Sum: b.snap().Fingerprint(),
	}
	snap, err := b.snap().Stage(res)
	if err != nil {
		return errors.NewAssertionErrorWithWrappedErrf(err, "reserve ids")
	}
	b.work, b.reserved, b.sets, b.full = snap.Work(), snap, append(b.sets, res), true
	cs.Revision++
	return nil
}

func (r *run) seal(ctx context.Context, s *catalog.Snapshot, cs *catalog.ChangeSet) error {
	for i := range cs.Changes {
		c := &cs.Changes[i]
		exact, err := codec.Seal(s, c)
		if err != nil {
			return err
		}
		if exact {
			continue
		}
		// Another program wrote that record, with its fields in another order.
		if c.Stored.Before, err = r.read(ctx, c.Stored.Key); err != nil {
			return errs.Unavailable.New(errors.Wrapf(err, "read %s", c.Stored.Key).Error())
		}
	}
	return r.sealLeft(ctx, s, cs)
}

// sealLeft makes a drop remember what leaves with its collection.
func (r *run) sealLeft(ctx context.Context, s *catalog.Snapshot, cs *catalog.ChangeSet) error {
	inexact, err := codec.SealLeft(s, cs)
	if err != nil || len(inexact) == 0 {
		return err
	}
	keys := make([]string, len(inexact))
	for i, at := range inexact {
		keys[i] = cs.Left[at].Key
	}
	ctx, cancel := context.WithTimeout(ctx, readWithin)
	defer cancel()
	found, err := r.Log.ReadAll(ctx, keys)
	if err != nil {
		return errs.Unavailable.New(err.Error())
	}
	for i, at := range inexact {
		cs.Left[at].Before = found[i]
	}
	return nil
}

// readWithin bounds the one read that planning may wait for.
const readWithin = 2 * time.Second

func (r *run) read(ctx context.Context, key string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, readWithin)
	defer cancel()
	return r.Log.Read(ctx, key)
}

func (r *run) add(b *batch, p plan) {
	b.plans = append(b.plans, p)
	if p.sub.RequestID != "" && !p.sub.First {
		r.under[p.sub.RequestID] = p.sub
	}
}

// notUnder takes back what add noted.
func (r *run) notUnder(sub *submission) {
	if sub.RequestID != "" && r.under[sub.RequestID] == sub {
		delete(r.under, sub.RequestID)
	}
}

// repeated deals with a request id that is known already.
func (r *run) repeated(sub *submission) bool {
	if sub.RequestID == "" {
		return false
	}
	if known, ok := r.requests.find(sub.RequestID); ok {
		if known.body != sub.Body {
			sub.done <- answer{err: reused(sub)}
		} else {
			a := answer{known.answer, known.err}
			a.Repeated = true
			sub.done <- a
		}
		return true
	}
	first, ok := r.under[sub.RequestID]
	switch {
	case !ok || first == sub:
		return false
	case first.Body != sub.Body:
		sub.done <- answer{err: reused(sub)}
	default:
		first.also = append(first.also, sub)
	}
	return true
}

func reused(sub *submission) error {
	return errs.Invalid("request id %q was used for another statement", sub.RequestID)
}

// answer tells a submission, and its repetitions, what is certain.
func (r *run) answer(sub *submission, a answer) {
	r.notUnder(sub)
	if half := sub.First && a.Changed; sub.RequestID != "" && !half {
		if !errs.Of(a.err).Retriable && !errors.Is(a.err, ErrStopped) {
			r.requests.remember(sub.RequestID, remembered{sub.Body, a.Committed, withoutStack(a.err)})
		}
	}
	sub.done <- a
	a.Repeated = true
	for _, s := range sub.also {
		r.answer(s, a)
	}
	sub.also = nil
}

// launch sends the next batch on its way.
func (r *run) launch(ctx context.Context) {
	b := r.next
	r.next = r.newBatch(b.snap())
	f := &flight{batch: b, done: make(chan error, 1)}
	r.flying = f
	began := time.Now()
	fly := func() {
		err := r.commit(ctx, b)
		f.took = time.Since(began)
		f.done <- err
	}
	r.lonely++
	if len(b.plans) != 1 || len(r.in) > 0 {
		r.lonely = 0
	}
	if r.lonely > lonelyFrom {
		fly() // there is nothing to plan meanwhile
		return
	}
	go fly()
}

// lonelyFrom is after how many lonely flights the loop commits by itself: a client that is alone is spared two changes of
// goroutines, a fiftieth of its wait. The first other one to come ends that.
const lonelyFrom = 8

// commit runs beside the loop; the Log is its alone until it is done.
func (r *run) commit(ctx context.Context, b *batch) error {
	switch {
	case b.remove != nil:
		return r.Log.Remove(ctx, b.remove.remove)
	case len(b.sets) == 0:
		return nil // only answers that had to wait for the batch before
	}
	sets, bound := b.sets, r.Clock.Bound(b.snap().Timestamp())
	if b.reserved != nil {
		if err := r.Log.Commit(ctx, sets[:1], bound); err != nil {
			return err
		}
		sets, b.reservedDone = sets[1:], true
	}
	return r.Log.Commit(ctx, sets, bound)
}

// land deals with the outcome of the flight. An error ends the run.
func (r *run) land(err error) error {
	r.away.Store(nil)
	f := r.flying
	r.flying = nil
	if r.OnCommit != nil && len(f.sets) > 0 {
		r.OnCommit(Stats{ChangeSets: len(f.sets), Records: f.ops, Took: f.took, Err: err})
	}
	switch {
	case err == nil:
		r.landed(f)
		return nil
	case errors.Is(err, journal.ErrFenced), errors.Is(err, context.Canceled):
		r.failAll(f, err)
		return err
	case f.remove != nil:
		f.remove.done <- answer{err: errors.Mark(err, kvstore.ErrUnavailable)}
	case errors.Is(err, journal.ErrTooLarge) && len(f.sets) > 1 && f.reserved == nil:
		// The store counts in another way than we do. Each of them alone may fit.
		for _, p := range f.plans {
			p.sub.alone = true
			r.held = append(r.held, p.sub)
			r.notUnder(p.sub)
		}
	default:
		for _, p := range f.plans {
			r.answer(p.sub, answer{err: refusal(err)})
		}
	}
	r.replan(f)
	return nil
}

// refusal is what a client sees of a commit that did not land.
func refusal(err error) error {
	if errors.Is(err, journal.ErrTooLarge) {
		return errs.ParameterTooLarge.New(err.Error())
	}
	if errors.Is(err, journal.ErrNotLanded) {
		return errs.Unavailable.New(err.Error())
	}
	return errors.NewAssertionErrorWithWrappedErrf(err, "commit")
}

func (r *run) landed(f *flight) {
	if f.remove != nil {
		f.remove.done <- answer{}
		return
	}
	r.publish(f.snap(), f.sets)
	for _, p := range f.plans {
		r.answer(p.sub, p.answer)
	}
}

// publish makes durable change sets visible.
func (r *run) publish(snap *catalog.Snapshot, sets []*catalog.ChangeSet) {
	if len(sets) == 0 {
		return
	}
	r.Clock.Durable(r.Log.Head().Timestamp)
	if r.Landed != nil {
		r.Landed(snap, sets)
	}
	r.current.Store(snap)
	for _, cs := range sets {
		r.Feed.Publish(cs)
		if r.Published != nil {
			r.Published(cs)
		}
	}
	if oldest, _, _ := r.Log.Sizes().Reach(); oldest > 0 {
		r.requests.forget(oldest, snap.Timestamp())
	}
}

// replan plans anew what was planned on a batch that is not to be.
func (r *run) replan(f *flight) {
	if r.Garbage != nil {
		if keys := r.Log.Leftovers(); len(keys) > 0 {
			r.Garbage(keys)
		}
	}
	if f.reservedDone {
		r.publish(f.reserved, f.sets[:1])
	}
	if f.remove == nil { // a removal changes no Snapshot
		r.replanNext()
	}
}

// replanNext plans anew what the next batch holds.
func (r *run) replanNext() {
	stale := r.next
	base := r.current.Load()
	if r.flying != nil {
		base = r.flying.snap()
	}
	r.next = r.newBatch(base)
	var again []*submission
	for _, p := range stale.plans {
		r.notUnder(p.sub)
		again = append(again, p.sub)
	}
	if stale.remove != nil {
		again = append(again, stale.remove)
	}
	r.held = append(again, r.held...)
}

// stop waits a little for the flight and tells everybody else that nothing was committed.
func (r *run) stop(cause error) error {
	err := cause
	if f := r.flying; f != nil {
		outcome := <-f.done // within Grace: then its context ends
		r.flying = nil
		if outcome == nil {
			r.landed(f)
		} else {
			r.failAll(f, outcome)
		}
	}
	r.failAll(nil, cause)
	return err
}

// failAll ends everything that is planned or held.
func (r *run) failAll(f *flight, cause error) {
	err := errors.Mark(errors.Wrap(cause, "not committed"), ErrStopped)
	fail := func(b *batch) {
		for _, p := range b.plans {
			r.answer(p.sub, answer{err: err})
		}
		if b.remove != nil {
			b.remove.done <- answer{err: err}
		}
	}
	if f != nil {
		fail(f.batch)
	}
	fail(r.next)
	r.next = r.newBatch(r.current.Load())
	for _, sub := range r.held {
		r.answer(sub, answer{err: err})
	}
	r.held = nil
}

func (b *batch) empty() bool { return len(b.plans) == 0 && b.remove == nil }
