// Command webhook receives notifications about disputes, verifies them, and
// handles each one once. It needs no account:
//
//	go run ./examples/webhook
//
// A shopper of an embedded sandbox disputes a payment. The program sends itself
// the notification as Afterpay would, the same one again, an old one, and a forged
// one.
package main

import (
	"context"
	"flag"
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

// secret is what Afterpay's support issues for a URL. A real program reads it from
// its secret store.
const secret = "a shared secret"

func main() {
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "webhook: unexpected argument %q\n", flag.Arg(0))
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "webhook:", err)
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
	// The address must be the registered one, letter for letter, even if a proxy
	// changes the request's.
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

// handle handles an event. After an error Afterpay sends the event again, so
// handle must be safe to repeat.
func handle(ctx context.Context, client *afterpay.Client, out io.Writer, event *webhook.Event) error {
	if event.Dispute == nil {
		fmt.Fprintln(out, "  nothing to do for", event.Type)
		return nil
	}
	// The notification has ids only, so read the dispute.
	d, err := client.Disputes.Get(ctx, event.Dispute.ID)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "  handled %s: order %s, %v, %s, %s\n", event.Type, d.MerchantOrderID, d.Amount, d.Reason, d.Status)
	return nil
}

// openDispute makes a payment that its shopper disputes.
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

// table prints the responses in columns.
func table(out io.Writer, rows [][2]string) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		fmt.Fprintf(w, "%s\t%s\n", row[0], row[1])
	}
	return w.Flush()
}
