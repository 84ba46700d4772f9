package durable

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/riverqueue/river"

	"github.com/afterpay-go/afterpay"
)

// Queue enqueues operations and, once started, carries them out. Any number of
// processes may have a Queue on the same database. It is safe for concurrent use.
type Queue[TTx any] struct {
	db      Database[TTx]
	client  *afterpay.Client
	options Options[TTx]
	logger  *slog.Logger
	river   *river.Client[TTx]

	reader   together[*reading]
	recorder together[*recording]

	relayPause time.Duration
	relayEnded atomic.Value // the channel that the relay of the last Start closes
}

// New returns a queue on a database. The queue retries by itself, so the client
// should attempt a call once: afterpay.WithRetry(afterpay.RetryPolicy{}).
func New[TTx any](db Database[TTx], client *afterpay.Client, options Options[TTx]) (*Queue[TTx], error) {
	if client == nil {
		return nil, errors.New("durable: a client is required")
	}
	options.fill()
	if err := checkSchedules(options.Schedules); err != nil {
		return nil, err
	}
	q := &Queue[TTx]{db: db, client: client, options: options, logger: options.Logger}
	q.reader.run, q.reader.pause = q.readTogether, 2*time.Millisecond // a fetch starts many jobs at once
	q.recorder.run, q.recorder.pause = q.recordTogether, 10*time.Millisecond
	config := q.config()
	q.relayPause = cmp.Or(config.FetchCooldown, river.FetchCooldownDefault)
	var err error
	if q.river, err = river.NewClient(db.Driver(), config); err != nil {
		return nil, fmt.Errorf("durable: %w", err)
	}
	return q, nil
}

// Start starts the workers of this process, and what gives new operations their
// jobs. They stop after Stop, or when ctx ends; calls that are being made are
// finished, for up to 3 minutes.
func (q *Queue[TTx]) Start(ctx context.Context) error {
	if err := q.river.Start(ctx); err != nil {
		return err
	}
	stopped, ended := q.river.Stopped(), make(chan struct{})
	go func() {
		defer close(ended)
		q.relay(ctx, stopped)
	}()
	q.relayEnded.Store(ended)
	return nil
}

// Stop stops the workers and waits for the calls that are being made, until ctx
// ends.
func (q *Queue[TTx]) Stop(ctx context.Context) error {
	if err := q.river.Stop(ctx); err != nil {
		return err
	}
	ended, started := q.relayEnded.Load().(chan struct{})
	if !started {
		return nil
	}
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// River returns River's client, for its dashboard and telemetry. Only [Queue.Start]
// starts it together with what gives new operations their jobs. Jobs may be
// retried, cancelled and deleted in the dashboard without harm: an operation
// that is settled is not repeated, and one that is pending gets a new job.
func (q *Queue[TTx]) River() *river.Client[TTx] { return q.river }

func (q *Queue[TTx]) now() time.Time { return q.options.Now().UTC().Truncate(time.Microsecond) }
