package main

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/spf13/cobra"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/reconcile"
)

// paymentFlags say which of Afterpay's records are compared.
type paymentFlags struct {
	lookBack int
	disputes bool
}

func (f *paymentFlags) flags(cmd *cobra.Command, lookBack int) {
	cmd.Flags().IntVar(&f.lookBack, "look-back", lookBack, "days before --from whose payments are read as well; refunds may come 120 days later")
	cmd.Flags().BoolVar(&f.disputes, "disputes", true, "compare disputes, for which Afterpay has to activate the account")
}

// window returns the times whose payments are read for the days of a window. They
// end a day later, because payments are listed by the time of their checkout.
func (f *paymentFlags) window(w reconcile.Window) reconcile.Window {
	if !w.From.IsZero() {
		w.From = w.From.AddDate(0, 0, -max(f.lookBack, 0))
	}
	if !w.To.IsZero() {
		w.To = w.To.AddDate(0, 0, 1)
	}
	return w
}

// read returns the payments of a window and all disputes, and shows progress.
func (f *paymentFlags) read(ctx context.Context, a *app, client *afterpay.Client, w reconcile.Window) iter.Seq2[reconcile.Record, error] {
	q := afterpay.PaymentQuery{FromCreated: w.From}
	if !w.To.IsZero() {
		q.ToCreated = w.To.Add(-time.Millisecond)
	}
	records := reconcile.Payments(client.Payments.All(ctx, q))
	if f.disputes {
		records = reconcile.Concat(records, a.disputes(ctx, client))
	}
	return func(yield func(reconcile.Record, error) bool) {
		progress := a.progress(-1, "reading payments", a.out)
		defer progress.Close()
		for r, err := range records {
			progress.Add(1)
			if !yield(r, err) {
				return
			}
		}
	}
}

// disputes returns all disputes, and none under API v1, which has no disputes.
func (a *app) disputes(ctx context.Context, client *afterpay.Client) iter.Seq2[reconcile.Record, error] {
	return func(yield func(reconcile.Record, error) bool) {
		for r, err := range reconcile.Disputes(client.Disputes.All(ctx, afterpay.DisputeQuery{})) {
			if errors.Is(err, errors.ErrUnsupported) {
				a.message("Disputes are left out: API v1 has none.\n")
				return
			}
			if err != nil {
				err = &adviceError{err, "fix that, or leave disputes out with --disputes=false"}
			}
			if !yield(r, err) {
				return
			}
		}
	}
}
