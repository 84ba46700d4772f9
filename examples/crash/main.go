// Command crash shows that a refund is paid once, even if the program that sends
// it is killed before it saves the result:
//
//	go run ./examples/crash
//
// It starts a sandbox, and a shop that sends refunds as a process of its own. The
// sandbox kills the shop during a refund, and then the shop is started again.
// This happens three times for each API version:
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
	"errors"
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
	if ctx.Err() != nil {
		err = errors.New("interrupted") // whatever failed because of it
	}
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "crash:", err)
		os.Exit(1)
	}
}

// start runs the demonstration, or the shop if -shop is among the arguments.
func start(ctx context.Context, args []string, out io.Writer) error {
	var s shop
	flags := flag.NewFlagSet("crash", flag.ExitOnError)
	url := flags.String("shop", "", "run as the shop, with Afterpay at this URL")
	version := flags.Int("api", int(afterpay.V2), "API version of the shop, 1 or 2")
	flags.StringVar(&s.file, "file", "", "file of the shop's refunds")
	now := flags.String("now", "", "the shop's time")
	_ = flags.Parse(args) // exits on an error
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if *url == "" {
		return demonstrate(ctx, out)
	}
	signal.Ignore(os.Interrupt) // Ctrl-C reaches the shop too; the demonstration ends it
	var err error
	if s.now, err = time.Parse(time.RFC3339, *now); err != nil {
		return err
	}
	s.client, err = afterpay.New(afterpaytest.MerchantID, afterpaytest.SecretKey,
		afterpay.WithBaseURL(*url),
		afterpay.WithAPIVersion(afterpay.APIVersion(*version)),
		// How long Recover looks before it reports that there is no refund. A
		// second is enough for the sandbox. A real shop needs the default, 70
		// seconds.
		afterpay.WithTimeouts(afterpay.Timeouts{Lookup: time.Second}),
	)
	if err != nil {
		return err
	}
	return s.work(ctx, out)
}
