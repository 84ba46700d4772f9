package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"net/http"
	"time"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/durable"
)

func (s *shop) staffOrders(w http.ResponseWriter, r *http.Request) error {
	all, err := s.orders.all(r.Context())
	if err != nil {
		return err
	}
	return s.render(w, r, http.StatusOK, "staff-orders", view{Title: "Orders", Data: all})
}

// orderView is what staff see of an order.
type orderView struct {
	*order

	Balance    *afterpay.Balance // nil if nothing was paid, or Afterpay does not respond
	Operations []*durable.Status
	Pending    bool
	Decision   string // names what is decided next, so that a double click decides once
	Done       string
}

func (s *shop) staffOrder(w http.ResponseWriter, r *http.Request) error {
	o, err := s.orders.get(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	v := orderView{order: o, Decision: rand.Text(), Done: r.FormValue("done")}
	if o.State == paid {
		if v.Balance, err = s.balance(r.Context(), o); err != nil {
			s.logger.WarnContext(r.Context(), "no balance", "order", o.Number, "error", err)
		}
		for status, err := range s.queue.All(r.Context(), durable.Filter{PaymentID: o.PaymentID}) {
			if err != nil {
				return err
			}
			v.Operations, v.Pending = append(v.Operations, status), v.Pending || status.State == durable.Pending
		}
	}
	return s.render(w, r, http.StatusOK, "staff-order", view{Title: "Order " + o.Number, Data: v})
}

func (s *shop) balance(ctx context.Context, o *order) (*afterpay.Balance, error) {
	payment, err := s.payment(ctx, o)
	if err != nil {
		return nil, err
	}
	b, err := payment.Balance()
	return &b, err
}

func (s *shop) payment(ctx context.Context, o *order) (*afterpay.Payment, error) {
	ctx, cancel := context.WithTimeout(ctx, s.patience)
	defer cancel()
	return s.client.Payments.Get(ctx, o.PaymentID)
}

// decide takes what staff decided about an order.
func (s *shop) decide(w http.ResponseWriter, r *http.Request) error {
	o, err := s.orders.get(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	decision := r.PostFormValue("decision")
	if o.State != paid || decision == "" {
		return errBadRequest
	}
	operations, err := s.plan(r, o, decision)
	if err != nil {
		return err
	}
	if err := s.carryOut(r.Context(), o, decision, operations); err != nil {
		return err
	}
	return see(w, r, "/staff/orders/"+o.ID+"?done="+r.PostFormValue("action"))
}

// plan turns a decision into operations.
func (s *shop) plan(r *http.Request, o *order, decision string) ([]durable.Operation, error) {
	if r.PostFormValue("action") == "cancel" {
		return []durable.Operation{{ID: decision + "-void", Kind: durable.Void, PaymentID: o.PaymentID, All: true}}, nil
	}
	amount, err := afterpay.ParseMoney(r.PostFormValue("amount"), o.Request.Amount.Currency)
	if err != nil {
		return nil, err
	}
	switch r.PostFormValue("action") {
	case "ship":
		return []durable.Operation{{ID: decision + "-capture", Kind: durable.CapturePart, PaymentID: o.PaymentID, Amount: amount}}, nil
	case "return":
		payment, err := s.payment(r.Context(), o)
		if err != nil {
			return nil, err
		}
		return planReturn(payment, amount, decision)
	}
	return nil, errBadRequest
}

// planReturn gives back the price of goods: first what was not captured yet.
func planReturn(payment *afterpay.Payment, amount afterpay.Money, decision string) ([]durable.Operation, error) {
	parts, err := payment.PlanReturn(amount)
	if err != nil {
		return nil, err
	}
	var operations []durable.Operation
	if parts.Void.IsPositive() {
		operations = append(operations, durable.Operation{ID: decision + "-void", Kind: durable.Void, PaymentID: payment.ID, Amount: parts.Void})
	}
	if parts.Refund.IsPositive() {
		operations = append(operations, durable.Operation{ID: decision + "-refund", Kind: durable.Refund, PaymentID: payment.ID, Amount: parts.Refund})
	}
	return operations, nil
}

// carryOut books a decision and enqueues its operations, in one transaction and
// once: after a double click the plan may differ, but the decision is the same.
func (s *shop) carryOut(ctx context.Context, o *order, decision string, operations []durable.Operation) error {
	return s.orders.inTx(ctx, func(tx *sql.Tx) error {
		var known int
		err := tx.QueryRowContext(ctx, "SELECT count(*) FROM movements WHERE decision = ?", decision).Scan(&known)
		if err != nil || known > 0 {
			return err
		}
		for _, op := range operations {
			err := record(ctx, tx, movement{ID: op.ID, Decision: decision, Order: o.ID, Kind: op.Kind, Amount: op.Amount})
			if err != nil {
				return err
			}
			if _, _, err := s.queue.EnqueueTx(ctx, tx, op); err != nil {
				return err
			}
		}
		return nil
	})
}

// operations lists what is not settled: what waits for a person, and what is
// tried again.
func (s *shop) operations(w http.ResponseWriter, r *http.Request) error {
	var parked, pending []*durable.Status
	for status, err := range s.queue.All(r.Context(), durable.Filter{}) {
		switch {
		case err != nil:
			return err
		case status.State == durable.Review:
			parked = append(parked, status)
		case status.State == durable.Pending:
			pending = append(pending, status)
		}
	}
	return s.render(w, r, http.StatusOK, "operations", view{Title: "Operations", Data: struct{ Parked, Pending []*durable.Status }{parked, pending}})
}

// replay tries a parked operation again.
func (s *shop) replay(w http.ResponseWriter, r *http.Request) error {
	err := s.queue.Replay(r.Context(), r.PostFormValue("id"), "staff")
	if errors.Is(err, durable.ErrUnknown) {
		return errBadRequest
	}
	if err != nil && !errors.Is(err, durable.ErrNotInReview) { // a second click
		return err
	}
	return see(w, r, "/staff/operations")
}

func (s *shop) health(w http.ResponseWriter, r *http.Request) error {
	health, err := s.queue.Health(r.Context())
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	return s.render(w, r, http.StatusOK, "health", view{Title: "Health", Data: struct {
		*durable.Health
		Reachable bool
	}{health, s.client.Ping(ctx) == nil}})
}
