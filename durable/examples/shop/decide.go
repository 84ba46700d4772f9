package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"net/http"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/durable"
)

// orderView is what staff see of an order.
type orderView struct {
	*order

	Balance      *afterpay.Balance // nil if nothing was paid, or Afterpay does not respond
	Operations   []*durable.Status
	Decision     string // names what is decided next, so that a double click decides once
	Ship, Return amountField
	Done         string // what was decided just now
	Again        bool   // by the same form as before
}

// amountField is the amount in a form, and what is wrong with it.
type amountField struct{ ID, Value, Error string }

func (s *shop) staffOrder(w http.ResponseWriter, r *http.Request) error {
	return s.showOrder(w, r, http.StatusOK, "")
}

// showOrder shows an order, with what is wrong in the form that was sent.
func (s *shop) showOrder(w http.ResponseWriter, r *http.Request, status int, wrong wrongAmount) error {
	ctx := r.Context()
	o, err := s.orders.get(ctx, r.PathValue("id"))
	if err != nil {
		return err
	}
	v := orderView{order: o, Decision: rand.Text(), Ship: amountField{ID: "ship"}, Return: amountField{ID: "return"}, Again: r.FormValue("again") != ""}
	if v.Done, err = s.orders.decided(ctx, o.ID, r.FormValue("done")); err != nil {
		return err
	}
	for _, field := range []*amountField{&v.Ship, &v.Return} {
		if wrong != "" && field.ID == r.FormValue("action") {
			field.Value, field.Error = r.FormValue("amount"), string(wrong)
		}
	}
	if o.PaymentID != "" {
		if v.Balance, err = s.balance(ctx, o); err != nil {
			s.logger.WarnContext(ctx, "no balance", "order", o.Number, "error", err)
		}
		for status, err := range s.queue.All(ctx, durable.Filter{PaymentID: o.PaymentID}) {
			if err != nil {
				return err
			}
			v.Operations = append(v.Operations, status)
		}
	}
	return s.render(w, r, status, "staff-order", view{Title: "Order " + o.Number, Data: v})
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

// wrongAmount is an error of the staff, and says what is wrong.
type wrongAmount string

func (e wrongAmount) Error() string { return string(e) }

// decide takes what staff decided about an order. The same form sent twice is one
// decision; the form with another amount, which the back button allows, is
// another.
func (s *shop) decide(w http.ResponseWriter, r *http.Request) error {
	o, err := s.orders.get(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	nonce, action := r.PostFormValue("decision"), r.PostFormValue("action")
	if action == "solved" {
		if _, err := move(r.Context(), s.db, o.ID, solved, problem, problem); err != nil {
			return err
		}
		return see(w, r, "/staff/orders/"+o.ID)
	}
	if o.PaymentID == "" || nonce == "" {
		return errBadRequest
	}
	decision := afterpay.RequestIDFor("decision", o.ID, nonce, action, r.PostFormValue("amount"))
	again := ""
	switch known, err := s.orders.decided(r.Context(), o.ID, decision); {
	case err != nil:
		return err
	case known != "":
		again = "&again=1" // and the plan would differ, now that it is carried out
	default:
		operations, err := s.plan(r, o, action, decision)
		if wrong, ok := errors.AsType[wrongAmount](err); ok {
			return s.showOrder(w, r, http.StatusUnprocessableEntity, wrong)
		}
		if err != nil {
			return err
		}
		if err := s.carryOut(r.Context(), o, decision, operations); err != nil {
			return err
		}
	}
	return see(w, r, "/staff/orders/"+o.ID+"?done="+decision+again)
}

// plan turns a decision into operations.
func (s *shop) plan(r *http.Request, o *order, action, decision string) ([]durable.Operation, error) {
	if action == "cancel" {
		return []durable.Operation{{ID: decision + "-void", Kind: durable.Void, PaymentID: o.PaymentID, All: true}}, nil
	}
	amount, err := afterpay.ParseMoney(r.PostFormValue("amount"), o.Request.Amount.Currency)
	if err != nil || !amount.IsPositive() {
		return nil, wrongAmount("Enter an amount such as 10.00.")
	}
	switch action {
	case "ship":
		return s.planShipment(r.Context(), o, amount, decision)
	case "return":
		return s.planReturn(r.Context(), o, amount, decision)
	}
	return nil, errBadRequest
}

// planShipment captures the price of goods. It does not need Afterpay: goods can
// be shipped while Afterpay does not respond.
func (s *shop) planShipment(ctx context.Context, o *order, amount afterpay.Money, decision string) ([]durable.Operation, error) {
	balance, err := s.balance(ctx, o)
	if err != nil {
		s.logger.WarnContext(ctx, "shipped without a look at the balance", "order", o.Number, "error", err)
		balance = &afterpay.Balance{OpenToCapture: o.Request.Amount}
	}
	if amount.Amount > balance.OpenToCapture.Amount {
		return nil, wrongAmount("Only " + price(balance.OpenToCapture) + " is left to capture.")
	}
	return []durable.Operation{{ID: decision + "-capture", Kind: durable.CapturePart, PaymentID: o.PaymentID, Amount: amount}}, nil
}

// planReturn gives back the price of goods: first what was not captured yet.
func (s *shop) planReturn(ctx context.Context, o *order, amount afterpay.Money, decision string) ([]durable.Operation, error) {
	for status, err := range s.queue.All(ctx, durable.Filter{State: durable.Pending, PaymentID: o.PaymentID}) {
		if err != nil {
			return nil, err
		}
		return nil, wrongAmount("A " + string(status.Kind) + " is still on its way to Afterpay. What to give back depends on it.")
	}
	payment, err := s.payment(ctx, o)
	if err != nil {
		return nil, err
	}
	parts, err := payment.PlanReturn(amount)
	if errors.Is(err, afterpay.ErrInvalid) {
		return nil, wrongAmount("That is more than the shopper has paid.")
	}
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
// once, whatever another click does at the same time.
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

// decided says what a decision about an order was. It returns "" if there is no
// such decision.
func (o orders) decided(ctx context.Context, id, decision string) (string, error) {
	if decision == "" {
		return "", nil
	}
	var kind durable.Kind
	var total int64
	err := o.db.QueryRowContext(ctx, "SELECT coalesce(min(kind), ''), coalesce(sum(amount), 0) FROM movements WHERE order_id = ? AND decision = ?",
		id, decision).Scan(&kind, &total)
	switch {
	case err != nil || kind == "":
		return "", err
	case kind == durable.CapturePart:
		return "The shipment of " + price(afterpay.USD(total)), nil
	case total == 0:
		return "The cancellation", nil
	}
	return "The return of " + price(afterpay.USD(total)), nil
}
