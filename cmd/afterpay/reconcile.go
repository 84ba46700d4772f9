package main

import (
	"context"
	"fmt"
	"io"
	"iter"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/cmd/afterpay/internal/output"
	"github.com/afterpay-go/afterpay/reconcile"
)

func newReconcile(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "reconcile",
		Short: "Compare orders, payments and settlement reports",
		Long: "Compare the shop's orders with Afterpay's payments, and those with settlement reports. docs/reconciliation.md " +
			"explains every finding. Exit status for cron: 0 both sides agree, 1 there are findings, 2 the run failed.",
	}
	cmd.AddCommand(newReconcileOrders(a), newReconcileSettlement(a))
	return cmd
}

// compareFlags are common to all comparisons.
type compareFlags struct {
	days
	zone, least string
}

func (f *compareFlags) flags(cmd *cobra.Command) {
	f.days.flags(cmd)
	cmd.Flags().StringVar(&f.zone, "zone", "", "the merchant's time zone, such as Australia/Melbourne; default: UTC")
	cmd.Flags().StringVar(&f.least, "severity", "low", "least severity to report and to exit with 1 for: info, low, warn, review, medium, high or error")
}

// options returns the options of a run, the least severity, and the query for the
// payments. Days are those of the zone.
func (f *compareFlags) options() (o reconcile.Options, least reconcile.Severity, err error) {
	if err = least.UnmarshalText([]byte(f.least)); err != nil {
		return o, least, fmt.Errorf("--severity: %w", err)
	}
	if o.Location, err = location(f.zone); err != nil {
		return o, least, err
	}
	if o.Location == nil {
		o.Location = time.UTC
	}
	from, to, err := f.parse()
	if err != nil {
		return o, least, err
	}
	var window reconcile.Window
	if !from.IsZero() {
		window.From = inZone(from, o.Location)
	}
	if !to.IsZero() {
		window.To = inZone(to.Add(time.Millisecond), o.Location)
	}
	o.LeftWindow, o.RightWindow = window, window
	return o, least, nil
}

// inZone returns the instant at which the same day begins in a zone.
func inZone(day time.Time, zone *time.Location) time.Time {
	return time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, zone)
}

func newReconcileOrders(a *app) *cobra.Command {
	var f compareFlags
	var currency string
	var minor bool
	cmd := &cobra.Command{
		Use:   "orders ORDERS.csv",
		Short: "Compare the shop's orders with Afterpay's payments",
		Long: "Compare the shop's orders, a CSV file, with Afterpay's payments. The first line of the file names the columns: " +
			"kind, status, afterpay_id, token, reference, paid_at, currency, amount and others; docs/reconciliation.md has more.",
		Example: "  afterpay reconcile orders --from 2025-05-01 --to 2025-05-31 --zone Australia/Melbourne orders.csv",
		Args:    exactly("ORDERS.csv"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o, least, err := f.options()
			if err != nil {
				return err
			}
			client, err := a.client()
			if err != nil {
				return err
			}
			file, err := os.Open(args[0])
			if err != nil {
				return err
			}
			defer file.Close() //nolint:errcheck // it was only read
			orders := reconcile.ReadOrders(file, reconcile.OrderOptions{
				Currency: afterpay.Currency(strings.ToUpper(currency)), MinorUnits: minor, Location: o.Location,
			})
			return a.compare(cmd.Context(), reconcile.Orders(orders, a.payments(cmd.Context(), client, o.LeftWindow), o), least)
		},
	}
	f.flags(cmd)
	cmd.Flags().StringVar(&currency, "currency", "", "currency of amounts without one")
	cmd.Flags().BoolVar(&minor, "minor-units", false, "amounts are whole hundredths: 5000 for 50.00")
	return cmd
}

func newReconcileSettlement(a *app) *cobra.Command {
	var f compareFlags
	var r reportFlags
	cmd := &cobra.Command{
		Use:     "settlement FILE...",
		Short:   "Compare Afterpay's payments with its settlement reports",
		Example: "  afterpay reconcile settlement --from 2025-05-01 --to 2025-05-31 --currency AUD --zone Australia/Melbourne may.csv",
		Args:    files,
		RunE: func(cmd *cobra.Command, args []string) error {
			o, least, err := f.options()
			if err != nil {
				return err
			}
			client, err := a.client()
			if err != nil {
				return err
			}
			r.zone = f.zone
			read, err := r.options()
			if err != nil {
				return err
			}
			rows := reconcile.SettlementRows(reports(args, read), o.Location)
			return a.compare(cmd.Context(), reconcile.Settlement(a.payments(cmd.Context(), client, o.LeftWindow), rows, o), least)
		},
	}
	f.flags(cmd)
	cmd.Flags().StringVar(&r.currency, "currency", "", "currency of the settlement; the Business Hub's export needs it")
	cmd.Flags().StringVar(&r.dates, "dates", "", "order of dates: day-first, month-first or year-first; default: as the file's dates decide")
	cmd.Flags().StringVar(&r.times, "times", "", "the same for columns of date and time; default: as --dates")
	return cmd
}

// payments returns the payments of a window as records, and shows progress.
func (a *app) payments(ctx context.Context, client *afterpay.Client, w reconcile.Window) iter.Seq2[reconcile.Record, error] {
	q := afterpay.PaymentQuery{FromCreated: w.From}
	if !w.To.IsZero() {
		q.ToCreated = w.To.Add(-time.Millisecond)
	}
	return func(yield func(reconcile.Record, error) bool) {
		progress := a.progress(-1, "reading payments", a.out)
		defer progress.Close()
		for r, err := range reconcile.Payments(client.Payments.All(ctx, q)) {
			progress.Add(1)
			if !yield(r, err) {
				return
			}
		}
	}
}

// compare runs a comparison and reports it. An interrupted run leaves whole lines
// and must be run again.
func (a *app) compare(ctx context.Context, run *reconcile.Run, least reconcile.Severity) error {
	reporter, err := a.reporter(least)
	if err != nil {
		return err
	}
	summary, err := run.Report(ctx, reporter)
	if err != nil {
		return &adviceError{&statusError{reconcile.ExitFailed, "the comparison is incomplete and proves nothing: " + err.Error()}, "mend that and run the same command again"}
	}
	switch status := summary.ExitStatus(least); status {
	case reconcile.ExitClean:
		return nil
	case reconcile.ExitFindings:
		return &statusError{status: status}
	default:
		return &statusError{status, "the totals do not balance: please report this as a fault of the program"}
	}
}

func (a *app) reporter(least reconcile.Severity) (reconcile.Reporter, error) {
	reporters := map[output.Format]func(io.Writer) reconcile.Reporter{
		output.Table:     func(w io.Writer) reconcile.Reporter { return reconcile.NewTable(w, least) },
		output.CSV:       reconcile.NewCSV,
		output.JSONLines: reconcile.NewJSONLines,
	}
	newReporter := reporters[output.Format(a.format)]
	if newReporter == nil {
		return nil, fmt.Errorf("%w, not %q", output.ErrFormat, a.format)
	}
	return newReporter(a.out), nil
}
