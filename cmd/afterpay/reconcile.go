package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/afterpay-go/afterpay/cmd/afterpay/internal/output"
	"github.com/afterpay-go/afterpay/reconcile"
	"github.com/afterpay-go/afterpay/settlement"
)

func newReconcile(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "reconcile",
		Short: "Compare orders, payments, settlement reports and the bank statement",
		Long: "Compare the shop's orders with Afterpay's payments, those with settlement reports, and those with the bank statement. " +
			"docs/reconciliation.md " +
			"explains every finding. Exit status for cron: 0 both sides agree, 1 there are findings, 2 the run failed.",
	}
	cmd.AddCommand(newReconcileOrders(a), newReconcileSettlement(a), newReconcileBank(a))
	return cmd
}

// compareFlags are common to all comparisons.
type compareFlags struct {
	days
	least         reconcile.Severity
	maxUnreadable int
	holidays      []string
}

func (f *compareFlags) flags(cmd *cobra.Command) {
	set := cmd.Flags()
	set.StringVar(&f.from, "from", "", "first day that the files cover, in --zone, such as 2025-05-01")
	set.StringVar(&f.to, "to", "", "last day that the files cover; default: today")
	set.TextVar(&f.least, "severity", reconcile.Low, "least `severity` to exit with 1 for, and to show in a table: info, low, warn, review, medium, high or error")
	set.IntVar(&f.maxUnreadable, "max-unreadable", reconcile.DefaultMaxUnreadable, "most rows that may be unreadable; each is a finding")
}

// holidayFlag adds the flag for bank holidays.
func (f *compareFlags) holidayFlag(cmd *cobra.Command) {
	cmd.Flags().StringSliceVar(&f.holidays, "holiday", nil, "bank holidays, as `days` such as 2025-12-25; may be repeated")
}

// options returns the options of a run. Both windows are the days of the flags in
// the zone.
func (f *compareFlags) options(zone *time.Location) (o reconcile.Options, err error) {
	from, to, err := f.parse()
	if err != nil {
		return o, err
	}
	var window reconcile.Window
	if !from.IsZero() {
		window.From = inZone(from, zone)
	}
	if !to.IsZero() {
		window.To = inZone(to.Add(time.Millisecond), zone)
	}
	o = reconcile.Options{Location: zone, LeftWindow: window, RightWindow: window, MaxUnreadable: orNone(f.maxUnreadable)}
	holidays := make(map[settlement.Date]bool, len(f.holidays))
	for _, text := range f.holidays {
		var day settlement.Date
		if err := day.UnmarshalText([]byte(text)); err != nil {
			return o, fmt.Errorf("--holiday must be a day such as 2025-12-25, not %q", text)
		}
		holidays[day] = true
	}
	o.Holidays = func(day settlement.Date) bool { return holidays[day] }
	return o, nil
}

// orNone returns the value of an option that reads 0 as its default and a
// negative value as none.
func orNone[T ~int | ~int64](v T) T {
	if v == 0 {
		return -1
	}
	return v
}

// inZone returns the instant at which the same day begins in a zone.
func inZone(day time.Time, zone *time.Location) time.Time {
	return time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, zone)
}

// compare runs a comparison and reports it. An interrupted run leaves whole lines
// and must be run again.
func (a *app) compare(ctx context.Context, run *reconcile.Run, least reconcile.Severity) error {
	summary, err := run.Report(ctx, a.reporter(least))
	if err != nil {
		return incomplete(ctx, err)
	}
	switch status := summary.ExitStatus(least); status {
	case reconcile.ExitClean:
		return nil
	case reconcile.ExitFindings:
		return &statusError{status: status}
	default:
		return &statusError{status: status, text: "the totals do not balance: please report this as a fault of the program"}
	}
}

// incomplete returns the error of a run that broke off.
func incomplete(ctx context.Context, err error) error {
	status, next := reconcile.ExitFailed, "fix that and run the same command again"
	if advice, ok := errors.AsType[*adviceError](err); ok {
		next = advice.next
	}
	if ctx.Err() != nil {
		status, next = exitInterrupted, "the same command again"
	}
	text := "the comparison is incomplete and proves nothing: " + flagNames(err.Error())
	return &adviceError{&statusError{status: status, text: text, cause: err}, next}
}

// reporter returns the form of the report.
func (a *app) reporter(least reconcile.Severity) reconcile.Reporter {
	switch a.format {
	case output.CSV:
		return reconcile.NewCSV(a.out)
	case output.JSONLines:
		return reconcile.NewJSONLines(a.out)
	default:
		return reconcile.NewTable(a.out, least)
	}
}
