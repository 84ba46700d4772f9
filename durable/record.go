package durable

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivertype"
)

// recording is an outcome that is to be recorded.
type recording struct {
	ctx    context.Context // has no deadline
	job    *river.Job[operationArgs]
	status *Status // as it shall be
	from   State   // what it was
	// doubted says that the outcome counts although another worker may have sent
	// the request since.
	doubted bool
	stale   bool // it was not recorded, because another worker is at it
}

// databaseTimeout is how long it may take to record what is known of an operation.
const databaseTimeout = 30 * time.Second

// Limits of transactions that outcomes share: nobody waits longer for their locks,
// unless a Settled ignores the end of its context.
const (
	// gatherFor is how long further outcomes are added to one.
	gatherFor = 100 * time.Millisecond
	// togetherTimeout is when it is given up, as is a query for several workers.
	togetherTimeout = time.Second
)

// settle records an outcome and reports it to the shop in one transaction, if the
// operation is still in the state it was read in. River completes the job
// afterwards, in a batch: if the process dies before that, the job runs once more
// and finds nothing to do. Outcomes of about the same time share a transaction; if
// it fails, each is recorded in one of its own.
func (q *Queue[TTx]) settle(ctx context.Context, job *river.Job[operationArgs], s *Status, o outcome) error {
	r := &recording{ctx: ctx, job: job, status: s, from: s.State, doubted: o.reason != Refused || s.Doubt}
	s.State, s.Reason, s.ResultID, s.Expires = o.state, o.reason, o.result.id, o.result.expires
	s.Failure, s.Detail = describe(o.err)
	s.Doubt = (o.reason == Undecided || o.reason == Unavailable) && (s.Doubt || o.doubt)
	s.Settled = q.now()
	if !q.recorder.do(r) {
		ctx, cancel := context.WithTimeout(ctx, databaseTimeout)
		defer cancel()
		if err := q.db.InTx(ctx, func(tx TTx) error { return q.record(ctx, tx, []*recording{r}) }); err != nil {
			return err
		}
	}
	if r.stale {
		return errStale
	}
	return nil
}

// recordTogether records outcomes in one transaction and returns how many.
func (q *Queue[TTx]) recordTogether(all []*recording) int {
	ctx, cancel := context.WithTimeout(context.Background(), togetherTimeout)
	defer cancel()
	done := 0
	err := q.db.InTx(ctx, func(tx TTx) error {
		began := q.options.Now()
		for size := 1; done < len(all) && q.options.Now().Sub(began) < gatherFor; size *= 2 {
			part := all[done:min(done+size, len(all))]
			if err := q.record(ctx, tx, part); err != nil {
				return err
			}
			done += len(part)
		}
		return nil
	})
	if err != nil {
		return 0
	}
	return done
}

// record records outcomes in a transaction, which must not be committed after an
// error.
func (q *Queue[TTx]) record(ctx context.Context, tx TTx, all []*recording) error {
	args := make([][]any, len(all))
	for i, r := range all {
		s := r.status
		args[i] = []any{
			s.ID, string(s.State), string(s.Reason), s.Failure, s.Detail, asInt(s.Doubt), formatTime(s.Settled), s.ResultID,
			formatTime(s.Expires), string(r.from), asInt(r.doubted),
		}
	}
	// Without || '' PostgreSQL may look the row up in the index on state, through all
	// that are pending, if it made its plan while the table was empty.
	changed, err := q.db.Tx(tx).ExecEach(ctx, `UPDATE afterpay_operations
		SET state = $2, reason = $3, failure = $4, detail = $5, doubt = $6, settled_at = $7, result_id = $8, expires_at = $9
		WHERE id = $1 AND state || '' = $10 AND doubt <= $11`, args)
	if err != nil {
		return err
	}
	for i, r := range all {
		if r.stale = false; changed[i] == 0 {
			err = q.overtaken(ctx, tx, r)
		} else {
			err = q.reportTo(ctx, tx, r)
		}
		if err = errors.Join(err, ctx.Err()); err != nil {
			return err
		}
	}
	return nil
}

// reportTo reports an outcome to the shop. The job of an operation that goes to
// review is completed instead, so that it does not stand in for the job of a Replay.
func (q *Queue[TTx]) reportTo(ctx context.Context, tx TTx, r *recording) error {
	deadline, _ := ctx.Deadline()
	ctx, cancel := context.WithDeadline(r.ctx, deadline) // with the values of the job's
	defer cancel()
	if r.status.State != Review {
		told := *r.status // the shop may change it
		if err := q.options.Settled(ctx, tx, &told); err != nil {
			return fmt.Errorf("durable: Settled: %w", err)
		}
		return nil
	}
	_, err := river.JobCompleteTx[riverdriver.Driver[TTx]](ctx, tx, r.job)
	if errors.Is(err, rivertype.ErrNotFound) {
		return nil // the job was rescued or cancelled; the outcome stands
	}
	return err
}

// overtaken finds out why an outcome could not be recorded: the operation was
// settled before, or the outcome is stale.
func (q *Queue[TTx]) overtaken(ctx context.Context, tx TTx, r *recording) error {
	late := r.status
	s, err := find(ctx, q.db.Tx(tx), "o.id = $1", late.ID)
	switch {
	case err != nil || s == nil:
		return err
	case s.State == Pending:
		r.stale = true
	case s.State != late.State:
		q.logger.WarnContext(ctx, "durable: outcome came after another was recorded",
			"operation", s.ID, "recorded", s.State, "decision", s.decision, "outcome", late.State)
	}
	return nil
}
