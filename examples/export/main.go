// Command export writes the payments of a date range as CSV, to a file or to the
// standard output, and its progress to the standard error:
//
//	go run ./examples/export                                    # the embedded sandbox
//	go run ./examples/export -from 2025-05-02 -to 2025-05-03    # two days of it
//	go run ./examples/export -o payments.csv                    # to a file
//
// An export to a file that broke off, for whatever reason, is continued by the
// same command: it goes on behind the last whole row. With a file that is
// complete it finds nothing more to write.
//
// With -live it reads from Afterpay's own sandbox with the credentials in
// AFTERPAY_MERCHANT_ID and AFTERPAY_SECRET_KEY. Without, it makes some hundred
// payments first in a sandbox of its own, the same ones every time.
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
	from := flag.String("from", "", "first day, such as 2025-05-01, in UTC; default: the very first")
	to := flag.String("to", "", "last day, in UTC; default: today")
	output := flag.String("o", "", "file to write to, or to continue; default: standard output")
	live := flag.Bool("live", false, "read from Afterpay's own sandbox")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *from, *to, *output, *live)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, from, to, output string, live bool) error {
	q, err := days(from, to)
	if err != nil {
		return err
	}
	client, err := connect(ctx, live)
	if err != nil {
		return err
	}
	if output == "" {
		return export(ctx, client, q, nil, os.Stdout, os.Stderr)
	}
	return exportToFile(ctx, client, q, output, os.Stderr)
}

// days selects the payments of orders that were made on these days in UTC.
func days(from, to string) (q afterpay.PaymentQuery, err error) {
	if from != "" {
		if q.FromCreated, err = time.Parse(time.DateOnly, from); err != nil {
			return q, fmt.Errorf("-from is a day such as 2025-05-01: %w", err)
		}
	}
	if to != "" {
		last, err := time.Parse(time.DateOnly, to)
		if err != nil {
			return q, fmt.Errorf("-to is a day such as 2025-05-31: %w", err)
		}
		q.ToCreated = last.AddDate(0, 0, 1).Add(-time.Millisecond) // inclusive
	}
	return q, nil
}

// connect returns a client of Afterpay's sandbox, or of one of our own with
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

// exportToFile exports to a file, behind what it holds already.
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
		fmt.Fprintln(progress, "The export broke off. The same command continues it.")
	}
	return err
}
