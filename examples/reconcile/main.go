// Command reconcile makes a day at a shop and finds out who owes whom:
//
//	go run ./examples/reconcile                    # a day of orders through the sandbox
//	go run ./examples/reconcile -orders 1000000    # many, made as they are read
//
// The shop sells through the sandbox and exports its orders as CSV; Afterpay
// settles them in a report, and the bank books the deposits. Faults are planted in
// each. The orders are compared with the payments, the payments with the report,
// and the report with the bank statement. For files of your own there is the command
// line: afterpay reconcile.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/reconcile"
	"github.com/afterpay-go/afterpay/settlement"
)

func main() {
	orders := flag.Int("orders", 0, "number of orders to make; 0 sells a day's orders through the sandbox")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "reconcile: unexpected argument %q\n", flag.Arg(0))
		os.Exit(reconcile.ExitFailed)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *orders, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "reconcile:", err)
		os.Exit(reconcile.ExitFailed)
	}
}

// run makes the books, compares them, and prints tables.
func run(ctx context.Context, orders int, w io.Writer) error {
	b, err := makeBooks(ctx, orders)
	if err != nil {
		return err
	}
	say := func(format string, args ...any) { fmt.Fprintf(w, format, args...) }
	say("Planted:\n")
	for _, fault := range b.planted {
		say("  - %s\n", fault)
	}
	p := newProgress(b.progress)
	status := reconcile.ExitClean
	for _, comparison := range comparisons {
		say("\n%s:\n\n", comparison.title)
		summary, err := comparison.compare(ctx, b, reconcile.NewTable(w, reconcile.Info), p)
		if err != nil {
			return err
		}
		status = max(status, summary.ExitStatus(reconcile.Low))
	}
	p.done()
	say("\nExit status for cron: %d\n", status)
	return nil
}

// makeBooks makes the books of many orders or, if orders is 0, those of a day in
// the sandbox.
func makeBooks(ctx context.Context, orders int) (*books, error) {
	location, err := time.LoadLocation("Australia/Melbourne")
	if err != nil {
		return nil, err
	}
	if orders > 0 {
		return manyBooks(orders, location)
	}
	return sandboxBooks(ctx, location)
}

// comparisons are the three questions of reconciliation.
var comparisons = []struct {
	title   string
	compare func(context.Context, *books, reconcile.Reporter, *progress) (reconcile.Summary, error)
}{
	{"The shop's orders against Afterpay's payments", compareOrders},
	{"Afterpay's payments against its settlement report", compareSettlement},
	{"The settlement report against the bank statement", compareBank},
}

// compareOrders compares the shop's orders with Afterpay's payments.
func compareOrders(ctx context.Context, b *books, to reconcile.Reporter, p *progress) (reconcile.Summary, error) {
	orders := reconcile.InFile("orders.csv", reconcile.ReadOrders(b.orders(), reconcile.OrderOptions{Location: b.location}))
	payments := reconcile.Concat(reconcile.Payments(b.payments()), reconcile.Disputes(b.disputes()))
	return reconcile.Orders(p.watch("orders", orders), p.watch("payments", payments), reconcile.Options{
		Now: b.now, Location: b.location, LeftWindow: b.window, RightWindow: b.window,
	}).Report(ctx, to)
}

// compareSettlement compares the payments with the settlement report.
func compareSettlement(ctx context.Context, b *books, to reconcile.Reporter, p *progress) (reconcile.Summary, error) {
	rows := settlement.Read(b.report(), settlement.Options{Location: b.location, Currency: afterpay.CurrencyAUD})
	return reconcile.Settlement(
		p.watch("payments", reconcile.Concat(reconcile.Payments(b.payments()), reconcile.Disputes(b.disputes()))),
		p.watch("settlement rows", reconcile.InFile("settlement.csv", reconcile.SettlementRows(rows, b.location))),
		reconcile.Options{
			Now: b.now, Location: b.location, LeftWindow: b.window, RightWindow: b.window,
			Fees: reconcile.RateFee(feeRate, feeFixed),
		}).Report(ctx, to)
}

// compareBank compares the deposits of the settlement report with the bank
// statement.
func compareBank(ctx context.Context, b *books, to reconcile.Reporter, p *progress) (reconcile.Summary, error) {
	rows := settlement.Read(b.report(), settlement.Options{Location: b.location, Currency: afterpay.CurrencyAUD})
	statement := reconcile.InFile("bank.csv", reconcile.ReadBank(bytes.NewReader(b.statement), reconcile.BankOptions{
		Currency: afterpay.CurrencyAUD, Location: b.location,
		Accept: func(text string) bool { return strings.HasPrefix(text, "AFTERPAY") },
	}))
	return reconcile.Bank(
		p.watch("deposits", reconcile.Payouts(settlement.Payouts(rows), b.location)),
		p.watch("bank statement", statement),
		reconcile.Options{Now: b.now, Location: b.location}).Report(ctx, to)
}
