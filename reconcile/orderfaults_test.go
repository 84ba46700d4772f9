package reconcile_test

import (
	"fmt"
	"time"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/reconcile"
)

// fault is a way for a deal to go wrong. It tells the findings it must cause;
// it is false where this deal cannot go wrong so.
type fault struct {
	name  string
	plant func(w *world, d *deal) bool
}

const (
	pay    = reconcile.KindPayment
	refund = reconcile.KindRefund
)

var orderFaults = []fault{
	{"payment lost", func(w *world, d *deal) bool {
		if d.payment.ID == "" || len(d.shopRefunds) > 0 {
			return false
		}
		d.payment.ID, d.extraRight = "", nil
		w.expect(d.n, reconcile.MissingAtAfterpay, reconcile.High, pay)
		return true
	}},
	{"payment not listed yet", func(w *world, d *deal) bool {
		if d.payment.ID == "" || len(d.shopRefunds) > 0 {
			return false
		}
		d.payment.ID, d.extraRight = "", nil
		d.order.At = now.Add(-20 * time.Minute)
		w.expect(d.n, reconcile.MissingAtAfterpay, reconcile.Info, pay)
		return true
	}},
	{"order lost", func(w *world, d *deal) bool {
		if d.payment.ID == "" {
			return false
		}
		w.expect(d.n, reconcile.MissingAtMerchant, reconcile.High, pay)
		for range d.afterpayRefund {
			w.expect(d.n, reconcile.RefundMissingMerchant, reconcile.Medium, refund)
		}
		d.order, d.shopRefunds = reconcile.Record{}, nil
		return true
	}},
	{"released payment without an order", func(w *world, d *deal) bool {
		if !d.captured() || len(d.shopRefunds) > 0 {
			return false
		}
		d.payment.State, d.payment.Amount, d.payment.Voided = reconcile.StateVoided, 0, d.payment.Authorized
		d.order = reconcile.Record{}
		w.expect(d.n, reconcile.MissingAtMerchant, reconcile.Info, pay)
		return true
	}},
	{"two approved payments", func(w *world, d *deal) bool {
		if !d.captured() {
			return false
		}
		second := d.second()
		second.State, second.Amount, second.Open = reconcile.StateAuthorized, 0, second.Authorized
		d.extraRight = append(d.extraRight, second)
		w.expect(d.n, reconcile.AmbiguousReference, reconcile.Review, pay)
		return true
	}},
	{"one reference, two orders", func(w *world, d *deal) bool {
		if !d.captured() || d.order.ID+d.order.Token != "" || len(d.shopRefunds) > 0 {
			return false
		}
		second, order := d.second(), d.order
		second.Amount += 1_00
		second.Authorized = second.Amount
		order.Amount = second.Amount
		d.extraRight, d.extraLeft = append(d.extraRight, second), append(d.extraLeft, order)
		w.expect(d.n, reconcile.AmbiguousReference, reconcile.Review, pay)
		return true
	}},
	{"paid twice", func(w *world, d *deal) bool {
		if !d.captured() {
			return false
		}
		d.extraRight = append(d.extraRight, d.second())
		w.expect(d.n, reconcile.DuplicateCapture, reconcile.High, pay)
		return true
	}},
	{"captured twice", func(w *world, d *deal) bool {
		if !d.captured() {
			return false
		}
		d.payment.Authorized = d.payment.Amount
		d.payment.Amount, d.payment.Voided = 2*d.payment.Amount, 0
		w.expect(d.n, reconcile.DuplicateCapture, reconcile.High, pay)
		return true
	}},
	{"order exported twice", func(w *world, d *deal) bool {
		if d.order.Amount == 0 {
			return false
		}
		d.extraLeft = append(d.extraLeft, d.order)
		w.expect(d.n, reconcile.DuplicateRow, reconcile.Info, pay)
		return true
	}},
	{"order exported twice, changed", func(w *world, d *deal) bool {
		if d.order.Amount == 0 {
			return false
		}
		// The lists are shuffled and the first of two rows is compared, so the
		// difference is one that the comparison passes over.
		again := d.order
		again.Line, again.At = 7, again.At.Add(time.Second)
		d.extraLeft = append(d.extraLeft, again)
		w.expect(d.n, reconcile.DuplicateRow, reconcile.Severe, pay)
		return true
	}},
	{"payment listed twice", func(w *world, d *deal) bool {
		if !d.captured() {
			return false
		}
		d.extraRight = append(d.extraRight, d.payment)
		w.expect(d.n, reconcile.DuplicateRow, reconcile.Info, pay)
		return true
	}},
	{"refund listed twice", func(w *world, d *deal) bool {
		if len(d.afterpayRefund) == 0 {
			return false
		}
		d.extraRight = append(d.extraRight, d.afterpayRefund[0])
		w.expect(d.n, reconcile.DuplicateRow, reconcile.Info, refund)
		return true
	}},
	{"another amount", func(w *world, d *deal) bool {
		if !d.captured() {
			return false
		}
		d.order.Amount++
		w.expect(d.n, reconcile.AmountMismatch, reconcile.High, pay)
		return true
	}},
	{"another void", func(w *world, d *deal) bool {
		if d.payment.Voided == 0 || !d.captured() {
			return false
		}
		d.order.Voided = d.payment.Voided + 1
		w.expect(d.n, reconcile.AmountMismatch, reconcile.High, pay)
		return true
	}},
	{"another currency", func(w *world, d *deal) bool {
		if !d.captured() {
			return false
		}
		d.order.Currency = afterpay.CurrencyGBP
		w.expect(d.n, reconcile.CurrencyMismatch, reconcile.High, pay)
		return true
	}},
	{"paid but declined", func(w *world, d *deal) bool {
		if d.payment.ID == "" || len(d.shopRefunds) > 0 || len(d.extraRight) > 0 {
			return false
		}
		d.payment.State, d.payment.Amount, d.payment.Voided = reconcile.StateDeclined, 0, 0
		w.expect(d.n, reconcile.StatusMismatch, reconcile.High, pay)
		return true
	}},
	{"paid but released", func(w *world, d *deal) bool {
		if !d.captured() || len(d.shopRefunds) > 0 {
			return false
		}
		d.payment.State, d.payment.Amount, d.payment.Voided = reconcile.StateExpired, 0, d.payment.Authorized
		w.expect(d.n, reconcile.StatusMismatch, reconcile.High, pay)
		return true
	}},
	{"cancelled but captured", func(w *world, d *deal) bool {
		if !d.captured() {
			return false
		}
		d.order.State = reconcile.StateCancelled
		w.expect(d.n, reconcile.StatusMismatch, reconcile.High, pay)
		return true
	}},
	{"pending but captured", func(w *world, d *deal) bool {
		if !d.captured() {
			return false
		}
		d.order.State, d.order.Amount = reconcile.StatePending, 0
		w.expect(d.n, reconcile.StatusMismatch, reconcile.High, pay)
		if len(d.shopRefunds) > 0 {
			w.expect(d.n, reconcile.OverRefund, reconcile.High, pay)
		}
		return true
	}},
	{"refund unknown to Afterpay", func(w *world, d *deal) bool {
		if !d.captured() {
			return false
		}
		w.refund(d)
		last := len(d.shopRefunds) - 1
		d.afterpayRefund = d.afterpayRefund[:last]
		// A refund without keys is compared in total with what is left over.
		d.shopRefunds[last].RefundReference = fmt.Sprintf("lost-%06d", d.n)
		w.expect(d.n, reconcile.RefundMissingAfterpay, reconcile.High, refund)
		return true
	}},
	{"refund unknown to the shop", func(w *world, d *deal) bool {
		if !d.captured() {
			return false
		}
		w.refund(d)
		d.shopRefunds = d.shopRefunds[:len(d.shopRefunds)-1]
		w.expect(d.n, reconcile.RefundMissingMerchant, reconcile.Medium, refund)
		return true
	}},
	{"refund of another amount", func(w *world, d *deal) bool {
		if !d.captured() || len(d.shopRefunds) > 0 {
			return false
		}
		w.refund(d)
		d.shopRefunds[0].Amount++
		w.expect(d.n, reconcile.RefundAmountMismatch, reconcile.High, refund)
		return true
	}},
	{"refunded beyond the capture", func(w *world, d *deal) bool {
		if !d.captured() || len(d.shopRefunds) > 0 {
			return false
		}
		w.refund(d)
		d.shopRefunds[0].Amount = d.payment.Amount + 1
		d.afterpayRefund[0].Amount = d.payment.Amount + 1
		w.expect(d.n, reconcile.OverRefund, reconcile.High, pay)
		return true
	}},
	{"authorization about to expire", func(w *world, d *deal) bool {
		if d.payment.State != reconcile.StateAuthorized {
			return false
		}
		d.payment.Due = now.Add(40 * time.Hour)
		w.expect(d.n, reconcile.AuthExpiring, reconcile.Warn, pay)
		return true
	}},
	{"authorization expired", func(w *world, d *deal) bool {
		if d.payment.State != reconcile.StateAuthorized {
			return false
		}
		d.payment.State, d.payment.Open, d.payment.Voided = reconcile.StateExpired, 0, d.payment.Authorized
		w.expect(d.n, reconcile.AuthExpired, reconcile.High, pay)
		return true
	}},
	{"rest of an authorization expired", func(w *world, d *deal) bool {
		if d.payment.Voided == 0 || !d.captured() {
			return false
		}
		d.order.Open = d.payment.Voided
		w.expect(d.n, reconcile.AuthExpired, reconcile.High, pay)
		return true
	}},
	{"dispute", func(w *world, d *deal) bool {
		if !d.captured() {
			return false
		}
		dispute := reconcile.Record{
			Kind: reconcile.KindDispute, ID: d.payment.ID, State: reconcile.StateDisputeOpen,
			At: now.Add(-24 * time.Hour), Due: now.Add(time.Duration(w.rng.IntN(300)) * time.Hour), Currency: d.payment.Currency, Amount: d.payment.Amount,
		}
		if w.sameRefs {
			dispute.Reference = d.payment.Reference
		}
		class, severity := reconcile.DisputeOpen, reconcile.Info
		if w.chance(50) {
			dispute.State, class, severity = reconcile.StateDisputeLost, reconcile.DisputeLost, reconcile.High
		}
		d.extraRight = append(d.extraRight, dispute)
		w.expect(d.n, class, severity, reconcile.KindDispute)
		return true
	}},
	{"midnight between the two", func(w *world, d *deal) bool {
		if !d.captured() || len(d.extraRight) > 0 {
			return false
		}
		midnight := time.Date(2026, 11, 12, 0, 0, 0, 0, melbourne)
		d.order.At, d.payment.At = midnight.Add(-time.Second), midnight.Add(time.Second)
		w.expect(d.n, reconcile.DayBoundary, reconcile.Info, pay)
		return true
	}},
	{"order before Afterpay's window", func(w *world, d *deal) bool {
		if d.payment.ID == "" || len(d.shopRefunds) > 0 {
			return false
		}
		d.payment.ID, d.extraRight = "", nil
		d.order.At = paymentsFrom.Add(time.Hour)
		w.expect(d.n, reconcile.WindowEdge, reconcile.Info, pay)
		return true
	}},
	{"payment after the shop's window", func(w *world, d *deal) bool {
		if d.payment.ID == "" || len(d.afterpayRefund) > 0 {
			return false
		}
		d.order = reconcile.Record{}
		d.payment.At = ordersTo.Add(-time.Hour)
		w.expect(d.n, reconcile.WindowEdge, reconcile.Info, pay)
		return true
	}},
}
