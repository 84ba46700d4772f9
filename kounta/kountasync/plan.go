package kountasync

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/afterpay-go/afterpay"
)

// Draft is what a new order in Kounta is made of.
type Draft struct {
	SaleNumber string         `json:"saleNumber"`
	Total      afterpay.Money `json:"total"`
	PlacedAt   time.Time      `json:"placedAt"` // with the offset of the company's zone
	Notes      string         `json:"notes,omitempty"`
	// Shopper is empty unless customers are copied. It is erased from the
	// database when the order is in Kounta.
	Shopper afterpay.Consumer `json:"shopper,omitzero"`

	customerID int64
}

// LogValue leaves out the shopper.
func (d Draft) LogValue() slog.Value { return slog.StringValue(d.SaleNumber) }

// WriteKind is the kind of a row that is posted to an order.
type WriteKind string

// The kinds.
const (
	WriteCapture WriteKind = "capture" // a captured amount: a payment in Kounta
	WriteRefund  WriteKind = "refund"  // a refund: a negative payment in Kounta
)

// write is a payment row for Kounta.
type write struct {
	ref        string
	saleNumber string
	paymentID  string
	kind       WriteKind
	amount     afterpay.Amount // negative for a refund
	happened   time.Time
	phase      phase
	sent       time.Time
}

// plan is what a payment at Afterpay asks for in Kounta.
type plan struct {
	payment *afterpay.Payment
	draft   Draft
	writes  []write
}

// errPayment says that a payment cannot be planned for.
var errPayment = errors.New("payment cannot be synchronised")

// newPlan plans for a payment in the company's currency.
func (s *Sync) newPlan(p *afterpay.Payment) (plan, error) {
	planned, err := s.mapping.newPlan(p, s.options.Location)
	total := planned.draft.Total
	if err == nil && planned.draft.SaleNumber != "" && total.Currency != s.till.currency() {
		err = fmt.Errorf("kountasync: payment %s is in %q and the company in Kounta in %s: %w", p.ID, total.Currency, s.till.currency(), errPayment)
	}
	return planned, err
}

// newPlan plans for a payment. Its draft has no sale number if there is nothing
// to write, as for a declined payment.
func (m *Mapping) newPlan(p *afterpay.Payment, zone *time.Location) (plan, error) {
	result := plan{payment: p}
	for _, e := range p.Events {
		if e.Type != afterpay.EventCaptured {
			continue
		}
		if e.ID == "" || e.Amount.IsZero() {
			return plan{}, fmt.Errorf("kountasync: payment %s: a capture has no id or no amount, as under API v1: %w", p.ID, errPayment)
		}
		result.writes = append(result.writes, write{
			ref: p.ID + "-" + e.ID, kind: WriteCapture, amount: e.Amount.Amount, happened: e.Created.Time,
		})
	}
	for _, r := range p.RefundsWithoutVoids() {
		if r.ID == "" {
			return plan{}, fmt.Errorf("kountasync: payment %s: a refund has no id: %w", p.ID, errPayment)
		}
		w := write{ref: r.ID, kind: WriteRefund, amount: -r.Amount.Amount, happened: r.RefundedAt.Time}
		// The clocks of refunds and captures differ, and a refund follows a capture.
		if len(result.writes) > 0 && w.happened.Before(result.writes[0].happened) {
			w.happened = result.writes[0].happened
		}
		result.writes = append(result.writes, w)
	}
	if p.Status != afterpay.StatusApproved && len(result.writes) == 0 {
		return result, nil
	}
	slices.SortStableFunc(result.writes, func(a, b write) int {
		return cmp.Or(a.happened.Compare(b.happened), cmp.Compare(b.amount, a.amount))
	})
	result.draft = Draft{
		SaleNumber: m.SaleNumber(p), Total: p.OriginalAmount, PlacedAt: p.Created.In(zone), Notes: m.Notes(p), Shopper: m.shopperOf(p),
	}
	for i := range result.writes {
		result.writes[i].saleNumber, result.writes[i].paymentID = result.draft.SaleNumber, p.ID
	}
	return result, nil
}
