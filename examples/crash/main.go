// Command crash shows that a refund is paid once, although the program that
// sends it is killed before it can save that it did:
//
//	go run ./examples/crash
//
// It starts a sandbox and, as a process of its own, a shop that sends refunds.
// The sandbox kills the shop in the middle of a refund; then the shop is started
// again. This happens three times for each API version:
//
//   - refund-501: killed after Afterpay paid it, started again at once. The shop
//     repeats the refund under the same request id and gets the first one back.
//   - refund-502: killed after Afterpay paid it, started again 25 hours later,
//     when Afterpay may have forgotten the request id. The shop looks first,
//     finds the refund, and does not repeat it.
//   - refund-503: killed before the request reached Afterpay, started again 25
//     hours later. The shop looks, finds nothing, and sends the refund.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := start(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// start is the demonstration without arguments, and the shop with those that
// the demonstration starts it with.
func start(ctx context.Context, args []string, out io.Writer) error {
	var s shop
	flags := flag.NewFlagSet("crash", flag.ContinueOnError)
	url := flags.String("shop", "", "be the shop, and call Afterpay at this URL")
	version := flags.Int("api", int(afterpay.V2), "API version of the shop, 1 or 2")
	flags.StringVar(&s.file, "file", "", "where the shop keeps its refunds")
	now := flags.String("now", "", "the shop's time")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *url == "" {
		return demonstrate(ctx, out)
	}
	var err error
	if s.now, err = time.Parse(time.RFC3339, *now); err != nil {
		return err
	}
	s.client, err = afterpay.New(afterpaytest.MerchantID, afterpaytest.SecretKey,
		afterpay.WithBaseURL(*url),
		afterpay.WithAPIVersion(afterpay.APIVersion(*version)),
		// How long Find looks before it says that there is nothing. A second
		// is enough for the sandbox; leave the default, 70 seconds, to real
		// shops.
		afterpay.WithTimeouts(afterpay.Timeouts{Lookup: time.Second}),
	)
	if err != nil {
		return err
	}
	return s.work(ctx, out)
}
