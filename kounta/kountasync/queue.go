package kountasync

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/riverqueue/river"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/durable"
)

// Service runs a Sync as jobs on River, in any number of processes on one
// database.
type Service[TTx any] struct {
	*Sync

	queue *durable.Queue[TTx]
}

// New returns a service that is not started. The company's zone should be
// Options.Location.
func New[TTx any](db durable.Database[TTx], client *afterpay.Client, company *Company, options Options) (*Service[TTx], error) {
	if company == nil {
		return nil, errors.New("kountasync: a company in Kounta is required")
	}
	return newService(db, client, company, options)
}

func newService[TTx any](db durable.Database[TTx], client *afterpay.Client, t till, options Options) (*Service[TTx], error) {
	if client == nil {
		return nil, errors.New("kountasync: a client of Afterpay is required")
	}
	s, err := newSync(newStore(db), client, t, options)
	if err != nil {
		return nil, err
	}
	queue, err := durable.New(db, client, durable.Options[TTx]{
		Schedules: s.schedules(),
		Alert:     s.alertSchedule,
		Logger:    s.options.Logger,
		Now:       s.options.Now,
		River: func(c *river.Config) {
			c.Queues[passQueue] = river.QueueConfig{MaxWorkers: 1}
			river.AddWorker(c.Workers, &passWorker{s: s})
			c.PeriodicJobs = append(c.PeriodicJobs, river.NewPeriodicJob(river.PeriodicInterval(s.options.Poll),
				func() (river.JobArgs, *river.InsertOpts) { return s.nextPass(), nil }, nil))
		},
	})
	if err != nil {
		return nil, err
	}
	return &Service[TTx]{s, queue}, nil
}

// Migrate creates the tables of River, package durable and this package.
// Several processes may do it at once.
func (s *Service[TTx]) Migrate(ctx context.Context) error {
	return errors.Join(s.queue.Migrate(ctx), s.Sync.Migrate(ctx))
}

// Start starts the jobs of this process, the first pass at once. They stop after
// Stop.
func (s *Service[TTx]) Start(ctx context.Context) error {
	if err := s.queue.Start(ctx); err != nil {
		return err
	}
	_, err := s.queue.River().Insert(ctx, s.nextPass(), nil)
	return err
}

// Stop stops the jobs of this process and waits for the pass that runs, until
// ctx ends.
func (s *Service[TTx]) Stop(ctx context.Context) error { return s.queue.Stop(ctx) }

// River returns River's client, for its dashboard and telemetry.
func (s *Service[TTx]) River() *river.Client[TTx] { return s.queue.River() }

// Runs returns the last reports of a schedule, ScheduleDaily or ScheduleWeekly,
// newest first.
func (s *Service[TTx]) Runs(ctx context.Context, schedule string, limit int) ([]durable.Run, error) {
	return s.queue.Runs(ctx, schedule, limit)
}

const (
	passQueue   = "kounta_sync"
	passTimeout = 5 * time.Minute // what a pass leaves undone, the next one does
)

// passArgs name a span of time of the length of Options.Poll. Each has one pass,
// whichever process asks for it.
type passArgs struct {
	Slot int64 `json:"slot"`
}

func (s *Sync) nextPass() passArgs {
	return passArgs{Slot: time.Now().UnixNano() / int64(s.options.Poll)}
}

// Kind implements river.JobArgs.
func (passArgs) Kind() string { return "kounta_sync_pass" }

// InsertOpts implements river.JobArgsWithInsertOpts.
func (passArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: passQueue, MaxAttempts: 1, UniqueOpts: river.UniqueOpts{ByArgs: true}}
}

type passWorker struct {
	river.WorkerDefaults[passArgs]

	s *Sync
}

// Timeout implements river.Worker.
func (*passWorker) Timeout(*river.Job[passArgs]) time.Duration { return passTimeout }

// Work implements river.Worker.
func (w *passWorker) Work(ctx context.Context, _ *river.Job[passArgs]) error {
	if err := w.s.Pass(ctx); err != nil {
		return fmt.Errorf("kountasync: pass: %w", err)
	}
	return nil
}
