package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"

	"github.com/afterpay-go/afterpay"
	"github.com/afterpay-go/afterpay/afterpaytest"
)

// fault is something to try.
type fault struct {
	Name, Title, Text string
	once              bool // ends with the first request that moves money
}

var faultList = []fault{
	{Name: "", Title: "Works", Text: "Afterpay works."},
	{"lose", "Lose one response", "The next payment, capture, void or refund is carried out, and its response is lost.", true},
	{"lose-and-down", "Lose a response, then go down", "As above, and afterwards Afterpay does not respond. The outcome stays unknown.", true},
	{"decline", "Decline", "The next payment is declined, whatever the shopper confirms.", true},
	{"refuse", "Refuse", "The next capture, void or refund is refused, and waits for a person.", true},
	{"down", "Down", "The response to every request is 503.", false},
	{"slow", "Slow", "Every response takes three seconds.", false},
}

// faults stands in for Afterpay: it is the sandbox, with a fault of one's choice.
type faults struct {
	sandbox *afterpaytest.Sandbox
	origin  string
	server  *http.Server
	delay   time.Duration // of slow

	mu      sync.Mutex
	name    string
	changed chan struct{} // closed by the next set
}

// serveAfterpay serves a stand-in for Afterpay until it is closed.
func serveAfterpay(ctx context.Context) (*faults, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	f := &faults{
		sandbox: afterpaytest.New(afterpaytest.WithLimits("10.00", "1000.00")),
		origin:  "http://" + listener.Addr().String(), delay: 3 * time.Second, changed: make(chan struct{}),
	}
	f.server = &http.Server{Handler: f, ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	go func() { _ = f.server.Serve(listener) }() // until close
	return f, nil
}

func (f *faults) close() { _ = f.server.Close() }

func (f *faults) set(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.name = name
	close(f.changed)
	f.changed = make(chan struct{})
}

// wait delays a response until slow is over.
func (f *faults) wait(ctx context.Context) {
	f.mu.Lock()
	changed := f.changed
	f.mu.Unlock()
	select {
	case <-time.After(f.delay):
	case <-changed:
	case <-ctx.Done():
	}
}

func (f *faults) current() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.name
}

// description says what is wrong, for the head of the page.
func (f *faults) description() string {
	for _, one := range faultList {
		if name := f.current(); name == one.Name && name != "" {
			return one.Title
		}
	}
	return ""
}

// take returns the fault that a request runs into, and ends it if it happens
// once.
func (f *faults) take(r *http.Request) string {
	if !strings.HasPrefix(r.URL.Path, "/v1/") && !strings.HasPrefix(r.URL.Path, "/v2/") && r.URL.Path != "/ping" {
		return "" // the shopper's browser
	}
	pays := strings.HasSuffix(r.URL.Path, "/payments/auth") || strings.HasSuffix(r.URL.Path, "/payments/capture")
	later := strings.Contains(r.URL.Path, "/payments/") && !pays
	f.mu.Lock()
	defer f.mu.Unlock()
	name := f.name
	switch {
	case name == "down" || name == "slow":
		return name
	case r.Method != http.MethodPost || name == "decline" && !pays || name == "refuse" && !later || !pays && !later:
		return ""
	}
	f.name = ""
	if name == "lose-and-down" {
		f.name = "down"
	}
	return name
}

// ServeHTTP implements http.Handler.
func (f *faults) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch f.take(r) {
	case "down":
		http.Error(w, "down", http.StatusServiceUnavailable)
		return
	case "slow":
		f.wait(r.Context())
		if r.Context().Err() != nil {
			return
		}
	case "lose", "lose-and-down":
		f.sandbox.ServeHTTP(httptest.NewRecorder(), r)
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush() // without this, net/http would repeat the request
		panic(http.ErrAbortHandler)               // cuts the connection
	case "decline":
		f.decline(r)
	case "refuse":
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusPreconditionFailed)
		fmt.Fprint(w, `{"errorCode":"precondition_failed","errorId":"f00dcafe","message":"Refused, for a try.","httpStatusCode":412}`)
		return
	}
	f.sandbox.ServeHTTP(w, r)
}

// decline changes the shopper's decision before the payment is made.
func (f *faults) decline(r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	var request struct{ Token string }
	if json.Unmarshal(body, &request) == nil {
		_ = f.sandbox.Decline(request.Token) // fails for a token that is refused anyway
	}
}

func (s *shop) faultPanel(w http.ResponseWriter, r *http.Request) error {
	return s.render(w, r, http.StatusOK, "faults", view{Title: "Faults to try", Data: struct {
		Faults  []fault
		Current string
		Done    string
	}{faultList, s.afterpay.current(), r.FormValue("done")}})
}

func (s *shop) setFault(w http.ResponseWriter, r *http.Request) error {
	s.afterpay.set(r.PostFormValue("fault"))
	return see(w, r, "/faults")
}

// moveClock lets checkouts expire.
func (s *shop) moveClock(w http.ResponseWriter, r *http.Request) error {
	s.afterpay.sandbox.Advance(4 * time.Hour)
	return see(w, r, "/faults?done=clock")
}

// payPastTheShop takes a payment that the shop does not know of, for the
// reconciliation to find.
func (s *shop) payPastTheShop(w http.ResponseWriter, r *http.Request) error {
	made, err := s.client.Orders.Create(r.Context(), afterpay.CreateOrderRequest{
		Amount: afterpay.USD(12_00), MerchantReference: "PAST-" + rand.Text()[:6],
		Consumer: afterpay.Consumer{GivenNames: "Pat", Surname: "Past", Email: "pat@example.com"},
		Merchant: afterpay.Merchant{RedirectConfirmURL: s.origin + "/return", RedirectCancelURL: s.origin + "/return"},
	})
	if err != nil {
		return err
	}
	if err := s.afterpay.sandbox.Approve(made.Token); err != nil {
		return err
	}
	if _, err := s.client.Payments.Capture(r.Context(), afterpay.CaptureRequest{Token: made.Token}); err != nil {
		return err
	}
	return see(w, r, "/faults?done=past")
}

// openDispute plays the shopper who disputes a payment.
func (s *shop) openDispute(w http.ResponseWriter, r *http.Request) error {
	o, err := s.orders.get(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	if _, err := s.afterpay.sandbox.OpenDispute(o.PaymentID, "product_not_received", ""); err != nil {
		return fmt.Errorf("%w: %w", errBadRequest, err)
	}
	return see(w, r, "/staff/disputes")
}
