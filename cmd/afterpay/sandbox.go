package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/afterpay-go/afterpay/afterpaytest"
)

// sandboxFlags are the flags of the command sandbox.
type sandboxFlags struct {
	addr, region, at string
	faults           []string
	lag, authLife    time.Duration
	seed             uint64
	payments         int
	strict           bool
}

func newSandbox(a *app) *cobra.Command {
	var f sandboxFlags
	cmd := &cobra.Command{
		Use:   "sandbox",
		Short: "Serve an Afterpay sandbox in memory, for tests in any language",
		Long: `Serve an Afterpay sandbox in memory over HTTP, for a shop in any language, a browser or
curl. Both versions of the API are there, and the hosted checkout at the
redirectCheckoutUrl of every order. Nothing is kept when the command ends.

Under /_sandbox/ is the control address, where tests approve and decline
checkouts, inject faults, move the clock and read the ledger; GET /_sandbox/
returns its manual. It asks for no credentials: keep --addr on this machine.

--fault OPERATION=FAULT makes the next request for an operation fail. The faults
are those of the manual. Further fields follow after commas:

  --fault payments.capture=reset,afterCommit=true,times=2
  --fault refunds.create=tooManyRequests,retryAfter=1`,
		Example: "  afterpay sandbox --addr 127.0.0.1:8080\n" +
			"  curl -u 100101481:not-a-secret http://127.0.0.1:8080/v2/configuration",
		Args: exactly(),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.serveSandbox(cmd.Context(), &f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.addr, "addr", "127.0.0.1:8080", "address to listen on; port 0 chooses one")
	flags.StringVar(&f.region, "region", "US", "region of the merchant account: AU, NZ, US, CA or GB")
	flags.StringArrayVar(&f.faults, "fault", nil, "fault of an operation, as `OPERATION=FAULT`; may be repeated")
	flags.DurationVar(&f.lag, "lag", 0, "how far reads lag behind writes")
	flags.DurationVar(&f.authLife, "auth-life", 13*24*time.Hour, "how long an authorization lives")
	flags.Uint64Var(&f.seed, "seed", 0, "hand out the same ids and tokens on every run with this number; 0: random ones")
	flags.StringVar(&f.at, "at", "", "time at which the sandbox's clock stands until it is advanced, such as 2025-05-01T08:00:00Z; default: the real clock")
	flags.IntVar(&f.payments, "payments", 0, "number of payments to begin with, a quarter of an hour apart, which need --at")
	flags.BoolVar(&f.strict, "strict", false, "refuse fields that the service would silently ignore")
	return cmd
}

// newSandbox returns a sandbox as the flags describe it.
func (f *sandboxFlags) newSandbox(ctx context.Context) (*afterpaytest.Sandbox, error) {
	regions := []afterpaytest.Region{afterpaytest.AU, afterpaytest.NZ, afterpaytest.US, afterpaytest.CA, afterpaytest.GB}
	if !slices.Contains(regions, afterpaytest.Region(f.region)) {
		return nil, fmt.Errorf("--region must be one of %v, not %q", regions, f.region)
	}
	opts := []afterpaytest.Option{
		afterpaytest.WithRegion(afterpaytest.Region(f.region)), afterpaytest.WithReadLag(f.lag), afterpaytest.WithAuthLife(f.authLife),
		afterpaytest.WithRequestHistory(1000), afterpaytest.WithControl(),
	}
	if f.seed != 0 {
		opts = append(opts, afterpaytest.WithSeed(f.seed))
	}
	if f.strict {
		opts = append(opts, afterpaytest.WithUnknownFields(afterpaytest.RefuseUnknown))
	}
	if f.at != "" {
		at, err := time.Parse(time.RFC3339, f.at)
		if err != nil {
			return nil, fmt.Errorf("--at must be a time such as 2025-05-01T08:00:00Z, not %q", f.at)
		}
		opts = append(opts, afterpaytest.WithClock(func() time.Time { return at }))
	}
	if f.payments > 0 && (f.at == "" || f.lag != 0 || f.region != "US") {
		return nil, fmt.Errorf("--payments needs --at and region US, and goes without --lag")
	}
	sandbox := afterpaytest.New(opts...)
	if err := trade(ctx, sandbox, f.payments); err != nil {
		return nil, err
	}
	for _, fault := range f.faults {
		if err := plan(ctx, sandbox, fault); err != nil {
			return nil, fmt.Errorf("--fault %s: %w", fault, err)
		}
	}
	return sandbox, nil
}

// plan plans a fault through the control address, which knows the faults.
func plan(ctx context.Context, sandbox http.Handler, flag string) error {
	operation, rest, ok := strings.Cut(flag, "=")
	if !ok {
		return fmt.Errorf("want OPERATION=FAULT")
	}
	name, fields, _ := strings.Cut(rest, ",")
	body := map[string]any{"operation": operation, "fault": name}
	for field := range strings.SplitSeq(fields, ",") {
		name, text, _ := strings.Cut(field, "=")
		if name == "" {
			continue
		}
		body[name] = text
		if number, err := strconv.Atoi(text); err == nil {
			body[name] = number
		} else if text == "true" || text == "" {
			body[name] = true
		}
	}
	content, err := json.Marshal(body)
	if err != nil {
		return err
	}
	answer := httptest.NewRecorder()
	sandbox.ServeHTTP(answer, httptest.NewRequestWithContext(ctx, http.MethodPost, "/_sandbox/faults", bytes.NewReader(content)))
	if answer.Code != http.StatusOK {
		var refusal struct{ Error string }
		_ = json.Unmarshal(answer.Body.Bytes(), &refusal)
		return fmt.Errorf("%s", refusal.Error)
	}
	return nil
}

// serveSandbox serves until ctx is done, and then lets running requests finish.
func (a *app) serveSandbox(ctx context.Context, f *sandboxFlags) error {
	sandbox, err := f.newSandbox(ctx)
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", f.addr)
	if err != nil {
		return err
	}
	url := "http://" + listener.Addr().String()
	rows, err := a.rows("url", "control", "region", "merchant_id", "secret_key")
	if err != nil {
		return err
	}
	if err := rows.Write(url, url+"/_sandbox/", f.region, afterpaytest.MerchantID, afterpaytest.SecretKey); err != nil {
		return err
	}
	if err := rows.Close(); err != nil {
		return err
	}
	var handler http.Handler = sandbox
	if a.verbose {
		handler = logged(slog.New(slog.NewTextHandler(a.err, nil)), handler)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		return server.Shutdown(grace)
	}
}

// logged writes a line for every request. Paths may hold tokens of the sandbox,
// which are no secrets.
func logged(logger *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		seen := &statusWriter{ResponseWriter: w}
		next.ServeHTTP(seen, r)
		logger.InfoContext(r.Context(), "request", "method", r.Method, "path", r.URL.Path, "status", seen.status, "took", time.Since(began).Round(time.Microsecond))
	})
}

// statusWriter records the status of a response. The sandbox reaches the other
// methods of the writer through Unwrap.
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader records the status.
func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap returns the wrapped writer.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
