package durable

import (
	"context"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
)

// Options are the settings of a Queue. The zero value is usable.
type Options[TTx any] struct {
	// Settled is called by a worker in the transaction that records an outcome:
	// Succeeded or Rejected, by Afterpay or by a person's Resolve. The outcome is
	// recorded only if it returns nil. It must use tx for its own changes and for
	// further operations, and must neither commit it nor roll it back: operations
	// whose outcomes come at the same time share it, one after the other, with its
	// locks and its settings. If it fails for one of them, or takes a second, all
	// that was done in tx is undone and Settled is called again for each in a
	// transaction of its own, with 30 s; one that fails there is tried again later.
	// Every process that calls Start needs the same Settled.
	Settled func(ctx context.Context, tx TTx, s *Status) error
	// Alert is called at least once for each thing that a person should know,
	// by one of the processes, within Tick.
	Alert func(ctx context.Context, a Alert)

	// Workers is how many operations a process works on at once; 16 if it is 0.
	Workers int
	// MinWait and MaxWait bound the wait after a failed try, which doubles from
	// one try to the next; 1 s and 5 min if they are 0. A longer wait that the
	// service asks for is kept.
	MinWait, MaxWait time.Duration
	// GiveUpAfter is how long an operation may stay without an outcome before it
	// goes to review; 72 h if it is 0.
	GiveUpAfter time.Duration
	// Lookup is how long a void or reversal is looked for before it counts as
	// not done, as afterpay.Timeouts.Lookup is for the other kinds; 70 s if it
	// is 0.
	Lookup time.Duration

	// Tick is how often alerts are raised, lost jobs replaced and schedules
	// started; 1 min if it is 0.
	Tick time.Duration
	// Overdue is the age at which a pending operation raises an alert; 1 h if it
	// is 0.
	Overdue time.Duration
	// Expiring says what to do about authorizations that are about to expire.
	Expiring ExpiryPolicy
	// Schedules are run at their times of day, and caught up with if no process
	// ran then.
	Schedules []Schedule

	// Logger is for River's messages and this package's; nil means
	// slog.Default.
	Logger *slog.Logger
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// River changes the configuration of River's client: plugins such as
	// otelriver, other workers and queues of the shop, a schema. A database
	// should have one kind of River client, because the one elected leader
	// discards stuck jobs of kinds that it does not know.
	River func(*river.Config)
}

// Time limits of River. A money call takes up to 70 seconds and a look-up as
// long again.
const (
	jobTimeout  = 3 * time.Minute
	rescueAfter = 4 * time.Minute
)

func orDefault[T comparable](v *T, value T) {
	if *v == *new(T) {
		*v = value
	}
}

func (o *Options[TTx]) fill() {
	orDefault(&o.Workers, 16)
	orDefault(&o.MinWait, time.Second)
	orDefault(&o.MaxWait, 5*time.Minute)
	orDefault(&o.GiveUpAfter, 72*time.Hour)
	orDefault(&o.Lookup, 70*time.Second)
	orDefault(&o.Tick, time.Minute)
	orDefault(&o.Overdue, time.Hour)
	if o.Settled == nil {
		o.Settled = func(context.Context, TTx, *Status) error { return nil }
	}
	if o.Alert == nil {
		o.Alert = func(context.Context, Alert) {}
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
}

// config returns the configuration of River's client.
func (q *Queue[TTx]) config() *river.Config {
	c := &river.Config{
		Logger:               q.logger,
		Workers:              river.NewWorkers(),
		Queues:               map[string]river.QueueConfig{queueName: {MaxWorkers: q.options.Workers}, scheduleQueue: {MaxWorkers: 4}},
		JobTimeout:           jobTimeout,
		RescueStuckJobsAfter: rescueAfter,
		SoftStopTimeout:      jobTimeout,
		FetchPollInterval:    200 * time.Millisecond,
		PeriodicJobs:         []*river.PeriodicJob{q.periodicTick()},
	}
	river.AddWorker(c.Workers, &operationWorker[TTx]{q: q})
	river.AddWorker(c.Workers, &tickWorker[TTx]{q: q})
	river.AddWorker(c.Workers, &scheduleWorker[TTx]{q: q})
	if q.options.River != nil {
		q.options.River(c)
	}
	return c
}
