package kountasync

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/afterpay-go/afterpay"
)

// Mapping says what is written to Kounta. The zero value is the mapping of
// docs/kounta.md. Custom mappings are functions.
type Mapping struct {
	// SaleNumber returns the sale number of the order in Kounta that a payment
	// belongs to. It must not change between two calls. Nil means the merchant
	// reference or, if that is empty, "afterpay-" and the payment's id.
	SaleNumber func(p *afterpay.Payment) string
	// Notes returns the notes of a new order. Nil names the payment's id.
	Notes func(p *afterpay.Payment) string
	// Status is the status in Kounta for each state at Afterpay; an empty status
	// leaves the order alone. Nil means DefaultStatus.
	Status map[afterpay.PaymentState]string
	// Fields are the rows of the mapping that are chosen by name, as in the
	// configuration file. See CheckFields.
	Fields map[string]string
}

// DefaultStatus returns the status in Kounta for each state at Afterpay. The
// status for CAPTURED is written once all that was captured is posted and covers
// the order's total; until then it is the one for PARTIALLY_CAPTURED.
func DefaultStatus() map[afterpay.PaymentState]string {
	return map[afterpay.PaymentState]string{
		afterpay.StateAuthApproved:      "ON_HOLD",
		afterpay.StatePartiallyCaptured: "ACCEPTED",
		afterpay.StateCaptured:          complete,
		afterpay.StateVoided:            "REJECTED",
		afterpay.StateExpired:           "REJECTED",
		afterpay.StateAuthDeclined:      "",
		afterpay.StateCaptureDeclined:   "",
	}
}

// complete is the status of an order that is closed.
const complete = "COMPLETE"

// statuses are those that Kounta knows.
var statuses = []string{"", "SUBMITTED", "ON_HOLD", "PENDING", "ACCEPTED", "REJECTED", complete}

func (m *Mapping) fill() error {
	if m.SaleNumber == nil {
		m.SaleNumber = func(p *afterpay.Payment) string {
			if p.MerchantReference == "" {
				return "afterpay-" + p.ID
			}
			return p.MerchantReference
		}
	}
	if m.Notes == nil {
		m.Notes = func(p *afterpay.Payment) string { return "Afterpay payment " + p.ID }
	}
	known := DefaultStatus()
	for state, status := range m.Status {
		if _, ok := known[state]; !ok {
			return fmt.Errorf("kountasync: status: unknown state %q of Afterpay", state)
		}
		if !slices.Contains(statuses, status) {
			return fmt.Errorf("kountasync: status: %s: unknown status %q of Kounta", state, status)
		}
		known[state] = status
	}
	if m.Fields["order_status"] == "none" {
		clear(known)
	}
	m.Status = known
	return CheckFields(m.Fields)
}

// status returns the status for a state. paid reports whether the captures
// cover the order's total.
func (m *Mapping) status(state string, paid bool) string {
	if state == string(afterpay.StateCaptured) && !paid {
		state = string(afterpay.StatePartiallyCaptured)
	}
	return m.Status[afterpay.PaymentState(state)]
}

// initialStatus is the status of an order before anything is posted to it.
func (m *Mapping) initialStatus(state string) string { return m.status(state, false) }

// stamp identifies what was last written to Kounta and why. A change that Kounta
// reports afterwards is no reason to write again.
func stamp(state, status string) string {
	digest := sha256.Sum256([]byte(state + "\x00" + status))
	return hex.EncodeToString(digest[:16])
}
