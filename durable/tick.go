package durable

import (
	"context"
	"errors"
	"time"

	"github.com/riverqueue/river"
)

// tickArgs name a span of time of the length of Options.Tick. Each has one job,
// whichever process is River's leader.
type tickArgs struct {
	Slot int64 `json:"slot"`
}

// Kind implements river.JobArgs.
func (tickArgs) Kind() string { return "afterpay_tick" }

// InsertOpts implements river.JobArgsWithInsertOpts. Ticks come last, so that many
// of them on a slow machine do not hold schedules up.
func (tickArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: scheduleQueue, MaxAttempts: 1, Priority: 4, UniqueOpts: river.UniqueOpts{ByArgs: true}}
}

// periodicTick also ticks when a process becomes leader, because River counts
// intervals in memory.
func (q *Queue[TTx]) periodicTick() *river.PeriodicJob {
	return river.NewPeriodicJob(river.PeriodicInterval(q.options.Tick), func() (river.JobArgs, *river.InsertOpts) {
		return tickArgs{Slot: time.Now().UnixNano() / int64(q.options.Tick)}, nil
	}, &river.PeriodicJobOpts{RunOnStart: true})
}

// tickWorker does what has to be done from time to time.
type tickWorker[TTx any] struct {
	river.WorkerDefaults[tickArgs]

	q *Queue[TTx]
}

// Work implements river.Worker.
func (w *tickWorker[TTx]) Work(ctx context.Context, _ *river.Job[tickArgs]) error {
	return w.q.tick(ctx)
}

func (q *Queue[TTx]) tick(ctx context.Context) error {
	return errors.Join(q.sweep(ctx), q.alertOperations(ctx), q.alertExpiring(ctx), q.startSchedules(ctx))
}

// sweepAfter is how long after its next try was due an operation may have lost
// its job.
const sweepAfter = time.Minute

// sweep gives a new job to every pending or resolving operation that has lost its
// own, because it was deleted, cancelled or discarded. Operations that wait for an
// earlier one are left for later: their jobs may be many, and are being worked on.
func (q *Queue[TTx]) sweep(ctx context.Context) error {
	for after := int64(0); ; {
		page, err := list(ctx, q.db.Pool(), `o.seq > $1 AND o.next_at < $2 AND o.has_job = 1
			AND (o.state = 'resolving' OR o.state = 'pending' AND NOT `+isBlocked+`) ORDER BY o.seq LIMIT $3`,
			after, formatTime(q.now().Add(-sweepAfter)), pageSize)
		if err != nil || len(page) == 0 {
			return err
		}
		after = page[len(page)-1].seq
		if err := q.db.InTx(ctx, func(tx TTx) error { return q.replaceJobs(ctx, tx, page) }); err != nil {
			return err
		}
	}
}

// replaceJobs inserts a job for each operation. River skips those whose job is
// alive.
func (q *Queue[TTx]) replaceJobs(ctx context.Context, tx TTx, page []*Status) error {
	params := make([]river.InsertManyParams, len(page))
	for i, s := range page {
		params[i].Args = operationArgs{s.ID}
	}
	results, err := q.river.InsertManyTx(ctx, tx, params)
	if err != nil {
		return err
	}
	for i, r := range results {
		if r.UniqueSkippedAsDuplicate {
			continue
		}
		// The job that is gone may have sent the request.
		rows, err := q.db.Tx(tx).Exec(ctx, `UPDATE afterpay_operations SET doubt = 1 WHERE id = $1 AND state IN ('pending', 'resolving')`, page[i].ID)
		if err != nil {
			return err
		}
		if rows == 0 {
			continue // it was settled since the page was read
		}
		q.logger.WarnContext(ctx, "durable: operation had lost its job and got a new one", "operation", page[i].ID)
	}
	return nil
}
