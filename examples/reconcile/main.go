// Command reconcile makes a day at a shop and finds out who owes whom:
//
//	go run ./examples/reconcile                    # a day of orders through the sandbox
//	go run ./examples/reconcile -format csv        # or jsonl
//	go run ./examples/reconcile -orders 1000000    # many, made as they are read
//
// The shop sells through the sandbox, exports its orders as CSV, and gets a
// settlement report; in all three, faults are planted. The orders are compared
// with the payments and the payments with the report. With -out the two files
// are written to a directory, and with -cron the program ends with the exit
// status that a job run by cron would.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/reconcile"
	"github.com/afterpay-go/afterpay/settlement"
)

func main() {
	orders := flag.Int("orders", 0, "number of orders to make without the sandbox; 0 means a day in the sandbox")
	format := flag.String("format", "table", "table, csv or jsonl")
	out := flag.String("out", "", "directory to write orders.csv and settlement.csv to")
	cron := flag.Bool("cron", false, "exit with status 1 if there are findings")
	flag.Parse()

	status, err := run(context.Background(), os.Stdout, *orders, *format, *out)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(reconcile.ExitFailed)
	}
	if *cron {
		os.Exit(status)
	}
}

var reporters = map[string]func(io.Writer) reconcile.Reporter{
	"table": func(w io.Writer) reconcile.Reporter { return reconcile.NewTable(w, reconcile.Info) },
	"csv":   reconcile.NewCSV,
	"jsonl": reconcile.NewJSONLines,
}

// run makes the books, compares them, and returns the exit status for cron.
func run(ctx context.Context, w io.Writer, orders int, format, out string) (int, error) {
	newReporter := reporters[format]
	if newReporter == nil {
		return 0, fmt.Errorf("-format is table, csv or jsonl, not %q", format)
	}
	location, err := time.LoadLocation("Australia/Melbourne")
	if err != nil {
		return 0, err
	}
	var b *books
	if orders > 0 {
		b = manyBooks(orders, location)
	} else if b, err = sandboxBooks(ctx, location); err != nil {
		return 0, err
	}
	if out != "" {
		if err := write(b, out); err != nil {
			return 0, err
		}
	}
	say := func(string, ...any) {}
	if format == "table" {
		say = func(format string, args ...any) { fmt.Fprintf(w, format, args...) }
	}
	say("Planted:\n")
	for _, fault := range b.planted {
		say("  - %s\n", fault)
	}

	p := newProgress(b.progress)
	say("\nThe shop's orders against Afterpay's payments:\n\n")
	matched, err := compareOrders(ctx, b, newReporter(w), p)
	if err != nil {
		return 0, err
	}
	say("\nAfterpay's payments against its settlement report:\n\n")
	settled, err := compareSettlement(ctx, b, newReporter(w), p)
	if err != nil {
		return 0, err
	}
	p.done()
	status := max(matched.ExitStatus(reconcile.Low), settled.ExitStatus(reconcile.Low))
	say("\nExit status for cron: %d\n", status)
	return status, nil
}

// compareOrders compares the shop's orders with Afterpay's payments.
func compareOrders(ctx context.Context, b *books, to reconcile.Reporter, p *progress) (reconcile.Summary, error) {
	orders := reconcile.ReadOrders(b.orders(), reconcile.OrderOptions{Location: b.location})
	payments := reconcile.Concat(reconcile.Payments(b.payments()), reconcile.Slice(b.disputes))
	return reconcile.Orders(p.watch("orders", orders), p.watch("payments", payments), reconcile.Options{
		Now: b.now, Location: b.location, LeftWindow: b.window, RightWindow: b.window,
	}).Report(ctx, to)
}

// compareSettlement compares the payments with the settlement report.
func compareSettlement(ctx context.Context, b *books, to reconcile.Reporter, p *progress) (reconcile.Summary, error) {
	rows := settlement.Read(b.report(), settlement.Options{Location: b.location, Currency: afterpay.CurrencyAUD})
	return reconcile.Settlement(
		p.watch("payments", reconcile.Payments(b.payments())),
		p.watch("settlement rows", reconcile.SettlementRows(rows, b.location)),
		reconcile.Options{
			Now: b.now, Location: b.location, LeftWindow: b.window, RightWindow: b.window,
			Fees: reconcile.RateFee(feeRate, feeFixed),
		}).Report(ctx, to)
}

func write(b *books, directory string) error {
	for name, content := range map[string]io.Reader{"orders.csv": b.orders(), "settlement.csv": b.report()} {
		file, err := os.Create(filepath.Join(directory, name))
		if err != nil {
			return err
		}
		_, err = io.Copy(file, content)
		if closing := file.Close(); err == nil {
			err = closing
		}
		if err != nil {
			return err
		}
	}
	return nil
}
