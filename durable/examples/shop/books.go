package main

import (
	"context"
	"database/sql"
	"net/http"
	"time"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/durable"
	"github.com/afterpay-go/afterpay/reconcile"
)

// movement is money that staff decided to move, or that a payment moved.
type movement struct {
	ID       string // of the durable operation
	Decision string // what staff decided, which may be two operations
	Order    string
	Kind     durable.Kind
	Amount   afterpay.Money // zero for a void of all that is open
	ResultID string         // Afterpay's number, once it is done
	Done     bool
	At       time.Time
}

func record(ctx context.Context, tx *sql.Tx, m movement) error {
	_, err := tx.ExecContext(ctx, "INSERT INTO movements (id, decision, order_id, kind, amount, done, at) VALUES (?, ?, ?, ?, ?, ?, ?)",
		m.ID, m.Decision, m.Order, m.Kind, int64(m.Amount.Amount), m.Done, time.Now().UnixMilli())
	return err
}

// settled books the outcome of an operation, in the transaction that records it.
func (s *shop) settled(ctx context.Context, tx *sql.Tx, status *durable.Status) error {
	if status.State != durable.Succeeded {
		return nil
	}
	_, err := tx.ExecContext(ctx, "UPDATE movements SET done = 1, result_id = ?, at = ? WHERE id = ?",
		status.ResultID, status.Settled.UnixMilli(), status.ID)
	return err
}

// moved returns what was done on an order.
func (o orders) moved(ctx context.Context, id string) ([]movement, error) {
	rows, err := o.db.QueryContext(ctx, "SELECT id, kind, amount, result_id, at FROM movements WHERE order_id = ? AND done = 1", id)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var all []movement
	for rows.Next() {
		m := movement{Order: id, Done: true}
		var amount, at int64
		if err := rows.Scan(&m.ID, &m.Kind, &amount, &m.ResultID, &at); err != nil {
			return nil, err
		}
		m.Amount, m.At = afterpay.USD(amount), time.UnixMilli(at)
		all = append(all, m)
	}
	return all, rows.Err()
}

// records returns what the shop's books say about an order: the payment, and a
// record for each refund.
func (s *shop) records(ctx context.Context, o *order) ([]reconcile.Record, error) {
	states := map[state]reconcile.State{
		declined: reconcile.StateDeclined, confirming: reconcile.StatePending,
	}
	status, ok := states[o.State]
	if o.PaymentID != "" {
		status, ok = reconcile.StateAuthorized, true
	}
	if !ok {
		return nil, nil // nothing is at Afterpay
	}
	p := reconcile.Record{State: status, ID: o.PaymentID, Token: o.Token, Reference: o.Number, At: o.Since, Currency: o.Request.Amount.Currency}
	if status != reconcile.StateAuthorized {
		return []reconcile.Record{p}, nil
	}
	movements, err := s.orders.moved(ctx, o.ID)
	if err != nil {
		return nil, err
	}
	var refunds []reconcile.Record
	voidsRest := false
	p.Authorized = o.Request.Amount.Amount
	for _, m := range movements {
		switch m.Kind {
		case durable.Capture, durable.CapturePart:
			p.Amount, p.CapturedAt = p.Amount+m.Amount.Amount, m.At
		case durable.Void:
			p.Voided, voidsRest = p.Voided+m.Amount.Amount, voidsRest || m.Amount.Amount == 0
		case durable.Refund:
			refunds = append(refunds, reconcile.Record{
				Kind: reconcile.KindRefund, ID: o.PaymentID, Token: o.Token, Reference: o.Number, RefundID: m.ResultID,
				RefundReference: m.ID, At: m.At, Currency: m.Amount.Currency, Amount: m.Amount.Amount,
			})
		}
	}
	if voidsRest {
		p.Voided = p.Authorized - p.Amount
	}
	p.Open = p.Authorized - p.Amount - p.Voided
	switch {
	case p.Amount > 0:
		p.State = reconcile.StateCaptured
	case p.Open == 0:
		p.State = reconcile.StateVoided
	}
	return append([]reconcile.Record{p}, refunds...), nil
}

// reconciliation compares the books with Afterpay's payments.
func (s *shop) reconciliation(w http.ResponseWriter, r *http.Request) error {
	ctx, cancel := context.WithTimeout(r.Context(), 30*time.Second)
	defer cancel()
	all, err := s.orders.all(ctx)
	if err != nil {
		return err
	}
	var books []reconcile.Record
	for _, o := range all {
		records, err := s.records(ctx, o)
		if err != nil {
			return err
		}
		books = append(books, records...)
	}
	run := reconcile.Orders(reconcile.Slice(books),
		reconcile.Payments(s.client.Payments.All(ctx, afterpay.PaymentQuery{})),
		reconcile.Options{Now: s.afterpay.sandbox.Now(), Grace: time.Nanosecond}) // a shop keeps the default, an hour
	var findings []reconcile.Finding
	for f, err := range run.Findings(ctx) {
		if err != nil {
			return err
		}
		findings = append(findings, f)
	}
	return s.render(w, r, http.StatusOK, "reconciliation", view{Title: "Reconciliation", Data: struct {
		Findings []reconcile.Finding
		Summary  reconcile.Summary
	}{findings, run.Summary()}})
}
