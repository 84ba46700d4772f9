// Command sandbox serves an Afterpay in memory over HTTP, for a shop in any
// language, a browser, or curl:
//
//	go run ./examples/sandbox -addr 127.0.0.1:8080
//	curl -u 100101481:not-a-secret http://127.0.0.1:8080/v2/configuration
//
// Both versions of the API are there, and the hosted checkout at the
// redirectCheckoutUrl of every order. With -control, tests in other languages
// can approve checkouts and inject faults; http://127.0.0.1:8080/_sandbox/ says
// how. Nothing is kept when the command ends.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"time"

	"github.com/afterpay-go/afterpay/afterpaytest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "sandbox:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("sandbox", flag.ExitOnError)
	addr := flags.String("addr", "127.0.0.1:8080", "address to listen on")
	region := flags.String("region", "US", "region of the merchant account: AU, NZ, US, CA or GB")
	merchantID := flags.String("merchant", afterpaytest.MerchantID, "merchant id to accept")
	secretKey := flags.String("secret", afterpaytest.SecretKey, "secret key to accept")
	lag := flags.Duration("lag", 0, "how far reads lag behind writes")
	life := flags.Duration("auth-life", 13*24*time.Hour, "how long an authorization lives")
	control := flags.Bool("control", false, "serve the control address at /_sandbox/, for tests in other languages")
	strict := flags.Bool("strict", false, "refuse fields that the service would silently ignore")
	_ = flags.Parse(args) // exits on an error
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unknown argument %q", flags.Arg(0))
	}
	regions := []afterpaytest.Region{afterpaytest.AU, afterpaytest.NZ, afterpaytest.US, afterpaytest.CA, afterpaytest.GB}
	if !slices.Contains(regions, afterpaytest.Region(*region)) {
		return fmt.Errorf("-region is one of %v, not %q", regions, *region)
	}
	opts := []afterpaytest.Option{
		afterpaytest.WithRegion(afterpaytest.Region(*region)),
		afterpaytest.WithCredentials(*merchantID, *secretKey),
		afterpaytest.WithReadLag(*lag),
		afterpaytest.WithAuthLife(*life),
		afterpaytest.WithRequestHistory(1000),
	}
	if *strict {
		opts = append(opts, afterpaytest.WithUnknownFields(afterpaytest.RefuseUnknown))
	}
	if *control {
		opts = append(opts, afterpaytest.WithControl())
	}
	listener, err := net.Listen("tcp", *addr)
	if err != nil {
		return err
	}
	fmt.Printf("Afterpay sandbox (%s) at http://%s, merchant id %s, secret key %s\n", *region, listener.Addr(), *merchantID, *secretKey)
	return serve(ctx, listener, afterpaytest.New(opts...))
}

// serve serves until ctx is done, and then lets running requests finish.
func serve(ctx context.Context, listener net.Listener, sandbox http.Handler) error {
	server := &http.Server{Handler: logged(sandbox), ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		grace, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		return server.Shutdown(grace)
	}
}

// logged writes a line for every request.
func logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		seen := &statusWriter{ResponseWriter: w}
		next.ServeHTTP(seen, r)
		slog.Info("request", "method", r.Method, "path", r.URL.Path, "status", seen.status, "took", time.Since(began).Round(time.Microsecond))
	})
}

// statusWriter records the status of a response. The sandbox reaches the other
// methods of the writer through Unwrap.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
