package kountasync

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/durable"
	"github.com/afterpay-go/afterpay/reconcile"
)

// The names of the schedules.
const (
	ScheduleDaily  = "kounta-daily"
	ScheduleWeekly = "kounta-weekly"
)

// weeklyDays is how far back the weekly reconciliation goes. Most refunds are
// made within it.
const weeklyDays = 35

// schedules reconcile the orders of each day on the following night and, on
// Mondays, those of five weeks with their later refunds.
func (s *Sync) schedules() []durable.Schedule {
	daily := durable.Schedule{
		Name: ScheduleDaily, At: s.options.ReconcileAt, Location: s.options.Location,
		Run: func(ctx context.Context, from, to time.Time) (string, error) {
			return s.scheduled(ctx, ScheduleDaily, from, to)
		},
	}
	weekly := daily
	weekly.Name = ScheduleWeekly
	weekly.Run = func(ctx context.Context, _, to time.Time) (string, error) {
		if to = to.In(s.options.Location); to.Weekday() != time.Monday {
			return "not a Monday", nil
		}
		return s.scheduled(ctx, ScheduleWeekly, to.AddDate(0, 0, -weeklyDays), to)
	}
	return []durable.Schedule{daily, weekly}
}

func (s *Sync) scheduled(ctx context.Context, name string, from, to time.Time) (string, error) {
	var text strings.Builder
	summary, err := s.Reconcile(ctx, from, to, reconcile.NewTable(&text, reconcile.Low))
	if err != nil {
		return "", err
	}
	if summary.ExitStatus(reconcile.Low) != reconcile.ExitClean {
		s.alert(ctx, Alert{AlertMismatch, name, fmt.Sprintf(
			"the reconciliation of the orders from %s to %s found differences between Kounta and Afterpay: %v",
			from.Format(time.DateOnly), to.Format(time.DateOnly), summary.Classes)})
	}
	return text.String(), s.forget(ctx, AlertSchedule, name)
}

// Reconcile compares Afterpay's payments of orders made between two times, with
// all their captures and refunds, with the rows in Kounta, and reports every
// difference. Beside the classes of package reconcile there are TotalMismatch and
// DuplicateOrder. Orders that the sync is still writing are left out on both
// sides.
func (s *Sync) Reconcile(ctx context.Context, from, to time.Time, reporter reconcile.Reporter) (reconcile.Summary, error) {
	pending, err := s.store.unfinished(ctx)
	if err != nil {
		return reconcile.Summary{}, err
	}
	window := reconcile.Window{From: from, To: to}
	kounta := &kountaSide{s: s, window: window, pending: pending, seen: make(map[string]bool)}
	run := reconcile.Orders(kounta.records(ctx), s.paymentRecords(ctx, from, to, pending), reconcile.Options{
		Now: s.now(), Location: s.options.Location, LeftWindow: window, RightWindow: window,
		EdgeMargin: -1, Grace: -1, ExpiryHorizon: -1,
	})
	return run.Report(ctx, &withFindings{reporter, kounta})
}

// paymentRecords are the captures and refunds at Afterpay.
func (s *Sync) paymentRecords(ctx context.Context, from, to time.Time, pending map[string]bool) iter.Seq2[reconcile.Record, error] {
	payments := s.client.Payments.All(ctx, afterpay.PaymentQuery{FromCreated: from, ToCreated: to.Add(-time.Millisecond)})
	return func(yield func(reconcile.Record, error) bool) {
		for p, err := range payments {
			if err != nil {
				yield(reconcile.Record{}, err)
				return
			}
			planned, err := s.mapping.newPlan(p, s.options.Location)
			if err != nil {
				if !yield(reconcile.Record{}, &reconcile.RowError{Err: err}) {
					return
				}
				continue
			}
			for _, record := range planned.records() {
				if !pending[record.Reference] && !yield(record, nil) {
					return
				}
			}
		}
	}
}

// records are what Kounta should hold: a payment with what was captured in all,
// and every refund.
func (p *plan) records() []reconcile.Record {
	record := reconcile.Record{
		Kind: reconcile.KindPayment, ID: p.payment.ID, Reference: p.draft.SaleNumber,
		At: p.draft.PlacedAt, Currency: p.draft.Total.Currency,
	}
	var refunds []reconcile.Record
	for _, w := range p.writes {
		if w.kind == WriteCapture {
			record.Amount += w.amount
			continue
		}
		refund := record
		refund.Kind, refund.RefundID, refund.Amount = reconcile.KindRefund, w.ref, -w.amount
		refunds = append(refunds, refund)
	}
	if record.Amount == 0 {
		return refunds
	}
	return append([]reconcile.Record{record}, refunds...)
}

// unfinished returns the sale numbers of orders with something to write.
func (s *store) unfinished(ctx context.Context) (map[string]bool, error) {
	pending := make(map[string]bool)
	err := s.conn.Query(ctx, `SELECT sale_number FROM kounta_sync_orders WHERE next_at <> ''`, nil, func(scan func(...any) error) error {
		var saleNumber string
		err := scan(&saleNumber)
		pending[saleNumber] = true
		return err
	})
	return pending, err
}
