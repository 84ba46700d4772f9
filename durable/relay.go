package durable

import (
	"context"
	"time"

	"github.com/riverqueue/river"
)

// relay gives jobs to operations that were enqueued, until River has stopped. To
// insert many jobs at once costs River little, while one in each transaction of the
// shop's would take longer than everything else in it.
func (q *Queue[TTx]) relay(ctx context.Context, stopped <-chan struct{}) {
	for {
		wait := q.relayPause
		more, err := q.relayPage(ctx)
		switch {
		case err != nil && ctx.Err() == nil:
			q.logger.WarnContext(ctx, "durable: operations wait for their jobs", "error", err)
			wait = max(wait, relayRetry)
		case more:
			wait = 0
		}
		select {
		case <-ctx.Done():
			return
		case <-stopped:
			return
		case <-time.After(wait):
		}
	}
}

// relayRetry is how long the relay waits after an error.
const relayRetry = time.Second

// relayLocks keep a process that is suspended, or cut off, from holding up the
// others: they pass over its rows, and the database ends its transaction.
// SQLite needs neither: one transaction at a time writes.
var relayLocks = map[Dialect]struct{ skip, limit string }{
	PostgreSQL: {"FOR UPDATE SKIP LOCKED", "SET LOCAL idle_in_transaction_session_timeout = '30s'"},
}

// relayPage gives jobs to the operations that wait for one, and reports whether there
// may be more of them.
func (q *Queue[TTx]) relayPage(ctx context.Context) (more bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, databaseTimeout)
	defer cancel()
	var waiting []river.InsertManyParams
	found := func(scan func(...any) error) error {
		var id, decided, next string
		if err := scan(&id, &decided, &next); err != nil {
			return err
		}
		opts := &river.InsertOpts{}
		var err error
		if next > decided { // NotBefore; otherwise at once, whatever the clocks of the machines say
			opts.ScheduledAt, err = parseTime(next)
		}
		waiting = append(waiting, river.InsertManyParams{Args: operationArgs{id}, InsertOpts: opts})
		return err
	}
	// Mostly there are none, which takes no transaction to see.
	err = q.db.Pool().Query(ctx, "SELECT id, decided_at, next_at FROM afterpay_operations WHERE has_job = 0 ORDER BY seq LIMIT 1", nil, found)
	if err != nil || len(waiting) == 0 {
		return false, err
	}
	err = q.db.InTx(ctx, func(tx TTx) error {
		waiting = nil
		c, locks := q.db.Tx(tx), relayLocks[q.db.Dialect()]
		if locks.limit != "" {
			if _, err := c.Exec(ctx, locks.limit); err != nil {
				return err
			}
		}
		err := c.Query(ctx, `WITH page AS MATERIALIZED (SELECT seq FROM afterpay_operations WHERE has_job = 0 ORDER BY seq LIMIT $1 `+locks.skip+`)
			UPDATE afterpay_operations SET has_job = 1 WHERE seq IN (SELECT seq FROM page) RETURNING id, decided_at, next_at`, []any{pageSize}, found)
		if err != nil || len(waiting) == 0 {
			return err
		}
		_, err = q.river.InsertManyTx(ctx, tx, waiting)
		return err
	})
	return err == nil && len(waiting) == pageSize, err
}
