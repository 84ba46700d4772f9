package durable

import (
	"context"
	"errors"
	"fmt"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"
)

// ErrUnknown says that there is no operation with the given id.
var ErrUnknown = errors.New("durable: unknown operation")

// queueName is River's queue for the jobs of this package.
const queueName = "afterpay"

// operationArgs are the arguments of an operation's job. The dashboard shows
// them, so they hold the id and nothing else: tokens are secrets.
type operationArgs struct {
	ID string `json:"id"`
}

// Kind implements river.JobArgs.
func (operationArgs) Kind() string { return "afterpay_operation" }

// live are the states of jobs that will run. An operation has at most one job in
// them.
var live = []rivertype.JobState{
	rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable,
	rivertype.JobStateRunning, rivertype.JobStateScheduled,
}

// InsertOpts implements river.JobArgsWithInsertOpts.
func (operationArgs) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: queueName, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: live}}
}

// EnqueueTx records an operation in a transaction of the shop's: it exists if the
// transaction is committed. It sends nothing. A process that was started gives it a
// job of River's soon after the commit.
//
// Enqueueing the same operation again changes nothing and returns what has
// become of the first, with created false. Errors: ErrConflict when the id was
// used for an operation with other content; an *afterpay.Error of kind
// afterpay.ErrInvalid with the invalid fields; and those of the database, after
// which the transaction should be rolled back.
func (q *Queue[TTx]) EnqueueTx(ctx context.Context, tx TTx, op Operation) (s *Status, created bool, err error) {
	if err := op.check(); err != nil {
		return nil, false, err
	}
	content, err := op.encode()
	if err != nil {
		return nil, false, fmt.Errorf("durable: enqueue: %w", err)
	}
	now := q.now()
	due := now
	if op.NotBefore.After(now) {
		due = op.NotBefore
	}
	c := q.db.Tx(tx)
	rows, err := c.Exec(ctx, `INSERT INTO afterpay_operations (id, kind, payment, content, state, decided_at, since, next_at, has_job)
		VALUES ($1, $2, $3, $4, 'pending', $5, $6, $6, 0) ON CONFLICT (id) DO NOTHING`,
		op.ID, string(op.Kind), op.payment(), content, formatTime(now), formatTime(due))
	if err != nil {
		return nil, false, fmt.Errorf("durable: enqueue: %w", err)
	}
	if rows == 0 {
		s, err := q.first(ctx, c, op.ID, content)
		return s, false, err
	}
	return &Status{Operation: op, State: Pending, Decided: now, Since: due, Next: due}, true, nil
}

// first returns the operation that an id was used for, if it has the content.
func (q *Queue[TTx]) first(ctx context.Context, c Conn, id, content string) (*Status, error) {
	s, err := find(ctx, c, "o.id = $1", id)
	if err != nil {
		return nil, fmt.Errorf("durable: enqueue: %w", err)
	}
	if s == nil { // committed after this transaction's snapshot was taken
		return nil, fmt.Errorf("durable: enqueue: operation %q was enqueued concurrently; try again", id)
	}
	stored, err := s.encode()
	if err != nil {
		return nil, fmt.Errorf("durable: enqueue: %w", err)
	}
	if stored != content {
		return nil, fmt.Errorf("%w: %q", ErrConflict, id)
	}
	return s, nil
}
