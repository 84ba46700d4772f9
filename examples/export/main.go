// Command export writes the payments of a date range as CSV, to the standard
// output or to a file. With a file it shows its progress:
//
//	go run ./examples/export                                    # the embedded sandbox
//	go run ./examples/export -from 2025-05-02 -to 2025-05-03    # two days of it
//	go run ./examples/export -o payments.csv                    # to a file
//
// If an export to a file is interrupted, the same command continues it after the
// last complete row. If the file is complete, nothing is added.
//
// With -live it reads from Afterpay's own sandbox with the credentials in
// AFTERPAY_MERCHANT_ID and AFTERPAY_SECRET_KEY. Without -live it first makes 400
// payments in a sandbox of its own, the same ones every time.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"time"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "export:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out, progress io.Writer) error {
	flags := flag.NewFlagSet("export", flag.ExitOnError)
	from := flags.String("from", "", "first day in UTC, such as 2025-05-01; default: the first payment's")
	to := flags.String("to", "", "last day in UTC; default: today")
	output := flags.String("o", "", "file to write or to continue; default: standard output")
	live := flags.Bool("live", false, "read from Afterpay's own sandbox")
	_ = flags.Parse(args) // exits on an error
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	q, err := days(*from, *to)
	if err != nil {
		return err
	}
	client, err := connect(ctx, *live)
	if err != nil {
		return err
	}
	if *output == "" {
		return export(ctx, client, q, nil, out, io.Discard) // a terminal would mix progress with the rows
	}
	return exportToFile(ctx, client, q, *output, progress)
}

// days selects the payments whose orders were made on these days in UTC.
func days(from, to string) (q afterpay.PaymentQuery, err error) {
	if from != "" {
		if q.FromCreated, err = time.Parse(time.DateOnly, from); err != nil {
			return q, fmt.Errorf("-from must be a day such as 2025-05-01: %w", err)
		}
	}
	if to != "" {
		last, err := time.Parse(time.DateOnly, to)
		if err != nil {
			return q, fmt.Errorf("-to must be a day such as 2025-05-31: %w", err)
		}
		q.ToCreated = last.AddDate(0, 0, 1).Add(-time.Millisecond) // inclusive
	}
	if !q.ToCreated.IsZero() && q.ToCreated.Before(q.FromCreated) {
		return q, fmt.Errorf("-from %s is after -to %s", from, to)
	}
	return q, nil
}

// connect returns a client of Afterpay's sandbox, or of an embedded one with
// payments in it.
func connect(ctx context.Context, live bool) (*afterpay.Client, error) {
	agent := afterpay.WithUserAgent(afterpay.UserAgent{Module: "export-example/1.0"})
	if live {
		id, key := os.Getenv("AFTERPAY_MERCHANT_ID"), os.Getenv("AFTERPAY_SECRET_KEY")
		if id == "" || key == "" {
			return nil, errors.New("-live needs AFTERPAY_MERCHANT_ID and AFTERPAY_SECRET_KEY")
		}
		return afterpay.New(id, key, agent, afterpay.WithSandbox())
	}
	sandbox := newSandbox()
	client, err := afterpay.New(afterpaytest.MerchantID, afterpaytest.SecretKey, agent, afterpay.WithHTTPClient(&http.Client{Transport: sandbox}))
	if err != nil {
		return nil, err
	}
	return client, trade(ctx, client, sandbox, 400)
}

// exportToFile exports to a file, after the rows it already holds.
func exportToFile(ctx context.Context, client *afterpay.Client, q afterpay.PaymentQuery, path string, progress io.Writer) (err error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	last, err := resume(file)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err = export(ctx, client, q, last, file, progress); err != nil {
		fmt.Fprintln(progress, "The export is incomplete. The same command continues it.")
	}
	return err
}
