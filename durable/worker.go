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

// operationWorker carries one operation a step further.
type operationWorker[TTx any] struct {
	river.WorkerDefaults[operationArgs]

	q *Queue[TTx]
}

// errStale says that another worker has taken the operation over.
var errStale = errors.New("durable: another worker has taken this operation over")

// NextRetry implements river.Worker.
func (w *operationWorker[TTx]) NextRetry(job *river.Job[operationArgs]) time.Time {
	return time.Now().Add(w.q.backoff(job.Attempt))
}

// Work implements river.Worker. It returns nil when nothing is left to do.
func (w *operationWorker[TTx]) Work(ctx context.Context, job *river.Job[operationArgs]) error {
	q := w.q
	s, err := find(ctx, q.db.Pool(), "o.id = $1", job.Args.ID)
	switch {
	case err != nil:
		return err
	case s == nil:
		return river.JobCancel(fmt.Errorf("%w: %q", ErrUnknown, job.Args.ID))
	case s.State == Resolving: // nothing is sent
		return w.report(ctx, job, s, outcome{state: s.decision, result: result{s.ResultID, s.Expires}})
	case s.State != Pending: // the dashboard's Retry, or a job that was replaced
		return nil
	case s.NotBefore.After(q.now()): // the dashboard's Retry
		return river.JobSnooze(s.NotBefore.Sub(q.now()))
	case s.blocked:
		return river.JobSnooze(q.blockedWait(s))
	}
	if job.Attempt > 1 && !s.Doubt {
		// The worker before this one did not report: it may have sent the request.
		if err := q.raiseDoubt(ctx, s); err != nil {
			return err
		}
	}
	return w.report(ctx, job, s, q.try(ctx, s))
}

// report records what is known now, even if the job's time is over.
func (w *operationWorker[TTx]) report(ctx context.Context, job *river.Job[operationArgs], s *Status, o outcome) error {
	q := w.q
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	if o.state == Pending && q.now().Sub(s.Since) >= q.options.GiveUpAfter {
		o.state, o.reason = Review, Unavailable
	}
	if o.state == Pending {
		return w.postpone(ctx, s, o)
	}
	err := w.settle(ctx, job, s, o)
	if err != nil && !errors.Is(err, errStale) {
		q.noteFailure(ctx, s.ID, err)
	}
	return err
}

// raiseDoubt records that a request may have been sent, before another is.
func (q *Queue[TTx]) raiseDoubt(ctx context.Context, s *Status) error {
	rows, err := q.db.Pool().Exec(ctx, `UPDATE afterpay_operations SET doubt = 1 WHERE id = $1 AND state = 'pending'`, s.ID)
	if err == nil && rows == 0 {
		err = errStale
	}
	s.Doubt = true
	return err
}

// postpone records a failed try and snoozes the job, which uses none of River's
// attempts.
func (w *operationWorker[TTx]) postpone(ctx context.Context, s *Status, o outcome) error {
	q := w.q
	wait := q.wait(s, o.err)
	failure, detail := describe(o.err)
	_, err := q.db.Pool().Exec(ctx, `UPDATE afterpay_operations
		SET tries = tries + 1, failure = $2, detail = $3, next_at = $4, doubt = CASE WHEN $5 = 1 THEN 1 ELSE doubt END
		WHERE id = $1 AND state = 'pending'`,
		s.ID, failure, detail, formatTime(q.now().Add(wait)), asInt(o.doubt))
	if err != nil {
		return err
	}
	return river.JobSnooze(wait)
}

// settle records an outcome and reports it to the shop in one transaction, if the
// operation is still in the state it was read in. River completes the job
// afterwards, in a batch: if the process dies before that, the job runs once more
// and finds nothing to do. The job of an operation that goes to review is
// completed here, so that it does not stand in for the job of a Replay.
func (w *operationWorker[TTx]) settle(ctx context.Context, job *river.Job[operationArgs], s *Status, o outcome) error {
	q := w.q
	// A refusal counts only if no other worker may have sent the request since.
	from, doubtAllowed := s.State, 1
	if o.reason == Refused && !s.Doubt {
		doubtAllowed = 0
	}
	s.State, s.Reason, s.ResultID, s.Expires = o.state, o.reason, o.result.id, o.result.expires
	s.Failure, s.Detail = describe(o.err)
	s.Doubt = (o.reason == Undecided || o.reason == Unavailable) && (s.Doubt || o.doubt)
	s.Settled = q.now()
	return q.db.InTx(ctx, func(tx TTx) error {
		rows, err := q.db.Tx(tx).Exec(ctx, `UPDATE afterpay_operations
			SET state = $2, reason = $3, failure = $4, detail = $5, doubt = $6, settled_at = $7, result_id = $8, expires_at = $9
			WHERE id = $1 AND state = $10 AND doubt <= $11`,
			s.ID, string(s.State), string(s.Reason), s.Failure, s.Detail, asInt(s.Doubt), formatTime(s.Settled), s.ResultID,
			formatTime(s.Expires), string(from), doubtAllowed)
		if err != nil {
			return err
		}
		if rows == 0 {
			return q.overtaken(ctx, tx, s)
		}
		if s.State != Review {
			if err := q.options.Settled(ctx, tx, s); err != nil {
				return fmt.Errorf("durable: Settled: %w", err)
			}
			return nil
		}
		_, err = river.JobCompleteTx[riverdriver.Driver[TTx]](ctx, tx, job)
		if errors.Is(err, rivertype.ErrNotFound) {
			return nil // the job was rescued or cancelled; the outcome stands
		}
		return err
	})
}

// overtaken says why an operation could not be settled: nil if it was settled
// before.
func (q *Queue[TTx]) overtaken(ctx context.Context, tx TTx, late *Status) error {
	s, err := find(ctx, q.db.Tx(tx), "o.id = $1", late.ID)
	switch {
	case err != nil || s == nil:
		return err
	case s.State == Pending:
		return errStale
	case s.State != late.State:
		q.logger.WarnContext(ctx, "durable: outcome came after another was recorded",
			"operation", s.ID, "recorded", s.State, "decision", s.decision, "outcome", late.State)
	}
	return nil
}

// noteFailure records why an outcome could not be recorded, such as an error of
// Options.Settled.
func (q *Queue[TTx]) noteFailure(ctx context.Context, id string, err error) {
	_, err = q.db.Pool().Exec(ctx, `UPDATE afterpay_operations SET failure = 'not recorded', detail = $2
		WHERE id = $1 AND state IN ('pending', 'resolving')`, id, err.Error())
	if err != nil {
		q.logger.ErrorContext(ctx, "durable: failure not noted", "operation", id, "error", err)
	}
}

func asInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
