package durable

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// ErrNotInReview says that only an operation in review can be replayed or
// resolved.
var ErrNotInReview = errors.New("durable: operation is not in review")

// Replay puts an operation in review back to pending, once its cause is fixed.
// by names the person, for the history. The operation is sent with the same
// request id, and looked up first if it was decided more than 23 hours ago, so
// replaying cannot move money twice.
func (q *Queue[TTx]) Replay(ctx context.Context, id, by string) error {
	return q.leaveReview(ctx, id, Pending, "", by, "replay")
}

// Resolve records a person's decision about an operation in review: Succeeded or
// Rejected. by names the person and note says how they know, for the history.
//
// Nothing is sent to Afterpay. The operation is Resolving until a worker of any
// process calls Options.Settled in the transaction that records the outcome, so
// Resolve may be called by a program that has no Settled, such as afterpay jobs.
// If Settled fails it is called again later.
func (q *Queue[TTx]) Resolve(ctx context.Context, id string, state State, by, note string) error {
	if state != Succeeded && state != Rejected {
		return fmt.Errorf("durable: resolve %q: state must be %s or %s", id, Succeeded, Rejected)
	}
	if note == "" {
		return fmt.Errorf("durable: resolve %q: a note is required", id)
	}
	return q.leaveReview(ctx, id, Resolving, state, by, "resolve as "+string(state)+": "+note)
}

// leaveReview moves an operation in review to a state, and gives it a job in the
// same transaction.
func (q *Queue[TTx]) leaveReview(ctx context.Context, id string, to, decision State, by, what string) error {
	if by == "" {
		return fmt.Errorf("durable: %q: the name of the person who decides is required", id)
	}
	err := q.db.InTx(ctx, func(tx TTx) error {
		c := q.db.Tx(tx)
		// The update locks the row against a second person.
		rows, err := c.Exec(ctx, `UPDATE afterpay_operations SET alerted = '' WHERE id = $1 AND state = 'review'`, id)
		if err != nil {
			return err
		}
		s, err := find(ctx, c, "o.id = $1", id)
		switch {
		case err != nil:
			return err
		case s == nil:
			return ErrUnknown
		case rows == 0:
			return ErrNotInReview
		}
		now := formatTime(q.now())
		line := fmt.Sprintf("%s %s: %s (it was %s: %s)\n", now, oneLine(by), oneLine(what), s.Reason, oneLine(s.Detail))
		_, err = c.Exec(ctx, `UPDATE afterpay_operations
			SET state = $2, decision = $3, reason = '', failure = '', detail = '', doubt = 1, tries = 0,
				since = $4, next_at = $4, settled_at = '', history = history || $5
			WHERE id = $1`, id, string(to), string(decision), now, line)
		if err != nil {
			return err
		}
		_, err = q.river.InsertTx(ctx, tx, operationArgs{id}, nil)
		return err
	})
	if err != nil {
		return fmt.Errorf("durable: %q: %w", id, err)
	}
	return nil
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
