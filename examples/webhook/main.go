// Command webhook receives notifications about disputes: it verifies them,
// answers 200 once, and ignores what is sent again. It needs nothing installed
// and no account:
//
//	go run ./examples/webhook
//
// A shopper of an embedded sandbox disputes a payment, and the program sends
// itself the notification as Afterpay would, the same one again, an old one, and
// one that somebody has changed.
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"text/tabwriter"
	"time"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
	"github.com/afterpay-go/afterpay/webhook"
)

// secret is what Afterpay's support gives out for a URL. A real program reads it
// from where it keeps its secrets.
const secret = "a shared secret"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
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
	dispute, err := openDispute(ctx, client, sandbox)
	if err != nil {
		return err
	}

	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	// The address must be the registered one, letter for letter. What the
	// request looks like when it arrives behind a proxy does not matter.
	address := "http://" + listener.Addr().String() + "/afterpay/webhook"
	verifier, err := webhook.NewVerifier(address, secret)
	if err != nil {
		return err
	}

	mux := http.NewServeMux()
	mux.Handle("/afterpay/webhook", verifier.Handler(func(ctx context.Context, event *webhook.Event) error {
		return handle(ctx, client, out, event)
	}))
	server := &http.Server{Handler: mux, ReadTimeout: 10 * time.Second} // anybody may connect
	go func() { _ = server.Serve(listener) }()                          // until run ends
	defer server.Close()

	return notify(ctx, out, sandbox, dispute, address)
}

// handle does what a shop has to do. An error makes Afterpay send the event
// again, so it must be safe to begin anew.
func handle(ctx context.Context, client *afterpay.Client, out io.Writer, event *webhook.Event) error {
	if event.Dispute == nil {
		fmt.Fprintln(out, "  nothing to do for", event.Type)
		return nil
	}
	// The notification has ids only: the dispute itself is read.
	d, err := client.Disputes.Get(ctx, event.Dispute.ID)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "  handled %s: order %s, %v, %s, %s\n", event.Type, d.MerchantOrderID, d.Amount, d.Reason, d.Status)
	return nil
}

// openDispute has a shopper pay, and complain.
func openDispute(ctx context.Context, client *afterpay.Client, sandbox *afterpaytest.Sandbox) (string, error) {
	order, err := client.Orders.Create(ctx, afterpay.CreateOrderRequest{
		Amount:   afterpay.USD(48_46),
		Consumer: afterpay.Consumer{Email: "test@example.com"},
		Merchant: afterpay.Merchant{
			RedirectConfirmURL: "https://shop.example/confirm",
			RedirectCancelURL:  "https://shop.example/cancel",
		},
		MerchantReference: "order-1001",
	})
	if err != nil {
		return "", err
	}
	if err := sandbox.Approve(order.Token); err != nil {
		return "", err
	}
	payment, err := client.Payments.Capture(ctx, afterpay.CaptureRequest{Token: order.Token})
	if err != nil {
		return "", err
	}
	return sandbox.OpenDispute(payment.ID, string(afterpay.ReasonProductNotReceived), "")
}

// table lines the answers up.
func table(out io.Writer, rows [][2]string) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		fmt.Fprintf(w, "%s\t%s\n", row[0], row[1])
	}
	return w.Flush()
}
