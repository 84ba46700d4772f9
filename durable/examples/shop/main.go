// Command shop is a small web shop that takes payments with Afterpay, to click
// through and to copy from:
//
//	go run ./durable/examples/shop            # API v2: authorize, capture what ships
//	go run ./durable/examples/shop -api v1    # API v1: capture at once
//
// It needs nothing installed. Afterpay is the sandbox of package afterpaytest,
// served beside the shop, and orders are in a SQLite file that is deleted at the
// end.
//
//	shop.go       the parts, and the routes
//	web.go        pages, headers and errors
//	catalogue.go  products and cart
//	shopper.go    product, cart and checkout pages
//	payment.go    the return page, and the job behind it
//	orders.go     the orders in the database
//	decide.go     ship, cancel, return
//	staff.go      orders, operations and health
//	disputes.go   disputes and evidence
//	books.go      what moved, and the reconciliation
//	faults.go     an Afterpay that fails on request
//
// docs/shop.md lists what can be tried, with the test that shows each.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/afterpay-go/afterpay"
)

func main() {
	api := flag.String("api", "v2", "API version, v1 or v2")
	addr := flag.String("addr", "127.0.0.1:8080", "address of the shop")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "shop: unexpected argument %q\n", flag.Arg(0))
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := start(ctx, *api, *addr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "shop:", err)
		os.Exit(1)
	}
}

func start(ctx context.Context, api, addr string) error {
	version, ok := map[string]afterpay.APIVersion{"v1": afterpay.V1, "v2": afterpay.V2}[api]
	if !ok {
		return fmt.Errorf("-api must be v1 or v2, not %q", api)
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "shop-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	logger := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	standIn, err := serveAfterpay(ctx)
	if err != nil {
		return err
	}
	defer standIn.close()
	s, err := openShop(ctx, config{
		version: version, origin: "http://" + listener.Addr().String(), file: filepath.Join(dir, "shop.db"), afterpay: standIn,
		patience: 5 * time.Second, logger: logger,
	})
	if err != nil {
		return err
	}
	fmt.Printf("Shop:   %s/\nStaff:  %s/staff/orders\nFaults: %s/faults\nInterrupt to end.\n", s.origin, s.origin, s.origin)
	return errors.Join(serve(ctx, listener, s), s.close())
}

// serve serves until ctx is done, and then finishes the requests that it has
// begun: one of them may be a payment.
func serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute}
	ended := make(chan error, 1)
	context.AfterFunc(ctx, func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
		defer cancel()
		ended <- server.Shutdown(ctx)
	})
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-ended
}
