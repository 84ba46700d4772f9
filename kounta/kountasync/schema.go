package kountasync

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/afterpay-go/afterpay/durable"
)

// schema creates the tables of this package. Times are text in UTC of fixed
// width, empty for none, and amounts are hundredths.
//
// An order belongs to a sale number, and a payment to an order: the two attempts
// of a shopper to pay for one sale share an order. A write is everything that is
// posted to an order: its ref is the one in Kounta.
const schema = `
CREATE TABLE IF NOT EXISTS kounta_sync_orders (
	sale_number TEXT PRIMARY KEY,
	draft       TEXT NOT NULL,
	state       TEXT NOT NULL,
	state_from  TEXT NOT NULL,
	kounta_id   BIGINT NOT NULL DEFAULT 0,
	phase       TEXT NOT NULL DEFAULT 'planned',
	sent_at     TEXT NOT NULL DEFAULT '',
	written     TEXT NOT NULL DEFAULT '',
	found_total BIGINT NOT NULL DEFAULT 0,
	version     BIGINT NOT NULL DEFAULT 1,
	next_at     TEXT NOT NULL,
	due_since   TEXT NOT NULL,
	tries       BIGINT NOT NULL DEFAULT 0,
	failure     TEXT NOT NULL DEFAULT '',
	review      TEXT NOT NULL DEFAULT '',
	alerted     BIGINT NOT NULL DEFAULT 0,
	placed_at   TEXT NOT NULL,
	created_at  TEXT NOT NULL,
	updated_at  TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS kounta_sync_orders_next ON kounta_sync_orders (placed_at, sale_number) WHERE next_at <> '';
CREATE TABLE IF NOT EXISTS kounta_sync_payments (
	payment_id  TEXT PRIMARY KEY,
	sale_number TEXT NOT NULL,
	state       TEXT NOT NULL,
	created     TEXT NOT NULL,
	first_seen  TEXT NOT NULL,
	look_at     TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS kounta_sync_payments_look ON kounta_sync_payments (look_at) WHERE look_at <> '';
CREATE INDEX IF NOT EXISTS kounta_sync_payments_sale ON kounta_sync_payments (sale_number);
CREATE TABLE IF NOT EXISTS kounta_sync_writes (
	ref         TEXT PRIMARY KEY,
	sale_number TEXT NOT NULL,
	payment_id  TEXT NOT NULL,
	kind        TEXT NOT NULL,
	amount      BIGINT NOT NULL,
	happened_at TEXT NOT NULL,
	phase       TEXT NOT NULL DEFAULT 'planned',
	sent_at     TEXT NOT NULL DEFAULT '',
	posted_at   TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS kounta_sync_writes_sale ON kounta_sync_writes (sale_number, happened_at);
CREATE TABLE IF NOT EXISTS kounta_sync_customers (
	email_hash  TEXT PRIMARY KEY,
	customer_id BIGINT NOT NULL DEFAULT 0,
	phase       TEXT NOT NULL DEFAULT 'planned',
	sent_at     TEXT NOT NULL DEFAULT ''
);
CREATE TABLE IF NOT EXISTS kounta_sync_positions (
	name  TEXT PRIMARY KEY,
	value TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS kounta_sync_rate (
	name    TEXT PRIMARY KEY,
	next_at BIGINT NOT NULL
)`

const migrateTries = 20

// migrate creates the tables. Several processes may do it at once: SQLite has no
// lock that spans transactions, so the loser tries again.
func (s *store) migrate(ctx context.Context) error {
	for try := 1; ; try++ {
		err := s.exclusive(ctx, func() error {
			return s.inTx(ctx, func(tx durable.Conn) error {
				for statement := range strings.SplitSeq(schema, ";") {
					if _, err := tx.Exec(ctx, statement); err != nil {
						return err
					}
				}
				return nil
			})
		})
		if err == nil {
			return nil
		}
		if ctx.Err() != nil || try == migrateTries {
			return fmt.Errorf("kountasync: migrate: %w", err)
		}
		if err := sleep(ctx, rand.N(time.Duration(try)*50*time.Millisecond)); err != nil {
			return err
		}
	}
}
