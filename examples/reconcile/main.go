// Command reconcile makes a day at a shop and finds out who owes whom:
//
//	go run ./examples/reconcile                    # a day of orders through the sandbox
//	go run ./examples/reconcile -format csv        # or jsonl
//	go run ./examples/reconcile -orders 1000000    # many, made as they are read
//
// The shop sells through the sandbox and exports its orders as CSV; Afterpay
// settles them in a report, and the bank books the deposits. Faults are planted in
// each. The orders are compared with the payments, the payments with the report,
// and the report with the bank statement. With -out the three files are written to
// a directory. With -cron the program ends with the exit status for a job run by
// cron.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/reconcile"
	"github.com/afterpay-go/afterpay/settlement"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	status, err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "reconcile:", err)
		os.Exit(reconcile.ExitFailed)
	}
	os.Exit(status)
}

var reporters = map[string]func(io.Writer) reconcile.Reporter{
	"table": func(w io.Writer) reconcile.Reporter { return reconcile.NewTable(w, reconcile.Info) },
	"csv":   reconcile.NewCSV,
	"jsonl": reconcile.NewJSONLines,
}

// flags are the command's flags.
type flags struct {
	orders      int
	format, out string
	cron        bool
}

func parse(args []string) (flags, error) {
	var f flags
	set := flag.NewFlagSet("reconcile", flag.ContinueOnError)
	set.IntVar(&f.orders, "orders", 0, "number of orders to make; 0 sells a day's orders through the sandbox")
	set.StringVar(&f.format, "format", "table", "table, csv or jsonl")
	set.StringVar(&f.out, "out", "", "directory to write orders.csv, settlement.csv and bank.csv to")
	set.BoolVar(&f.cron, "cron", false, "exit with status 1 if there are findings")
	if err := set.Parse(args); err != nil {
		return f, err
	}
	switch {
	case set.NArg() > 0:
		return f, fmt.Errorf("unexpected argument %q", set.Arg(0))
	case f.orders < 0:
		return f, fmt.Errorf("-orders must not be negative, as %d is", f.orders)
	case reporters[f.format] == nil:
		return f, fmt.Errorf("-format must be table, csv or jsonl, not %q", f.format)
	}
	return f, nil
}

// run makes the books, compares them, and returns the exit status.
func run(ctx context.Context, args []string, w io.Writer) (int, error) {
	f, err := parse(args)
	if err != nil {
		return 0, err
	}
	newReporter := reporters[f.format]
	location, err := time.LoadLocation("Australia/Melbourne")
	if err != nil {
		return 0, err
	}
	var b *books
	if f.orders > 0 {
		b, err = manyBooks(f.orders, location)
	} else {
		b, err = sandboxBooks(ctx, location)
	}
	if err != nil {
		return 0, err
	}
	if f.out != "" {
		if err := write(b, f.out); err != nil {
			return 0, err
		}
	}
	say := func(string, ...any) {}
	if f.format == "table" {
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
	say("\nThe settlement report against the bank statement:\n\n")
	banked, err := compareBank(ctx, b, newReporter(w), p)
	if err != nil {
		return 0, err
	}
	p.done()
	status := max(matched.ExitStatus(reconcile.Low), settled.ExitStatus(reconcile.Low), banked.ExitStatus(reconcile.Low))
	say("\nExit status for cron: %d\n", status)
	if !f.cron {
		status = 0
	}
	return status, nil
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

func write(b *books, directory string) error {
	for name, content := range map[string]io.Reader{"orders.csv": b.orders(), "settlement.csv": b.report(), "bank.csv": bytes.NewReader(b.statement)} {
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
