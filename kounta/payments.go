package kounta

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/afterpay-go/afterpay"
)

// PaymentsService adds payments to orders. They are read with the order.
type PaymentsService service

// Payment is a payment of an order, or a refund if its amount is negative.
type Payment struct {
	Number    int            `json:"number"` // position in the order, from 1
	Method    PaymentMethod  `json:"method"`
	Amount    afterpay.Money `json:"-"`
	Ref       string         `json:"ref"` // NewPayment.Ref; empty if none was given
	CreatedAt time.Time      `json:"created_at"`
}

// paymentJSON is a Payment with its amount, which has no currency.
type paymentJSON struct {
	Payment
	Amount json.Number `json:"amount"`
}

// NewPayment is a payment to add. Amount is required, and negative for a refund.
type NewPayment struct {
	MethodID int64 // 0 if the add-on is itself a payment method
	Amount   afterpay.Money
	Ref      string // tells the payment from others; Kounta does not check that it is unique
}

// Create adds a payment to an order.
//
// Errors: ErrInvalid, also before anything is sent; ErrNotFound, also for an
// order that Kounta does not show yet; ErrOutcomeUnknown: look for Ref in the
// order before repeating the call.
//
// POST /companies/{company}/orders/{id}/payments.
func (s *PaymentsService) Create(ctx context.Context, orderID int64, p NewPayment) error {
	const op = "payments.create"
	if orderID <= 0 || p.Amount.Amount == 0 {
		return invalid(op, "orderID and Amount are required")
	}
	amount, err := s.client.number(op, "Amount", p.Amount)
	if err != nil {
		return err
	}
	body := map[string]any{"amount": amount, "ref": p.Ref}
	if p.MethodID != 0 {
		body["method_id"] = p.MethodID
	}
	_, err = s.client.do(ctx, call{op: op, method: http.MethodPost, path: s.client.path("orders", orderID) + "/payments", in: body})
	return err
}
