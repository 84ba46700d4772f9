package kountasync

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"time"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/reconcile"
)

// TotalMismatch is the class of a finding about an order whose total in Kounta is
// not that at Afterpay, as after a tip or a change at the till.
const TotalMismatch reconcile.Class = "total_mismatch"

// kountaSide reads what Kounta holds for a reconciliation.
type kountaSide struct {
	s       *Sync
	window  reconcile.Window
	pending map[string]bool // sale numbers to leave out
	totals  []reconcile.Finding
}

// records are the rows in Kounta with Afterpay's payment method. Those of one
// payment are added up. Kounta lists orders by the time at which they were made
// there, which may be the day before they were paid for, or much later.
func (k *kountaSide) records(ctx context.Context) iter.Seq2[reconcile.Record, error] {
	return func(yield func(reconcile.Record, error) bool) {
		for o, err := range k.s.till.list(ctx, k.window.From.AddDate(0, 0, -1), time.Time{}) {
			if err == nil {
				o, err = k.s.till.read(ctx, o.id)
			}
			var records []reconcile.Record
			if err == nil && !k.pending[o.saleNumber] {
				records, err = k.recordsOf(ctx, o)
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

// recordsOf returns the records of an order. Like those of Afterpay they have
// the time of the payment, if it is known.
func (k *kountaSide) recordsOf(ctx context.Context, o *tillOrder) ([]reconcile.Record, error) {
	sale, err := k.s.store.saleOf(ctx, o)
	if err != nil {
		return nil, err
	}
	at := o.placed
	if sale != nil {
		at = sale.PlacedAt
		k.compareTotal(o, sale)
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
		if !k.includes(record.At) {
			continue
		}
		if p.amount < 0 {
			record.Kind, record.Amount = reconcile.KindRefund, -p.amount
			if record.ID != "" {
				record.RefundID = p.ref
			}
			records = append(records, record)
			continue
		}
		if i, again := captured[record.ID]; again && record.ID != "" {
			records[i].Amount += p.amount
			continue
		}
		captured[record.ID] = len(records)
		records = append(records, record)
	}
	return records, nil
}

func (k *kountaSide) includes(t time.Time) bool {
	return !t.Before(k.window.From) && t.Before(k.window.To)
}

// rounding is the difference between totals that is no finding: Kounta may round
// to five cents.
const rounding = 5

// compareTotal keeps a finding if an order has another total than its sale.
func (k *kountaSide) compareTotal(o *tillOrder, sale *Draft) {
	difference := o.total - sale.Total.Amount
	if !k.includes(sale.PlacedAt) || max(difference, -difference) <= rounding {
		return
	}
	in := afterpay.Money{Amount: o.total, Currency: k.s.till.currency()}
	left := reconcile.Record{Reference: o.saleNumber, At: sale.PlacedAt, Currency: in.Currency, Amount: in.Amount}
	right := left
	right.Currency, right.Amount = sale.Total.Currency, sale.Total.Amount
	k.totals = append(k.totals, reconcile.Finding{
		Class: TotalMismatch, Severity: reconcile.Review, Kind: reconcile.KindPayment, Key: o.saleNumber, Left: &left, Right: &right,
		Text: fmt.Sprintf("The total of order %s is %s in Kounta and %s at Afterpay.", o.saleNumber, in, sale.Total),
	})
}

// withTotals adds the findings about totals at the end of a report.
type withTotals struct {
	reconcile.Reporter

	kounta *kountaSide
}

// Close implements reconcile.Reporter.
func (r *withTotals) Close(summary *reconcile.Summary) error {
	for i := range r.kounta.totals {
		f := &r.kounta.totals[i]
		summary.Classes[f.Class]++
		summary.Severities[f.Severity]++
		if err := r.Finding(f); err != nil {
			return err
		}
	}
	return r.Reporter.Close(summary)
}

// saleOf returns what the sync knows of an order in Kounta, nil for an order of
// another's.
func (s *store) saleOf(ctx context.Context, o *tillOrder) (sale *Draft, err error) {
	err = s.conn.Query(ctx, `SELECT draft FROM kounta_sync_orders WHERE sale_number = $1 AND kounta_id = $2`, []any{o.saleNumber, o.id},
		func(scan func(...any) error) error {
			var text string
			if err := scan(&text); err != nil {
				return err
			}
			sale = new(Draft)
			return json.Unmarshal([]byte(text), sale)
		})
	return sale, err
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
