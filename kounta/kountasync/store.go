package kountasync

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/durable"
)

// phase says how far a write to Kounta has got. Kounta has no idempotency keys:
// a write found in phaseSending may or may not have been carried out.
type phase string

const (
	phasePlanned phase = "planned" // certainly not in Kounta
	phaseSending phase = "sending" // committed before the request; its outcome is unknown
	phasePosted  phase = "posted"  // in Kounta
)

// store holds the tables.
type store struct {
	conn      durable.Conn
	inTx      func(ctx context.Context, f func(tx durable.Conn) error) error
	exclusive func(ctx context.Context, f func() error) error
}

func newStore[TTx any](db durable.Database[TTx]) *store {
	return &store{
		conn: db.Pool(),
		inTx: func(ctx context.Context, f func(durable.Conn) error) error {
			return db.InTx(ctx, func(tx TTx) error { return f(db.Tx(tx)) })
		},
		exclusive: db.Exclusive,
	}
}

// timeLayout sorts as text in the order of time.
const timeLayout = "2006-01-02T15:04:05.000000Z"

func formatTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(timeLayout)
}

func parseTime(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	return time.Parse(timeLayout, text)
}

// order is a row of kounta_sync_orders.
type order struct {
	draft    Draft
	state    string // of the newest payment at Afterpay
	kountaID int64
	phase    phase
	sent     time.Time
	due      time.Time       // since when there is something to write, or when a person asked for another try
	written  string          // the status last written to Kounta, and from which state
	total    afterpay.Amount // in Kounta, of an order that was found there; otherwise 0
	version  int64
	tries    int
}

const orderColumns = `draft, state, kounta_id, phase, sent_at, due_since, written, found_total, version, tries`

func scanOrder(scan func(...any) error) (*order, error) {
	var o order
	var draft, sent, due string
	if err := scan(&draft, &o.state, &o.kountaID, &o.phase, &sent, &due, &o.written, &o.total, &o.version, &o.tries); err != nil {
		return nil, err
	}
	if err := json.Unmarshal([]byte(draft), &o.draft); err != nil {
		return nil, fmt.Errorf("kountasync: stored draft: %w", err)
	}
	var sentErr, dueErr error
	o.sent, sentErr = parseTime(sent)
	o.due, dueErr = parseTime(due)
	return &o, errors.Join(sentErr, dueErr)
}

// dueOrders returns orders whose time has come, oldest sale first.
func (s *store) dueOrders(ctx context.Context, now time.Time, limit int) ([]*order, error) {
	var due []*order
	err := s.conn.Query(ctx, `SELECT `+orderColumns+` FROM kounta_sync_orders
		WHERE next_at <> '' AND next_at <= $1 ORDER BY placed_at, sale_number LIMIT $2`,
		[]any{formatTime(now), limit}, func(scan func(...any) error) error {
			o, err := scanOrder(scan)
			due = append(due, o)
			return err
		})
	return due, err
}

// writesOf returns the writes of an order in the order in which they happened.
func (s *store) writesOf(ctx context.Context, saleNumber string) ([]*write, error) {
	var writes []*write
	err := s.conn.Query(ctx, `SELECT ref, payment_id, kind, amount, happened_at, phase, sent_at FROM kounta_sync_writes
		WHERE sale_number = $1 ORDER BY happened_at, amount DESC, ref`, []any{saleNumber}, func(scan func(...any) error) error {
		w := &write{saleNumber: saleNumber}
		var happened, sent string
		if err := scan(&w.ref, &w.paymentID, &w.kind, &w.amount, &happened, &w.phase, &sent); err != nil {
			return err
		}
		var err error
		if w.happened, err = parseTime(happened); err != nil {
			return err
		}
		w.sent, err = parseTime(sent)
		writes = append(writes, w)
		return err
	})
	return writes, err
}

// record stores what payments ask for. What is stored already stays as it is.
func (s *store) record(ctx context.Context, plans []plan, now time.Time, lookAt func(*plan) time.Time) error {
	return s.inTx(ctx, func(tx durable.Conn) error {
		for i := range plans {
			if err := recordOne(ctx, tx, &plans[i], now, lookAt(&plans[i])); err != nil {
				return err
			}
		}
		return nil
	})
}

func recordOne(ctx context.Context, tx durable.Conn, p *plan, now, lookAt time.Time) error {
	saleNumber, changed, err := recordPayment(ctx, tx, p, now, lookAt)
	if err != nil || saleNumber == "" {
		return err
	}
	for _, w := range p.writes {
		rows, err := tx.Exec(ctx, `INSERT INTO kounta_sync_writes (ref, sale_number, payment_id, kind, amount, happened_at)
			VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (ref) DO NOTHING`,
			w.ref, saleNumber, w.paymentID, string(w.kind), int64(w.amount), formatTime(w.happened))
		if err != nil {
			return err
		}
		changed = changed || rows > 0
	}
	if !changed {
		return nil
	}
	draft, err := json.Marshal(p.draft)
	if err != nil {
		return err
	}
	// A wait that is under way is kept.
	_, err = tx.Exec(ctx, `INSERT INTO kounta_sync_orders
		(sale_number, draft, state, state_from, next_at, due_since, placed_at, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $5, $6, $5, $5)
		ON CONFLICT (sale_number) DO UPDATE SET version = kounta_sync_orders.version + 1, updated_at = excluded.updated_at,
			state = CASE WHEN excluded.state_from >= kounta_sync_orders.state_from THEN excluded.state ELSE kounta_sync_orders.state END,
			state_from = CASE WHEN excluded.state_from >= kounta_sync_orders.state_from THEN excluded.state_from ELSE kounta_sync_orders.state_from END,
			due_since = CASE WHEN kounta_sync_orders.next_at = '' THEN excluded.due_since ELSE kounta_sync_orders.due_since END,
			next_at = CASE WHEN kounta_sync_orders.next_at = '' AND kounta_sync_orders.review = '' THEN excluded.next_at ELSE kounta_sync_orders.next_at END`,
		saleNumber, string(draft), string(p.payment.State), formatTime(p.payment.Created.Time), formatTime(now), formatTime(p.draft.PlacedAt))
	return err
}

// recordPayment returns the sale number under which a payment was first seen,
// because its reference may be replaced later, and whether its state is new.
func recordPayment(ctx context.Context, tx durable.Conn, p *plan, now, lookAt time.Time) (saleNumber string, changed bool, err error) {
	var state string
	known := false
	err = tx.Query(ctx, `SELECT sale_number, state FROM kounta_sync_payments WHERE payment_id = $1`, []any{p.payment.ID},
		func(scan func(...any) error) error { known = true; return scan(&saleNumber, &state) })
	if err != nil {
		return "", false, err
	}
	if saleNumber == "" {
		saleNumber = p.draft.SaleNumber
	}
	if !known {
		_, err = tx.Exec(ctx, `INSERT INTO kounta_sync_payments (payment_id, sale_number, state, created, first_seen, look_at)
			VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (payment_id) DO NOTHING`,
			p.payment.ID, saleNumber, string(p.payment.State), formatTime(p.payment.Created.Time), formatTime(now), formatTime(lookAt))
	} else {
		_, err = tx.Exec(ctx, `UPDATE kounta_sync_payments SET state = $2, look_at = $3, sale_number = $4 WHERE payment_id = $1`,
			p.payment.ID, string(p.payment.State), formatTime(lookAt), saleNumber)
	}
	return saleNumber, !known || state != string(p.payment.State), err
}

// position returns a stored value, empty if there is none.
func (s *store) position(ctx context.Context, name string) (value string, err error) {
	err = s.conn.Query(ctx, `SELECT value FROM kounta_sync_positions WHERE name = $1`, []any{name},
		func(scan func(...any) error) error { return scan(&value) })
	return value, err
}

func (s *store) setPosition(ctx context.Context, name, value string) error {
	_, err := s.conn.Exec(ctx, `INSERT INTO kounta_sync_positions (name, value) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
	return err
}
