package kountasync

import (
	"context"
	"errors"
	"time"
)

// once is a POST that must take effect once, although Kounta has no idempotency
// keys, responses are lost, reads lag and processes die.
//
// The phase "sending" is committed before the request. A later try that finds
// it waits until the request has ended and reads show its effect, looks, and
// only then sends again.
type once struct {
	row   row
	phase phase
	sent  time.Time
	// look reports whether the effect is in Kounta.
	look func(ctx context.Context) (id int64, found bool, err error)
	// lookFirst also looks before the first request, because others may have
	// had the same effect.
	lookFirst bool
	// prepare, if not nil, does what must come before the request.
	prepare func(ctx context.Context) (wait time.Duration, err error)
	post    func(ctx context.Context) (id int64, err error)
	// posted records the success.
	posted func(ctx context.Context, id int64) error
}

// row names a row of a table that has a phase.
type row struct{ table, column, key string }

// claim commits the phase "sending" if the row is still as it was read. It
// reports false if another process was faster.
func (s *store) claim(ctx context.Context, r row, was phase, sent, now time.Time) (bool, error) {
	rows, err := s.conn.Exec(ctx, `UPDATE `+r.table+` SET phase = 'sending', sent_at = $1
		WHERE `+r.column+` = $2 AND phase = $3 AND sent_at = $4`, formatTime(now), r.key, string(was), formatTime(sent))
	return rows > 0, err
}

// release returns a row whose request was certainly not carried out.
func (s *store) release(ctx context.Context, r row, sent time.Time) error {
	_, err := s.conn.Exec(ctx, `UPDATE `+r.table+` SET phase = 'planned'
		WHERE `+r.column+` = $1 AND phase = 'sending' AND sent_at = $2`, r.key, formatTime(sent))
	return err
}

// do returns how long to wait if the effect is not certain yet.
func (s *Sync) do(ctx context.Context, o *once) (wait time.Duration, err error) {
	if o.phase == phaseSending {
		if wait := s.options.Settle - s.now().Sub(o.sent); wait > 0 {
			return wait, nil
		}
	}
	if o.phase == phaseSending || o.lookFirst {
		id, found, err := o.look(ctx)
		if err != nil {
			return 0, err
		}
		if found {
			return 0, o.posted(ctx, id)
		}
	}
	if o.prepare != nil {
		if wait, err := o.prepare(ctx); err != nil || wait > 0 {
			return wait, err
		}
	}
	claimed := s.now()
	mine, err := s.store.claim(ctx, o.row, o.phase, o.sent, claimed)
	if err != nil {
		return 0, err
	}
	// A process that was suspended here must not send: another one looks after
	// Settle, and what is sent now would reach Kounta after that.
	if !mine || s.now().Sub(claimed) > s.postLimit() {
		return s.options.Settle, nil
	}
	limited, cancel := context.WithTimeout(ctx, s.postLimit())
	defer cancel()
	id, err := o.post(limited)
	switch {
	case err == nil:
		return 0, o.posted(context.WithoutCancel(ctx), id)
	case errors.Is(err, errNotDone):
		return 0, errors.Join(err, s.store.release(ctx, o.row, claimed))
	}
	return s.options.Settle, err
}

// postLimit bounds a POST, so that it has ended, and reads have caught up, when
// Settle is over.
func (s *Sync) postLimit() time.Duration { return s.options.Settle / 3 }
