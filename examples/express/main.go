// Command express sells in an express checkout: the shop knows neither the
// shopper nor the address when it creates the order. The shopper chooses both,
// and the shipping, in Afterpay's popup. It needs no account:
//
//	go run ./examples/express
//
// Two shoppers of an embedded sandbox choose. The total of the first is right and
// is paid. The total of the second is not the shop's price for the option, so the
// shop does not take the money.
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

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
)

func main() {
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "express: unexpected argument %q\n", flag.Arg(0))
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "express:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer) error {
	sandbox := afterpaytest.New()
	client, err := afterpay.New(afterpaytest.MerchantID, afterpaytest.SecretKey,
		afterpay.WithHTTPClient(&http.Client{Transport: sandbox}))
	if err != nil {
		return err
	}
	for _, total := range []string{"24.95", "20.01"} {
		order, err := create(ctx, client)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "order created for %v, without shipping\n", cart)
		if err := choose(sandbox, order.Token, total); err != nil {
			return err
		}
		payment, err := complete(ctx, client, order.Token, out)
		switch {
		case errors.Is(err, errRefused):
			fmt.Fprintf(out, "not paid: %v\n\n", err)
		case err != nil:
			return err
		default:
			fmt.Fprintf(out, "captured %v, payment %s\n\n", payment.OriginalAmount, payment.State)
		}
	}
	fmt.Fprintf(out, "movements of money at Afterpay: %d\n", len(sandbox.Ledger()))
	return nil
}

// choose acts as the shopper: it chooses an address and the standard shipping,
// with which the popup shows a total, and confirms.
func choose(sandbox *afterpaytest.Sandbox, token, total string) error {
	err := sandbox.Choose(token,
		afterpaytest.ShipTo(afterpaytest.Address{
			Name: "Ann Example", Line1: "1 Example Street", Area1: "San Francisco", Region: "CA", Postcode: "94104", CountryCode: "US",
		}),
		afterpaytest.ShippingOption("standard", total))
	if err != nil {
		return err
	}
	return sandbox.Approve(token)
}
