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
	return q.leaveReview(ctx, id, by, "replay", func(tx TTx, s *Status, line string) error {
		now := formatTime(q.now())
		_, err := q.db.Tx(tx).Exec(ctx, `UPDATE afterpay_operations
			SET state = 'pending', reason = '', doubt = 1, tries = 0, since = $2, next_at = $2, settled_at = '', alerted = '',
				history = history || $3
			WHERE id = $1`, id, now, line)
		if err != nil {
			return err
		}
		_, err = q.river.InsertTx(ctx, tx, operationArgs{id}, nil)
		return err
	})
}

// Resolve settles an operation in review on a person's word, Succeeded or
// Rejected, and calls Options.Settled. Nothing is sent. by names the person and
// note says how they know, for the history.
func (q *Queue[TTx]) Resolve(ctx context.Context, id string, state State, by, note string) error {
	if state != Succeeded && state != Rejected {
		return fmt.Errorf("durable: resolve %q: state must be %s or %s", id, Succeeded, Rejected)
	}
	if note == "" {
		return fmt.Errorf("durable: resolve %q: a note is required", id)
	}
	return q.leaveReview(ctx, id, by, "resolve as "+string(state)+": "+note, func(tx TTx, s *Status, line string) error {
		s.State, s.Reason, s.Doubt, s.Settled, s.History = state, "", false, q.now(), s.History+line
		_, err := q.db.Tx(tx).Exec(ctx, `UPDATE afterpay_operations
			SET state = $2, reason = '', doubt = 0, settled_at = $3, history = history || $4 WHERE id = $1`,
			id, string(state), formatTime(s.Settled), line)
		if err != nil {
			return err
		}
		return q.options.Settled(ctx, tx, s)
	})
}

// leaveReview runs change in a transaction that holds an operation in review.
func (q *Queue[TTx]) leaveReview(ctx context.Context, id, by, what string, change func(tx TTx, s *Status, line string) error) error {
	if by == "" {
		return fmt.Errorf("durable: %q: the name of the person who decides is required", id)
	}
	line := fmt.Sprintf("%s %s: %s\n", formatTime(q.now()), oneLine(by), oneLine(what))
	err := q.db.InTx(ctx, func(tx TTx) error {
		// The update locks the row against a second person.
		rows, err := q.db.Tx(tx).Exec(ctx, `UPDATE afterpay_operations SET alerted = '' WHERE id = $1 AND state = 'review'`, id)
		if err != nil {
			return err
		}
		s, err := find(ctx, q.db.Tx(tx), "o.id = $1", id)
		switch {
		case err != nil:
			return err
		case s == nil:
			return ErrUnknown
		case rows == 0:
			return ErrNotInReview
		}
		return change(tx, s, line)
	})
	if err != nil {
		return fmt.Errorf("durable: %q: %w", id, err)
	}
	return nil
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
