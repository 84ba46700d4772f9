package kountasync

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/afterpay-go/afterpay/reconcile"
)

// The classes that only this package finds.
const (
	// TotalMismatch is an order whose total in Kounta is not that at Afterpay, as
	// after a tip or a change at the till.
	TotalMismatch reconcile.Class = "total_mismatch"
	// DuplicateOrder is a second order in Kounta with the sale number of a sale.
	DuplicateOrder reconcile.Class = "duplicate_order"
)

// kountaSide reads what Kounta holds for a reconciliation.
type kountaSide struct {
	s        *Sync
	window   reconcile.Window
	pending  map[string]bool // sale numbers to leave out
	seen     map[string]bool // refs of ours
	findings []reconcile.Finding
}

// records are the rows in Kounta with Afterpay's payment method. Those of one
// payment are added up. Kounta lists orders by the time at which they were made
// there, which may be on the day before they were paid for, or much later.
func (k *kountaSide) records(ctx context.Context) iter.Seq2[reconcile.Record, error] {
	return func(yield func(reconcile.Record, error) bool) {
		for o, err := range k.s.till.list(ctx, k.window.From.AddDate(0, 0, -2), time.Time{}) {
			var records []reconcile.Record
			if err == nil {
				records, err = k.read(ctx, o)
			}
			if err != nil {
				yield(reconcile.Record{}, err)
				return
			}
			for _, record := range records {
				if !yield(record, nil) {
					return
				}
			}
		}
	}
}

// read returns the records of an order in a list. It reads the order only if it
// may belong to the window.
func (k *kountaSide) read(ctx context.Context, listed *tillOrder) ([]reconcile.Record, error) {
	belongs := listed.saleNumber == "" || !listed.placed.Before(k.window.From.AddDate(0, 0, -1)) && listed.placed.Before(k.window.To.AddDate(0, 0, 1))
	if !belongs {
		var err error
		if belongs, err = k.s.store.paidWithin(ctx, listed.saleNumber, k.window); err != nil || !belongs {
			return nil, err
		}
	}
	o, err := k.s.till.read(ctx, listed.id)
	if err != nil || k.pending[o.saleNumber] {
		return nil, err
	}
	return k.recordsOf(ctx, o)
}

// recordsOf returns the records of an order. Like those of Afterpay they have
// the time of the payment, if it is known.
func (k *kountaSide) recordsOf(ctx context.Context, o *tillOrder) ([]reconcile.Record, error) {
	sale, err := k.s.store.saleOf(ctx, o.saleNumber)
	if err != nil {
		return nil, err
	}
	at := o.placed
	switch {
	case sale == nil || sale.kountaID == 0:
	case sale.kountaID == o.id:
		at = sale.draft.PlacedAt
		k.compareTotal(o, sale)
	default:
		k.doubledOrder(o, sale)
	}
	captured := make(map[string]int) // index in records by the payment's id
	var records []reconcile.Record
	for _, p := range o.payments {
		if !p.afterpay {
			continue
		}
		record := reconcile.Record{Reference: o.saleNumber, At: at, Currency: k.s.till.currency(), Amount: p.amount}
		paid, err := k.s.store.paymentOf(ctx, p.ref)
		if err != nil {
			return nil, err
		}
		if paid.id != "" {
			record.ID, record.At = paid.id, paid.created
		}
		if p.amount < 0 {
			record.Kind, record.Amount = reconcile.KindRefund, -p.amount
		}
		if !k.includes(record.At) || paid.id != "" && k.doubledRow(&record, p.ref) {
			continue
		}
		switch i, again := captured[record.ID]; {
		case record.Kind == reconcile.KindRefund:
			if record.ID != "" {
				record.RefundID = p.ref
			}
		case again && record.ID != "":
			records[i].Amount += p.amount
			continue
		default:
			captured[record.ID] = len(records)
			if slices.Contains(undone, o.status) {
				record.State = reconcile.StateCancelled
			}
		}
		records = append(records, record)
	}
	return records, nil
}

// undone are the statuses of orders that hold no sale.
var undone = []string{"REJECTED", "DELETED"}

func (k *kountaSide) includes(t time.Time) bool {
	return !t.Before(k.window.From) && t.Before(k.window.To)
}

// rounding is the difference between totals that is no finding: Kounta may round
// to five cents.
const rounding = 5

// compareTotal keeps a finding if an order has another total than its sale.
func (k *kountaSide) compareTotal(o *tillOrder, sale *sale) {
	difference := o.total - sale.draft.Total.Amount
	if !k.includes(sale.draft.PlacedAt) || max(difference, -difference) <= rounding {
		return
	}
	in := k.orderRecord(o)
	atAfterpay := in
	atAfterpay.Currency, atAfterpay.Amount = sale.draft.Total.Currency, sale.draft.Total.Amount
	k.findings = append(k.findings, reconcile.Finding{
		Class: TotalMismatch, Severity: reconcile.Review, Key: o.saleNumber, Left: &in, Right: &atAfterpay,
		Text: fmt.Sprintf("The total of order %s is %s in Kounta and %s at Afterpay.", o.saleNumber, in.Money(), sale.draft.Total),
	})
}

// doubledOrder keeps a finding for a second order with the sale number of a sale,
// unless it was undone or belongs to another day, on which the till may use the
// number again.
func (k *kountaSide) doubledOrder(o *tillOrder, sale *sale) {
	apart := o.placed.Sub(sale.draft.PlacedAt)
	if !k.includes(sale.draft.PlacedAt) || slices.Contains(undone, o.status) || max(apart, -apart) > 24*time.Hour {
		return
	}
	second := k.orderRecord(o)
	k.findings = append(k.findings, reconcile.Finding{
		Class: DuplicateOrder, Severity: reconcile.Review, Key: o.saleNumber, Left: &second,
		Text: fmt.Sprintf("Kounta has two orders with the sale number %s: %d and %d.", o.saleNumber, sale.kountaID, o.id),
	})
}

// doubledRow reports whether a row of ours is in Kounta for the second time, and
// keeps a finding.
func (k *kountaSide) doubledRow(record *reconcile.Record, ref string) bool {
	if !k.seen[ref] {
		k.seen[ref] = true
		return false
	}
	k.findings = append(k.findings, reconcile.Finding{
		Class: reconcile.DuplicateRow, Severity: reconcile.High, Kind: record.Kind, Key: record.Reference, Left: record,
		Text: fmt.Sprintf("Kounta has the row %s of %s twice.", ref, record.Money()),
	})
	return true
}

func (k *kountaSide) orderRecord(o *tillOrder) reconcile.Record {
	return reconcile.Record{Reference: o.saleNumber, At: o.placed, Currency: k.s.till.currency(), Amount: o.total}
}

// withFindings adds the findings of this package at the end of a report.
type withFindings struct {
	reconcile.Reporter

	kounta *kountaSide
}

// Close implements reconcile.Reporter.
func (r *withFindings) Close(summary *reconcile.Summary) error {
	for i := range r.kounta.findings {
		f := &r.kounta.findings[i]
		summary.Classes[f.Class]++
		summary.Severities[f.Severity]++
		if err := r.Finding(f); err != nil {
			return err
		}
	}
	return r.Reporter.Close(summary)
}

// sale is what the sync knows of a sale.
type sale struct {
	draft    Draft
	kountaID int64 // 0 before its order is made
}

// saleOf returns a sale, nil if the sync does not know it.
func (s *store) saleOf(ctx context.Context, saleNumber string) (found *sale, err error) {
	err = s.conn.Query(ctx, `SELECT draft, kounta_id FROM kounta_sync_orders WHERE sale_number = $1`, []any{saleNumber},
		func(scan func(...any) error) error {
			var text string
			found = new(sale)
			if err := scan(&text, &found.kountaID); err != nil {
				return err
			}
			return json.Unmarshal([]byte(text), &found.draft)
		})
	return found, err
}

// paidWithin reports whether a payment of a sale was made within a window.
func (s *store) paidWithin(ctx context.Context, saleNumber string, w reconcile.Window) (found bool, err error) {
	err = s.conn.Query(ctx, `SELECT 1 FROM kounta_sync_payments WHERE sale_number = $1 AND created >= $2 AND created < $3`,
		[]any{saleNumber, formatTime(w.From), formatTime(w.To)}, func(func(...any) error) error { found = true; return nil })
	return found, err
}

// paid is the payment that a row in Kounta belongs to.
type paid struct {
	id      string // empty for the row of another's
	created time.Time
}

// paymentOf returns the payment that a ref of ours belongs to.
func (s *store) paymentOf(ctx context.Context, ref string) (p paid, err error) {
	var created string
	err = s.conn.Query(ctx, `SELECT p.payment_id, p.created FROM kounta_sync_writes w
		JOIN kounta_sync_payments p ON p.payment_id = w.payment_id WHERE w.ref = $1`, []any{ref},
		func(scan func(...any) error) error { return scan(&p.id, &created) })
	if err != nil {
		return p, err
	}
	p.created, err = parseTime(created)
	return p, err
}
