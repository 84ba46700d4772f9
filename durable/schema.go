package durable

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/riverqueue/river/rivermigrate"
)

// migrations are the steps that lead from an empty database to the tables of
// this package. A step never changes; new ones are appended. {seq} is the
// dialect's column type for a number that grows with each row. Times are text in
// UTC of fixed width and amounts are part of content, so that both databases hold
// the same.
var migrations = []string{`
CREATE TABLE IF NOT EXISTS afterpay_operations (
	seq        {seq},
	id         TEXT NOT NULL UNIQUE,
	kind       TEXT NOT NULL,
	payment    TEXT NOT NULL,
	content    TEXT NOT NULL,
	state      TEXT NOT NULL,
	reason     TEXT NOT NULL DEFAULT '',
	failure    TEXT NOT NULL DEFAULT '',
	detail     TEXT NOT NULL DEFAULT '',
	doubt      INTEGER NOT NULL DEFAULT 0,
	tries      INTEGER NOT NULL DEFAULT 0,
	decided_at TEXT NOT NULL,
	since      TEXT NOT NULL,
	next_at    TEXT NOT NULL,
	settled_at TEXT NOT NULL DEFAULT '',
	result_id  TEXT NOT NULL DEFAULT '',
	expires_at TEXT NOT NULL DEFAULT '',
	alerted    TEXT NOT NULL DEFAULT '',
	history    TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS afterpay_operations_payment ON afterpay_operations (payment, seq);
CREATE INDEX IF NOT EXISTS afterpay_operations_state ON afterpay_operations (state, settled_at);
CREATE INDEX IF NOT EXISTS afterpay_operations_expires ON afterpay_operations (expires_at) WHERE expires_at <> '';
CREATE TABLE IF NOT EXISTS afterpay_schedule_runs (
	name        TEXT NOT NULL,
	until       TEXT NOT NULL,
	finished_at TEXT NOT NULL,
	report      TEXT NOT NULL,
	PRIMARY KEY (name, until)
)`,
	`ALTER TABLE afterpay_operations ADD COLUMN decision TEXT NOT NULL DEFAULT ''`,
	`ALTER TABLE afterpay_operations ADD COLUMN has_job INTEGER NOT NULL DEFAULT 1;
CREATE INDEX afterpay_operations_new ON afterpay_operations (seq) WHERE has_job = 0`,
}

var seqTypes = map[Dialect]string{
	PostgreSQL: "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
	SQLite:     "INTEGER PRIMARY KEY AUTOINCREMENT",
}

const migrateTries = 20

// Migrate creates or updates River's tables and those of this package. Several
// processes may do it at once.
func (q *Queue[TTx]) Migrate(ctx context.Context) error {
	migrator, err := rivermigrate.New(q.db.Driver(), &rivermigrate.Config{Logger: q.logger})
	if err != nil {
		return fmt.Errorf("durable: migrate: %w", err)
	}
	// River's migrations fail when two processes run them at once, and SQLite has
	// no lock that spans several transactions: the loser tries again.
	for try := 1; ; try++ {
		err = q.db.Exclusive(ctx, func() error {
			if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
				return err
			}
			return q.createTables(ctx)
		})
		if err == nil || ctx.Err() != nil || try == migrateTries {
			break
		}
		select {
		case <-ctx.Done():
		case <-time.After(rand.N(time.Duration(try) * 50 * time.Millisecond)):
		}
	}
	if err != nil {
		return fmt.Errorf("durable: migrate: %w", err)
	}
	return nil
}

// createTables runs the migrations that the database has not seen.
func (q *Queue[TTx]) createTables(ctx context.Context) error {
	return q.db.InTx(ctx, func(tx TTx) error {
		c := q.db.Tx(tx)
		if _, err := c.Exec(ctx, "CREATE TABLE IF NOT EXISTS afterpay_migrations (version INTEGER PRIMARY KEY)"); err != nil {
			return err
		}
		version := 0
		err := c.Query(ctx, "SELECT COALESCE(max(version), 0) FROM afterpay_migrations", nil, func(scan func(...any) error) error {
			return scan(&version)
		})
		if err != nil {
			return err
		}
		for ; version < len(migrations); version++ {
			step := strings.ReplaceAll(migrations[version], "{seq}", seqTypes[q.db.Dialect()])
			for statement := range strings.SplitSeq(step, ";") {
				if _, err := c.Exec(ctx, statement); err != nil {
					return err
				}
			}
			if _, err := c.Exec(ctx, "INSERT INTO afterpay_migrations (version) VALUES ($1)", version+1); err != nil {
				return err
			}
		}
		return nil
	})
}
