// Command checkout runs an order from its creation to its refund, over HTTP,
// against a sandbox that it starts itself:
//
//	go run ./examples/checkout             # API v2: authorize, capture a part, void the rest
//	go run ./examples/checkout -api v1     # API v1: capture at once
//	go run ./examples/checkout -decline    # Afterpay declines
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
	"net"
	"net/http"
	"os"
	"os/signal"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
)

func main() {
	api := flag.String("api", "v2", "API version, v1 or v2")
	decline := flag.Bool("decline", false, "let Afterpay decline the payment")
	live := flag.Bool("live", false, "use Afterpay's own sandbox")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *api, *decline, *live)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, api string, decline, live bool) error {
	version, ok := map[string]afterpay.APIVersion{"v1": afterpay.V1, "v2": afterpay.V2}[api]
	if !ok {
		return fmt.Errorf("-api is v1 or v2, not %q", api)
	}
	shop, err := openShop()
	if err != nil {
		return err
	}
	defer shop.close()
	client, shopper, err := connect(version, decline, live)
	if err != nil {
		return err
	}
	return sell(ctx, client, version, shop, shopper)
}

// connect returns a client and somebody to confirm the order: a person with
// -live, the embedded sandbox otherwise.
func connect(version afterpay.APIVersion, decline, live bool) (*afterpay.Client, shopper, error) {
	opts := []afterpay.Option{
		afterpay.WithAPIVersion(version),
		afterpay.WithUserAgent(afterpay.UserAgent{Module: "checkout-example/1.0", MerchantURL: "https://shop.example"}),
	}
	if live {
		id, key := os.Getenv("AFTERPAY_MERCHANT_ID"), os.Getenv("AFTERPAY_SECRET_KEY")
		switch {
		case id == "" || key == "":
			return nil, nil, errors.New("-live needs AFTERPAY_MERCHANT_ID and AFTERPAY_SECRET_KEY")
		case version == afterpay.V1:
			return nil, nil, errors.New("-live needs -api v2: v1 sends no link to its checkout")
		}
		client, err := afterpay.New(id, key, append(opts, afterpay.WithSandbox())...)
		return client, person, err
	}
	sandbox := afterpaytest.New()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	go func() { _ = http.Serve(listener, sandbox) }() // until the program ends
	base := "http://" + listener.Addr().String()
	fmt.Println("sandbox at", base)
	client, err := afterpay.New(afterpaytest.MerchantID, afterpaytest.SecretKey, append(opts, afterpay.WithBaseURL(base))...)
	return client, simulated(sandbox, decline), err
}
