package durable

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"
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
	s, err := q.read(ctx, job.Args.ID)
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
	ctx = context.WithoutCancel(ctx)
	if o.state == Pending && q.now().Sub(s.Since) >= q.options.GiveUpAfter {
		o.state, o.reason = Review, Unavailable
	}
	if o.state == Pending {
		return w.postpone(ctx, s, o)
	}
	err := q.settle(ctx, job, s, o)
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
	ctx, cancel := context.WithTimeout(ctx, databaseTimeout)
	defer cancel()
	_, err := q.db.Pool().Exec(ctx, `UPDATE afterpay_operations
		SET tries = tries + 1, failure = $2, detail = $3, next_at = $4, doubt = CASE WHEN $5 = 1 THEN 1 ELSE doubt END
		WHERE id = $1 AND state = 'pending'`,
		s.ID, failure, detail, formatTime(q.now().Add(wait)), asInt(o.doubt))
	if err != nil {
		return err
	}
	return river.JobSnooze(wait)
}

// noteFailure records why an outcome could not be recorded, such as an error of
// Options.Settled.
func (q *Queue[TTx]) noteFailure(ctx context.Context, id string, err error) {
	ctx, cancel := context.WithTimeout(ctx, databaseTimeout)
	defer cancel()
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
