package main

import (
	"cmp"
	"slices"
	"time"

	"github.com/afterpay-go/afterpay"
)

// paymentColumns names the columns of payments. An export continues from the
// first two.
func paymentColumns() []string {
	return []string{
		"created", "payment", "merchant_reference", "status", "state", "currency",
		"amount", "captured", "voided", "refunded", "open_to_capture", "refundable", "note",
	}
}

// paymentCells returns the cells of a payment. Amounts are decimal. If the payment
// contradicts itself, the computed cells are empty and the note says why.
func paymentCells(p *afterpay.Payment) []any {
	cells := []any{
		instant(p.Created.Time), p.ID, p.MerchantReference, p.Status, p.State,
		p.OriginalAmount.Currency, p.OriginalAmount.Amount,
	}
	b, err := p.Balance()
	if err != nil {
		return append(cells, nil, nil, nil, nil, nil, err.Error())
	}
	return append(cells, b.Captured.Amount, b.Voided.Amount, b.Refunded.Amount, b.OpenToCapture.Amount, b.Refundable.Amount, nil)
}

// instantLayout is how times are printed: in UTC with milliseconds.
const instantLayout = "2006-01-02T15:04:05.000Z"

// instant returns the cell of a time, which is empty for the zero time.
func instant(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format(instantLayout)
}

// step is an event in the story of a payment.
type step struct {
	Time      time.Time       `json:"time,omitzero"`
	Event     string          `json:"event"`
	Amount    afterpay.Amount `json:"amount"`
	Reference string          `json:"reference,omitempty"`
	Expires   time.Time       `json:"expires,omitzero"`
}

// story returns the events and refunds of a payment, oldest first.
func story(p *afterpay.Payment) []step {
	var steps []step
	for _, e := range p.Events {
		steps = append(steps, step{e.Created.Time, string(e.Type), e.Amount.Amount, e.MerchantReference, e.Expires.Time})
	}
	for _, r := range p.RefundsWithoutVoids() {
		reference := cmp.Or(r.RefundMerchantReference, r.MerchantReference)
		steps = append(steps, step{Time: r.RefundedAt.Time, Event: "REFUNDED", Amount: r.Amount.Amount, Reference: reference})
	}
	slices.SortStableFunc(steps, func(a, b step) int { return a.Time.Compare(b.Time) })
	return steps
}
