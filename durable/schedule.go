package durable

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"
)

// Schedule is something to run once a day, such as a reconciliation. A Queue
// whose processes were down catches up, day by day.
type Schedule struct {
	// Name identifies the schedule in the table of its runs; it must not change.
	Name string
	// At is the time of day, as the time since midnight; Location is where, UTC
	// if nil.
	At       time.Duration
	Location *time.Location
	// Run works on what happened from one time of day to the next and returns a
	// report, which is kept. It may be called again for the same span, after an
	// error or a crash. The first span ends at the first time of day after the
	// schedule was added.
	Run func(ctx context.Context, from, to time.Time) (report string, err error)
}

func checkSchedules(schedules []Schedule) error {
	names := make(map[string]bool)
	for _, s := range schedules {
		switch {
		case s.Name == "" || names[s.Name]:
			return fmt.Errorf("durable: schedule %q: name is missing or not unique", s.Name)
		case s.Run == nil:
			return fmt.Errorf("durable: schedule %q: Run is required", s.Name)
		case s.At < 0 || s.At >= 24*time.Hour:
			return fmt.Errorf("durable: schedule %q: At must be within a day", s.Name)
		}
		names[s.Name] = true
	}
	return nil
}

// onDay returns the schedule's time on a day.
func (s *Schedule) onDay(year int, month time.Month, day int) time.Time {
	location := s.Location
	if location == nil {
		location = time.UTC
	}
	return time.Date(year, month, day, 0, 0, int(s.At/time.Second), 0, location)
}

// after returns the first time of the schedule after t.
func (s *Schedule) after(t time.Time) time.Time {
	year, month, day := t.In(s.onDay(2000, 1, 1).Location()).Date()
	for ; ; day++ {
		if at := s.onDay(year, month, day); at.After(t) {
			return at
		}
	}
}

// before returns the last time of the schedule that is not after t.
func (s *Schedule) before(t time.Time) time.Time {
	year, month, day := t.In(s.onDay(2000, 1, 1).Location()).Date()
	for ; ; day-- {
		if at := s.onDay(year, month, day); !at.After(t) {
			return at
		}
	}
}

const scheduleQueue = "afterpay_schedules"

// scheduleArgs name a schedule. Each has at most one live job.
type scheduleArgs struct {
	Name string `json:"name"`
}

// Kind implements river.JobArgs.
func (scheduleArgs) Kind() string { return "afterpay_schedule" }

// InsertOpts implements river.JobArgsWithInsertOpts.
func (scheduleArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: scheduleQueue, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: live}}
}

// startSchedules inserts a job for every schedule that is due.
func (q *Queue[TTx]) startSchedules(ctx context.Context) error {
	var failures []error
	for i := range q.options.Schedules {
		s := &q.options.Schedules[i]
		done, err := q.watermark(ctx, s)
		if err == nil && !s.after(done).After(q.now()) {
			err = q.db.InTx(ctx, func(tx TTx) error {
				_, err := q.river.InsertTx(ctx, tx, scheduleArgs{s.Name}, nil)
				return err
			})
		}
		failures = append(failures, err)
	}
	return errors.Join(failures...)
}

// watermark returns the end of the last span that a schedule has worked on. A
// new schedule starts with the span that is now under way.
func (q *Queue[TTx]) watermark(ctx context.Context, s *Schedule) (time.Time, error) {
	runs, err := q.Runs(ctx, s.Name, 1)
	if err != nil {
		return time.Time{}, err
	}
	if len(runs) > 0 {
		return runs[0].Until, nil
	}
	start := s.before(q.now())
	return start, q.recordRun(ctx, s.Name, start, "schedule added")
}

func (q *Queue[TTx]) recordRun(ctx context.Context, name string, until time.Time, report string) error {
	_, err := q.db.Pool().Exec(ctx, `INSERT INTO afterpay_schedule_runs (name, until, finished_at, report)
		VALUES ($1, $2, $3, $4) ON CONFLICT (name, until) DO NOTHING`, name, formatTime(until), formatTime(q.now()), report)
	return err
}

// Run is a finished run of a schedule.
type Run struct {
	Until    time.Time // end of the span it worked on
	Finished time.Time
	Report   string
}

// Runs returns the last runs of a schedule, newest first.
func (q *Queue[TTx]) Runs(ctx context.Context, name string, limit int) ([]Run, error) {
	var runs []Run
	err := q.db.Pool().Query(ctx, `SELECT until, finished_at, report FROM afterpay_schedule_runs
		WHERE name = $1 ORDER BY until DESC LIMIT $2`, []any{name, limit}, func(scan func(...any) error) error {
		var r Run
		var until, finished string
		if err := scan(&until, &finished, &r.Report); err != nil {
			return err
		}
		var err1, err2 error
		r.Until, err1 = parseTime(until)
		r.Finished, err2 = parseTime(finished)
		runs = append(runs, r)
		return errors.Join(err1, err2)
	})
	return runs, err
}

// scheduleWorker runs a schedule until it has caught up.
type scheduleWorker[TTx any] struct {
	river.WorkerDefaults[scheduleArgs]

	q *Queue[TTx]
}

// scheduleTimeout bounds a schedule's job. What it leaves undone, the next one
// does.
const scheduleTimeout = 6 * time.Hour

// Timeout implements river.Worker.
func (w *scheduleWorker[TTx]) Timeout(*river.Job[scheduleArgs]) time.Duration { return scheduleTimeout }

// NextRetry implements river.Worker.
func (w *scheduleWorker[TTx]) NextRetry(job *river.Job[scheduleArgs]) time.Time {
	return time.Now().Add(w.q.backoff(job.Attempt))
}

// Work implements river.Worker.
func (w *scheduleWorker[TTx]) Work(ctx context.Context, job *river.Job[scheduleArgs]) error {
	q := w.q
	for i := range q.options.Schedules {
		s := &q.options.Schedules[i]
		if s.Name != job.Args.Name {
			continue
		}
		err := q.catchUp(ctx, s)
		if err != nil {
			q.options.Alert(ctx, Alert{Kind: AlertSchedule, Text: fmt.Sprintf("schedule %q failed: %v", s.Name, err)})
		}
		return err
	}
	return river.JobCancel(fmt.Errorf("durable: unknown schedule %q", job.Args.Name))
}

func (q *Queue[TTx]) catchUp(ctx context.Context, s *Schedule) error {
	from, err := q.watermark(ctx, s)
	for err == nil {
		to := s.after(from)
		if to.After(q.now()) {
			return nil
		}
		var report string
		if report, err = s.Run(ctx, from, to); err == nil {
			err = q.recordRun(ctx, s.Name, to, report)
		}
		from = to
	}
	return err
}
