package durable_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/durable"
	"github.com/afterpay-go/afterpay/reconcile"
)

// The schedule is that of docs/durable.md.
func TestSchedule_ReportOfANightlyReconciliationIsKept(t *testing.T) {
	t.Parallel()
	var client *afterpay.Client
	noOrders := func(func(reconcile.Record, error) bool) {}
	nightly := durable.Schedule{Name: "reconciliation", At: 4 * time.Hour, Run: func(ctx context.Context, from, to time.Time) (string, error) {
		payments := client.Payments.All(ctx, afterpay.PaymentQuery{FromCreated: from, ToCreated: to})
		run := reconcile.Orders(noOrders, reconcile.Payments(payments), reconcile.Options{})
		var report strings.Builder
		_, err := run.Report(ctx, reconcile.NewTable(&report, reconcile.Info))
		return report.String(), err
	}}
	onEach(t, setup{Schedules: []durable.Schedule{nightly}}, func(t *testing.T, b *bed) {
		client = b.client
		runs := func(n int) (all []durable.Run) {
			b.until(t, func() bool {
				var err error
				all, err = b.queue.Runs(t.Context(), nightly.Name, 10)
				return err == nil && len(all) == n
			})
			return all
		}
		runs(1) // the schedule was added
		payment := b.captured(20_00)
		b.advance(24 * time.Hour)
		require.Contains(t, runs(2)[0].Report, payment)
	})
}
