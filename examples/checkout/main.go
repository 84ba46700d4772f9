// Command checkout runs an order from its creation to its refund, over HTTP,
// against a sandbox that it starts itself:
//
//	go run ./examples/checkout             # API v2: authorize, capture a part, void the rest
//	go run ./examples/checkout -api v1     # API v1: capture at once
//	go run ./examples/checkout -decline    # Afterpay declines
//
// The sandbox's clock is moved between the steps, so that the story takes some
// days and runs in a moment.
//
// With -live it uses Afterpay's own sandbox and the credentials in
// AFTERPAY_MERCHANT_ID and AFTERPAY_SECRET_KEY, prints the link to the hosted
// checkout, and waits for somebody to confirm the order there.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"time"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "checkout:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("checkout", flag.ExitOnError)
	api := flags.String("api", "v2", "API version, v1 or v2")
	decline := flags.Bool("decline", false, "let Afterpay decline the payment")
	live := flags.Bool("live", false, "use Afterpay's own sandbox")
	_ = flags.Parse(args) // exits on an error
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	version, ok := map[string]afterpay.APIVersion{"v1": afterpay.V1, "v2": afterpay.V2}[*api]
	switch {
	case !ok:
		return fmt.Errorf("-api must be v1 or v2, not %q", *api)
	case *live && *decline:
		return errors.New("-decline needs the embedded sandbox: leave out -live")
	case *live && version == afterpay.V1:
		return errors.New("-live needs -api v2: v1 sends no link to its checkout")
	}
	shop, err := openShop()
	if err != nil {
		return err
	}
	defer shop.close()
	sale := &sale{version: version, shop: shop, out: out}
	if *live {
		err = sale.connectLive()
	} else {
		err = sale.connectEmbedded(*decline)
	}
	if err != nil {
		return err
	}
	return sale.run(ctx)
}

// connectLive uses Afterpay's own sandbox, where a person confirms the order.
func (s *sale) connectLive() (err error) {
	id, key := os.Getenv("AFTERPAY_MERCHANT_ID"), os.Getenv("AFTERPAY_SECRET_KEY")
	if id == "" || key == "" {
		return errors.New("-live needs AFTERPAY_MERCHANT_ID and AFTERPAY_SECRET_KEY")
	}
	s.client, err = afterpay.New(id, key, append(s.options(), afterpay.WithSandbox())...)
	s.confirm = s.askPerson
	s.now = time.Now
	s.pass = func(time.Duration) {}
	return err
}

// connectEmbedded starts a sandbox in this process, which confirms the order.
func (s *sale) connectEmbedded(decline bool) error {
	sandbox := afterpaytest.New()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go func() { _ = http.Serve(listener, sandbox) }() // until the program ends
	base := "http://" + listener.Addr().String()
	fmt.Fprintf(s.out, "A sandbox at %s stands in for Afterpay.\n\n", base)
	s.client, err = afterpay.New(afterpaytest.MerchantID, afterpaytest.SecretKey, append(s.options(), afterpay.WithBaseURL(base))...)
	s.confirm = confirmIn(sandbox, decline)
	s.now = sandbox.Now
	s.pass = sandbox.Advance
	return err
}

func (s *sale) options() []afterpay.Option {
	return []afterpay.Option{
		afterpay.WithAPIVersion(s.version),
		afterpay.WithUserAgent(afterpay.UserAgent{Module: "checkout-example/1.0", MerchantURL: "https://shop.example"}),
	}
}
