package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/durable/durablesqlite"
)

// state is where an order is.
type state string

const (
	created    state = "new"        // the shopper is at Afterpay
	cancelled  state = "cancelled"  // the shopper came back without confirming, and may still confirm
	confirming state = "confirming" // Afterpay is asked for the payment, and the outcome is not known yet
	paid       state = "paid"
	declined   state = "declined"
	expired    state = "expired"  // of the checkout, which was never paid for
	replaced   state = "replaced" // by a newer order of the same browser
	invoiced   state = "invoiced" // the shopper pays in another way
	problem    state = "problem"  // a person has to look
	solved     state = "solved"   // a person has looked
)

// order is an order of the shop.
type order struct {
	ID        string // in the addresses of pages; cannot be guessed
	Number    string // for people, and Afterpay's merchant reference
	Shopper   string // the browser
	State     state
	Since     time.Time                   // when it got into State
	Request   afterpay.CreateOrderRequest // as sent to Afterpay
	Token     string
	Checkout  string // where the shopper confirms; empty under v1
	PaymentID string
	Problem   string // what a person has to look at
}

// orders are the orders in the database. There is one connection: whatever runs
// in a transaction uses the transaction.
type orders struct{ db *sql.DB }

func (o orders) create(ctx context.Context) error {
	_, err := o.db.ExecContext(ctx, `
		CREATE TABLE IF NOT EXISTS orders (
			id TEXT PRIMARY KEY, number TEXT NOT NULL UNIQUE, shopper TEXT NOT NULL, state TEXT NOT NULL, since INTEGER NOT NULL,
			request TEXT NOT NULL, token TEXT NOT NULL UNIQUE, checkout TEXT NOT NULL,
			payment_id TEXT NOT NULL DEFAULT '', problem TEXT NOT NULL DEFAULT '');
		CREATE TABLE IF NOT EXISTS movements (
			id TEXT PRIMARY KEY, decision TEXT NOT NULL, order_id TEXT NOT NULL REFERENCES orders (id), kind TEXT NOT NULL,
			amount INTEGER NOT NULL, result_id TEXT NOT NULL DEFAULT '', done INTEGER NOT NULL DEFAULT 0, at INTEGER NOT NULL)`)
	return err
}

const columns = "SELECT id, number, shopper, state, since, request, token, checkout, payment_id, problem FROM orders "

func scan(row interface{ Scan(...any) error }) (*order, error) {
	var o order
	var since int64
	var request []byte
	err := row.Scan(&o.ID, &o.Number, &o.Shopper, &o.State, &since, &request, &o.Token, &o.Checkout, &o.PaymentID, &o.Problem)
	if err != nil {
		return nil, err
	}
	o.Since = time.UnixMilli(since)
	return &o, json.Unmarshal(request, &o.Request)
}

// get returns an order; sql.ErrNoRows if there is none.
func (o orders) get(ctx context.Context, id string) (*order, error) {
	return scan(o.db.QueryRowContext(ctx, columns+"WHERE id = ?", id))
}

// byToken returns the order of a checkout.
func (o orders) byToken(ctx context.Context, token string) (*order, error) {
	return scan(o.db.QueryRowContext(ctx, columns+"WHERE token = ?", token))
}

// all returns every order, newest first.
func (o orders) all(ctx context.Context) ([]*order, error) {
	return o.list(ctx, "ORDER BY rowid DESC")
}

// waiting returns the orders that a person has to look at: those with a problem,
// and those whose payment has had no outcome for ten minutes.
func (o orders) waiting(ctx context.Context) ([]*order, error) {
	return o.list(ctx, "WHERE state = 'problem' OR state = 'confirming' AND since < ? ORDER BY since",
		time.Now().Add(-10*time.Minute).UnixMilli())
}

func (o orders) list(ctx context.Context, which string, args ...any) ([]*order, error) {
	rows, err := o.db.QueryContext(ctx, columns+which, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var all []*order
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

// inTx runs f in a transaction.
func (o orders) inTx(ctx context.Context, f func(*sql.Tx) error) error {
	return durablesqlite.New(o.db).InTx(ctx, f)
}

// place stores a new order, unless it exists, and replaces what else the browser
// left open: only one of a shopper's checkouts can be paid.
func (o orders) place(ctx context.Context, n *order) error {
	request, err := json.Marshal(n.Request)
	if err != nil {
		return err
	}
	return o.inTx(ctx, func(tx *sql.Tx) error {
		now := time.Now().UnixMilli()
		_, err := tx.ExecContext(ctx, `INSERT INTO orders (id, number, shopper, state, since, request, token, checkout)
			VALUES (?, ?, ?, 'new', ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
			n.ID, n.Number, n.Shopper, now, request, n.Token, n.Checkout)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE orders SET state = 'replaced', since = ?
			WHERE shopper = ? AND id <> ? AND state IN ('new', 'cancelled')`, now, n.Shopper, n.ID)
		return err
	})
}

// move changes the state of an order, if it is in one of two states.
func move(ctx context.Context, db interface {
	ExecContext(context.Context, string, ...any) (sql.Result, error)
}, id string, to, from, or state) (moved bool, err error) {
	result, err := db.ExecContext(ctx, "UPDATE orders SET state = ?, since = ? WHERE id = ? AND state IN (?, ?)",
		to, time.Now().UnixMilli(), id, from, or)
	if err != nil {
		return false, err
	}
	rows, err := result.RowsAffected()
	return rows > 0, err
}
